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
    /// Their roles.
    pub roles: Vec<Role>,
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

/// Adds members.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    members: &[NewMember],
    now: DateTime<Utc>,
) -> Result<()> {
    let each = members.iter();
    let joined = |member: &NewMember| (member.status == MemberStatus::Active).then_some(now);
    sqlx::query!(
        "INSERT INTO members (organization_id, member_id, subtenant_id, user_id, email, name,
            external_id, status, job_role, created_at, joined_at)
        SELECT $1, t.id, t.subtenant, t.user_id, t.email, t.name, t.external_id, t.status,
            t.job_role, $2, t.joined_at
        FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::timestamptz[])
            AS t (id, subtenant, user_id, email, name, external_id, status, job_role, joined_at)",
        organization.0,
        now,
        &each.clone().map(|of| of.id.0).collect::<Vec<Uuid>>(),
        &each.clone().map(|of| of.subtenant.map(|id| id.0)).collect::<Vec<_>>()
            as &[Option<Uuid>],
        &each.clone().map(|of| of.user.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &each.clone().map(|of| of.email.to_string()).collect::<Vec<String>>(),
        &each.clone().map(|of| of.name.to_string()).collect::<Vec<String>>(),
        &each.clone().map(|of| of.external_id.as_ref().map(ToString::to_string)).collect::<Vec<_>>()
            as &[Option<String>],
        &each.clone().map(|of| of.status.code().to_owned()).collect::<Vec<String>>(),
        &each.clone().map(|of| of.job_role.to_string()).collect::<Vec<String>>(),
        &each.clone().map(joined).collect::<Vec<_>>() as &[Option<DateTime<Utc>>]
    )
    .execute(&mut *connection)
    .await?;
    let roles = each.flat_map(|member| member.roles.iter().map(|role| (member.id, *role)));
    let roles: Vec<(MemberId, Role)> = roles.collect();
    insert_roles(connection, organization, &roles).await
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
    let roles: Vec<(MemberId, Role)> = roles.iter().map(|role| (member, *role)).collect();
    insert_roles(connection, organization, &roles).await
}

async fn insert_roles(
    connection: &mut Connection,
    organization: OrganizationId,
    roles: &[(MemberId, Role)],
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO member_roles (organization_id, member_id, role)
        SELECT $1, t.member, t.role FROM unnest($2::uuid[], $3::text[]) AS t (member, role)",
        organization.0,
        &roles.iter().map(|(member, _)| member.0).collect::<Vec<Uuid>>(),
        &roles.iter().map(|(_, role)| role.code().to_owned()).collect::<Vec<String>>()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Active members with the role of a tenant administrator, without `except`.
pub async fn other_administrators(
    connection: &mut Connection,
    organization: OrganizationId,
    except: MemberId,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM members m
        JOIN member_roles r ON r.organization_id = $1 AND r.member_id = m.member_id
        WHERE m.organization_id = $1 AND m.status = 'active' AND m.member_id <> $2
            AND r.role = 'tenant_administrator'"#,
        organization.0,
        except.0
    );
    Ok(count.fetch_one(connection).await?)
}

/// What of `emails` and `external_ids` belongs to a member already.
pub async fn taken(
    connection: &mut Connection,
    organization: OrganizationId,
    emails: &[String],
    external_ids: &[String],
) -> Result<(Vec<String>, Vec<String>)> {
    let taken_emails = sqlx::query_scalar!(
        "SELECT k.email AS \"email!\" FROM unnest($2::text[]) AS k (email), LATERAL (
            SELECT FROM members m WHERE m.organization_id = $1 AND m.email = k.email
                AND m.status <> 'removed' OFFSET 0) m",
        organization.0,
        emails
    )
    .fetch_all(&mut *connection)
    .await?;
    let taken_ids = sqlx::query_scalar!(
        "SELECT k.name AS \"name!\" FROM unnest($2::text[]) AS k (name), LATERAL (
            SELECT FROM members m WHERE m.organization_id = $1 AND m.external_id = k.name
                AND m.status <> 'removed' OFFSET 0) m",
        organization.0,
        external_ids
    )
    .fetch_all(connection)
    .await?;
    Ok((taken_emails, taken_ids))
}

/// Writes a member's job role and the name that another system has for them.
pub async fn describe(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    job_role: &Code,
    external_id: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE members SET job_role = $3, external_id = $4
        WHERE organization_id = $1 AND member_id = $2",
        organization.0,
        member.0,
        job_role.as_str(),
        external_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a member another status; one who becomes active for the first time joins. The organization
/// must be locked.
pub async fn set_status(
    connection: &mut Connection,
    organization: OrganizationId,
    member: MemberId,
    status: MemberStatus,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE members SET status = $3,
            joined_at = CASE WHEN $3 = 'active' THEN COALESCE(joined_at, $4) ELSE joined_at END
        WHERE organization_id = $1 AND member_id = $2",
        organization.0,
        member.0,
        status.code(),
        now
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
        WHERE organization_id = $1 AND status IN ('active', 'invited')"#,
        organization.0
    );
    Ok(seats.fetch_one(connection).await?)
}

/// All members, but for those who were removed.
pub async fn count(connection: &mut Connection, organization: OrganizationId) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM members
        WHERE organization_id = $1 AND status <> 'removed'"#,
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
        WHERE m.organization_id = $1 AND m.status <> 'removed'
        ORDER BY m.name, m.member_id OFFSET $2 LIMIT $3"#,
        organization.0,
        offset,
        size,
        now
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// The members that `references` name by id, external id or email, with their limits in force. Who
/// was removed is found by id only: the email and the external id may belong to somebody else now.
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
                WHERE m.organization_id = $1 AND m.external_id = k.name
                    AND m.status <> 'removed' OFFSET 0
            ) m
            UNION
            SELECT m.member_id FROM unnest($4::text[]) AS k (email), LATERAL (
                SELECT m.member_id FROM members m
                WHERE m.organization_id = $1 AND m.email = k.email
                    AND m.status <> 'removed' OFFSET 0
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

/// One member by id, unless they were removed.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    id: MemberId,
    now: DateTime<Utc>,
) -> Result<Option<Member>> {
    let found = find(connection, organization, &[id.to_string()], now).await?;
    let there = |member: &Member| member.id == id && member.status != MemberStatus::Removed;
    Ok(found.into_iter().find(there))
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
    /// Whether the organization lets all members see what others use.
    pub usage_shared: bool,
}

/// The membership of a user in `organization`, or in the first one that their password opens, if both they
/// and it are active.
pub async fn membership(
    connection: &mut Connection,
    user: UserId,
    organization: Option<OrganizationId>,
) -> Result<Option<Membership>> {
    let row = sqlx::query!(
        r#"SELECT m.organization_id, m.member_id, o.usage_shared,
            ARRAY(SELECT r.role FROM member_roles r WHERE r.organization_id = m.organization_id
                AND r.member_id = m.member_id ORDER BY r.role) AS "roles!"
        FROM members m JOIN organizations o USING (organization_id)
        WHERE m.user_id = $1 AND m.status = 'active' AND o.status = 'active'
            AND CASE WHEN $2::uuid IS NULL THEN m.password_opens ELSE m.organization_id = $2 END
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
            usage_shared: row.usage_shared,
        })
    })
    .transpose()
}
