//! Members' custom credit limits with the time in which each is in force.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    amount::{Amount, BasisPoints},
    credits::CreditCap,
    ids::{MemberId, OrganizationId},
    member_limits::LimitSchedule,
    period::Window,
    quotas::InForce,
};
use uuid::Uuid;

/// A custom limit of an active member that is in force, and what was used of it.
#[derive(Clone, Copy, Debug)]
pub struct LimitInForce {
    /// Whose limit.
    pub member: MemberId,
    /// The limit as it was entered.
    pub cap: CreditCap,
    /// The same in credits.
    pub amount: Amount,
    /// When it ends by itself; `None` has no end.
    pub to: Option<DateTime<Utc>>,
    /// Used and held in the window that was asked about.
    pub taken: i64,
}

/// A limit to be put into force.
#[derive(Clone, Copy, Debug)]
pub struct NewLimit {
    /// Its id.
    pub id: Uuid,
    /// Whose limit.
    pub member: MemberId,
    /// The limit as it was entered.
    pub cap: CreditCap,
    /// The same in credits.
    pub amount: Amount,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; `None` has no end.
    pub to: Option<DateTime<Utc>>,
}

/// A member's limits from now on.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whose limits.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Counts edits of the member.
    pub version: i64,
    /// The limits as they were entered.
    pub schedule: LimitSchedule,
    /// The one in force, in credits.
    pub amount: Option<Amount>,
}

/// Puts a stored limit together again.
pub(crate) fn cap(amount: i64, basis_points: Option<i64>) -> Result<(CreditCap, Amount)> {
    let amount = Amount::parse("amount", amount)?;
    let cap = match basis_points {
        None => CreditCap::Credits { amount },
        Some(points) => {
            CreditCap::Percent { basis_points: BasisPoints::parse("basis_points", points)? }
        }
    };
    Ok((cap, amount))
}

/// The custom limits of active members in force at `now`, with what was used and is held of them
/// in `window`: by their balances, or where there is none yet, by the ledger.
pub async fn in_force(
    connection: &mut Connection,
    id: OrganizationId,
    window: Window,
    now: DateTime<Utc>,
) -> Result<Vec<LimitInForce>> {
    let rows = sqlx::query!(
        r#"SELECT l.member_id, l.amount, l.basis_points, upper(l.valid) AS "to", COALESCE((
                SELECT b.periods[n * 6 + 3] + b.periods[n * 6 + 5]
                FROM balances b, generate_series(0, cardinality(b.periods) / 6 - 1) n
                WHERE b.organization_id = $1 AND b.holder_kind = 'member'
                    AND b.holder_id = l.member_id AND b.meter_code = 'credits'
                    AND b.periods[n * 6 + 1] = $5 AND b.periods[n * 6 + 2] = $6
            ), (
                SELECT sum(e.amount + e.reserved) FROM ledger e
                WHERE e.organization_id = $1 AND e.member_id = l.member_id
                    AND e.meter_code = 'credits' AND e.counts_at >= $2 AND e.counts_at < $3
                    AND e.recorded_at >= $2 AND e.recorded_at < $4::timestamptz + interval '1 day'
            )::bigint, 0) AS "taken!"
        FROM member_limits l
        JOIN members m ON m.organization_id = $1 AND m.member_id = l.member_id
        WHERE l.organization_id = $1 AND l.valid @> $4::timestamptz AND m.status = 'active'
        ORDER BY l.member_id"#,
        id.0,
        window.starts_at,
        window.ends_at,
        now,
        window.starts_at.timestamp_micros(),
        window.ends_at.timestamp_micros()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (cap, amount) = cap(row.amount, row.basis_points)?;
            let (member, to, taken) = (MemberId(row.member_id), row.to, row.taken);
            Ok(LimitInForce { member, cap, amount, to, taken })
        })
        .collect()
}

/// The next moment after `now` at which a limit begins or ends.
pub async fn next_change(
    connection: &mut Connection,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let next = sqlx::query_scalar!(
        "SELECT min(boundary) FROM member_limits,
            LATERAL (VALUES (lower(valid)), (upper(valid))) AS boundaries (boundary)
        WHERE organization_id = $1 AND boundary > $2 AND boundary < 'infinity'",
        id.0,
        now
    );
    Ok(next.fetch_one(connection).await?)
}

/// Ends the limits of `members` that are in force at `now`; one that begins at this very instant
/// never was in force, and goes.
pub async fn close(
    connection: &mut Connection,
    id: OrganizationId,
    members: &[MemberId],
    now: DateTime<Utc>,
) -> Result<()> {
    let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    sqlx::query!(
        "DELETE FROM member_limits WHERE organization_id = $1 AND member_id = ANY($2)
            AND lower(valid) = $3",
        id.0,
        &members,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE member_limits SET valid = tstzrange(lower(valid), $3)
        WHERE organization_id = $1 AND member_id = ANY($2) AND valid @> $3::timestamptz",
        id.0,
        &members,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes back the limits of `members` that were to begin after `now`.
pub async fn withdraw(
    connection: &mut Connection,
    id: OrganizationId,
    members: &[MemberId],
    now: DateTime<Utc>,
) -> Result<()> {
    let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    sqlx::query!(
        "DELETE FROM member_limits WHERE organization_id = $1 AND member_id = ANY($2)
            AND lower(valid) > $3",
        id.0,
        &members,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts limits into force. Those of the same time must be closed or withdrawn.
pub async fn open(
    connection: &mut Connection,
    id: OrganizationId,
    limits: &[NewLimit],
) -> Result<()> {
    let points = |cap: CreditCap| match cap {
        CreditCap::Credits { .. } => None,
        CreditCap::Percent { basis_points } => Some(basis_points.get()),
    };
    let ids: Vec<Uuid> = limits.iter().map(|limit| limit.id).collect();
    let members: Vec<Uuid> = limits.iter().map(|limit| limit.member.0).collect();
    let points: Vec<Option<i64>> = limits.iter().map(|limit| points(limit.cap)).collect();
    let amounts: Vec<i64> = limits.iter().map(|limit| limit.amount.get()).collect();
    let starts: Vec<DateTime<Utc>> = limits.iter().map(|limit| limit.from).collect();
    let ends: Vec<Option<DateTime<Utc>>> = limits.iter().map(|limit| limit.to).collect();
    sqlx::query!(
        "INSERT INTO member_limits
            (organization_id, member_limit_id, member_id, kind, basis_points, amount, valid)
        SELECT $1, t.id, t.member, CASE WHEN t.points IS NULL THEN 'credits' ELSE 'percent' END,
            t.points, t.amount, tstzrange(t.starts_at, t.ends_at)
        FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::timestamptz[],
            $7::timestamptz[]) AS t (id, member, points, amount, starts_at, ends_at)",
        id.0,
        &ids,
        &members,
        &points as &[Option<i64>],
        &amounts,
        &starts,
        &ends as &[Option<DateTime<Utc>>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How the limits of `members` stand, in the order of `members`; one that there is not, or not any
/// more, is left out.
pub async fn standing(
    connection: &mut Connection,
    id: OrganizationId,
    members: &[MemberId],
    now: DateTime<Utc>,
) -> Result<Vec<Standing>> {
    let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    let rows = sqlx::query!(
        r#"SELECT m.member_id, m.name, m.version, l.amount AS "amount?",
            l.basis_points AS "basis_points?",
            COALESCE(upper(l.valid), lower(n.valid)) AS "ends_at?",
            n.amount AS "then_amount?", n.basis_points AS "then_points?"
        FROM unnest($2::uuid[]) WITH ORDINALITY AS k (id, position), LATERAL (
            SELECT * FROM members m WHERE m.organization_id = $1 AND m.member_id = k.id
                AND m.status <> 'removed' OFFSET 0
        ) m LEFT JOIN LATERAL (
            SELECT * FROM member_limits l WHERE l.organization_id = $1
                AND l.member_id = m.member_id AND l.valid @> $3::timestamptz OFFSET 0
        ) l ON true LEFT JOIN LATERAL (
            SELECT * FROM member_limits n WHERE n.organization_id = $1
                AND n.member_id = m.member_id AND lower(n.valid) > $3
            ORDER BY lower(n.valid) LIMIT 1
        ) n ON true
        ORDER BY k.position"#,
        id.0,
        &members,
        now
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let in_force = row.amount.map(|amount| cap(amount, row.basis_points)).transpose()?;
            let then = row.then_amount.map(|amount| cap(amount, row.then_points)).transpose()?;
            let schedule = LimitSchedule {
                cap: in_force.map(|(cap, _)| cap),
                ends_at: row.ends_at,
                then: then.map(|(cap, _)| cap),
            };
            Ok(Standing {
                member: MemberId(row.member_id),
                name: row.name,
                version: row.version,
                schedule,
                amount: in_force.map(|(_, amount)| amount),
            })
        })
        .collect()
}

/// The limits in credits that are in force after `since`, with their times: of `members`, or of
/// everybody.
pub async fn since(
    connection: &mut Connection,
    id: OrganizationId,
    members: Option<&[Uuid]>,
    since: DateTime<Utc>,
) -> Result<Vec<(MemberId, InForce<Amount>)>> {
    let rows = sqlx::query!(
        r#"SELECT member_id, amount, lower(valid) AS "from!", upper(valid) AS "to"
        FROM member_limits
        WHERE organization_id = $1 AND ($2::uuid[] IS NULL OR member_id = ANY($2))
            AND valid && tstzrange($3::timestamptz, NULL)
        ORDER BY lower(valid)"#,
        id.0,
        members,
        since
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let value = Amount::parse("amount", row.amount)?;
            Ok((MemberId(row.member_id), InForce { value, from: row.from, to: row.to }))
        })
        .collect()
}

/// The last `size` limits of a member that have begun by `now`, the latest first.
pub async fn history(
    connection: &mut Connection,
    id: OrganizationId,
    member: MemberId,
    size: i64,
    now: DateTime<Utc>,
) -> Result<Vec<(CreditCap, InForce<Amount>)>> {
    let rows = sqlx::query!(
        r#"SELECT amount, basis_points, lower(valid) AS "from!", upper(valid) AS "to"
        FROM member_limits
        WHERE organization_id = $1 AND member_id = $2 AND lower(valid) <= $4
        ORDER BY lower(valid) DESC LIMIT $3"#,
        id.0,
        member.0,
        size,
        now
    );
    let rows = rows.fetch_all(connection).await?.into_iter().map(|row| {
        let (cap, value) = cap(row.amount, row.basis_points)?;
        Ok((cap, InForce { value, from: row.from, to: row.to }))
    });
    rows.collect()
}
