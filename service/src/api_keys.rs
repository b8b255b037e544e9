//! API keys: `allot_<prefix>_<secret>`. The prefix finds the key, the secret proves it.

use crate::{Actor, Caller, Error, Result, Service, secrets};
use chrono::{DateTime, Utc};
use domain::{
    access::{Rights, Scope},
    ids::{ApiKeyId, OrganizationId},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use store::{Connection, Whose, api_keys::ApiKey};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// Makes a key and returns it: it can't be read again.
pub(crate) async fn issue(
    connection: &mut Connection,
    organization: OrganizationId,
    name: &str,
    scopes: &[Scope],
    now: DateTime<Utc>,
) -> Result<String> {
    let (prefix, secret) = secrets::key_parts()?;
    let key = ApiKey {
        organization,
        id: ApiKeyId(Uuid::now_v7()),
        secret_hash: secrets::token_hash(&secret),
        scopes: scopes.to_vec(),
    };
    store::api_keys::insert(connection, &key, name, &prefix, now).await?;
    Ok(format!("allot_{prefix}_{secret}"))
}

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
        let caller = self.holder_of_key(key).await?;
        self.keys.put(hash, caller.clone());
        Ok(caller)
    }

    /// Who calls with `key`; refused while their organization is suspended.
    pub async fn caller_of_key(&self, key: &str) -> Result<Caller> {
        let caller = self.holder_of_key(key).await?;
        let mut transaction = self.store.read(caller.organization).await?;
        let organization = store::organizations::get(&mut transaction, caller.organization).await?;
        let suspended = organization.is_some_and(|organization| organization.suspended);
        if suspended { Err(Error::Suspended) } else { Ok(caller) }
    }

    async fn holder_of_key(&self, key: &str) -> Result<Caller> {
        let parts = key.strip_prefix("allot_").and_then(|rest| rest.split_once('_'));
        let (prefix, secret) = parts.ok_or(Error::Unauthenticated)?;
        let mut transaction = self.store.read(Whose::Everybodys).await?;
        let hash = secrets::token_hash(secret);
        let found = store::api_keys::find(&mut transaction, prefix, &self.clock).await?;
        let key = found
            .into_iter()
            .find(|key| key.secret_hash.ct_eq(&hash).into())
            .ok_or(Error::Unauthenticated)?;
        Ok(Caller {
            organization: key.organization,
            actor: Actor::ApiKey(key.id),
            rights: Rights::Scopes(key.scopes),
            ip: None,
        })
    }
}
