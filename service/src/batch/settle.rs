//! What becomes of reservations, and what is given back.

use super::Batch;
use crate::{
    Error, Result,
    command::{Refunded, Settled},
};
use domain::{
    amount::Quantity,
    answer::Charge,
    balances::{Balance, Path},
    ids::ConsumptionId,
    input::{Code, Invalid},
    packs::PackDraw,
    period::Window,
    state::Movement,
};
use store::{
    ledger::{Entry, EntryKind},
    reservations::{Reservation, ReservationStatus},
};

impl Batch {
    /// Gives back what reservations hold whose time to live is over.
    pub(super) fn expire(&mut self) {
        let now = self.loaded.now;
        let due = self.reservations.values().filter(|reservation| {
            reservation.status == ReservationStatus::Open && reservation.expires_at <= now
        });
        let mut due: Vec<ConsumptionId> = due.map(|reservation| reservation.id).collect();
        due.sort_unstable();
        for id in due {
            self.settle(id, ReservationStatus::Expired, 0);
        }
    }

    /// The reservation, if it is still open.
    pub(super) fn open_reservation(&self, id: ConsumptionId) -> Result<&Reservation> {
        let found = self.reservations.get(&id).ok_or(Error::NotFound("reservation"))?;
        match found.status {
            ReservationStatus::Open => Ok(found),
            status => Err(Error::ReservationClosed(status.code())),
        }
    }

    pub(super) fn commit(&mut self, id: ConsumptionId, quantity: Quantity) -> Result<Settled> {
        let held = self.open_reservation(id)?.quantity;
        if quantity.get() > held {
            let message = format!("must be at most {held}: that is what the reservation holds");
            return Err(Invalid::new("quantity", message).into());
        }
        Ok(self.settle(id, ReservationStatus::Committed, quantity.get()))
    }

    pub(super) fn release(&mut self, id: ConsumptionId) -> Result<Settled> {
        self.open_reservation(id)?;
        Ok(self.settle(id, ReservationStatus::Released, 0))
    }

    /// Resolves a reservation: `taken` units are used, the rest is given back. It counts in the
    /// periods in which it was held.
    fn settle(&mut self, id: ConsumptionId, status: ReservationStatus, taken: i64) -> Settled {
        let kind = match status {
            ReservationStatus::Committed => EntryKind::Commit,
            ReservationStatus::Expired => EntryKind::Expiry,
            ReservationStatus::Open | ReservationStatus::Released => EntryKind::Release,
        };
        let Some(reservation) = self.reservations.get_mut(&id) else {
            return Settled { consumption_id: id, committed: 0, released: 0, charges: Vec::new() };
        };
        reservation.status = status;
        let reservation = reservation.clone();
        self.changed_reservations.insert(id);
        let mut charges = Vec::with_capacity(reservation.charges.len());
        for held in &reservation.charges {
            let used = held.part(reservation.quantity, taken);
            let mut change = used.as_used();
            change += -held.as_held();
            let movement = Movement {
                path: reservation.path,
                meter: held.meter.clone(),
                counts_at: reservation.held_at,
                change,
                pack_draws: held.without(&used).draws_returned(),
            };
            self.record(kind, id, Some(&reservation.operation), taken, movement);
            charges.push(used);
        }
        charges.retain(|charge| charge.amount > 0);
        let released = reservation.quantity - taken;
        Settled { consumption_id: id, committed: taken, released, charges }
    }

    /// Gives back units of a consumption: to the periods in which they counted, and to the packs
    /// that paid.
    pub(super) fn refund(&mut self, id: ConsumptionId, quantity: Quantity) -> Result<Refunded> {
        let history = self.histories.get(&id).map(Vec::as_slice).unwrap_or_default();
        let taken = Taken::all(history);
        let units = taken.first().map_or(0, |taken| taken.units);
        if !history.iter().any(|entry| entry.quantity > 0) {
            return Err(Error::NotFound("consumption"));
        }
        if quantity.get() > units {
            let message =
                format!("must be at most {units}: more was not taken, or is back already");
            return Err(Invalid::new("quantity", message).into());
        }
        let mut charges = Vec::with_capacity(taken.len());
        for taken in taken {
            let kept = taken.charge.part(units, units - quantity.get());
            let mut returned = taken.charge.without(&kept);
            self.limit_to_level(&mut returned, taken.path);
            let movement = Movement {
                path: taken.path,
                meter: returned.meter.clone(),
                counts_at: taken.counts_at,
                change: -returned.as_used(),
                pack_draws: returned.draws_returned(),
            };
            let operation = taken.operation.as_ref();
            self.record(EntryKind::Refund, id, operation, -quantity.get(), movement);
            charges.push(returned);
        }
        Ok(Refunded { consumption_id: id, refunded: quantity.get(), charges })
    }

    /// A gauge that was set lower meanwhile has less to give back than was taken. What members have
    /// stays theirs.
    fn limit_to_level(&self, returned: &mut Charge, path: Path) {
        let state = &self.loaded.state;
        if state.catalogue.is_gauge(&returned.meter) {
            let level = |holder| state.balance(holder, &returned.meter, Window::ALWAYS).used;
            let level = path.holders().map(level).min().unwrap_or(0);
            let of_members = match path.member {
                None => self.members_levels.get(&returned.meter).copied().unwrap_or_default(),
                Some(_) => 0,
            };
            returned.amount = returned.amount.min(level - of_members);
            returned.from_allowance = returned.amount;
        }
    }
}

/// What a consumption took from one meter and has not given back.
struct Taken {
    path: Path,
    counts_at: chrono::DateTime<chrono::Utc>,
    operation: Option<Code>,
    units: i64,
    /// What each unit has cost.
    price: i64,
    charge: Charge,
}

impl Taken {
    /// Sums the entries of one consumption up, meter by meter. A unit that was given back is gone
    /// with its whole price, also where a gauge had less to give back.
    fn all(history: &[Entry]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for entry in history {
            let movement = &entry.movement;
            let known = all.iter().position(|taken| taken.charge.meter == movement.meter);
            let position = known.unwrap_or_else(|| {
                all.push(Self::nothing(entry));
                all.len() - 1
            });
            let taken = &mut all[position];
            taken.units += entry.quantity;
            if entry.quantity > 0 {
                taken.price = movement.change.used / entry.quantity;
            }
            taken.add(movement.change, &movement.pack_draws);
        }
        for taken in &mut all {
            taken.charge.amount = taken.price * taken.units;
            taken.charge.from_allowance = taken.charge.amount - taken.charge.from_packs;
        }
        all
    }

    fn nothing(entry: &Entry) -> Self {
        let charge = Charge {
            meter: entry.movement.meter.clone(),
            amount: 0,
            from_allowance: 0,
            from_packs: 0,
            pack_draws: Vec::new(),
        };
        Self {
            path: entry.movement.path,
            counts_at: entry.movement.counts_at,
            operation: entry.operation.clone(),
            units: 0,
            price: 0,
            charge,
        }
    }

    fn add(&mut self, change: Balance, draws: &[PackDraw]) {
        self.charge.from_packs += change.from_packs;
        for draw in draws {
            let known = self.charge.pack_draws.iter_mut().find(|known| known.pack == draw.pack);
            match known {
                Some(known) => known.amount += draw.amount,
                None => self.charge.pack_draws.push(*draw),
            }
        }
        self.charge.pack_draws.retain(|draw| draw.amount != 0);
    }
}
