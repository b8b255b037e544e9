//! When keys were used last. Requests note it in memory, and one statement a minute writes it down: no
//! decision waits for that.

use crate::{Result, Service};
use domain::ids::{ApiKeyId, OrganizationId};
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};
use store::Whose;

/// Keys that are noted until the next time; further ones are when they are used again.
const NOTED: usize = 100_000;
/// Keys that one statement writes.
const CHUNK: usize = 1_000;

/// Keys that were used since the last time.
#[derive(Default)]
pub(crate) struct KeyUses(Mutex<HashSet<(OrganizationId, ApiKeyId)>>);

impl KeyUses {
    pub(crate) fn note(&self, of: OrganizationId, keys: impl IntoIterator<Item = ApiKeyId>) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = NOTED.saturating_sub(noted.len());
        noted.extend(keys.into_iter().take(room).map(|key| (of, key)));
    }

    fn take(&self) -> Vec<(OrganizationId, ApiKeyId)> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        noted.into_iter().collect()
    }
}

impl Service {
    /// Writes down which keys were used since the last time. What the database does not take is lost:
    /// a key that is in use is noted again.
    pub async fn record_key_uses(&self) -> Result<()> {
        for keys in self.uses.take().chunks(CHUNK) {
            let mut transaction = self.store.begin(Whose::Everybodys).await?;
            let now = self.clock.now(&mut transaction).await?;
            store::api_keys::note_uses(&mut transaction, keys, now).await?;
            transaction.commit().await.map_err(store::Error::from)?;
        }
        Ok(())
    }
}
