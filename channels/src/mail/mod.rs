//! Emails: what is in one, and by which of two ways it leaves.

mod folder;
mod letter;
mod smtp;

use crate::failure::Failure;
use chrono::{DateTime, Utc};
pub use folder::{MailFolder, StoredMail};
pub(crate) use letter::{Letter, Recipient, sender};
pub(crate) use smtp::Smtp;

/// By which way emails leave.
pub(crate) enum Mail {
    /// To a server.
    Smtp(Smtp),
    /// Into a folder, to be looked at.
    Folder(MailFolder),
}

impl Mail {
    /// Sends once.
    pub(crate) async fn send(&self, letter: &Letter, now: DateTime<Utc>) -> Result<(), Failure> {
        match self {
            Self::Smtp(server) => server.send(letter).await,
            Self::Folder(folder) => folder.keep(letter, now).await.map_err(|error| {
                Failure::later(format!("The email can't be written to the folder: {error}"))
            }),
        }
    }
}
