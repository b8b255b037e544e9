//! What each command does. Everything here works on the state alone.

use super::Batch;
use crate::{
    Error, Result,
    command::{Answer, Command, ConsumeRequest, GaugeSet, Outcome, Renewed, Reserved},
};
use chrono::{DateTime, Utc};
use domain::{
    amount::Amount,
    answer::{Decision, Purpose, Request},
    balances::{Balance, Holder},
    ceilings::limits_of,
    decision::decide,
    ids::{ConsumptionId, MemberId, SubtenantId},
    input::{Code, Invalid, MemberReference},
    period::Window,
    settlement::TimeToLive,
    state::Movement,
};
use store::{
    ledger::EntryKind,
    reservations::{Reservation, ReservationStatus},
};
use uuid::Uuid;

impl Batch {
    /// Carries a command out, or says why it can't be: for a program that reaches only the subtenant
    /// `within`, if there is one, what is elsewhere is not there. What a reservation or a consumption is
    /// about stays where it was counted, also when the member has moved since.
    pub(super) fn carry_out(
        &mut self,
        command: &Command,
        within: Option<SubtenantId>,
    ) -> Result<Outcome> {
        Ok(match command {
            Command::Consume(request) => Outcome::Decided(self.consume(request, within)),
            Command::ConsumeAll(list) => {
                let each = list.requests.iter();
                let answers = each.map(|request| self.consume(request, within).without_limits());
                Outcome::AllDecided(answers.collect())
            }
            Command::Reserve { request, time_to_live } => {
                Outcome::Reserved(self.reserve(request, *time_to_live, within))
            }
            Command::Commit { reservation, quantity } => {
                Outcome::Settled(self.commit(*reservation, *quantity, within)?)
            }
            Command::Release { reservation } => {
                Outcome::Settled(self.release(*reservation, within)?)
            }
            Command::Renew { reservation, time_to_live } => {
                Outcome::Renewed(self.renew(*reservation, *time_to_live, within)?)
            }
            Command::Refund { consumption, quantity } => {
                Outcome::Refunded(self.refund(*consumption, *quantity, within)?)
            }
            Command::SetGauge { member, meter, level } => {
                Outcome::GaugeSet(self.set_gauge(member.as_ref(), meter, *level, within)?)
            }
            Command::StartJob { request, time_to_live, name } => {
                Outcome::JobStarted(self.start_job(request, *time_to_live, name.as_ref(), within))
            }
            Command::ReportProgress { job, processed } => {
                Outcome::Job(self.report_progress(*job, *processed, within)?)
            }
            Command::CompleteJob { job, succeeded } => {
                Outcome::Job(self.complete_job(*job, *succeeded, within)?)
            }
            Command::FailJob { job, failure, detail } => {
                Outcome::Job(self.fail_job(*job, (*failure, detail.as_ref()), within)?)
            }
            Command::Expire => Outcome::Nothing,
        })
    }

    /// The decision on a request, with nothing recorded.
    pub(crate) fn decide(
        &self,
        request: &ConsumeRequest,
        purpose: Purpose,
        within: Option<SubtenantId>,
    ) -> Decision {
        decide(&self.loaded.state, &self.resolve(request, purpose, within), self.loaded.now)
    }

    /// The request with its member's id. A name that no member goes by becomes an id that no member
    /// has: `domain` refuses it in its turn.
    fn resolve(
        &self,
        request: &ConsumeRequest,
        purpose: Purpose,
        within: Option<SubtenantId>,
    ) -> Request {
        let id = |name| self.member_named(Some(name)).unwrap_or(MemberId(Uuid::nil()));
        Request {
            member: request.member.as_ref().map(id),
            operation: request.operation.clone(),
            quantity: request.quantity,
            allow_partial: request.allow_partial,
            purpose,
            within,
        }
    }

    fn consume(&mut self, request: &ConsumeRequest, within: Option<SubtenantId>) -> Answer {
        self.decide_and_record(request, Purpose::Use, within)
    }

    /// Decides, and records what an allowed request takes, under a new id, or why one is denied.
    fn decide_and_record(
        &mut self,
        request: &ConsumeRequest,
        purpose: Purpose,
        within: Option<SubtenantId>,
    ) -> Answer {
        let decided_at = self.loaded.now;
        let resolved = self.resolve(request, purpose, within);
        let decision = decide(&self.loaded.state, &resolved, decided_at);
        self.tally.count(request.quantity, &decision);
        let Decision::Allowed(allowance) = &decision else {
            if let Decision::Denied(denial) = &decision {
                self.note_denial(&resolved, denial);
            }
            return Answer { consumption_id: None, decision, decided_at };
        };
        let id = ConsumptionId(Uuid::now_v7());
        let path = self.path_named(request.member.as_ref());
        let (kind, quantity) = match purpose {
            Purpose::Use => (EntryKind::Consumption, allowance.granted.get()),
            Purpose::Hold => (EntryKind::Hold, 0),
        };
        for charge in &allowance.charges {
            let movement = Movement {
                path,
                meter: charge.meter.clone(),
                counts_at: decided_at,
                change: charge.as_change(purpose),
                pack_draws: charge.pack_draws.clone(),
            };
            self.record(kind, id, Some(&request.operation), quantity, movement);
        }
        Answer { consumption_id: Some(id), decision, decided_at }
    }

    pub(super) fn reserve(
        &mut self,
        request: &ConsumeRequest,
        time_to_live: TimeToLive,
        within: Option<SubtenantId>,
    ) -> Reserved {
        let answer = self.decide_and_record(request, Purpose::Hold, within);
        let expires_at = time_to_live.after(answer.decided_at);
        if let (Some(id), Decision::Allowed(allowance)) = (answer.consumption_id, &answer.decision)
        {
            let reservation = Reservation {
                id,
                path: self.path_named(request.member.as_ref()),
                operation: request.operation.clone(),
                quantity: allowance.granted.get(),
                charges: allowance.charges.clone(),
                held_at: answer.decided_at,
                expires_at,
                status: ReservationStatus::Open,
                job: None,
            };
            self.reservations.insert(id, reservation);
            self.new_reservations.push(id);
            self.expect_expiry(expires_at);
        }
        Reserved { answer, expires_at }
    }

    fn expect_expiry(&mut self, at: DateTime<Utc>) {
        let next = &mut self.loaded.lock.next_expiry;
        *next = Some(next.map_or(at, |next| next.min(at)));
    }

    fn renew(
        &mut self,
        id: ConsumptionId,
        time_to_live: TimeToLive,
        within: Option<SubtenantId>,
    ) -> Result<Renewed> {
        let reservation = self.open_reservation(id, within)?;
        let expires_at = self.hold_on(reservation, time_to_live).expires_at;
        Ok(Renewed { reservation_id: id, expires_at })
    }

    /// Lets a reservation live for `time_to_live` from now on, as it is by then.
    pub(super) fn hold_on(
        &mut self,
        reservation: Reservation,
        time_to_live: TimeToLive,
    ) -> Reservation {
        let (id, expires_at) = (reservation.id, time_to_live.after(self.loaded.now));
        let reservation = Reservation { expires_at, ..reservation };
        self.reservations.insert(id, reservation.clone());
        self.changed_reservations.insert(id);
        // A renewal can also shorten.
        self.expect_expiry(expires_at);
        reservation
    }

    /// Sets a gauge to its true level. Nothing denies that: it is how things are.
    fn set_gauge(
        &mut self,
        name: Option<&MemberReference>,
        meter: &Code,
        level: Amount,
        within: Option<SubtenantId>,
    ) -> Result<GaugeSet> {
        if !self.loaded.state.catalogue.meters.contains_key(meter) {
            return Err(Error::NotFound("meter"));
        }
        if !self.loaded.state.catalogue.is_gauge(meter) {
            return Err(Invalid::new("meter", "is a counter: only a gauge can be set").into());
        }
        let member = self.member_named(name);
        if name.is_some() && !(member.is_some() && self.path_named(name).is_within(within)) {
            return Err(Error::NotFound("member"));
        }
        if name.is_none() && within.is_some() {
            return Err(Invalid::member_required().into());
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
