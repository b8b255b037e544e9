//! Traces, sent to a receiver in the test's process.

use crate::support::{CONSUME, Installation, Server, agent, one_credit};
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[sqlx::test(migrations = "../migrations")]
async fn a_request_is_traced_from_its_caller_to_its_transaction(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || trace(&installation)).await.unwrap();
}

/// Takes what is sent until the test is over.
fn receive() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received: Arc<Mutex<Vec<u8>>> = Arc::default();
    let all = Arc::clone(&received);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let all = Arc::clone(&all);
            thread::spawn(move || while take(stream.as_ref().unwrap(), &all).is_some() {});
        }
    });
    (url, received)
}

/// Reads one request and says that it is taken.
fn take(stream: &TcpStream, all: &Mutex<Vec<u8>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    let mut first = true;
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.to_lowercase();
        if std::mem::take(&mut first) {
            assert!(line.starts_with("post /v1/traces "), "{line}");
        }
        if let Some(value) = line.strip_prefix("content-type:") {
            assert_eq!(value.trim(), "application/x-protobuf");
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    all.lock().unwrap().extend(body);
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
}

fn trace(installation: &Installation) {
    let (url, received) = receive();
    let server = Server::start_with(installation, |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &url);
    });
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    let request = agent()
        .post(format!("{}{}", server.url, CONSUME.1))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    assert_eq!(request.send(one_credit().to_string()).unwrap().status(), 200);
    // What was not sent yet is, before the server ends.
    server.stop();

    let received = received.lock().unwrap();
    let times =
        |wanted: &[u8]| received.windows(wanted.len()).filter(|part| *part == wanted).count();
    let bytes = |hex: &str| -> Vec<u8> {
        let digits = (0..hex.len()).step_by(2);
        digits.map(|place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap()).collect()
    };
    for name in ["POST /api/v1/consume", "queue", "batch", "transaction"] {
        assert!(times(name.as_bytes()) > 0, "no span {name}");
    }
    assert!(times(&bytes(TRACE)) >= 4, "all of it is in the caller's trace");
    assert_eq!(times(&bytes(PARENT)), 1, "one span is directly below the caller's");
    assert!(times(b"service.name") > 0 && times(b"allot") > 0);
    assert_eq!(times(token.as_bytes()), 0, "a key is in a trace");
}
