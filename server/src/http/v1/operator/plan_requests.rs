//! `plan-requests`: organizations that ask for another plan, and the operator's answer.

use super::organizations::organization;
use crate::http::{authentication::ApiOperator, json::Body, problem::Answer, v1::id::Named};
use axum::{Json, extract::State};
use domain::{input::Invalid, plan_report::PlanRequest};
use serde::{Deserialize, Serialize};
use service::{Error, Service};
use utoipa::ToSchema;

/// The requests that wait for an answer, oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanRequestList)]
pub(crate) struct PlanRequestsOutput {
    plan_requests: Vec<PlanRequest>,
}

/// Organizations that ask for another plan.
#[utoipa::path(
    get, path = "/plan-requests", operation_id = "list_plan_requests", tag = "operator",
    security(("operator_key" = [])),
    responses(
        (status = 200, description = "The requests that wait, oldest first", body = PlanRequestsOutput),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
) -> Answer<Json<PlanRequestsOutput>> {
    let plan_requests = service.open_plan_requests(&operator).await?;
    Ok(Json(PlanRequestsOutput { plan_requests }))
}

/// An answer before it is checked.
#[derive(Deserialize, ToSchema)]
#[schema(as = PlanRequestAnswer)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerInput {
    #[schema(pattern = "^(granted|declined)$")]
    answer: String,
}

/// Grants or declines another plan that an organization asks for.
#[utoipa::path(
    put, path = "/organizations/{id}/plan-request", operation_id = "answer_plan_request", tag = "operator",
    security(("operator_key" = [])), request_body = AnswerInput,
    responses((status = 200, description = "The request that was answered", body = PlanRequest))
)]
pub(crate) async fn put(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(id): Named,
    Body(input): Body<AnswerInput>,
) -> Answer<Json<PlanRequest>> {
    let granted = match input.answer.as_str() {
        "granted" => true,
        "declined" => false,
        _ => {
            let invalid = Invalid::new("answer", "must be granted or declined");
            return Err(Error::from(invalid).into());
        }
    };
    Ok(Json(service.answer_plan_request(&operator, organization(&id)?, granted).await?))
}
