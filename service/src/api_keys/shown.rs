//! API keys as lists, single answers and the page show them.

use super::{
    find, shown, state,
    types::{ApiKey, ApiKeyList, ApiKeysPage, KeyMaker},
    zone,
};
use crate::{Caller, Error, Result, Service, cursor, operators::one_more_than};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    api_keys::KeyState,
    ids::{ApiKeyId, OrganizationId},
    views::members::SubtenantChoice,
};
use store::{Connection, api_keys::Wanted};
use uuid::Uuid;

/// Keys in one answer.
const LISTED: usize = 50;
/// Subtenants that a form offers.
const OFFERED: i64 = 1_000;

impl Service {
    /// Keys of the caller's organization in this state, or in any, newest first, 50 at a time from
    /// `cursor` on.
    pub async fn api_keys(
        &self,
        caller: &Caller,
        state: Option<KeyState>,
        cursor: Option<&str>,
    ) -> Result<ApiKeyList> {
        caller.require(Action::ViewApiKeys)?;
        let before: Option<ApiKeyId> = cursor.map(cursor::read).transpose()?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut snapshot).await?;
        let wanted = Wanted { state, before, size: one_more_than(LISTED) };
        let mut found = store::api_keys::list(&mut snapshot, id, wanted, now).await?;
        let more = found.len() > LISTED;
        found.truncate(LISTED);
        let last = found.last().filter(|_| more);
        let next_cursor = last.map(|last| cursor::write(&last.id)).transpose()?;
        let zone = zone(&mut snapshot, id).await?;
        Ok(ApiKeyList { api_keys: told(&mut snapshot, id, found, now).await?, next_cursor, zone })
    }

    /// One key.
    pub async fn api_key(&self, caller: &Caller, key: ApiKeyId) -> Result<ApiKey> {
        caller.require(Action::ViewApiKeys)?;
        let id = caller.organization;
        let mut transaction = self.store.read(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let found = find(&mut transaction, id, key).await?;
        told_one(&mut transaction, id, found, now).await
    }

    /// The page *API keys*: the keys in a state from `cursor` on, and the one that a form is about.
    pub async fn api_keys_page(
        &self,
        caller: &Caller,
        state: KeyState,
        cursor: Option<&str>,
        open: Option<ApiKeyId>,
    ) -> Result<ApiKeysPage> {
        let list = self.api_keys(caller, Some(state), cursor).await?;
        let open = match open {
            Some(key) => Some(self.api_key(caller, key).await?),
            None => None,
        };
        let id = caller.organization;
        let mut transaction = self.store.read(id).await?;
        let subtenants = store::subtenants::list(&mut transaction, id, OFFERED).await?;
        let subtenants =
            subtenants.into_iter().map(|of| SubtenantChoice { id: of.id, name: of.name }).collect();
        Ok(ApiKeysPage { state, list, open, subtenants })
    }
}

/// A key with the names of what it names.
pub(super) async fn told_one(
    connection: &mut Connection,
    id: OrganizationId,
    key: store::api_keys::ApiKey,
    now: DateTime<Utc>,
) -> Result<ApiKey> {
    told(connection, id, vec![key], now).await?.pop().ok_or(Error::Internal)
}

/// Keys with the names of what they name.
async fn told(
    connection: &mut Connection,
    id: OrganizationId,
    keys: Vec<store::api_keys::ApiKey>,
    now: DateTime<Utc>,
) -> Result<Vec<ApiKey>> {
    let ids = keys.iter().flat_map(|key| {
        [key.rights.subtenant.map(|subtenant| subtenant.0), key.made_by.id].into_iter().flatten()
    });
    let ids: Vec<Uuid> = ids.collect();
    let names = store::audit_log::names(connection, id, &ids).await?;
    let name = |of: Option<Uuid>| of.and_then(|of| names.get(&of)).map(|of| of.name.clone());
    let told = keys.into_iter().map(|key| {
        let maker = match key.made_by.kind.as_str() {
            "operator" => "Operator".to_owned(),
            "api_key" => name(key.made_by.id).unwrap_or_else(|| "An API key".to_owned()),
            _ => name(key.made_by.id).unwrap_or_else(|| "Somebody".to_owned()),
        };
        ApiKey {
            id: key.id,
            state: state(&key, now),
            prefix: shown(&key.prefix),
            subtenant: key.rights.subtenant,
            subtenant_name: name(key.rights.subtenant.map(|subtenant| subtenant.0)),
            scopes: key.rights.scopes,
            made_by: KeyMaker { kind: key.made_by.kind, id: key.made_by.id, name: maker },
            name: key.name,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            replaces: key.replaces,
            version: key.version,
        }
    });
    Ok(told.collect())
}
