//! Who calls the API: the bearer token is an API key.

use super::{problem::Problem, request, request_limit::RequestLimit};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};
use service::{Caller, Error, Operator, Service};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// The caller of an API request.
pub(crate) struct ApiCaller(pub Caller);

impl FromRequestParts<Service> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let caller = admit(parts, service.caller_of_key(bearer(parts)?).await)?;
        Ok(Self(caller.from_ip(peer(parts))))
    }
}

/// Who asks for a decision: known from an earlier request, if there was one. The decision itself
/// finds out whether the key is still valid.
pub(crate) struct DecisionCaller(pub Caller);

impl FromRequestParts<Service> for DecisionCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let caller = admit(parts, service.decision_caller_of_key(bearer(parts)?).await)?;
        Ok(Self(caller.from_ip(peer(parts))))
    }
}

/// The operator of a request: the bearer token is a key of theirs. Keys of organizations are none.
pub(crate) struct ApiOperator(pub Operator);

impl FromRequestParts<Service> for ApiOperator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let operator = admit(parts, service.operator_of_key(bearer(parts)?).await)?;
        Ok(Self(operator.from_ip(peer(parts))))
    }
}

/// Counts the request, whether its key was found to be valid or not, and refuses it where there are too
/// many.
fn admit<T>(parts: &Parts, found: Result<T, Error>) -> Result<T, Problem> {
    let Some(limit) = parts.extensions.get::<Arc<RequestLimit>>() else { return Ok(found?) };
    if let (Err(Error::Unauthenticated), Some(address)) = (&found, peer(parts)) {
        limit.count_stranger(address)?;
    }
    let found = found?;
    if let Some(left) = limit.count(bearer(parts)?)? {
        request::note_calls_left(left);
    }
    Ok(found)
}

fn bearer(parts: &Parts) -> Result<&str, Problem> {
    let header = parts.headers.get(header::AUTHORIZATION);
    let key = header
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(Error::Unauthenticated)?;
    Ok(key.trim())
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}
