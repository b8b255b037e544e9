//! Denied requests: how often limits said no, and why they did the last time.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{MemberId, OrganizationId, SubtenantId},
    input::Code,
    period::{Window, quarter_hour},
    refusals::{LimitName, RefusalCard, RefusalKind, Refusals},
};
use serde_json::Value;
use uuid::Uuid;

/// Adds denials of one moment to those of their quarter of an hour. Each kind must be there only once.
pub async fn record(
    connection: &mut Connection,
    id: OrganizationId,
    refusals: &[Refusals],
    now: DateTime<Utc>,
) -> Result<()> {
    let text = |of: fn(&RefusalKind) -> String| -> Vec<String> {
        refusals.iter().map(|refusals| of(&refusals.kind)).collect()
    };
    let number = |of: fn(&Refusals) -> i64| -> Vec<i64> { refusals.iter().map(of).collect() };
    let members = refusals.iter().map(|refusals| refusals.kind.member.map(|member| member.0));
    let subtenants = refusals.iter().map(|refusals| refusals.subtenant.map(|id| id.0));
    let chains = refusals.iter().map(|refusals| serde_json::to_value(&refusals.last.chain));
    let chains: Vec<Value> = chains.collect::<Result<_, _>>()?;
    sqlx::query!(
        "INSERT INTO refusals AS r (organization_id, starts_at, first_at, last_at, member_id,
            operation_code, meter_code, scope, scope_id, period, times, subtenant_id, quantity,
            would_fit, chain)
        SELECT $1, $2, $3, $3, t.* FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::bigint[], $11::uuid[], $12::bigint[], $13::bigint[],
            $14::jsonb[]) AS t
        ON CONFLICT ON CONSTRAINT refusals_key DO UPDATE SET times = r.times + EXCLUDED.times,
            first_at = LEAST(r.first_at, EXCLUDED.first_at),
            last_at = GREATEST(r.last_at, EXCLUDED.last_at),
            subtenant_id = EXCLUDED.subtenant_id, quantity = EXCLUDED.quantity,
            would_fit = EXCLUDED.would_fit, chain = EXCLUDED.chain",
        id.0,
        quarter_hour(now),
        now,
        &members.collect::<Vec<_>>() as &[Option<Uuid>],
        &text(|kind| kind.operation.to_string()),
        &text(|kind| kind.limit.meter.to_string()),
        &text(|kind| kind.limit.scope.as_str().to_owned()),
        &text(|kind| kind.limit.scope_id.to_string()),
        &text(|kind| kind.limit.period.to_string()),
        &number(|refusals| refusals.times),
        &subtenants.collect::<Vec<_>>() as &[Option<Uuid>],
        &number(|refusals| refusals.last.quantity),
        &number(|refusals| refusals.last.would_fit),
        &chains
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn limit(meter: &str, scope: &str, scope_id: &str, period: &str) -> Result<LimitName> {
    Ok(LimitName {
        meter: meter.parse()?,
        scope: scope.parse()?,
        scope_id: scope_id.parse()?,
        period: period.parse()?,
    })
}

/// Whose denials are looked for, and when they were.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// From when to when: quarters of an hour that begin in it.
    pub window: Window,
    /// Only those of members of this subtenant.
    pub subtenant: Option<SubtenantId>,
    /// Only those of this member.
    pub member: Option<MemberId>,
    /// How many rows are returned.
    pub size: i64,
}

/// How often a limit denied requests of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Who asked; `None` is the organization itself.
    pub member: Option<MemberId>,
    /// The limit that binds.
    pub limit: LimitName,
    /// How often.
    pub times: i64,
}

/// How often which limit denied requests of whom, the most frequent first.
pub async fn count(
    connection: &mut Connection,
    id: OrganizationId,
    wanted: Wanted,
) -> Result<Vec<Counted>> {
    let rows = sqlx::query!(
        r#"SELECT member_id, meter_code, scope, scope_id, period, sum(times)::bigint AS "times!"
        FROM refusals
        WHERE organization_id = $1 AND starts_at >= $2 AND starts_at < $3
            AND ($4::uuid IS NULL OR subtenant_id = $4) AND ($5::uuid IS NULL OR member_id = $5)
        GROUP BY member_id, meter_code, scope, scope_id, period
        ORDER BY 6 DESC, member_id, meter_code, scope, scope_id, period LIMIT $6"#,
        id.0,
        wanted.window.starts_at,
        wanted.window.ends_at,
        wanted.subtenant.map(|subtenant| subtenant.0),
        wanted.member.map(|member| member.0),
        wanted.size
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    let counted = rows.map(|row| {
        let limit = limit(&row.meter_code, &row.scope, &row.scope_id, &row.period)?;
        Ok(Counted { member: row.member_id.map(MemberId), limit, times: row.times })
    });
    counted.collect()
}

/// The newest denials of a member from `since` on.
pub async fn newest_of(
    connection: &mut Connection,
    id: OrganizationId,
    member: MemberId,
    since: DateTime<Utc>,
    size: i64,
) -> Result<Vec<Refusals>> {
    let rows = sqlx::query!(
        "SELECT operation_code, meter_code, scope, scope_id, period, times, first_at, last_at,
            subtenant_id, quantity, would_fit, chain
        FROM refusals WHERE organization_id = $1 AND member_id = $2 AND starts_at >= $3
        ORDER BY starts_at DESC, last_at DESC LIMIT $4",
        id.0,
        member.0,
        since,
        size
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    let refusals = rows.map(|row| {
        let operation: Code = row.operation_code.parse()?;
        let limit = limit(&row.meter_code, &row.scope, &row.scope_id, &row.period)?;
        let last = RefusalCard {
            quantity: row.quantity,
            would_fit: row.would_fit,
            chain: serde_json::from_value(row.chain)?,
        };
        Ok::<_, Error>(Refusals {
            kind: RefusalKind { member: Some(member), operation, limit },
            times: row.times,
            first_at: row.first_at,
            last_at: row.last_at,
            subtenant: row.subtenant_id.map(SubtenantId),
            last,
        })
    });
    refusals.collect()
}

/// Removes up to `size` rows of all organizations from before `before`; how many.
pub async fn remove_older(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM refusals WHERE ctid IN (
            SELECT ctid FROM refusals WHERE starts_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(done.execute(connection).await?.rows_affected())
}
