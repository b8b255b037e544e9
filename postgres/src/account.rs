use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{User, geteuid};

use crate::error::{Context, PostgresError};

/// Who runs Postgres: ourselves, or, as it refuses root, a user without rights.
pub(crate) struct Account {
    uid: u32,
    gid: u32,
    name: String,
    differs: bool,
}

impl Account {
    pub(crate) fn choose() -> Result<Self, PostgresError> {
        if !geteuid().is_root() {
            let name = std::env::var("USER").unwrap_or_default();
            let gid = nix::unistd::getegid().as_raw();
            return Ok(Self { uid: geteuid().as_raw(), gid, name, differs: false });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self {
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
                name: user.name,
                differs: true,
            })
            .ok_or(PostgresError::NoAccount)
    }

    /// A command that runs as this account.
    pub(crate) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = command(program, folder);
        if self.differs {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Makes a folder private to this account.
    pub(crate) fn own(&self, folder: &Path) -> Result<(), PostgresError> {
        let metadata = fs::metadata(folder).context("read", folder)?;
        if self.differs && metadata.uid() != self.uid {
            chown(folder, Some(self.uid), Some(self.gid)).context("change the owner of", folder)?;
        }
        if metadata.mode() & 0o777 != 0o700 {
            let private = fs::Permissions::from_mode(0o700);
            fs::set_permissions(folder, private).context("change the rights of", folder)?;
        }
        Ok(())
    }

    pub(crate) fn owns(&self, metadata: &fs::Metadata) -> bool {
        metadata.uid() == self.uid
    }

    /// Fails with the first folder on the way to `folder` that this account cannot enter.
    pub(crate) fn check_reach(&self, folder: &Path) -> Result<(), PostgresError> {
        if !self.differs || self.can_enter(folder) {
            return Ok(());
        }
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        let closed = way.into_iter().find(|step| !self.can_enter(step)).unwrap_or(folder);
        Err(PostgresError::Unreachable {
            account: self.name.clone(),
            folder: PathBuf::from(closed),
        })
    }

    fn can_enter(&self, folder: &Path) -> bool {
        self.command(Path::new("/bin/sh"), Path::new("/"))
            .args(["-c", "cd \"$1\"", "sh"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// A command with nothing of our environment: a server would show our secrets in `/proc`, and a
/// stray `PGDATA` or `PGPORT` would lead any program astray.
pub(crate) fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .current_dir(folder)
        .stdin(Stdio::null())
        // Ctrl-C in the terminal is for us: a half-done start or stop helps nobody.
        .process_group(0);
    command
}
