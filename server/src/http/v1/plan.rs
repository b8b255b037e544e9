//! `plan`: what it includes, what is used of it, and asking for another one.

use super::key::Key;
use crate::http::{authentication::ApiCaller, json::Body, problem::Answer};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    input::{Code, Invalid, Note},
    plan_report::{PlanReport, PlanRequest},
};
use serde::Deserialize;
use service::{Error, Service};

pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<PlanReport>> {
    Ok(Json(service.plan_report(&caller).await?))
}

/// A request for another plan before it is checked.
#[derive(Deserialize)]
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
pub(crate) async fn withdraw(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
) -> Answer<Json<PlanRequest>> {
    Ok(Json(service.withdraw_plan_request(&caller).await?))
}
