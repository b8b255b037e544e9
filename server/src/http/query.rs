//! The query of an address: a name that nobody knows, or one that is there twice, is refused.

use super::problem::Problem;
use axum::{
    extract::{FromRequestParts, Query as AnyQuery},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

/// A query whose unknown names are refused where `T` denies them. Values are texts, which whoever
/// takes them parses.
pub(crate) struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = AnyQuery::try_from_uri(&parts.uri);
        query.map(|AnyQuery(query)| Self(query)).map_err(|rejection| {
            let text = rejection.body_text();
            let name = text.split('`').nth(1).unwrap_or("query");
            Problem::invalid(name, "is not known here, or is there twice")
        })
    }
}
