//! What runs beside requests: nothing here changes a decision.

use crate::{Result, Service};
use chrono::{Months, TimeDelta};
use domain::input::Invalid;
use store::Whose;

/// Idempotency keys live longer than the 7 days that are promised (SPEC section 11).
const KEYS_LIVE: TimeDelta = TimeDelta::days(8);
/// The fewest whole months of the ledger that stay: a custom period has up to five years, and what
/// counts in it must be there.
const FEWEST_MONTHS: u32 = 62;
/// How long it is known why the link of an invitation does not work any more.
const INVITATIONS_LIVE: TimeDelta = TimeDelta::days(90);
/// Lists of members that nobody imported are kept for a day, and not looked at after that.
const IMPORTS_LIVE: TimeDelta = TimeDelta::days(1);
/// Denied requests are known for as long as the ledger is at least.
const REFUSALS_LIVE: Months = Months::new(FEWEST_MONTHS);
/// How long it is known what people were told of.
const EVENTS_LIVE: TimeDelta = TimeDelta::days(400);
/// How long a job is known that has ended; the ledger keeps what it used.
const JOBS_LIVE: TimeDelta = TimeDelta::days(400);
/// How long it is known what became of messages to people and channels.
const DELIVERIES_LIVE: TimeDelta = TimeDelta::days(90);
/// Rows removed by one statement, so that none holds locks for long.
const CHUNK: i64 = 1_000;
/// Chunks removed in one go; the rest waits for the next.
const CHUNKS: usize = 100;

impl Service {
    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        Ok(self.store.migrate().await?)
    }

    /// How many migrations the database does not have yet.
    pub async fn missing_migrations(&self) -> Result<usize> {
        Ok(self.store.missing_migrations().await?)
    }

    /// Makes the ledger's partitions for the months ahead, and removes idempotency keys, sessions,
    /// sign-in links, invitations, lists of members, denied requests, jobs that ended and what people were
    /// told of, where its time is over.
    pub async fn maintain(&self) -> Result<()> {
        self.store.make_partitions(&self.clock).await?;
        let mut transaction = self.store.begin(Whose::Everybodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        store::users::remove_expired_links(&mut transaction, now).await?;
        store::operators::remove_expired_links(&mut transaction, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        for _ in 0..CHUNKS {
            let mut transaction = self.store.begin(Whose::Everybodys).await?;
            let keys =
                store::idempotency::remove_older(&mut transaction, now - KEYS_LIVE, CHUNK).await?;
            let sessions = store::sessions::remove_expired(&mut transaction, now, CHUNK).await?;
            let (old, imported) = (now - INVITATIONS_LIVE, now - IMPORTS_LIVE);
            let invitations =
                store::invitations::remove_ended(&mut transaction, old, CHUNK).await?;
            let imports =
                store::member_imports::remove_older(&mut transaction, imported, CHUNK).await?;
            let old = now - REFUSALS_LIVE;
            let refusals = store::refusals::remove_older(&mut transaction, old, CHUNK).await?;
            let marks = store::alerts::remove_ended_marks(&mut transaction, now, CHUNK).await?;
            let old = now - EVENTS_LIVE;
            let events = store::events::remove_older(&mut transaction, old, CHUNK).await?;
            let old = now - DELIVERIES_LIVE;
            let deliveries = store::deliveries::remove_ended(&mut transaction, old, CHUNK).await?;
            let jobs = store::jobs::remove_older(&mut transaction, now - JOBS_LIVE, CHUNK).await?;
            transaction.commit().await.map_err(store::Error::from)?;
            let told = marks + events + deliveries;
            if keys + sessions + invitations + imports + refusals + told + jobs == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Detaches the ledger's months before the last `months` whole ones, at least 62. They stay in
    /// the database as tables of their own; nothing in Allot looks at them any more.
    pub async fn retain_ledger(&self, months: u32) -> Result<Vec<String>> {
        if months < FEWEST_MONTHS {
            let message =
                format!("must be at least {FEWEST_MONTHS}: a period has up to five years");
            return Err(Invalid::new("ledger_months", message).into());
        }
        Ok(self.store.detach_partitions(&self.clock, months).await?)
    }

    /// Ends all connections to the database.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
