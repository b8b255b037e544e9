//! Who calls the API: the bearer token is an API key.

use super::problem::Problem;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};
use service::{Caller, Error, Service};
use std::net::SocketAddr;

/// The caller of an API request.
pub(crate) struct ApiCaller(pub Caller);

impl FromRequestParts<Service> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let key = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Error::Unauthenticated)?;
        let caller = service.caller_of_key(key.trim()).await?;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(caller.from_ip(peer.map(|ConnectInfo(address)| address.ip()))))
    }
}
