//! Subtenants: the parts of an organization.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrganizationId, SubtenantId},
    input::{Name, Search},
    subtenants::SubtenantFilter,
};
use uuid::Uuid;

/// A subtenant.
#[derive(Clone, Debug)]
pub struct Subtenant {
    /// Its id.
    pub id: SubtenantId,
    /// Its name.
    pub name: String,
    /// Since when it takes no members; `None` takes some.
    pub archived_at: Option<DateTime<Utc>>,
    /// Counts edits.
    pub version: i64,
}

/// A subtenant with what belongs to it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The subtenant.
    pub subtenant: Subtenant,
    /// Its members, whatever their status, but for those who were removed.
    pub members: i64,
    /// Those of them who may use something.
    pub active: i64,
    /// Those who do, or are about to: active and invited ones.
    pub in_use: i64,
    /// Quotas on it that are in force.
    pub quotas: i64,
}

/// Which subtenants are asked for, in the order of their names.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What people look for.
    pub filter: &'a SubtenantFilter,
    /// Only these; `None` is all of them.
    pub only: Option<&'a [Uuid]>,
    /// Those whose names come later; `None` begins with the first.
    pub after: Option<&'a str>,
    /// How many of them are left out.
    pub offset: i64,
    /// How many are wanted.
    pub size: i64,
}

/// Adds a subtenant.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    id: SubtenantId,
    name: &Name,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO subtenants (organization_id, subtenant_id, name) VALUES ($1, $2, $3)",
        organization.0,
        id.0,
        name.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Saves name and archive of a subtenant, and counts the edit.
pub async fn save(
    connection: &mut Connection,
    organization: OrganizationId,
    subtenant: &Subtenant,
) -> Result<()> {
    sqlx::query!(
        "UPDATE subtenants SET name = $3, archived_at = $4, version = version + 1
        WHERE organization_id = $1 AND subtenant_id = $2",
        organization.0,
        subtenant.id.0,
        subtenant.name,
        subtenant.archived_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One subtenant, archived or not.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    id: SubtenantId,
) -> Result<Option<Subtenant>> {
    let row = sqlx::query!(
        "SELECT name, archived_at, version FROM subtenants
        WHERE organization_id = $1 AND subtenant_id = $2",
        organization.0,
        id.0
    );
    let row = row.fetch_optional(connection).await?;
    let subtenant = |name, archived_at, version| Subtenant { id, name, archived_at, version };
    Ok(row.map(|row| subtenant(row.name, row.archived_at, row.version)))
}

/// Up to `size` subtenants that are not archived, by name.
pub async fn list(
    connection: &mut Connection,
    organization: OrganizationId,
    size: i64,
) -> Result<Vec<Subtenant>> {
    let rows = sqlx::query!(
        "SELECT subtenant_id, name, archived_at, version FROM subtenants
        WHERE organization_id = $1 AND archived_at IS NULL ORDER BY name LIMIT $2",
        organization.0,
        size
    );
    let rows = rows.fetch_all(connection).await?.into_iter().map(|row| Subtenant {
        id: SubtenantId(row.subtenant_id),
        name: row.name,
        archived_at: row.archived_at,
        version: row.version,
    });
    Ok(rows.collect())
}

/// The subtenants that are wanted, with what belongs to them at `now`.
pub async fn page(
    connection: &mut Connection,
    organization: OrganizationId,
    wanted: Wanted<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>> {
    let rows = sqlx::query!(
        r#"SELECT s.subtenant_id, s.name, s.archived_at, s.version, m.members AS "members!",
            m.active AS "active!", m.in_use AS "in_use!", q.quotas AS "quotas!"
        FROM (
            SELECT * FROM subtenants
            WHERE organization_id = $1 AND ($2 OR archived_at IS NULL)
                AND ($3::text IS NULL OR strpos(lower(name), lower($3)) > 0)
                AND ($4::uuid[] IS NULL OR subtenant_id = ANY($4))
                AND ($5::text IS NULL OR name > $5)
            ORDER BY name OFFSET $6 LIMIT $7
        ) s, LATERAL (
            SELECT count(*) AS members, count(*) FILTER (WHERE m.status = 'active') AS active,
                count(*) FILTER (WHERE m.status IN ('active', 'invited')) AS in_use
            FROM members m WHERE m.organization_id = $1 AND m.subtenant_id = s.subtenant_id
                AND m.status <> 'removed'
        ) m, LATERAL (
            SELECT count(*) AS quotas FROM quotas q
            WHERE q.organization_id = $1 AND q.holder_id = s.subtenant_id
                AND q.deleted_at IS NULL AND q.valid @> $8::timestamptz
        ) q
        ORDER BY s.name"#,
        organization.0,
        wanted.filter.archived,
        wanted.filter.search.as_ref().map(Search::as_str),
        wanted.only,
        wanted.after,
        wanted.offset,
        wanted.size,
        now
    )
    .fetch_all(connection)
    .await?;
    let listed = rows.into_iter().map(|row| Listed {
        subtenant: Subtenant {
            id: SubtenantId(row.subtenant_id),
            name: row.name,
            archived_at: row.archived_at,
            version: row.version,
        },
        members: row.members,
        active: row.active,
        in_use: row.in_use,
        quotas: row.quotas,
    });
    Ok(listed.collect())
}

/// How many subtenants `filter` finds among `only` these; `None` is all of them.
pub async fn count(
    connection: &mut Connection,
    organization: OrganizationId,
    filter: &SubtenantFilter,
    only: Option<&[Uuid]>,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM subtenants
        WHERE organization_id = $1 AND ($2 OR archived_at IS NULL)
            AND ($3::text IS NULL OR strpos(lower(name), lower($3)) > 0)
            AND ($4::uuid[] IS NULL OR subtenant_id = ANY($4))"#,
        organization.0,
        filter.archived,
        filter.search.as_ref().map(Search::as_str),
        only
    );
    Ok(count.fetch_one(connection).await?)
}
