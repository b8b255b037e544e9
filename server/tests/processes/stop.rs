use crate::{
    clients::Clients,
    support::{CONSUME, Installation, Server, agent, call, limit, one_credit},
};
use sqlx::{ConnectOptions as _, PgPool};
use std::time::{Duration, Instant};

/// Consumptions that are acknowledged before the server is told to stop.
const ACKNOWLEDGED: usize = 400;

/// A server that is told to stop answers all that it has accepted: nothing is recorded of which
/// nobody was told.
#[sqlx::test(migrations = "../migrations")]
async fn a_server_that_stops_answers_everything_accepted(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || stop_under_load(&installation)).await.unwrap();
}

fn stop_under_load(installation: &Installation) {
    let server = Server::start(installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&server.url, token, 100_000);

    let clients = Clients::default();
    let url = server.url.clone();
    clients.send(&url, token, ACKNOWLEDGED, || server.stop());
    assert_eq!(clients.unavailable(), 0, "what is accepted is decided");
    let verified = installation.answer(&["verify"]);
    let found = (&verified["agrees"], &verified["entries"]);
    assert_eq!(found, (&true.into(), &clients.acknowledged().into()));
}

/// How long a server that is told to stop may take to say so, and to end.
const LIMIT: Duration = Duration::from_mins(1);

/// Whoever sends requests to it finds out first, and is answered until then.
#[sqlx::test(migrations = "../migrations")]
async fn a_server_that_is_about_to_stop_says_so_and_answers(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || drain(&installation)).await.unwrap();
}

fn drain(installation: &Installation) {
    let server = Server::start_with(installation, |command| {
        command.env("ALLOT_DRAIN_SECONDS", "2");
    });
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    let ask = |path| {
        // A connection of its own each time, as a load balancer has.
        let reply = agent().get(format!("{}{path}", server.url)).call();
        reply.map(|reply| reply.status().as_u16())
    };
    assert_eq!((ask("/readyz").unwrap(), ask("/healthz").unwrap()), (200, 200));

    server.tell_to_stop();
    let told = Instant::now();
    while ask("/readyz").unwrap() == 200 {
        assert!(told.elapsed() < LIMIT, "nobody is told that the server is about to stop");
    }
    assert_eq!((ask("/readyz").unwrap(), ask("/healthz").unwrap()), (503, 200));
    let late = call(&agent(), &server.url, token, CONSUME, None, &one_credit()).unwrap();
    assert_eq!(late.0, 200, "it still answers");
    while ask("/healthz").is_ok() {
        assert!(told.elapsed() < LIMIT, "the server still takes connections");
    }
    let mut server = server;
    assert!(server.process.wait().unwrap().success());
    assert_eq!(installation.answer(&["verify"])["entries"], 1);
}
