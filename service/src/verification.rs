//! `allot verify`: does everything that is stored agree with the ledger, and did no decision ever
//! pass a limit that was in force?

use crate::{Result, Service, loading};
use chrono::{DateTime, Utc};
use domain::{
    ids::{MemberId, OrganizationId},
    input::Code,
    period::{Cycle, Window, billing_month},
    state::OrganizationState,
};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use store::{
    Connection, credit_settings::VersionedSettings, ledger::Entry, member_limits::PastLimit,
};

/// What was looked at, and every disagreement that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whether everything agrees.
    pub agrees: bool,
    /// Organizations that were looked at.
    pub organizations: usize,
    /// Ledger entries that were walked through.
    pub entries: i64,
    /// What does not agree, one sentence each.
    pub disagreements: Vec<String>,
}

/// Ledger entries read at a time.
const CHUNK: i64 = 10_000;
/// Disagreements that are listed; a broken ledger could fill the memory.
const LISTED: usize = 10_000;

impl Service {
    /// Verifies the whole installation. Each organization is read from one snapshot, so this is
    /// right on a live one.
    pub async fn verify(&self) -> Result<Verification> {
        let ids = {
            let mut connection = self.store.connection().await?;
            store::organizations::ids(&mut connection).await?
        };
        let mut result = Verification { organizations: ids.len(), ..Verification::default() };
        for id in ids {
            let mut snapshot = self.store.snapshot().await?;
            let (entries, found) = self.verify_organization(&mut snapshot, id).await?;
            result.entries += entries;
            let found = found.into_iter().map(|text| format!("organization {id}: {text}"));
            result.disagreements.extend(found);
            result.disagreements.truncate(LISTED);
        }
        result.agrees = result.disagreements.is_empty();
        Ok(result)
    }

    async fn verify_organization(
        &self,
        connection: &mut Connection,
        id: OrganizationId,
    ) -> Result<(i64, Vec<String>)> {
        let mut loaded = loading::load_unlocked(connection, id, &self.clock).await?;
        let mut found = store::verification::balances(connection, id).await?;
        found.extend(store::verification::packs(connection, id).await?);
        found.extend(store::verification::effects(connection, id).await?);

        let stored = loaded.lock.set_aside;
        if loaded.lock.set_aside_until.is_some_and(|until| until > loaded.now) {
            loaded.work_out_set_aside(connection).await?;
            let right = loaded.state.set_aside;
            if right != stored {
                found.push(format!("set aside: has {stored}, limits and usage say {right}"));
            }
        }

        let settings = store::credit_settings::history(connection, id).await?;
        let mut walk = Walk {
            cycles: distinct_cycles(&settings),
            settings,
            limits: HashMap::new(),
            state: loaded.state,
            used: HashMap::new(),
            seq: 0,
            found,
        };
        for limit in store::member_limits::history(connection, id).await? {
            walk.limits.entry(limit.member).or_default().push(limit);
        }
        loop {
            let entries = store::ledger::after(connection, id, walk.seq, CHUNK).await?;
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                walk.step(entry);
            }
        }
        if walk.seq != loaded.lock.last_seq {
            let last = loaded.lock.last_seq;
            walk.found.push(format!("ledger ends at {}, {last} were recorded", walk.seq));
        }
        Ok((walk.seq, walk.found))
    }
}

fn distinct_cycles(settings: &[VersionedSettings]) -> Vec<Cycle> {
    let mut cycles: Vec<Cycle> = Vec::new();
    for cycle in settings.iter().map(|version| version.settings.cycle) {
        if !cycles.contains(&cycle) {
            cycles.push(cycle);
        }
    }
    cycles
}

/// A limit's counter while the ledger is walked through.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Counter {
    /// What the plan's allowance paid.
    Allowance,
    /// What the enterprise limit counts, with or without what packs paid.
    Enterprise { packs: bool },
    /// All that a member used.
    Member(MemberId),
}

/// The history of one organization, played through in the order of decisions.
struct Walk {
    settings: Vec<VersionedSettings>,
    /// Every cycle that was ever in force: usage is counted in all of them at every step, so that
    /// a cycle that begins later finds what was used before it.
    cycles: Vec<Cycle>,
    limits: HashMap<MemberId, Vec<PastLimit>>,
    /// Only its plan, zone and settings are used; the settings as they were at each step.
    state: OrganizationState,
    used: HashMap<(Counter, Window), i64>,
    seq: i64,
    found: Vec<String>,
}

impl Walk {
    fn step(&mut self, entry: &Entry) {
        if entry.seq != self.seq + 1 {
            self.found.push(format!("ledger jumps from {} to {}", self.seq, entry.seq));
        }
        self.seq = entry.seq;
        if entry.meter != Code::credits() {
            return;
        }
        let at = entry.recorded_at;
        if let Some(then) = self.settings.iter().rev().find(|then| then.valid_from <= at) {
            self.state.settings = then.settings;
        }
        let in_force = self.state.credit_window(at);
        let enterprise = self.state.enterprise_limit(at).map(|(limit, _)| limit.get());
        let allowance = self.state.plan.allowance.get();
        let packs_count = !self.state.settings.packs_extend;
        let own = entry.member.and_then(|member| self.member_limit(member, at));

        let month = billing_month(at);
        self.count(entry, Counter::Allowance, month, entry.from_allowance, Some(allowance));
        for window in self.windows(at) {
            let limit_here = |limit: Option<i64>| limit.filter(|_| window == in_force);
            for (packs, amount) in [(false, entry.from_allowance), (true, entry.amount)] {
                let limit = limit_here(enterprise).filter(|_| packs == packs_count);
                self.count(entry, Counter::Enterprise { packs }, window, amount, limit);
            }
            if let Some(member) = entry.member {
                let counter = Counter::Member(member);
                self.count(entry, counter, window, entry.amount, limit_here(own));
            }
        }
    }

    /// The windows around `at` of every cycle, each once.
    fn windows(&self, at: DateTime<Utc>) -> HashSet<Window> {
        let zone = self.state.time_zone;
        let windows = self.cycles.iter().filter_map(|cycle| cycle.window_at(zone, at));
        windows.chain([billing_month(at)]).collect()
    }

    fn member_limit(&self, member: MemberId, at: DateTime<Utc>) -> Option<i64> {
        let limits = self.limits.get(&member)?;
        let then = |limit: &&PastLimit| limit.from <= at && limit.to.is_none_or(|to| at < to);
        limits.iter().find(then).map(|limit| limit.amount)
    }

    fn count(
        &mut self,
        entry: &Entry,
        counter: Counter,
        window: Window,
        amount: i64,
        limit: Option<i64>,
    ) {
        let used = self.used.entry((counter, window)).or_default();
        *used += amount;
        if amount > 0
            && let Some(limit) = limit.filter(|limit| *used > *limit)
        {
            let what = match counter {
                Counter::Allowance => "the plan's allowance".to_owned(),
                Counter::Enterprise { .. } => "the enterprise limit".to_owned(),
                Counter::Member(member) => format!("the limit of member {member}"),
            };
            let (used, seq) = (*used, entry.seq);
            self.found.push(format!("entry {seq} takes {what} of {limit} to {used}"));
        }
    }
}
