//! What was used when: sums of the ledger per quarter of an hour and per day, and what is not summed
//! up yet.

use crate::{Connection, Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    history::{Breakdown, Filter, Segments, Used},
    ids::{ConsumptionId, MemberId, OrganizationId, SubtenantId},
    input::Code,
    ledger::LedgerEntry,
    period::{TimeZone, Window},
};
use uuid::Uuid;

/// Entries of the ledger that are read one by one at most: those that are not summed up yet. Read in their
/// own order, by their numbers, because the planner would look for their times in all there are.
pub const TAIL: i64 = 100_000;
/// Entries that are summed up in one transaction.
const CHUNK: i64 = 50_000;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Of which meter.
    pub meter: &'a Code,
    /// When.
    pub segments: &'a Segments,
    /// Whether days are told apart.
    pub each_day: bool,
    /// What else is told apart.
    pub by: Breakdown,
    /// By whom and for what; everything, if left out.
    pub filter: &'a Filter,
    /// Only these keys of what is told apart.
    pub keys: Option<&'a [String]>,
    /// The last entry of the ledger that is summed up: those after it are read one by one.
    pub rolled_seq: i64,
}

/// Sums up what is asked for, in the order of days and keys.
pub async fn used(
    connection: &mut Connection,
    id: OrganizationId,
    wanted: Wanted<'_>,
    size: i64,
) -> Result<Vec<Used>> {
    let Wanted { segments, filter, .. } = wanted;
    let (whole_from, whole_to) = segments.whole_days().unzip();
    let edges = segments.edges();
    let window = segments.window();
    let (of_member, member) = (filter.member.is_some(), filter.member.flatten());
    let operation = filter.operation.as_ref().and_then(Option::as_ref);
    let of_operation = filter.operation.is_some();
    let (of_subtenant, subtenant) = (filter.subtenant.is_some(), filter.subtenant.flatten());
    let rows = sqlx::query_as!(
        Used,
        r#"SELECT CASE WHEN $3 THEN u.day END AS day, u.key,
            sum(u.used)::bigint AS "used!", sum(u.from_packs)::bigint AS "from_packs!",
            sum(u.refunded)::bigint AS "refunded!"
        FROM (SELECT s.*, CASE $4
                WHEN 'member' THEN COALESCE(s.member_id::text, 'none')
                WHEN 'subtenant' THEN COALESCE(s.subtenant_id::text, 'none')
                WHEN 'operation' THEN COALESCE(s.operation_code, 'none') END AS key
        FROM (
            SELECT d.day, d.member_id, d.subtenant_id, d.operation_code, d.used, d.from_packs,
                d.refunded
            FROM usage_days d
            WHERE d.organization_id = $1 AND d.meter_code = $2 AND d.day BETWEEN $5 AND $6
            UNION ALL
            SELECT ($9::date[])[width_bucket(q.starts_at, $10::timestamptz[])], q.member_id,
                q.subtenant_id, q.operation_code, q.used, q.from_packs, q.refunded
            FROM unnest($7::timestamptz[], $8::timestamptz[]) AS e (starts_at, ends_at)
            CROSS JOIN LATERAL (
                SELECT * FROM usage_quarters q
                WHERE q.organization_id = $1 AND q.meter_code = $2
                    AND q.starts_at >= e.starts_at AND q.starts_at < e.ends_at
                OFFSET 0
            ) q
            UNION ALL
            SELECT ($9::date[])[width_bucket(l.counts_at, $10::timestamptz[])], l.member_id,
                l.subtenant_id, l.operation_code, l.amount, l.from_packs,
                CASE l.kind WHEN 'refund' THEN -l.amount ELSE 0 END
            FROM (
                SELECT * FROM ledger l WHERE l.organization_id = $1 AND l.seq > $11
                ORDER BY l.seq LIMIT $22
            ) l
            WHERE l.meter_code = $2 AND l.counts_at >= $12 AND l.counts_at < $13
        ) s) u
        WHERE (NOT $14 OR u.member_id IS NOT DISTINCT FROM $15)
            AND (NOT $16 OR u.subtenant_id IS NOT DISTINCT FROM $17)
            AND (NOT $18 OR u.operation_code IS NOT DISTINCT FROM $19)
            AND ($20::text[] IS NULL OR u.key = ANY ($20))
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $21"#,
        id.0,
        wanted.meter.as_str(),
        wanted.each_day,
        wanted.by.code(),
        whole_from,
        whole_to,
        &edges.iter().map(|edge| edge.starts_at).collect::<Vec<DateTime<Utc>>>(),
        &edges.iter().map(|edge| edge.ends_at).collect::<Vec<DateTime<Utc>>>(),
        segments.days(),
        segments.starts(),
        wanted.rolled_seq,
        window.starts_at,
        window.ends_at,
        of_member,
        member.map(|member| member.0),
        of_subtenant,
        subtenant.map(|subtenant| subtenant.0),
        of_operation,
        operation.map(Code::as_str),
        wanted.keys,
        size,
        TAIL
    );
    Ok(rows.fetch_all(connection).await?)
}

/// Which entries of the ledger are listed.
#[derive(Clone, Copy, Debug)]
pub struct WantedEntries<'a> {
    /// Of which meter.
    pub meter: &'a Code,
    /// When they count.
    pub window: Window,
    /// By whom and for what.
    pub filter: &'a Filter,
    /// Those that count before this, or at the same instant and were recorded before this number.
    pub before: (DateTime<Utc>, i64),
    /// The last entry that is summed up.
    pub rolled_seq: i64,
}

struct EntryRow {
    seq: i64,
    recorded_at: DateTime<Utc>,
    counts_at: DateTime<Utc>,
    kind: String,
    consumption_id: Uuid,
    member_id: Option<Uuid>,
    member_name: Option<String>,
    subtenant_id: Option<Uuid>,
    operation_code: Option<String>,
    operation_name: Option<String>,
    quantity: i64,
    amount: i64,
    from_packs: i64,
}

impl TryFrom<EntryRow> for LedgerEntry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        Ok(Self {
            seq: row.seq,
            recorded_at: row.recorded_at,
            counts_at: row.counts_at,
            kind: row.kind.parse()?,
            consumption_id: ConsumptionId(row.consumption_id),
            member: row.member_id.map(MemberId),
            member_name: row.member_name,
            subtenant: row.subtenant_id.map(SubtenantId),
            operation: row.operation_code.map(|code| code.parse()).transpose()?,
            operation_name: row.operation_name,
            quantity: row.quantity,
            amount: row.amount,
            from_packs: row.from_packs,
        })
    }
}

/// Up to `size` entries that changed what is used of a meter, the newest first.
///
/// They are looked for in the quarters of an hour in which there were any: what is rare would else be
/// looked for in everything.
pub async fn entries(
    connection: &mut Connection,
    id: OrganizationId,
    wanted: WantedEntries<'_>,
    size: i64,
) -> Result<Vec<LedgerEntry>> {
    let WantedEntries { filter, window, before, .. } = wanted;
    let (of_member, member) = (filter.member.is_some(), filter.member.flatten());
    let (of_subtenant, subtenant) = (filter.subtenant.is_some(), filter.subtenant.flatten());
    let operation = filter.operation.as_ref().and_then(Option::as_ref);
    let of_operation = filter.operation.is_some();
    let rows = sqlx::query_as!(
        EntryRow,
        r#"WITH quarters AS MATERIALIZED (
            SELECT DISTINCT q.starts_at FROM usage_quarters q
            WHERE q.organization_id = $1 AND q.meter_code = $2
                AND q.starts_at >= $3 AND q.starts_at < $4 AND q.starts_at <= $5
                AND (NOT $8 OR q.member_id IS NOT DISTINCT FROM $9)
                AND (NOT $10 OR q.subtenant_id IS NOT DISTINCT FROM $11)
                AND (NOT $12 OR q.operation_code IS NOT DISTINCT FROM $13)
            ORDER BY q.starts_at DESC LIMIT $14
        ), found AS (
            SELECT l.* FROM quarters q CROSS JOIN LATERAL (
                SELECT * FROM ledger l
                WHERE l.organization_id = $1 AND l.counts_at >= q.starts_at
                    AND l.counts_at < q.starts_at + interval '15 minutes'
                    AND l.seq <= $7 AND (l.counts_at, l.seq) < ($5, $6)
                    AND l.meter_code = $2 AND l.amount <> 0
                    AND (NOT $8 OR l.member_id IS NOT DISTINCT FROM $9)
                    AND (NOT $10 OR l.subtenant_id IS NOT DISTINCT FROM $11)
                    AND (NOT $12 OR l.operation_code IS NOT DISTINCT FROM $13)
                ORDER BY l.counts_at DESC, l.seq DESC LIMIT $14
            ) l
            UNION ALL
            SELECT l.* FROM (
                SELECT * FROM ledger l WHERE l.organization_id = $1 AND l.seq > $7
                ORDER BY l.seq LIMIT $15
            ) l
            WHERE (l.counts_at, l.seq) < ($5, $6) AND l.counts_at >= $3 AND l.counts_at < $4
                AND l.meter_code = $2 AND l.amount <> 0
                AND (NOT $8 OR l.member_id IS NOT DISTINCT FROM $9)
                AND (NOT $10 OR l.subtenant_id IS NOT DISTINCT FROM $11)
                AND (NOT $12 OR l.operation_code IS NOT DISTINCT FROM $13)
        )
        SELECT f.seq AS "seq!", f.recorded_at AS "recorded_at!", f.counts_at AS "counts_at!",
            f.kind AS "kind!", f.consumption_id AS "consumption_id!", f.member_id,
            m.name AS "member_name?", f.subtenant_id, f.operation_code,
            o.name AS "operation_name?", f.quantity AS "quantity!", f.amount AS "amount!",
            f.from_packs AS "from_packs!"
        FROM (SELECT * FROM found ORDER BY counts_at DESC, seq DESC LIMIT $14) f
        LEFT JOIN LATERAL (
            SELECT name FROM members
            WHERE organization_id = $1 AND member_id = f.member_id OFFSET 0
        ) m ON true
        LEFT JOIN operations o ON o.code = f.operation_code
        ORDER BY f.counts_at DESC, f.seq DESC"#,
        id.0,
        wanted.meter.as_str(),
        window.starts_at,
        window.ends_at,
        before.0,
        before.1,
        wanted.rolled_seq,
        of_member,
        member.map(|member| member.0),
        of_subtenant,
        subtenant.map(|subtenant| subtenant.0),
        of_operation,
        operation.map(Code::as_str),
        size,
        TAIL
    );
    rows.fetch_all(connection).await?.into_iter().map(TryFrom::try_from).collect()
}

/// The last entry of the ledger that is summed up.
pub async fn rolled_seq(connection: &mut Connection, id: OrganizationId) -> Result<i64> {
    let rolled = sqlx::query_scalar!(
        "SELECT rolled_seq FROM usage_rollups WHERE organization_id = $1",
        id.0
    );
    Ok(rolled.fetch_optional(connection).await?.unwrap_or_default())
}

/// Up to `size` organizations after `after` whose ledger has entries that are not summed up.
pub async fn behind(
    connection: &mut Connection,
    after: Option<OrganizationId>,
    size: i64,
) -> Result<Vec<OrganizationId>> {
    let ids = sqlx::query_scalar!(
        "SELECT s.organization_id FROM organization_states s
        LEFT JOIN usage_rollups r USING (organization_id)
        WHERE s.last_seq > COALESCE(r.rolled_seq, 0)
            AND ($1::uuid IS NULL OR s.organization_id > $1)
        ORDER BY s.organization_id LIMIT $2",
        after.map(|after| after.0),
        size
    );
    Ok(ids.fetch_all(connection).await?.into_iter().map(OrganizationId).collect())
}

/// Entries that come next to be summed up.
#[derive(Clone, Copy, Debug)]
pub struct NextEntries {
    /// They come after this one.
    pub after: i64,
    /// The last of them.
    pub last: i64,
    /// When the first and the last of them counts.
    pub between: (DateTime<Utc>, DateTime<Utc>),
}

/// Takes the right to sum up for the rest of the transaction, and says what comes next. `None`: there
/// is nothing, or somebody else has the right.
pub async fn take(connection: &mut Connection, id: OrganizationId) -> Result<Option<NextEntries>> {
    sqlx::query!(
        "INSERT INTO usage_rollups (organization_id, rolled_seq) VALUES ($1, 0)
        ON CONFLICT ON CONSTRAINT usage_rollups_pkey DO NOTHING",
        id.0
    )
    .execute(&mut *connection)
    .await?;
    let next = sqlx::query!(
        r#"WITH taken AS MATERIALIZED (
            SELECT rolled_seq FROM usage_rollups WHERE organization_id = $1 FOR UPDATE SKIP LOCKED
        )
        SELECT t.rolled_seq, max(l.seq) AS last, min(l.counts_at) AS "from", max(l.counts_at) AS "to"
        FROM taken t CROSS JOIN LATERAL (
            SELECT l.seq, l.counts_at FROM ledger l
            WHERE l.organization_id = $1 AND l.seq > t.rolled_seq ORDER BY l.seq LIMIT $2
        ) l
        GROUP BY t.rolled_seq"#,
        id.0,
        CHUNK
    )
    .fetch_optional(connection)
    .await?;
    Ok(next.and_then(|next| {
        let (last, from, to) = (next.last?, next.from?, next.to?);
        Some(NextEntries { after: next.rolled_seq, last, between: (from, to) })
    }))
}

/// Sums entries up. Days begin where `zone` says: the same rule as for limits, which Postgres does not
/// share where clocks go back over midnight.
pub async fn sum_up(
    connection: &mut Connection,
    id: OrganizationId,
    next: NextEntries,
    zone: TimeZone,
) -> Result<()> {
    let days = Segments::touched(next.between, zone);
    sqlx::query!(
        "WITH entries AS MATERIALIZED (
            SELECT l.meter_code, l.member_id, l.subtenant_id, l.operation_code, l.amount,
                date_bin('15 minutes', l.counts_at, 'epoch'::timestamptz) AS starts_at,
                l.from_packs, CASE l.kind WHEN 'refund' THEN -l.amount ELSE 0 END AS refunded
            FROM ledger l
            WHERE l.organization_id = $1 AND l.seq > $2 AND l.seq <= $3 AND l.amount <> 0
        ), quarters AS MATERIALIZED (
            SELECT e.meter_code, e.starts_at, e.member_id, e.subtenant_id, e.operation_code,
                sum(e.amount)::bigint AS used, sum(e.from_packs)::bigint AS from_packs,
                sum(e.refunded)::bigint AS refunded
            FROM entries e GROUP BY 1, 2, 3, 4, 5
        ), quartered AS (
            INSERT INTO usage_quarters AS had (organization_id, meter_code, starts_at, member_id,
                subtenant_id, operation_code, used, from_packs, refunded)
            SELECT $1, q.* FROM quarters q
            ON CONFLICT ON CONSTRAINT usage_quarters_key DO UPDATE SET
                used = had.used + EXCLUDED.used, from_packs = had.from_packs + EXCLUDED.from_packs,
                refunded = had.refunded + EXCLUDED.refunded
        ), by_day AS (
            INSERT INTO usage_days AS had (organization_id, meter_code, day, member_id,
                subtenant_id, operation_code, used, from_packs, refunded)
            SELECT $1, q.meter_code, ($4::date[])[width_bucket(q.starts_at, $5::timestamptz[])],
                q.member_id, q.subtenant_id, q.operation_code, sum(q.used)::bigint,
                sum(q.from_packs)::bigint, sum(q.refunded)::bigint
            FROM quarters q GROUP BY 2, 3, 4, 5, 6
            ON CONFLICT ON CONSTRAINT usage_days_key DO UPDATE SET
                used = had.used + EXCLUDED.used, from_packs = had.from_packs + EXCLUDED.from_packs,
                refunded = had.refunded + EXCLUDED.refunded
        )
        UPDATE usage_rollups SET rolled_seq = $3 WHERE organization_id = $1",
        id.0,
        next.after,
        next.last,
        days.days(),
        days.starts()
    )
    .execute(connection)
    .await?;
    Ok(())
}
