//! `plan`: what it includes, what is used of it, and asking for another one.

use super::key::Key;
use crate::http::{authentication::ApiCaller, json::Body, openapi::Conflict, problem::Answer};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    input::{Code, Invalid, Note},
    plan_report::{PlanReport, PlanRequest},
};
use serde::Deserialize;
use service::{Error, Service};
use utoipa::ToSchema;

/// What the plan includes, what is used of each meter, and the other plans.
#[utoipa::path(
    get, path = "/plan", operation_id = "get_plan", tag = "plan",
    security(("key" = ["read"])),
    responses(
        (status = 200, description = "The plan, what is used of it, and the others", body = PlanReport),
    )
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<PlanReport>> {
    Ok(Json(service.plan_report(&caller).await?))
}

/// A request for another plan before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanRequestInput {
    plan: String,
    note: Option<String>,
}

impl PlanRequestInput {
    fn parse(self) -> Result<(Code, Option<Note>), Invalid> {
        let plan = self.plan.parse().map_err(|invalid: Invalid| invalid.at("plan"))?;
        Ok((plan, self.note.map(|note| note.parse()).transpose()?))
    }
}

/// Asks the operator for another plan.
#[utoipa::path(
    post, path = "/plan/request", operation_id = "request_plan", tag = "plan",
    security(("key" = ["admin"])), params(Key), request_body = PlanRequestInput,
    responses(
        (status = 201, description = "The request", body = PlanRequest),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn request(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<PlanRequestInput>,
) -> Answer<(StatusCode, Json<PlanRequest>)> {
    let (plan, note) = input.parse().map_err(Error::from)?;
    let made = service.request_plan(&caller, plan, note, key).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Answers with what was withdrawn.
#[utoipa::path(
    delete, path = "/plan/request", operation_id = "withdraw_plan_request", tag = "plan",
    security(("key" = ["admin"])),
    responses((status = 200, description = "What was withdrawn", body = PlanRequest))
)]
pub(crate) async fn withdraw(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<PlanRequest>> {
    Ok(Json(service.withdraw_plan_request(&caller).await?))
}
