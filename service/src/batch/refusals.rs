//! The denials of a batch, those alike together, so that a client that asks again and again fills no
//! disk.

use super::Batch;
use crate::Result;
use domain::{
    answer::{Denial, Request},
    input::Code,
    refusals::{RefusalCard, RefusalKind, Refusals},
};
use std::collections::{HashSet, hash_map::Entry};
use store::Connection;

impl Batch {
    /// Takes note of a denial. Of those alike the last one is explained.
    pub(super) fn note_denial(&mut self, request: &Request, denial: &Denial) {
        let (state, now) = (&self.loaded.state, self.loaded.now);
        let last = RefusalCard::of(state, request, denial, now);
        // Always there: something must have said no.
        let Some(limit) = last.binding().map(domain::refusals::Link::name) else { return };
        let meters: HashSet<Code> =
            last.chain.iter().map(|link| link.limit.meter.clone()).collect();
        let path = state.path_of(request.member);
        let operation = request.operation.clone();
        let kind = RefusalKind { member: request.member, operation, limit };
        let subtenant = path.subtenant;
        match self.refusals.entry(kind) {
            Entry::Occupied(mut alike) => {
                let alike = alike.get_mut();
                alike.times += 1;
                alike.last = last;
            }
            Entry::Vacant(first) => {
                let kind = first.key().clone();
                let (first_at, last_at) = (now, now);
                first.insert(Refusals { kind, times: 1, first_at, last_at, subtenant, last });
            }
        }
        // A limit that was lowered below what is used lets nothing through that would be seen.
        for meter in meters {
            self.observe_denied(path, &meter);
        }
    }

    /// Writes them.
    pub(super) async fn save_refusals(&self, connection: &mut Connection) -> Result<()> {
        if self.refusals.is_empty() {
            return Ok(());
        }
        let (id, now) = (self.loaded.state.id, self.loaded.now);
        let refusals: Vec<Refusals> = self.refusals.values().cloned().collect();
        Ok(store::refusals::record(connection, id, &refusals, now).await?)
    }
}
