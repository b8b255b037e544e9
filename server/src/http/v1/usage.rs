//! `usage` and `ledger`: what was used of a meter on each day, and the entries behind it.

use crate::http::{authentication::ApiCaller, problem::Answer, query::Query};
use axum::{Json, extract::State};
use domain::{
    history::{History, HistoryInput},
    views::LedgerPage,
};
use serde::Deserialize;
use service::Service;
use utoipa::IntoParams;

/// What was used of a meter on each day of up to five years.
#[utoipa::path(
    get, path = "/usage", operation_id = "get_usage_history", tag = "usage",
    security(("key" = ["read"])), params(HistoryInput),
    responses((status = 200, description = "The series of days, and its parts", body = History))
)]
pub(crate) async fn history(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<HistoryInput>,
) -> Answer<Json<History>> {
    Ok(Json(service.usage_history(&caller, &query).await?))
}

/// What is looked for, and from where on.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LedgerQuery {
    meter: String,
    from: String,
    to: String,
    member: String,
    subtenant: String,
    operation: String,
    zone: String,
    cursor: Option<String>,
}

/// The entries behind what was used.
#[utoipa::path(
    get, path = "/ledger", operation_id = "list_ledger", tag = "usage",
    security(("key" = ["read"])), params(LedgerQuery),
    responses((status = 200, description = "A page, newest first", body = LedgerPage))
)]
pub(crate) async fn ledger(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<LedgerQuery>,
) -> Answer<Json<LedgerPage>> {
    let LedgerQuery { meter, from, to, member, subtenant, operation, zone, cursor } = query;
    let by = String::new();
    let input = HistoryInput { meter, from, to, by, member, subtenant, operation, zone };
    Ok(Json(service.usage_ledger(&caller, &input, cursor.as_deref()).await?))
}
