//! Answering a request that is sent again, where it is not a decision: those are remembered batch
//! by batch (see `decisions`).

use crate::{Error, Result, secrets};
use chrono::{DateTime, Utc};
use domain::{ids::OrganizationId, input::IdempotencyKey};
use serde::{Serialize, de::DeserializeOwned};
use store::{Connection, idempotency::Remembered};

/// A request under its key, if it has one.
pub(crate) struct Keyed(Option<(String, Vec<u8>)>);

impl Keyed {
    /// A request of the kind `operation`: the same key can't be used for another kind.
    pub(crate) fn new(
        key: Option<IdempotencyKey>,
        operation: &str,
        request: &impl Serialize,
    ) -> Result<Self> {
        let hash = request_hash(operation, request)?;
        Ok(Self(key.map(|key| (key.to_string(), hash))))
    }

    /// What was answered to it before. The organization must be locked.
    pub(crate) async fn answered<T: DeserializeOwned>(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
    ) -> Result<Option<T>> {
        let Some((key, hash)) = &self.0 else { return Ok(None) };
        let keys = std::slice::from_ref(key);
        let known = store::idempotency::find(connection, id, keys).await?.remove(key);
        let Some(known) = known else { return Ok(None) };
        if known.request_hash != *hash {
            return Err(Error::KeyReused);
        }
        Ok(serde_json::from_value(known.answer).map_err(store::Error::from)?)
    }

    /// Remembers the answer, in the transaction that carries the request out.
    pub(crate) async fn remember(
        self,
        connection: &mut Connection,
        id: OrganizationId,
        answer: &impl Serialize,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Some((key, request_hash)) = self.0 else { return Ok(()) };
        let answer = serde_json::to_value(answer).map_err(store::Error::from)?;
        let remembered = [(key, Remembered { request_hash, answer })];
        Ok(store::idempotency::insert(connection, id, &remembered, now).await?)
    }
}

/// The hash of what was asked, so that a key can't be used for something else.
pub(crate) fn request_hash(operation: &str, request: &impl Serialize) -> Result<Vec<u8>> {
    let text = serde_json::to_string(&(operation, request)).map_err(store::Error::from)?;
    Ok(secrets::token_hash(&text))
}
