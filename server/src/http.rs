//! HTTP: the API for programs, pages for people.

mod authentication;
mod dev_mail;
mod downloads;
mod json;
mod limit_headers;
mod live;
mod openapi;
mod pages;
mod problem;
mod query;
mod security;
mod session_store;
mod usage;
mod v1;

use crate::config::ServeConfig;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    routing::get,
};
use problem::Problem;
use service::Service;

pub(crate) use dev_mail::PATH as DEV_MAIL;
pub use openapi::document;

/// Everything that the server answers.
pub fn router(service: Service, config: &ServeConfig) -> Router {
    let service = service.reached_at(&config.public_url());
    let (api, document) = openapi::routes();
    let api = api
        .merge(openapi::pages(&document))
        .route("/api/{*path}", axum::routing::any(async || Problem::not_found("path")))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(service.clone());
    let mail = service.courier().mail_folder().cloned();
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .with_state(service.clone())
        .merge(api)
        .merge(pages::router(service, config))
        .merge(mail.map(dev_mail::router).unwrap_or_default())
        .layer(DefaultBodyLimit::max(json::USUAL))
        .layer(security::headers())
}

async fn ready(State(service): State<Service>) -> Result<&'static str, StatusCode> {
    service.ready().await.map(|()| "ok").map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}
