//! What can go wrong.

use serde::Deserialize;

/// Why there is no answer that could be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL, the API key or an idempotency key cannot be used; nothing was sent.
    #[error("{0}")]
    Setup(String),
    /// Allot refused the request: it is wrong, or the API key may not do it.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Nobody answered in time. Whether the request counted is not known; sent again with the
    /// same key it counts once.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// Something answered, but not as Allot does: a proxy in between, or a wrong URL.
    #[error("answered {status} with something else than Allot's answer: {detail}")]
    Unexpected {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the answer.
        detail: String,
    },
}

/// A problem document (RFC 9457): why Allot refused a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, thiserror::Error)]
#[error("{status} {code}: {detail}")]
#[non_exhaustive]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What programs tell problems apart by, such as `MEMBER_NOT_FOUND`. Codes never change.
    pub code: String,
    /// What people read.
    #[serde(default)]
    pub detail: String,
    /// The field of the request that is wrong, where one is.
    #[serde(default)]
    pub field: Option<String>,
}

/// Allot was not reached within the budget of [`Retries`](crate::Retries).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Allot was not reached in {attempts} attempts; the last one: {cause}")]
#[non_exhaustive]
pub struct Unreachable {
    /// How often the request was sent.
    pub attempts: u32,
    /// What became of the last attempt.
    pub cause: String,
}
