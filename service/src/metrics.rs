//! What use cases count, and what is measured when somebody asks. No label names an organization, a
//! member or anything else of which there is no end.

use crate::Service;
use chrono::TimeDelta;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use std::time::Duration;
use store::{Whose, measures::Measures};
use tokio::time::timeout;

pub(crate) const DECISIONS: &str = "allot_decisions_total";
pub(crate) const DECISION_DURATION: &str = "allot_decision_duration_seconds";
pub(crate) const BATCH_SIZE: &str = "allot_batch_size";
pub(crate) const TRANSACTION_DURATION: &str = "allot_batch_transaction_duration_seconds";
const QUEUE_DEPTH: &str = "allot_queue_depth";
const QUEUES: &str = "allot_queues_busy";
const OUTBOX_DEPTH: &str = "allot_outbox_depth";
const OUTBOX_AGE: &str = "allot_outbox_age_seconds";
const UNTOLD: &str = "allot_events_untold";
const LEDGER_LAG: &str = "allot_ledger_lag_entries";
const RESERVATIONS: &str = "allot_reservations_open";
const DATABASE_UP: &str = "allot_database_up";
const CONNECTIONS: &str = "allot_database_connections";
const MOST_CONNECTIONS: &str = "allot_database_connections_limit";

/// How long the database may take to be measured.
const LONGEST: Duration = Duration::from_secs(3);

/// Says what everything means, and begins counters of which nothing was counted yet at zero.
pub fn describe() {
    describe_counter!(
        DECISIONS,
        "Requests that were decided, by outcome: allowed, partial (less than was asked for), denied by a \
         limit, refused before any limit was looked at, replayed (answered before under the same key)."
    );
    for outcome in ["allowed", "partial", "denied", "refused", "replayed"] {
        metrics::counter!(DECISIONS, "outcome" => outcome).absolute(0);
    }
    describe_histogram!(
        DECISION_DURATION,
        Unit::Seconds,
        "How long commands took from the queue to their answer."
    );
    describe_histogram!(BATCH_SIZE, "Requests that were decided in one transaction.");
    describe_histogram!(
        TRANSACTION_DURATION,
        Unit::Seconds,
        "How long the transactions of batches took, from their begin to their commit."
    );
    describe_gauge!(QUEUE_DEPTH, "Requests that wait in the queues of this server.");
    describe_gauge!(QUEUES, "Organizations that this server decides for at this moment.");
    describe_gauge!(OUTBOX_DEPTH, "Messages to people and channels that have not arrived yet.");
    describe_gauge!(OUTBOX_AGE, Unit::Seconds, "How long the oldest of these messages waits.");
    describe_gauge!(UNTOLD, "Events of which it was not worked out yet who is told.");
    describe_gauge!(LEDGER_LAG, "Entries of the ledger that are not summed up for the past yet.");
    describe_gauge!(RESERVATIONS, "Reservations that are open.");
    describe_gauge!(DATABASE_UP, "Whether the database answered when it was measured.");
    describe_gauge!(CONNECTIONS, "Connections to the database, by state: busy, idle.");
    describe_gauge!(MOST_CONNECTIONS, "The most connections that decisions and edits may have.");
}

impl Service {
    /// Measures what is not counted as it happens. What can't be measured because the database is away
    /// is not a number then.
    pub async fn measure(&self) {
        let waiting = self.queues.waiting();
        set(QUEUE_DEPTH, waiting.weight);
        set(QUEUES, waiting.keys);
        let pool = self.store.connections();
        gauge!(CONNECTIONS, "state" => "busy").set(f64::from(pool.busy));
        gauge!(CONNECTIONS, "state" => "idle").set(f64::from(pool.idle));
        gauge!(MOST_CONNECTIONS).set(f64::from(pool.limit));
        let measured = timeout(LONGEST, self.measure_database()).await;
        let measured = measured.ok().and_then(Result::ok);
        gauge!(DATABASE_UP).set(f64::from(u8::from(measured.is_some())));
        for (name, number) in [
            (OUTBOX_DEPTH, measured.as_ref().map(|of| of.undelivered)),
            (UNTOLD, measured.as_ref().map(|of| of.untold)),
            (LEDGER_LAG, measured.as_ref().map(|of| of.not_summed_up)),
            (RESERVATIONS, measured.as_ref().map(|of| of.open_reservations)),
        ] {
            match number {
                Some(number) => set(name, number),
                None => gauge!(name).set(f64::NAN),
            }
        }
        let age = measured.map(|of| of.oldest_undelivered.map_or(0.0, seconds));
        gauge!(OUTBOX_AGE).set(age.unwrap_or(f64::NAN));
    }

    async fn measure_database(&self) -> crate::Result<Measures> {
        let mut transaction = self.store.read(Whose::Everybodys).await?;
        let now = self.clock.now(&mut transaction).await?;
        Ok(store::measures::take(&mut transaction, now).await?)
    }
}

fn seconds(age: TimeDelta) -> f64 {
    age.to_std().unwrap_or_default().as_secs_f64()
}

/// Numbers are so small that nothing is lost: what is counted here ends at a limit.
fn set(name: &'static str, number: impl TryInto<u32>) {
    gauge!(name).set(f64::from(number.try_into().unwrap_or(u32::MAX)));
}
