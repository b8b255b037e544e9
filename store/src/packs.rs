//! Credit packs and what is left in them.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrganizationId, PackId},
    packs::Pack,
};
use uuid::Uuid;

/// Packs that still hold credits at `now`.
pub async fn available(
    connection: &mut Connection,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<Vec<Pack>> {
    let rows = sqlx::query!(
        "SELECT pack_id, remaining, granted_at, ends_at FROM credit_packs
        WHERE organization_id = $1 AND remaining > 0 AND (ends_at IS NULL OR ends_at > $2)",
        id.0,
        now
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Pack {
            id: PackId(row.pack_id),
            remaining: row.remaining,
            granted_at: row.granted_at,
            ends_at: row.ends_at,
        })
        .collect())
}

/// Writes what is left in `packs`.
pub async fn save(connection: &mut Connection, id: OrganizationId, packs: &[Pack]) -> Result<()> {
    let ids: Vec<Uuid> = packs.iter().map(|pack| pack.id.0).collect();
    let remaining: Vec<i64> = packs.iter().map(|pack| pack.remaining).collect();
    sqlx::query!(
        "UPDATE credit_packs p SET remaining = t.remaining
        FROM unnest($2::uuid[], $3::bigint[]) AS t (pack_id, remaining)
        WHERE p.organization_id = $1 AND p.pack_id = t.pack_id",
        id.0,
        &ids,
        &remaining
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a pack, all of whose credits are left.
pub async fn insert(connection: &mut Connection, id: OrganizationId, pack: &Pack) -> Result<()> {
    sqlx::query!(
        "INSERT INTO credit_packs (organization_id, pack_id, credits, remaining, granted_at, ends_at)
        VALUES ($1, $2, $3, $3, $4, $5)",
        id.0,
        pack.id.0,
        pack.remaining,
        pack.granted_at,
        pack.ends_at
    )
    .execute(connection)
    .await?;
    Ok(())
}
