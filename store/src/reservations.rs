//! Reservations: work under way, and what it holds.

use crate::{
    Connection, Error, Result,
    jobs::{self, JobRow},
};
use chrono::{DateTime, Utc};
use domain::{
    answer::Charge,
    balances::Path,
    ids::{ConsumptionId, MemberId, OrganizationId, SubtenantId},
    input::{Code, Invalid},
    jobs::Job,
};
use serde_json::Value;
use std::str::FromStr;
use uuid::Uuid;

/// What has become of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationStatus {
    /// It holds what it was granted.
    Open,
    /// All or a part of it was used, and the rest given back.
    Committed,
    /// All of it was given back.
    Released,
    /// Its time to live ended, and all of it was given back.
    Expired,
}

impl ReservationStatus {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

impl FromStr for ReservationStatus {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        [Self::Open, Self::Committed, Self::Released, Self::Expired]
            .into_iter()
            .find(|status| status.code() == code)
            .ok_or_else(|| Invalid::new("status", "must be open, committed, released or expired"))
    }
}

/// A reservation.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// Its id, which is also that of the consumption that comes of it.
    pub id: ConsumptionId,
    /// Who works.
    pub path: Path,
    /// On what.
    pub operation: Code,
    /// How many units it holds.
    pub quantity: i64,
    /// What it holds on each meter.
    pub charges: Vec<Charge>,
    /// Since when; what comes of it counts in the periods of that moment.
    pub held_at: DateTime<Utc>,
    /// Until when, if nobody renews it.
    pub expires_at: DateTime<Utc>,
    /// What has become of it.
    pub status: ReservationStatus,
    /// The job that it is for: it has the same id, and what becomes of one becomes of both.
    pub job: Option<Job>,
}

/// Adds reservations. The organization must be locked.
pub async fn insert(
    connection: &mut Connection,
    id: OrganizationId,
    reservations: &[&Reservation],
) -> Result<()> {
    let each = reservations.iter();
    let charges: Result<Vec<Value>, _> =
        each.clone().map(|of| serde_json::to_value(&of.charges)).collect();
    let members: Vec<Option<Uuid>> =
        each.clone().map(|of| of.path.member.map(|member| member.0)).collect();
    let subtenants: Vec<Option<Uuid>> =
        each.clone().map(|of| of.path.subtenant.map(|subtenant| subtenant.0)).collect();
    sqlx::query!(
        "INSERT INTO reservations (organization_id, reservation_id, member_id, subtenant_id,
            operation_code, quantity, charges, held_at, expires_at, status)
        SELECT $1, t.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[],
            $7::jsonb[], $8::timestamptz[], $9::timestamptz[], $10::text[]) AS t",
        id.0,
        &each.clone().map(|of| of.id.0).collect::<Vec<Uuid>>(),
        &members as &[Option<Uuid>],
        &subtenants as &[Option<Uuid>],
        &each.clone().map(|of| of.operation.to_string()).collect::<Vec<String>>(),
        &each.clone().map(|of| of.quantity).collect::<Vec<i64>>(),
        &charges?,
        &each.clone().map(|of| of.held_at).collect::<Vec<DateTime<Utc>>>(),
        &each.clone().map(|of| of.expires_at).collect::<Vec<DateTime<Utc>>>(),
        &each.map(|of| of.status.code().to_owned()).collect::<Vec<String>>()
    )
    .execute(&mut *connection)
    .await?;
    jobs::insert(connection, id, reservations).await
}

/// A row with what its job says, if there is one.
pub(crate) struct Row {
    pub(crate) reservation_id: Uuid,
    pub(crate) member_id: Option<Uuid>,
    pub(crate) subtenant_id: Option<Uuid>,
    pub(crate) operation_code: String,
    pub(crate) quantity: i64,
    pub(crate) charges: Value,
    pub(crate) held_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) status: String,
    pub(crate) name: Option<String>,
    pub(crate) rows: Option<i64>,
    pub(crate) ttl_seconds: Option<i64>,
    pub(crate) processed: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Reservation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: ConsumptionId(row.reservation_id),
            path: Path {
                subtenant: row.subtenant_id.map(SubtenantId),
                member: row.member_id.map(MemberId),
            },
            operation: row.operation_code.parse()?,
            quantity: row.quantity,
            charges: serde_json::from_value(row.charges)?,
            held_at: row.held_at,
            expires_at: row.expires_at,
            status: row.status.parse()?,
            job: JobRow {
                name: row.name,
                rows: row.rows,
                ttl_seconds: row.ttl_seconds,
                processed: row.processed,
                reason: row.reason,
                detail: row.detail,
                ended_at: row.ended_at,
            }
            .read()?,
        })
    }
}

/// The reservations with these ids, and up to `size` open ones that have expired by `now`.
pub async fn load(
    connection: &mut Connection,
    id: OrganizationId,
    ids: &[Uuid],
    now: DateTime<Utc>,
    size: i64,
) -> Result<Vec<Reservation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.reservation_id AS "reservation_id!", r.member_id, r.subtenant_id,
            r.operation_code AS "operation_code!", r.quantity AS "quantity!",
            r.charges AS "charges!", r.held_at AS "held_at!", r.expires_at AS "expires_at!",
            r.status AS "status!", j.name, j.rows AS "rows?", j.ttl_seconds AS "ttl_seconds?",
            j.processed AS "processed?", j.reason, j.detail, j.ended_at
        FROM (
            SELECT r.* FROM unnest($2::uuid[]) AS k (id), LATERAL (
                SELECT * FROM reservations r
                WHERE r.organization_id = $1 AND r.reservation_id = k.id OFFSET 0
            ) r
            UNION
            (SELECT * FROM reservations
            WHERE organization_id = $1 AND status = 'open' AND expires_at <= $3
            ORDER BY expires_at LIMIT $4)
        ) r LEFT JOIN LATERAL (
            SELECT * FROM jobs j
            WHERE j.organization_id = $1 AND j.job_id = r.reservation_id OFFSET 0
        ) j ON true"#,
        id.0,
        ids,
        now,
        size
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// The reservation with this id.
pub async fn get(
    connection: &mut Connection,
    id: OrganizationId,
    reservation: ConsumptionId,
) -> Result<Option<Reservation>> {
    // None expires in no time.
    let found = load(connection, id, &[reservation.0], DateTime::UNIX_EPOCH, 0).await?;
    Ok(found.into_iter().next())
}

/// Writes the ends and the status of reservations. The organization must be locked.
pub async fn save(
    connection: &mut Connection,
    id: OrganizationId,
    reservations: &[&Reservation],
) -> Result<()> {
    let each = reservations.iter();
    sqlx::query!(
        "UPDATE reservations r SET expires_at = t.expires_at, status = t.status
        FROM unnest($2::uuid[], $3::timestamptz[], $4::text[])
            AS t (reservation_id, expires_at, status)
        WHERE r.organization_id = $1 AND r.reservation_id = t.reservation_id",
        id.0,
        &each.clone().map(|of| of.id.0).collect::<Vec<Uuid>>(),
        &each.clone().map(|of| of.expires_at).collect::<Vec<DateTime<Utc>>>(),
        &each.map(|of| of.status.code().to_owned()).collect::<Vec<String>>()
    )
    .execute(&mut *connection)
    .await?;
    jobs::save(connection, id, reservations).await
}

/// Which reservations are wanted, newest first.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Of which organization.
    pub organization: OrganizationId,
    /// In this state: of jobs their own.
    pub state: Option<&'a str>,
    /// Of this member.
    pub member: Option<MemberId>,
    /// On this operation.
    pub operation: Option<&'a Code>,
    /// Of members of these subtenants; `None`: of everybody, and of the organization itself.
    pub subtenants: Option<&'a [Uuid]>,
    /// Only those that began before this one: its moment and its id.
    pub before: (DateTime<Utc>, Uuid),
    /// How many.
    pub size: i64,
}

/// Reservations, those of jobs too, newest first.
pub async fn list(connection: &mut Connection, wanted: &Wanted<'_>) -> Result<Vec<Reservation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.reservation_id, r.member_id, r.subtenant_id, r.operation_code, r.quantity,
            r.charges, r.held_at, r.expires_at, r.status, j.name, j.rows AS "rows?",
            j.ttl_seconds AS "ttl_seconds?", j.processed AS "processed?", j.reason, j.detail,
            j.ended_at
        FROM (
            SELECT * FROM reservations r
            WHERE r.organization_id = $1 AND ($2::text IS NULL OR r.status = $2)
                AND ($3::uuid IS NULL OR r.member_id = $3)
                AND ($4::text IS NULL OR r.operation_code = $4)
                AND ($5::uuid[] IS NULL OR r.subtenant_id = ANY ($5))
                AND (r.held_at, r.reservation_id) < ($6, $7)
            ORDER BY r.held_at DESC, r.reservation_id DESC LIMIT $8
        ) r LEFT JOIN LATERAL (
            SELECT * FROM jobs j
            WHERE j.organization_id = $1 AND j.job_id = r.reservation_id OFFSET 0
        ) j ON true
        ORDER BY r.held_at DESC, r.reservation_id DESC"#,
        wanted.organization.0,
        wanted.state,
        wanted.member.map(|member| member.0),
        wanted.operation.map(Code::as_str),
        wanted.subtenants,
        wanted.before.0,
        wanted.before.1,
        wanted.size
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// When the next open reservation expires.
pub async fn next_expiry(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<Option<DateTime<Utc>>> {
    let next = sqlx::query_scalar!(
        "SELECT min(expires_at) FROM reservations WHERE organization_id = $1 AND status = 'open'",
        id.0
    );
    Ok(next.fetch_one(connection).await?)
}

/// Up to `size` organizations with a reservation that has expired by `now`; those whose row
/// somebody else has locked are busy, and look after it themselves.
pub async fn due(
    connection: &mut Connection,
    now: DateTime<Utc>,
    size: i64,
) -> Result<Vec<OrganizationId>> {
    let ids = sqlx::query_scalar!(
        "SELECT organization_id FROM organization_states WHERE next_expiry <= $1
        ORDER BY next_expiry LIMIT $2 FOR UPDATE SKIP LOCKED",
        now,
        size
    );
    Ok(ids.fetch_all(connection).await?.into_iter().map(OrganizationId).collect())
}
