//! Requests for another plan.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{MemberId, OrganizationId, PlanRequestId},
    input::{Code, Note},
    plan_report::{PlanAnswer, PlanRequest},
};
use uuid::Uuid;

/// A request to be made.
#[derive(Clone, Debug)]
pub struct NewPlanRequest {
    /// Its id.
    pub id: PlanRequestId,
    /// The plan that is asked for.
    pub plan: Code,
    /// What is said to it.
    pub note: Option<Note>,
    /// Who asks; `None`: a program with an API key.
    pub requested_by: Option<MemberId>,
}

/// Adds a request.
pub async fn insert(
    connection: &mut Connection,
    id: OrganizationId,
    request: &NewPlanRequest,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO plan_requests
            (organization_id, plan_request_id, plan_code, note, requested_by, requested_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        request.id.0,
        request.plan.as_str(),
        request.note.as_ref().map(Note::as_str),
        request.requested_by.map(|member| member.0),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Answers a request.
pub async fn answer(
    connection: &mut Connection,
    id: OrganizationId,
    request: PlanRequestId,
    answer: PlanAnswer,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE plan_requests SET answered_at = $3, answer = $4
        WHERE organization_id = $1 AND plan_request_id = $2",
        id.0,
        request.0,
        now,
        answer.code()
    )
    .execute(connection)
    .await?;
    Ok(())
}

struct Row {
    plan_request_id: Uuid,
    organization_id: Uuid,
    organization_name: String,
    from: String,
    plan_code: String,
    note: Option<String>,
    requested_by: Option<Uuid>,
    requested_by_name: Option<String>,
    requested_at: DateTime<Utc>,
}

impl TryFrom<Row> for PlanRequest {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: PlanRequestId(row.plan_request_id),
            organization_id: OrganizationId(row.organization_id),
            organization_name: row.organization_name,
            from: row.from.parse()?,
            plan: row.plan_code.parse()?,
            note: row.note,
            requested_by: row.requested_by.map(MemberId),
            requested_by_name: row.requested_by_name,
            requested_at: row.requested_at,
        })
    }
}

/// Up to `size` requests that nobody has answered yet, oldest first: of one organization, of which
/// there is at most one, or of all.
pub async fn open(
    connection: &mut Connection,
    organization: Option<OrganizationId>,
    size: i64,
) -> Result<Vec<PlanRequest>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.plan_request_id, r.organization_id, o.name AS organization_name,
            o.plan_code AS "from", r.plan_code, r.note, r.requested_by,
            m.name AS "requested_by_name?", r.requested_at
        FROM plan_requests r JOIN organizations o USING (organization_id)
        LEFT JOIN members m
            ON m.organization_id = r.organization_id AND m.member_id = r.requested_by
        WHERE r.answered_at IS NULL AND ($1::uuid IS NULL OR r.organization_id = $1)
        ORDER BY r.requested_at, r.plan_request_id LIMIT $2"#,
        organization.map(|organization| organization.0),
        size
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}
