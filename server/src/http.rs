//! HTTP: the API for programs, pages for people.

mod accept;
mod authentication;
mod dev_mail;
mod downloads;
mod json;
mod limit_headers;
mod live;
mod metrics;
mod openapi;
mod pages;
mod problem;
mod query;
mod request;
mod request_limit;
mod security;
mod session_store;
mod usage;
mod v1;

use crate::config::ServeConfig;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Extension, State},
    http::StatusCode,
    middleware,
    routing::get,
};
use problem::Problem;
use request_limit::RequestLimit;
use service::Service;
use std::sync::Arc;
use tower_http::compression::{
    CompressionLayer, CompressionLevel, Predicate as _,
    predicate::{DefaultPredicate, NotForContentType, SizeAbove},
};

pub(crate) use dev_mail::PATH as DEV_MAIL;
pub use openapi::document;

/// Everything that the server answers.
pub fn router(service: Service, config: &ServeConfig) -> Router {
    let service = service.reached_at(&config.public_url());
    let (api, document) = openapi::routes();
    let api = api
        .route("/api/{*path}", axum::routing::any(async || Problem::not_found("path")))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(Extension(Arc::new(RequestLimit::new(config.requests_per_second))))
        .layer(middleware::from_fn(accept::json))
        .merge(openapi::pages(&document))
        .with_state(service.clone());
    let mail = service.courier().mail_folder().cloned();
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .with_state(service.clone())
        .merge(metrics::router(service.clone(), config.metrics_token.clone()))
        .merge(api)
        .merge(pages::router(service, config))
        .merge(mail.map(dev_mail::router).unwrap_or_default())
        .layer(DefaultBodyLimit::max(json::USUAL))
        .layer(compression())
        .layer(security::headers())
        .layer(middleware::from_fn(request::follow))
}

/// Answers below this are not compressed, in bytes: they travel in one packet as they are. Most decisions
/// are among them.
const ONE_PACKET: u16 = 1_400;

/// Compresses pages, tables and lists, quickly rather than well. Not streams of events, whose parts must
/// not wait for each other, and not what is compressed already: files are, when the site is built.
fn compression() -> CompressionLayer<impl tower_http::compression::Predicate> {
    let predicate = SizeAbove::new(ONE_PACKET)
        .and(DefaultPredicate::new())
        .and(NotForContentType::const_new("application/wasm"));
    CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(predicate)
}

async fn ready(State(service): State<Service>) -> Result<&'static str, StatusCode> {
    service.ready().await.map(|()| "ok").map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}
