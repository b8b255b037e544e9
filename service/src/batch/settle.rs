//! What becomes of reservations, and what is given back.

use super::Batch;
use crate::{
    Error, Result,
    command::{Refunded, Settled},
};
use domain::{
    amount::Quantity,
    balances::Path,
    ids::{ConsumptionId, SubtenantId},
    input::{Code, Invalid},
    jobs::JobFailure,
    period::Window,
    refund::Taken,
    state::Movement,
};
use store::{
    ledger::EntryKind,
    reservations::{Reservation, ReservationStatus},
};

impl Batch {
    /// Gives back what reservations hold whose time to live is over.
    pub(super) fn expire(&mut self) -> Result<()> {
        let now = self.loaded.now;
        let due = self.reservations.values().filter(|reservation| {
            reservation.status == ReservationStatus::Open && reservation.expires_at <= now
        });
        let mut due: Vec<ConsumptionId> = due.map(|reservation| reservation.id).collect();
        due.sort_unstable();
        for id in due {
            if let Some(mut reservation) = self.reservations.get(&id).cloned() {
                if let Some(job) = &mut reservation.job {
                    job.fail(JobFailure::Expired, None, now)?;
                }
                self.settle(reservation, (ReservationStatus::Expired, EntryKind::Expiry), 0);
            }
        }
        Ok(())
    }

    /// The reservation, if it is still open. That of a job ends with the job.
    pub(super) fn open_reservation(
        &self,
        id: ConsumptionId,
        within: Option<SubtenantId>,
    ) -> Result<Reservation> {
        let found = self.reservations.get(&id).filter(|found| found.path.is_within(within));
        let found = found.ok_or(Error::NotFound("reservation"))?;
        match found.status {
            ReservationStatus::Open if found.job.is_some() => Err(Error::ReservationOfJob),
            ReservationStatus::Open => Ok(found.clone()),
            status => Err(Error::ReservationClosed(status.code())),
        }
    }

    pub(super) fn commit(
        &mut self,
        id: ConsumptionId,
        quantity: Quantity,
        within: Option<SubtenantId>,
    ) -> Result<Settled> {
        let reservation = self.open_reservation(id, within)?;
        let held = reservation.quantity;
        if quantity.get() > held {
            let message = format!("must be at most {held}: that is what the reservation holds");
            return Err(Invalid::new("quantity", message).into());
        }
        let end = (ReservationStatus::Committed, EntryKind::Commit);
        Ok(self.settle(reservation, end, quantity.get()))
    }

    pub(super) fn release(
        &mut self,
        id: ConsumptionId,
        within: Option<SubtenantId>,
    ) -> Result<Settled> {
        let reservation = self.open_reservation(id, within)?;
        Ok(self.settle(reservation, (ReservationStatus::Released, EntryKind::Release), 0))
    }

    /// Resolves a reservation: `taken` units are used, the rest is given back. It counts in the
    /// periods in which it was held.
    pub(super) fn settle(
        &mut self,
        reservation: Reservation,
        (status, kind): (ReservationStatus, EntryKind),
        taken: i64,
    ) -> Settled {
        let id = reservation.id;
        let mut charges = Vec::with_capacity(reservation.charges.len());
        for held in &reservation.charges {
            let (used, change, pack_draws) = held.settle(reservation.quantity, taken);
            let movement = Movement {
                path: reservation.path,
                meter: held.meter.clone(),
                counts_at: reservation.held_at,
                change,
                pack_draws,
            };
            self.record(kind, id, Some(&reservation.operation), taken, movement);
            if self.loaded.state.catalogue.is_gauge(&held.meter) {
                let by_now = self.path_by_now(reservation.path);
                self.move_along(&held.meter, reservation.path, by_now, used.amount);
            }
            charges.push(used);
        }
        charges.retain(|charge| charge.amount > 0);
        let released = reservation.quantity - taken;
        self.reservations.insert(id, Reservation { status, ..reservation });
        self.changed_reservations.insert(id);
        Settled { consumption_id: id, committed: taken, released, charges }
    }

    /// Gives back units of a consumption.
    pub(super) fn refund(
        &mut self,
        id: ConsumptionId,
        quantity: Quantity,
        within: Option<SubtenantId>,
    ) -> Result<Refunded> {
        let history = self.histories.get(&id).map(Vec::as_slice).unwrap_or_default();
        let used = history.iter().find(|entry| entry.quantity > 0);
        let used = used.filter(|entry| entry.movement.path.is_within(within));
        let operation = used.ok_or(Error::NotFound("consumption"))?.operation.clone();
        let all = Taken::all(history.iter().map(|entry| (&entry.movement, entry.quantity)));
        if let Some(taken) = all.first() {
            taken.check(quantity)?;
        }
        let mut charges = Vec::with_capacity(all.len());
        for mut taken in all {
            if self.loaded.state.catalogue.is_gauge(&taken.charge.meter) {
                taken.path = self.path_by_now(taken.path);
            }
            let level = self.level_to_give_back(&taken.charge.meter, taken.path);
            let (returned, movement) = taken.give_back(quantity, level);
            let (kind, units) = (EntryKind::Refund, -quantity.get());
            self.record(kind, id, operation.as_ref(), units, movement);
            charges.push(returned);
        }
        Ok(Refunded { consumption_id: id, refunded: quantity.get(), charges })
    }

    /// What a gauge has to give back on `path`. What members have stays theirs.
    fn level_to_give_back(&self, meter: &Code, path: Path) -> Option<i64> {
        let state = &self.loaded.state;
        let level = |holder| state.balance(holder, meter, Window::ALWAYS).used;
        let of_members = match path.member {
            None => self.members_levels.get(meter).copied().unwrap_or_default(),
            Some(_) => 0,
        };
        let lowest = path.holders().map(level).min().unwrap_or(0);
        state.catalogue.is_gauge(meter).then_some(lowest - of_members)
    }
}
