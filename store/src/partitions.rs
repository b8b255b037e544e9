//! The ledger's partitions, one a month: made ahead, and detached when they are old.

use crate::{Connection, Result, Transaction, balances::named_holder};
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use domain::{balances::Account, ids::OrganizationId};

/// Months for which partitions exist in advance: a server that isn't restarted for a year, and
/// whose maintenance fails, still records.
const MONTHS_AHEAD: u32 = 12;

/// Makes the partitions of the month of `now` and of the months ahead that are missing. Several
/// servers may do so at once.
pub async fn make(connection: &mut Connection, now: DateTime<Utc>) -> Result<()> {
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

/// The months of the ledger that ended before `before`, oldest first, by the names of their
/// partitions.
pub async fn older_than(connection: &mut Connection, before: NaiveDate) -> Result<Vec<String>> {
    // A name says its month, so that names are in the order of time.
    let first_kept = format!("ledger_{}", before.format("%Y_%m"));
    let names = sqlx::query_scalar!(
        r#"SELECT c.relname::text AS "name!" FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'ledger'::regclass AND c.relname::text COLLATE "C" < $1
        ORDER BY c.relname::text COLLATE "C""#,
        first_kept
    );
    Ok(names.fetch_all(connection).await?)
}

/// Detaches a partition of the ledger: it stays as a table of its own, for whoever keeps the books.
/// What never starts anew is carried on: levels of gauges, what was taken out of packs, and the
/// last number.
pub async fn detach(mut transaction: Transaction, partition: &str) -> Result<()> {
    // A name from the database's own catalogue, of the form that `make` gives.
    let sql = format!(
        "LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE;
        INSERT INTO carried_levels (organization_id, holder_kind, holder_id, meter_code, used)
        SELECT e.organization_id, h.kind, h.id, e.meter_code, sum(e.amount)
        FROM {partition} e JOIN meters m ON m.code = e.meter_code AND m.kind = 'gauge',
            LATERAL (VALUES ('organization', e.organization_id), ('subtenant', e.subtenant_id),
                ('member', e.member_id)) AS h (kind, id)
        WHERE h.id IS NOT NULL
        GROUP BY e.organization_id, h.kind, h.id, e.meter_code
        ON CONFLICT ON CONSTRAINT carried_levels_pkey
            DO UPDATE SET used = carried_levels.used + EXCLUDED.used;
        UPDATE credit_packs p SET carried = p.carried + d.amount
        FROM (
            SELECT e.organization_id, (draw->>'pack')::uuid AS pack_id,
                sum((draw->>'amount')::bigint) AS amount
            FROM {partition} e, jsonb_array_elements(e.pack_draws) draw
            WHERE e.pack_draws IS NOT NULL GROUP BY 1, 2
        ) d
        WHERE p.organization_id = d.organization_id AND p.pack_id = d.pack_id;
        UPDATE organization_states s SET carried_seq = d.seq
        FROM (SELECT organization_id, max(seq) AS seq FROM {partition} GROUP BY 1) d
        WHERE s.organization_id = d.organization_id;
        ALTER TABLE ledger DETACH PARTITION {partition}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// What was carried on of an organization's detached months: the last number, and levels of
/// gauges.
pub async fn carried(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<(i64, Vec<(Account, i64)>)> {
    let seq = sqlx::query_scalar!(
        "SELECT carried_seq FROM organization_states WHERE organization_id = $1",
        id.0
    );
    let seq = seq.fetch_one(&mut *connection).await?;
    let levels = sqlx::query!(
        "SELECT holder_kind, holder_id, meter_code, used FROM carried_levels
        WHERE organization_id = $1",
        id.0
    );
    let levels = levels.fetch_all(connection).await?.into_iter().map(|row| {
        let holder = named_holder(&row.holder_kind, row.holder_id);
        Ok(((holder, row.meter_code.parse()?), row.used))
    });
    Ok((seq, levels.collect::<Result<_>>()?))
}
