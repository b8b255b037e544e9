//! Limits of a batch that are nearly used up: worked out with the decisions, and recorded with them.

use super::Batch;
use crate::Result;
use domain::{
    alerts::{LimitPeriod, Mark, Observation, observe},
    balances::{Balance, Path},
    ids::EventId,
    input::Code,
    notices::{LimitReached, MeterNamed, News},
    refusals::LimitName,
    state::Movement,
    units::Unit,
};
use std::{
    collections::{HashMap, HashSet},
    mem,
};
use store::{Connection, events::Event};
use uuid::Uuid;

/// Limits of one organization about which a server remembers what people were told.
const REMEMBERED: usize = 10_000;

impl Batch {
    /// Looks at the limits that a movement counts in, after it.
    pub(super) fn observe(&mut self, movement: &Movement) {
        let Movement { path, meter, counts_at, change, .. } = movement;
        let (state, now) = (&self.loaded.state, self.loaded.now);
        self.observations.extend(observe(state, *path, meter, *counts_at, *change, now));
    }

    /// Looks at the limits that a denied request had to pass.
    pub(super) fn observe_denied(&mut self, path: Path, meter: &Code) {
        let (state, now) = (&self.loaded.state, self.loaded.now);
        self.observations.extend(observe(state, path, meter, now, Balance::default(), now));
    }

    /// Works out what people are to be told of, and records it.
    pub(super) async fn save_alerts(&mut self, connection: &mut Connection) -> Result<()> {
        let observations = mem::take(&mut self.observations);
        if observations.is_empty() {
            return Ok(());
        }
        let id = self.loaded.state.id;
        self.load_marks(connection, &observations).await?;
        let moved = self.follow(observations);
        if moved.is_empty() {
            return Ok(());
        }
        store::alerts::save_marks(connection, id, &moved).await?;
        if self.changes.entries.is_empty() {
            // What other servers remember is known to be right by the ledger's last number; where that
            // stays, by the number of edits.
            store::organizations::count_edit(connection, id).await?;
        }
        Ok(store::events::record(connection, id, &self.events).await?)
    }

    async fn load_marks(
        &mut self,
        connection: &mut Connection,
        observations: &[Observation],
    ) -> Result<()> {
        let marks = &mut self.loaded.marks;
        if marks.len() > REMEMBERED {
            marks.clear();
        }
        let seen: HashSet<&LimitPeriod> = observations.iter().map(|seen| &seen.of).collect();
        let new = seen.into_iter().filter(|limit| !marks.contains_key(limit));
        let new: Vec<LimitPeriod> = new.cloned().collect();
        if !new.is_empty() {
            let found = store::alerts::marks(connection, self.loaded.state.id, &new).await?;
            marks.extend(new.into_iter().zip(found));
        }
        Ok(())
    }

    /// Follows what was observed, in its order: the marks that moved.
    fn follow(&mut self, observations: Vec<Observation>) -> Vec<(LimitPeriod, Mark)> {
        let (alerts, now) = (self.loaded.state.alerts.clone(), self.loaded.now);
        let mut moved = HashMap::new();
        for seen in observations {
            let before = self.loaded.marks.get(&seen.of).copied().flatten();
            let LimitName { scope, scope_id, meter, .. } = &seen.of.name;
            let thresholds = alerts.thresholds(*scope, scope_id, meter);
            let (mark, told) = seen.follow(before, thresholds);
            if before == Some(mark) || (before.is_none() && mark.reached == 0) {
                continue;
            }
            self.loaded.marks.insert(seen.of.clone(), Some(mark));
            moved.insert(seen.of.clone(), mark);
            if let Some(threshold) = told {
                let news = News::LimitReached(reached(seen, threshold));
                self.events.push(Event { id: EventId(Uuid::now_v7()), at: now, news });
            }
        }
        moved.into_iter().collect()
    }
}

/// A limit that reached `threshold`. Names are looked up when people are told.
fn reached(seen: Observation, threshold: u8) -> LimitReached {
    let Observation { of: LimitPeriod { name, ends_at }, limit, used, held, .. } = seen;
    let meter = MeterNamed {
        name: name.meter.to_string(),
        code: name.meter,
        unit: Unit { unit: String::new(), scale: 0 },
    };
    LimitReached {
        scope: name.scope,
        scope_id: name.scope_id,
        scope_name: None,
        meter,
        period: name.period,
        threshold,
        limit,
        used,
        held,
        resets_at: ends_at,
    }
}
