//! Live numbers: whose numbers have changed, told to whoever follows them on any server. A decision only
//! notes it; what was noted is announced through the database a moment later, all of it together.

use crate::{Caller, Error, Result, Service};
use domain::{
    access::Action,
    ids::{MemberId, OrganizationId},
};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::announcements::{Changed, Hearing};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout},
};

/// How long changes are collected before they are announced together.
const COLLECTED: Duration = Duration::from_millis(200);
/// Organizations that are told apart, among those to be announced and among those that changed lately.
const ORGANIZATIONS: usize = 10_000;
/// How long nothing is heard before the connection is looked after, and how long it may take to answer.
const SILENCE: Duration = Duration::from_secs(30);
const ANSWER: Duration = Duration::from_secs(5);
/// How long it takes to try again where the database is away.
const RETRY: Duration = Duration::from_millis(500);
/// The most that follow on this server, and the most of them that are one member.
const FOLLOWERS: usize = 2_000;
const OF_ONE_MEMBER: usize = 10;

/// What this server has noted, what it has heard, and who follows.
pub(crate) struct Live {
    noted: Mutex<Noted>,
    wake: Notify,
    heard: Mutex<Heard>,
    ended: watch::Sender<bool>,
}

/// Whose numbers have changed and are to be announced.
#[derive(Default)]
struct Noted {
    organizations: HashSet<OrganizationId>,
    /// There were too many to tell them apart.
    any: bool,
}

#[derive(Default)]
struct Heard {
    /// Since when every change is heard, as far as `changed` remembers; `None`: nothing is heard.
    since: Option<Instant>,
    /// When an organization changed last.
    changed: HashMap<OrganizationId, Instant>,
    followers: HashMap<OrganizationId, Followers>,
    /// How many follow.
    count: usize,
}

/// Who follows one organization.
struct Followers {
    tell: watch::Sender<()>,
    members: HashMap<MemberId, usize>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            noted: Mutex::default(),
            wake: Notify::new(),
            heard: Mutex::default(),
            ended: watch::Sender::new(false),
        }
    }
}

impl Live {
    /// Notes that numbers of an organization have changed, once that is committed.
    pub(crate) fn note(&self, id: OrganizationId) {
        let mut noted = lock(&self.noted);
        if noted.organizations.len() < ORGANIZATIONS {
            noted.organizations.insert(id);
        } else {
            noted.any = true;
        }
        drop(noted);
        self.wake.notify_one();
    }

    /// Takes what was noted since the last time.
    fn take(&self) -> Changed {
        let Noted { organizations, any } = mem::take(&mut *lock(&self.noted));
        if any { Changed::Any } else { Changed::Of(organizations.into_iter().collect()) }
    }

    /// Everything is heard from now on. What was before, nobody knows: all are told to look again.
    fn begin(&self) {
        let mut heard = lock(&self.heard);
        heard.since = Some(Instant::now());
        heard.changed.clear();
        heard.followers.values().for_each(Followers::tell);
    }

    fn hear(&self, changed: &Changed) {
        let Changed::Of(ids) = changed else { return self.begin() };
        let (mut heard, now) = (lock(&self.heard), Instant::now());
        if heard.changed.len() + ids.len() > ORGANIZATIONS {
            heard.changed.clear();
            heard.since = Some(now);
        }
        for id in ids {
            heard.changed.insert(*id, now);
            if let Some(followers) = heard.followers.get(id) {
                followers.tell();
            }
        }
    }
}

impl Followers {
    fn tell(&self) {
        self.tell.send_replace(());
    }
}

impl Heard {
    /// Whether numbers of the organization may have changed within the last `time`.
    fn changed_within(&self, id: OrganizationId, time: Duration) -> bool {
        // Where nothing is heard, all are told when that begins.
        let since = self.since.into_iter().chain(self.changed.get(&id).copied());
        since.max().is_some_and(|since| since.elapsed() <= time)
    }

    fn add(&mut self, id: OrganizationId, member: MemberId) -> Result<watch::Receiver<()>> {
        if self.count >= FOLLOWERS {
            return Err(Error::TooManyFollow);
        }
        let new = || Followers { tell: watch::Sender::new(()), members: HashMap::new() };
        let followers = self.followers.entry(id).or_insert_with(new);
        let of_member = followers.members.entry(member).or_default();
        if *of_member >= OF_ONE_MEMBER {
            return Err(Error::TooManyFollow);
        }
        *of_member += 1;
        self.count += 1;
        Ok(followers.tell.subscribe())
    }

    fn remove(&mut self, id: OrganizationId, member: MemberId) {
        self.count -= 1;
        let Entry::Occupied(mut followers) = self.followers.entry(id) else { return };
        let members = &mut followers.get_mut().members;
        if let Entry::Occupied(mut of_member) = members.entry(member) {
            *of_member.get_mut() -= 1;
            if *of_member.get() == 0 {
                of_member.remove();
            }
        }
        if members.is_empty() {
            followers.remove();
        }
    }
}

/// The changes of one organization, as one follower is told of them.
pub struct Changes {
    live: Arc<Live>,
    organization: OrganizationId,
    member: MemberId,
    changed: watch::Receiver<()>,
    ended: watch::Receiver<bool>,
}

impl Changes {
    /// Waits until something has changed since the last time; `None`: this server stops.
    pub async fn next(&mut self) -> Option<()> {
        tokio::select! {
            biased;
            _ = self.ended.wait_for(|ended| *ended) => None,
            changed = self.changed.changed() => changed.ok(),
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        lock(&self.live.heard).remove(self.organization, self.member);
    }
}

impl Service {
    /// Follows the numbers of the caller's organization. What changed within the last `missed` counts
    /// as a change at once: so long ago was read what the caller shows.
    pub fn follow(&self, caller: &Caller, missed: Duration) -> Result<Changes> {
        caller.require(Action::ViewOwnUsage)?;
        let (organization, member) = (caller.organization, caller.member()?);
        let mut heard = lock(&self.live.heard);
        let mut changed = heard.add(organization, member)?;
        if heard.changed_within(organization, missed) {
            changed.mark_changed();
        }
        drop(heard);
        let (live, ended) = (Arc::clone(&self.live), self.live.ended.subscribe());
        Ok(Changes { live, organization, member, changed, ended })
    }

    /// Tells all that follow on this server that it stops.
    pub fn end_following(&self) {
        self.live.ended.send_replace(true);
    }

    /// Announces what this server changes, for as long as it runs.
    pub async fn announce_changes(&self) {
        loop {
            self.live.wake.notified().await;
            self.announce_noted().await;
            sleep(COLLECTED).await;
        }
    }

    /// Announces what was changed and is not announced yet: a server that stops does so at last.
    pub async fn announce_noted(&self) {
        // Where the database is away all look again when it is back.
        if let Err(error) = self.store.announce(&self.live.take()).await {
            tracing::debug!(%error, "changes were not announced");
        }
    }

    /// Hears what all servers announce, for as long as this one runs.
    pub async fn hear_changes(&self) {
        loop {
            match self.store.hear().await {
                Ok(hearing) => {
                    self.live.begin();
                    self.hear_until_lost(hearing).await;
                    lock(&self.live.heard).since = None;
                }
                Err(error) => tracing::debug!(%error, "changes can't be heard"),
            }
            sleep(RETRY).await;
        }
    }

    async fn hear_until_lost(&self, mut hearing: Hearing) {
        loop {
            match timeout(SILENCE, hearing.next()).await {
                Ok(Ok(Some(changed))) => self.live.hear(&changed),
                Ok(Ok(None) | Err(_)) => return,
                Err(_silence) => {
                    if !matches!(timeout(ANSWER, hearing.check()).await, Ok(Ok(()))) {
                        return;
                    }
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ACME: OrganizationId = OrganizationId(Uuid::from_u128(1));
    const OTHER: OrganizationId = OrganizationId(Uuid::from_u128(2));
    const ANN: MemberId = MemberId(Uuid::from_u128(3));
    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn whoever_may_have_missed_a_change_is_told() {
        let live = Live::default();
        let within = |id, time| lock(&live.heard).changed_within(id, time);
        assert!(!within(ACME, HOUR), "told once changes are heard");
        live.begin();
        assert!(within(ACME, HOUR), "nobody knows what was before");
        let began = lock(&live.heard).since.unwrap();
        // As if that had been long ago.
        lock(&live.heard).since = began.checked_sub(2 * HOUR);
        assert!(!within(ACME, HOUR));
        live.hear(&Changed::Of(vec![ACME]));
        assert!(within(ACME, HOUR) && !within(OTHER, HOUR));
        live.hear(&Changed::Any);
        assert!(within(OTHER, HOUR));
    }

    #[test]
    fn what_can_not_be_remembered_counts_as_changed() {
        let live = Live::default();
        live.begin();
        let many = (0..=ORGANIZATIONS as u128).map(|id| OrganizationId(Uuid::from_u128(id)));
        lock(&live.heard).since = Instant::now().checked_sub(2 * HOUR);
        live.hear(&Changed::Of(many.collect()));
        assert!(lock(&live.heard).changed_within(OrganizationId(Uuid::max()), HOUR));
    }

    #[test]
    fn followers_are_told_and_counted_and_leave_nothing_behind() {
        let live = Live::default();
        let mut first = lock(&live.heard).add(ACME, ANN).unwrap();
        let second = lock(&live.heard).add(OTHER, ANN).unwrap();
        live.hear(&Changed::Of(vec![ACME]));
        assert!(first.has_changed().unwrap() && !second.has_changed().unwrap());
        first.mark_unchanged();
        live.begin();
        assert!(first.has_changed().unwrap() && second.has_changed().unwrap());

        let mut heard = lock(&live.heard);
        for _ in 1..OF_ONE_MEMBER {
            heard.add(ACME, ANN).unwrap();
        }
        assert_eq!(heard.add(ACME, ANN).unwrap_err(), Error::TooManyFollow);
        for _ in 0..OF_ONE_MEMBER {
            heard.remove(ACME, ANN);
        }
        heard.remove(OTHER, ANN);
        assert!(heard.followers.is_empty() && heard.count == 0);
    }

    #[test]
    fn what_is_noted_is_announced_together() {
        let live = Live::default();
        live.note(ACME);
        live.note(ACME);
        assert_eq!(live.take(), Changed::Of(vec![ACME]));
        assert_eq!(live.take(), Changed::Of(Vec::new()));
        for id in 0..=ORGANIZATIONS as u128 {
            live.note(OrganizationId(Uuid::from_u128(id)));
        }
        assert_eq!(live.take(), Changed::Any);
    }
}
