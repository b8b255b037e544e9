//! What came of a message that was not taken.

use crate::http::{Answer, Unanswered};
use reqwest::StatusCode;
use std::time::Duration;

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
    /// By itself it can't, or people could get the message twice by it.
    Never,
}

/// The most characters of what another side says that are passed on.
const QUOTED: usize = 200;

impl Failure {
    pub(crate) fn later(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry: Retry::Later }
    }

    pub(crate) fn never(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry: Retry::Never }
    }

    /// Nothing came back. Programs know by the id what they got before, so they can be sent it again;
    /// people would be told twice.
    pub(crate) fn unanswered(unanswered: Unanswered, to_people: bool) -> Self {
        match unanswered {
            Unanswered::Private => Self::never("The URL leads to a private address."),
            Unanswered::NotSent(why) => Self::later(format!("No connection: {}.", quoted(&why))),
            Unanswered::Lost(why) if to_people => Self::never(format!(
                "The connection was lost: {}. Whether the message arrived is not known.",
                quoted(&why)
            )),
            Unanswered::Lost(why) => Self::later(format!("Not answered: {}.", quoted(&why))),
        }
    }

    /// The answer has a status that says no. `refused` says whether a status of 4xx can be different
    /// another time.
    pub(crate) fn status(answer: &Answer, refused: Retry) -> Self {
        let status = answer.status;
        let said = quoted(&String::from_utf8_lossy(&answer.body));
        let said = if said.is_empty() { said } else { format!(": {said}") };
        let retry = match (status, answer.retry_after) {
            (StatusCode::GONE, _) => Retry::Never,
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, Some(wait)) => {
                Retry::After(wait)
            }
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _) => Retry::Later,
            _ if status.is_server_error() => Retry::Later,
            _ => refused,
        };
        let message = if status.is_redirection() {
            format!("The answer was {status}. Redirects are not followed: enter the final URL.")
        } else {
            format!("The answer was {status}{said}")
        };
        Self { message, retry }
    }
}

/// The beginning of what another side says, as one line.
pub(crate) fn quoted(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let line: String = text.chars().map(visible).take(QUOTED).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
