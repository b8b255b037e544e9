//! What every server function starts and ends with.

use crate::{error::AppError, status};
use leptos::{context::use_context, logging::error};
use service::{Caller, Operator, Service};
use std::net::IpAddr;
use tower_sessions::Session;

/// Who sent the request, as far as the server knows. The server provides it as context before
/// pages are rendered and server functions run.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The member who is signed in.
    pub caller: Option<Caller>,
    /// The operator who is signed in; never along with a member.
    pub operator: Option<Operator>,
    /// The address that the request came from.
    pub ip: Option<IpAddr>,
}

impl Visitor {
    /// The same visitor, from `ip`.
    #[must_use]
    pub fn from_ip(self, ip: Option<IpAddr>) -> Self {
        Self {
            caller: self.caller.map(|caller| caller.from_ip(ip)),
            operator: self.operator.map(|operator| operator.from_ip(ip)),
            ip,
        }
    }
}

fn context<T: Clone + 'static>() -> Result<T, AppError> {
    use_context().ok_or_else(|| {
        error!("no {} was provided as context", std::any::type_name::<T>());
        AppError::internal()
    })
}

/// The use cases.
pub(super) fn service() -> Result<Service, AppError> {
    context()
}

/// Who sent the request.
pub(super) fn visitor() -> Result<Visitor, AppError> {
    context()
}

/// The person who is signed in; an error if nobody is.
pub(super) fn caller() -> Result<Caller, AppError> {
    visitor()?.caller.ok_or_else(|| answer_error(service::Error::Unauthenticated))
}

/// The operator who is signed in; an error if none is.
pub(super) fn operator() -> Result<Operator, AppError> {
    visitor()?.operator.ok_or_else(|| answer_error(service::Error::Unauthenticated))
}

/// The session of the request.
pub(super) async fn session() -> Result<Session, AppError> {
    leptos_axum::extract().await.map_err(|e| {
        error!("no session: {e}");
        AppError::internal()
    })
}

/// Converts an error of the session store, which is of no use to people.
pub(super) fn session_failed(e: tower_sessions::session::Error) -> AppError {
    error!("session store: {e}");
    AppError::internal()
}

/// Converts an error of the service and gives the response the status that says the same.
pub(super) fn answer_error(error: impl Into<AppError>) -> AppError {
    let error = error.into();
    status::of_call(error.status());
    error
}
