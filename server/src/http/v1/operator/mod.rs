//! The operator's part of the API, under `/api/v1/operator`: for keys of operators only.

mod organizations;
mod packs;
mod plan_requests;
mod plans;
mod rate_card;

use axum::{
    Router,
    routing::{get, put},
};
use service::Service;

pub(crate) fn router() -> Router<Service> {
    Router::new()
        .route("/organizations", get(organizations::list).post(organizations::post))
        .route("/organizations/{id}", get(organizations::get).patch(organizations::patch))
        .route("/organizations/{id}/packs", get(packs::list).post(packs::post))
        .route("/organizations/{id}/plan-request", put(plan_requests::put))
        .route("/plan-requests", get(plan_requests::list))
        .route("/plans", get(plans::list))
        .route("/plans/{code}", get(plans::get).put(plans::put))
        .route("/plans/{code}/limits/{meter}", put(plans::put_limit))
        .route("/operations", get(rate_card::operations))
        .route("/operations/{code}", put(rate_card::put_operation))
        .route("/operations/{code}/prices/{meter}", put(rate_card::put_price))
        .route("/meters", get(rate_card::meters))
        .route("/meters/{code}", put(rate_card::put_meter))
}
