//! What was used of the credits, for pages that look at all members or at many days.

use crate::{Connection, Result, member_limits::cap};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    credits::{CreditCap, Taken},
    ids::{MemberId, OrganizationId},
    period::{TimeZone, Window},
    warnings::Concerned,
};

/// How all members and their limits stand together.
#[derive(Clone, Debug)]
pub struct Together {
    /// Active members.
    pub active: i64,
    /// Those of them with a limit of their own.
    pub limited: i64,
    /// Credits of all those limits.
    pub promised: i64,
    /// Those who have used all of theirs.
    pub reached: Concerned,
    /// Those who have used more.
    pub past: Concerned,
}

/// Sums up active members' limits in force at `now`, and compares them with what was used and is
/// held in `window`.
pub async fn together(
    connection: &mut Connection,
    id: OrganizationId,
    window: Window,
    now: DateTime<Utc>,
) -> Result<Together> {
    let row = sqlx::query!(
        r#"WITH balance AS MATERIALIZED (
            SELECT b.holder_id AS member_id, b.periods[n * 6 + 3] + b.periods[n * 6 + 5] AS taken
            FROM balances b, generate_series(0, cardinality(b.periods) / 6 - 1) n
            WHERE b.organization_id = $1 AND b.holder_kind = 'member' AND b.meter_code = 'credits'
                AND b.periods[n * 6 + 1] = $5 AND b.periods[n * 6 + 2] = $6
        ), active AS MATERIALIZED (
            SELECT member_id, name FROM members WHERE organization_id = $1 AND status = 'active'
        ), limited AS MATERIALIZED (
            SELECT m.name, l.amount, COALESCE(b.taken, (
                SELECT sum(e.amount + e.reserved) FROM ledger e
                WHERE e.organization_id = $1 AND e.member_id = l.member_id
                    AND e.meter_code = 'credits' AND e.counts_at >= $2 AND e.counts_at < $3
                    AND e.recorded_at >= $2 AND e.recorded_at < $4::timestamptz + interval '1 day'
            )::bigint, 0) AS taken
            FROM member_limits l JOIN active m USING (member_id) LEFT JOIN balance b USING (member_id)
            WHERE l.organization_id = $1 AND l.valid @> $4::timestamptz
        )
        SELECT (SELECT count(*) FROM active) AS "active!", count(*) AS "limited!",
            COALESCE(sum(amount), 0)::bigint AS "promised!",
            count(*) FILTER (WHERE taken = amount AND amount > 0) AS "reached!",
            COALESCE((array_agg(name ORDER BY name)
                FILTER (WHERE taken = amount AND amount > 0))[:3], '{}') AS "reached_names!",
            count(*) FILTER (WHERE taken > amount) AS "past!",
            COALESCE((array_agg(name ORDER BY name) FILTER (WHERE taken > amount))[:3], '{}')
                AS "past_names!"
        FROM limited"#,
        id.0,
        window.starts_at,
        window.ends_at,
        now,
        window.starts_at.timestamp_micros(),
        window.ends_at.timestamp_micros()
    )
    .fetch_one(connection)
    .await?;
    Ok(Together {
        active: row.active,
        limited: row.limited,
        promised: row.promised,
        reached: Concerned { count: row.reached, names: row.reached_names },
        past: Concerned { count: row.past, names: row.past_names },
    })
}

/// What everyone together took on each day of `zone` since `from`.
pub async fn by_day(
    connection: &mut Connection,
    id: OrganizationId,
    zone: TimeZone,
    from: DateTime<Utc>,
) -> Result<Vec<(NaiveDate, Taken)>> {
    let rows = sqlx::query!(
        r#"SELECT (counts_at AT TIME ZONE $3)::date AS "day!",
            sum(amount + reserved)::bigint AS "taken!",
            sum(amount + reserved - from_packs - reserved_from_packs)::bigint AS "from_allowance!"
        FROM ledger WHERE organization_id = $1 AND meter_code = 'credits' AND counts_at >= $2
            AND recorded_at >= $2
        GROUP BY 1 ORDER BY 1"#,
        id.0,
        from,
        zone.to_string()
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    let taken =
        rows.map(|row| (row.day, Taken { all: row.taken, from_allowance: row.from_allowance }));
    Ok(taken.collect())
}

/// A member with a limit, and what they took by day.
#[derive(Clone, Debug)]
pub struct LimitedDays {
    /// Their name.
    pub name: String,
    /// The limit as it was entered.
    pub cap: CreditCap,
    /// What they took in the billing month.
    pub month: i64,
    /// What they took on each day.
    pub days: Vec<(NaiveDate, i64)>,
}

/// Up to `size` active members with a limit, those who took the largest part of it in the billing
/// month first, with what they took on each day of `zone` since `from`.
pub async fn limited_by_day(
    connection: &mut Connection,
    id: OrganizationId,
    zone: TimeZone,
    (from, month): (DateTime<Utc>, DateTime<Utc>),
    (size, now): (i64, DateTime<Utc>),
) -> Result<Vec<LimitedDays>> {
    let rows = sqlx::query!(
        r#"WITH limited AS MATERIALIZED (
            SELECT m.member_id, m.name, l.amount, l.basis_points, COALESCE((
                SELECT sum(e.amount + e.reserved) FROM ledger e
                WHERE e.organization_id = $1 AND e.member_id = m.member_id
                    AND e.meter_code = 'credits' AND e.counts_at >= $4 AND e.recorded_at >= $4
            ), 0)::bigint AS month
            FROM members m JOIN member_limits l USING (organization_id, member_id)
            WHERE m.organization_id = $1 AND m.status = 'active' AND l.valid @> $6::timestamptz
        ), closest AS MATERIALIZED (
            SELECT *, row_number() OVER (
                ORDER BY month::numeric / GREATEST(amount, 1) DESC, member_id) AS position
            FROM limited ORDER BY position LIMIT $5
        )
        SELECT c.position AS "position!", c.name, c.amount, c.basis_points, c.month AS "month!",
            d.day AS "day?", d.taken AS "taken?"
        FROM closest c LEFT JOIN LATERAL (
            SELECT (e.counts_at AT TIME ZONE $3)::date AS day,
                sum(e.amount + e.reserved)::bigint AS taken
            FROM ledger e WHERE e.organization_id = $1 AND e.member_id = c.member_id
                AND e.meter_code = 'credits' AND e.counts_at >= $2 AND e.recorded_at >= $2
            GROUP BY 1
        ) d ON true
        ORDER BY c.position, d.day"#,
        id.0,
        from,
        zone.to_string(),
        month,
        size,
        now
    )
    .fetch_all(connection)
    .await?;
    let mut limited: Vec<(i64, LimitedDays)> = Vec::new();
    for row in rows {
        if limited.last().is_none_or(|(position, _)| *position != row.position) {
            let (cap, _) = cap(row.amount, row.basis_points)?;
            let of = LimitedDays { name: row.name, cap, month: row.month, days: Vec::new() };
            limited.push((row.position, of));
        }
        if let (Some((_, member)), Some(day)) = (limited.last_mut(), row.day.zip(row.taken)) {
            member.days.push(day);
        }
    }
    Ok(limited.into_iter().map(|(_, member)| member).collect())
}

/// What a member took between two moments.
pub async fn of_member(
    connection: &mut Connection,
    id: OrganizationId,
    member: MemberId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<i64> {
    let taken = sqlx::query_scalar!(
        r#"SELECT COALESCE(sum(amount + reserved), 0)::bigint AS "taken!" FROM ledger
        WHERE organization_id = $1 AND member_id = $2 AND meter_code = 'credits'
            AND counts_at >= $3 AND counts_at < $4 AND recorded_at >= $3"#,
        id.0,
        member.0,
        from,
        to
    );
    Ok(taken.fetch_one(connection).await?)
}
