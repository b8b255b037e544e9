//! `audit`: who changed what, from what to what, when, from where.

use crate::http::{authentication::ApiCaller, problem::Answer, query::Query};
use axum::{Json, extract::State};
use domain::audit::AuditFilterInput;
use serde::Deserialize;
use service::{AuditList, Error, Service};
use utoipa::IntoParams;

/// What is looked for; days are those of the organization's zone.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AuditQuery {
    search: String,
    kind: String,
    from: String,
    to: String,
    cursor: Option<String>,
}

/// Who changed what, from what to what, when, from where.
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit", tag = "audit",
    security(("key" = ["read"])), params(AuditQuery),
    responses((status = 200, description = "A page, newest first", body = AuditList))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<AuditQuery>,
) -> Answer<Json<AuditList>> {
    let AuditQuery { search, kind, from, to, cursor } = query;
    let filter = AuditFilterInput { search, kind, from, to }.parse().map_err(Error::from)?;
    Ok(Json(service.audit_log(&caller, &filter, cursor.as_deref()).await?))
}
