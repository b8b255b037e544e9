//! Answers that several operations share, by the names that `base.json` describes them under.

use crate::http::problem::Problem;
use utoipa::{
    PartialSchema, ToResponse, ToSchema,
    openapi::{Object, Ref, RefOr, Response, Schema},
};

/// `base.json` says what is in one.
impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Object::new().into()
    }
}

impl ToSchema for Problem {}

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
