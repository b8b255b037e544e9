use crate::support::{CONSUME, Installation, Server, agent, call, limit, one_credit};
use serde_json::Value;
use std::{
    collections::HashMap,
    fs,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const CLIENTS: usize = 8;
/// Consumptions that are acknowledged before the lights go out; the clients send on meanwhile.
const ACKNOWLEDGED: usize = 400;

/// A private installation in a folder of its own.
fn installation(name: &str) -> Installation {
    let folder = std::env::temp_dir().join(format!("allot-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    Installation { variable: ("ALLOT_DATA_DIR", folder.to_string_lossy().into_owned()) }
}

fn kill(process: u32) {
    assert!(Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap().success());
}

/// The process of the private cluster, from the file that it keeps for that.
fn postmaster(folder: &Path) -> u32 {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_name() == "postmaster.pid" {
                let text = fs::read_to_string(entry.path()).unwrap();
                return text.lines().next().unwrap().trim().parse().unwrap();
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    panic!("no cluster runs");
}

/// What clients have sent, by key: the consumption if it was acknowledged.
type Sent = Mutex<HashMap<String, Option<String>>>;

/// Sends with new keys until the server does not answer any more.
fn send_until_dead(server: &str, token: &str, client: usize, sent: &Sent, done: &AtomicUsize) {
    let agent = agent();
    for number in 0.. {
        let key = format!("{client}-{number}");
        sent.lock().unwrap().insert(key.clone(), None);
        match call(&agent, server, token, CONSUME, Some(&key), &one_credit()) {
            Ok((200, body)) => {
                let id = body["consumption_id"].as_str().unwrap().to_owned();
                sent.lock().unwrap().insert(key, Some(id));
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok((503, _)) | Err(_) => return,
            Ok((status, body)) => panic!("{status}: {body}"),
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_server_and_database_are_killed() {
    let installation = installation("crash");
    let folder = Path::new(&installation.variable.1);
    let server = Server::start(&installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&server.url, token, 100_000);

    let (sent, done) = (Sent::default(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, sent, done) = (&server.url, &sent, &done);
            scope.spawn(move || send_until_dead(server, token, client, sent, done));
        }
        while done.load(Ordering::Relaxed) < ACKNOWLEDGED {
            thread::yield_now();
        }
        kill(server.process.id());
        kill(postmaster(folder));
    });
    drop(server);
    let sent = sent.into_inner().unwrap();
    assert!(sent.values().flatten().count() >= ACKNOWLEDGED);

    let server = Server::start(&installation);
    assert_eq!(installation.answer(&["verify"])["agrees"], true);
    // Whoever heard nothing sends again, and so does everybody else: each key counts once.
    let agent = agent();
    for (key, acknowledged) in &sent {
        let reply = call(&agent, &server.url, token, CONSUME, Some(key), &one_credit()).unwrap();
        assert_eq!(reply.0, 200, "{}", reply.1);
        if let Some(id) = acknowledged {
            assert_eq!(reply.1["consumption_id"], id.as_str(), "the same answer as before");
        }
    }
    let used = call(&agent, &server.url, token, ("GET", "/api/usage"), None, &Value::Null);
    assert_eq!(used.unwrap().1["quota_used"], sent.len());
    let verified = installation.answer(&["verify"]);
    assert_eq!((&verified["agrees"], &verified["entries"]), (&true.into(), &sent.len().into()));
    server.stop();
    fs::remove_dir_all(folder).unwrap();
}

/// The database dies and the server stays: it answers that it can't decide, starts the database
/// again, and goes on with everything that it acknowledged before.
#[test]
fn a_server_outlives_its_database() {
    let installation = installation("outlive");
    let folder = Path::new(&installation.variable.1);
    let server = Server::start(&installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    let agent = agent();
    let consume =
        |key: &str| call(&agent, &server.url, token, CONSUME, Some(key), &one_credit()).unwrap();
    let before = consume("before");
    assert_eq!(before.0, 200);

    kill(postmaster(folder));
    let give_up = Instant::now() + Duration::from_mins(1);
    let mut after = consume("after");
    while after.0 != 200 {
        assert_eq!((after.0, &after.1["code"]), (503, &"UNAVAILABLE".into()), "{}", after.1);
        assert!(Instant::now() < give_up, "the database does not come back");
        after = consume("after");
    }
    assert_eq!(consume("before"), before);
    assert_eq!(installation.answer(&["verify"])["entries"], 2);
    server.stop();
    fs::remove_dir_all(folder).unwrap();
}
