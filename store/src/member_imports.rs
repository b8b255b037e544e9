//! Lists of members that somebody looks through before they are added.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::ids::{MemberImportId, OrganizationId};

/// Keeps a list, and of those before it only the newest `kept`.
pub async fn insert(
    connection: &mut Connection,
    organization: OrganizationId,
    id: MemberImportId,
    content: &str,
    kept: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM member_imports WHERE organization_id = $1 AND member_import_id IN (
            SELECT member_import_id FROM member_imports WHERE organization_id = $1
            ORDER BY member_import_id DESC OFFSET $2)",
        organization.0,
        kept
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO member_imports (organization_id, member_import_id, content, created_at)
        VALUES ($1, $2, $3, $4)",
        organization.0,
        id.0,
        content,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A list that was kept after `since`, and when.
pub async fn get(
    connection: &mut Connection,
    organization: OrganizationId,
    id: MemberImportId,
    since: DateTime<Utc>,
) -> Result<Option<(String, DateTime<Utc>)>> {
    let row = sqlx::query!(
        "SELECT content, created_at FROM member_imports
        WHERE organization_id = $1 AND member_import_id = $2 AND created_at > $3",
        organization.0,
        id.0,
        since
    );
    Ok(row.fetch_optional(connection).await?.map(|row| (row.content, row.created_at)))
}

/// Removes a list.
pub async fn delete(
    connection: &mut Connection,
    organization: OrganizationId,
    id: MemberImportId,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM member_imports WHERE organization_id = $1 AND member_import_id = $2",
        organization.0,
        id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes up to `size` lists from before `before`; how many.
pub async fn remove_older(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM member_imports WHERE (organization_id, member_import_id) IN (
            SELECT organization_id, member_import_id FROM member_imports
            WHERE created_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(done.execute(connection).await?.rows_affected())
}
