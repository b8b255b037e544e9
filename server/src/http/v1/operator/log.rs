//! `log`: what operators did.

use crate::http::{authentication::ApiOperator, problem::Answer, query::Query, v1::listed::Part};
use axum::{Json, extract::State};
use service::{OperatorLog, Service};

/// What operators did, in the console, by API and by the command line.
#[utoipa::path(
    get, path = "/log", operation_id = "list_operator_log", tag = "operator",
    security(("operator_key" = [])), params(Part),
    responses((status = 200, description = "A part of it, newest first", body = OperatorLog))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Query(query): Query<Part>,
) -> Answer<Json<OperatorLog>> {
    Ok(Json(service.operator_log(&operator, query.cursor.as_deref()).await?))
}
