//! `reports`: the review of a month, and what members' credit limits could be.

use crate::http::{authentication::ApiCaller, problem::Answer, query::Query};
use axum::{Json, extract::State};
use domain::reports::{MonthReport, Reallocation, month_of};
use serde::Deserialize;
use service::{Error, Service};
use utoipa::IntoParams;

/// Which month is reviewed.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MonthQuery {
    /// Such as `2026-10`; left out, it is the last whole one.
    month: String,
}

/// The review of a month.
///
/// Who used most, who met limits, who barely used theirs, and what the next month will take.
#[utoipa::path(
    get, path = "/reports/month", operation_id = "get_month_report", tag = "usage",
    security(("key" = ["read"])), params(MonthQuery),
    responses((status = 200, description = "The review, with up to 10,000 members", body = MonthReport))
)]
pub(crate) async fn month(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<MonthQuery>,
) -> Answer<Json<MonthReport>> {
    let month = month_of(&query.month).map_err(Error::from)?;
    Ok(Json(service.month_report(&caller, month).await?))
}

/// Credit limits that would fit what members used in the last quarter of a year.
///
/// Nothing changes: put into force what you want of it with `PUT /members/credit-limits`.
#[utoipa::path(
    get, path = "/reports/reallocation", operation_id = "get_reallocation", tag = "usage",
    security(("key" = ["admin"])),
    responses((status = 200, description = "A proposal for each active member with a limit", body = Reallocation))
)]
pub(crate) async fn reallocation(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<Reallocation>> {
    Ok(Json(service.reallocation(&caller).await?))
}
