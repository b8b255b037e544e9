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
    pub answer: Value,
}

/// The answers that exist for `keys`.
pub async fn find(
    connection: &mut Connection,
    id: OrganizationId,
    keys: &[String],
) -> Result<HashMap<String, Remembered>> {
    let rows = sqlx::query!(
        "SELECT key, request_hash, answer FROM idempotency_keys
        WHERE organization_id = $1 AND key = ANY($2)",
        id.0,
        keys
    )
    .fetch_all(connection)
    .await?;
    let remembered = |request_hash, answer| Remembered { request_hash, answer };
    Ok(rows.into_iter().map(|row| (row.key, remembered(row.request_hash, row.answer))).collect())
}

/// Remembers answers under their keys. The organization must be locked.
pub async fn insert(
    connection: &mut Connection,
    id: OrganizationId,
    answers: &[(String, Remembered)],
    now: DateTime<Utc>,
) -> Result<()> {
    let keys: Vec<String> = answers.iter().map(|(key, _)| key.clone()).collect();
    let hashes: Vec<Vec<u8>> =
        answers.iter().map(|(_, answer)| answer.request_hash.clone()).collect();
    let values: Vec<Value> = answers.iter().map(|(_, answer)| answer.answer.clone()).collect();
    sqlx::query!(
        "INSERT INTO idempotency_keys (organization_id, created_at, key, request_hash, answer)
        SELECT $1, $2, t.* FROM unnest($3::text[], $4::bytea[], $5::jsonb[]) AS t",
        id.0,
        now,
        &keys,
        &hashes,
        &values
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
