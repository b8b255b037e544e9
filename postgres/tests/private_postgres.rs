//! The life of a private cluster: shared, killed, started again, and stopped by the last one.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use private_postgres::{PostgresError, PrivatePostgres};

/// A data folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("allot-{name}-{}", std::process::id()));
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn query(postgres: &PrivatePostgres, sql: &str) -> String {
    let output = postgres.psql("allot").args(["-c", sql]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn postmaster(folder: &Path) -> Option<String> {
    let content = fs::read_to_string(folder.join("cluster/postmaster.pid")).ok()?;
    content.lines().next().map(str::to_owned)
}

fn listens(folder: &Path) -> bool {
    UnixStream::connect(folder.join("socket/.s.PGSQL.5432")).is_ok()
}

fn kill_postmaster(folder: &Path) {
    let status = Command::new("kill").arg("-9").arg(postmaster(folder).unwrap()).status().unwrap();
    assert!(status.success());
    let begin = Instant::now();
    while listens(folder) {
        assert!(begin.elapsed() < Duration::from_secs(10), "it survived kill -9");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_last_one_stops_the_cluster_and_the_data_stays() {
    let folder = Folder::new("shared");
    let first = PrivatePostgres::acquire(&folder.0).unwrap();
    let owner = postmaster(&folder.0).unwrap();
    query(&first, "CREATE TABLE kept AS SELECT 42 AS value");
    assert_eq!(query(&first, "SHOW fsync"), "on");
    assert_eq!(query(&first, "SHOW listen_addresses"), "");
    assert_eq!(query(&first, "SHOW max_connections"), "200");

    let second = PrivatePostgres::acquire(&folder.0).unwrap();
    assert_eq!(postmaster(&folder.0).unwrap(), owner);
    assert_eq!(first.url(), second.url());
    first.release().unwrap();
    assert_eq!(query(&second, "SELECT value FROM kept"), "42");
    second.release().unwrap();
    assert!(!listens(&folder.0));
    assert_eq!(postmaster(&folder.0), None);

    let third = PrivatePostgres::acquire(&folder.0).unwrap();
    assert_eq!(query(&third, "SELECT value FROM kept"), "42");
    drop(third);
    assert!(!listens(&folder.0));
}

#[test]
fn a_killed_postmaster_is_replaced_although_a_backend_lingers() {
    let folder = Folder::new("killed");
    let postgres = PrivatePostgres::acquire(&folder.0).unwrap();
    query(&postgres, "CREATE TABLE kept AS SELECT 42 AS value");
    let mut busy = busy_backend(&postgres);
    kill_postmaster(&folder.0);
    // Nothing tells the backend: it computes, and looks up only when it is done.
    postgres.ensure_running().unwrap();
    assert_eq!(query(&postgres, "SELECT value FROM kept"), "42");
    busy.wait().unwrap();

    let owner = postmaster(&folder.0);
    postgres.ensure_running().unwrap();
    assert_eq!(postmaster(&folder.0), owner);

    kill_postmaster(&folder.0);
    let other = PrivatePostgres::acquire(&folder.0).unwrap();
    assert_eq!(query(&other, "SELECT value FROM kept"), "42");
    postgres.release().unwrap();
    assert!(listens(&folder.0));
    other.release().unwrap();
    assert!(!listens(&folder.0));
}

#[test]
fn processes_that_begin_together_share_one_cluster() {
    let folder = Folder::new("together");
    let users: Vec<PrivatePostgres> = thread::scope(|scope| {
        let begin = || scope.spawn(|| PrivatePostgres::acquire(&folder.0).unwrap());
        let threads = [begin(), begin(), begin(), begin()];
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for postgres in &users {
        assert_eq!(query(postgres, "SELECT 1"), "1");
    }
    for postgres in users {
        assert!(listens(&folder.0));
        postgres.release().unwrap();
    }
    assert!(!listens(&folder.0));
}

/// A backend in a loop that lasts some seconds and does not sleep (a sleeping one dies with its
/// postmaster).
fn busy_backend(postgres: &PrivatePostgres) -> Child {
    let loop_ = "DO $$ BEGIN CREATE TEMP TABLE started (); \
                 WHILE clock_timestamp() < now() + interval '3 s' LOOP END LOOP; END $$";
    let child = postgres.psql("allot").args(["-c", loop_]).stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %'";
    while query(postgres, running) == "0" {
        assert!(begin.elapsed() < Duration::from_secs(10), "the loop never began");
    }
    child
}

#[test]
fn a_process_id_that_went_to_someone_else_does_not_block_the_start() {
    let folder = Folder::new("recycled");
    PrivatePostgres::acquire(&folder.0).unwrap().release().unwrap();
    let stranger = std::process::id();
    let stale = format!("{stranger}\n{}\n1700000000\n5432\n", folder.0.join("cluster").display());
    fs::write(folder.0.join("cluster/postmaster.pid"), stale).unwrap();
    let postgres = PrivatePostgres::acquire(&folder.0).unwrap();
    assert_eq!(query(&postgres, "SELECT 1"), "1");
}

#[test]
fn a_half_made_cluster_is_made_again() {
    let folder = Folder::new("half-made");
    fs::create_dir_all(folder.0.join("cluster.new/base")).unwrap();
    fs::write(folder.0.join("start.lock"), "").unwrap();
    let postgres = PrivatePostgres::acquire(&folder.0).unwrap();
    assert_eq!(query(&postgres, "SELECT 1"), "1");
    assert!(!folder.0.join("cluster.new").exists());
}

#[test]
fn a_long_path_with_spaces_works() {
    let folder = Folder::new(&"long name ".repeat(9));
    let postgres = PrivatePostgres::acquire(&folder.0).unwrap();
    assert_eq!(query(&postgres, "SELECT 1"), "1");
    assert!(postgres.url().contains("host=/tmp/allot-"), "{}", postgres.url());
}

#[test]
fn a_folder_of_someone_else_is_left_alone() {
    let folder = Folder::new("foreign");
    fs::create_dir_all(&folder.0).unwrap();
    fs::write(folder.0.join("letter.txt"), "mine").unwrap();
    let refused = PrivatePostgres::acquire(&folder.0);
    assert!(matches!(refused, Err(PostgresError::ForeignFolder(_))));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[test]
fn root_is_told_which_folder_keeps_the_account_of_postgres_out() {
    if !nix::unistd::geteuid().is_root() {
        // Anyone else runs Postgres as themselves, so there is nobody to keep out.
        return;
    }
    let folder = Folder::new("closed");
    fs::create_dir_all(&folder.0).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    match PrivatePostgres::acquire(&folder.0.join("data")) {
        Err(PostgresError::Unreachable { folder: named, .. }) => assert_eq!(named, folder.0),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was let in"),
    }
}
