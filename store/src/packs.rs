//! Credit packs and what is left in them.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrganizationId, PackId},
    packs::Pack,
};

/// Packs that have not ended by `now`, also those that are empty: a refund can fill them again.
pub async fn open(
    connection: &mut Connection,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<Vec<Pack>> {
    let rows = sqlx::query!(
        "SELECT pack_id, remaining, granted_at, ends_at FROM credit_packs
        WHERE organization_id = $1 AND (ends_at IS NULL OR ends_at > $2)",
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

/// All packs that there ever were, as the ledger found them: as they were bought, or what was left
/// when its first months were detached.
pub async fn history(connection: &mut Connection, id: OrganizationId) -> Result<Vec<Pack>> {
    let rows = sqlx::query!(
        r#"SELECT pack_id, credits - carried AS "remaining!", granted_at, ends_at
        FROM credit_packs WHERE organization_id = $1"#,
        id.0
    )
    .fetch_all(connection)
    .await?;
    let packs = rows.into_iter().map(|row| Pack {
        id: PackId(row.pack_id),
        remaining: row.remaining,
        granted_at: row.granted_at,
        ends_at: row.ends_at,
    });
    Ok(packs.collect())
}

/// Works out from the ledger what is left in every pack.
pub async fn rebuild(connection: &mut Connection, id: OrganizationId) -> Result<()> {
    sqlx::query!(
        "UPDATE credit_packs p SET remaining = p.credits - p.carried - COALESCE((
            SELECT sum((draw->>'amount')::bigint)
            FROM ledger e, jsonb_array_elements(e.pack_draws) draw
            WHERE e.organization_id = $1 AND e.pack_draws IS NOT NULL
                AND (draw->>'pack')::uuid = p.pack_id
        ), 0)
        WHERE p.organization_id = $1",
        id.0
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
