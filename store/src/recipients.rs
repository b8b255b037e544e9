//! Members as those who are told of something, and of whom.

use crate::{Connection, Result};
use domain::{
    access::Role,
    ids::{MemberId, OrganizationId, SubtenantId},
};
use uuid::Uuid;

/// What a member is called, whether they are still there or not.
pub async fn name(
    connection: &mut Connection,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Option<String>> {
    let name = sqlx::query_scalar!(
        "SELECT name FROM members WHERE organization_id = $1 AND member_id = $2",
        organization.0,
        id.0
    );
    Ok(name.fetch_optional(connection).await?)
}

/// Those of `members` who are active.
pub async fn active_of(
    connection: &mut Connection,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<Vec<MemberId>> {
    let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    let ids = sqlx::query_scalar!(
        "SELECT m.member_id FROM unnest($2::uuid[]) AS k (id), LATERAL (
            SELECT member_id FROM members m
            WHERE m.organization_id = $1 AND m.member_id = k.id AND m.status = 'active' OFFSET 0
        ) m",
        organization.0,
        &members
    );
    Ok(ids.fetch_all(connection).await?.into_iter().map(MemberId).collect())
}

/// Up to `size` active members who have one of these roles; where a subtenant is named, of those who
/// belong to it.
pub async fn with_roles(
    connection: &mut Connection,
    organization: OrganizationId,
    roles: &[Role],
    subtenant: Option<SubtenantId>,
    size: i64,
) -> Result<Vec<MemberId>> {
    let roles: Vec<String> = roles.iter().map(|role| role.code().to_owned()).collect();
    let ids = sqlx::query_scalar!(
        "SELECT m.member_id FROM members m
        WHERE m.organization_id = $1 AND m.status = 'active'
            AND ($3::uuid IS NULL OR m.subtenant_id = $3)
            AND EXISTS (SELECT FROM member_roles r WHERE r.organization_id = $1
                AND r.member_id = m.member_id AND r.role = ANY($2))
        ORDER BY m.member_id LIMIT $4",
        organization.0,
        &roles,
        subtenant.map(|subtenant| subtenant.0),
        size
    );
    Ok(ids.fetch_all(connection).await?.into_iter().map(MemberId).collect())
}
