//! What one batch of decisions reads first and writes last: one statement each, whatever its size.

use crate::{
    Clock, Connection, Result,
    balances::{self, Periods},
    ledger::Entry,
    organizations::OrganizationLock,
};
use chrono::{DateTime, Utc};
use domain::{
    access::KeyRights,
    balances::Account,
    ids::{ApiKeyId, OrganizationId, SubtenantId},
    input::Invalid,
    packs::PackDraw,
    state::Movement,
};
use serde_json::Value;
use uuid::Uuid;

/// What a batch finds.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The row that was locked.
    pub lock: OrganizationLock,
    /// What time it is, after the lock was taken: waiting for it can take longer than a period has
    /// left.
    pub now: DateTime<Utc>,
    /// Counts edits of the catalogue.
    pub catalogue_version: i64,
    /// The idempotency keys of the batch that were answered before. One that another server
    /// answers at this moment can be missing: [`save`] finds that out.
    pub answered: Vec<String>,
    /// The API keys of the batch that are valid, and what they allow.
    pub valid_keys: Vec<(ApiKeyId, KeyRights)>,
}

/// Locks an organization for the rest of the transaction; `None` if there is no such organization.
pub async fn open(
    connection: &mut Connection,
    id: OrganizationId,
    keys: &[String],
    api_keys: &[Uuid],
    clock: &Clock,
) -> Result<Option<Opened>> {
    // Materialized, so that the clock is read after the lock was taken.
    let row = sqlx::query!(
        r#"WITH locked AS MATERIALIZED (
            SELECT last_seq, set_aside, set_aside_until, version, next_expiry, decided_at
            FROM organization_states WHERE organization_id = $1 FOR UPDATE
        )
        SELECT locked.*, clock_timestamp() AS "now!",
            (SELECT version FROM catalogue_version) AS "catalogue_version!",
            ARRAY(SELECT known.key FROM unnest($2::text[]) AS k (key), LATERAL (
                SELECT i.key FROM idempotency_keys i
                WHERE i.organization_id = $1 AND i.key = k.key LIMIT 1) known) AS "answered!",
            valid.keys, valid.scopes, valid.subtenants AS "subtenants: Vec<Option<Uuid>>"
        FROM locked, (
            SELECT array_agg(api_key_id) AS keys,
                array_agg(array_to_string(scopes, ' ')) AS scopes,
                array_agg(subtenant_id) AS subtenants
            FROM api_keys
            WHERE organization_id = $1 AND api_key_id = ANY($3) AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > COALESCE($4, now()))
        ) valid"#,
        id.0,
        keys,
        api_keys,
        clock.set_to()
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    // Of no valid key there are no arrays at all.
    let (keys, scopes) = (row.keys.unwrap_or_default(), row.scopes.unwrap_or_default());
    let subtenants = row.subtenants.unwrap_or_default();
    let valid = keys.into_iter().zip(scopes).zip(subtenants).map(|((key, scopes), subtenant)| {
        let scopes: Result<_, Invalid> = scopes.split(' ').map(str::parse).collect();
        Ok((ApiKeyId(key), KeyRights { scopes: scopes?, subtenant: subtenant.map(SubtenantId) }))
    });
    let valid_keys = valid.collect::<Result<Vec<_>, Invalid>>()?;
    Ok(Some(Opened {
        lock: OrganizationLock {
            last_seq: row.last_seq,
            set_aside: row.set_aside,
            set_aside_until: row.set_aside_until,
            version: row.version,
            next_expiry: row.next_expiry,
            decided_at: row.decided_at,
        },
        now: clock.set_to().unwrap_or(row.now),
        catalogue_version: row.catalogue_version,
        answered: row.answered,
        valid_keys,
    }))
}

/// An answer to be remembered under its key.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    /// The key.
    pub key: String,
    /// The hash of the request.
    pub request_hash: Vec<u8>,
    /// The answer, packed.
    pub packed: Vec<u8>,
    /// What was recorded, if anything.
    pub effect: Option<Uuid>,
}

/// What a batch changes.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Answers to remember.
    pub answers: Vec<NewAnswer>,
    /// Entries to append.
    pub entries: Vec<Entry>,
    /// Balances that moved, with all their periods.
    pub balances: Vec<(Account, Periods)>,
    /// What was taken out of packs, negative where it was put back: also of one that has ended.
    pub packs: Vec<PackDraw>,
}

/// Writes what a batch changes, and moves the locked row on. `false`: another server has answered
/// one of the keys, so that nothing of this may be committed.
pub async fn save(
    connection: &mut Connection,
    id: OrganizationId,
    lock: OrganizationLock,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Result<bool> {
    let Changes { answers, entries, balances, packs } = changes;
    let number = |of: fn(&Entry) -> i64| -> Vec<i64> { entries.iter().map(of).collect() };
    let moved = |of: fn(&Movement) -> i64| -> Vec<i64> {
        entries.iter().map(|entry| of(&entry.movement)).collect()
    };
    let holders = balances.iter().map(|((holder, _), _)| balances::holder(id, *holder));
    let (holder_kinds, holder_ids): (Vec<String>, Vec<Uuid>) =
        holders.map(|(kind, holder)| (kind.to_owned(), holder)).unzip();
    let remembered = sqlx::query_scalar!(
        r#"WITH moved_on AS (
            UPDATE organization_states SET last_seq = $2, set_aside = $3, set_aside_until = $4,
                next_expiry = $5, decided_at = $6
            WHERE organization_id = $1
        ), remembered AS (
            INSERT INTO idempotency_keys
                (organization_id, created_at, key, request_hash, packed_answer, effect_id)
            SELECT $1, $6, t.* FROM unnest($7::text[], $8::bytea[], $9::bytea[], $10::uuid[]) AS t
            ON CONFLICT DO NOTHING RETURNING 1
        ), appended AS (
            INSERT INTO ledger (organization_id, recorded_at, seq, kind, consumption_id, member_id,
                subtenant_id, operation_code, quantity, meter_code, counts_at, amount,
                from_allowance, from_packs, reserved, reserved_from_packs, pack_draws)
            SELECT $1, $6, t.* FROM unnest($11::bigint[], $12::text[], $13::uuid[], $14::uuid[],
                $15::uuid[], $16::text[], $17::bigint[], $18::text[], $19::timestamptz[],
                $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[],
                $25::jsonb[]) AS t
        ), balanced AS (
            INSERT INTO balances (organization_id, holder_kind, holder_id, meter_code, periods)
            SELECT $1, t.kind, t.holder, t.meter, t.periods::bigint[]
            FROM unnest($26::text[], $27::uuid[], $28::text[], $29::text[])
                AS t (kind, holder, meter, periods)
            ON CONFLICT ON CONSTRAINT balances_pkey DO UPDATE SET periods = EXCLUDED.periods
        ), drawn AS (
            UPDATE credit_packs p SET remaining = p.remaining - t.taken
            FROM unnest($30::uuid[], $31::bigint[]) AS t (pack_id, taken)
            WHERE p.organization_id = $1 AND p.pack_id = t.pack_id
        )
        SELECT count(*) AS "remembered!" FROM remembered"#,
        id.0,
        lock.last_seq,
        lock.set_aside,
        lock.set_aside_until,
        lock.next_expiry,
        now,
        &answers.iter().map(|answer| answer.key.clone()).collect::<Vec<String>>(),
        &answers.iter().map(|answer| answer.request_hash.clone()).collect::<Vec<Vec<u8>>>(),
        &answers.iter().map(|answer| answer.packed.clone()).collect::<Vec<Vec<u8>>>(),
        &answers.iter().map(|answer| answer.effect).collect::<Vec<_>>() as &[Option<Uuid>],
        &number(|entry| entry.seq),
        &entries.iter().map(|entry| entry.kind.code().to_owned()).collect::<Vec<String>>(),
        &entries.iter().map(|entry| entry.consumption.0).collect::<Vec<Uuid>>(),
        &members(entries) as &[Option<Uuid>],
        &subtenants(entries) as &[Option<Uuid>],
        &operations(entries) as &[Option<String>],
        &number(|entry| entry.quantity),
        &entries.iter().map(|entry| entry.movement.meter.to_string()).collect::<Vec<String>>(),
        &entries.iter().map(|entry| entry.movement.counts_at).collect::<Vec<DateTime<Utc>>>(),
        &moved(|movement| movement.change.used),
        &moved(|movement| movement.change.from_allowance()),
        &moved(|movement| movement.change.from_packs),
        &moved(|movement| movement.change.reserved),
        &moved(|movement| movement.change.reserved_from_packs),
        &pack_draws(entries)? as &[Option<Value>],
        &holder_kinds,
        &holder_ids,
        &balances.iter().map(|((_, meter), _)| meter.to_string()).collect::<Vec<String>>(),
        &balances
            .iter()
            .map(|(_, periods)| balances::periods_text(periods))
            .collect::<Vec<String>>(),
        &packs.iter().map(|draw| draw.pack.0).collect::<Vec<Uuid>>(),
        &packs.iter().map(|draw| draw.amount).collect::<Vec<i64>>()
    )
    .fetch_one(connection)
    .await?;
    Ok(usize::try_from(remembered).is_ok_and(|remembered| remembered == answers.len()))
}

fn members(entries: &[Entry]) -> Vec<Option<Uuid>> {
    entries.iter().map(|entry| entry.movement.path.member.map(|member| member.0)).collect()
}

fn subtenants(entries: &[Entry]) -> Vec<Option<Uuid>> {
    entries.iter().map(|entry| entry.movement.path.subtenant.map(|id| id.0)).collect()
}

fn operations(entries: &[Entry]) -> Vec<Option<String>> {
    let code = |entry: &Entry| entry.operation.as_ref().map(ToString::to_string);
    entries.iter().map(code).collect()
}

fn pack_draws(entries: &[Entry]) -> Result<Vec<Option<Value>>> {
    let draws = entries.iter().map(|entry| match &entry.movement.pack_draws[..] {
        [] => Ok(None),
        draws => Ok(Some(serde_json::to_value(draws)?)),
    });
    draws.collect()
}
