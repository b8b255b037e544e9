//! The API under `/api/v1`, one file per resource.

mod alerts;
mod audit;
mod channels;
mod credit_limits;
mod credit_settings;
mod decisions;
mod deliveries;
mod id;
mod key;
mod members;
mod memberships;
mod operator;
mod packs;
mod plan;
mod quotas;
mod raise_requests;
mod reservations;
mod subtenants;
mod usage;
mod usage_import;
mod version;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{delete, get, patch, post, put},
};
use service::Service;

pub(crate) fn router() -> Router<Service> {
    Router::new()
        .nest("/operator", operator::router())
        .route("/check", post(decisions::check))
        .route("/consume", post(decisions::consume))
        .route(
            "/consume/batch",
            post(decisions::consume_batch).layer(DefaultBodyLimit::max(super::json::LARGE)),
        )
        .route("/reservations", post(reservations::post))
        .route("/reservations/{id}/commit", post(reservations::commit))
        .route("/reservations/{id}/release", post(reservations::release))
        .route("/reservations/{id}/renew", post(reservations::renew))
        .route("/refunds", post(reservations::refund))
        .route("/gauges/{meter}", put(reservations::put_gauge))
        .route(
            "/usage/import",
            post(usage_import::post).layer(DefaultBodyLimit::max(super::json::HUGE)),
        )
        .route("/credit-settings", get(credit_settings::get).put(credit_settings::put))
        .route("/quotas", get(quotas::list).post(quotas::post))
        .route("/quotas/{id}", patch(quotas::patch).delete(quotas::delete))
        .route("/raise-requests", get(raise_requests::list))
        .route("/raise-requests/{id}", get(raise_requests::get))
        .route("/raise-requests/{id}/approve", post(raise_requests::approve))
        .route("/raise-requests/{id}/decline", post(raise_requests::decline))
        .route("/packs", get(packs::list))
        .route("/packs/{id}/ledger", get(packs::ledger))
        .route("/plan", get(plan::get))
        .route("/plan/request", post(plan::request).delete(plan::withdraw))
        .route("/subtenants", get(subtenants::list).post(subtenants::post))
        .route("/subtenants/{id}", get(subtenants::get).patch(subtenants::patch))
        .route("/alerts", get(alerts::list))
        .route("/alert-settings", get(alerts::get_settings).put(alerts::put_settings))
        .route("/channels", get(channels::list).post(channels::post))
        .route("/channels/{id}", get(channels::get).patch(channels::patch).delete(channels::delete))
        .route("/channels/{id}/secret", post(channels::post_secret))
        .route("/channels/{id}/test", post(channels::post_test))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries/{id}", get(deliveries::get))
        .route("/deliveries/{id}/send", post(deliveries::send_again))
        .route("/audit", get(audit::list))
        .route("/usage", get(usage::history))
        .route("/ledger", get(usage::ledger))
        .route("/members", get(memberships::list).post(members::post))
        .route(
            "/members/{id}",
            get(memberships::get).patch(memberships::patch).delete(memberships::delete),
        )
        .route(
            "/members/{id}/invitation",
            post(memberships::post_invitation).delete(memberships::delete_invitation),
        )
        .route("/members/{id}/credit-limit", get(credit_limits::get).put(credit_limits::put))
        .route(
            "/members/credit-limits",
            put(credit_limits::put_several).layer(DefaultBodyLimit::max(super::json::LARGE)),
        )
        .route("/members/credit-limits/evenly", put(credit_limits::put_evenly))
        .route("/credit-limit-changes/{id}", delete(credit_limits::undo))
        .route("/default-limits", get(credit_limits::get_defaults).put(credit_limits::put_defaults))
        .route("/members/{id}/subtenant", put(subtenants::put_member))
}
