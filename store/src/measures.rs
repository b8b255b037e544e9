//! Numbers on the whole installation, for those who watch over it.

use crate::{Connection, Result, Store};
use chrono::{DateTime, TimeDelta, Utc};

/// Of what waits no more than so much is counted.
const MOST: i64 = 100_000;

/// What waits, in all organizations together.
#[derive(Clone, Copy, Debug)]
pub struct Measures {
    /// Messages that have not arrived yet and were not given up.
    pub undelivered: i64,
    /// How long the oldest of them waits.
    pub oldest_undelivered: Option<TimeDelta>,
    /// Events of which it was not worked out yet who is told.
    pub untold: i64,
    /// Entries of the ledger that are not summed up.
    pub not_summed_up: i64,
    /// Reservations that are open.
    pub open_reservations: i64,
}

/// The connections of decisions and edits.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// In use.
    pub busy: u32,
    /// Not in use.
    pub idle: u32,
    /// The most there may be.
    pub limit: u32,
}

impl Store {
    /// How the connections are used at this moment.
    pub fn connections(&self) -> Connections {
        let all = self.pool.size();
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX).min(all);
        let limit = self.pool.options().get_max_connections();
        Connections { busy: all - idle, idle, limit }
    }
}

/// Counts what waits at `now`.
pub async fn take(connection: &mut Connection, now: DateTime<Utc>) -> Result<Measures> {
    let row = sqlx::query!(
        r#"SELECT outbox.undelivered AS "undelivered!", outbox.oldest, untold.untold AS "untold!",
            ledger.not_summed_up AS "not_summed_up!", open.reservations AS "open_reservations!"
        FROM (SELECT count(*) AS undelivered, min(queued_at) AS oldest
                FROM (SELECT queued_at FROM deliveries WHERE state IN ('waiting', 'sending')
                    LIMIT $1) d) outbox,
            (SELECT count(*) AS untold
                FROM (SELECT 1 FROM events WHERE told_at IS NULL LIMIT $1) e) untold,
            (SELECT COALESCE(sum(s.last_seq - COALESCE(r.rolled_seq, 0)), 0)::bigint AS not_summed_up
                FROM organization_states s LEFT JOIN usage_rollups r USING (organization_id)
                WHERE s.last_seq > COALESCE(r.rolled_seq, 0)) ledger,
            (SELECT count(*) AS reservations
                FROM (SELECT 1 FROM reservations WHERE status = 'open' LIMIT $1) o) open"#,
        MOST
    );
    let row = row.fetch_one(connection).await?;
    Ok(Measures {
        undelivered: row.undelivered,
        oldest_undelivered: row.oldest.map(|oldest| now - oldest),
        untold: row.untold,
        not_summed_up: row.not_summed_up,
        open_reservations: row.open_reservations,
    })
}
