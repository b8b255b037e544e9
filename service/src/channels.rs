//! Channels: by which teams and programs are told. Their addresses and secrets are encrypted before they
//! are stored; a secret that is made here is shown once.

mod shown;
mod trying;
mod types;

pub use types::{Channel, ChannelEdit, ChannelList, CreatedChannel, NewChannel, NewSecret, Tried};

use crate::{
    Caller, Error, Result, Service,
    audit::{self, Change},
    idempotency,
};
use ::channels::{Courier, SealError};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    channels::Carried,
    ids::{ChannelId, OrganizationId},
    input::{ChannelSecret, IdempotencyKey, Invalid},
    notices::ChannelKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{
    Connection,
    lanes::{Lane, LaneState, Recipient},
};
use uuid::Uuid;

/// Channels of one organization.
pub(crate) const MOST: i64 = 50;

/// What an idempotency key remembers of a secret that was made: which, and no more, since what is
/// remembered is not encrypted.
#[derive(Serialize, Deserialize)]
struct MadeSecret {
    channel: ChannelId,
    version: i64,
}

impl Service {
    /// The channels of the caller's organization.
    pub async fn channels(&self, caller: &Caller) -> Result<ChannelList> {
        caller.require(Action::ViewAlerts)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let found = store::channels::list(&mut snapshot, id, MOST).await?;
        let ids: Vec<ChannelId> = found.iter().map(|channel| channel.id).collect();
        let mut states = store::lanes::states(&mut snapshot, id, &ids).await?;
        let channels = found.into_iter().map(|channel| {
            let state = states.remove(&channel.id).unwrap_or_default();
            self.shown(channel, state)
        });
        let organization = store::organizations::get(&mut snapshot, id).await?;
        let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
        Ok(ChannelList { channels: channels.collect(), zone })
    }

    /// One channel.
    pub async fn channel(&self, caller: &Caller, channel: ChannelId) -> Result<Channel> {
        caller.require(Action::ViewAlerts)?;
        let mut transaction = self.store.read(caller.organization).await?;
        let found = find(&mut transaction, caller.organization, channel).await?;
        self.with_state(&mut transaction, caller.organization, found).await
    }

    /// Adds a channel, at most 50. The same key and channel is answered the same again.
    pub async fn add_channel(
        &self,
        caller: &Caller,
        new: NewChannel,
        key: Option<IdempotencyKey>,
    ) -> Result<CreatedChannel> {
        caller.require(Action::ManageAlerts)?;
        let id = caller.organization;
        let url = new.url.as_str();
        check_secret(new.kind, new.secret.as_ref())?;
        // Looks a name up, so before anything is locked.
        self.courier.check(new.kind, url).await?;
        let request =
            (&new.name, new.kind, url, &new.secret, &new.carried, new.language, new.enabled);
        let keyed = idempotency::Keyed::new(caller, key, "channels", &request)?;
        let secret = match (new.kind, &new.secret) {
            (ChannelKind::Webhook, _) => Some(Courier::new_webhook_secret().map_err(unsealed)?),
            (_, given) => given.as_ref().map(ToString::to_string),
        };
        let mut transaction = self.store.begin(id).await?;
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        if let Some(made) = keyed.answered::<MadeSecret>(&mut transaction, id).await? {
            return self.made_before(&mut transaction, id, &made).await;
        }
        let there = store::channels::list(&mut transaction, id, MOST).await?.len();
        if i64::try_from(there).is_ok_and(|there| there >= MOST) {
            let message = format!("can't be added: {MOST} channels are the most. Remove one first");
            return Err(Invalid::new("name", message).into());
        }
        let channel = store::channels::Channel {
            id: ChannelId(Uuid::now_v7()),
            name: new.name.into(),
            kind: new.kind,
            sealed_url: self.sealed(url)?,
            sealed_secret: secret.as_deref().map(|secret| self.sealed(secret)).transpose()?,
            carried: new.carried,
            language: new.language,
            enabled: new.enabled,
            version: 1,
        };
        store::channels::insert(&mut transaction, id, &channel).await?;
        let subject = channel.id.0;
        let after = self.audited(&channel);
        let action = "channel.added";
        let change = Change { action, subject, before: None, after: Some(&after) };
        audit::record(&mut transaction, caller, change, now).await?;
        let made = MadeSecret { channel: channel.id, version: 1 };
        keyed.remember(&mut transaction, id, &made, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        let secret = secret.filter(|_| channel.kind == ChannelKind::Webhook);
        Ok(CreatedChannel { channel: self.shown(channel, LaneState::default()), secret })
    }

    /// Changes a channel. `expected` is the version that the caller read: if it was changed since, nothing
    /// is saved. What waits for it is tried at once.
    pub async fn edit_channel(
        &self,
        caller: &Caller,
        channel: ChannelId,
        edit: ChannelEdit,
        expected: Option<i64>,
    ) -> Result<Channel> {
        caller.require(Action::ManageAlerts)?;
        let id = caller.organization;
        if let Some(url) = &edit.url {
            let kind = {
                let mut transaction = self.store.read(id).await?;
                find(&mut transaction, id, channel).await?.kind
            };
            self.courier.check(kind, url.as_str()).await?;
        }
        let mut transaction = self.store.begin(id).await?;
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let before = self.expected(&mut transaction, id, channel, expected).await?;
        let after = self.edited(&before, edit)?;
        let (was, is) = (self.audited(&before), self.audited(&after));
        store::channels::save(&mut transaction, id, &after).await?;
        let subject = channel.0;
        let change =
            Change { action: "channel.edited", subject, before: Some(&was), after: Some(&is) };
        audit::record(&mut transaction, caller, change, now).await?;
        hasten(&mut transaction, id, channel, now).await?;
        let after = self.with_state(&mut transaction, id, after).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        self.outbox.wake();
        Ok(after)
    }

    /// Removes a channel, and what waits for it. `expected` as for an edit.
    pub async fn remove_channel(
        &self,
        caller: &Caller,
        channel: ChannelId,
        expected: Option<i64>,
    ) -> Result<()> {
        caller.require(Action::ManageAlerts)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let found = self.expected(&mut transaction, id, channel, expected).await?;
        let before = self.audited(&found);
        store::channels::delete(&mut transaction, id, channel).await?;
        let (action, subject) = ("channel.removed", channel.0);
        let change = Change { action, subject, before: Some(&before), after: None };
        audit::record(&mut transaction, caller, change, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }

    /// Gives a webhook a new secret. The one before is worth nothing from then on.
    pub async fn renew_channel_secret(
        &self,
        caller: &Caller,
        channel: ChannelId,
        expected: Option<i64>,
        key: Option<IdempotencyKey>,
    ) -> Result<NewSecret> {
        caller.require(Action::ManageAlerts)?;
        let id = caller.organization;
        let keyed = idempotency::Keyed::new(caller, key, "channel_secret", &(channel, expected))?;
        let secret = Courier::new_webhook_secret().map_err(unsealed)?;
        let mut transaction = self.store.begin(id).await?;
        store::organizations::lock(&mut transaction, id).await?;
        let now = self.clock.now(&mut transaction).await?;
        if let Some(made) = keyed.answered::<MadeSecret>(&mut transaction, id).await? {
            let secret = self.made_before(&mut transaction, id, &made).await?.secret;
            return Ok(NewSecret { secret: secret.ok_or(Error::Internal)? });
        }
        let mut found = self.expected(&mut transaction, id, channel, expected).await?;
        if found.kind != ChannelKind::Webhook {
            let message = format!("is made by {}; enter it here instead", found.kind.name());
            return Err(Invalid::new("secret", message).into());
        }
        found.sealed_secret = Some(self.sealed(&secret)?);
        found.version += 1;
        store::channels::save(&mut transaction, id, &found).await?;
        let (action, subject) = ("channel.secret_renewed", channel.0);
        let change = Change::<Value> { action, subject, before: None, after: None };
        audit::record(&mut transaction, caller, change, now).await?;
        let made = MadeSecret { channel, version: found.version };
        keyed.remember(&mut transaction, id, &made, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(NewSecret { secret })
    }

    /// What an edit makes of a channel.
    fn edited(
        &self,
        before: &store::channels::Channel,
        edit: ChannelEdit,
    ) -> Result<store::channels::Channel> {
        let mut after = before.clone();
        let kinds = edit.kinds.unwrap_or_else(|| before.carried.kinds().clone());
        let levels = edit.levels.unwrap_or_else(|| before.carried.levels().clone());
        after.carried = Carried::new(kinds, levels)?;
        if let Some(name) = edit.name {
            after.name = name.into();
        }
        if let Some(url) = edit.url {
            after.sealed_url = self.sealed(url.as_str())?;
        }
        if let Some(secret) = edit.secret {
            check_secret(before.kind, secret.as_ref())?;
            if before.kind.takes_secret() {
                let sealed = secret.map(|secret| self.sealed(secret.as_str()));
                after.sealed_secret = sealed.transpose()?;
            }
        }
        after.language = edit.language.unwrap_or(before.language);
        after.enabled = edit.enabled.unwrap_or(before.enabled);
        after.version += 1;
        Ok(after)
    }

    /// A channel that the caller has seen as it is; an error if it was changed since.
    async fn expected(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
        channel: ChannelId,
        expected: Option<i64>,
    ) -> Result<store::channels::Channel> {
        let found = find(connection, id, channel).await?;
        if expected.is_none_or(|expected| expected == found.version) {
            return Ok(found);
        }
        let current = self.with_state(connection, id, found).await?;
        Err(Error::Stale {
            summary: format!("the channel is called {}", current.name),
            current: serde_json::to_value(&current).map_err(store::Error::from)?,
        })
    }

    /// What was answered when a secret was made.
    async fn made_before(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
        made: &MadeSecret,
    ) -> Result<CreatedChannel> {
        let found = find(connection, id, made.channel).await?;
        let same = found.kind == ChannelKind::Webhook && found.version == made.version;
        let secret = found.sealed_secret.as_deref().filter(|_| same);
        let secret =
            secret.map(|sealed| self.courier.open(sealed).map_err(unsealed)).transpose()?;
        Ok(CreatedChannel { channel: self.with_state(connection, id, found).await?, secret })
    }

    fn sealed(&self, secret: &str) -> Result<Vec<u8>> {
        self.courier.seal(secret).map_err(unsealed)
    }
}

/// Refuses a secret for a kind of channel that does not take one.
fn check_secret(kind: ChannelKind, secret: Option<&ChannelSecret>) -> Result<(), Invalid> {
    match (kind, secret) {
        (ChannelKind::Webhook, Some(_)) => {
            Err(Invalid::new("secret", "is made here, and shown once"))
        }
        (kind, Some(_)) if !kind.takes_secret() => {
            Err(Invalid::new("secret", format!("is not something that {} takes", kind.name())))
        }
        _ => Ok(()),
    }
}

async fn find(
    connection: &mut Connection,
    id: OrganizationId,
    channel: ChannelId,
) -> Result<store::channels::Channel> {
    let found = store::channels::get(connection, id, channel).await?;
    found.ok_or(Error::NotFound("channel"))
}

/// Lets what waits for a channel be tried at once: it has changed, or is known to work.
async fn hasten(
    connection: &mut Connection,
    id: OrganizationId,
    channel: ChannelId,
    now: DateTime<Utc>,
) -> Result<()> {
    let lane = Lane { organization: id, recipient: Recipient::Channel(channel) };
    if store::lanes::hold(connection, lane).await?.is_some() {
        store::deliveries::hasten(connection, lane, now).await?;
        store::lanes::schedule(connection, lane, None).await?;
    }
    Ok(())
}

/// A secret that can't be encrypted or read is for the operator to see to.
fn unsealed(error: SealError) -> Error {
    tracing::error!(%error, "a secret of a channel could not be encrypted or read");
    Error::Internal
}
