//! A folder in which emails end that nobody is to get: for development, and to try Allot out.

use super::letter::Letter;
use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::fs;

/// The emails that are kept; older ones make room.
const KEPT: usize = 200;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;
const ENDING: &str = "eml";

/// Such a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFolder(PathBuf);

/// An email that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMail {
    /// Names it within its folder.
    pub name: String,
    /// When it was sent, such as `2026-11-25 09:00:00 UTC`.
    pub sent: String,
    /// To whom: name and address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says, as text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl MailFolder {
    /// The folder at `path`. It is made when the first email comes.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) async fn keep(&self, letter: &Letter, now: DateTime<Utc>) -> io::Result<()> {
        fs::create_dir_all(&self.0).await?;
        // By the name they are in the order in which they were sent.
        let name = format!("{}-{}.{ENDING}", now.format("%Y%m%dT%H%M%S%3f"), letter.id);
        let unfinished = self.0.join(format!("{name}.new"));
        fs::write(&unfinished, &letter.bytes).await?;
        fs::rename(unfinished, self.0.join(name)).await?;
        for old in self.names().await?.into_iter().skip(KEPT) {
            // Another server may have been faster.
            let _removed = fs::remove_file(self.0.join(old)).await;
        }
        Ok(())
    }

    /// The emails in it, the newest first.
    pub async fn list(&self) -> io::Result<Vec<StoredMail>> {
        let mut emails = Vec::new();
        for name in self.names().await?.into_iter().take(KEPT) {
            emails.extend(self.read(&name).await?);
        }
        Ok(emails)
    }

    /// The email of this name; `None` if there is none.
    pub async fn read(&self, name: &str) -> io::Result<Option<StoredMail>> {
        // Nothing else is read, wherever a name would lead.
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        if !plain || Path::new(name).extension().is_none_or(|ending| ending != ENDING) {
            return Ok(None);
        }
        let path = self.0.join(name);
        let bytes = match fs::metadata(&path).await {
            Ok(file) if file.is_file() && file.len() <= LARGEST => fs::read(path).await?,
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(parsed(name, &bytes))
    }

    /// The names of the emails in it, the newest first.
    async fn names(&self) -> io::Result<Vec<String>> {
        let mut files = match fs::read_dir(&self.0).await {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        while let Some(file) = files.next_entry().await? {
            names.extend(file.file_name().into_string());
        }
        names.retain(|name| Path::new(name).extension().is_some_and(|ending| ending == ENDING));
        names.sort_unstable_by(|a, b| b.cmp(a));
        Ok(names)
    }
}

fn parsed(name: &str, bytes: &[u8]) -> Option<StoredMail> {
    let message = MessageParser::default().parse(bytes)?;
    let to = message.to().and_then(|to| to.first())?;
    let address = to.address().unwrap_or_default();
    Some(StoredMail {
        name: name.to_owned(),
        sent: message.date().map_or_else(String::new, |date| {
            DateTime::from_timestamp(date.to_timestamp(), 0)
                .map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
        }),
        to: to.name().map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>")),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
    })
}
