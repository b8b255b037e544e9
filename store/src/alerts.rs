//! What organizations set for their alerts, and how far they were told that limits are used.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    alerts::{AlertSettings, LimitPeriod, Mark},
    ids::OrganizationId,
};

/// What an organization has set, and how often that was edited; `None`: never.
pub async fn settings(
    connection: &mut Connection,
    organization: OrganizationId,
) -> Result<Option<(AlertSettings, i64)>> {
    let row = sqlx::query!(
        "SELECT settings, version FROM alert_settings WHERE organization_id = $1",
        organization.0
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((serde_json::from_value(row.settings)?, row.version))).transpose()
}

/// Saves what an organization sets.
pub async fn save_settings(
    connection: &mut Connection,
    organization: OrganizationId,
    settings: &AlertSettings,
    version: i64,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO alert_settings (organization_id, settings, version) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT alert_settings_pkey
        DO UPDATE SET settings = EXCLUDED.settings, version = EXCLUDED.version",
        organization.0,
        serde_json::to_value(settings)?,
        version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An organization that has switched digests or reports on.
#[derive(Clone, Copy, Debug)]
pub struct Wanting {
    /// Which.
    pub id: OrganizationId,
    /// Whether it wants the digest of each week.
    pub weekly: bool,
    /// Whether it wants the report of each month.
    pub monthly: bool,
}

/// Up to `size` organizations that have switched digests or reports on, after one of them.
pub async fn wanting_digests(
    connection: &mut Connection,
    after: Option<OrganizationId>,
    size: i64,
) -> Result<Vec<Wanting>> {
    let rows = sqlx::query!(
        r#"SELECT s.organization_id, (s.settings ->> 'weekly_digest')::boolean AS "weekly!",
            (s.settings ->> 'month_report')::boolean AS "monthly!"
        FROM alert_settings s JOIN organizations o USING (organization_id)
        WHERE ($1::uuid IS NULL OR s.organization_id > $1) AND o.status = 'active'
            AND ((s.settings ->> 'weekly_digest')::boolean
                OR (s.settings ->> 'month_report')::boolean)
        ORDER BY s.organization_id LIMIT $2"#,
        after.map(|id| id.0),
        size
    )
    .fetch_all(connection)
    .await?;
    let wanting = rows.into_iter().map(|row| Wanting {
        id: OrganizationId(row.organization_id),
        weekly: row.weekly,
        monthly: row.monthly,
    });
    Ok(wanting.collect())
}

/// The columns of the key of marks.
struct Keys {
    meters: Vec<String>,
    scopes: Vec<String>,
    scope_ids: Vec<String>,
    periods: Vec<String>,
    ends: Vec<Option<DateTime<Utc>>>,
}

impl Keys {
    fn of<'a>(limits: impl Iterator<Item = &'a LimitPeriod>) -> Self {
        let mut keys = Self {
            meters: Vec::new(),
            scopes: Vec::new(),
            scope_ids: Vec::new(),
            periods: Vec::new(),
            ends: Vec::new(),
        };
        for LimitPeriod { name, ends_at } in limits {
            keys.meters.push(name.meter.to_string());
            keys.scopes.push(name.scope.as_str().to_owned());
            keys.scope_ids.push(name.scope_id.to_string());
            keys.periods.push(name.period.to_string());
            keys.ends.push(*ends_at);
        }
        keys
    }
}

/// How far people were told of each of these limits, in their order; `None`: not at all.
pub async fn marks(
    connection: &mut Connection,
    organization: OrganizationId,
    limits: &[LimitPeriod],
) -> Result<Vec<Option<Mark>>> {
    let keys = Keys::of(limits.iter());
    let rows = sqlx::query!(
        r#"SELECT m.limit_then AS "limit_then?", m.reached AS "reached?"
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
            WITH ORDINALITY AS k (meter, scope, scope_id, period, ends_at, place)
        LEFT JOIN LATERAL (
            SELECT limit_then, reached FROM alert_marks m
            WHERE m.organization_id = $1 AND m.meter_code = k.meter AND m.scope = k.scope
                AND m.scope_id = k.scope_id AND m.period = k.period
                AND m.ends_at = COALESCE(k.ends_at, 'infinity') OFFSET 0
        ) m ON true
        ORDER BY k.place"#,
        organization.0,
        &keys.meters,
        &keys.scopes,
        &keys.scope_ids,
        &keys.periods,
        &keys.ends as &[Option<DateTime<Utc>>]
    )
    .fetch_all(connection)
    .await?;
    let mark = |limit: Option<i64>, reached: Option<i16>| {
        Some(Mark { limit: limit?, reached: u8::try_from(reached?).ok()? })
    };
    Ok(rows.into_iter().map(|row| mark(row.limit_then, row.reached)).collect())
}

/// Notes how far people are told of limits by now.
pub async fn save_marks(
    connection: &mut Connection,
    organization: OrganizationId,
    marks: &[(LimitPeriod, Mark)],
) -> Result<()> {
    let keys = Keys::of(marks.iter().map(|(limit, _)| limit));
    sqlx::query!(
        "INSERT INTO alert_marks
            (organization_id, meter_code, scope, scope_id, period, ends_at, limit_then, reached)
        SELECT $1, k.meter, k.scope, k.scope_id, k.period, COALESCE(k.ends_at, 'infinity'),
            k.limit_then, k.reached
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[],
            $8::smallint[]) AS k (meter, scope, scope_id, period, ends_at, limit_then, reached)
        ON CONFLICT ON CONSTRAINT alert_marks_pkey
        DO UPDATE SET limit_then = EXCLUDED.limit_then, reached = EXCLUDED.reached",
        organization.0,
        &keys.meters,
        &keys.scopes,
        &keys.scope_ids,
        &keys.periods,
        &keys.ends as &[Option<DateTime<Utc>>],
        &marks.iter().map(|(_, mark)| mark.limit).collect::<Vec<i64>>(),
        &marks.iter().map(|(_, mark)| i16::from(mark.reached)).collect::<Vec<i16>>()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes marks of periods that ended before `before`, at most `size`; how many.
pub async fn remove_ended_marks(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let removed = sqlx::query!(
        "DELETE FROM alert_marks WHERE ctid IN (
            SELECT ctid FROM alert_marks WHERE ends_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(removed.execute(connection).await?.rows_affected())
}
