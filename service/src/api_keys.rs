//! API keys: `allot_<prefix>_<secret>`. The prefix finds the key, the secret proves it.

use crate::{Actor, Caller, Error, Result, Service, secrets};
use chrono::{DateTime, Utc};
use domain::{
    access::{Rights, Scope},
    ids::{ApiKeyId, OrganizationId},
};
use store::{Connection, api_keys::ApiKey};
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
    // The prefix does not contain the separator, so that keys can be taken apart.
    let prefix = secrets::random_token::<9>()?.replace(['_', '-'], "x");
    let secret = secrets::random_token::<32>()?;
    let key = ApiKey {
        organization,
        id: ApiKeyId(Uuid::now_v7()),
        secret_hash: secrets::token_hash(&secret),
        scopes: scopes.to_vec(),
    };
    store::api_keys::insert(connection, &key, name, &prefix, now).await?;
    Ok(format!("allot_{prefix}_{secret}"))
}

impl Service {
    /// Who calls with `key`.
    pub async fn caller_of_key(&self, key: &str) -> Result<Caller> {
        let parts = key.strip_prefix("allot_").and_then(|rest| rest.split_once('_'));
        let (prefix, secret) = parts.ok_or(Error::Unauthenticated)?;
        let mut connection = self.store.connection().await?;
        let hash = secrets::token_hash(secret);
        let found = store::api_keys::find(&mut connection, prefix, &self.clock).await?;
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
