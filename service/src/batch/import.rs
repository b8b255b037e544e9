//! Past usage, recorded as it was: no limit is asked, and no pack pays.

use super::Batch;
use crate::{Result, loading::Loaded};
use domain::{
    balances::{Balance, Path},
    ids::ConsumptionId,
    input::Code,
    state::Movement,
    usage_import::UsageEvent,
};
use store::{Connection, ledger::EntryKind};
use uuid::Uuid;

impl Batch {
    /// Records an event that comes to `amounts`, under a new id. It counts in the periods in which it
    /// happened.
    pub(crate) fn import(
        &mut self,
        event: &UsageEvent,
        path: Path,
        amounts: Vec<(Code, i64)>,
    ) -> ConsumptionId {
        let id = ConsumptionId(Uuid::now_v7());
        for (meter, used) in amounts {
            let movement = Movement {
                path,
                meter,
                counts_at: event.time,
                change: Balance { used, ..Balance::default() },
                pack_draws: Vec::new(),
            };
            let units = event.quantity.get();
            self.record(EntryKind::Import, id, Some(&event.operation), units, movement);
        }
        id
    }

    /// Writes what was imported so far; more can follow.
    pub(crate) async fn save_imported(&mut self, connection: &mut Connection) -> Result<()> {
        self.save(connection).await?;
        self.changes.entries.clear();
        Ok(())
    }

    /// The organization as the batch leaves it.
    pub(crate) fn into_loaded(self) -> Loaded {
        self.loaded
    }
}
