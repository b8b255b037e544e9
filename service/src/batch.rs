//! One batch of commands, decided one after the other on what the one before left.

mod alerts;
mod carry_out;
mod import;
mod jobs;
mod parts;
mod refusals;
mod settle;
mod tally;
mod transaction;

use crate::{
    Error, Result,
    command::{Command, Item, Outcome},
    idempotency,
    loading::Loaded,
};
use domain::{
    access::{Action, Rights},
    alerts::Observation,
    balances::Path,
    ids::{ApiKeyId, ConsumptionId, MemberId, PackId, SubtenantId},
    input::{Code, MemberReference},
    packs::PackDraw,
    refusals::{RefusalKind, Refusals},
    state::Movement,
};
use std::collections::{HashMap, HashSet};
use store::{
    Connection,
    batches::{Changes, NewAnswer},
    events::Event,
    idempotency::Remembered,
    ledger::{Entry, EntryKind},
    reservations::Reservation,
};
use tally::Tally;
use uuid::Uuid;

/// Reservations that one batch lets expire; the rest waits for the next.
const EXPIRED_AT_ONCE: i64 = 1_000;

/// A batch while it is decided.
pub(crate) struct Batch {
    loaded: Loaded,
    /// Answers that exist for keys of this batch.
    known: HashMap<String, Remembered>,
    /// What the API keys that are valid allow.
    keys: HashMap<ApiKeyId, Rights>,
    /// The reservations that commands name, and those that have expired.
    reservations: HashMap<ConsumptionId, Reservation>,
    /// What was recorded of the consumptions that commands name.
    histories: HashMap<ConsumptionId, Vec<Entry>>,
    /// The level that members have of gauges that are set or given back for the whole organization.
    members_levels: HashMap<Code, i64>,
    changes: Changes,
    new_reservations: Vec<ConsumptionId>,
    changed_reservations: HashSet<ConsumptionId>,
    /// What was denied, those alike together.
    refusals: HashMap<RefusalKind, Refusals>,
    /// Limits that came near a threshold, in the order in which they did.
    observations: Vec<Observation>,
    /// What people are to be told of.
    events: Vec<Event>,
    /// How its decisions ended.
    tally: Tally,
}

impl Batch {
    pub(crate) fn new(loaded: Loaded) -> Self {
        Self {
            loaded,
            known: HashMap::new(),
            keys: HashMap::new(),
            reservations: HashMap::new(),
            histories: HashMap::new(),
            members_levels: HashMap::new(),
            changes: Changes::default(),
            new_reservations: Vec::new(),
            changed_reservations: HashSet::new(),
            refusals: HashMap::new(),
            observations: Vec::new(),
            events: Vec::new(),
            tally: Tally::default(),
        }
    }

    pub(crate) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.loaded.now
    }

    /// Loads everything that `commands` need, for all of them together, and lets reservations
    /// expire whose time is over.
    pub(crate) async fn prepare(
        &mut self,
        connection: &mut Connection,
        commands: &[&Command],
    ) -> Result<()> {
        self.load_reservations(connection, commands).await?;
        self.load_histories(connection, commands).await?;
        let paths: Vec<(Path, Code)> = self.paths_of_the_past();
        let ids = paths.iter().filter_map(|(path, _)| path.member);
        // A member whose own limit promises something: what is given back counts there.
        let ids = ids.filter_map(|id| id.to_string().parse().ok());
        let names = commands.iter().flat_map(|command| members_named(command)).cloned();
        self.loaded.add_named(connection, names.chain(ids)).await?;

        let catalogue = &self.loaded.state.catalogue;
        let parts = paths.iter().filter(|(_, meter)| catalogue.is_gauge(meter));
        let by_now = parts.map(|(path, gauge)| (self.path_by_now(*path), gauge.clone()));
        let uses = commands.iter().flat_map(|command| self.uses(command)).chain(by_now);
        let uses: Vec<(Path, Code)> = uses.collect();
        self.loaded.add_balances(connection, uses.into_iter().chain(paths)).await?;
        self.load_members_levels(connection, commands).await?;
        self.expire()
    }

    async fn load_reservations(
        &mut self,
        connection: &mut Connection,
        commands: &[&Command],
    ) -> Result<()> {
        let (id, now) = (self.loaded.state.id, self.loaded.now);
        let named: Vec<Uuid> =
            commands.iter().filter_map(|command| Some(command.reservation()?.0)).collect();
        let due = self.loaded.lock.next_expiry.is_some_and(|next| next <= now);
        if due || !named.is_empty() {
            let found =
                store::reservations::load(connection, id, &named, now, EXPIRED_AT_ONCE).await?;
            self.reservations = found.into_iter().map(|found| (found.id, found)).collect();
        }
        Ok(())
    }

    async fn load_histories(
        &mut self,
        connection: &mut Connection,
        commands: &[&Command],
    ) -> Result<()> {
        let refunded: Vec<Uuid> = commands
            .iter()
            .filter_map(|command| match command {
                Command::Refund { consumption, .. } => Some(consumption.0),
                _ => None,
            })
            .collect();
        if refunded.is_empty() {
            return Ok(());
        }
        self.histories = refunded.iter().map(|id| (ConsumptionId(*id), Vec::new())).collect();
        let id = self.loaded.state.id;
        for entry in store::ledger::of_consumptions(connection, id, &refunded).await? {
            self.histories.entry(entry.consumption).or_default().push(entry);
        }
        Ok(())
    }

    async fn load_members_levels(
        &mut self,
        connection: &mut Connection,
        commands: &[&Command],
    ) -> Result<()> {
        let set = commands.iter().filter_map(|command| match command {
            Command::SetGauge { member: None, meter, .. } => Some(meter),
            _ => None,
        });
        let entries = self.histories.values().flatten().map(|entry| &entry.movement);
        let of_organization = entries.filter(|movement| movement.path.member.is_none());
        let catalogue = &self.loaded.state.catalogue;
        let given_back = of_organization.map(|of| &of.meter).filter(|of| catalogue.is_gauge(of));
        let meters: HashSet<Code> = set.chain(given_back).cloned().collect();
        for meter in meters {
            let id = self.loaded.state.id;
            let level = store::ledger::level_of_members(connection, id, &meter).await?;
            self.members_levels.insert(meter, level);
        }
        Ok(())
    }

    /// Where reservations and consumptions that commands name were counted.
    fn paths_of_the_past(&self) -> Vec<(Path, Code)> {
        let of_reservation = |reservation: &Reservation| {
            let path = reservation.path;
            let meters = reservation.charges.iter().map(move |charge| (path, charge.meter.clone()));
            meters.collect::<Vec<_>>()
        };
        let entries = self.histories.values().flatten();
        let of_entries = entries.map(|entry| (entry.movement.path, entry.movement.meter.clone()));
        self.reservations.values().flat_map(of_reservation).chain(of_entries).collect()
    }

    /// The meters that a command touches, and where it is counted.
    fn uses(&self, command: &Command) -> Vec<(Path, Code)> {
        if let Command::SetGauge { member, meter, .. } = command {
            return vec![(self.path_named(member.as_ref()), meter.clone())];
        }
        let prices = &self.loaded.state.catalogue.prices;
        let uses = command.requests().iter().flat_map(|request| {
            let path = self.path_named(request.member.as_ref());
            let prices = prices.get(&request.operation).into_iter().flatten();
            prices.map(move |price| (path, price.meter.clone()))
        });
        uses.collect()
    }

    fn member_named(&self, name: Option<&MemberReference>) -> Option<MemberId> {
        name.and_then(|name| self.loaded.names.get(name)).copied()
    }

    fn path_named(&self, name: Option<&MemberReference>) -> Path {
        self.loaded.state.path_of(self.member_named(name))
    }

    /// Answers one item: again, if its key was answered before; else by carrying it out.
    fn answer(&mut self, item: &Item) -> Result<Result<Outcome>> {
        let within = match self.admit(item.api_key) {
            Ok(within) => within,
            Err(error) => return Ok(Err(error)),
        };
        let Some(key) = &item.key else {
            return Ok(self.carry_out(&item.command, within));
        };
        let request_hash = idempotency::request_hash("command", &item.command)?;
        if let Some(known) = self.known.get(key) {
            if known.request_hash != request_hash {
                return Ok(Err(Error::KeyReused));
            }
            let outcome = idempotency::unpack(&known.answer)?;
            self.tally.count_replay(&outcome);
            return Ok(Ok(outcome));
        }
        let entries_before = self.changes.entries.len();
        let outcome = match self.carry_out(&item.command, within) {
            Ok(outcome) => outcome,
            // Nothing came of it, so there is nothing to remember.
            Err(error) => return Ok(Err(error)),
        };
        let packed = idempotency::pack(&outcome)?;
        let effect = self.changes.entries.get(entries_before).map(|entry| entry.consumption.0);
        let answer = store::idempotency::RememberedAnswer::Packed(packed.clone());
        let remembered = Remembered { request_hash: request_hash.clone(), answer };
        self.known.insert(key.clone(), remembered);
        self.changes.answers.push(NewAnswer { key: key.clone(), request_hash, packed, effect });
        Ok(Ok(outcome))
    }

    /// Refuses an API key that was revoked or lost its scope since this server saw it first. The only
    /// subtenant that it reaches; `None` reaches all of them.
    fn admit(&self, key: Option<ApiKeyId>) -> Result<Option<SubtenantId>> {
        let Some(key) = key else { return Ok(None) };
        let rights = self.keys.get(&key).ok_or(Error::Unauthenticated)?;
        if !rights.allow(Action::Consume) {
            return Err(Error::Forbidden(Action::Consume));
        }
        Ok(rights.key_subtenant())
    }

    /// Records one change: the state moves on, and the ledger gets an entry.
    fn record(
        &mut self,
        kind: EntryKind,
        consumption: ConsumptionId,
        operation: Option<&Code>,
        quantity: i64,
        movement: Movement,
    ) {
        let now = self.loaded.now;
        self.loaded.lock.last_seq += 1;
        self.loaded.state.apply(&movement, now);
        if kind != EntryKind::Import {
            self.observe(&movement);
        }
        if let (Some(_), Some(level)) =
            (movement.path.member, self.members_levels.get_mut(&movement.meter))
        {
            *level += movement.change.used;
        }
        let entry = Entry {
            seq: self.loaded.lock.last_seq,
            recorded_at: now,
            kind,
            consumption,
            operation: operation.cloned(),
            quantity,
            movement,
        };
        // A refund in the same batch has to see it.
        if let Some(history) = self.histories.get_mut(&consumption) {
            history.push(entry.clone());
        }
        self.changes.entries.push(entry);
    }

    /// Whether there is nothing to write, and no reason to wait for the disk.
    fn changes_nothing(&self) -> bool {
        self.changes.answers.is_empty()
            && self.changes.entries.is_empty()
            && self.refusals.is_empty()
            && self.new_reservations.is_empty()
            && self.changed_reservations.is_empty()
            && !self.loaded.worked_out
            && self.loaded.lock.next_expiry.is_none_or(|next| next > self.loaded.now)
    }

    /// Writes everything. `false`: another server has answered one of the keys meanwhile.
    pub(crate) async fn save(&mut self, connection: &mut Connection) -> Result<bool> {
        let (id, now) = (self.loaded.state.id, self.loaded.now);
        let of = |id: &ConsumptionId| self.reservations.get(id);
        let new: Vec<&Reservation> = self.new_reservations.iter().filter_map(of).collect();
        if !new.is_empty() {
            store::reservations::insert(connection, id, &new).await?;
        }
        let changed: Vec<&Reservation> = self.changed_reservations.iter().filter_map(of).collect();
        if !changed.is_empty() {
            store::reservations::save(connection, id, &changed).await?;
        }
        if self.loaded.lock.next_expiry.is_some_and(|next| next <= now) {
            self.loaded.lock.next_expiry = store::reservations::next_expiry(connection, id).await?;
        }
        self.save_refusals(connection).await?;
        self.save_alerts(connection).await?;
        self.loaded.save_moved_limits(connection).await?;
        self.changes.balances = self.loaded.state.balances.take_moved(now);
        self.changes.packs = taken_from_packs(&self.changes.entries);
        Ok(store::batches::save(connection, id, self.loaded.lock, &self.changes, now).await?)
    }
}

/// What `entries` take out of each pack together. Not what the state says is left: it knows no
/// packs that have ended, and those get back what was held in them, too.
fn taken_from_packs(entries: &[Entry]) -> Vec<PackDraw> {
    let mut taken: HashMap<PackId, i64> = HashMap::new();
    for draw in entries.iter().flat_map(|entry| &entry.movement.pack_draws) {
        *taken.entry(draw.pack).or_default() += draw.amount;
    }
    taken.into_iter().map(|(pack, amount)| PackDraw { pack, amount }).collect()
}

/// The members that a command names.
fn members_named(command: &Command) -> impl Iterator<Item = &MemberReference> {
    let set = match command {
        Command::SetGauge { member, .. } => member.as_ref(),
        _ => None,
    };
    command.requests().iter().filter_map(|request| request.member.as_ref()).chain(set)
}
