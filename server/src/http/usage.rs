//! `GET /api/usage`: where the month's credits stand, in exactly five fields (SPEC section 11).

use super::{authentication::ApiCaller, problem::Answer};
use axum::{Json, extract::State};
use domain::views::UsageSummary;
use service::Service;

/// Where the month's credits stand.
#[utoipa::path(
    get, path = "/api/usage", operation_id = "get_usage", tag = "usage",
    security(("key" = ["read"])),
    responses((status = 200, description = "Exactly these five fields", body = UsageSummary))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<UsageSummary>> {
    Ok(Json(service.usage_summary(&caller).await?))
}
