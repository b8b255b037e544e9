//! `raise-requests`: what members ask for, on their pages or by a program, and the answers.

use super::{id::Named, key::Key, listed};
use crate::http::{
    authentication::ApiCaller,
    json::Body,
    openapi::Conflict,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use domain::{
    amount::Amount,
    ids::RaiseRequestId,
    input::{Invalid, Note, given},
    raises::{Effect, Raise, RaiseRequest, RaiseStatus},
};
use serde::{Deserialize, Serialize};
use service::{Error, RaiseAsk, RaiseFilter, RaiseList, RaiseTerms, Service};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which requests are wanted: all, if no status is given.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RaisesQuery {
    #[param(value_type = Option<RaiseStatus>)]
    status: Option<String>,
    /// The `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200, 50 if left out.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

impl RaisesQuery {
    fn parse(self) -> Result<RaiseFilter, Invalid> {
        Ok(RaiseFilter {
            status: self.status.map(|status| status.parse()).transpose()?,
            cursor: self.cursor,
            size: listed::limit(self.limit.as_deref())?,
        })
    }
}

/// A part of the requests.
#[derive(Serialize, ToSchema)]
#[schema(as = RaiseRequestList)]
pub(crate) struct RaisesOutput {
    requests: Vec<RaiseRequest>,
    /// Where the next part begins; `null`: this is the last.
    next_cursor: Option<String>,
}

/// What members ask for: open requests first, and of each kind the latest first.
#[utoipa::path(
    get, path = "/raise-requests", operation_id = "list_raise_requests", tag = "raise-requests",
    security(("key" = ["read"])), params(RaisesQuery),
    responses((status = 200, description = "A part of them", body = RaisesOutput))
)]
pub(crate) async fn list(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<RaisesQuery>,
) -> Answer<Json<RaisesOutput>> {
    let filter = query.parse().map_err(Error::from)?;
    let RaiseList { requests, next_cursor } = service.raise_list(&caller, &filter).await?;
    Ok(Json(RaisesOutput { requests, next_cursor }))
}

/// What is asked for in the name of a member.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewRaiseRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct RaiseInput {
    /// An id, an external id or an email.
    member: String,
    /// `credits`, or the meter and the period of a quota on the member, such as `ai_tokens.monthly`.
    own_limit: String,
    /// What the limit is to become, in the meter's smallest unit.
    limit: i64,
    /// The last day of it, in the organization's zone; left out, it is for good.
    last_day: Option<NaiveDate>,
    /// Why.
    reason: String,
}

impl RaiseInput {
    fn parse(self) -> Result<RaiseAsk, Invalid> {
        let limit = Amount::parse("limit", self.limit)?;
        let reason = self.reason.parse().map_err(|invalid: Invalid| invalid.at("reason"))?;
        Ok(RaiseAsk {
            member: Some(self.member.parse()?),
            own_limit: self.own_limit.parse()?,
            raise: Raise { limit, last_day: self.last_day },
            reason,
        })
    }
}

/// Asks for more in the name of a member.
///
/// Those who may raise the limit are told.
#[utoipa::path(
    post, path = "/raise-requests", operation_id = "create_raise_request", tag = "raise-requests",
    security(("key" = ["admin"])), params(Key), request_body = RaiseInput,
    responses(
        (status = 201, description = "The request, open", body = RaiseRequest),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Body(input): Body<RaiseInput>,
) -> Answer<(StatusCode, Json<RaiseRequest>)> {
    let ask = input.parse().map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(service.ask_for_raise(&caller, ask, key).await?)))
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
    security(("key" = ["admin"])), params(Key), request_body = ApprovalInput,
    responses(
        (status = 200, description = "The request as it was answered", body = RaiseRequest),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn approve(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<ApprovalInput>,
) -> Answer<Json<RaiseRequest>> {
    let parse = || {
        let limit = input.limit.map(|limit| Amount::parse("limit", limit)).transpose()?;
        let answer = input.answer.as_deref().map(answer).transpose()?;
        Ok::<_, Invalid>((RaiseTerms { limit, last_day: input.last_day }, answer))
    };
    let id = request(&id)?;
    let (terms, answer) = parse().map_err(Error::from)?;
    Ok(Json(service.approve_raise(&caller, id, (terms, answer), key).await?))
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
    security(("key" = ["admin"])), params(Key), request_body = RefusalInput,
    responses(
        (status = 200, description = "The request as it was answered", body = RaiseRequest),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn decline(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<RefusalInput>,
) -> Answer<Json<RaiseRequest>> {
    let id = request(&id)?;
    let reason = answer(&input.answer).map_err(Error::from)?;
    Ok(Json(service.decline_raise(&caller, id, reason, key).await?))
}

/// Takes a request back, in the name of who asked.
#[utoipa::path(
    post, path = "/raise-requests/{id}/withdraw", operation_id = "withdraw_raise_request", tag = "raise-requests",
    security(("key" = ["admin"])), params(Key),
    responses(
        (status = 200, description = "The request as it was withdrawn", body = RaiseRequest),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn withdraw(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
    Key(key): Key,
) -> Answer<Json<RaiseRequest>> {
    Ok(Json(service.withdraw_raise(&caller, request(&id)?, key).await?))
}

fn answer(text: &str) -> Result<Note, Invalid> {
    text.parse().map_err(|invalid: Invalid| invalid.at("answer"))
}

/// An id that can't be one names nothing.
fn request(text: &str) -> Answer<RaiseRequestId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(RaiseRequestId).map_err(|_| Problem::not_found("request"))
}
