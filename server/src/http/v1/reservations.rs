//! `reservations`: hold, then take part or all; `refunds`; `gauges`.

use super::{
    decisions::{ChargeOutput, charges, not_allowed, request},
    id::Named,
    key::Key,
};
use crate::http::{
    authentication::DecisionCaller,
    json::{Body, OptionalBody},
    limit_headers,
    openapi::{Conflict, QuotaExceeded},
    problem::{Answer, Problem},
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use domain::{
    amount::{Amount, Quantity},
    answer::{Decision, LimitReport},
    ids::ConsumptionId,
    input::{Code, Invalid, MemberReference},
    settlement::TimeToLive,
};
use serde::{Deserialize, Serialize};
use service::{Error, GaugeSet, Renewed, Service, Settled};
use utoipa::ToSchema;
use uuid::Uuid;

/// What is to be held, before it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReservationInput {
    /// The id, external id or email of a member; left out: the organization itself.
    member: Option<String>,
    /// The code of an operation of the rate card.
    #[schema(min_length = 1)]
    operation: String,
    /// How many units.
    #[schema(minimum = 1)]
    quantity: i64,
    /// Whether fewer units will do, if not all of them fit.
    #[serde(default)]
    allow_partial: bool,
    /// How long it lives without being renewed; 900, if left out.
    #[schema(minimum = 1, maximum = 3600)]
    ttl_seconds: Option<i64>,
}

/// What is held.
#[derive(Serialize, ToSchema)]
#[schema(as = Reservation)]
struct ReservationOutput {
    decision: &'static str,
    #[schema(value_type = Uuid, required = true)]
    reservation_id: Option<ConsumptionId>,
    expires_at: DateTime<Utc>,
    granted: Quantity,
    charges: Vec<ChargeOutput>,
    limits: Vec<LimitReport>,
}

/// Holds what a request takes: 201, or 429 if a limit says no.
#[utoipa::path(
    post, path = "/reservations", operation_id = "reserve", tag = "reservations",
    security(("key" = ["consume"])), params(Key), request_body = ReservationInput,
    responses(
        (status = 201, description = "Held", body = ReservationOutput),
        (status = 429, response = QuotaExceeded),
    )
)]
pub(crate) async fn post(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Key(key): Key,
    Body(input): Body<ReservationInput>,
) -> Answer<Response> {
    let ReservationInput { member, operation, quantity, allow_partial, ttl_seconds } = input;
    let request = request(member, &operation, quantity, allow_partial).map_err(Error::from)?;
    let time_to_live = TimeToLive::parse(ttl_seconds).map_err(Error::from)?;
    let reserved = service.reserve(&caller, request, time_to_live, key).await?;
    let service::Answer { consumption_id, decision, decided_at } = reserved.answer;
    let Decision::Allowed(allowance) = decision else {
        return Err(not_allowed(decision, decided_at));
    };
    let headers = limit_headers::of(allowance.limits.iter(), decided_at);
    let output = ReservationOutput {
        decision: "allowed",
        reservation_id: consumption_id,
        expires_at: reserved.expires_at,
        granted: allowance.granted,
        charges: charges(allowance.charges),
        limits: allowance.limits,
    };
    Ok((StatusCode::CREATED, headers, Json(output)).into_response())
}

/// How many units of a reservation are used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommitInput {
    /// How many units were used; what is left of those that are held is given back.
    #[schema(minimum = 1)]
    quantity: i64,
}

/// What came of a reservation that was committed.
#[derive(Serialize, ToSchema)]
#[schema(as = Commit)]
pub(crate) struct CommitOutput {
    consumption_id: ConsumptionId,
    committed: i64,
    released: i64,
    charges: Vec<ChargeOutput>,
}

/// Uses a part of what is held or all of it, and gives the rest back.
#[utoipa::path(
    post, path = "/reservations/{id}/commit", operation_id = "commit_reservation", tag = "reservations",
    security(("key" = ["consume"])), params(Key), request_body = CommitInput,
    responses(
        (status = 200, description = "What was used, and what was given back", body = CommitOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn commit(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Named(id): Named,
    Key(key): Key,
    Body(input): Body<CommitInput>,
) -> Answer<Json<CommitOutput>> {
    let id = reservation(&id)?;
    let quantity = Quantity::parse("quantity", input.quantity).map_err(Error::from)?;
    let Settled { consumption_id, committed, released, charges: paid } =
        service.commit(&caller, id, quantity, key).await?;
    Ok(Json(CommitOutput { consumption_id, committed, released, charges: charges(paid) }))
}

/// A body without fields.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Nothing)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoInput {}

/// What a reservation gave back.
#[derive(Serialize, ToSchema)]
#[schema(as = Release)]
pub(crate) struct ReleaseOutput {
    reservation_id: ConsumptionId,
    released: i64,
}

/// Gives back all that is held.
#[utoipa::path(
    post, path = "/reservations/{id}/release", operation_id = "release_reservation", tag = "reservations",
    security(("key" = ["consume"])), params(Key), request_body = Option<NoInput>,
    responses(
        (status = 200, description = "What was given back", body = ReleaseOutput),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn release(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Named(id): Named,
    Key(key): Key,
    OptionalBody(NoInput {}): OptionalBody<NoInput>,
) -> Answer<Json<ReleaseOutput>> {
    let settled = service.release(&caller, reservation(&id)?, key).await?;
    let Settled { consumption_id: reservation_id, released, .. } = settled;
    Ok(Json(ReleaseOutput { reservation_id, released }))
}

/// How long a reservation is to live from now on.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenewInput {
    #[schema(minimum = 1, maximum = 3600)]
    ttl_seconds: Option<i64>,
}

/// Lets a reservation live on.
#[utoipa::path(
    post, path = "/reservations/{id}/renew", operation_id = "renew_reservation", tag = "reservations",
    security(("key" = ["consume"])), params(Key), request_body = Option<RenewInput>,
    responses(
        (status = 200, description = "Held until then", body = Renewed),
        (status = 409, response = Conflict),
    )
)]
pub(crate) async fn renew(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Named(id): Named,
    Key(key): Key,
    OptionalBody(input): OptionalBody<RenewInput>,
) -> Answer<Json<Renewed>> {
    let time_to_live = TimeToLive::parse(input.ttl_seconds).map_err(Error::from)?;
    Ok(Json(service.renew(&caller, reservation(&id)?, time_to_live, key).await?))
}

/// An id that can't be one names nothing.
pub(super) fn reservation(text: &str) -> Answer<ConsumptionId> {
    let id: Result<Uuid, _> = text.parse();
    id.map(ConsumptionId).map_err(|_| Problem::not_found("reservation"))
}

/// What is to be given back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundInput {
    #[schema(value_type = Uuid)]
    consumption_id: String,
    /// How many units are given back.
    #[schema(minimum = 1)]
    quantity: i64,
}

/// What was given back.
#[derive(Serialize, ToSchema)]
#[schema(as = Refund)]
pub(crate) struct RefundOutput {
    consumption_id: ConsumptionId,
    refunded: i64,
    charges: Vec<ChargeOutput>,
}

/// Gives back a part of a recorded consumption or all of it.
#[utoipa::path(
    post, path = "/refunds", operation_id = "refund", tag = "decisions",
    security(("key" = ["consume"])), params(Key), request_body = RefundInput,
    responses((status = 200, description = "What was given back", body = RefundOutput))
)]
pub(crate) async fn refund(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Key(key): Key,
    Body(input): Body<RefundInput>,
) -> Answer<Json<RefundOutput>> {
    let id: Result<Uuid, _> = input.consumption_id.parse();
    let id = id.map_err(|_| Error::from(Invalid::new("consumption_id", "must be an id")))?;
    let quantity = Quantity::parse("quantity", input.quantity).map_err(Error::from)?;
    let refunded = service.refund(&caller, ConsumptionId(id), quantity, key).await?;
    Ok(Json(RefundOutput {
        consumption_id: refunded.consumption_id,
        refunded: refunded.refunded,
        charges: charges(refunded.charges),
    }))
}

/// The true level of a gauge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GaugeInput {
    /// What there is now, in the meter's smallest unit.
    #[schema(minimum = 0)]
    level: i64,
    /// Whose part of it; left out: what belongs to no member.
    member: Option<String>,
}

/// Sets a gauge to its true level.
#[utoipa::path(
    put, path = "/gauges/{meter}", operation_id = "set_gauge", tag = "gauges",
    security(("key" = ["consume"])), params(Key), request_body = GaugeInput,
    responses((status = 200, description = "The level as it is now", body = GaugeSet))
)]
pub(crate) async fn put_gauge(
    State(service): State<Service>,
    DecisionCaller(caller): DecisionCaller,
    Named(meter): Named,
    Key(key): Key,
    Body(input): Body<GaugeInput>,
) -> Answer<Json<GaugeSet>> {
    let meter: Code = meter.parse().map_err(|_| Problem::not_found("meter"))?;
    let level = Amount::parse("level", input.level).map_err(Error::from)?;
    let member = input.member.map(|member| member.parse::<MemberReference>()).transpose();
    let member = member.map_err(Error::from)?;
    Ok(Json(service.set_gauge(&caller, member, meter, level, key).await?))
}
