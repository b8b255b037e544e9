use crate::{
    installation::{Installation, times},
    load::{Load, until},
    proxy::{Cut, Proxy},
};
use service::{Clock, Service, Store};
use sqlx::PgPool;

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
