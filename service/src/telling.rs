//! Telling people of what happened (SPEC section 10). An event is recorded with what made it happen; here
//! it is worked out who is told of it, beside decisions and once, on whatever server.

mod recipients;

use crate::{Result, Service, notices::scope_name};
use domain::{
    ids::{EventId, OrganizationId},
    notices::News,
};
use std::time::Duration;
use store::{Connection, Whose, audit_log::Units};
use tokio::{sync::Notify, time::timeout};

/// How long nobody looks for events where nothing says that there are some: another server may have
/// recorded them, and died.
const PATIENCE: Duration = Duration::from_secs(1);
/// Events that are looked up at once.
const AT_ONCE: i64 = 200;

/// What wakes the one who tells.
#[derive(Default)]
pub(crate) struct Telling {
    recorded: Notify,
}

impl Telling {
    /// Says that events were recorded and committed.
    pub(crate) fn wake(&self) {
        self.recorded.notify_one();
    }
}

impl Service {
    /// Tells people of what happens, until it is stopped.
    pub async fn keep_telling(&self) {
        loop {
            // Either way it is time to look.
            _ = timeout(PATIENCE, self.telling.recorded.notified()).await;
            if let Err(error) = self.tell().await {
                tracing::warn!(%error, "people were not told of what happened; that is tried again soon");
            }
        }
    }

    /// Works out who is told of the events that nobody was told of yet. Several servers can do so at once.
    /// How many there were.
    pub async fn tell(&self) -> Result<usize> {
        let (mut told, mut failed) = (0, None);
        loop {
            let untold = {
                let mut transaction = self.store.read(Whose::Everybodys).await?;
                store::events::untold(&mut transaction, AT_ONCE).await?
            };
            let before = told;
            for (organization, event) in untold {
                // One that can't be told of holds up no other.
                match self.tell_of(organization, event).await {
                    Ok(this) => told += usize::from(this),
                    Err(error) => failed = Some(error),
                }
            }
            // What another server has taken is its to tell.
            if told == before {
                return failed.map_or(Ok(told), Err);
            }
        }
    }

    /// Tells of one event; `false`: another server does, or did.
    async fn tell_of(&self, id: OrganizationId, event: EventId) -> Result<bool> {
        let mut transaction = self.store.begin(id).await?;
        let Some(mut event) = store::events::take(&mut transaction, id, event).await? else {
            return Ok(false);
        };
        let now = self.clock.now(&mut transaction).await?;
        name(&mut transaction, id, &mut event.news).await?;
        let people = recipients::of(&mut transaction, id, &event.news, now).await?;
        store::notifications::insert(&mut transaction, id, event.id, &people).await?;
        self.queue_deliveries(&mut transaction, id, &event, &people, now).await?;
        store::events::set_told(&mut transaction, id, &event, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        self.outbox.wake();
        self.live.note(id);
        Ok(true)
    }
}

/// Puts names in for what a decision knows by its code or id only.
async fn name(connection: &mut Connection, id: OrganizationId, news: &mut News) -> Result<()> {
    let News::LimitReached(limit) = news else { return Ok(()) };
    let Units { meters, .. } = store::audit_log::units(connection, id).await?;
    if let Some((name, unit)) = meters.get(&limit.meter.code) {
        (limit.meter.name, limit.meter.unit) = (name.clone(), unit.clone());
    }
    limit.scope_name = scope_name(connection, id, limit.scope, &limit.scope_id).await?;
    Ok(())
}
