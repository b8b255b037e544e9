//! Members' parts of gauges, which belong where the member belongs: whoever moves to another
//! subtenant takes them along.

use super::Batch;
use domain::{
    balances::{Balance, Holder, Path},
    ids::ConsumptionId,
    input::Code,
    period::Window,
    state::{Member, Movement},
};
use store::ledger::EntryKind;
use uuid::Uuid;

impl Batch {
    /// Where the part of a gauge is by now that a member got on `path`.
    pub(super) fn path_by_now(&self, path: Path) -> Path {
        let member = path.member.and_then(|id| self.loaded.state.members.get(&id));
        member.map_or(path, Member::path)
    }

    /// Moves all that a member has of a gauge from one subtenant to another.
    pub(crate) fn move_part(&mut self, gauge: &Code, from: Path, to: Path) {
        if let Some(member) = from.member {
            let state = &self.loaded.state;
            let part = state.balance(Holder::Member(member), gauge, Window::ALWAYS).used;
            self.move_along(gauge, from, to, part);
        }
    }

    /// Moves a part of a gauge. Only the two subtenants have another level afterwards. Nothing
    /// denies that: like a level that is set, it is how things are.
    pub(super) fn move_along(&mut self, gauge: &Code, from: Path, to: Path, part: i64) {
        if part == 0 || from == to {
            return;
        }
        let id = ConsumptionId(Uuid::now_v7());
        // First where it goes, so that no level is less than nothing in between.
        for (path, used) in [(to, part), (from, -part)] {
            let movement = Movement {
                path,
                meter: gauge.clone(),
                counts_at: self.loaded.now,
                change: Balance { used, ..Balance::default() },
                pack_draws: Vec::new(),
            };
            self.record(EntryKind::Gauge, id, None, 0, movement);
        }
    }
}
