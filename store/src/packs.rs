//! Credit packs and what is left in them.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::{ConsumptionId, MemberId, OrganizationId, PackId},
    input::Name,
    packs::{Pack, PackEntry, Purchase},
};
use serde_json::json;
use uuid::Uuid;

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
pub async fn insert(
    connection: &mut Connection,
    id: OrganizationId,
    pack: &Pack,
    bought_by: Option<&Name>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO credit_packs
            (organization_id, pack_id, credits, remaining, granted_at, ends_at, bought_by)
        VALUES ($1, $2, $3, $3, $4, $5, $6)",
        id.0,
        pack.id.0,
        pack.remaining,
        pack.granted_at,
        pack.ends_at,
        bought_by.map(Name::as_str)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Up to `size` packs as they were bought, those that can pay at `now` before all others; or the one
/// that is asked for.
pub async fn list(
    connection: &mut Connection,
    id: OrganizationId,
    pack: Option<PackId>,
    now: DateTime<Utc>,
    size: i64,
) -> Result<Vec<Purchase>> {
    let rows = sqlx::query!(
        r#"SELECT p.pack_id, p.credits, p.remaining, p.carried, p.granted_at, p.ends_at, p.bought_by,
            COALESCE(held.amount, 0) AS "held!"
        FROM credit_packs p LEFT JOIN (
            SELECT (draw->>'pack')::uuid AS pack_id, sum((draw->>'amount')::bigint)::bigint AS amount
            FROM reservations r, jsonb_array_elements(r.charges) charge,
                jsonb_array_elements(charge->'pack_draws') draw
            WHERE r.organization_id = $1 AND r.status = 'open' GROUP BY 1
        ) held USING (pack_id)
        WHERE p.organization_id = $1 AND ($2::uuid IS NULL OR p.pack_id = $2)
        ORDER BY p.remaining > 0 AND (p.ends_at IS NULL OR p.ends_at > $3) DESC, p.granted_at DESC
        LIMIT $4"#,
        id.0,
        pack.map(|pack| pack.0),
        now,
        size
    )
    .fetch_all(connection)
    .await?;
    let purchases = rows.into_iter().map(|row| Purchase {
        pack: Pack {
            id: PackId(row.pack_id),
            remaining: row.remaining,
            granted_at: row.granted_at,
            ends_at: row.ends_at,
        },
        credits: row.credits,
        held: row.held,
        carried: row.carried,
        bought_by: row.bought_by,
    });
    Ok(purchases.collect())
}

struct EntryRow {
    seq: i64,
    recorded_at: DateTime<Utc>,
    kind: String,
    member_id: Option<Uuid>,
    member_name: Option<String>,
    operation_code: Option<String>,
    operation_name: Option<String>,
    quantity: i64,
    credits: i64,
    consumption_id: Uuid,
}

impl TryFrom<EntryRow> for PackEntry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        Ok(Self {
            seq: row.seq,
            recorded_at: row.recorded_at,
            kind: row.kind.parse()?,
            member_id: row.member_id.map(MemberId),
            member_name: row.member_name,
            operation: row.operation_code.map(|code| code.parse()).transpose()?,
            operation_name: row.operation_name,
            quantity: row.quantity,
            credits: row.credits,
            consumption_id: ConsumptionId(row.consumption_id),
        })
    }
}

/// Up to `size` entries that drew from a pack or gave back to it, those before the number `before`,
/// newest first. None of them was recorded before the pack was bought.
pub async fn ledger(
    connection: &mut Connection,
    id: OrganizationId,
    (pack, bought_at): (PackId, DateTime<Utc>),
    before: Option<i64>,
    size: i64,
) -> Result<Vec<PackEntry>> {
    // Each branch is one walk down an index: entries that name the pack first, and those that name
    // several packs. One can be in both. Rows are compared, since no other index has that order: a
    // walk through all entries looks as good to the planner while a month has few.
    let rows = sqlx::query_as!(
        EntryRow,
        r#"SELECT e.seq AS "seq!", e.recorded_at AS "recorded_at!", e.kind AS "kind!", e.member_id,
            m.name AS "member_name?", e.operation_code, o.name AS "operation_name?",
            e.quantity AS "quantity!", e.consumption_id AS "consumption_id!", drawn.credits AS "credits!"
        FROM (
            (SELECT * FROM ledger
            WHERE organization_id = $1 AND first_pack_id IS NOT NULL AND recorded_at >= $4
                AND (first_pack_id, seq) < ($2, $3) AND (first_pack_id, seq) > ($2, 0)
            ORDER BY first_pack_id DESC, seq DESC LIMIT $5)
            UNION
            (SELECT * FROM ledger
            WHERE organization_id = $1 AND jsonb_array_length(pack_draws) > 1
                AND pack_draws @> $6 AND seq < $3 AND recorded_at >= $4
            ORDER BY seq DESC LIMIT $5)
        ) e
        CROSS JOIN LATERAL (
            SELECT sum((draw->>'amount')::bigint)::bigint AS credits
            FROM jsonb_array_elements(e.pack_draws) draw WHERE (draw->>'pack')::uuid = $2
        ) drawn
        LEFT JOIN LATERAL (
            SELECT name FROM members
            WHERE organization_id = $1 AND member_id = e.member_id OFFSET 0
        ) m ON true
        LEFT JOIN operations o ON o.code = e.operation_code
        ORDER BY e.seq DESC LIMIT $5"#,
        id.0,
        pack.0,
        before.unwrap_or(i64::MAX),
        bought_at,
        size,
        json!([{"pack": pack}])
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}
