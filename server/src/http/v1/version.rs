//! `ETag` and `If-Match`: an edit of an old state is refused.

use crate::http::problem::Problem;
use axum::Json;
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use service::Error;
use std::convert::Infallible;
use utoipa::IntoParams;

/// The version that the client has read, from `If-Match`.
#[derive(IntoParams)]
#[into_params(names("If-Match"), parameter_in = Header)]
pub(crate) struct IfMatch(
    /// The `ETag` of what was read: an edit of anything newer is refused with 412.
    Option<String>,
);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let value = parts.headers.get(header::IF_MATCH);
        Ok(Self(value.and_then(|value| value.to_str().ok()).map(str::to_owned)))
    }
}

impl IfMatch {
    /// The version that the edit expects: from the header, else from the body. A tag that is not
    /// one of ours matches nothing.
    pub(crate) fn or(&self, version_in_body: Option<i64>) -> Option<i64> {
        match self.0.as_deref() {
            None => version_in_body,
            Some("*") => None,
            Some(tag) => Some(tag.trim_matches('"').parse().unwrap_or(-1)),
        }
    }

    /// The problem that a failed edit answers with: 412 for a stale one where the header was sent.
    pub(crate) fn problem(&self, error: Error) -> Problem {
        match (self.0.is_some(), error) {
            (true, Error::Stale { current, .. }) => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "STALE",
                "This was changed since the version in If-Match. Read it again.",
            )
            .with("current", current),
            (_, error) => error.into(),
        }
    }
}

/// A document with its version as `ETag`.
pub(crate) struct Versioned<T>(pub T, pub i64);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.1)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}
