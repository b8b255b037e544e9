//! What the model does with work: lets it through, settles it, gives it back.

use crate::{
    calendar::Span,
    commands::{GAUGES, Node, OPERATIONS, Use, Who},
    model::{Event, Model, Outcome, picked},
    rules::Verdict,
};
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payer {
    Allowance,
    Pack(usize),
}

/// What is taken from one meter, and who pays, in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) meter: String,
    pub(crate) paid_by: Vec<(Payer, i64)>,
}

impl Charge {
    pub(crate) fn amount(&self) -> i64 {
        self.paid_by.iter().map(|(_, amount)| amount).sum()
    }

    fn of_packs(&self) -> Vec<(usize, i64)> {
        let of_pack = |(payer, amount): &(Payer, i64)| match payer {
            Payer::Allowance => None,
            Payer::Pack(pack) => Some((*pack, *amount)),
        };
        self.paid_by.iter().filter_map(of_pack).collect()
    }

    /// Takes `amount` back from those who paid last.
    fn give_back(&mut self, amount: i64) -> Self {
        let mut back = Vec::new();
        let mut open = amount;
        while open > 0 {
            let (payer, paid) = self.paid_by.pop().expect("no more than was paid");
            back.insert(0, (payer, paid.min(open)));
            if paid > open {
                self.paid_by.push((payer, paid - open));
            }
            open -= paid.min(open);
        }
        Self { meter: self.meter.clone(), paid_by: back }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Held { until: DateTime<Utc> },
    Used,
    Released,
    Expired,
}

/// Work that was let through: a consumption, or a reservation and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    at: DateTime<Utc>,
    member: Option<usize>,
    subtenant: Option<usize>,
    operation: usize,
    reserved: bool,
    stage: Stage,
    units: i64,
    charges: Vec<Charge>,
}

impl Work {
    fn cost(&self, meter: &str, units: i64) -> i64 {
        let (_, prices) = OPERATIONS[self.operation];
        prices.iter().find(|(of, _)| *of == meter).map_or(0, |(_, price)| price * units)
    }

    /// An event that moves what is held or used by `charge`, up or down.
    fn event(&self, charge: &Charge, holds: bool, sign: i64) -> Event {
        Event {
            counts_at: self.at,
            member: self.member,
            subtenant: self.subtenant,
            meter: charge.meter.clone(),
            holds,
            amount: sign * charge.amount(),
            packs: charge.of_packs().into_iter().map(|(pack, paid)| (pack, sign * paid)).collect(),
        }
    }
}

fn in_order(mut charges: Vec<Charge>) -> Vec<Charge> {
    charges.sort_by(|one, other| one.meter.cmp(&other.meter));
    charges
}

impl Model {
    /// The position of a reservation among all work.
    pub(crate) fn reservation(&self, pick: usize) -> Option<usize> {
        let reserved = (0..self.works.len()).filter(|work| self.works[*work].reserved);
        let reserved: Vec<usize> = reserved.collect();
        picked(pick, reserved.len()).map(|position| reserved[position])
    }

    fn member_of(&self, who: Who) -> (Option<usize>, Option<usize>) {
        match who {
            Who::Member(member) => (Some(member), self.members[member].subtenant),
            Who::Organization | Who::Stranger => (None, None),
        }
    }

    /// Decides a request, and lets it through if it may: at once, or held `until` then.
    pub(crate) fn take(&mut self, request: Use, until: Option<DateTime<Utc>>) -> Verdict {
        let verdict = self.decide(request);
        let Verdict::Allowed { granted, charges, .. } = verdict else { return verdict };
        let (member, subtenant) = self.member_of(request.who);
        let work = Work {
            at: self.now,
            member,
            subtenant,
            operation: request.operation,
            reserved: until.is_some(),
            stage: until.map_or(Stage::Used, |until| Stage::Held { until }),
            units: granted,
            charges: charges.clone(),
        };
        let events = charges.iter().map(|charge| work.event(charge, work.reserved, 1));
        self.events.extend(events);
        self.works.push(work);
        let limits = charges.iter().flat_map(|charge| self.limits(member, &charge.meter));
        let mut limits: Vec<_> = limits.collect();
        limits.sort();
        Verdict::Allowed { granted, charges: in_order(charges), limits }
    }

    /// Resolves what is held: `units` of it are used, and the rest is given back.
    fn settle(&mut self, position: usize, units: i64, stage: Stage) -> Outcome {
        let mut work = self.works[position].clone();
        let released = work.units - units;
        for charge in &mut work.charges {
            self.events.push(self.works[position].event(charge, true, -1));
            charge.give_back(self.works[position].cost(&charge.meter, released));
            self.events.push(self.works[position].event(charge, false, 1));
        }
        work.units = units;
        work.stage = stage;
        let mut charges = in_order(work.charges.clone());
        charges.retain(|charge| charge.amount() > 0);
        self.works[position] = work;
        Outcome::Settled { committed: units, released, charges }
    }

    /// Gives back what is held for longer than it may be.
    pub(crate) fn expire(&mut self) {
        for work in 0..self.works.len() {
            if let Stage::Held { until } = self.works[work].stage
                && until <= self.now
            {
                self.settle(work, 0, Stage::Expired);
            }
        }
    }

    /// A reservation that is still open.
    fn open(&self, pick: usize) -> Result<usize, &'static str> {
        let work = self.reservation(pick).ok_or("NOT_FOUND")?;
        match self.works[work].stage {
            Stage::Held { .. } => Ok(work),
            Stage::Used => Err("committed"),
            Stage::Released => Err("released"),
            Stage::Expired => Err("expired"),
        }
    }

    pub(crate) fn commit(&mut self, pick: usize, quantity: i64) -> Outcome {
        match self.open(pick) {
            Ok(work) if quantity > self.works[work].units => Outcome::Failed("INVALID"),
            Ok(work) => self.settle(work, quantity, Stage::Used),
            Err(error) => Outcome::Failed(error),
        }
    }

    pub(crate) fn release(&mut self, pick: usize) -> Outcome {
        match self.open(pick) {
            Ok(work) => self.settle(work, 0, Stage::Released),
            Err(error) => Outcome::Failed(error),
        }
    }

    pub(crate) fn renew(&mut self, pick: usize, minutes: i64) -> Outcome {
        match self.open(pick) {
            Ok(work) => {
                let until = self.now + TimeDelta::minutes(minutes);
                self.works[work].stage = Stage::Held { until };
                Outcome::Renewed(until)
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Gives back units of something that was used: where it was taken from, and when.
    pub(crate) fn refund(&mut self, pick: usize, quantity: i64) -> Outcome {
        let found = picked(pick, self.works.len());
        let found = found.filter(|work| {
            let work = &self.works[*work];
            work.stage == Stage::Used && !work.charges.is_empty()
        });
        let Some(position) = found else { return Outcome::Failed("NOT_FOUND") };
        let mut work = self.works[position].clone();
        if quantity > work.units {
            return Outcome::Failed("INVALID");
        }
        let mut charges = Vec::new();
        for charge in &mut work.charges {
            let mut back = charge.give_back(self.works[position].cost(&charge.meter, quantity));
            if GAUGES.contains(&back.meter.as_str()) {
                // Set lower meanwhile, it has less to give back than was taken.
                let level = self.lowest_level(&self.works[position], &back.meter);
                let missing = (back.amount() - level).max(0);
                back.give_back(missing);
            }
            self.events.push(self.works[position].event(&back, false, -1));
            charges.push(back);
        }
        work.units -= quantity;
        self.works[position] = work;
        Outcome::Refunded(in_order(charges))
    }

    /// What a gauge can give back at most to those who did the work: everybody above has that much,
    /// and what members have stays theirs.
    fn lowest_level(&self, work: &Work, meter: &str) -> i64 {
        let level_of = |node: Node| self.sum(node, meter, Span::Always).used;
        let everybody = level_of(Node::Organization);
        let Some(member) = work.member else { return everybody - self.level_of_members(meter) };
        let subtenant = self.members[member].subtenant;
        let below = [subtenant.map(Node::Subtenant), Some(Node::Member(member))];
        below.into_iter().flatten().map(level_of).fold(everybody, i64::min)
    }

    fn level_of_members(&self, meter: &str) -> i64 {
        let level_of = |member| self.sum(Node::Member(member), meter, Span::Always).used;
        (0..self.members.len()).map(level_of).sum()
    }

    /// Sets a gauge to its true level; nothing denies that.
    pub(crate) fn set_gauge(&mut self, who: Who, meter: &'static str, level: i64) -> Outcome {
        let (member, subtenant) = self.member_of(who);
        let level_of = |node: Node| self.sum(node, meter, Span::Always).used;
        if member.is_none() && level < self.level_of_members(meter) {
            return Outcome::Failed("INVALID");
        }
        let before = level_of(member.map_or(Node::Organization, Node::Member));
        self.events.push(Event {
            counts_at: self.now,
            member,
            subtenant,
            meter: meter.to_owned(),
            holds: false,
            amount: level - before,
            packs: Vec::new(),
        });
        Outcome::Gauge(self.limits(member, meter))
    }
}
