//! The `Idempotency-Key` header.

use crate::http::problem::Problem;
use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use domain::input::IdempotencyKey;
use service::Error;
use utoipa::IntoParams;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of a request, if it has one.
#[derive(IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub(crate) struct Key(
    /// The same key and body are answered the same again, for at least 7 days.
    #[param(value_type = Option<String>, min_length = 1, max_length = 255)]
    pub Option<IdempotencyKey>,
);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        // What isn't text isn't visible ASCII either: an empty text is refused with that message.
        let key: Result<IdempotencyKey, _> = value.to_str().unwrap_or_default().parse();
        Ok(Self(Some(key.map_err(Error::from)?)))
    }
}
