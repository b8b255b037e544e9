//! Answering a request that is sent again. Decisions are remembered batch by batch (see `batch`),
//! with their answers packed; edits one by one.

use crate::{Caller, Error, Result, secrets};
use chrono::{DateTime, Utc};
use domain::{ids::OrganizationId, input::IdempotencyKey};
use serde::{Serialize, de::DeserializeOwned};
use store::{Connection, idempotency::RememberedAnswer};

/// A request under its key, if it has one.
pub(crate) struct Keyed(Option<(String, Vec<u8>)>);

impl Keyed {
    /// A request of the kind `operation`: the same key can't be used for another kind.
    pub(crate) fn new(
        caller: &Caller,
        key: Option<IdempotencyKey>,
        operation: &str,
        request: &impl Serialize,
    ) -> Result<Self> {
        let hash = request_hash(operation, request)?;
        Ok(Self(key.map(|key| (remembered_as(caller, &key), hash))))
    }

    /// A request of an operator about an organization. A space, which no key contains, keeps it
    /// apart from the organization's own keys.
    pub(crate) fn of_operator(
        key: Option<IdempotencyKey>,
        operation: &str,
        request: &impl Serialize,
    ) -> Result<Self> {
        let hash = request_hash(operation, request)?;
        Ok(Self(key.map(|key| (format!("operator {key}"), hash))))
    }

    /// Whether there is a key.
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
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
        unpack(&known.answer)
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
        Ok(store::idempotency::insert(connection, id, &key, &request_hash, &answer, now).await?)
    }
}

/// What a key is remembered as. Programs of one subtenant have keys of their own: a space, which no key
/// contains, keeps them apart, so that none is answered with what others were told.
pub(crate) fn remembered_as(caller: &Caller, key: &IdempotencyKey) -> String {
    match caller.rights.key_subtenant() {
        None => key.to_string(),
        Some(subtenant) => format!("{subtenant} {key}"),
    }
}

/// The hash of what was asked, so that a key can't be used for something else.
pub(crate) fn request_hash(operation: &str, request: &impl Serialize) -> Result<Vec<u8>> {
    let text = serde_json::to_string(&(operation, request)).map_err(store::Error::from)?;
    Ok(secrets::token_hash(&text))
}

/// An answer as it is kept: compressed, since it lists every limit, and most of that is names.
pub(crate) fn pack(answer: &impl Serialize) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(answer).map_err(store::Error::from)?;
    Ok(lz4_flex::compress_prepend_size(&text))
}

/// The answer that was kept.
pub(crate) fn unpack<T: DeserializeOwned>(answer: &RememberedAnswer) -> Result<T> {
    let answer = match answer {
        RememberedAnswer::Json(value) => serde_json::from_value(value.clone()),
        RememberedAnswer::Packed(packed) => {
            let text = lz4_flex::decompress_size_prepended(packed)
                .map_err(|error| store::Error::Corrupt(error.to_string()))?;
            serde_json::from_slice(&text)
        }
    };
    Ok(answer.map_err(store::Error::from)?)
}
