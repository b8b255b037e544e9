//! Answers by idempotency key, so that a request that is sent again is answered, not repeated.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::ids::OrganizationId;
use serde_json::Value;
use std::collections::HashMap;

/// What was answered under a key.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The hash of the request that was answered.
    pub request_hash: Vec<u8>,
    /// The answer.
    pub answer: RememberedAnswer,
}

/// An answer as it is kept.
#[derive(Clone, Debug)]
pub enum RememberedAnswer {
    /// To an edit.
    Json(Value),
    /// To a decision, in the form that `service` packs it in.
    Packed(Vec<u8>),
}

/// The answers that exist for `keys`.
pub async fn find(
    connection: &mut Connection,
    id: OrganizationId,
    keys: &[String],
) -> Result<HashMap<String, Remembered>> {
    let rows = sqlx::query!(
        "SELECT known.* FROM unnest($2::text[]) AS k (key), LATERAL (
            SELECT i.key, i.request_hash, i.answer, i.packed_answer FROM idempotency_keys i
            WHERE i.organization_id = $1 AND i.key = k.key LIMIT 1
        ) known",
        id.0,
        keys
    )
    .fetch_all(connection)
    .await?;
    let known = rows.into_iter().map(|row| {
        let packed = RememberedAnswer::Packed(row.packed_answer.unwrap_or_default());
        let answer = row.answer.map_or(packed, RememberedAnswer::Json);
        (row.key, Remembered { request_hash: row.request_hash, answer })
    });
    Ok(known.collect())
}

/// Remembers the answer to an edit under its key. The organization must be locked.
pub async fn insert(
    connection: &mut Connection,
    id: OrganizationId,
    key: &str,
    request_hash: &[u8],
    answer: &Value,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO idempotency_keys (organization_id, created_at, key, request_hash, answer)
        VALUES ($1, $2, $3, $4, $5)",
        id.0,
        now,
        key,
        request_hash,
        answer
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes up to `size` keys of all organizations that are older than `before`; how many.
pub async fn remove_older(
    connection: &mut Connection,
    before: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM idempotency_keys WHERE ctid IN (
            SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2)",
        before,
        size
    );
    Ok(done.execute(connection).await?.rows_affected())
}
