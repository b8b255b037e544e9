//! API keys: `allot_<prefix>_<secret>`. Making, changing, replacing and ending them (SPEC section 11).
//! What is stored of a secret is its hash. Where a request to make one has an idempotency key, the whole
//! key is remembered with that, encrypted, so that it can be answered again.

mod holders;
mod shown;
mod types;
mod uses;

pub(crate) use holders::KnownKeys;
pub use types::{
    ApiKey, ApiKeyEdit, ApiKeyList, ApiKeysPage, CreatedApiKey, KeyEnd, KeyMaker, NewApiKey,
    Rotation,
};
pub(crate) use uses::KeyUses;

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    idempotency::Keyed,
    secrets, subtenants,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use domain::{
    access::{Action, KeyRights},
    api_keys::KeyState,
    ids::{ApiKeyId, OrganizationId},
    input::{IdempotencyKey, Invalid},
    period::TimeZone,
    quotas::Maker,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shown::told_one;
use store::{Connection, Transaction};
use uuid::Uuid;

/// Keys of an organization that can be used at the same time.
const MOST: i64 = 200;

/// What an idempotency key remembers of a key that was made.
#[derive(Serialize, Deserialize)]
struct MadeKey {
    key: ApiKeyId,
    /// The whole of it, encrypted.
    sealed: String,
}

/// Adds a key and returns the whole of it: it can't be read again.
pub(crate) async fn issue(
    connection: &mut Connection,
    organization: OrganizationId,
    mut key: store::api_keys::ApiKey,
) -> Result<(store::api_keys::ApiKey, String)> {
    let (prefix, secret) = secrets::key_parts()?;
    key.prefix = prefix;
    let hash = secrets::token_hash(&secret);
    store::api_keys::insert(connection, organization, &key, &hash).await?;
    let whole = format!("{}_{secret}", shown(&key.prefix));
    Ok((key, whole))
}

/// A key that is about to be issued: without a prefix yet, and without an end.
pub(crate) fn unissued(
    name: String,
    rights: KeyRights,
    (kind, id): (&str, Option<Uuid>),
    now: DateTime<Utc>,
) -> store::api_keys::ApiKey {
    store::api_keys::ApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        name,
        prefix: String::new(),
        rights,
        created_at: now,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        made_by: Maker { kind: kind.to_owned(), id },
        replaces: None,
        version: 1,
    }
}

impl Service {
    /// Makes a key: by a program one that does no more than its own, and of the organization at most
    /// 200 that can be used. The same idempotency key and request is answered the same again.
    pub async fn create_api_key(
        &self,
        caller: &Caller,
        new: NewApiKey,
        key: Option<IdempotencyKey>,
    ) -> Result<CreatedApiKey> {
        caller.require(Action::ManageApiKeys)?;
        let keyed = Keyed::new(caller, key, "api_keys", &new)?;
        let (mut transaction, now) = self.begin_edit(caller).await?;
        if let Some(made) = keyed.answered(&mut transaction, caller.organization).await? {
            return self.key_made_before(&mut transaction, caller, made, now).await;
        }
        let NewApiKey { name, scopes, subtenant, end } = new;
        subtenants::require_open(&mut transaction, caller.organization, subtenant).await?;
        let rights = KeyRights { scopes: scopes.into_vec(), subtenant };
        require_within(caller, &rights)?;
        require_room(&mut transaction, caller, now).await?;
        let zone = zone(&mut transaction, caller.organization).await?;
        let mut made = unissued(name.into(), rights, audit::actor(caller), now);
        made.expires_at = end.moment(zone, now)?;
        let (made, whole) = issue(&mut transaction, caller.organization, made).await?;
        log(&mut transaction, caller, "api_key.created", (None, Some(&made)), now).await?;
        self.finish(transaction, caller, keyed, (made, whole), now).await
    }

    /// Renames a key, or changes when it ends. `expected` is the version that the caller read: if it was
    /// changed since, nothing is saved. One that has ended can't be changed.
    pub async fn edit_api_key(
        &self,
        caller: &Caller,
        key: ApiKeyId,
        edit: ApiKeyEdit,
        expected: Option<i64>,
    ) -> Result<ApiKey> {
        caller.require(Action::ManageApiKeys)?;
        let id = caller.organization;
        let (mut transaction, now) = self.begin_edit(caller).await?;
        let before = expect(&mut transaction, caller, key, expected, now).await?;
        require_active(&before, now)?;
        let zone = zone(&mut transaction, id).await?;
        let mut after = before.clone();
        if let Some(name) = edit.name {
            after.name = name.into();
        }
        if let Some(end) = edit.end {
            after.expires_at = end.moment(zone, now)?;
        }
        after.version += 1;
        store::api_keys::save(&mut transaction, id, &after).await?;
        let states = (Some(&before), Some(&after));
        log(&mut transaction, caller, "api_key.edited", states, now).await?;
        let told = told_one(&mut transaction, id, after, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(told)
    }

    /// Makes a key with the name and rights of another one, which ends after an overlap: meanwhile both
    /// work. `expected` as for an edit; the same idempotency key and request is answered the same again.
    pub async fn rotate_api_key(
        &self,
        caller: &Caller,
        key: ApiKeyId,
        rotation: Rotation,
        expected: Option<i64>,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Result<CreatedApiKey> {
        caller.require(Action::ManageApiKeys)?;
        let request = (key, rotation, expected);
        let keyed = Keyed::new(caller, idempotency_key, "api_key_rotation", &request)?;
        let id = caller.organization;
        let (mut transaction, now) = self.begin_edit(caller).await?;
        if let Some(made) = keyed.answered(&mut transaction, id).await? {
            return self.key_made_before(&mut transaction, caller, made, now).await;
        }
        let before = expect(&mut transaction, caller, key, expected, now).await?;
        require_active(&before, now)?;
        require_within(caller, &before.rights)?;
        require_room(&mut transaction, caller, now).await?;
        let mut old = before.clone();
        old.expires_at = Some(rotation.overlap.end(now, before.expires_at));
        old.version += 1;
        store::api_keys::save(&mut transaction, id, &old).await?;
        let zone = zone(&mut transaction, id).await?;
        let (name, rights) = (before.name.clone(), before.rights.clone());
        let mut made = unissued(name, rights, audit::actor(caller), now);
        made.expires_at = match rotation.end {
            Some(end) => end.moment(zone, now)?,
            None => before.expires_at.map(|end| now + (end - before.created_at)),
        };
        made.replaces = Some(key);
        let (made, whole) = issue(&mut transaction, id, made).await?;
        let states = (Some(&before), Some(&old));
        log(&mut transaction, caller, "api_key.rotated", states, now).await?;
        log(&mut transaction, caller, "api_key.created", (None, Some(&made)), now).await?;
        self.finish(transaction, caller, keyed, (made, whole), now).await
    }

    /// Ends a key: the next request with it is refused, by every server. `expected` as for an edit. One
    /// that was revoked stays as it is.
    pub async fn revoke_api_key(
        &self,
        caller: &Caller,
        key: ApiKeyId,
        expected: Option<i64>,
    ) -> Result<()> {
        caller.require(Action::ManageApiKeys)?;
        let (mut transaction, now) = self.begin_edit(caller).await?;
        let before = expect(&mut transaction, caller, key, expected, now).await?;
        if before.revoked_at.is_some() {
            return Ok(());
        }
        let mut after = before.clone();
        after.revoked_at = Some(now);
        after.version += 1;
        store::api_keys::save(&mut transaction, caller.organization, &after).await?;
        let states = (Some(&before), Some(&after));
        log(&mut transaction, caller, "api_key.revoked", states, now).await?;
        Ok(transaction.commit().await.map_err(store::Error::from)?)
    }

    /// What every change begins with: one at a time in each organization, so that the limit holds.
    async fn begin_edit(&self, caller: &Caller) -> Result<(Transaction, DateTime<Utc>)> {
        let mut transaction = self.store.begin(caller.organization).await?;
        store::organizations::lock(&mut transaction, caller.organization).await?;
        let now = self.clock.now(&mut transaction).await?;
        Ok((transaction, now))
    }

    /// What making a key ends with.
    async fn finish(
        &self,
        mut transaction: Transaction,
        caller: &Caller,
        keyed: Keyed,
        (made, whole): (store::api_keys::ApiKey, String),
        now: DateTime<Utc>,
    ) -> Result<CreatedApiKey> {
        let id = caller.organization;
        if keyed.is_some() {
            let sealed = STANDARD.encode(self.courier.seal(&whole).map_err(unsealed)?);
            let remembered = MadeKey { key: made.id, sealed };
            keyed.remember(&mut transaction, id, &remembered, now).await?;
        }
        let api_key = told_one(&mut transaction, id, made, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(CreatedApiKey { api_key, key: whole })
    }

    /// What was answered when a key was made.
    async fn key_made_before(
        &self,
        connection: &mut Connection,
        caller: &Caller,
        made: MadeKey,
        now: DateTime<Utc>,
    ) -> Result<CreatedApiKey> {
        let sealed = STANDARD.decode(made.sealed).map_err(|_| Error::Internal)?;
        let key = self.courier.open(&sealed).map_err(unsealed)?;
        let found = find(connection, caller.organization, made.key).await?;
        // What another program was given, this one could not have made.
        require_within(caller, &found.rights)?;
        Ok(CreatedApiKey {
            api_key: told_one(connection, caller.organization, found, now).await?,
            key,
        })
    }
}

/// What a key begins with, and all that is shown of it again.
fn shown(prefix: &str) -> String {
    format!("allot_{prefix}")
}

/// Refuses a program that would hand out more than it may itself.
fn require_within(caller: &Caller, rights: &KeyRights) -> Result<()> {
    if caller.rights.may_issue(rights) {
        return Ok(());
    }
    let message = "must be among those of the key that asks: no key makes one that may do more";
    Err(Invalid::new("scopes", message).into())
}

async fn require_room(
    connection: &mut Connection,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<()> {
    let active = store::api_keys::count_active(connection, caller.organization, now).await?;
    if active < MOST {
        return Ok(());
    }
    let message = format!("can't be given: {MOST} keys are the most. Revoke one first");
    Err(Invalid::new("name", message).into())
}

fn require_active(key: &store::api_keys::ApiKey, now: DateTime<Utc>) -> Result<()> {
    match state(key, now) {
        KeyState::Active => Ok(()),
        ended => Err(Error::ApiKeyEnded(ended)),
    }
}

fn state(key: &store::api_keys::ApiKey, now: DateTime<Utc>) -> KeyState {
    KeyState::at(now, key.expires_at, key.revoked_at)
}

async fn find(
    connection: &mut Connection,
    id: OrganizationId,
    key: ApiKeyId,
) -> Result<store::api_keys::ApiKey> {
    store::api_keys::get(connection, id, key).await?.ok_or(Error::NotFound("API key"))
}

/// A key that the caller has seen as it is; an error if it was changed since.
async fn expect(
    connection: &mut Connection,
    caller: &Caller,
    key: ApiKeyId,
    expected: Option<i64>,
    now: DateTime<Utc>,
) -> Result<store::api_keys::ApiKey> {
    let found = find(connection, caller.organization, key).await?;
    if expected.is_none_or(|expected| expected == found.version) {
        return Ok(found);
    }
    let current = told_one(connection, caller.organization, found, now).await?;
    let state = current.state.to_string().to_lowercase();
    Err(Error::Stale {
        summary: format!("the key is called {} and is {state}", current.name),
        current: serde_json::to_value(&current).map_err(store::Error::from)?,
    })
}

async fn zone(connection: &mut Connection, id: OrganizationId) -> Result<TimeZone> {
    let organization = store::organizations::get(connection, id).await?;
    Ok(organization.ok_or(Error::NotFound("organization"))?.time_zone)
}

/// Writes what became of a key into the audit log.
async fn log(
    connection: &mut Connection,
    caller: &Caller,
    action: &'static str,
    (before, after): (Option<&store::api_keys::ApiKey>, Option<&store::api_keys::ApiKey>),
    now: DateTime<Utc>,
) -> Result<()> {
    let subject = after.or(before).map_or(Uuid::nil(), |key| key.id.0);
    let (before, after) = (before.map(audited), after.map(audited));
    let change = Change { action, subject, before: before.as_ref(), after: after.as_ref() };
    audit::record(connection, caller, change, now).await
}

fn audited(key: &store::api_keys::ApiKey) -> Value {
    json!({
        "name": key.name,
        "prefix": shown(&key.prefix),
        "scopes": key.rights.scopes,
        "subtenant": key.rights.subtenant,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "version": key.version,
    })
}

/// A key that can't be encrypted or read is for the operator to see to.
fn unsealed(error: ::channels::SealError) -> Error {
    tracing::error!(%error, "an API key could not be encrypted or read");
    Error::Internal
}
