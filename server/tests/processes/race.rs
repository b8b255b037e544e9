use crate::support::{CONSUME, Installation, Server, agent, call, limit, one_credit};
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

const CLIENTS: usize = 64;
const REQUESTS: usize = 20_000;
const LIMIT: usize = 5_000;

/// Two servers on one database, whose clients together ask for four times the limit.
#[sqlx::test(migrations = "../migrations")]
async fn racing_clients_on_two_servers_get_exactly_the_limit(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || race(&installation)).await.unwrap();
}

fn race(installation: &Installation) {
    let servers = [Server::start(installation), Server::start(installation)];
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&servers[0].url, token, i64::try_from(LIMIT).unwrap());

    let (allowed, denied) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, allowed, denied, next) =
                (&servers[client % 2].url, &allowed, &denied, &next);
            scope.spawn(move || {
                let agent = agent();
                while next.fetch_add(1, Ordering::Relaxed) < REQUESTS {
                    let reply = call(&agent, server, token, CONSUME, None, &one_credit());
                    let (status, body) = reply.unwrap();
                    let counter = match status {
                        200 => allowed,
                        429 => denied,
                        _ => panic!("{status}: {body}"),
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let counts = (allowed.into_inner(), denied.into_inner());
    assert_eq!(counts, (LIMIT, REQUESTS - LIMIT));
    let usage = ("GET", "/api/usage");
    let usage = call(&agent(), &servers[1].url, token, usage, None, &one_credit()).unwrap().1;
    assert_eq!(usage["quota_used"], LIMIT);
    let verified = installation.answer(&["verify"]);
    assert_eq!((&verified["agrees"], &verified["entries"]), (&true.into(), &LIMIT.into()));
    servers.into_iter().for_each(Server::stop);
}
