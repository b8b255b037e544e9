//! Members and their roles.

use crate::{Connection, Error, Result, member_limits::cap};
use chrono::{DateTime, Utc};
use domain::{
    access::Role,
    amount::Amount,
    credits::CreditCap,
    ids::{MemberId, OrganizationId, SubtenantId, UserId},
    input::{Code, Email, ExternalId, Name},
    views::MemberStatus,
};
use uuid::Uuid;

/// A member to be added.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Their id.
    pub id: MemberId,
    /// The user that signs in as this member, if anyone can.
    pub user: Option<UserId>,
    /// Their email.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// The name that another system has for them.
    pub external_id: Option<ExternalId>,
    /// The part of the organization that they belong to.
    pub subtenant: Option<SubtenantId>,
    /// Whether they may use anything.
    pub status: MemberStatus,
    /// What they do in the company: a job role of the catalogue.
    pub job_role: Code,
}

/// A member with the limit in force.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// The name that another system has for them.
    pub external_id: Option<String>,
    /// The part of the organization that they belong to.
    pub subtenant: Option<SubtenantId>,
    /// Whether they may use anything.
    pub status: MemberStatus,
    /// Their custom credit limit as entered, and in credits.
    pub cap: Option<(CreditCap, Amount)>,
    /// Counts edits.
    pub version: i64,
}

struct Row {
    member_id: Uuid,
    name: String,
    email: String,
    external_id: Option<String>,
    subtenant_id: Option<Uuid>,
    status: String,
    version: i64,
    amount: Option<i64>,
    basis_points: Option<i64>,
}

impl TryFrom<Row> for Member {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: MemberId(row.member_id),
            name: row.name,
            email: row.email,
            external_id: row.external_id,
            subtenant: row.subtenant_id.map(SubtenantId),
            status: row.status.parse()?,
            cap: row.amount.map(|amount| cap(amount, row.basis_points)).transpose()?,
            version: row.version,
        })
    }
}

/// Adds a member.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    member: &NewMember,
    roles: &[Role],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO members (organization_id, member_id, subtenant_id, user_id, email, name,
            external_id, status, job_role, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        organization.0,
        member.id.0,
        member.subtenant.map(|subtenant| subtenant.0),
        member.user.map(|user| user.0),
        member.email.as_str(),
        member.name.as_str(),
        member.external_id.as_ref().map(ExternalId::as_str),
        member.status.code(),
        member.job_role.as_str(),
        now
    )
    .execute(&mut *connection)
    .await?;
    set_roles(connection, organization, member.id, roles).await
}

/// Gives a member exactly these roles.
pub async fn set_roles(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    roles: &[Role],
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM member_roles WHERE organization_id = $1 AND member_id = $2",
        organization.0,
        member.0
    )
    .execute(&mut *connection)
    .await?;
    let roles: Vec<String> = roles.iter().map(|role| role.code().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO member_roles (organization_id, member_id, role)
        SELECT $1, $2, role FROM unnest($3::text[]) AS role",
        organization.0,
        member.0,
        &roles
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Renames a member.
pub async fn rename(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    name: &Name,
) -> Result<()> {
    sqlx::query!(
        "UPDATE members SET name = $3 WHERE organization_id = $1 AND member_id = $2",
        organization.0,
        member.0,
        name.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Members that take a seat: active and invited ones.
pub async fn seats_used(connection: &mut Connection, organization: OrganizationId) -> Result<i64> {
    let seats = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM members
        WHERE organization_id = $1 AND status <> 'inactive'"#,
        organization.0
    );
    Ok(seats.fetch_one(connection).await?)
}

/// All members, whatever their status.
pub async fn count(connection: &mut Connection, organization: OrganizationId) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM members WHERE organization_id = $1"#,
        organization.0
    );
    Ok(count.fetch_one(connection).await?)
}

/// One page of the members by name, with their limits in force at `now`.
pub async fn page(
    connection: &mut Connection,
    organization: OrganizationId,
    offset: i64,
    size: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Member>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT m.member_id, m.name, m.email, m.external_id, m.subtenant_id, m.status, m.version,
            l.amount AS "amount?", l.basis_points AS "basis_points?"
        FROM members m LEFT JOIN member_limits l
            ON l.organization_id = $1 AND l.member_id = m.member_id AND l.valid @> $4::timestamptz
        WHERE m.organization_id = $1 ORDER BY m.name, m.member_id OFFSET $2 LIMIT $3"#,
        organization.0,
        offset,
        size,
        now
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// The members that `references` name by id, external id or email, with their limits in force.
pub async fn find(
    connection: &mut Connection,
    organization: OrganizationId,
    references: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<Member>> {
    let ids: Vec<Uuid> = references.iter().filter_map(|text| text.parse().ok()).collect();
    let emails: Vec<String> = references.iter().map(|text| text.to_lowercase()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT m.member_id, m.name, m.email, m.external_id AS "external_id?",
            m.subtenant_id AS "subtenant_id?", m.status, m.version, l.amount AS "amount?",
            l.basis_points AS "basis_points?"
        FROM (
            SELECT k.id AS member_id FROM unnest($2::uuid[]) AS k (id)
            UNION
            SELECT m.member_id FROM unnest($3::text[]) AS k (name), LATERAL (
                SELECT m.member_id FROM members m
                WHERE m.organization_id = $1 AND m.external_id = k.name OFFSET 0
            ) m
            UNION
            SELECT m.member_id FROM unnest($4::text[]) AS k (email), LATERAL (
                SELECT m.member_id FROM members m
                WHERE m.organization_id = $1 AND m.email = k.email OFFSET 0
            ) m
        ) found, LATERAL (
            SELECT * FROM members m
            WHERE m.organization_id = $1 AND m.member_id = found.member_id OFFSET 0
        ) m LEFT JOIN LATERAL (
            SELECT * FROM member_limits l
            WHERE l.organization_id = $1 AND l.member_id = m.member_id
                AND l.valid @> $5::timestamptz OFFSET 0
        ) l ON true"#,
        organization.0,
        &ids,
        references,
        &emails,
        now
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// One member by id.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    id: MemberId,
    now: DateTime<Utc>,
) -> Result<Option<Member>> {
    let found = find(connection, organization, &[id.to_string()], now).await?;
    Ok(found.into_iter().find(|member| member.id == id))
}

/// Up to `size` active members, by name.
pub async fn active(
    connection: &mut Connection,
    organization: OrganizationId,
    size: i64,
) -> Result<Vec<MemberId>> {
    let ids = sqlx::query_scalar!(
        "SELECT member_id FROM members WHERE organization_id = $1 AND status = 'active'
        ORDER BY name, member_id LIMIT $2",
        organization.0,
        size
    );
    Ok(ids.fetch_all(connection).await?.into_iter().map(MemberId).collect())
}

/// Counts an edit of each of these members.
pub async fn touch(
    connection: &mut Connection,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<()> {
    let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
    sqlx::query!(
        "UPDATE members SET version = version + 1
        WHERE organization_id = $1 AND member_id = ANY($2)",
        organization.0,
        &members
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets a member belong to another subtenant, and counts the edit; the new version.
pub async fn set_subtenant(
    connection: &mut Connection,
    organization: OrganizationId,
    id: MemberId,
    subtenant: Option<SubtenantId>,
) -> Result<i64> {
    let version = sqlx::query_scalar!(
        "UPDATE members SET subtenant_id = $3, version = version + 1
        WHERE organization_id = $1 AND member_id = $2 RETURNING version",
        organization.0,
        id.0,
        subtenant.map(|subtenant| subtenant.0)
    );
    Ok(version.fetch_one(connection).await?)
}

/// Who a user is in the organization that they sign in to.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The organization.
    pub organization: OrganizationId,
    /// The member.
    pub member: MemberId,
    /// What they may do there.
    pub roles: Vec<Role>,
}

/// The membership of a user in `organization`, or in the one that they joined first, if both they
/// and it are active.
pub async fn membership(
    connection: &mut Connection,
    user: UserId,
    organization: Option<OrganizationId>,
) -> Result<Option<Membership>> {
    let row = sqlx::query!(
        r#"SELECT m.organization_id, m.member_id,
            ARRAY(SELECT r.role FROM member_roles r WHERE r.organization_id = m.organization_id
                AND r.member_id = m.member_id ORDER BY r.role) AS "roles!"
        FROM members m JOIN organizations o USING (organization_id)
        WHERE m.user_id = $1 AND m.status = 'active' AND o.status = 'active'
            AND ($2::uuid IS NULL OR m.organization_id = $2)
        ORDER BY m.created_at, m.organization_id LIMIT 1"#,
        user.0,
        organization.map(|organization| organization.0)
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let roles: Result<Vec<Role>, _> = row.roles.iter().map(|role| role.parse()).collect();
        Ok::<_, Error>(Membership {
            organization: OrganizationId(row.organization_id),
            member: MemberId(row.member_id),
            roles: roles?,
        })
    })
    .transpose()
}
