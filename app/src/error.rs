//! What a form or a page shows when something did not work.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An error as people see it. It crosses the wire as JSON, and travels in the URL when a form was
/// posted without JavaScript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    /// What kind of error it is, by the codes of the service.
    pub code: String,
    /// What happened and what helps, as a sentence.
    pub message: String,
    /// The form field that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Where somebody else changed the same: how it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Box<Now>>,
    /// What was typed, by the names of the inputs: a form that was posted without JavaScript is
    /// shown anew, and must not lose it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<(String, String)>,
}

/// What somebody else made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// The version that it has now.
    pub version: i64,
    /// How it is now, in words.
    pub summary: String,
}

impl AppError {
    /// Nobody is signed in.
    pub(crate) const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    /// Somebody else changed it since the page was loaded.
    pub(crate) const STALE: &str = "STALE";
    const INVALID: &str = "INVALID";
    const INTERNAL: &str = "INTERNAL";

    fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            field: None,
            now: None,
            typed: Vec::new(),
        }
    }

    /// A defect: the log says more.
    pub(crate) fn internal() -> Self {
        Self::new(Self::INTERNAL, "Something went wrong on our side.")
    }

    /// Whether a value was refused that somebody entered.
    pub(crate) fn is_invalid(&self) -> bool {
        self.code == Self::INVALID
    }

    /// The same, about a form with these values.
    #[cfg(feature = "ssr")]
    pub(crate) fn with_typed<N: Into<String>>(
        self,
        typed: impl IntoIterator<Item = (N, String)>,
    ) -> Self {
        let typed = typed.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self { typed, ..self }
    }

    /// The HTTP status that says the same.
    pub(crate) fn status(&self) -> u16 {
        match self.code.as_str() {
            // 401 would say that a session is missing, which is what signing in makes.
            Self::INVALID | "WRONG_CREDENTIALS" => 422,
            Self::UNAUTHENTICATED => 401,
            "FORBIDDEN" | "ORGANIZATION_SUSPENDED" | "NOT_IN_PLAN" | "OWN_RAISE_REQUEST" => 403,
            "NOT_FOUND" => 404,
            Self::STALE
            | "PLAN_REQUESTED"
            | "RAISE_ASKED"
            | "RAISE_ANSWERED"
            | "RAISE_IMPOSSIBLE"
            | "API_KEY_ENDED"
            | "QUOTA_CLOSED"
            | "SUBTENANT_IN_USE"
            | "SEATS_TAKEN"
            | "INVITATION_CLOSED" => 409,
            "TOO_MANY_ATTEMPTS" => 429,
            "BUSY" | "UNAVAILABLE" => 503,
            _ => 500,
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::new(
                "UNREACHABLE",
                "The server cannot be reached. Check your connection and try again.",
            ),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::new(
                Self::INVALID,
                "The form was not sent completely. Load the page again and repeat the change.",
            ),
            // What the server says of a body that it stopped to read. An answer that the browser
            // can't read is of the same kind.
            ServerFnErrorErr::Deserialization(why) if why.contains("length limit") => Self::new(
                Self::INVALID,
                "This is too much to be sent at once. Send less, and the rest after that.",
            ),
            _ => Self::internal(),
        }
    }
}

impl From<domain::input::Invalid> for AppError {
    fn from(invalid: domain::input::Invalid) -> Self {
        Self { field: Some(invalid.field), ..Self::new(Self::INVALID, &invalid.message) }
    }
}

#[cfg(feature = "ssr")]
impl From<service::Error> for AppError {
    fn from(error: service::Error) -> Self {
        let now = match &error {
            service::Error::Stale { current, summary } => {
                let version = current["version"].as_i64();
                version.map(|version| Box::new(Now { version, summary: summary.clone() }))
            }
            _ => None,
        };
        Self {
            field: error.field().map(str::to_owned),
            now,
            ..Self::new(error.code(), &error.message())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_wire() {
        let error = AppError::from(domain::input::Invalid::new("limit", "must be a number"));
        assert_eq!(AppError::de(error.ser()), error);
    }

    #[test]
    fn an_answer_that_is_no_error_of_ours_is_still_a_sentence() {
        let error = AppError::de("<html>502</html>".into());
        assert_eq!(error.status(), 500);
        assert_eq!(error.message, "Something went wrong on our side.");
    }
}
