//! One email: the same words as text and as HTML.

use crate::{
    chats::Tone,
    failure::Failure,
    words::{Words, greeting, one_line, reason},
};
use chrono::{DateTime, Utc};
use domain::notices::{Language, Notice};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use sha2::{Digest as _, Sha256};
use std::{error::Error as StdError, fmt::Write as _, time::SystemTime};

/// To whom an email goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipient<'a> {
    pub(crate) name: &'a str,
    pub(crate) address: &'a str,
    pub(crate) language: Language,
}

/// An email that can be sent.
#[derive(Debug)]
pub(crate) struct Letter {
    /// Names this email among those about the same event.
    pub(super) id: String,
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
}

/// A header that `lettre` has no type for.
macro_rules! header {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        struct $name(&'static str);

        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($text)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn StdError + Send + Sync>> {
                Err("it is only written".into())
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.to_owned())
            }
        }
    };
}

header!(
    /// Tells programs that answer emails not to answer.
    AutoSubmitted,
    "Auto-Submitted"
);
header!(
    /// In which language it is.
    ContentLanguage,
    "Content-Language"
);

/// Reads from whom emails are.
pub(crate) fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| "must be an address such as Allot <allot@example.com>".to_owned())
}

impl Letter {
    /// The email about `notice`. The same event has the same id for the same recipient, however often
    /// it is sent, so that mail programs can tell that they have it.
    pub(crate) fn new(
        from: &Mailbox,
        to: Recipient<'_>,
        notice: &Notice,
        words: &Words,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let address: Address = to
            .address
            .parse()
            .map_err(|_| Failure::never("The address of the recipient can't be written to."))?;
        let digest = Sha256::digest(to.address.as_bytes());
        let whom = digest.iter().take(4).fold(String::new(), |mut text, byte| {
            let _written = write!(text, "{byte:02x}");
            text
        });
        let id = format!("{}.{whom}", notice.id);
        let name = Some(one_line(to.name)).filter(|name| !name.is_empty());
        let message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(name, address))
            .subject(&words.title)
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            .header(AutoSubmitted("auto-generated"))
            .header(ContentLanguage(to.language.code()))
            .multipart(MultiPart::alternative_plain_html(
                text(to, notice, words),
                html(to, notice, words),
            ))
            .map_err(|error| Failure::never(format!("The email can't be written: {error}")))?;
        Ok(Self { id, envelope: message.envelope().clone(), bytes: message.formatted() })
    }
}

fn text(to: Recipient<'_>, notice: &Notice, words: &Words) -> String {
    let mut parts = vec![greeting(to.name, to.language), format!("{}.", words.title)];
    parts.extend(words.lines.iter().cloned());
    if !words.facts.is_empty() {
        let facts = words.facts.iter().map(|(name, value)| format!("{name}: {value}"));
        parts.push(facts.collect::<Vec<_>>().join("\n"));
    }
    parts.push(format!("{}:\n{}", words.button, notice.link));
    parts.push(format!(
        "-- \n{}\n{}",
        words.footer,
        reason(&notice.organization_name, to.language)
    ));
    parts.join("\n\n")
}

/// Mail programs know no stylesheets, so each element carries its own.
fn html(to: Recipient<'_>, notice: &Notice, words: &Words) -> String {
    let colour = match Tone::of(&notice.news) {
        Tone::Good => "#1a7f4b",
        Tone::Plain => "#5b3fd0",
        Tone::Warning => "#b45d00",
        Tone::Alarm => "#b3261e",
    };
    let mut lines = String::new();
    for line in &words.lines {
        let _written = write!(lines, "<p style=\"margin:0 0 12px\">{}</p>", escaped(line));
    }
    let mut facts = String::new();
    for (name, value) in &words.facts {
        let _written = write!(
            facts,
            "<tr><td style=\"padding:6px 16px 6px 0;color:#5b5b66;vertical-align:top\">{}</td>\
             <td style=\"padding:6px 0\">{}</td></tr>",
            escaped(name),
            escaped(value).replace('\n', "<br>")
        );
    }
    format!(
        "<!DOCTYPE html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body style=\"margin:0;padding:24px;background:#f7f7f8;color:#18181b;\
         font:16px/1.5 system-ui,sans-serif\">\
         <div style=\"max-width:560px;margin:0 auto;background:#fff;border-radius:10px;\
         border-top:4px solid {colour};padding:24px\">\
         <p style=\"margin:0 0 12px\">{greeting}</p>\
         <h1 style=\"margin:0 0 16px;font-size:20px;line-height:1.3\">{title}</h1>{lines}\
         <table role=\"presentation\" style=\"border-collapse:collapse;margin:0 0 20px\">{facts}\
         </table><p style=\"margin:0\"><a href=\"{link}\" style=\"display:inline-block;\
         padding:10px 18px;border-radius:8px;background:#5b3fd0;color:#fff;text-decoration:none\">\
         {button}</a></p></div>\
         <p style=\"max-width:560px;margin:16px auto 0;color:#5b5b66;font-size:13px\">\
         {footer}<br>{reason}</p></body></html>",
        language = to.language.code(),
        title = escaped(&words.title),
        greeting = escaped(&greeting(to.name, to.language)),
        link = escaped(&notice.link),
        button = escaped(&words.button),
        footer = escaped(&words.footer),
        reason = escaped(&reason(&notice.organization_name, to.language)),
    )
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
