//! `raise-requests`: what members ask for, and the answers. Members ask on their pages.

use super::id::Named;
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    openapi::Conflict,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State};
use chrono::NaiveDate;
use domain::{
    amount::Amount,
    ids::RaiseRequestId,
    input::{Invalid, Note, given},
    raises::{Effect, RaiseRequest, RaiseStatus},
};
use serde::{Deserialize, Serialize};
use service::{Error, RaiseTerms, Service};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which requests are asked for: all, if no status is given, and the first page.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RaisesQuery {
    #[param(value_type = Option<RaiseStatus>)]
    status: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1)]
    page: Option<String>,
}

/// One page of the requests.
#[derive(Serialize, ToSchema)]
#[schema(as = RaiseRequestList)]
pub(crate) struct RaisesOutput {
    requests: Vec<RaiseRequest>,
    total: i64,
    page: i64,
    pages: i64,
}

/// What members ask for, newest first.
#[utoipa::path(
    get, path = "/raise-requests", operation_id = "list_raise_requests", tag = "raise-requests",
    security(("key" = ["read"])), params(RaisesQuery),
    responses((status = 200, description = "One page of them", body = RaisesOutput))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<RaisesQuery>,
) -> Answer<Json<RaisesOutput>> {
    let status = query.status.map(|status| status.parse::<RaiseStatus>());
    let status = status.transpose().map_err(Error::from)?;
    let page = query.page.map(|page| page.parse().ok().filter(|page| *page > 0));
    let wrong = || Error::from(Invalid::new("page", "must be a number from 1"));
    let page = page.map_or(Ok(1), |page| page.ok_or_else(wrong))?;
    let found = service.raise_requests(&caller, status, page).await?;
    Ok(Json(RaisesOutput {
        requests: found.rows.into_iter().map(|row| row.request).collect(),
        total: found.total,
        page: found.page,
        pages: found.pages,
    }))
}

/// A request, and what granting it would do.
#[derive(Serialize, ToSchema)]
#[schema(as = RaiseRequestDetail)]
pub(crate) struct RaiseOutput {
    #[serde(flatten)]
    request: RaiseRequest,
    /// `null` once it is answered, and where it can't be granted any more.
    effect: Option<Effect>,
}

/// One request, with what granting it would do.
#[utoipa::path(
    get, path = "/raise-requests/{id}", operation_id = "get_raise_request", tag = "raise-requests",
    security(("key" = ["read"])),
    responses(
        (status = 200, description = "The request, and what granting it would do", body = RaiseOutput),
    )
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<RaiseOutput>> {
    let (request, effect) = service.raise_request(&caller, request(&id)?).await?;
    Ok(Json(RaiseOutput { request, effect }))
}

/// What is granted: what is left out is as it was asked for, and a last day of `null` is for good.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ApprovalInput {
    limit: Option<i64>,
    #[serde(deserialize_with = "given")]
    #[expect(clippy::option_option, reason = "left out, `null` and a day say three things")]
    #[schema(value_type = Option<NaiveDate>)]
    last_day: Option<Option<NaiveDate>>,
    answer: Option<String>,
}

/// Grants a request, as it was asked for or otherwise.
#[utoipa::path(
    post, path = "/raise-requests/{id}/approve", operation_id = "approve_raise_request", tag = "raise-requests",
    security(("key" = ["admin"])), request_body = ApprovalInput,
    responses(
        (status = 200, description = "The request as it was answered", body = RaiseRequest),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn approve(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Body(input): Body<ApprovalInput>,
) -> Answer<Json<RaiseRequest>> {
    let parse = || {
        let limit = input.limit.map(|limit| Amount::parse("limit", limit)).transpose()?;
        let answer = input.answer.as_deref().map(answer).transpose()?;
        Ok::<_, Invalid>((RaiseTerms { limit, last_day: input.last_day }, answer))
    };
    let id = request(&id)?;
    let (terms, answer) = parse().map_err(Error::from)?;
    Ok(Json(service.approve_raise(&caller, id, terms, answer).await?))
}

/// Why a request is declined.
#[derive(Deserialize, ToSchema)]
#[schema(as = DeclineInput)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefusalInput {
    answer: String,
}

/// Declines a request, and says why.
#[utoipa::path(
    post, path = "/raise-requests/{id}/decline", operation_id = "decline_raise_request", tag = "raise-requests",
    security(("key" = ["admin"])), request_body = RefusalInput,
    responses(
        (status = 200, description = "The request as it was answered", body = RaiseRequest),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn decline(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Body(input): Body<RefusalInput>,
) -> Answer<Json<RaiseRequest>> {
    let id = request(&id)?;
    let reason = answer(&input.answer).map_err(Error::from)?;
    Ok(Json(service.decline_raise(&caller, id, reason).await?))
}

fn answer(text: &str) -> Result<Note, Invalid> {
    text.parse().map_err(|invalid: Invalid| invalid.at("answer"))
}

/// An id that can't be one names nothing.
fn request(text: &str) -> Answer<RaiseRequestId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(RaiseRequestId).map_err(|_| Problem::not_found("request"))
}
