//! `allot verify`: does everything that is stored agree with the ledger, and did no decision ever
//! pass a limit that was in force?

use crate::{Result, Service, loading::Loaded};
use chrono::{DateTime, Utc};
use domain::{
    amount::Amount,
    balances::{Account, Balance, Balances, Path},
    ids::{MemberId, OrganizationId},
    input::Code,
    packs,
    period::{Calendar, Period, Window},
    quotas::InForce,
    state::{Member, OrganizationState, Plan},
};
use serde::Serialize;
use std::collections::{HashMap, HashSet, VecDeque};
use store::{
    Connection, Whose,
    batches::Changes,
    credit_settings::VersionedSettings,
    ledger::{Entry, EntryKind},
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
/// Accounts whose balances are compared at a time.
const ACCOUNTS: i64 = 500;
/// Disagreements that are listed; a broken ledger could fill the memory.
const LISTED: usize = 10_000;

impl Service {
    /// Verifies the whole installation. Each organization is read from one snapshot, so this is
    /// right on a live one.
    pub async fn verify(&self) -> Result<Verification> {
        let ids = {
            let mut transaction = self.store.read(Whose::Everybodys).await?;
            store::organizations::ids(&mut transaction).await?
        };
        let mut result = Verification { organizations: ids.len(), ..Verification::default() };
        for id in ids {
            let mut snapshot = self.store.wide_snapshot(id).await?;
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
        let mut loaded = self.load_unlocked(connection, id).await?;
        let mut found = differences(connection, &mut loaded).await?;
        found.extend(store::verification::effects(connection, id).await?);
        found.extend(store::verification::holds(connection, id).await?);
        found.extend(store::verification::jobs(connection, id).await?);
        found.extend(store::verification::history(connection, id).await?);

        let last = loaded.lock.last_seq;
        let mut walk = Walk::new(connection, loaded.state).await?;
        let carried = walk.seq;
        walk.found = found;
        loop {
            let entries = store::ledger::after(connection, id, walk.seq, CHUNK).await?;
            let Some(end) = entries.last().map(|entry| entry.recorded_at) else { break };
            for entry in &entries {
                walk.step(entry);
            }
            walk.state.balances.forget_ended(end);
        }
        if walk.seq != last {
            walk.found.push(format!("ledger ends at {}, {last} were recorded", walk.seq));
        }
        Ok((walk.seq - carried, walk.found))
    }

    /// Puts balances, packs and the set-aside sum of the whole installation right, by the ledger,
    /// and says what was wrong. With `apply` left out it only says so.
    pub async fn rebuild(&self, apply: bool) -> Result<Rebuilt> {
        let ids = {
            let mut transaction = self.store.read(Whose::Everybodys).await?;
            store::organizations::ids(&mut transaction).await?
        };
        let mut result =
            Rebuilt { organizations: ids.len(), applied: apply, differences: Vec::new() };
        for id in ids {
            let mut transaction = self.store.begin(id).await?;
            let mut loaded = self.load_locked(&mut transaction, id).await?;
            let found = differences(&mut transaction, &mut loaded).await?;
            let found = found.into_iter().map(|text| format!("organization {id}: {text}"));
            result.differences.extend(found);
            result.differences.truncate(LISTED);
            if apply {
                store::balances::clear(&mut transaction, id).await?;
                store::packs::rebuild(&mut transaction, id).await?;
                loaded.work_out_set_aside(&mut transaction).await?;
                loaded.lock.next_expiry =
                    store::reservations::next_expiry(&mut transaction, id).await?;
                loaded.save_lock(&mut transaction).await?;
                rebuild_own(&mut transaction, &mut loaded).await?;
                // What servers remember may be what was wrong.
                store::organizations::count_edit(&mut transaction, id).await?;
                transaction.commit().await.map_err(store::Error::from)?;
            }
        }
        Ok(result)
    }
}

/// Sums up what the whole organization uses, at once and not when it is next needed: pages take a
/// meter without a balance for one that never moved.
async fn rebuild_own(connection: &mut Connection, loaded: &mut Loaded) -> Result<()> {
    let meters: Vec<Code> = loaded.state.catalogue.meters.keys().cloned().collect();
    loaded.add_balances(connection, meters.into_iter().map(|of| (Path::default(), of))).await?;
    let balances = loaded.state.balances.used();
    let changes = Changes { balances, ..Changes::default() };
    let (id, now) = (loaded.state.id, loaded.now);
    store::batches::save(connection, id, loaded.lock, &changes, now).await?;
    Ok(())
}

/// What was wrong with the balances, and whether it is right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Organizations that were looked at.
    pub organizations: usize,
    /// Whether they were put right; else this only says what is wrong.
    pub applied: bool,
    /// What disagreed with the ledger, as sentences.
    pub differences: Vec<String>,
}

/// Where balances, packs and the set-aside sum disagree with the ledger.
async fn differences(connection: &mut Connection, loaded: &mut Loaded) -> Result<Vec<String>> {
    let id = loaded.state.id;
    let mut found = wrong_balances(connection, id, loaded.now).await?;
    found.extend(store::verification::packs(connection, id).await?);
    let stored = loaded.lock.set_aside;
    // Where its time was over, it was worked out anew just now, and what is stored says nothing.
    if !loaded.worked_out {
        loaded.work_out_set_aside(connection).await?;
        let right = loaded.state.set_aside;
        if right != stored {
            found.push(format!("set aside: has {stored}, limits and usage say {right}"));
        }
    }
    Ok(found)
}

/// Balances of periods that still run at `now`, and whose ledger says something else. Those of
/// periods that are over limit nothing, and go when the next one is written.
async fn wrong_balances(
    connection: &mut Connection,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut last: Option<Account> = None;
    loop {
        let accounts = store::balances::after(connection, id, last.as_ref(), ACCOUNTS).await?;
        let Some((end, _)) = accounts.last() else { return Ok(found) };
        last = Some(end.clone());
        let running = accounts.iter().flat_map(|(account, periods)| {
            let periods = periods.iter().filter(|(window, _)| window.ends_at > now);
            periods.map(|(window, balance)| ((account.clone(), *window), *balance))
        });
        let (periods, stored): (Vec<(Account, Window)>, Vec<Balance>) = running.unzip();
        let right = store::balances::sum_up(connection, id, &periods, now).await?;
        for ((((holder, meter), window), has), says) in periods.iter().zip(stored).zip(right) {
            if has != says {
                let (whose, from) = (holder.name(), window.starts_at);
                found.push(format!(
                    "balance of {whose} on {meter} from {from}: has {has}, ledger says {says}"
                ));
            }
        }
    }
}

/// The history of one organization, played through in the order of decisions against the limits
/// that were in force then.
struct Walk {
    settings: Vec<VersionedSettings>,
    /// The plans that are still to come, each with the last entry that it decided.
    plans: VecDeque<(i64, Plan)>,
    /// The last entry that the plan in force decided.
    plan_until: i64,
    /// Every period that a limit on an account ever had: usage is counted in all of them at every
    /// step, so that a limit that comes later finds what was used before it.
    periods: HashMap<Account, Vec<Period>>,
    /// Every cycle that credits ever had.
    cycles: Vec<Period>,
    limits: HashMap<MemberId, Vec<InForce<Amount>>>,
    state: OrganizationState,
    seq: i64,
    found: Vec<String>,
}

impl Walk {
    /// A walk that begins with nothing used, and with all limits that there ever were.
    async fn new(connection: &mut Connection, mut state: OrganizationState) -> Result<Self> {
        let id = state.id;
        let ever = DateTime::UNIX_EPOCH;
        let settings = store::credit_settings::history(connection, id).await?;
        let mut cycles: Vec<Period> =
            settings.iter().map(|version| version.settings.cycle.into()).collect();
        cycles.dedup();
        let mut limits: HashMap<MemberId, Vec<InForce<Amount>>> = HashMap::new();
        for (member, limit) in store::member_limits::since(connection, id, None, ever).await? {
            limits.entry(member).or_default().push(limit);
        }
        let holders = store::quotas::holders(connection, id).await?;
        let mut periods: HashMap<Account, Vec<Period>> = HashMap::new();
        state.quotas.clear();
        for (account, quota) in store::quotas::limits_of(connection, id, &holders, ever).await? {
            let of_account = periods.entry(account.clone()).or_default();
            of_account.extend(quota.value.limits().map(|(period, _)| period));
            state.quotas.entry(account).or_default().push(quota);
        }
        for of_account in periods.values_mut() {
            let distinct: HashSet<Period> = of_account.drain(..).collect();
            of_account.extend(distinct);
        }
        let mut plans: VecDeque<(i64, Plan)> = store::plans::past(connection, id).await?.into();
        plans.push_back((i64::MAX, state.plan.clone()));
        state.packs = store::packs::history(connection, id).await?;
        state.balances = Balances::default();
        let (seq, levels) = store::partitions::carried(connection, id).await?;
        for (account, used) in levels {
            let level = Balance { used, ..Balance::default() };
            state.balances.put(account, [(Window::ALWAYS, level)]);
        }
        state.members.clear();
        Ok(Self {
            settings,
            plans,
            plan_until: 0,
            periods,
            cycles,
            limits,
            state,
            seq,
            found: Vec::new(),
        })
    }

    fn step(&mut self, entry: &Entry) {
        let (at, movement) = (entry.recorded_at, &entry.movement);
        if entry.seq != self.seq + 1 {
            self.found.push(format!("ledger jumps from {} to {}", self.seq, entry.seq));
        }
        self.seq = entry.seq;
        self.go_to(at);
        self.begin_plan();
        self.meet(movement.path);
        for holder in movement.path.holders() {
            self.begin_periods(&(holder, movement.meter.clone()), movement.counts_at);
        }
        let decided = matches!(entry.kind, EntryKind::Consumption | EntryKind::Hold);
        if decided {
            self.check_packs(entry);
        }
        self.state.apply(movement, at);
        if decided {
            self.check_limits(entry);
        }
    }

    /// Puts the settings into force that were in force at `at`.
    fn go_to(&mut self, at: DateTime<Utc>) {
        if let Some(then) = self.settings.iter().rev().find(|then| then.valid_from <= at) {
            self.state.settings = then.settings;
        }
        if !self.state.calendar.is_around(at) {
            self.state.calendar = Calendar::new(self.state.calendar.zone(), at);
        }
    }

    /// Puts the plan into force that decided the entry that the walk has come to.
    fn begin_plan(&mut self) {
        while self.plan_until < self.seq
            && let Some((until, plan)) = self.plans.pop_front()
        {
            self.plan_until = until;
            self.state.plan = plan;
        }
    }

    /// Brings a member into the state who appears for the first time.
    fn meet(&mut self, path: Path) {
        let Some(id) = path.member else { return };
        let limits = &mut self.limits;
        self.state.members.entry(id).or_insert_with(|| Member {
            id,
            subtenant: path.subtenant,
            active: true,
            limits: limits.remove(&id).unwrap_or_default(),
        });
    }

    /// Lets the balances of `account` begin in all periods around `at` in which they ever count.
    fn begin_periods(&mut self, account: &Account, at: DateTime<Utc>) {
        let calendar = &self.state.calendar;
        let mut windows = vec![calendar.billing_month(at)];
        if self.state.catalogue.is_gauge(&account.1) {
            windows.push(Window::ALWAYS);
        }
        let cycles = self.cycles.iter().filter(|_| account.1.is_credits());
        let periods = self.periods.get(account).into_iter().flatten().chain(cycles);
        windows.extend(periods.filter_map(|period| calendar.window(*period, at)));
        for window in windows {
            if !self.state.balances.has(account, window) {
                self.state.balances.put(account.clone(), [(window, Balance::default())]);
            }
        }
    }

    /// The packs that paid must be those whose turn it was.
    fn check_packs(&mut self, entry: &Entry) {
        let change = entry.movement.change;
        let amount = change.from_packs + change.reserved_from_packs;
        let right = packs::draws(&self.state.packs, amount, entry.recorded_at);
        if right != entry.movement.pack_draws {
            self.found.push(format!("entry {} took from packs out of their turn", entry.seq));
        }
    }

    fn check_limits(&mut self, entry: &Entry) {
        let meter = &entry.movement.meter;
        for passed in self.state.passed_limits(&entry.movement, entry.recorded_at) {
            let (period, scope) = (passed.period, passed.scope.as_str());
            let limit = passed.allowed_to.or(passed.limit).unwrap_or_default();
            let (used, reserved) = (passed.used, passed.reserved);
            self.found.push(format!(
                "entry {} takes the {period} {meter} limit of the {scope} of {limit} to {used} used \
                 and {reserved} held",
                entry.seq
            ));
        }
    }
}
