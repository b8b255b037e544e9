//! Who calls with a key. The prefix finds it, the secret proves it.

use crate::{Actor, Caller, Error, Result, Service, secrets};
use domain::access::Rights;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use store::{Whose, api_keys::Holder};
use subtle::ConstantTimeEq as _;

/// Keys that are remembered; when one more comes, all are forgotten.
const REMEMBERED: usize = 10_000;

/// Callers by the hash of their key. Whether the key is still valid is for the decision to say,
/// which looks it up along with everything else.
#[derive(Default)]
pub(crate) struct KnownKeys(Mutex<HashMap<Vec<u8>, Caller>>);

impl KnownKeys {
    fn get(&self, hash: &[u8]) -> Option<Caller> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn put(&self, hash: Vec<u8>, caller: Caller) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, caller);
    }
}

impl Service {
    /// Who asks for a decision with `key`. Only for what goes through the queue or `check`: these
    /// refuse a key that was revoked since this server saw it first.
    pub async fn decision_caller_of_key(&self, key: &str) -> Result<Caller> {
        let hash = secrets::token_hash(key);
        if let Some(caller) = self.keys.get(&hash) {
            return Ok(caller);
        }
        let caller = caller(self.holder_of_key(key).await?);
        self.keys.put(hash, caller.clone());
        Ok(caller)
    }

    /// Who calls with `key`; refused while their organization is suspended.
    pub async fn caller_of_key(&self, key: &str) -> Result<Caller> {
        let holder = self.holder_of_key(key).await?;
        self.uses.note(holder.organization, [holder.id]);
        if holder.suspended { Err(Error::Suspended) } else { Ok(caller(holder)) }
    }

    async fn holder_of_key(&self, key: &str) -> Result<Holder> {
        let parts = key.strip_prefix("allot_").and_then(|rest| rest.split_once('_'));
        let (prefix, secret) = parts.ok_or(Error::Unauthenticated)?;
        let mut transaction = self.store.read(Whose::Everybodys).await?;
        let hash = secrets::token_hash(secret);
        let found = store::api_keys::find(&mut transaction, prefix, &self.clock).await?;
        let mut found = found.into_iter().filter(|key| key.secret_hash.ct_eq(&hash).into());
        found.next().ok_or(Error::Unauthenticated)
    }
}

fn caller(holder: Holder) -> Caller {
    Caller {
        organization: holder.organization,
        actor: Actor::ApiKey(holder.id),
        rights: Rights::Key(holder.rights),
        ip: None,
    }
}
