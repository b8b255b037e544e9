//! The API described by itself: an `OpenAPI` 3.1 document, made of the handlers and their types
//! (SPEC section 11), and a page that shows it and tries calls.

mod conventions;
mod examples;
mod responses;

use super::{security, usage, v1};
use axum::{Router, http::header, routing::get};
use serde_json::Value;
use service::Service;
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::{Config, SwaggerUi};

pub(crate) use responses::{Conflict, QuotaExceeded};

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";
/// Where people read it.
const PAGE: &str = "/api/docs";

/// The routes of the API, and the document that describes them.
pub(super) fn routes() -> (Router<Service>, Value) {
    let api = OpenApiRouter::default().routes(routes!(usage::get)).nest("/api/v1", v1::router());
    let (routes, described) = api.split_for_parts();
    // What a type of ours can't be written as is a mistake that every test of the API would meet.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    conventions::apply(&mut document);
    examples::add(&mut document);
    (routes, document)
}

/// The document that describes the API.
pub fn document() -> Value {
    routes().1
}

/// The document, and the page that shows it.
pub(super) fn pages(document: &Value) -> Router<Service> {
    let text: axum::body::Bytes = document.to_string().into();
    let answer = async move || ([(header::CONTENT_TYPE, "application/json")], text);
    // A key that was entered is gone with the page.
    let config = Config::from(DOCUMENT).persist_authorization(false).try_it_out_enabled(true);
    let config = config.default_models_expand_depth(-1).doc_expansion("none").filter(true);
    let page = Router::from(SwaggerUi::new(PAGE).config(config)).layer(security::documentation());
    Router::new().route(DOCUMENT, get(answer)).merge(page)
}
