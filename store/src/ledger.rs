//! The ledger: the append-only record that balances are a cache of.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    balances::{Balance, Path},
    ids::{ConsumptionId, MemberId, OrganizationId, SubtenantId},
    input::Code,
    state::Movement,
};
use serde_json::Value;
use uuid::Uuid;

pub use domain::ledger::EntryKind;

/// One change of one meter.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in the organization's ledger: gapless, in the order of decisions.
    pub seq: i64,
    /// When it was decided.
    pub recorded_at: DateTime<Utc>,
    /// What it records.
    pub kind: EntryKind,
    /// The consumption that it belongs to: one entry per meter, and more for what becomes of it.
    pub consumption: ConsumptionId,
    /// What was done; none for a gauge that was set.
    pub operation: Option<Code>,
    /// How many units were used by this, negative where they were given back.
    pub quantity: i64,
    /// What moved.
    pub movement: Movement,
}

struct Row {
    seq: i64,
    recorded_at: DateTime<Utc>,
    kind: String,
    consumption_id: Uuid,
    member_id: Option<Uuid>,
    subtenant_id: Option<Uuid>,
    operation_code: Option<String>,
    quantity: i64,
    meter_code: String,
    counts_at: DateTime<Utc>,
    amount: i64,
    from_packs: i64,
    reserved: i64,
    reserved_from_packs: i64,
    pack_draws: Option<Value>,
}

impl TryFrom<Row> for Entry {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let path = Path {
            subtenant: row.subtenant_id.map(SubtenantId),
            member: row.member_id.map(MemberId),
        };
        let change = Balance {
            used: row.amount,
            from_packs: row.from_packs,
            reserved: row.reserved,
            reserved_from_packs: row.reserved_from_packs,
        };
        let draws = row.pack_draws.map(serde_json::from_value).transpose()?;
        Ok(Self {
            seq: row.seq,
            recorded_at: row.recorded_at,
            kind: row.kind.parse()?,
            consumption: ConsumptionId(row.consumption_id),
            operation: row.operation_code.map(|code| code.parse()).transpose()?,
            quantity: row.quantity,
            movement: Movement {
                path,
                meter: row.meter_code.parse()?,
                counts_at: row.counts_at,
                change,
                pack_draws: draws.unwrap_or_default(),
            },
        })
    }
}

/// Up to `size` entries after the number `seq`, in order.
pub async fn after(
    connection: &mut Connection,
    id: OrganizationId,
    seq: i64,
    size: i64,
) -> Result<Vec<Entry>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT seq, recorded_at, kind, consumption_id, member_id, subtenant_id, operation_code,
            quantity, meter_code, counts_at, amount, from_packs, reserved, reserved_from_packs,
            pack_draws
        FROM ledger WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        id.0,
        seq,
        size
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// All entries of `consumptions`, in order.
pub async fn of_consumptions(
    connection: &mut Connection,
    id: OrganizationId,
    consumptions: &[Uuid],
) -> Result<Vec<Entry>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT e.seq, e.recorded_at, e.kind, e.consumption_id, e.member_id, e.subtenant_id,
            e.operation_code AS "operation_code?", e.quantity, e.meter_code, e.counts_at, e.amount,
            e.from_packs, e.reserved, e.reserved_from_packs, e.pack_draws
        FROM (SELECT DISTINCT k.id FROM unnest($2::uuid[]) AS k (id)) k, LATERAL (
            SELECT * FROM ledger e
            WHERE e.organization_id = $1 AND e.consumption_id = k.id OFFSET 0
        ) e
        ORDER BY e.seq"#,
        id.0,
        consumptions
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// The newest consumptions and reservations of a member, at most `size`, among the newest `entries` of
/// theirs.
pub async fn newest_of(
    connection: &mut Connection,
    id: OrganizationId,
    member: MemberId,
    entries: i64,
    size: i64,
) -> Result<Vec<Uuid>> {
    let newest = sqlx::query_scalar!(
        "SELECT consumption_id FROM (
            SELECT consumption_id, kind, seq FROM ledger
            WHERE organization_id = $1 AND member_id = $2 ORDER BY counts_at DESC LIMIT $3
        ) newest
        WHERE kind IN ('consumption', 'hold', 'import')
        GROUP BY consumption_id ORDER BY max(seq) DESC LIMIT $4",
        id.0,
        member.0,
        entries,
        size
    );
    Ok(newest.fetch_all(connection).await?)
}

/// What members use of a gauge, all together.
pub async fn level_of_members(
    connection: &mut Connection,
    id: OrganizationId,
    meter: &Code,
) -> Result<i64> {
    let level = sqlx::query_scalar!(
        r#"SELECT (COALESCE((
                SELECT sum(amount) FROM ledger
                WHERE organization_id = $1 AND member_id IS NOT NULL AND meter_code = $2
            ), 0) + COALESCE((
                SELECT sum(used) FROM carried_levels
                WHERE organization_id = $1 AND holder_kind = 'member' AND meter_code = $2
            ), 0))::bigint AS "level!""#,
        id.0,
        meter.as_str()
    );
    Ok(level.fetch_one(connection).await?)
}

/// Whether the entry with this number belongs to `consumption`: asked where it is not known
/// whether a commit succeeded.
pub async fn holds(
    connection: &mut Connection,
    id: OrganizationId,
    seq: i64,
    consumption: ConsumptionId,
) -> Result<bool> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM ledger
            WHERE organization_id = $1 AND seq = $2 AND consumption_id = $3) AS "exists!""#,
        id.0,
        seq,
        consumption.0
    );
    Ok(exists.fetch_one(connection).await?)
}
