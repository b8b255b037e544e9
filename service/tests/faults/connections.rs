use crate::{
    dice::Dice,
    installation::{Installation, times},
    load::{Load, request, until},
    proxy::{Cut, Proxy},
};
use service::{Clock, Error, Service, Store};
use sqlx::PgPool;
use std::time::Duration;

/// Connections that are cut by each of the two proxies, in each way.
const CUTS: usize = 20;

/// Two servers, each with a network that fails all the time.
#[sqlx::test(migrations = "../migrations")]
async fn a_cut_connection_loses_nothing_and_counts_nothing_twice(pool: PgPool) {
    let options = pool.connect_options();
    let direct = Service::new(Store::from_pool(pool.clone()), Clock::Database);
    let installation = Installation::new(direct, pool).await;
    let proxies = [Proxy::start(&options, 1), Proxy::start(&options, 2)];
    let through = |proxy: &Proxy| Service::new(Store::open(proxy.url()).unwrap(), Clock::Database);
    let servers: Vec<Service> = proxies.iter().map(through).collect();

    let ways = [Cut::BeforeCommit, Cut::AfterCommit, Cut::AtByte];
    let load = Load::new(servers.clone(), installation.caller.clone());
    let told = load
        .run(async {
            for proxy in &proxies {
                until(|| ways.iter().all(|way| proxy.cuts(*way) >= CUTS * times())).await;
            }
            proxies.iter().for_each(Proxy::calm_down);
        })
        .await;
    let cuts = ways.map(|way| proxies.iter().map(|proxy| proxy.cuts(way)).sum::<usize>());
    println!("connections cut {ways:?}: {cuts:?}");
    told.report();
    installation.check(&told).await;
    for server in servers {
        assert!(server.verify().await.unwrap().agrees);
        server.close().await;
    }
}

/// One request without a key at a time: the service finds out by itself what became of it.
#[sqlx::test(migrations = "../migrations")]
async fn a_request_without_a_key_counts_once_where_its_commit_is_cut(pool: PgPool) {
    let (installation, proxy, server) = calm(pool).await;
    for (count, cut) in (1..).zip([Cut::BeforeCommit, Cut::AfterCommit].repeat(5 * times())) {
        proxy.at_next_commit(cut);
        let request = request(&Dice::new(count));
        let answer = server.consume(&installation.caller, request, None).await.unwrap();
        assert!(answer.consumption_id.is_some());
        installation.check_entries(count).await;
    }
    server.close().await;
}

/// The network swallows everything and tells nobody: the request is answered all the same, and the
/// next one does not wait for the connection that is lost.
#[sqlx::test(migrations = "../migrations")]
async fn a_silent_connection_holds_nobody_up(pool: PgPool) {
    let (installation, proxy, server) = calm(pool).await;
    let consume = || {
        let key = Some("the-same".parse().unwrap());
        server.consume(&installation.caller, request(&Dice::new(4)), key)
    };
    proxy.at_next_commit(Cut::Silence);
    let answer = tokio::time::timeout(Duration::from_secs(25), consume()).await;
    assert_eq!(answer.expect("an answer"), Err(Error::Unavailable));
    let answer = consume().await.unwrap();
    assert_eq!(consume().await.unwrap(), answer);
    installation.check_entries(1).await;
    // Only with the proxy the silent connection ends.
    drop(proxy);
    server.close().await;
}

/// A server behind a proxy that does nothing by chance.
async fn calm(pool: PgPool) -> (Installation, Proxy, Service) {
    let options = pool.connect_options();
    let direct = Service::new(Store::from_pool(pool.clone()), Clock::Database);
    let installation = Installation::new(direct, pool).await;
    let proxy = Proxy::start(&options, 4);
    proxy.calm_down();
    let server = Service::new(Store::open(proxy.url()).unwrap(), Clock::Database);
    (installation, proxy, server)
}
