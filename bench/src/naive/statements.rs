//! The statements of the naive handler, each once per request.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Result, query, query_as, query_scalar};
use uuid::Uuid;

use crate::answer::{Allowed, Ask, Limit};

/// The organization whose row is locked.
#[derive(sqlx::FromRow)]
pub(super) struct Locked {
    organization_id: Uuid,
    last_seq: i64,
    /// Read after the lock was taken.
    now: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Member {
    member_id: Uuid,
    subtenant_id: Uuid,
}

#[derive(sqlx::FromRow)]
pub(super) struct Price {
    pub(super) meter: String,
    pub(super) amount: i64,
}

#[derive(Clone, sqlx::FromRow)]
pub(super) struct LimitRow {
    pub(super) without_packs: bool,
    #[sqlx(flatten)]
    pub(super) limit: Limit,
}

#[derive(sqlx::FromRow)]
pub(super) struct Pack {
    pub(super) pack_id: Uuid,
    pub(super) remaining: i64,
}

pub(super) async fn organization_of(pool: &PgPool, token: &str) -> Result<Option<Uuid>> {
    query_scalar("SELECT organization_id FROM organizations WHERE api_key_hash = $1")
        .bind(Sha256::digest(token).to_vec())
        .fetch_optional(pool)
        .await
}

pub(super) async fn lock(connection: &mut PgConnection, organization: Uuid) -> Result<Locked> {
    query_as(
        "SELECT organization_id, last_seq, clock_timestamp() AS now
        FROM organizations WHERE organization_id = $1 FOR UPDATE",
    )
    .bind(organization)
    .fetch_one(connection)
    .await
}

/// The request and the answer that a key was used for.
pub(super) async fn answered(
    connection: &mut PgConnection,
    organization: Uuid,
    key: &str,
) -> Result<Option<(Vec<u8>, Value)>> {
    query_as(
        "SELECT request_hash, answer FROM idempotency_keys WHERE organization_id = $1 AND key = $2",
    )
    .bind(organization)
    .bind(key)
    .fetch_optional(connection)
    .await
}

pub(super) async fn member(
    connection: &mut PgConnection,
    organization: Uuid,
    email: &str,
) -> Result<Option<Member>> {
    query_as(
        "SELECT member_id, subtenant_id FROM members
        WHERE organization_id = $1 AND email = $2 AND status = 'active'",
    )
    .bind(organization)
    .bind(email)
    .fetch_optional(connection)
    .await
}

pub(super) async fn price(connection: &mut PgConnection, operation: &str) -> Result<Option<Price>> {
    query_as("SELECT meter, amount FROM prices WHERE operation = $1")
        .bind(operation)
        .fetch_optional(connection)
        .await
}

/// Every limit on the path of a member, and where it stands.
pub(super) async fn limits(
    connection: &mut PgConnection,
    locked: &Locked,
    member: &Member,
    meter: &str,
) -> Result<Vec<LimitRow>> {
    query_as(
        "SELECT limits.without_packs, limits.scope, limits.scope_id, limits.meter, limits.period,
            limits.amount, coalesce(used, 0) AS used, 0::bigint AS reserved,
            0::bigint AS set_aside, limits.amount - coalesce(used, 0) AS remaining,
            date_trunc(unit, $5, 'UTC') + ('1 ' || unit)::interval AS resets_at
        FROM limits
        LEFT JOIN balances ON balances.organization_id = limits.organization_id
            AND balances.scope = limits.scope AND balances.scope_id = limits.scope_id
            AND balances.meter = limits.meter AND balances.period = limits.period
            AND balances.without_packs = limits.without_packs
            AND balances.starts_at = date_trunc(unit, $5, 'UTC')
        WHERE limits.organization_id = $1 AND limits.meter = $2
            AND (limits.scope IN ('plan', 'organization')
                OR limits.scope = 'subtenant' AND limits.scope_id = $3
                OR limits.scope = 'member' AND limits.scope_id = $4)",
    )
    .bind(locked.organization_id)
    .bind(meter)
    .bind(member.subtenant_id.to_string())
    .bind(member.member_id.to_string())
    .bind(locked.now)
    .fetch_all(connection)
    .await
}

pub(super) async fn packs(connection: &mut PgConnection, locked: &Locked) -> Result<Vec<Pack>> {
    query_as(
        "SELECT pack_id, remaining FROM packs
        WHERE organization_id = $1 AND remaining > 0 AND (ends_at IS NULL OR ends_at > $2)
        ORDER BY ends_at NULLS LAST, granted_at",
    )
    .bind(locked.organization_id)
    .bind(locked.now)
    .fetch_all(connection)
    .await
}

pub(super) async fn take_from_pack(
    connection: &mut PgConnection,
    organization: Uuid,
    pack: Uuid,
    amount: i64,
) -> Result<()> {
    query("UPDATE packs SET remaining = remaining - $3 WHERE organization_id = $1 AND pack_id = $2")
        .bind(organization)
        .bind(pack)
        .bind(amount)
        .execute(connection)
        .await
        .map(drop)
}

/// What an allowed request leaves behind.
pub(super) struct Recorded<'a> {
    pub(super) locked: &'a Locked,
    pub(super) member: &'a Member,
    pub(super) ask: &'a Ask,
    pub(super) answer: &'a Allowed,
}

impl Recorded<'_> {
    /// All balances of the path with one statement.
    pub(super) async fn move_balances(&self, connection: &mut PgConnection) -> Result<()> {
        let charge = &self.answer.charges[0];
        query(
            "INSERT INTO balances
            SELECT organization_id, scope, scope_id, meter, period, without_packs,
                date_trunc(unit, $7, 'UTC'), CASE WHEN without_packs THEN $5 ELSE $6 END
            FROM limits
            WHERE organization_id = $1 AND meter = $2
                AND (scope IN ('plan', 'organization')
                    OR scope = 'subtenant' AND scope_id = $3
                    OR scope = 'member' AND scope_id = $4)
            ON CONFLICT (organization_id, scope, scope_id, meter, period, without_packs, starts_at)
            DO UPDATE SET used = balances.used + excluded.used",
        )
        .bind(self.locked.organization_id)
        .bind(&charge.meter)
        .bind(self.member.subtenant_id.to_string())
        .bind(self.member.member_id.to_string())
        .bind(charge.from_allowance)
        .bind(charge.amount)
        .bind(self.locked.now)
        .execute(connection)
        .await
        .map(drop)
    }

    /// Uses up a number of the ledger.
    pub(super) async fn number(&self, connection: &mut PgConnection) -> Result<()> {
        query("UPDATE organizations SET last_seq = last_seq + 1 WHERE organization_id = $1")
            .bind(self.locked.organization_id)
            .execute(connection)
            .await
            .map(drop)
    }

    pub(super) async fn enter(&self, connection: &mut PgConnection) -> Result<()> {
        let charge = &self.answer.charges[0];
        query("INSERT INTO ledger VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
            .bind(self.locked.organization_id)
            .bind(self.locked.last_seq + 1)
            .bind(self.locked.now)
            .bind(self.answer.consumption_id)
            .bind(self.member.member_id)
            .bind(self.member.subtenant_id)
            .bind(&self.ask.operation)
            .bind(self.ask.quantity)
            .bind(&charge.meter)
            .bind(charge.amount)
            .bind(charge.from_allowance)
            .bind(charge.from_packs)
            .execute(connection)
            .await
            .map(drop)
    }
}

pub(super) async fn remember(
    connection: &mut PgConnection,
    locked: &Locked,
    key: &str,
    request_hash: &[u8],
    answer: Json<&Allowed>,
) -> Result<()> {
    query("INSERT INTO idempotency_keys VALUES ($1, $2, $3, $4, $5)")
        .bind(locked.organization_id)
        .bind(key)
        .bind(request_hash)
        .bind(answer)
        .bind(locked.now)
        .execute(connection)
        .await
        .map(drop)
}
