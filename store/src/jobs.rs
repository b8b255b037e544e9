//! Jobs: what their workers say of them. What they hold is a reservation under the same id, and both are
//! written together.

use crate::{
    Connection, Result,
    reservations::{Reservation, Row, Wanted},
};
use chrono::{DateTime, Utc};
use domain::{
    ids::OrganizationId,
    input::{Code, Name},
    jobs::{Job, JobEnd},
    settlement::TimeToLive,
};
use uuid::Uuid;

/// What a row says of a job, if it does: all is empty for a reservation without one.
pub(crate) struct JobRow {
    pub name: Option<String>,
    pub rows: Option<i64>,
    pub ttl_seconds: Option<i64>,
    pub processed: Option<i64>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl JobRow {
    pub(crate) fn read(self) -> Result<Option<Job>> {
        let (Some(rows), Some(processed)) = (self.rows, self.processed) else { return Ok(None) };
        let failure = self.reason.map(|reason| reason.parse()).transpose()?;
        let detail = self.detail.map(|detail| detail.parse()).transpose()?;
        Ok(Some(Job {
            name: self.name.map(|name| name.parse()).transpose()?,
            rows,
            time_to_live: TimeToLive::parse(self.ttl_seconds)?,
            processed,
            end: self.ended_at.map(|at| JobEnd { at, failure, detail }),
        }))
    }
}

/// The jobs among `reservations`, each with its reservation.
fn jobs<'a>(reservations: &[&'a Reservation]) -> Vec<(&'a Reservation, &'a Job)> {
    let job = |of: &&'a Reservation| of.job.as_ref().map(|job| (*of, job));
    reservations.iter().filter_map(job).collect()
}

/// Adds the jobs that new reservations are for. The organization must be locked.
pub(crate) async fn insert(
    connection: &mut Connection,
    id: OrganizationId,
    reservations: &[&Reservation],
) -> Result<()> {
    let jobs = jobs(reservations);
    if jobs.is_empty() {
        return Ok(());
    }
    let each = jobs.iter();
    let name = |job: &Job| job.name.as_ref().map(Name::to_string);
    sqlx::query!(
        "INSERT INTO jobs (organization_id, job_id, name, rows, ttl_seconds, processed, state,
            started_at)
        SELECT $1, t.* FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[],
            $6::bigint[], $7::text[], $8::timestamptz[]) AS t",
        id.0,
        &each.clone().map(|(of, _)| of.id.0).collect::<Vec<Uuid>>(),
        &each.clone().map(|(_, job)| name(job)).collect::<Vec<_>>() as &[Option<String>],
        &each.clone().map(|(_, job)| job.rows).collect::<Vec<i64>>(),
        &each.clone().map(|(_, job)| job.time_to_live.seconds()).collect::<Vec<i64>>(),
        &each.clone().map(|(_, job)| job.processed).collect::<Vec<i64>>(),
        &each.clone().map(|(_, job)| job.state().code().to_owned()).collect::<Vec<String>>(),
        &each.map(|(of, _)| of.held_at).collect::<Vec<DateTime<Utc>>>()
    )
    .execute(&mut *connection)
    .await?;
    // One that began and ended in the same batch.
    let ended: Vec<&Reservation> =
        jobs.iter().filter(|(_, job)| job.end.is_some()).map(|(of, _)| *of).collect();
    save(connection, id, &ended).await
}

/// Writes how far the jobs of reservations have come, or how they ended. The organization must be locked.
pub(crate) async fn save(
    connection: &mut Connection,
    id: OrganizationId,
    reservations: &[&Reservation],
) -> Result<()> {
    let jobs = jobs(reservations);
    if jobs.is_empty() {
        return Ok(());
    }
    let each = jobs.iter();
    let ends = each.clone().map(|(_, job)| job.end.as_ref());
    let reason = |end: &JobEnd| end.failure.map(|failure| failure.code().to_owned());
    let reasons = ends.clone().map(|end| end.and_then(reason));
    let detail = |end: &JobEnd| end.detail.as_ref().map(ToString::to_string);
    let details = ends.clone().map(|end| end.and_then(detail));
    sqlx::query!(
        "UPDATE jobs j SET processed = t.processed, state = t.state, reason = t.reason,
            detail = t.detail, ended_at = t.ended_at
        FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[]) AS t (job_id, processed, state, reason, detail, ended_at)
        WHERE j.organization_id = $1 AND j.job_id = t.job_id",
        id.0,
        &each.clone().map(|(of, _)| of.id.0).collect::<Vec<Uuid>>(),
        &each.clone().map(|(_, job)| job.processed).collect::<Vec<i64>>(),
        &each.map(|(_, job)| job.state().code().to_owned()).collect::<Vec<String>>(),
        &reasons.collect::<Vec<_>>() as &[Option<String>],
        &details.collect::<Vec<_>>() as &[Option<String>],
        &ends.map(|end| end.map(|end| end.at)).collect::<Vec<_>>() as &[Option<DateTime<Utc>>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The reservations of jobs, newest first.
pub async fn list(connection: &mut Connection, wanted: &Wanted<'_>) -> Result<Vec<Reservation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT r.reservation_id, r.member_id, r.subtenant_id, r.operation_code, r.quantity,
            r.charges, r.held_at, r.expires_at, r.status, j.name, j.rows AS "rows?",
            j.ttl_seconds AS "ttl_seconds?", j.processed AS "processed?", j.reason, j.detail,
            j.ended_at
        FROM jobs j, LATERAL (
            SELECT * FROM reservations r
            WHERE r.organization_id = $1 AND r.reservation_id = j.job_id OFFSET 0
        ) r
        WHERE j.organization_id = $1 AND ($2::text IS NULL OR j.state = $2)
            AND ($3::uuid IS NULL OR r.member_id = $3)
            AND ($4::text IS NULL OR r.operation_code = $4)
            AND ($5::uuid[] IS NULL OR r.subtenant_id = ANY ($5))
            AND (j.started_at, j.job_id) < ($6, $7)
        ORDER BY j.started_at DESC, j.job_id DESC LIMIT $8"#,
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

/// Removes up to `size` jobs of all organizations that ended before `before`; how many. What they used
/// stays in the ledger.
pub async fn remove_older(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM jobs WHERE ctid IN (SELECT ctid FROM jobs WHERE ended_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(done.execute(connection).await?.rows_affected())
}
