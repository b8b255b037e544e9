//! `usage`: what was used of a meter on each day.

use crate::http::{authentication::ApiCaller, problem::Answer, query::Query};
use axum::{Json, extract::State};
use domain::history::{History, HistoryInput};
use service::Service;

pub(crate) async fn history(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<HistoryInput>,
) -> Answer<Json<History>> {
    Ok(Json(service.usage_history(&caller, &query).await?))
}
