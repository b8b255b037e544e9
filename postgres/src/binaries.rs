use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::PostgresError;

/// The folder of `initdb`, `pg_ctl` and `psql`.
pub(crate) fn find() -> Result<PathBuf, PostgresError> {
    if let Some(chosen) = std::env::var_os("ALLOT_PG_BIN").filter(|value| !value.is_empty()) {
        let chosen = PathBuf::from(chosen);
        if complete(&chosen) {
            return Ok(chosen);
        }
        return Err(PostgresError::WrongBinaries(chosen));
    }
    from_pg_config()
        .into_iter()
        .chain(from_debian(Path::new("/usr/lib/postgresql")))
        .find(|folder| complete(folder))
        .ok_or(PostgresError::NotInstalled)
}

fn complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).is_file())
}

/// On Debian `pg_config` comes with the client library and may name a folder without a server.
fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(folder.trim()))
}

/// Debian keeps every version in a folder of its own, outside `PATH`; the newest comes first.
fn from_debian(versions: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(versions)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_debian_comes_first() {
        let root = std::env::temp_dir().join(format!("allot-binaries-{}", std::process::id()));
        for version in ["9", "15", "17", "common"] {
            fs::create_dir_all(root.join(version)).unwrap();
        }
        let found = from_debian(&root);
        fs::remove_dir_all(&root).unwrap();
        let expected: Vec<_> = ["17", "15", "9"].iter().map(|v| root.join(v).join("bin")).collect();
        assert_eq!(found, expected);
    }
}
