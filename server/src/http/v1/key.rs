//! The `Idempotency-Key` header.

use crate::http::problem::Problem;
use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use domain::input::IdempotencyKey;
use service::Error;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of a request, if it has one.
pub(crate) struct Key(pub Option<IdempotencyKey>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        // What isn't text isn't visible ASCII either: an empty text is refused with that message.
        let key: Result<IdempotencyKey, _> = value.to_str().unwrap_or_default().parse();
        Ok(Self(Some(key.map_err(Error::from)?)))
    }
}
