//! Members' custom credit limits with the time in which each is in force.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    amount::{Amount, BasisPoints},
    credits::CreditCap,
    ids::{MemberId, OrganizationId},
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
    /// Used and held in the window that was asked about.
    pub taken: i64,
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
        r#"SELECT l.member_id, l.amount, l.basis_points, COALESCE((
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
            Ok(LimitInForce { member: MemberId(row.member_id), cap, amount, taken: row.taken })
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

/// Puts limits into force from `now` on, without an end. The ones before must be closed.
pub async fn open(
    connection: &mut Connection,
    id: OrganizationId,
    limits: &[(Uuid, MemberId, CreditCap, Amount)],
    now: DateTime<Utc>,
) -> Result<()> {
    let points = |cap: &CreditCap| match cap {
        CreditCap::Credits { .. } => None,
        CreditCap::Percent { basis_points } => Some(basis_points.get()),
    };
    let ids: Vec<Uuid> = limits.iter().map(|limit| limit.0).collect();
    let members: Vec<Uuid> = limits.iter().map(|limit| limit.1.0).collect();
    let points: Vec<Option<i64>> = limits.iter().map(|limit| points(&limit.2)).collect();
    let amounts: Vec<i64> = limits.iter().map(|limit| limit.3.get()).collect();
    sqlx::query!(
        "INSERT INTO member_limits
            (organization_id, member_limit_id, member_id, kind, basis_points, amount, valid)
        SELECT $1, t.id, t.member, CASE WHEN t.points IS NULL THEN 'credits' ELSE 'percent' END,
            t.points, t.amount, tstzrange($6, NULL)
        FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[])
            AS t (id, member, points, amount)",
        id.0,
        &ids,
        &members,
        &points as &[Option<i64>],
        &amounts,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
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
