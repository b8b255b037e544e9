//! Sessions of people who signed in: opaque records that outlive a server.

use crate::{Result, Service};
use chrono::{DateTime, Utc};
use serde_json::Value;
use store::Whose;

impl Service {
    /// Writes a session under an id that must be new; whether it was.
    pub async fn create_session(
        &self,
        id: &str,
        record: &Value,
        expires_at: DateTime<Utc>,
    ) -> Result<bool> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        let new = store::sessions::insert(&mut transaction, id, record, expires_at).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(new)
    }

    /// Writes a session.
    pub async fn save_session(
        &self,
        id: &str,
        record: &Value,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        store::sessions::save(&mut transaction, id, record, expires_at).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }

    /// Reads a session that has not expired, and when it will.
    pub async fn load_session(&self, id: &str) -> Result<Option<(Value, DateTime<Utc>)>> {
        let mut transaction = self.store.read(Whose::Nobodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        Ok(store::sessions::load(&mut transaction, id, now).await?)
    }

    /// Removes a session.
    pub async fn delete_session(&self, id: &str) -> Result<()> {
        let mut transaction = self.store.begin(Whose::Nobodys).await?;
        store::sessions::delete(&mut transaction, id).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }
}
