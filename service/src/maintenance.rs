//! What runs beside requests: nothing here changes a decision.

use crate::{Result, Service};
use chrono::TimeDelta;

/// Idempotency keys live longer than the 7 days that are promised (SPEC section 11).
const KEYS_LIVE: TimeDelta = TimeDelta::days(8);
/// Rows removed by one statement, so that none holds locks for long.
const CHUNK: i64 = 1_000;
/// Chunks removed in one go; the rest waits for the next.
const CHUNKS: usize = 100;

impl Service {
    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        Ok(self.store.migrate().await?)
    }

    /// Makes the ledger's partitions for the months ahead, and removes idempotency keys, sessions
    /// and sign-in links that have expired.
    pub async fn maintain(&self) -> Result<()> {
        self.store.make_partitions(&self.clock).await?;
        let mut connection = self.store.connection().await?;
        let now = self.clock.now(&mut connection).await?;
        store::users::remove_expired_links(&mut connection, now).await?;
        for _ in 0..CHUNKS {
            let keys =
                store::idempotency::remove_older(&mut connection, now - KEYS_LIVE, CHUNK).await?;
            let sessions = store::sessions::remove_expired(&mut connection, now, CHUNK).await?;
            if keys + sessions == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Ends all connections to the database.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
