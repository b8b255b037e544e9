//! What sends messages: where it takes its configuration from, whom it sends to.

use crate::{
    addresses,
    chats::{Chat, Message, Tone},
    failure::Failure,
    http::{Http, SENDING},
    mail::{Letter, Mail, MailFolder, Recipient, Smtp, sender},
    sealing::{self, Key, SealError},
    webhook,
    words::{Words, words},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use domain::{
    input::Invalid,
    notices::{ChannelKind, Language, Notice},
};
use lettre::message::Mailbox;
use reqwest::Url;
use std::{path::PathBuf, sync::Arc, time::SystemTime};

/// Sends messages. Clones share what it needs for that.
#[derive(Clone)]
pub struct Courier(Arc<Parts>);

struct Parts {
    /// With from whom it is; `None` where none can be sent.
    mail: Option<(Mail, Mailbox)>,
    http: Http,
    allow_private: bool,
    keys: Vec<Key>,
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

/// No mail, nothing private, and a key that nobody else has and that ends with the program.
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
pub enum ConfigError {
    /// The URL of the SMTP server can't be read.
    #[error("the SMTP URL {0}")]
    SmtpUrl(&'static str),
    /// The sender of emails can't be read.
    #[error("the sender of emails {0}")]
    MailFrom(String),
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

/// The courier of [`CourierConfig::default`].
impl Default for Courier {
    fn default() -> Self {
        let CourierConfig { allow_private_addresses: allow_private, secret_keys: keys, .. } =
            CourierConfig::default();
        let http = Http::new(allow_private, SENDING);
        Self(Arc::new(Parts { mail: None, http, allow_private, keys }))
    }
}

impl Courier {
    /// A courier for `config`. It connects to nothing yet.
    pub fn new(config: CourierConfig) -> Result<Self, ConfigError> {
        let mail = match (&config.smtp_url, config.mail_folder) {
            (Some(url), _) => Some(Mail::Smtp(Smtp::new(url).map_err(ConfigError::SmtpUrl)?)),
            (None, Some(folder)) => Some(Mail::Folder(MailFolder::new(folder))),
            (None, None) => None,
        };
        let from = sender(&config.mail_from).map_err(ConfigError::MailFrom)?;
        Ok(Self(Arc::new(Parts {
            mail: mail.map(|mail| (mail, from)),
            http: Http::new(config.allow_private_addresses, SENDING),
            allow_private: config.allow_private_addresses,
            keys: config.secret_keys,
        })))
    }

    /// Whether it can send emails.
    pub fn sends_mail(&self) -> bool {
        self.0.mail.is_some()
    }

    /// Whether the mail server can be reached and takes the password; why not, if it does not. Where none
    /// is configured there is nothing to reach.
    pub async fn reach_mail_server(&self) -> Result<(), String> {
        match &self.0.mail {
            Some((Mail::Smtp(server), _)) => server.reach().await,
            Some((Mail::Folder(_), _)) | None => Ok(()),
        }
    }

    /// The folder that emails end in, if they do.
    pub fn mail_folder(&self) -> Option<&MailFolder> {
        match &self.0.mail {
            Some((Mail::Folder(folder), _)) => Some(folder),
            Some((Mail::Smtp(_), _)) | None => None,
        }
    }

    /// Sends `notice` to `target`, once. It takes some ten seconds at most. Where people could get it
    /// twice by another try, [`Retry::Never`](crate::Retry::Never) says so.
    pub async fn send(&self, target: &Target, notice: &Notice) -> Result<(), Failure> {
        // The moment of sending, which receivers hold against their own clocks.
        let now = DateTime::<Utc>::from(SystemTime::now());
        match target {
            Target::Email { name, address, language } => {
                let words = words(notice, *language);
                let to = Recipient { name, address, language: *language };
                self.send_mail(to, notice, &words, now).await
            }
            Target::Channel { kind, url, secret, language } => {
                let url = addresses::parse(url, self.0.allow_private)
                    .map_err(|invalid| Failure::never(format!("The URL {}.", invalid.message)))?;
                let secret = secret.as_deref();
                match Chat::of(*kind) {
                    None => self.send_webhook(url, secret, notice, now).await,
                    Some(chat) => {
                        let words = words(notice, *language);
                        let tone = Tone::of(&notice.news);
                        let message = Message { words: &words, tone, link: &notice.link };
                        self.send_chat(chat, url, secret, &message, now).await
                    }
                }
            }
        }
    }

    async fn send_mail(
        &self,
        to: Recipient<'_>,
        notice: &Notice,
        words: &Words,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let Some((mail, from)) = &self.0.mail else {
            return Err(Failure::never("No mail server is configured."));
        };
        mail.send(&Letter::new(from, to, notice, words, now)?, now).await
    }

    async fn send_webhook(
        &self,
        url: Url,
        secret: Option<&str>,
        notice: &Notice,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let post = webhook::post(url, secret, notice, now)?;
        let answer = self.0.http.post(post).await;
        webhook::verdict(&answer.map_err(|why| Failure::unanswered(why, false))?)
    }

    async fn send_chat(
        &self,
        chat: Chat,
        url: Url,
        secret: Option<&str>,
        message: &Message<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let answer = self.0.http.post(chat.post(url, secret, message, now)).await;
        chat.verdict(&answer.map_err(|why| Failure::unanswered(why, true))?)
    }

    /// Whether messages of a channel of `kind` may go to `url`; the field that is refused is `url`. Each message asks anew,
    /// since names can lead elsewhere by then.
    pub async fn check(&self, kind: ChannelKind, url: &str) -> Result<(), Invalid> {
        let parsed = addresses::parse(url, self.0.allow_private)?;
        if let Some(key) = Chat::of(kind).and_then(Chat::key_in_query)
            && !parsed.query_pairs().any(|(name, value)| name == key && !value.is_empty())
        {
            let message = format!("must be copied as a whole: `{key}=` is missing in it");
            return Err(Invalid::new("url", message));
        }
        addresses::check(&parsed, self.0.allow_private).await
    }

    /// Encrypts the secret of a channel, to be stored.
    pub fn seal(&self, secret: &str) -> Result<Vec<u8>, SealError> {
        sealing::seal(&self.0.keys, secret)
    }

    /// Opens what [`Courier::seal`] made.
    pub fn open(&self, sealed: &[u8]) -> Result<String, SealError> {
        sealing::open(&self.0.keys, sealed)
    }

    /// A new secret for a signed webhook: `whsec_` and 32 random bytes in base64.
    pub fn new_webhook_secret() -> Result<String, SealError> {
        Ok(format!("{}{}", webhook::PREFIX, STANDARD.encode(sealing::random::<32>()?)))
    }
}
