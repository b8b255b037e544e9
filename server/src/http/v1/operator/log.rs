//! `log`: what operators did.

use crate::http::{authentication::ApiOperator, problem::Answer, query::Query};
use axum::{Json, extract::State};
use serde::Deserialize;
use service::{OperatorLog, Service};
use utoipa::IntoParams;

/// Where the list goes on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogQuery {
    /// The `next_cursor` of the part before.
    cursor: Option<String>,
}

/// What operators did, in the console, by API and by the command line.
#[utoipa::path(
    get, path = "/log", operation_id = "list_operator_log", tag = "operator",
    security(("operator_key" = [])), params(LogQuery),
    responses((status = 200, description = "A part of it, newest first", body = OperatorLog))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Query(query): Query<LogQuery>,
) -> Answer<Json<OperatorLog>> {
    Ok(Json(service.operator_log(&operator, query.cursor.as_deref()).await?))
}
