//! The table of members with what they use: which of them it shows, and how all of their limits
//! stand together.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{MemberId, OrganizationId},
    input::Code,
    member_table::{MemberQuery, Risk, SortBy},
    period::Window,
    views::MemberStatus,
};
use uuid::Uuid;

/// One page of a table, and how many members there are on all pages.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The members of the page, in the order of the table.
    pub members: Vec<MemberId>,
    /// Members on all pages.
    pub total: i64,
}

/// The members that `query` asks for, from `offset` on. What they used counts in `window`, only
/// where the order or the filter needs it: to find that out for thousands takes a while.
pub async fn find(
    connection: &mut Connection,
    id: OrganizationId,
    query: &MemberQuery,
    window: Window,
    (offset, size): (i64, i64),
    now: DateTime<Utc>,
) -> Result<Found> {
    let by_use = query.risk.is_some() || matches!(query.sort.by, SortBy::Limit | SortBy::Used);
    if by_use {
        find_by_use(connection, id, query, window, (offset, size), now).await
    } else {
        find_by_name(connection, id, query, (offset, size)).await
    }
}

async fn find_by_name(
    connection: &mut Connection,
    id: OrganizationId,
    query: &MemberQuery,
    (offset, size): (i64, i64),
) -> Result<Found> {
    let rows = sqlx::query!(
        r#"WITH found AS MATERIALIZED (
            SELECT member_id, name, status FROM members
            WHERE organization_id = $1 AND status <> 'removed'
                AND ($2 = '' OR strpos(lower(name), lower($2)) > 0 OR strpos(email, lower($2)) > 0
                    OR strpos(lower(external_id), lower($2)) > 0)
                AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR subtenant_id = $4)
        )
        SELECT member_id, (SELECT count(*) FROM found) AS "total!" FROM found
        ORDER BY CASE WHEN $5 AND NOT $6 THEN status END, CASE WHEN $5 AND $6 THEN status END DESC,
            CASE WHEN $6 AND NOT $5 THEN name END DESC, name, member_id
        OFFSET $7 LIMIT $8"#,
        id.0,
        query.search.as_str(),
        query.status.map(MemberStatus::code),
        query.subtenant.map(|subtenant| subtenant.0),
        query.sort.by == SortBy::Status,
        query.sort.descending,
        offset,
        size
    );
    let rows = rows.fetch_all(connection).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let members = rows.into_iter().map(|row| MemberId(row.member_id)).collect();
    Ok(Found { members, total })
}

async fn find_by_use(
    connection: &mut Connection,
    id: OrganizationId,
    query: &MemberQuery,
    window: Window,
    (offset, size): (i64, i64),
    now: DateTime<Utc>,
) -> Result<Found> {
    let rows = sqlx::query!(
        r#"WITH balance AS MATERIALIZED (
            SELECT b.holder_id AS member_id, b.periods[n * 6 + 3] + b.periods[n * 6 + 5] AS taken
            FROM balances b, generate_series(0, cardinality(b.periods) / 6 - 1) n
            WHERE b.organization_id = $1 AND b.holder_kind = 'member' AND b.meter_code = 'credits'
                AND b.periods[n * 6 + 1] = $12 AND b.periods[n * 6 + 2] = $13
        ), limits AS MATERIALIZED (
            SELECT member_id, amount FROM member_limits
            WHERE organization_id = $1 AND valid @> $9::timestamptz
        ), found AS MATERIALIZED (
            SELECT m.member_id, m.name, l.amount, COALESCE(b.taken, (
                SELECT sum(e.amount + e.reserved) FROM ledger e
                WHERE e.organization_id = $1 AND e.member_id = m.member_id
                    AND e.meter_code = 'credits' AND e.counts_at >= $10 AND e.counts_at < $11
                    AND e.recorded_at >= $10 AND e.recorded_at < $9::timestamptz + interval '1 day'
            )::bigint, 0) AS taken
            FROM members m LEFT JOIN balance b USING (member_id) LEFT JOIN limits l USING (member_id)
            WHERE m.organization_id = $1 AND m.status <> 'removed'
                AND ($2 = '' OR strpos(lower(m.name), lower($2)) > 0
                    OR strpos(m.email, lower($2)) > 0 OR strpos(lower(m.external_id), lower($2)) > 0)
                AND ($3::text IS NULL OR m.status = $3)
                AND ($4::uuid IS NULL OR m.subtenant_id = $4)
        ), close AS MATERIALIZED (
            SELECT member_id, name, CASE WHEN $5 THEN taken ELSE amount END AS size FROM found
            WHERE $14::bigint IS NULL OR taken::numeric * 100 >= amount::numeric * $14
        )
        SELECT member_id, (SELECT count(*) FROM close) AS "total!" FROM close
        ORDER BY CASE WHEN $6 THEN -size ELSE size END NULLS LAST, name, member_id
        OFFSET $7 LIMIT $8"#,
        id.0,
        query.search.as_str(),
        query.status.map(MemberStatus::code),
        query.subtenant.map(|subtenant| subtenant.0),
        query.sort.by == SortBy::Used,
        query.sort.descending,
        offset,
        size,
        now,
        window.starts_at,
        window.ends_at,
        window.starts_at.timestamp_micros(),
        window.ends_at.timestamp_micros(),
        query.risk.map(Risk::from_percent)
    );
    let rows = rows.fetch_all(connection).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let members = rows.into_iter().map(|row| MemberId(row.member_id)).collect();
    Ok(Found { members, total })
}

/// Where a member stands in the company.
#[derive(Clone, Debug)]
pub struct Place {
    /// Who.
    pub member: MemberId,
    /// The name of the subtenant that they belong to.
    pub subtenant: Option<String>,
    /// What they do in the company: a job role of the catalogue.
    pub job_role: Code,
}

/// Where `members` stand in the company, in no particular order.
pub async fn places(
    connection: &mut Connection,
    id: OrganizationId,
    members: &[MemberId],
) -> Result<Vec<Place>> {
    let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    let rows = sqlx::query!(
        r#"SELECT m.member_id, s.name AS "subtenant?", m.job_role
        FROM unnest($2::uuid[]) AS k (id), LATERAL (
            SELECT * FROM members m WHERE m.organization_id = $1 AND m.member_id = k.id OFFSET 0
        ) m LEFT JOIN subtenants s ON s.organization_id = $1 AND s.subtenant_id = m.subtenant_id"#,
        id.0,
        &members
    );
    let rows = rows.fetch_all(connection).await?.into_iter().map(|row| {
        let (member, subtenant) = (MemberId(row.member_id), row.subtenant);
        Ok(Place { member, subtenant, job_role: row.job_role.parse()? })
    });
    rows.collect()
}
