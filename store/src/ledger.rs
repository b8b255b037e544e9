//! The ledger: the append-only record that balances are a cache of.

use crate::{Connection, Result};
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use domain::{
    ids::{ConsumptionId, MemberId, OrganizationId, SubtenantId},
    input::Code,
    packs::PackDraw,
};
use serde_json::Value;
use uuid::Uuid;

/// One change of one meter.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in the organization's ledger: gapless, in the order of decisions.
    pub seq: i64,
    /// When it was decided.
    pub recorded_at: DateTime<Utc>,
    /// The consumption that it belongs to: one entry per meter.
    pub consumption: ConsumptionId,
    /// Who used; `None` is the organization itself.
    pub member: Option<MemberId>,
    /// The part of the organization that they belonged to then.
    pub subtenant: Option<SubtenantId>,
    /// What was done.
    pub operation: Code,
    /// How often.
    pub quantity: i64,
    /// On which meter.
    pub meter: Code,
    /// How much, in the meter's smallest unit.
    pub amount: i64,
    /// What the allowance paid of it.
    pub from_allowance: i64,
    /// What packs paid of it.
    pub from_packs: i64,
    /// Which packs paid.
    pub pack_draws: Vec<PackDraw>,
}

/// Appends entries, all of them decided at `now`. The organization must be locked.
pub async fn append(
    connection: &mut Connection,
    id: OrganizationId,
    entries: &[Entry],
    now: DateTime<Utc>,
) -> Result<()> {
    let column = |of: fn(&Entry) -> i64| -> Vec<i64> { entries.iter().map(of).collect() };
    let consumptions: Vec<Uuid> = entries.iter().map(|entry| entry.consumption.0).collect();
    let members: Vec<Option<Uuid>> =
        entries.iter().map(|entry| entry.member.map(|member| member.0)).collect();
    let subtenants: Vec<Option<Uuid>> =
        entries.iter().map(|entry| entry.subtenant.map(|subtenant| subtenant.0)).collect();
    let operations: Vec<String> = entries.iter().map(|entry| entry.operation.to_string()).collect();
    let meters: Vec<String> = entries.iter().map(|entry| entry.meter.to_string()).collect();
    let draws = entries
        .iter()
        .map(|entry| match &entry.pack_draws[..] {
            [] => Ok(None),
            draws => serde_json::to_value(draws).map(Some),
        })
        .collect::<Result<Vec<Option<Value>>, _>>()?;
    sqlx::query!(
        "INSERT INTO ledger (organization_id, recorded_at, kind, seq, consumption_id, member_id,
            subtenant_id, operation_code, quantity, meter_code, amount, from_allowance, from_packs,
            pack_draws)
        SELECT $1, $2, 'consumption', t.* FROM unnest($3::bigint[], $4::uuid[], $5::uuid[],
            $6::uuid[], $7::text[], $8::bigint[], $9::text[], $10::bigint[], $11::bigint[],
            $12::bigint[], $13::jsonb[]) AS t",
        id.0,
        now,
        &column(|entry| entry.seq),
        &consumptions,
        &members as &[Option<Uuid>],
        &subtenants as &[Option<Uuid>],
        &operations,
        &column(|entry| entry.quantity),
        &meters,
        &column(|entry| entry.amount),
        &column(|entry| entry.from_allowance),
        &column(|entry| entry.from_packs),
        &draws as &[Option<Value>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Up to `size` entries after the number `seq`, in order.
pub async fn after(
    connection: &mut Connection,
    id: OrganizationId,
    seq: i64,
    size: i64,
) -> Result<Vec<Entry>> {
    let rows = sqlx::query!(
        "SELECT seq, recorded_at, consumption_id, member_id, subtenant_id, operation_code, quantity,
            meter_code, amount, from_allowance, from_packs, pack_draws
        FROM ledger WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        id.0,
        seq,
        size
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Entry {
                seq: row.seq,
                recorded_at: row.recorded_at,
                consumption: ConsumptionId(row.consumption_id),
                member: row.member_id.map(MemberId),
                subtenant: row.subtenant_id.map(SubtenantId),
                operation: row.operation_code.parse()?,
                quantity: row.quantity,
                meter: row.meter_code.parse()?,
                amount: row.amount,
                from_allowance: row.from_allowance,
                from_packs: row.from_packs,
                pack_draws: row
                    .pack_draws
                    .map_or_else(|| Ok(Vec::new()), serde_json::from_value)?,
            })
        })
        .collect()
}

/// Months for which partitions exist in advance: a server that isn't restarted for a year, and
/// whose maintenance fails, still records.
const MONTHS_AHEAD: u32 = 12;

/// Makes the partitions of the month of `now` and of the months ahead that are missing. Several
/// servers may do so at once.
pub async fn make_partitions(connection: &mut Connection, now: DateTime<Utc>) -> Result<()> {
    let month = now.date_naive().with_day(1).unwrap_or(NaiveDate::MAX);
    for ahead in 0..=MONTHS_AHEAD {
        let from = month + Months::new(ahead);
        let to = from + Months::new(1);
        // Names and bounds are dates made here, never input. The lock makes two servers that
        // start at once take turns.
        let sql = format!(
            "SELECT pg_advisory_xact_lock(724001);
            CREATE TABLE IF NOT EXISTS ledger_{name} PARTITION OF ledger
                FOR VALUES FROM ('{from} 00:00:00+00') TO ('{to} 00:00:00+00')",
            name = from.format("%Y_%m"),
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}
