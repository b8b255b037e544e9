use std::fs;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::account::{self, Account};
use crate::binaries;
use crate::error::{Context, PostgresError};

/// How long a start is tried again while nothing answers: the backends of a postmaster that was
/// killed may need a moment to notice, and no new one starts before they are gone.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a postmaster that answers may replay its log before it takes queries.
const RECOVERY_TIMEOUT: Duration = Duration::from_mins(5);
const PAUSE: Duration = Duration::from_millis(100);

/// The longest path of a socket that Linux (108 bytes) and BSD (104) take, with room to spare.
const LONGEST_SOCKET: usize = 90;
/// The port is only a part of the socket's name: nothing listens on the network.
const SOCKET: &str = ".s.PGSQL.5432";
const SUPERUSER: &str = "allot";

/// The files of one cluster and the programs that work on it. Nothing here takes a lock.
pub(crate) struct Cluster {
    binaries: PathBuf,
    account: Account,
    folder: PathBuf,
    data: PathBuf,
    socket_folder: PathBuf,
}

impl Cluster {
    /// Makes `folder` fit to hold a cluster, and private to whoever runs Postgres.
    pub(crate) fn prepare(folder: &Path) -> Result<Self, PostgresError> {
        let binaries = binaries::find()?;
        let account = Account::choose()?;
        fs::create_dir_all(folder).context("create", folder)?;
        let folder = fs::canonicalize(folder).context("read", folder)?;
        check_name(&folder)?;
        check_content(&folder)?;
        account.own(&folder)?;
        account.check_reach(&folder)?;
        let (data, socket_folder) = (folder.join("cluster"), socket_folder(&folder));
        Ok(Self { binaries, account, folder, data, socket_folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let socket = percent_encode(&self.socket_folder.to_string_lossy());
        format!("postgres://{SUPERUSER}@localhost:5432/{database}?host={socket}")
    }

    /// Answers whether a postmaster listens. The socket lies in a private folder, so whoever
    /// listens there is ours; unlike a process id it cannot be mistaken for another's.
    pub(crate) fn listens(&self) -> bool {
        match UnixStream::connect(self.socket_folder.join(SOCKET)) {
            Ok(_) => true,
            Err(error) => {
                !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
            }
        }
    }

    /// Creates the cluster if there is none. A name of its own until it is whole: whatever kills
    /// us on the way leaves nothing that looks like a cluster.
    pub(crate) fn initialize(&self) -> Result<(), PostgresError> {
        if self.data.exists() {
            return Ok(());
        }
        let unfinished = self.folder.join("cluster.new");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).context("remove", &unfinished)?;
        }
        let mut initdb = self.program("initdb");
        // Only we can reach the socket, so trusting whoever comes through it gives nothing away.
        initdb.args(["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust"]);
        initdb.arg(format!("--username={SUPERUSER}")).arg("-D").arg(&unfinished);
        succeed("initdb", initdb.output())?;
        fs::rename(&unfinished, &self.data).context("rename", &unfinished)
    }

    /// Starts the cluster and waits until it takes queries.
    pub(crate) fn start(&self) -> Result<(), PostgresError> {
        self.make_socket_folder()?;
        let begin = Instant::now();
        let mut reason = String::new();
        loop {
            let listens = self.listens();
            if listens {
                match self.query("postgres", "SELECT 1") {
                    Ok(_) => return Ok(()),
                    Err(error) => reason = error.to_string(),
                }
            } else {
                self.forget_stale_owner()?;
                if let Err(error) = self.start_once() {
                    reason = error.to_string();
                }
            }
            let limit = if listens { RECOVERY_TIMEOUT } else { START_TIMEOUT };
            if begin.elapsed() > limit {
                return Err(self.not_started(reason));
            }
            thread::sleep(PAUSE);
        }
    }

    pub(crate) fn create_database(&self, name: &str) -> Result<(), PostgresError> {
        let known = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if self.query("postgres", &known)?.trim().is_empty() {
            self.query("postgres", &format!("CREATE DATABASE \"{name}\""))?;
        }
        Ok(())
    }

    /// Stops the cluster cleanly; open transactions are rolled back.
    pub(crate) fn stop(&self) -> Result<(), PostgresError> {
        if !self.listens() {
            return Ok(());
        }
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.args(["stop", "-m", "fast", "-w", "-t", "60", "-D"]).arg(&self.data);
        succeed("pg_ctl stop", pg_ctl.output())?;
        if !self.socket_folder.starts_with(&self.folder) {
            // Litter in `/tmp`, but no more than that: the next start takes it as it is.
            fs::remove_dir(&self.socket_folder).ok();
        }
        Ok(())
    }

    pub(crate) fn psql(&self, database: &str) -> Command {
        // As ourselves, so that it can read the files that the caller can.
        let mut psql = account::command(&self.binaries.join("psql"), &self.folder);
        psql.env("PGOPTIONS", "-c client_min_messages=warning");
        psql.args(["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-d"]);
        psql.arg(self.url(database));
        psql
    }

    fn query(&self, database: &str, sql: &str) -> Result<String, PostgresError> {
        succeed("psql", self.psql(database).args(["-c", sql]).output())
    }

    fn program(&self, name: &str) -> Command {
        self.account.command(&self.binaries.join(name), &self.folder)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    fn start_once(&self) -> Result<(), PostgresError> {
        // `pg_ctl` hands these to a shell. The socket's folder has a plain name of ours, or is
        // named from the data folder, which is where a postmaster works.
        let sockets = if self.socket_folder.starts_with(&self.folder) {
            Path::new("../socket")
        } else {
            &self.socket_folder
        };
        let settings = format!(
            "-c listen_addresses='' -c port=5432 -c unix_socket_permissions=0700 \
             -c unix_socket_directories={} -c max_connections=200",
            sockets.display()
        );
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.args(["start", "-w", "-t", "30", "-o", &settings, "-D"]).arg(&self.data);
        pg_ctl.arg("-l").arg(self.log());
        succeed("pg_ctl start", pg_ctl.output()).map(drop)
    }

    fn make_socket_folder(&self) -> Result<(), PostgresError> {
        let folder = &self.socket_folder;
        match fs::create_dir(folder) {
            Ok(()) => return self.account.own(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).context("create", folder),
        }
        let metadata = fs::symlink_metadata(folder).context("read", folder)?;
        if metadata.is_dir() && self.account.owns(&metadata) {
            return self.account.own(folder);
        }
        Err(PostgresError::ForeignSocket(folder.clone()))
    }

    /// Postgres refuses to start while the process that `postmaster.pid` names is alive. After a
    /// crash the number may belong to anyone (in a container it often does), so the file goes when
    /// that process was not started for this cluster. Backends that outlived their postmaster
    /// still keep a new one away: it finds their shared memory by the data folder's inode.
    fn forget_stale_owner(&self) -> Result<(), PostgresError> {
        let file = self.data.join("postmaster.pid");
        let Ok(content) = fs::read_to_string(&file) else {
            return Ok(());
        };
        let owner = content.lines().next().unwrap_or_default().trim();
        let Ok(command_line) = fs::read(format!("/proc/{owner}/cmdline")) else {
            return Ok(());
        };
        let data = self.data.as_os_str().as_encoded_bytes();
        if command_line.split(|byte| *byte == 0).any(|argument| argument == data) {
            return Ok(());
        }
        fs::remove_file(&file).context("remove", &file)
    }

    fn not_started(&self, reason: String) -> PostgresError {
        let log = self.log();
        let text = fs::read(&log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(12)..].join("\n");
        PostgresError::NotStarted { reason, log, tail }
    }
}

/// `pg_ctl` puts the path between double quotes in a shell command and quotes nothing.
fn check_name(folder: &Path) -> Result<(), PostgresError> {
    match folder.to_str() {
        Some(name) if !name.contains(['"', '\'', '$', '`', '\\', '\n', '\r']) => Ok(()),
        _ => Err(PostgresError::UnusablePath(folder.to_owned())),
    }
}

/// The folder is about to change hands: that must not happen to, say, a home folder.
fn check_content(folder: &Path) -> Result<(), PostgresError> {
    // In this order, because another process may be making its first file, the lock, right now.
    let empty = fs::read_dir(folder).context("read", folder)?.next().is_none();
    if empty || folder.join("start.lock").exists() {
        Ok(())
    } else {
        Err(PostgresError::ForeignFolder(folder.to_owned()))
    }
}

/// Beside the data if the path is short enough for a socket, else under `/tmp`: not the value of
/// `TMPDIR`, in which two processes that share a cluster may differ.
fn socket_folder(folder: &Path) -> PathBuf {
    let beside = folder.join("socket");
    if beside.join(SOCKET).as_os_str().len() <= LONGEST_SOCKET {
        return beside;
    }
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let name = digest.iter().take(8).fold(0, |name, byte| name << 8 | u64::from(*byte));
    Path::new("/tmp").join(format!("allot-{name:016x}"))
}

fn percent_encode(path: &str) -> String {
    path.bytes().fold(String::new(), |encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            encoded + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            encoded + &format!("%{byte:02X}")
        }
    })
}

fn succeed(program: &str, result: io::Result<Output>) -> Result<String, PostgresError> {
    let output = result.context("run", Path::new(program))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return Ok(text.into_owned());
    }
    let output = format!("{} {}", text.trim(), String::from_utf8_lossy(&output.stderr).trim());
    Err(PostgresError::Program { program: program.to_owned(), output })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_moves_the_socket_and_nothing_else_does() {
        assert_eq!(socket_folder(Path::new("/var/lib/allot")), Path::new("/var/lib/allot/socket"));
        let long = format!("/{}", "x".repeat(80));
        let moved = socket_folder(Path::new(&long));
        assert!(moved.starts_with("/tmp"), "{}", moved.display());
        assert_eq!(moved, socket_folder(Path::new(&long)));
    }

    #[test]
    fn an_url_survives_spaces_and_letters_of_any_kind() {
        assert_eq!(percent_encode("/a b/ö?&"), "/a%20b/%C3%B6%3F%26");
    }

    #[test]
    fn names_that_a_shell_would_expand_are_refused() {
        assert!(check_name(Path::new("/srv/my data")).is_ok());
        for name in ["/srv/$HOME", "/srv/`id`", "/srv/a\"b", "/srv/a\nb"] {
            assert!(check_name(Path::new(name)).is_err(), "{name}");
        }
    }
}
