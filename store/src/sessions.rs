//! Sessions of people who signed in, as opaque records.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Writes a session that must not exist yet; whether it was written.
pub async fn insert(
    connection: &mut Connection,
    id: &str,
    record: &Value,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO sessions (session_id, record, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING",
        id,
        record,
        expires_at
    );
    Ok(done.execute(connection).await?.rows_affected() == 1)
}

/// Writes a session, whether it exists or not.
pub async fn save(
    connection: &mut Connection,
    id: &str,
    record: &Value,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO sessions (session_id, record, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (session_id) DO UPDATE
        SET record = EXCLUDED.record, expires_at = EXCLUDED.expires_at",
        id,
        record,
        expires_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Reads a session that has not expired at `now`, and when it will.
pub async fn load(
    connection: &mut Connection,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Value, DateTime<Utc>)>> {
    let row = sqlx::query!(
        "SELECT record, expires_at FROM sessions WHERE session_id = $1 AND expires_at > $2",
        id,
        now
    );
    Ok(row.fetch_optional(connection).await?.map(|row| (row.record, row.expires_at)))
}

/// Removes a session.
pub async fn delete(connection: &mut Connection, id: &str) -> Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE session_id = $1", id).execute(connection).await?;
    Ok(())
}

/// Removes up to `size` sessions that have expired at `now`; how many.
pub async fn remove_expired(
    connection: &mut Connection,
    now: DateTime<Utc>,
    size: i64,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM sessions WHERE session_id IN (
            SELECT session_id FROM sessions WHERE expires_at <= $1 LIMIT $2)",
        now,
        size
    );
    Ok(done.execute(connection).await?.rows_affected())
}
