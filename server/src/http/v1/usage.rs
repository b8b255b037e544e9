//! `usage` and `ledger`: what was used of a meter on each day, and the entries behind it.

use crate::http::{authentication::ApiCaller, problem::Answer, query::Query};
use axum::{Json, extract::State};
use domain::{
    history::{History, HistoryInput},
    views::LedgerPage,
};
use serde::Deserialize;
use service::Service;

pub(crate) async fn history(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<HistoryInput>,
) -> Answer<Json<History>> {
    Ok(Json(service.usage_history(&caller, &query).await?))
}

/// What is looked for, and from where on.
#[derive(Default, Deserialize)]
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
