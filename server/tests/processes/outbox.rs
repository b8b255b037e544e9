//! Messages of servers that are killed: none is lost, and none is sent twice.

use crate::support::{Installation, Server, agent, call, limit};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const CLIENTS: usize = 16;
/// All of the limit, so that the last one uses it up.
const REQUESTS: usize = 10_000;
/// Thresholds of the organization: 80%, 95% and used up.
const TOLD: usize = 3;
/// How long messages may take once all is consumed.
const LIMIT: Duration = Duration::from_mins(1);

/// A program that takes webhooks, and counts them by their ids. It runs until the test is over.
struct Receiver {
    url: String,
    got: Arc<Mutex<HashMap<String, usize>>>,
}

impl Receiver {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let got: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let counts = Arc::clone(&got);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let counts = Arc::clone(&counts);
                thread::spawn(move || {
                    // A server that is killed leaves half a request behind.
                    if let Some(id) = take(stream.unwrap()) {
                        *counts.lock().unwrap().entry(id).or_default() += 1;
                    }
                });
            }
        });
        Self { url, got }
    }

    fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

/// Reads one request and says that it is taken; the id of its message.
fn take(stream: TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut id, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_lowercase();
        match line.split_once(": ") {
            Some(("webhook-id", value)) => id = Some(value.to_owned()),
            Some(("content-length", value)) => length = value.parse().ok()?,
            None if line.is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    // It counts, whether or not whoever sent it lives to hear so.
    _ = reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    id
}

/// Ten thousand consumptions on two servers across three thresholds. One server is killed at the moment
/// when the last one is recorded.
#[sqlx::test(migrations = "../migrations")]
async fn each_channel_is_told_of_each_threshold_once_although_a_server_is_killed(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || consume_and_kill(&installation)).await.unwrap();
}

fn consume_and_kill(installation: &Installation) {
    let receivers = [Receiver::new(), Receiver::new()];
    let mut killed = Server::start(installation);
    let server = Server::start(installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&server.url, token, i64::try_from(REQUESTS).unwrap());
    for (number, receiver) in receivers.iter().enumerate() {
        let channel = json!({"name": format!("Channel {number}"), "kind": "webhook",
            "url": receiver.url, "kinds": ["limit.reached"], "levels": ["organization"]});
        let post = ("POST", "/api/v1/channels");
        let (status, body) = call(&agent(), &server.url, token, post, None, &channel).unwrap();
        assert_eq!(status, 201, "{body}");
    }
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (next, urls) = (&next, [killed.url.clone(), server.url.clone()]);
            scope.spawn(move || consume(&urls[client % 2], token, next));
        }
    });
    // The last threshold is recorded; nobody knows how far its messages have come.
    killed.process.kill().unwrap();
    let give_up = Instant::now() + LIMIT;
    while receivers.iter().any(|receiver| receiver.count() < TOLD) && Instant::now() < give_up {
        thread::yield_now();
    }
    let waits = ("GET", "/api/v1/deliveries?state=delivered");
    let delivered = || {
        let list = call(&agent(), &server.url, token, waits, None, &Value::Null).unwrap().1;
        list["deliveries"].as_array().unwrap().len()
    };
    while delivered() < TOLD * receivers.len() && Instant::now() < give_up {}
    for receiver in &receivers {
        // At least once is the promise; a message that was cut off by the kill has the same id.
        assert_eq!(receiver.count(), TOLD, "{:?}", receiver.got.lock().unwrap());
    }
    assert_eq!(installation.answer(&["verify"])["agrees"], true);
    server.stop();
}

fn consume(server: &str, token: &str, next: &AtomicUsize) {
    let agent = agent();
    while next.fetch_add(1, Ordering::Relaxed) < REQUESTS {
        let body = crate::support::one_credit();
        let reply = call(&agent, server, token, crate::support::CONSUME, None, &body).unwrap();
        assert_eq!(reply.0, 200, "{}", reply.1);
    }
}
