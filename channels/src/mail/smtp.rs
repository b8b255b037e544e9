//! SMTP, one connection for each email.
//!
//! It is talked step by step, so that it is known how far it came: once the text itself is under way, a
//! connection that breaks leaves open whether the email was taken.

use super::letter::Letter;
use crate::{failure::Failure, failure::quoted, http::SENDING};
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::time::timeout;

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long the good-bye may take, which changes nothing any more.
const LEAVING: Duration = Duration::from_secs(1);

/// A server that takes emails.
#[derive(Debug)]
pub(crate) struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
}

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// From the start: `smtps://`.
    AtOnce,
    /// By `STARTTLS`, or not at all: `?tls=required`.
    Required,
    /// By `STARTTLS`, if the server offers it.
    Offered,
    /// Never: `?tls=none`.
    Never,
}

const MALFORMED: &str = "must be smtps://user:password@host, or smtp://host for a server that asks for \
    no password; with ?tls=required or ?tls=none";

impl Smtp {
    /// Reads the URL of a server.
    pub(crate) fn new(url: &str) -> Result<Self, &'static str> {
        let url = Url::parse(url).map_err(|_| MALFORMED)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(MALFORMED)?;
        let given = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
        let (tls, usual_port) = match (url.scheme(), given.as_deref()) {
            ("smtps", None) => (Tls::AtOnce, 465),
            ("smtp", Some("required")) => (Tls::Required, 587),
            ("smtp", None) => (Tls::Offered, 587),
            ("smtp", Some("none")) => (Tls::Never, 25),
            _ => return Err(MALFORMED),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = url
            .password()
            .map(|password| Credentials::new(decoded(url.username()), decoded(password)));
        if credentials.is_some() && tls == Tls::Never {
            return Err("must not send a password without TLS");
        }
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(Self { host, port: url.port().unwrap_or(usual_port), tls, credentials })
    }

    /// Hands the email over, once.
    pub(crate) async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let under_way = AtomicBool::new(false);
        let lost = |why: &str| {
            if under_way.load(Ordering::Relaxed) {
                Failure::never(format!(
                    "The mail server was lost: {}. Whether the email arrived is not known.",
                    quoted(why)
                ))
            } else {
                Failure::later(format!("The mail server can't be reached: {}.", quoted(why)))
            }
        };
        match timeout(SENDING, self.hand_over(letter, &under_way)).await {
            Ok(Ok(mut connection)) => {
                let _left = timeout(LEAVING, connection.quit()).await;
                Ok(())
            }
            Ok(Err(Refused::Recipient(error))) if error.is_permanent() => {
                Err(Failure::never(said(&error)))
            }
            Ok(Err(Refused::Server(error) | Refused::Recipient(error))) => {
                let answered = error.is_transient() || error.is_permanent() || error.is_client();
                Err(if answered { Failure::later(said(&error)) } else { lost(&error.to_string()) })
            }
            Err(_) => Err(lost("no answer in time")),
        }
    }

    /// Connects, signs in and leaves: whether the server takes emails from here.
    pub(crate) async fn reach(&self) -> Result<(), String> {
        let connected = timeout(SENDING, self.connect()).await;
        let connected = connected.map_err(|_| "no answer in time".to_owned())?;
        let mut connection = connected.map_err(|error| quoted(&error.to_string()))?;
        let _left = timeout(LEAVING, connection.quit()).await;
        Ok(())
    }

    async fn hand_over(
        &self,
        letter: &Letter,
        under_way: &AtomicBool,
    ) -> Result<AsyncSmtpConnection, Refused> {
        let mut connection = self.connect().await.map_err(Refused::Server)?;
        let mut parameters = Vec::new();
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !letter.envelope.to().iter().chain(letter.envelope.from()).all(ascii)
            && connection.server_info().supports_feature(Extension::SmtpUtfEight)
        {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let sender = Mail::new(letter.envelope.from().cloned(), parameters);
        connection.command(sender).await.map_err(Refused::Server)?;
        for recipient in letter.envelope.to() {
            let recipient = Rcpt::new(recipient.clone(), Vec::new());
            connection.command(recipient).await.map_err(Refused::Recipient)?;
        }
        connection.command(Data).await.map_err(Refused::Recipient)?;
        under_way.store(true, Ordering::Relaxed);
        connection.message(&letter.bytes).await.map_err(Refused::Recipient)?;
        Ok(connection)
    }

    /// A connection that is encrypted and signed in as it has to be.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let name = ClientId::default();
        let parameters = || TlsParameters::new(self.host.clone());
        let at_once = (self.tls == Tls::AtOnce).then(parameters).transpose()?;
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(CONNECTING), &name, at_once, None)
                .await?;
        // A password needs TLS, whatever the server offers.
        let required = self.tls == Tls::Required || self.credentials.is_some();
        if !connection.is_encrypted()
            && (required || (self.tls == Tls::Offered && connection.can_starttls()))
        {
            connection.starttls(parameters()?, &name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// Who is to blame. What is wrong with the server or the sign-in can be put right, and then all emails
/// leave; an email or a recipient that is refused for good will be again.
enum Refused {
    Server(Error),
    Recipient(Error),
}

fn said(error: &Error) -> String {
    format!("The mail server refused it: {}", quoted(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_how_the_connection_is_encrypted() {
        for (url, tls, port) in [
            ("smtps://ann:secret@mail.example.com", Tls::AtOnce, 465),
            ("smtps://mail.example.com:10465", Tls::AtOnce, 10_465),
            ("smtp://ann:secret@mail.example.com", Tls::Offered, 587),
            ("smtp://ann:secret@mail.example.com?tls=required", Tls::Required, 587),
            ("smtp://localhost:1025?tls=none", Tls::Never, 1_025),
        ] {
            let server = Smtp::new(url).unwrap();
            assert_eq!((server.tls, server.port), (tls, port), "{url}");
        }
        for bad in [
            "",
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://mail.example.com?tls=maybe",
            "smtp://ann:secret@mail.example.com?tls=none",
        ] {
            assert!(Smtp::new(bad).is_err(), "{bad:?}");
        }
    }
}
