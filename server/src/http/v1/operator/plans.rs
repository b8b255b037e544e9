//! `plans` and their limits.

use crate::http::{
    authentication::ApiOperator,
    json::Body,
    problem::{Answer, Problem},
    v1::{
        id::{Named, NamedTwo},
        listed::code,
        version::{IfMatch, Versioned},
    },
};
use axum::{Json, extract::State};
use domain::{
    amount::Amount,
    catalogue::CapKind,
    console::{PlanDetail, PlanRow},
    input::{Code, Invalid},
    plans::{PlanEdit, PlanMeterLimit, parse_seats},
};
use serde::{Deserialize, Serialize};
use service::{Error, Service};
use utoipa::ToSchema;

/// All plans, the smallest first.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanList)]
pub(crate) struct PlansOutput {
    plans: Vec<PlanRow>,
}

/// The plans of the installation.
#[utoipa::path(
    get, path = "/plans", operation_id = "list_plans", tag = "operator",
    security(("operator_key" = [])),
    responses((status = 200, description = "All plans, the smallest first", body = PlansOutput))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
) -> Answer<Json<PlansOutput>> {
    Ok(Json(PlansOutput { plans: service.plans(&operator).await? }))
}

/// One plan with its limits.
#[utoipa::path(
    get, path = "/plans/{code}", operation_id = "get_plan_of_catalogue", tag = "operator",
    security(("operator_key" = [])),
    responses((status = 200, description = "The plan with its limits", body = PlanDetail))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(plan): Named,
) -> Answer<Versioned<PlanDetail>> {
    Ok(versioned(service.plan(&operator, &known(&plan)?).await?))
}

/// A plan before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanInput {
    name: String,
    monthly_credits: i64,
    /// `null` is unlimited; leaving it out is an error, since nobody lifts a limit by silence.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    seats: Option<i64>,
    usage_quota_feature: bool,
    version: Option<i64>,
}

impl PlanInput {
    fn parse(self) -> Result<PlanEdit, Invalid> {
        Ok(PlanEdit {
            name: Some(self.name.parse()?),
            monthly_credits: Some(Amount::parse("monthly_credits", self.monthly_credits)?),
            seats: Some(parse_seats(self.seats)?),
            usage_quota_feature: Some(self.usage_quota_feature),
            limits: [].into(),
        })
    }
}

/// Changes a plan, or makes it.
#[utoipa::path(
    put, path = "/plans/{code}", operation_id = "save_plan", tag = "operator",
    security(("operator_key" = [])), params(IfMatch), request_body = PlanInput,
    responses((status = 200, description = "The plan as it is now", body = PlanDetail))
)]
pub(crate) async fn put(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    Named(plan): Named,
    if_match: IfMatch,
    Body(input): Body<PlanInput>,
) -> Answer<Versioned<PlanDetail>> {
    let plan = code("code", &plan).map_err(Error::from)?;
    let expected = if_match.or(input.version);
    let edit = input.parse().map_err(Error::from)?;
    let saved = service.save_plan(&operator, &plan, edit, expected).await;
    Ok(versioned(saved.map_err(|error| if_match.problem(error))?))
}

/// A plan's limit before it is checked.
#[derive(Deserialize, ToSchema)]
#[schema(as = PlanLimitInput)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitInput {
    /// `null` is unlimited.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    limit: Option<i64>,
    #[schema(value_type = CapKind)]
    cap: String,
    version: Option<i64>,
}

/// Changes what a plan includes of one meter.
#[utoipa::path(
    put, path = "/plans/{code}/limits/{meter}", operation_id = "save_plan_limit", tag = "operator",
    security(("operator_key" = [])), params(IfMatch), request_body = LimitInput,
    responses((status = 200, description = "The plan as it is now", body = PlanDetail))
)]
pub(crate) async fn put_limit(
    State(service): State<Service>,
    ApiOperator(operator): ApiOperator,
    NamedTwo(plan, meter): NamedTwo,
    if_match: IfMatch,
    Body(input): Body<LimitInput>,
) -> Answer<Versioned<PlanDetail>> {
    let plan = known(&plan)?;
    service.plan(&operator, &plan).await?;
    let meter = code("meter", &meter).map_err(Error::from)?;
    let limit = input.limit.map(|limit| Amount::parse("limit", limit)).transpose();
    let limit = limit.map_err(Error::from)?;
    let cap = input.cap.parse().map_err(Error::from)?;
    let limits = [(meter, PlanMeterLimit { limit, cap })].into();
    let edit = PlanEdit { limits, ..PlanEdit::default() };
    let expected = if_match.or(input.version);
    let saved = service.save_plan(&operator, &plan, edit, expected).await;
    Ok(versioned(saved.map_err(|error| if_match.problem(error))?))
}

fn versioned(plan: PlanDetail) -> Versioned<PlanDetail> {
    let version = plan.row.version;
    Versioned(plan, version)
}

/// A code that can't be one names no plan.
fn known(text: &str) -> Answer<Code> {
    text.parse().map_err(|_: Invalid| Problem::not_found("plan"))
}
