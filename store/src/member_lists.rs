//! Members as lists show them: searched, sorted, page by page.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    access::Role,
    ids::{MemberId, OrganizationId, SubtenantId},
    input::Code,
    members::{JobRole, MemberFilter, MemberOrder, OfSubtenant},
    views::MemberStatus,
};
use uuid::Uuid;

/// A member with everything that administrators see of them.
#[derive(Clone, Debug)]
pub struct Details {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// The name that another system has for them.
    pub external_id: Option<String>,
    /// The part of the organization that they belong to, and its name.
    pub subtenant: Option<(SubtenantId, String)>,
    /// Whether they may use anything.
    pub status: MemberStatus,
    /// What they do in the company.
    pub job_role: JobRole,
    /// Their roles, from the most to the least powerful.
    pub roles: Vec<Role>,
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// When they joined; `None`: not yet.
    pub joined_at: Option<DateTime<Utc>>,
    /// When their open invitation was made, and until when it works.
    pub invitation: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Counts edits.
    pub version: i64,
}

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Which page of this size, from 1; one past the end is the last.
    pub page: i64,
    /// How many members at most.
    pub size: i64,
    /// Only who was added after this one.
    pub after: Option<MemberId>,
}

/// The members that `filter` asks for, in this order, and how many there are in the whole list.
/// Who was removed is in no list.
pub async fn search(
    connection: &mut Connection,
    organization: OrganizationId,
    filter: &MemberFilter,
    order: MemberOrder,
    part: Part,
) -> Result<(Vec<MemberId>, i64)> {
    let (without, subtenant) = match filter.subtenant {
        None => (false, None),
        Some(OfSubtenant::None) => (true, None),
        Some(OfSubtenant::Of(subtenant)) => (false, Some(subtenant.0)),
    };
    let rows = sqlx::query!(
        r#"WITH found AS (
            SELECT m.member_id, m.name, CASE $8
                WHEN 'status' THEN m.status
                WHEN 'job_role' THEN j.name
                WHEN 'subtenant' THEN s.name
                WHEN 'since' THEN to_char(COALESCE(m.joined_at, m.created_at) AT TIME ZONE 'UTC',
                    'YYYY-MM-DD HH24:MI:SS.US')
                WHEN 'added' THEN m.member_id::text
                ELSE lower(m.name) END AS key
            FROM members m JOIN job_roles j ON j.code = m.job_role
            LEFT JOIN subtenants s
                ON s.organization_id = m.organization_id AND s.subtenant_id = m.subtenant_id
            WHERE m.organization_id = $1 AND m.status <> 'removed'
                AND ($2::text IS NULL OR position(lower($2) IN lower(m.name)) > 0
                    OR position(lower($2) IN m.email) > 0)
                AND ($3::text IS NULL OR m.status = $3)
                AND ($4::text IS NULL OR m.job_role = $4)
                AND ($5::text IS NULL OR EXISTS (SELECT FROM member_roles r
                    WHERE r.organization_id = $1 AND r.member_id = m.member_id AND r.role = $5))
                AND ($6::uuid IS NULL OR m.subtenant_id = $6)
                AND (NOT $7 OR m.subtenant_id IS NULL)
        ), total AS (SELECT count(*) AS members FROM found)
        SELECT f.member_id, t.members AS "total!"
        FROM found f, total t
        WHERE $9::uuid IS NULL OR f.member_id > $9
        ORDER BY CASE WHEN NOT $10 THEN f.key END, CASE WHEN $10 THEN f.key END DESC NULLS LAST,
            f.name, f.member_id
        OFFSET (SELECT LEAST($11::bigint - 1, GREATEST(members - 1, 0) / $12::bigint) * $12
            FROM total)
        LIMIT $12"#,
        organization.0,
        filter.search,
        filter.status.map(MemberStatus::code),
        filter.job_role.as_ref().map(Code::as_str),
        filter.role.map(Role::code),
        subtenant,
        without,
        order.by.code(),
        part.after.map(|after| after.0),
        order.descending,
        part.page,
        part.size
    )
    .fetch_all(connection)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    Ok((rows.into_iter().map(|row| MemberId(row.member_id)).collect(), total))
}

/// These members, in this order; those who were removed are left out.
pub async fn details(
    connection: &mut Connection,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<Vec<Details>> {
    let ids: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    let rows = sqlx::query!(
        r#"SELECT m.member_id AS "member_id!", m.name AS "name!", m.email AS "email!",
            m.external_id AS "external_id?", m.subtenant_id AS "subtenant_id?",
            s.name AS "subtenant?", m.status AS "status!", m.job_role AS "job_role!",
            j.name AS "job_role_name!", m.created_at AS "created_at!",
            m.joined_at AS "joined_at?", i.created_at AS "invited_at?",
            i.expires_at AS "expires_at?", m.version AS "version!",
            ARRAY(SELECT r.role FROM member_roles r WHERE r.organization_id = $1
                AND r.member_id = m.member_id) AS "roles!"
        FROM unnest($2::uuid[]) WITH ORDINALITY AS k (id, position), LATERAL (
            SELECT * FROM members m WHERE m.organization_id = $1 AND m.member_id = k.id
                AND m.status <> 'removed' OFFSET 0
        ) m
        JOIN job_roles j ON j.code = m.job_role
        LEFT JOIN LATERAL (
            SELECT s.name FROM subtenants s
            WHERE s.organization_id = $1 AND s.subtenant_id = m.subtenant_id OFFSET 0
        ) s ON true
        LEFT JOIN LATERAL (
            SELECT i.created_at, i.expires_at FROM invitations i
            WHERE i.organization_id = $1 AND i.member_id = m.member_id
                AND i.ended_as IS NULL OFFSET 0
        ) i ON true
        ORDER BY k.position"#,
        organization.0,
        &ids
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let roles: Result<Vec<Role>, _> = row.roles.iter().map(|role| role.parse()).collect();
            let mut roles = roles?;
            roles.sort_unstable();
            Ok::<_, Error>(Details {
                id: MemberId(row.member_id),
                name: row.name,
                email: row.email,
                external_id: row.external_id,
                subtenant: row.subtenant_id.map(SubtenantId).zip(row.subtenant),
                status: row.status.parse()?,
                job_role: JobRole { code: row.job_role.parse()?, name: row.job_role_name },
                roles,
                created_at: row.created_at,
                joined_at: row.joined_at,
                invitation: row.invited_at.zip(row.expires_at),
                version: row.version,
            })
        })
        .collect()
}
