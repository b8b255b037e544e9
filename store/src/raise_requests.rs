//! What members ask for, and what was answered.

use crate::{Connection, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::{MemberId, OrganizationId, RaiseRequestId},
    input::Note,
    period::PeriodKind,
    raises::{OwnLimit, Raise, RaiseRequest, RaiseStatus},
};
use uuid::Uuid;

/// A request to be made.
#[derive(Clone, Debug)]
pub struct NewRaiseRequest {
    /// Its id.
    pub id: RaiseRequestId,
    /// Who asks.
    pub member: MemberId,
    /// Of what.
    pub own_limit: OwnLimit,
    /// The limit now; `None` shares the pool.
    pub limit_then: Option<i64>,
    /// What is asked for.
    pub asked: Raise,
    /// Why.
    pub reason: Note,
}

/// What becomes of an open request.
#[derive(Clone, Debug)]
pub struct RaiseAnswer {
    /// Approved, declined or withdrawn.
    pub status: RaiseStatus,
    /// What is granted.
    pub granted: Option<Raise>,
    /// Who answers, as the audit log names them.
    pub by: (&'static str, Option<Uuid>),
    /// What they say to it.
    pub text: Option<Note>,
}

fn stored(limit: &OwnLimit) -> (String, Option<&'static str>) {
    let period = match limit {
        OwnLimit::Credits => None,
        OwnLimit::Quota { period, .. } => Some(period.as_str()),
    };
    (limit.meter().to_string(), period)
}

/// Adds a request. The schema lets a member have one open request for each limit.
pub async fn insert(
    connection: &mut Connection,
    id: OrganizationId,
    new: &NewRaiseRequest,
    now: DateTime<Utc>,
) -> Result<()> {
    let (meter, period) = stored(&new.own_limit);
    sqlx::query!(
        "INSERT INTO raise_requests (organization_id, raise_request_id, member_id, meter_code, period,
            limit_then, limit_asked, last_day, reason, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        new.id.0,
        new.member.0,
        meter,
        period,
        new.limit_then,
        new.asked.limit.get(),
        new.asked.last_day,
        new.reason.as_str(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Answers a request that is open.
pub async fn answer(
    connection: &mut Connection,
    id: OrganizationId,
    request: RaiseRequestId,
    answer: &RaiseAnswer,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE raise_requests SET status = $3, limit_granted = $4, granted_last_day = $5,
            answered_at = $6, answered_by_kind = $7, answered_by = $8, answer = $9
        WHERE organization_id = $1 AND raise_request_id = $2 AND status = 'open'",
        id.0,
        request.0,
        answer.status.code(),
        answer.granted.map(|granted| granted.limit.get()),
        answer.granted.and_then(|granted| granted.last_day),
        now,
        answer.by.0,
        answer.by.1,
        answer.text.as_ref().map_or("", Note::as_str)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Where a request stands in the list: open or not, when it was answered or else asked, its id.
pub type Place = (bool, DateTime<Utc>, RaiseRequestId);

/// Which requests are looked for, and how many of them at most.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// One by its id.
    pub request: Option<RaiseRequestId>,
    /// Of one member.
    pub member: Option<MemberId>,
    /// Of the members of these subtenants; `None`: of everybody.
    pub subtenants: Option<Vec<Uuid>>,
    /// What became of them.
    pub status: Option<RaiseStatus>,
    /// Those that follow this one in the order of the list.
    pub after: Option<Place>,
    /// How many are left out.
    pub offset: i64,
    /// How many are returned.
    pub size: i64,
}

struct Row {
    raise_request_id: Uuid,
    member_id: Uuid,
    member_name: String,
    member_status: String,
    meter_code: String,
    period: Option<String>,
    limit_then: Option<i64>,
    limit_asked: i64,
    last_day: Option<NaiveDate>,
    reason: String,
    asked_at: DateTime<Utc>,
    status: String,
    limit_granted: Option<i64>,
    granted_last_day: Option<NaiveDate>,
    answered_at: Option<DateTime<Utc>>,
    answered_by: Option<String>,
    answer: String,
}

impl TryFrom<Row> for RaiseRequest {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let period = row.period.map(|period| period.parse::<PeriodKind>()).transpose()?;
        let own_limit = match period {
            None => OwnLimit::Credits,
            Some(period) => OwnLimit::Quota { meter: row.meter_code.parse()?, period },
        };
        Ok(Self {
            id: RaiseRequestId(row.raise_request_id),
            member: MemberId(row.member_id),
            member_name: row.member_name,
            member_status: row.member_status.parse()?,
            own_limit,
            limit_then: row.limit_then,
            limit_asked: row.limit_asked,
            last_day: row.last_day,
            reason: row.reason,
            asked_at: row.asked_at,
            status: row.status.parse()?,
            limit_granted: row.limit_granted,
            granted_last_day: row.granted_last_day,
            answered_at: row.answered_at,
            answered_by: row.answered_by,
            answer: row.answer,
        })
    }
}

/// Requests: open ones first, and of each kind the latest first.
pub async fn list(
    connection: &mut Connection,
    id: OrganizationId,
    wanted: &Wanted,
) -> Result<Vec<RaiseRequest>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.raise_request_id, r.member_id, m.name AS member_name,
            m.status AS member_status, r.meter_code, r.period, r.limit_then, r.limit_asked, r.last_day,
            r.reason, r.asked_at, r.status, r.limit_granted, r.granted_last_day, r.answered_at,
            COALESCE(a.name, k.name) AS answered_by, r.answer
        FROM raise_requests r
        JOIN members m ON m.organization_id = $1 AND m.member_id = r.member_id
        LEFT JOIN members a ON a.organization_id = $1 AND a.member_id = r.answered_by
        LEFT JOIN api_keys k ON k.organization_id = $1 AND k.api_key_id = r.answered_by
        WHERE r.organization_id = $1
            AND ($2::uuid IS NULL OR r.raise_request_id = $2)
            AND ($3::uuid IS NULL OR r.member_id = $3)
            AND ($4::uuid[] IS NULL OR m.subtenant_id = ANY($4))
            AND ($5::text IS NULL OR r.status = $5)
            AND ($8::bool IS NULL
                OR (r.status = 'open', COALESCE(r.answered_at, r.asked_at), r.raise_request_id)
                    < ($8, $9::timestamptz, $10::uuid))
        ORDER BY (r.status = 'open') DESC, COALESCE(r.answered_at, r.asked_at) DESC,
            r.raise_request_id DESC
        OFFSET $6 LIMIT $7"#,
        id.0,
        wanted.request.map(|request| request.0),
        wanted.member.map(|member| member.0),
        wanted.subtenants.as_deref(),
        wanted.status.map(RaiseStatus::code),
        wanted.offset,
        wanted.size,
        wanted.after.map(|(open, _, _)| open),
        wanted.after.map(|(_, at, _)| at),
        wanted.after.map(|(_, _, id)| id.0)
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// How many there are of what [`list`] lists.
pub async fn count(
    connection: &mut Connection,
    id: OrganizationId,
    wanted: &Wanted,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM raise_requests r
        JOIN members m ON m.organization_id = $1 AND m.member_id = r.member_id
        WHERE r.organization_id = $1
            AND ($2::uuid IS NULL OR r.member_id = $2)
            AND ($3::uuid[] IS NULL OR m.subtenant_id = ANY($3))
            AND ($4::text IS NULL OR r.status = $4)"#,
        id.0,
        wanted.member.map(|member| member.0),
        wanted.subtenants.as_deref(),
        wanted.status.map(RaiseStatus::code)
    );
    Ok(count.fetch_one(connection).await?)
}
