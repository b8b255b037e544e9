//! Deliveries: who gets a message of an event, what became of it, and sending it again.

use crate::{
    Caller, Error, Result, Service, channels::MOST, cursor, idempotency::Keyed, notices::About,
    operators::one_more_than,
};
use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    channels::DeliveryState,
    ids::{ChannelId, DeliveryId, EventId, MemberId, OrganizationId},
    input::IdempotencyKey,
    notices::{Language, NewsKind},
    period::TimeZone,
};
use serde::{Deserialize, Serialize};
use store::{
    Connection,
    events::Event,
    lanes::{Lane, Recipient},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Deliveries in one answer.
const LISTED: usize = 50;

/// What one recipient is told of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Of what it tells: the id that webhooks carry.
    pub event: EventId,
    /// What kind of news that is.
    pub kind: NewsKind,
    /// The same in words, for who reads English.
    pub title: String,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// The channel that it goes to; `None`: a member, by email.
    pub channel: Option<ChannelId>,
    /// The member that it goes to by email; `None`: a channel.
    pub member: Option<MemberId>,
    /// The name of either.
    pub name: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was tried since it was queued, or queued again.
    pub attempts: u32,
    /// When it was tried last.
    pub tried_at: Option<DateTime<Utc>>,
    /// When it is tried next, at the earliest; `None`: it isn't.
    pub due_at: Option<DateTime<Utc>>,
    /// When it arrived or was given up.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// Some deliveries, newest first, and where the list goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveryList {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// Send it to get those that follow; `None`: these are the last.
    pub next_cursor: Option<String>,
    /// In which pages tell times.
    #[serde(skip)]
    pub zone: TimeZone,
}

impl Service {
    /// Queues what `event` is told by: an email to each of `people`, where mail is sent, and a message to
    /// each channel that carries it. Once for each of them, however often it is asked.
    pub(crate) async fn queue_deliveries(
        &self,
        connection: &mut Connection,
        organization: OrganizationId,
        event: &Event,
        people: &[MemberId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let people = if self.courier.sends_mail() { people } else { &[] };
        let channels = store::channels::list(connection, organization, MOST).await?;
        let carry = channels.iter().filter(|of| of.enabled && of.carried.includes(&event.news));
        let recipients: Vec<Recipient> = people
            .iter()
            .map(|member| Recipient::Member(*member))
            .chain(carry.map(|channel| Recipient::Channel(channel.id)))
            .collect();
        if recipients.is_empty() {
            return Ok(());
        }
        store::lanes::wake(connection, organization, &recipients, now).await?;
        let new = |recipient| (DeliveryId(Uuid::now_v7()), recipient);
        let deliveries: Vec<_> = recipients.into_iter().map(new).collect();
        store::deliveries::insert(connection, organization, event.id, &deliveries, now).await?;
        Ok(())
    }

    /// Deliveries in these states, or in any, newest first, 50 at a time from `cursor` on.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        state: Option<DeliveryState>,
        cursor: Option<&str>,
    ) -> Result<DeliveryList> {
        caller.require(Action::ViewAlerts)?;
        let before: Option<DeliveryId> = cursor.map(cursor::read).transpose()?;
        let states = state.map_or_else(|| DeliveryState::ALL.to_vec(), |state| vec![state]);
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let size = one_more_than(LISTED);
        let mut found = store::deliveries::list(&mut snapshot, id, &states, before, size).await?;
        let more = found.len() > LISTED;
        found.truncate(LISTED);
        let last = found.last().filter(|_| more);
        let next_cursor = last.map(|last| cursor::write(&last.id)).transpose()?;
        let about = About::of(self, &mut snapshot, id).await?;
        let deliveries = found.into_iter().map(|found| described(&about, found)).collect();
        let organization = store::organizations::get(&mut snapshot, id).await?;
        let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
        Ok(DeliveryList { deliveries, next_cursor, zone })
    }

    /// One delivery.
    pub async fn delivery(&self, caller: &Caller, delivery: DeliveryId) -> Result<Delivery> {
        caller.require(Action::ViewAlerts)?;
        let id = caller.organization;
        let mut transaction = self.store.read(id).await?;
        let found = store::deliveries::get(&mut transaction, id, delivery).await?;
        let found = found.ok_or(Error::NotFound("delivery"))?;
        Ok(described(&About::of(self, &mut transaction, id).await?, found))
    }

    /// Sends a message that was given up once more, as soon as it can. One that is on its way or has
    /// arrived stays as it is.
    pub async fn send_again(
        &self,
        caller: &Caller,
        delivery: DeliveryId,
        key: Option<IdempotencyKey>,
    ) -> Result<Delivery> {
        caller.require(Action::ManageAlerts)?;
        let id = caller.organization;
        let keyed = Keyed::new(caller, key, "send_again", &delivery)?;
        let mut transaction = self.store.begin(id).await?;
        if keyed.is_some() {
            store::organizations::lock(&mut transaction, id).await?;
        }
        if let Some(before) = keyed.answered(&mut transaction, id).await? {
            return Ok(before);
        }
        let found = store::deliveries::get(&mut transaction, id, delivery).await?;
        let found = found.ok_or(Error::NotFound("delivery"))?;
        let lane = Lane { organization: id, recipient: found.recipient };
        store::lanes::hold(&mut transaction, lane).await?;
        let now = self.clock.now(&mut transaction).await?;
        if store::deliveries::queue_again(&mut transaction, id, delivery, now).await? {
            // Whoever asks for it does not want to wait until the lane has rested.
            store::lanes::schedule(&mut transaction, lane, None).await?;
        }
        let after = store::deliveries::get(&mut transaction, id, delivery).await?;
        let after = after.ok_or(Error::NotFound("delivery"))?;
        let after = described(&About::of(self, &mut transaction, id).await?, after);
        keyed.remember(&mut transaction, id, &after, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        self.outbox.wake();
        Ok(after)
    }
}

/// A delivery as people and programs see it.
fn described(about: &About, delivery: store::deliveries::Delivery) -> Delivery {
    let notice = about.notice(delivery.event);
    let (channel, member) = match delivery.recipient {
        Recipient::Channel(channel) => (Some(channel), None),
        Recipient::Member(member) => (None, Some(member)),
    };
    let waits = delivery.state == DeliveryState::Waiting;
    Delivery {
        id: delivery.id,
        event: notice.id,
        kind: notice.news.kind(),
        title: ::channels::words(&notice, Language::English).title,
        happened_at: notice.at,
        channel,
        member,
        name: delivery.name,
        state: delivery.state,
        attempts: delivery.attempts,
        tried_at: delivery.tried_at,
        due_at: waits.then_some(delivery.due_at),
        ended_at: delivery.ended_at,
        error: delivery.error,
    }
}
