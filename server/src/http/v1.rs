//! The API under `/api/v1`, one file per resource.

mod credit_settings;
mod decisions;
mod key;
mod members;
mod version;

use axum::{
    Router,
    routing::{get, post},
};
use service::Service;

pub(crate) fn router() -> Router<Service> {
    Router::new()
        .route("/check", post(decisions::check))
        .route("/consume", post(decisions::consume))
        .route("/credit-settings", get(credit_settings::get).put(credit_settings::put))
        .route("/members", post(members::post))
        .route(
            "/members/{id}/credit-limit",
            get(members::get_credit_limit).put(members::put_credit_limit),
        )
}
