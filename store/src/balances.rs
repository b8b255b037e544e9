//! Balances: what was used and is held, per holder, meter and period.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    ids::OrganizationId,
    input::Code,
    period::Window,
    state::{Balance, BalanceKey, Holder},
};
use std::collections::HashMap;
use uuid::Uuid;

/// The columns of some keys, one array each.
struct Keys {
    kinds: Vec<String>,
    holders: Vec<Uuid>,
    meters: Vec<String>,
    starts: Vec<DateTime<Utc>>,
    ends: Vec<DateTime<Utc>>,
}

impl Keys {
    fn new<'a>(id: OrganizationId, keys: impl Iterator<Item = &'a BalanceKey> + Clone) -> Self {
        let holder = |key: &BalanceKey| match key.holder {
            Holder::Organization => ("organization".to_owned(), id.0),
            Holder::Member(member) => ("member".to_owned(), member.0),
        };
        let (kinds, holders) = keys.clone().map(holder).unzip();
        Self {
            kinds,
            holders,
            meters: keys.clone().map(|key| key.meter.to_string()).collect(),
            starts: keys.clone().map(|key| key.window.starts_at).collect(),
            ends: keys.map(|key| key.window.ends_at).collect(),
        }
    }
}

/// Loads balances. One that has no row yet, because its period is new or its cycle was changed, is
/// summed up from the ledger, so that what was used before counts.
pub async fn load(
    connection: &mut Connection,
    id: OrganizationId,
    keys: &[BalanceKey],
) -> Result<HashMap<BalanceKey, Balance>> {
    let columns = Keys::new(id, keys.iter());
    let rows = sqlx::query!(
        r#"SELECT COALESCE(b.used, l.used, 0) AS "used!",
            COALESCE(b.from_packs, l.from_packs, 0) AS "from_packs!",
            COALESCE(b.reserved, 0) AS "reserved!"
        FROM unnest($2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])
            WITH ORDINALITY AS k (kind, holder, meter, starts_at, ends_at, position)
        LEFT JOIN balances b ON b.organization_id = $1 AND b.holder_kind = k.kind
            AND b.holder_id = k.holder AND b.meter_code = k.meter
            AND b.starts_at = k.starts_at AND b.ends_at = k.ends_at
        LEFT JOIN LATERAL (
            SELECT sum(e.amount)::bigint AS used, sum(e.from_packs)::bigint AS from_packs
            FROM ledger e
            WHERE b.organization_id IS NULL AND e.organization_id = $1
                AND (k.kind = 'organization' OR e.member_id = k.holder) AND e.meter_code = k.meter
                AND e.recorded_at >= k.starts_at AND e.recorded_at < k.ends_at
        ) l ON true
        ORDER BY k.position"#,
        id.0,
        &columns.kinds,
        &columns.holders,
        &columns.meters,
        &columns.starts,
        &columns.ends
    )
    .fetch_all(connection)
    .await?;
    let balance =
        |row: (i64, i64, i64)| Balance { used: row.0, from_packs: row.1, reserved: row.2 };
    let rows = rows.into_iter().map(|row| balance((row.used, row.from_packs, row.reserved)));
    Ok(keys.iter().cloned().zip(rows).collect())
}

/// Writes balances as they are. The organization must be locked.
pub async fn save(
    connection: &mut Connection,
    id: OrganizationId,
    balances: &HashMap<BalanceKey, Balance>,
) -> Result<()> {
    let columns = Keys::new(id, balances.keys());
    let used: Vec<i64> = balances.values().map(|balance| balance.used).collect();
    let from_packs: Vec<i64> = balances.values().map(|balance| balance.from_packs).collect();
    let reserved: Vec<i64> = balances.values().map(|balance| balance.reserved).collect();
    sqlx::query!(
        "INSERT INTO balances (organization_id, holder_kind, holder_id, meter_code, starts_at,
            ends_at, used, from_packs, reserved)
        SELECT $1, t.* FROM unnest($2::text[], $3::uuid[], $4::text[], $5::timestamptz[],
            $6::timestamptz[], $7::bigint[], $8::bigint[], $9::bigint[]) AS t
        ON CONFLICT ON CONSTRAINT balances_pkey DO UPDATE
        SET used = EXCLUDED.used, from_packs = EXCLUDED.from_packs, reserved = EXCLUDED.reserved",
        id.0,
        &columns.kinds,
        &columns.holders,
        &columns.meters,
        &columns.starts,
        &columns.ends,
        &used,
        &from_packs,
        &reserved
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the balances on `meter` of periods that `now` is in, other than `kept`: nothing moves
/// them from now on. One that is needed again is summed up from the ledger.
pub async fn forget(
    connection: &mut Connection,
    id: OrganizationId,
    meter: &Code,
    kept: &[Window],
    now: DateTime<Utc>,
) -> Result<()> {
    let starts: Vec<DateTime<Utc>> = kept.iter().map(|window| window.starts_at).collect();
    let ends: Vec<DateTime<Utc>> = kept.iter().map(|window| window.ends_at).collect();
    sqlx::query!(
        "DELETE FROM balances WHERE organization_id = $1 AND meter_code = $2 AND ends_at > $3
            AND (starts_at, ends_at) NOT IN (
                SELECT * FROM unnest($4::timestamptz[], $5::timestamptz[]))",
        id.0,
        meter.as_str(),
        now,
        &starts,
        &ends
    )
    .execute(connection)
    .await?;
    Ok(())
}
