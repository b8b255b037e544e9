//! Trying a channel out, and email.

use super::{Tried, find, hasten};
use crate::{Caller, Error, Result, Service, idempotency::Keyed, notices::About};
use ::channels::Target;
use domain::{
    access::Action,
    ids::{ChannelId, EventId},
    input::IdempotencyKey,
    notices::News,
};
use store::{
    events::Event,
    lanes::{Lane, Recipient},
};
use uuid::Uuid;

impl Service {
    /// Sends a test to a channel, whatever it carries, and says what came of it. Where it arrives, what
    /// waits for the channel follows at once. The same key sends no other one: it is answered what came
    /// of the first.
    pub async fn try_channel(
        &self,
        caller: &Caller,
        channel: ChannelId,
        key: Option<IdempotencyKey>,
    ) -> Result<Tried> {
        caller.require(Action::ManageAlerts)?;
        let id = caller.organization;
        let keyed = Keyed::new(caller, key, "channel_test", &channel)?;
        let (found, notice) = {
            let mut transaction = self.store.read(id).await?;
            if let Some(before) = keyed.answered(&mut transaction, id).await? {
                return Ok(before);
            }
            let found = find(&mut transaction, id, channel).await?;
            let at = self.clock.now(&mut transaction).await?;
            let news = News::ChannelTest { channel: found.name.clone() };
            let event = Event { id: EventId(Uuid::now_v7()), at, news };
            let notice = About::of(self, &mut transaction, id).await?.notice(event);
            (found, notice)
        };
        let outcome = match self.target(&found) {
            Ok(target) => self.courier.send(&target, &notice).await,
            Err(failure) => Err(failure),
        };
        let mut transaction = self.store.begin(id).await?;
        if keyed.is_some() {
            store::organizations::lock(&mut transaction, id).await?;
        }
        // Somebody has sent another under this key at the same time.
        if let Some(before) = keyed.answered(&mut transaction, id).await? {
            return Ok(before);
        }
        // Gone in the meantime: there is nothing to note.
        find(&mut transaction, id, channel).await?;
        let recipient = Recipient::Channel(channel);
        let lane = Lane { organization: id, recipient };
        let now = self.clock.now(&mut transaction).await?;
        store::lanes::wake(&mut transaction, id, &[recipient], now).await?;
        let failures = store::lanes::hold(&mut transaction, lane).await?.unwrap_or_default();
        match &outcome {
            Ok(()) => {
                store::lanes::note_arrival(&mut transaction, lane, now).await?;
                hasten(&mut transaction, id, channel, now).await?;
            }
            Err(failure) => {
                let error = &failure.message;
                store::lanes::note_failure(&mut transaction, lane, error, failures, now).await?;
            }
        }
        let tried = Tried::of(outcome.err());
        keyed.remember(&mut transaction, id, &tried, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        self.outbox.wake();
        Ok(tried)
    }

    /// Sends a test by email to the caller, and says what came of it.
    pub async fn try_mail(&self, caller: &Caller) -> Result<Tried> {
        caller.require(Action::ManageAlerts)?;
        let (id, me) = (caller.organization, caller.member()?);
        let (target, notice) = {
            let mut transaction = self.store.read(id).await?;
            let at = self.clock.now(&mut transaction).await?;
            let member = store::members::get(&mut transaction, id, me, at).await?;
            let member = member.ok_or(Error::NotFound("member"))?;
            let language = store::users::language(&mut transaction, id, me).await?;
            let news = News::ChannelTest { channel: member.email.clone() };
            let event = Event { id: EventId(Uuid::now_v7()), at, news };
            let notice = About::of(self, &mut transaction, id).await?.notice(event);
            let (name, address, language) =
                (member.name, member.email, language.unwrap_or_default());
            (Target::Email { name, address, language }, notice)
        };
        Ok(Tried::of(self.courier.send(&target, &notice).await.err()))
    }
}
