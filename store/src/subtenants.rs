//! Subtenants: the parts of an organization.

use crate::{Connection, Result};
use domain::{
    ids::{OrganizationId, SubtenantId},
    input::Name,
};

/// A subtenant.
#[derive(Clone, Debug)]
pub struct Subtenant {
    /// Its id.
    pub id: SubtenantId,
    /// Its name.
    pub name: String,
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

/// Up to `size` subtenants that are not archived, by name.
pub async fn list(
    connection: &mut Connection,
    organization: OrganizationId,
    size: i64,
) -> Result<Vec<Subtenant>> {
    let rows = sqlx::query!(
        "SELECT subtenant_id, name FROM subtenants
        WHERE organization_id = $1 AND archived_at IS NULL ORDER BY name LIMIT $2",
        organization.0,
        size
    );
    let rows = rows.fetch_all(connection).await?;
    let subtenant = |id, name| Subtenant { id: SubtenantId(id), name };
    Ok(rows.into_iter().map(|row| subtenant(row.subtenant_id, row.name)).collect())
}

/// Whether there is such a subtenant, archived or not.
pub async fn exists(
    connection: &mut Connection,
    organization: OrganizationId,
    id: SubtenantId,
) -> Result<bool> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM subtenants
            WHERE organization_id = $1 AND subtenant_id = $2) AS "exists!""#,
        organization.0,
        id.0
    );
    Ok(exists.fetch_one(connection).await?)
}
