//! What a path names.

use crate::http::problem::Problem;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

/// The part of a path that names a thing, as text. One that is not valid UTF-8 names nothing.
pub(crate) struct Named(pub String);

/// The two parts of a path that name a thing of a thing.
pub(crate) struct NamedTwo(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for NamedTwo {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<(String, String)>, _> = Path::from_request_parts(parts, state).await;
        path.map(|Path((of, name))| Self(of, name)).map_err(|_| Problem::not_found("thing"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<String>, _> = Path::from_request_parts(parts, state).await;
        path.map(|Path(name)| Self(name)).map_err(|_| Problem::not_found("thing"))
    }
}
