//! Parameters in the query of a URL: what a path does not know is refused, by its name.

use super::problem::Problem;
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

/// The query of a request. Unknown parameters are refused where `T` denies them.
pub(crate) struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|rejection| {
                // Such as: unknown field `colour`, expected `cursor`.
                let text = rejection.body_text();
                let name = text.split('`').nth(1).unwrap_or("query");
                Problem::invalid(name, "is not a parameter of this path, or is given twice")
            })
    }
}
