//! The outbox at work: what is due is sent, by every server, beside decisions. A lane leads to one channel
//! or to one person by email and has at most one message on it, so that one that is slow or dead holds up
//! no other (SPEC section 10).
//!
//! That a message is being sent is committed before it leaves. Where a server vanishes then, nobody knows
//! whether it arrived: programs get it again, under the same id; people never get it twice by themselves.

mod on_their_way;

use crate::{Error, Result, Service, notices::About};
use ::channels::{Failure, Retry, Target};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    channels::{Jitter, PATIENCE, backoff, rest},
    notices::{ChannelKind, Language, Notice},
    views::MemberStatus,
};
use on_their_way::OnTheirWay;
use std::time::Duration;
use store::{
    Connection, Whose,
    deliveries::Sending,
    lanes::{DueLane, Lane, Recipient},
};
use tokio::{
    sync::{Notify, Semaphore, watch},
    time::{sleep, timeout},
};
use uuid::Uuid;

/// How long nobody looks for messages where nothing says that there are some: those of other servers, and
/// those that are tried again.
const LOOK: Duration = Duration::from_secs(1);
/// Messages that one server sends at the same time, so many of them by email: all mail goes by one server,
/// and must not be in the way of channels while that one hangs.
const TO_CHANNELS: usize = 56;
const TO_PEOPLE: usize = 8;
/// Messages that ask the database for something at the same time. What is told to many channels in one
/// moment must leave its connections to decisions.
const ASKING: usize = 3;
/// How long a courier may take, which promises less.
const LONGEST: Duration = Duration::from_secs(20);
/// After this, whoever sends a message must be gone, or have written what came of it.
const GONE: TimeDelta = TimeDelta::minutes(2);
/// How often writing what came of a message is tried while the database is away, and how long it takes to
/// try again: less than [`GONE`] together, with what a try takes.
const WRITES: u32 = 25;
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// How long messages that are on their way may take once the server stops.
const AT_THE_END: Duration = Duration::from_secs(5);
/// What is said of a message that was on its way when its server vanished.
const INTERRUPTED: &str = "The server stopped while it was sent, so it may have arrived.";

/// What wakes and what ends the one who sends.
pub(crate) struct Outbox {
    queued: Notify,
    ended: watch::Sender<bool>,
    /// Messages that ask the database for something at the same time: decisions need its connections.
    asking: Semaphore,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            queued: Notify::new(),
            ended: watch::Sender::new(false),
            asking: Semaphore::new(ASKING),
        }
    }
}

impl Outbox {
    /// Says that messages were queued and committed.
    pub(crate) fn wake(&self) {
        self.queued.notify_one();
    }

    fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Waits for the end.
    async fn end(&self) {
        let mut ended = self.ended.subscribe();
        // It is here, so it is not closed.
        _ = ended.wait_for(|ended| *ended).await;
    }
}

/// A message that is to leave.
struct Due {
    lane: Lane,
    sending: Sending,
    /// Whether it may arrive twice.
    repeats: bool,
}

/// What the database has of a message; whatever was removed in the meantime is missing.
struct Found {
    recipient: FoundRecipient,
    notice: Option<Notice>,
}

enum FoundRecipient {
    Channel(Option<store::channels::Channel>),
    Member(Option<store::members::Member>, Language),
}

/// Why a message did not arrive.
enum Undelivered {
    /// It was sent, or could not be.
    Failed(Failure),
    /// There is nobody to send it to any more, or nothing to tell: the lane is as good as before.
    Pointless(&'static str),
}

impl From<Failure> for Undelivered {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Service {
    /// Sends what is due, until [`Service::end_delivering`] is called.
    pub async fn keep_delivering(&self) {
        while !self.outbox.has_ended() {
            if let Err(error) = self.deliver().await {
                tracing::warn!(%error, "messages were not sent; that is tried again soon");
            }
            tokio::select! {
                () = self.outbox.end() => {}
                () = self.outbox.queued.notified() => {}
                () = sleep(LOOK) => {}
            }
        }
    }

    /// Sends what is due until nothing is, or until [`Service::end_delivering`] is called: what is on its
    /// way then may still take five seconds. How many messages were sent. Several servers can do so at once.
    pub async fn deliver(&self) -> Result<usize> {
        let (mut on_their_way, mut sent) = (OnTheirWay::default(), 0);
        loop {
            match self.start_due(&mut on_their_way).await {
                Ok(started) => sent += started,
                Err(error) if on_their_way.is_empty() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "messages wait until those on their way arrived");
                }
            }
            if on_their_way.is_empty() {
                return Ok(sent);
            }
            tokio::select! {
                biased;
                () = self.outbox.end() => {
                    on_their_way.finish().await;
                    return Ok(sent);
                }
                () = on_their_way.next() => {}
                () = self.outbox.queued.notified() => {}
                () = sleep(LOOK) => {}
            }
        }
    }

    /// Ends [`Service::keep_delivering`].
    pub fn end_delivering(&self) {
        self.outbox.ended.send_replace(true);
    }

    /// Starts to send what is due, as far as there is room; how many messages that are.
    async fn start_due(&self, on_their_way: &mut OnTheirWay) -> Result<usize> {
        let mut started = 0;
        for to_people in [false, true] {
            let (busy, room) = on_their_way.busy(to_people);
            if room == 0 {
                continue;
            }
            for due in self.take_due(to_people, &busy, room).await? {
                on_their_way.start(self.clone(), due);
                started += 1;
            }
        }
        Ok(started)
    }

    /// Takes messages that are due, at most one of a lane, and notes that they are being sent.
    async fn take_due(&self, to_people: bool, busy: &[Uuid], room: usize) -> Result<Vec<Due>> {
        let mut transaction = self.store.begin(Whose::Everybodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        let size = i64::try_from(room).unwrap_or(i64::MAX);
        let lanes =
            store::lanes::take(&mut transaction, to_people, busy, (now, now + GONE), size).await?;
        let mut all = Vec::with_capacity(lanes.len());
        for DueLane { lane, kind } in lanes {
            let repeats = kind.is_some_and(ChannelKind::repeats);
            store::deliveries::take_back(&mut transaction, lane, repeats, INTERRUPTED, now).await?;
            match store::deliveries::send_next(&mut transaction, lane, now).await? {
                Some(sending) => all.push(Due { lane, sending, repeats }),
                None => store::lanes::schedule(&mut transaction, lane, None).await?,
            }
        }
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(all)
    }

    /// Sends a message and writes what came of it.
    async fn send(&self, due: Due) {
        let outcome = self.try_to_send(&due).await;
        for _ in 0..WRITES {
            match self.write(&due, &outcome).await {
                Ok(()) => return,
                Err(Error::Unavailable) => sleep(WRITE_AGAIN).await,
                Err(error) => {
                    tracing::error!(%error, "what came of a message was not written");
                    return;
                }
            }
        }
    }

    async fn try_to_send(&self, due: &Due) -> Result<(), Undelivered> {
        let (target, notice) = self.message(due).await?;
        let Ok(sent) = timeout(LONGEST, self.courier.send(&target, &notice)).await else {
            let retry = if due.repeats { Retry::Later } else { Retry::Never };
            let message = "It took too long. Whether it arrived is not known.".to_owned();
            return Err(Failure { message, retry }.into());
        };
        Ok(sent?)
    }

    /// What is sent, and to whom as it is now.
    async fn message(&self, due: &Due) -> Result<(Target, Notice), Undelivered> {
        let found = self.look_up(due).await.map_err(|error| later(&error.message()))?;
        let target = match found.recipient {
            FoundRecipient::Channel(channel) => {
                let open = channel.filter(|channel| channel.enabled);
                self.target(&open.ok_or(Undelivered::Pointless("The channel is switched off."))?)?
            }
            FoundRecipient::Member(member, language) => {
                let active = member.filter(|member| member.status == MemberStatus::Active);
                let gone = Undelivered::Pointless("This member is not active any more.");
                let member = active.ok_or(gone)?;
                Target::Email { name: member.name, address: member.email, language }
            }
        };
        let forgotten = Undelivered::Pointless("What it tells of is not known any more.");
        Ok((target, found.notice.ok_or(forgotten)?))
    }

    async fn look_up(&self, due: &Due) -> Result<Found> {
        let id = due.lane.organization;
        let _turn = self.outbox.asking.acquire().await.map_err(|_| Error::Internal)?;
        let mut transaction = self.store.read(id).await?;
        let connection = &mut *transaction;
        let recipient = match due.lane.recipient {
            Recipient::Channel(channel) => {
                FoundRecipient::Channel(store::channels::get(connection, id, channel).await?)
            }
            Recipient::Member(member) => {
                let now = self.clock.now(connection).await?;
                let language = store::users::language(connection, id, member).await?;
                let found = store::members::get(connection, id, member, now).await?;
                FoundRecipient::Member(found, language.unwrap_or_default())
            }
        };
        let notice = match store::events::get(connection, id, due.sending.event).await? {
            Some(event) => {
                let about = About::of(self, connection, id).await?;
                Some(match due.lane.recipient {
                    Recipient::Channel(_) => about.notice(event),
                    Recipient::Member(member) => about.notice_for(event, member),
                })
            }
            None => None,
        };
        Ok(Found { recipient, notice })
    }

    /// Where a channel leads.
    pub(crate) fn target(&self, channel: &store::channels::Channel) -> Result<Target, Failure> {
        let open = |sealed: &[u8]| {
            let opened = self.courier.open(sealed);
            opened.map_err(|error| later(&format!("The channel’s address or secret: {error}.")))
        };
        Ok(Target::Channel {
            kind: channel.kind,
            url: open(&channel.sealed_url)?,
            secret: channel.sealed_secret.as_deref().map(open).transpose()?,
            language: channel.language,
        })
    }

    async fn write(&self, due: &Due, outcome: &Result<(), Undelivered>) -> Result<()> {
        let Due { lane, sending, .. } = *due;
        let _turn = self.outbox.asking.acquire().await.map_err(|_| Error::Internal)?;
        let mut transaction = self.store.begin(lane.organization).await?;
        // Removed along with its channel: there is nothing to write.
        let Some(failures) = store::lanes::hold(&mut transaction, lane).await? else {
            return Ok(());
        };
        let now = self.clock.now(&mut transaction).await?;
        match outcome {
            Ok(()) => {
                let id = lane.organization;
                store::deliveries::set_delivered(&mut transaction, id, sending.id, now).await?;
                store::lanes::note_arrival(&mut transaction, lane, now).await?;
                store::lanes::schedule(&mut transaction, lane, None).await?;
            }
            Err(Undelivered::Failed(failure)) => {
                write_failure(&mut transaction, due, failure, failures, now).await?;
            }
            Err(Undelivered::Pointless(why)) => {
                let id = lane.organization;
                store::deliveries::set_failed(&mut transaction, id, sending, why, None, now)
                    .await?;
                store::lanes::schedule(&mut transaction, lane, None).await?;
            }
        }
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(())
    }
}

/// Writes that an attempt failed. The whole lane rests: one that is dead costs one attempt at a time,
/// however much waits on it.
async fn write_failure(
    connection: &mut Connection,
    due: &Due,
    failure: &Failure,
    failures: u32,
    now: DateTime<Utc>,
) -> Result<()> {
    let Due { lane, sending, .. } = *due;
    let Failure { message, retry } = failure;
    let (failures, jitter) = (failures.saturating_add(1), jitter()?);
    let asked = match retry {
        Retry::After(asked) => TimeDelta::from_std(*asked).unwrap_or(TimeDelta::MAX),
        Retry::Later | Retry::Never => TimeDelta::zero(),
    };
    // Nobody makes us wait for ever.
    let at_least = |wait: TimeDelta| wait.max(asked.min(rest(u32::MAX, jitter)));
    let wait = match retry {
        Retry::Later | Retry::After(_) => backoff(sending.attempts, jitter).map(at_least),
        Retry::Never => None,
    };
    let (id, again) = (lane.organization, wait.map(|wait| now + wait));
    if !store::deliveries::set_failed(connection, id, sending, message, again, now).await? {
        return Ok(());
    }
    store::lanes::note_failure(connection, lane, message, failures, now).await?;
    store::deliveries::give_up(connection, lane, message, now - PATIENCE, now).await?;
    let rested = now + at_least(rest(failures, jitter));
    store::lanes::schedule(connection, lane, Some(rested)).await?;
    Ok(())
}

fn jitter() -> Result<Jitter> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system has no randomness");
        Error::Internal
    })?;
    Ok(Jitter::of(u16::from_ne_bytes(bytes)))
}

fn later(message: &str) -> Failure {
    Failure { message: message.to_owned(), retry: Retry::Later }
}
