//! `GET /api/usage`: where the month's credits stand, in exactly five fields (SPEC section 11).

use super::{authentication::ApiCaller, problem::Answer};
use axum::{Json, extract::State};
use domain::views::UsageSummary;
use service::Service;

pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<UsageSummary>> {
    Ok(Json(service.usage_summary(&caller).await?))
}
