use crate::{
    clients::Clients,
    support::{CONSUME, Installation, Server, agent, call, limit, one_credit},
};
use sqlx::{ConnectOptions as _, PgPool};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// Consumptions that are acknowledged before the lights go out; the clients send on meanwhile.
const ACKNOWLEDGED: usize = 400;
/// Servers that are killed one after the other.
const SERVERS: usize = 5;

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

#[test]
fn nothing_acknowledged_is_lost_when_server_and_database_are_killed() {
    let installation = installation("crash");
    let folder = Path::new(&installation.variable.1);
    let server = Server::start(&installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&server.url, token, 100_000);

    let clients = Clients::default();
    clients.send(&server.url, token, ACKNOWLEDGED, || {
        kill(server.process.id());
        kill(postmaster(folder));
    });
    drop(server);

    let server = Server::start(&installation);
    clients.send_all_again(&installation, &server, token);
    server.stop();
    fs::remove_dir_all(folder).unwrap();
}

/// The server dies again and again, and each time another takes its place at once.
#[sqlx::test(migrations = "../migrations")]
async fn nothing_acknowledged_is_lost_when_server_after_server_is_killed(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || kill_server_after_server(&installation)).await.unwrap();
}

fn kill_server_after_server(installation: &Installation) {
    let mut server = Server::start(installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&server.url, token, 100_000);
    let clients = Clients::default();
    for _ in 0..SERVERS {
        let url = server.url.clone();
        clients.send(&url, token, ACKNOWLEDGED / 4, || kill(server.process.id()));
        server = Server::start(installation);
    }
    clients.send_all_again(installation, &server, token);
    server.stop();
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
