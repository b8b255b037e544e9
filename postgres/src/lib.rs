//! The private Postgres: a cluster that Allot makes and runs by itself where `DATABASE_URL` is
//! not set. It listens on no network, only on a socket in a folder that is closed to others.
//!
//! Several processes (servers, the command line, tests) may share one data folder. Two lock files
//! in it settle who does what, and the system drops both when a process dies:
//!
//! - `start.lock` is held exclusively while somebody starts or stops the cluster;
//! - `users.lock` is held, shared, by everyone who uses it. Whoever can take it exclusively is the
//!   last one, and stops the cluster.

mod account;
mod binaries;
mod cluster;
mod error;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use cluster::Cluster;
use error::Context;
pub use error::PostgresError;

const DATABASE: &str = "allot";

/// A running cluster, for as long as this value lives. Calls block: run them apart from async
/// code.
pub struct PrivatePostgres {
    cluster: Cluster,
    url: String,
    users: Option<File>,
}

impl PrivatePostgres {
    /// Makes sure that a cluster runs in `data_dir`, and holds it until [`Self::release`].
    ///
    /// As root the folder is given to the user `postgres` (or `nobody`), because Postgres refuses
    /// to run as root.
    pub fn acquire(data_dir: &Path) -> Result<Self, PostgresError> {
        let cluster = Cluster::prepare(data_dir)?;
        let _start = lock_start(&cluster)?;
        let path = cluster.folder().join("users.lock");
        let users = open(&path)?;
        users.lock_shared().context("lock", &path)?;
        let url = cluster.url(DATABASE);
        // From here on dropping this value gives the cluster up again.
        let postgres = Self { cluster, url, users: Some(users) };
        postgres.cluster.initialize()?;
        postgres.cluster.start()?;
        postgres.cluster.create_database(DATABASE)?;
        Ok(postgres)
    }

    /// Where the database `allot` is reached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where another database of the cluster is reached.
    pub fn url_of(&self, database: &str) -> String {
        self.cluster.url(database)
    }

    /// A `psql` that is about to run on a database of the cluster: quiet, without headings, and
    /// failing at the first error. The caller adds what it should run.
    pub fn psql(&self, database: &str) -> Command {
        self.cluster.psql(database)
    }

    /// Starts the cluster again if it died; does nothing while it is alive.
    pub fn ensure_running(&self) -> Result<(), PostgresError> {
        if self.cluster.listens() {
            return Ok(());
        }
        let _start = lock_start(&self.cluster)?;
        self.cluster.start()
    }

    /// Gives the cluster up; stops it cleanly if no other process uses it.
    ///
    /// Dropping the value does the same, but tells nobody of a failure.
    pub fn release(mut self) -> Result<(), PostgresError> {
        self.give_up()
    }

    fn give_up(&mut self) -> Result<(), PostgresError> {
        let Some(users) = self.users.take() else {
            return Ok(());
        };
        let path = self.cluster.folder().join("users.lock");
        // First this lock: nobody may begin to use the cluster while we find out that we are the
        // last one.
        let _start = lock_start(&self.cluster)?;
        users.unlock().context("unlock", &path)?;
        match users.try_lock() {
            Ok(()) => self.cluster.stop(),
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error).context("lock", &path),
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // Nobody is left to tell: at worst the cluster runs on, and the next one shares it.
        self.give_up().ok();
    }
}

/// The folder of the Postgres server's programs, where there is one on this machine.
pub fn find_binaries() -> Result<PathBuf, PostgresError> {
    binaries::find()
}

fn lock_start(cluster: &Cluster) -> Result<File, PostgresError> {
    let path: PathBuf = cluster.folder().join("start.lock");
    let file = open(&path)?;
    file.lock().context("lock", &path)?;
    Ok(file)
}

fn open(path: &Path) -> Result<File, PostgresError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .context("open", path)
}
