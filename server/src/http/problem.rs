//! Errors as problem documents (RFC 9457) with a stable code and the id of the request.

use super::request;
use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    answer::{Denial, Refusal},
    input::Invalid,
};
use serde_json::{Map, Value, json};
use service::Error;

/// A problem document on its way to the client.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    /// Further members of the document.
    more: Map<String, Value>,
    /// Whether it is how a decision ended, which is answered the same again under its key: it does not
    /// name the request then.
    decided: bool,
    /// Boxed, since every result of a handler has room for them, and few have any.
    headers: Box<HeaderMap>,
}

/// The result of every handler of the API.
pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let (more, headers) = (Map::new(), Box::default());
        Self { status, code, detail: detail.into(), more, decided: false, headers }
    }

    /// Adds a member to the document.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// A value in the body that was refused.
    pub(crate) fn invalid(field: &str, message: &str) -> Self {
        let detail = format!("{field} {message}.");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID", detail)
            .with("field", field)
            .with("message", message)
    }

    pub(crate) fn not_found(what: &'static str) -> Self {
        Error::NotFound(what).into()
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "This path does not take this method.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
    }

    /// A request that limits said no to, with every check that failed.
    pub(crate) fn quota_exceeded(denial: &Denial) -> Self {
        let scopes: Vec<String> = denial.failed.iter().map(sentence).collect();
        let detail = format!("{}. {} would still fit.", scopes.join("; "), denial.would_fit);
        Self::new(StatusCode::TOO_MANY_REQUESTS, "QUOTA_EXCEEDED", detail)
            .with("would_fit", denial.would_fit)
            .with("failed", json!(denial.failed))
            .decided()
    }

    /// A request that was refused before any limit was looked at.
    pub(crate) fn refused(reason: Refusal) -> Self {
        let problem: Self = match reason {
            Refusal::OrganizationSuspended => Error::Suspended.into(),
            Refusal::MemberInactive => Self::new(
                StatusCode::FORBIDDEN,
                "MEMBER_INACTIVE",
                "The member is not active. An administrator can activate them.",
            )
            .with("field", "member"),
            Refusal::UnknownMember => {
                Self::new(StatusCode::NOT_FOUND, "MEMBER_NOT_FOUND", "There is no such member.")
                    .with("field", "member")
            }
            Refusal::MemberRequired => Error::from(Invalid::member_required()).into(),
            Refusal::UnknownOperation => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "UNKNOWN_OPERATION",
                "The rate card has no such operation.",
            )
            .with("field", "operation"),
            Refusal::QuantityTooLarge => {
                Self::invalid("quantity", "times the operation's price is too large to be counted")
            }
        };
        problem.decided()
    }

    fn decided(self) -> Self {
        Self { decided: true, ..self }
    }
}

fn sentence(failed: &domain::answer::FailedLimit) -> String {
    let limit = &failed.limit;
    let whose = match limit.scope {
        domain::answer::LimitScope::Plan => "the plan",
        domain::answer::LimitScope::Organization => "the organization",
        domain::answer::LimitScope::Subtenant => "the subtenant",
        domain::answer::LimitScope::Member => "the member",
    };
    let size = limit.limit.map_or("unlimited".to_owned(), |limit| limit.to_string());
    let (meter, period, used) = (&limit.meter, &limit.period, limit.used);
    format!("The {period} {meter} limit of {whose} is {size}, of which {used} are used")
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (code, detail) = (error.code(), error.message());
        let status = match &error {
            Error::Invalid(invalid) => return Self::invalid(&invalid.field, &invalid.message),
            Error::Unauthenticated | Error::WrongCredentials => StatusCode::UNAUTHORIZED,
            Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Forbidden(_)
            | Error::Suspended
            | Error::NotInPlan(_)
            | Error::OwnRaiseRequest => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Stale { .. }
            | Error::SeatsTaken { .. }
            | Error::PlanRequested
            | Error::RaiseAsked
            | Error::RaiseAnswered(_)
            | Error::RaiseImpossible(_)
            | Error::SubtenantInUse { .. }
            | Error::InvitationClosed(_)
            | Error::ReservationClosed(_)
            | Error::ApiKeyEnded(_)
            | Error::ReservationOfJob
            | Error::JobEnded(_)
            | Error::QuotaClosed => StatusCode::CONFLICT,
            Error::KeyReused | Error::EventsRejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Busy | Error::TooManyFollow | Error::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Error::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let problem = Self::new(status, code, detail);
        match error {
            Error::Unauthenticated => {
                let scheme = header::HeaderValue::from_static("Bearer");
                problem.with_headers(HeaderMap::from_iter([(header::WWW_AUTHENTICATE, scheme)]))
            }
            Error::TooManyAttempts { retry_after_seconds } => {
                problem.with_headers(retry_after(retry_after_seconds))
            }
            Error::Busy | Error::Unavailable => problem.with_headers(retry_after(1)),
            Error::TooManyFollow => problem.with_headers(retry_after(60)),
            Error::KeyReused => problem.with("field", "Idempotency-Key"),
            Error::EventsRejected(events) => problem
                .with("field", "events")
                .with("rejected", json!(events.rejected))
                .with("rejected_total", events.rejected_total),
            Error::Stale { current, .. } => problem.with("current", current),
            _ => problem,
        }
    }
}

fn retry_after(seconds: i64) -> HeaderMap {
    HeaderMap::from_iter([(header::RETRY_AFTER, seconds.into())])
}

impl Problem {
    /// The document, for an answer that contains several.
    pub(crate) fn into_document(self) -> Value {
        let mut document = Map::from_iter([
            ("type".to_owned(), format!("urn:allot:problem:{}", self.code.to_lowercase()).into()),
            ("title".to_owned(), self.status.canonical_reason().into()),
            ("status".to_owned(), self.status.as_u16().into()),
            ("code".to_owned(), self.code.into()),
            ("detail".to_owned(), self.detail.into()),
        ]);
        document.extend(self.more);
        document.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let (status, more_headers) = (self.status, std::mem::take(&mut self.headers));
        if let Some(id) = request::current_id().filter(|_| !self.decided) {
            self = self.with("request_id", id);
        }
        let mut response = (status, Json(self.into_document())).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        headers.extend(*more_headers);
        response
    }
}
