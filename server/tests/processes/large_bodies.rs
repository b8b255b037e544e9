use crate::support::{CONSUME, Installation, Server, agent, call, one_credit};
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

/// The size of each body in bytes.
const SIZE: usize = 100_000_000;
/// Bodies that are sent at once to each path, in each way.
const AT_ONCE: usize = 4;
/// The most memory that the server may ever have had, in kB.
const MEMORY: u64 = 300_000;

/// Bodies of 100 MB are refused, do not fill the memory, and keep nobody else waiting.
#[sqlx::test(migrations = "../migrations")]
async fn a_huge_body_is_refused_and_not_kept(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || send_huge_bodies(&installation)).await.unwrap();
}

fn send_huge_bodies(installation: &Installation) {
    let server = Server::start(installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    let address = server.url.strip_prefix("http://").unwrap();
    let consume = || call(&agent(), &server.url, token, CONSUME, None, &one_credit()).unwrap().0;
    assert_eq!(consume(), 200);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            for path in ["/api/v1/consume", "/api/v1/consume/batch"] {
                for chunked in [false, true] {
                    scope.spawn(move || send_huge_body(address, path, token, chunked));
                }
            }
        }
        assert_eq!(consume(), 200, "others are answered meanwhile");
    });
    cut_off_in_the_middle(address, token);
    assert_eq!(consume(), 200);
    let most = most_memory(server.process.id());
    assert!(most < MEMORY, "the server had {most} kB");
    assert_eq!(installation.answer(&["verify"])["entries"], 3);
    server.stop();
}

/// Sends until all is sent or the server has heard enough; then it must have refused, or have hung
/// up on what it did not want to hear.
fn send_huge_body(address: &str, path: &str, token: &str, chunked: bool) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    let length = if chunked {
        "transfer-encoding: chunked".to_owned()
    } else {
        format!("content-length: {SIZE}")
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let spaces = vec![b' '; 1_000_000];
    for _ in 0..SIZE / spaces.len() {
        let chunk = format!("{:x}\r\n", spaces.len());
        let sent = if chunked {
            stream
                .write_all(chunk.as_bytes())
                .and_then(|()| stream.write_all(&spaces))
                .and_then(|()| stream.write_all(b"\r\n"))
        } else {
            stream.write_all(&spaces)
        };
        if let Err(error) = sent {
            assert!(hung_up(error.kind()), "{path}: {error}");
            break;
        }
    }
    let mut answer = [0; 12];
    match stream.read_exact(&mut answer) {
        Ok(()) => assert_eq!(&answer, b"HTTP/1.1 413", "{path}"),
        Err(error) => assert!(hung_up(error.kind()), "{path}: {error}"),
    }
}

/// Promises more than it sends: what has arrived is a request that could be carried out.
fn cut_off_in_the_middle(address: &str, token: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    let body = one_credit().to_string();
    let request = format!(
        "POST /api/v1/consume HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len() + 1
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("BODY_UNREADABLE"), "{answer}");
}

fn hung_up(kind: ErrorKind) -> bool {
    let ways = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof];
    ways.contains(&kind)
}

/// The most memory that a process has ever had at once, in kB.
fn most_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}
