//! Answers that several operations share, by the names that `base.json` describes them under.

use utoipa::{
    ToResponse,
    openapi::{Ref, RefOr, Response},
};

/// Something stands in the way by now: 409.
pub(crate) struct Conflict;

/// A limit says no: 429.
pub(crate) struct QuotaExceeded;

impl<'a> ToResponse<'a> for Conflict {
    fn response() -> (&'a str, RefOr<Response>) {
        shared("Conflict")
    }
}

impl<'a> ToResponse<'a> for QuotaExceeded {
    fn response() -> (&'a str, RefOr<Response>) {
        shared("QuotaExceeded")
    }
}

fn shared(name: &'static str) -> (&'static str, RefOr<Response>) {
    (name, Ref::from_response_name(name).into())
}
