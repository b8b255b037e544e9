//! What each command does. Everything here works on the state alone.

use super::Batch;
use crate::{
    Error, Result,
    command::{Answer, Command, ConsumeRequest, GaugeSet, Outcome, Renewed, Reserved, TimeToLive},
};
use domain::{
    amount::Amount,
    answer::{Decision, Purpose, Refusal, Request},
    balances::{Balance, Holder},
    ceilings::limits_of,
    decision::decide,
    ids::ConsumptionId,
    input::{Code, Invalid, MemberReference},
    period::Window,
    state::Movement,
};
use store::{
    ledger::EntryKind,
    reservations::{Reservation, ReservationStatus},
};
use uuid::Uuid;

impl Batch {
    /// Carries a command out, or says why it can't be.
    pub(super) fn carry_out(&mut self, command: &Command) -> Result<Outcome> {
        Ok(match command {
            Command::Consume(request) => Outcome::Decided(self.consume(request)),
            Command::ConsumeAll(list) => {
                let each = list.requests.iter();
                let answers = each.map(|request| self.consume(request).without_limits());
                Outcome::AllDecided(answers.collect())
            }
            Command::Reserve { request, time_to_live } => {
                Outcome::Reserved(self.reserve(request, *time_to_live))
            }
            Command::Commit { reservation, quantity } => {
                Outcome::Settled(self.commit(*reservation, *quantity)?)
            }
            Command::Release { reservation } => Outcome::Settled(self.release(*reservation)?),
            Command::Renew { reservation, time_to_live } => {
                Outcome::Renewed(self.renew(*reservation, *time_to_live)?)
            }
            Command::Refund { consumption, quantity } => {
                Outcome::Refunded(self.refund(*consumption, *quantity)?)
            }
            Command::SetGauge { member, meter, level } => {
                Outcome::GaugeSet(self.set_gauge(member.as_ref(), meter, *level)?)
            }
            Command::Expire => Outcome::Nothing,
        })
    }

    /// The decision on a request, with nothing recorded.
    pub(crate) fn decide(&self, request: &ConsumeRequest, purpose: Purpose) -> Decision {
        let member = match &request.member {
            None => None,
            Some(name) => match self.loaded.names.get(name) {
                Some(member) => Some(*member),
                // Refused in its turn: a suspended organization comes first.
                None if self.loaded.state.suspended => None,
                None => return Decision::Refused { reason: Refusal::UnknownMember },
            },
        };
        let request = Request {
            member,
            operation: request.operation.clone(),
            quantity: request.quantity,
            allow_partial: request.allow_partial,
            purpose,
        };
        decide(&self.loaded.state, &request, self.loaded.now)
    }

    fn consume(&mut self, request: &ConsumeRequest) -> Answer {
        let decided_at = self.loaded.now;
        let decision = self.decide(request, Purpose::Use);
        let consumption_id = self.take(request, &decision, EntryKind::Consumption);
        Answer { consumption_id, decision, decided_at }
    }

    /// Records what an allowed request takes, under a new id.
    fn take(
        &mut self,
        request: &ConsumeRequest,
        decision: &Decision,
        kind: EntryKind,
    ) -> Option<ConsumptionId> {
        let Decision::Allowed(allowance) = decision else { return None };
        let id = ConsumptionId(Uuid::now_v7());
        let path = self.path_named(request.member.as_ref());
        for charge in &allowance.charges {
            let (quantity, change) = match kind {
                EntryKind::Hold => (0, charge.as_held()),
                _ => (allowance.granted.get(), charge.as_used()),
            };
            let movement = Movement {
                path,
                meter: charge.meter.clone(),
                counts_at: self.loaded.now,
                change,
                pack_draws: charge.pack_draws.clone(),
            };
            self.record(kind, id, Some(&request.operation), quantity, movement);
        }
        Some(id)
    }

    fn reserve(&mut self, request: &ConsumeRequest, time_to_live: TimeToLive) -> Reserved {
        let now = self.loaded.now;
        let expires_at = time_to_live.after(now);
        let decision = self.decide(request, Purpose::Hold);
        let consumption_id = self.take(request, &decision, EntryKind::Hold);
        if let (Some(id), Decision::Allowed(allowance)) = (consumption_id, &decision) {
            let reservation = Reservation {
                id,
                path: self.path_named(request.member.as_ref()),
                operation: request.operation.clone(),
                quantity: allowance.granted.get(),
                charges: allowance.charges.clone(),
                held_at: now,
                expires_at,
                status: ReservationStatus::Open,
            };
            self.reservations.insert(id, reservation);
            self.new_reservations.push(id);
            let next = &mut self.loaded.lock.next_expiry;
            *next = Some(next.map_or(expires_at, |next| next.min(expires_at)));
        }
        Reserved { answer: Answer { consumption_id, decision, decided_at: now }, expires_at }
    }

    fn renew(&mut self, id: ConsumptionId, time_to_live: TimeToLive) -> Result<Renewed> {
        let expires_at = time_to_live.after(self.loaded.now);
        self.open_reservation(id)?;
        if let Some(reservation) = self.reservations.get_mut(&id) {
            reservation.expires_at = expires_at;
        }
        self.changed_reservations.insert(id);
        // A renewal can also shorten.
        let next = &mut self.loaded.lock.next_expiry;
        *next = Some(next.map_or(expires_at, |next| next.min(expires_at)));
        Ok(Renewed { reservation_id: id, expires_at })
    }

    /// Sets a gauge to its true level. Nothing denies that: it is how things are.
    fn set_gauge(
        &mut self,
        name: Option<&MemberReference>,
        meter: &Code,
        level: Amount,
    ) -> Result<GaugeSet> {
        if !self.loaded.state.catalogue.meters.contains_key(meter) {
            return Err(Error::NotFound("meter"));
        }
        if !self.loaded.state.catalogue.is_gauge(meter) {
            return Err(Invalid::new("meter", "is a counter: only a gauge can be set").into());
        }
        let member = self.member_named(name);
        if name.is_some() && member.is_none() {
            return Err(Error::NotFound("member"));
        }
        let holder = member.map_or(Holder::Organization, Holder::Member);
        let before = self.loaded.state.balance(holder, meter, Window::ALWAYS).used;
        if member.is_none() {
            self.leave_members_their_part(meter, level)?;
        }
        if level.get() != before {
            let movement = Movement {
                path: self.path_named(name),
                meter: meter.clone(),
                counts_at: self.loaded.now,
                change: Balance { used: level.get() - before, ..Balance::default() },
                pack_draws: Vec::new(),
            };
            let id = ConsumptionId(Uuid::now_v7());
            self.record(EntryKind::Gauge, id, None, 0, movement);
        }
        let state = &self.loaded.state;
        let member = member.and_then(|id| state.members.get(&id));
        let limits = limits_of(state, member, meter, self.loaded.now);
        Ok(GaugeSet { meter: meter.clone(), level, limits })
    }

    /// Refuses a level of the whole organization that is less than its members have.
    fn leave_members_their_part(&self, meter: &Code, level: Amount) -> Result<()> {
        let of_members = self.members_levels.get(meter).copied().unwrap_or_default();
        if level.get() >= of_members {
            return Ok(());
        }
        let message = format!("must be at least {of_members}: that is what members have");
        Err(Invalid::new("level", message).into())
    }
}
