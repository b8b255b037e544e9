use crate::support::{CONSUME, Installation, Server, agent, call, one_credit};
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    io::BufReader,
    time::{Duration, Instant},
};
use ureq::{Agent, Body};

/// How long a server may take to stop: far less than it waits for what does not end by itself.
const QUICK: Duration = Duration::from_secs(15);

/// Open pages hear of what another server decides, do not keep theirs from stopping, and are told what
/// they missed by the one that takes its place.
#[sqlx::test(migrations = "../migrations")]
async fn streams_outlive_servers(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || follow_servers(&installation)).await.unwrap();
}

fn follow_servers(installation: &Installation) {
    let (first, second) = (Server::start(installation), Server::start(installation));
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    let link = organization["sign_in_url"].as_str().unwrap();
    let (_, path) = link.split_once("/sign-in/").unwrap();
    let cookie = sign_in(&format!("{}/sign-in/{path}", first.url));
    let consume = |server: &Server| {
        let done = call(&agent(), &server.url, token, CONSUME, None, &one_credit());
        assert_eq!(done.unwrap().0, 200);
    };

    let mut stream = follow(&first, &cookie, 0);
    consume(&second);
    assert!(changed(&mut stream), "another server decided");

    let stopping = Instant::now();
    first.stop();
    assert!(stopping.elapsed() < QUICK, "{:?}", stopping.elapsed());
    while changed(&mut stream) {}

    let seconds = stopping.elapsed().as_secs() + 1;
    let third = Server::start(installation);
    consume(&second);
    let mut stream = follow(&third, &cookie, seconds);
    assert!(changed(&mut stream), "the new server can't know what was missed");
    consume(&third);
    assert!(changed(&mut stream));
}

/// The session's cookie.
fn sign_in(link: &str) -> String {
    let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
    let reply = Agent::new_with_config(config).get(link).call().unwrap();
    assert_eq!(reply.status(), 303);
    let cookie = reply.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// A stream of a server, for a page that was read so many seconds ago.
fn follow(server: &Server, cookie: &str, since: u64) -> BufReader<ureq::BodyReader<'static>> {
    let request = agent().get(format!("{}/live?since={since}", server.url));
    let reply = request.header("cookie", cookie).call().unwrap();
    assert_eq!(reply.status(), 200);
    BufReader::new(Body::into_reader(reply.into_body()))
}

/// Waits until something has changed. `false`: the stream has ended.
fn changed(stream: &mut impl std::io::BufRead) -> bool {
    let mut line = String::new();
    while stream.read_line(&mut line).unwrap() > 0 {
        if line == "data: changed\n" {
            return true;
        }
        line.clear();
    }
    false
}
