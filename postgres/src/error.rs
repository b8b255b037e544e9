use std::io;
use std::path::{Path, PathBuf};

/// Why the private Postgres could not be had; the text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No Postgres server was found on this machine.
    #[error(
        "no PostgreSQL server found: install one (Debian, Ubuntu: `apt-get install postgresql`), \
         set ALLOT_PG_BIN to the folder that holds `initdb`, or set DATABASE_URL to a database \
         that runs already"
    )]
    NotInstalled,
    /// `ALLOT_PG_BIN` names a folder without the programs.
    #[error("ALLOT_PG_BIN is {}, but that folder holds no `initdb`", .0.display())]
    WrongBinaries(PathBuf),
    /// Postgres refuses to run as root, and there is nobody else to run it as.
    #[error("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` here")]
    NoAccount,
    /// The user that runs Postgres cannot enter a folder on the way to the data.
    #[error(
        "user `{account}` runs PostgreSQL (it does not run as root), but cannot enter {}: set \
         ALLOT_DATA_DIR to a folder that every user can reach, for example /var/lib/allot",
        .folder.display()
    )]
    Unreachable {
        /// Who runs Postgres.
        account: String,
        /// The first folder that is closed to them.
        folder: PathBuf,
    },
    /// The path holds characters which `pg_ctl` passes to a shell unquoted.
    #[error(
        "the data folder {} has a name that PostgreSQL's tools cannot handle: choose one without \
         quotes, `$`, `\\`, backquotes and line breaks",
        .0.display()
    )]
    UnusablePath(PathBuf),
    /// The folder is in use for something else, so it must not change hands.
    #[error(
        "the data folder {} is not empty and was not made by Allot: set ALLOT_DATA_DIR to an \
         empty or new folder",
        .0.display()
    )]
    ForeignFolder(PathBuf),
    /// A socket folder under `/tmp` belongs to someone else.
    #[error("the socket folder {} belongs to another user", .0.display())]
    ForeignSocket(PathBuf),
    /// One of the programs of Postgres failed.
    #[error("`{program}` failed: {output}")]
    Program {
        /// Which one.
        program: String,
        /// What it printed.
        output: String,
    },
    /// The cluster did not come up in time.
    #[error("PostgreSQL did not start: {reason}\nThe end of {}:\n{tail}", .log.display())]
    NotStarted {
        /// What the last attempt said.
        reason: String,
        /// Where Postgres logs.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// The operating system refused something.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Adds to an I/O error what was being done, and where.
pub(crate) trait Context<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, PostgresError>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, PostgresError> {
        self.map_err(|source| PostgresError::Io { action, path: path.to_owned(), source })
    }
}
