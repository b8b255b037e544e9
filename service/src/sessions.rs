//! Sessions of people who signed in: opaque records that outlive a server.

use crate::{Result, Service};
use chrono::{DateTime, Utc};
use serde_json::Value;

impl Service {
    /// Writes a session under an id that must be new; whether it was.
    pub async fn create_session(
        &self,
        id: &str,
        record: &Value,
        expires_at: DateTime<Utc>,
    ) -> Result<bool> {
        let mut connection = self.store.connection().await?;
        Ok(store::sessions::insert(&mut connection, id, record, expires_at).await?)
    }

    /// Writes a session.
    pub async fn save_session(
        &self,
        id: &str,
        record: &Value,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        let mut connection = self.store.connection().await?;
        Ok(store::sessions::save(&mut connection, id, record, expires_at).await?)
    }

    /// Reads a session that has not expired, and when it will.
    pub async fn load_session(&self, id: &str) -> Result<Option<(Value, DateTime<Utc>)>> {
        let mut connection = self.store.connection().await?;
        let now = self.clock.now(&mut connection).await?;
        Ok(store::sessions::load(&mut connection, id, now).await?)
    }

    /// Removes a session.
    pub async fn delete_session(&self, id: &str) -> Result<()> {
        let mut connection = self.store.connection().await?;
        Ok(store::sessions::delete(&mut connection, id).await?)
    }
}
