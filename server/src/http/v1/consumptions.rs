//! Reading what was consumed and what is held: `consumptions/{id}` and `reservations`.

use super::{
    decisions::{ChargeOutput, charges},
    id::Named,
    listed::WorkQuery,
    reservations::reservation,
};
use crate::http::{
    authentication::ApiCaller,
    problem::{Answer, Problem},
    query::Query,
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use domain::{
    ids::{ConsumptionId, MemberId, SubtenantId},
    input::Code,
};
use serde::{Deserialize, Serialize};
use service::{Consumption, Error, ReservationReport, Service};
use utoipa::{IntoParams, ToSchema};

/// A recorded consumption as clients see it.
#[derive(Serialize, ToSchema)]
#[schema(as = Consumption)]
pub(crate) struct ConsumptionOutput {
    consumption_id: ConsumptionId,
    /// `null`: the organization itself.
    member_id: Option<MemberId>,
    /// The subtenant that the member was in.
    subtenant_id: Option<SubtenantId>,
    operation: Option<Code>,
    /// Units that were used.
    quantity: i64,
    /// Units of them that were given back.
    refunded: i64,
    /// What the others cost, and what paid.
    charges: Vec<ChargeOutput>,
    recorded_at: DateTime<Utc>,
    /// The moment in whose periods it counts: when it was held, of a reservation or a job.
    counts_at: DateTime<Utc>,
}

impl From<Consumption> for ConsumptionOutput {
    fn from(found: Consumption) -> Self {
        Self {
            consumption_id: found.id,
            member_id: found.member_id,
            subtenant_id: found.subtenant_id,
            operation: found.operation,
            quantity: found.quantity,
            refunded: found.refunded,
            charges: charges(found.charges),
            recorded_at: found.recorded_at,
            counts_at: found.counts_at,
        }
    }
}

/// What a consumption took, and how much of it was given back.
#[utoipa::path(
    get, path = "/consumptions/{id}", operation_id = "get_consumption", tag = "decisions",
    security(("key" = ["consume"]), ("key" = ["read"])),
    responses((status = 200, description = "The consumption", body = ConsumptionOutput))
)]
pub(crate) async fn get(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<ConsumptionOutput>> {
    let id = id.parse().map(ConsumptionId).map_err(|_| Problem::not_found("consumption"))?;
    Ok(Json(service.consumption(&caller, id).await?.into()))
}

/// A reservation as clients see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReservationState {
    /// Also the `consumption_id` of what came of it.
    reservation_id: ConsumptionId,
    /// `null`: the organization itself.
    member_id: Option<MemberId>,
    /// The subtenant that the member was in when it was made.
    subtenant_id: Option<SubtenantId>,
    operation: Code,
    /// `open`, `committed`, `released` or `expired`.
    status: &'static str,
    /// Whether it is what the job of the same id holds.
    job: bool,
    /// Units that it holds, or held.
    granted: i64,
    /// What it holds, or held.
    charges: Vec<ChargeOutput>,
    held_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<ReservationReport> for ReservationState {
    fn from(found: ReservationReport) -> Self {
        Self {
            reservation_id: found.id,
            member_id: found.member_id,
            subtenant_id: found.subtenant_id,
            operation: found.operation,
            status: found.status.code(),
            job: found.job,
            granted: found.granted,
            charges: charges(found.charges),
            held_at: found.held_at,
            expires_at: found.expires_at,
        }
    }
}

/// Which reservations are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReservationsQuery {
    /// `open`, `committed`, `released` or `expired`.
    status: Option<String>,
    /// A member's id.
    member: Option<String>,
    operation: Option<String>,
    /// The `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200, 50 if left out.
    limit: Option<String>,
}

/// A part of the reservations, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ReservationList)]
pub(crate) struct ReservationsOutput {
    reservations: Vec<ReservationState>,
    /// Where the next part begins; `null`: this is the last.
    next_cursor: Option<String>,
}

/// Reservations, those of jobs too, newest first.
#[utoipa::path(
    get, path = "/reservations", operation_id = "list_reservations", tag = "reservations",
    security(("key" = ["consume"]), ("key" = ["read"])), params(ReservationsQuery),
    responses((status = 200, description = "A page, newest first", body = ReservationsOutput))
)]
pub(crate) async fn list_reservations(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Query(query): Query<ReservationsQuery>,
) -> Answer<Json<ReservationsOutput>> {
    let ReservationsQuery { status, member, operation, cursor, limit } = query;
    let query = WorkQuery { state: status, member, operation, cursor, limit };
    let list = service.reservations(&caller, &query.parse().map_err(Error::from)?).await?;
    let reservations = list.reservations.into_iter().map(ReservationState::from).collect();
    Ok(Json(ReservationsOutput { reservations, next_cursor: list.next_cursor }))
}

/// One reservation.
#[utoipa::path(
    get, path = "/reservations/{id}", operation_id = "get_reservation", tag = "reservations",
    security(("key" = ["consume"]), ("key" = ["read"])),
    responses((status = 200, description = "The reservation", body = ReservationState))
)]
pub(crate) async fn get_reservation(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Named(id): Named,
) -> Answer<Json<ReservationState>> {
    Ok(Json(service.reservation(&caller, reservation(&id)?).await?.into()))
}
