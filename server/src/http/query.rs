//! What follows the question mark of an address: what can't be read is refused with its name.

use super::problem::Problem;
use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

/// The parameters of a request. Unknown ones are refused where `T` denies them.
pub(crate) struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<T>, _> = Query::from_request_parts(parts, state).await;
        query.map(|Query(parameters)| Self(parameters)).map_err(|rejection| {
            let text = rejection.body_text();
            // Such as: unknown field `age`, expected one of …
            let name = text.split('`').nth(1).unwrap_or("query");
            Problem::invalid(name, "is not a parameter here, or is given twice")
        })
    }
}
