//! How messages leave, by the configuration.

use crate::config::MessagesConfig;
use anyhow::{Context as _, Result, anyhow};
use channels::{Courier, CourierConfig, Key};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// The file with the key for secrets of channels, in the data folder.
pub(crate) const KEY_FILE: &str = "secret.key";

/// The courier of this installation. `data` is the folder for what is kept outside of the database.
pub(crate) fn courier(config: &MessagesConfig, data: &Path, demo: bool) -> Result<Courier> {
    let usual_folder = demo.then(|| data.join("mail"));
    let config = CourierConfig {
        smtp_url: config.smtp_url.clone(),
        mail_from: config.mail_from.clone(),
        mail_folder: config.mail_dir.clone().or(usual_folder),
        allow_private_addresses: config.allow_private_addresses,
        secret_keys: match &config.secret_key {
            Some(keys) => given(keys)?,
            None => kept(&data.join(KEY_FILE))?,
        },
    };
    Ok(Courier::new(config)?)
}

/// Reads keys with commas between them.
pub(crate) fn given(keys: &str) -> Result<Vec<Key>> {
    keys.split(',')
        .map(|key| key.parse().map_err(|error| anyhow!("ALLOT_SECRET_KEY {error}")))
        .collect()
}

/// The key in the file `path`, which is made if there is none. Without a folder to write to there is no
/// key: channels with secrets can't be made then, and all else can.
fn kept(path: &Path) -> Result<Vec<Key>> {
    if !path.exists()
        && let Err(error) = make(path)
    {
        let path = path.display();
        tracing::warn!(%path, %error, "no key for secrets of channels; set ALLOT_SECRET_KEY");
        return Ok(Vec::new());
    }
    read(path).map(|key| vec![key])
}

/// Reads the key in a file.
pub(crate) fn read(path: &Path) -> Result<Key> {
    let key = fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    key.parse().map_err(|error| anyhow!("{} {error}", path.display()))
}

/// Writes a new key, for nobody else to read. Of several servers that start at once one makes it, and
/// none of them reads a part of it.
fn make(path: &Path) -> io::Result<()> {
    let key = Key::random().map_err(io::Error::other)?;
    let unfinished = path.with_extension(format!("{}.new", uuid::Uuid::now_v7()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    writeln!(file, "{}", key.text())?;
    file.sync_all()?;
    let made = match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    };
    fs::remove_file(unfinished)?;
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::fs::PermissionsExt as _, path::PathBuf, thread};

    /// A folder of the test's own.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("allot-key-{}", uuid::Uuid::now_v7())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn servers_that_start_at_once_have_one_key_that_nobody_else_reads() {
        let folder = Folder::new();
        let path = folder.0.join("data/secret.key");
        let servers: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                thread::spawn(move || kept(&path).unwrap()[0].text())
            })
            .collect();
        let keys: Vec<String> = servers.into_iter().map(|server| server.join().unwrap()).collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_is_damaged_is_not_replaced() {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        let path = folder.0.join("secret.key");
        fs::write(&path, "something else").unwrap();
        assert!(kept(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "something else");
    }

    #[test]
    fn without_a_folder_to_write_to_there_is_no_key() {
        assert!(kept(Path::new("/dev/null/secret.key")).unwrap().is_empty());
    }

    #[test]
    fn several_keys_are_given_with_commas() {
        let (new, old) = (Key::from([1; 32]), Key::from([2; 32]));
        let keys = given(&format!("{}, {}", new.text(), old.text())).unwrap();
        let texts: Vec<String> = keys.iter().map(Key::text).collect();
        assert_eq!(texts, [new.text(), old.text()]);
        for bad in ["", "secret", &format!("{},", new.text())] {
            assert!(given(bad).unwrap_err().to_string().starts_with("ALLOT_SECRET_KEY must be"));
        }
    }
}
