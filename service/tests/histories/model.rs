//! The reference: a simple, slow account of what Allot has to do. It keeps everything that ever
//! happened and adds it up anew for each question. Nothing here asks `domain` for a decision.

use crate::{
    calendar,
    commands::{
        Cap, Command, Cycle, GAUGES, Node, QuotaLimits, SUBTENANTS, Settings, Step, TOO_MUCH, steps,
    },
    rules::{Limit, Verdict},
    work::{Charge, Work},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

/// The longest history: the ledger has room for a year at its beginning.
const LONGEST: TimeDelta = TimeDelta::days(330);

/// Zones in which every day begins once: the model's calendar asks for that.
const ZONES: [Tz; 3] = [Tz::UTC, Tz::Europe__Berlin, Tz::Pacific__Auckland];

/// Something that moved balances.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) counts_at: DateTime<Utc>,
    pub(crate) member: Option<usize>,
    pub(crate) subtenant: Option<usize>,
    pub(crate) meter: String,
    /// Whether it moved what is held instead of what is used.
    pub(crate) holds: bool,
    pub(crate) amount: i64,
    pub(crate) packs: Vec<(usize, i64)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) subtenant: Option<usize>,
    pub(crate) active: bool,
    pub(crate) cap: Option<Cap>,
}

#[derive(Clone, Debug)]
pub(crate) struct Pack {
    pub(crate) credits: i64,
    pub(crate) last_day: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub(crate) struct Quota {
    pub(crate) node: Node,
    pub(crate) meter: &'static str,
    pub(crate) limits: QuotaLimits,
    /// Whether another has taken its place.
    pub(crate) closed: bool,
    pub(crate) deleted: bool,
}

/// What a command has to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is nothing to compare.
    Done,
    Decided(Vec<Verdict>),
    Settled {
        committed: i64,
        released: i64,
        charges: Vec<Charge>,
    },
    Renewed(DateTime<Utc>),
    Refunded(Vec<Charge>),
    Gauge(Vec<Limit>),
    Failed(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) zone: Tz,
    pub(crate) began: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) suspended: bool,
    pub(crate) members: Vec<Member>,
    pub(crate) settings: Settings,
    pub(crate) packs: Vec<Pack>,
    pub(crate) quotas: Vec<Quota>,
    pub(crate) events: Vec<Event>,
    pub(crate) works: Vec<Work>,
    /// What the last command has to be answered.
    pub(crate) outcome: Outcome,
}

/// The position that `pick` names when it counts back from the newest, round and round.
pub(crate) fn picked(pick: usize, length: usize) -> Option<usize> {
    (length > 0).then(|| length - 1 - pick % length)
}

impl Model {
    pub(crate) fn new(zone: Tz, began: DateTime<Utc>) -> Self {
        let member =
            |subtenant: &Option<usize>| Member { subtenant: *subtenant, active: true, cap: None };
        Self {
            zone,
            began,
            now: began,
            suspended: false,
            members: SUBTENANTS.iter().map(member).collect(),
            settings: Settings {
                cycle: Cycle::Monthly,
                limit: None,
                set_aside: true,
                packs_extend: true,
            },
            packs: Vec::new(),
            quotas: Vec::new(),
            events: Vec::new(),
            works: Vec::new(),
            outcome: Outcome::Done,
        }
    }

    /// The quota that limits `node` on `meter` now.
    pub(crate) fn quota_in_force(&self, node: Node, meter: &str) -> Option<usize> {
        self.quotas.iter().rposition(|quota| {
            quota.node == node && quota.meter == meter && !quota.closed && !quota.deleted
        })
    }

    /// Whatever administrators do takes a second: limits that change between two decisions of one
    /// instant could not be told apart afterwards.
    fn administer(&mut self) -> Outcome {
        self.now += TimeDelta::seconds(1);
        self.expire();
        Outcome::Done
    }

    fn wait_until(&mut self, instant: DateTime<Utc>) -> Outcome {
        self.now = instant.clamp(self.now, self.now.max(self.began + LONGEST));
        self.expire();
        Outcome::Done
    }

    fn happen(&mut self, command: &Command) -> Outcome {
        match command.clone() {
            Command::Consume(request) => Outcome::Decided(vec![self.take(request, None)]),
            Command::ConsumeAll(requests) => {
                let verdicts = requests.into_iter().map(|request| self.take(request, None));
                Outcome::Decided(verdicts.map(Verdict::without_limits).collect())
            }
            Command::Check(request) => Outcome::Decided(vec![self.clone().take(request, None)]),
            Command::Reserve { request, minutes } => {
                let until = self.now + TimeDelta::minutes(minutes);
                Outcome::Decided(vec![self.take(request, Some(until))])
            }
            Command::Commit { pick, quantity } => self.commit(pick, quantity),
            Command::Release { pick } => self.release(pick),
            Command::Renew { pick, minutes } => self.renew(pick, minutes),
            Command::Refund { pick, quantity } => self.refund(pick, quantity),
            Command::SetGauge { who, meter, level } => self.set_gauge(who, meter, level),
            Command::SendAgain { .. } | Command::ReuseKey { .. } | Command::Sweep => Outcome::Done,
            Command::Wait(time) => self.wait_until(self.now + time),
            Command::WaitForDay { days, seconds } => {
                let day = calendar::local_day(self.zone, self.now) + TimeDelta::days(days);
                let midnight = calendar::midnight(self.zone, day);
                self.wait_until(midnight + TimeDelta::seconds(seconds))
            }
            other => {
                self.administer();
                self.edit(&other)
            }
        }
    }

    fn edit(&mut self, command: &Command) -> Outcome {
        match *command {
            Command::SaveSettings(settings) => {
                if settings.limit == Some(TOO_MUCH) {
                    return Outcome::Failed("INVALID");
                }
                self.settings = settings;
            }
            Command::LimitMember { member, cap } => self.members[member].cap = cap,
            Command::SetActive { member, active } => self.members[member].active = active,
            Command::Move { member, subtenant } => self.members[member].subtenant = subtenant,
            Command::Suspend(suspended) => self.suspended = suspended,
            Command::GrantPack { credits, last_day } => {
                let today = calendar::local_day(self.zone, self.now);
                if last_day.is_some_and(|last| last < today) {
                    return Outcome::Failed("INVALID");
                }
                self.packs.push(Pack { credits, last_day });
            }
            Command::CreateQuota { node, meter, limits } => {
                if let Some(before) = self.quota_in_force(node, meter) {
                    self.quotas[before].closed = true;
                }
                self.quotas.push(Quota { node, meter, limits, closed: false, deleted: false });
            }
            Command::EditQuota { pick, factor } => return self.edit_quota(pick, factor),
            Command::DeleteQuota { pick } => return self.delete_quota(pick),
            _ => {}
        }
        Outcome::Done
    }

    /// Where something counts: what a member has of a gauge is where they are now.
    pub(crate) fn subtenant_of(&self, event: &Event) -> Option<usize> {
        match event.member {
            Some(member) if GAUGES.contains(&event.meter.as_str()) && !event.holds => {
                self.members[member].subtenant
            }
            _ => event.subtenant,
        }
    }

    /// The quota that may be changed.
    fn editable(&self, pick: usize) -> Result<usize, &'static str> {
        let quota = picked(pick, self.quotas.len()).ok_or("NOT_FOUND")?;
        match &self.quotas[quota] {
            of if of.deleted => Err("NOT_FOUND"),
            of if of.closed => Err("QUOTA_CLOSED"),
            _ => Ok(quota),
        }
    }

    fn edit_quota(&mut self, pick: usize, factor: i64) -> Outcome {
        match self.editable(pick) {
            Ok(quota) => {
                let limits = &mut self.quotas[quota].limits;
                *limits = limits.times(factor);
                Outcome::Done
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    fn delete_quota(&mut self, pick: usize) -> Outcome {
        let quota = match self.editable(pick) {
            Ok(quota) => quota,
            Err(error) => return Outcome::Failed(error),
        };
        self.quotas[quota].deleted = true;
        let (node, meter) = (self.quotas[quota].node, self.quotas[quota].meter);
        let before = self
            .quotas
            .iter_mut()
            .rev()
            .find(|before| before.node == node && before.meter == meter && !before.deleted);
        if let Some(before) = before {
            before.closed = false;
        }
        Outcome::Done
    }
}

impl QuotaLimits {
    /// All limits times `factor` tenths: shorter periods keep to the limits of longer ones.
    pub(crate) fn times(self, factor: i64) -> Self {
        let times = |limit: Option<i64>| limit.map(|limit| limit * factor / 10);
        Self {
            daily: times(self.daily),
            weekly: times(self.weekly),
            monthly: times(self.monthly),
            yearly: times(self.yearly),
            custom: self.custom.map(|(days, limit)| (days, limit * factor / 10)),
            level: times(self.level),
        }
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let first =
            calendar::midnight(Tz::UTC, NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date"));
        (prop::sample::select(&ZONES), 0..500_i64, 0..86_400_i64)
            .prop_map(move |(zone, days, seconds)| {
                Self::new(zone, first + TimeDelta::days(days) + TimeDelta::seconds(seconds))
            })
            .boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Step> {
        steps(model)
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        model.outcome = model.happen(&step.command);
        model
    }
}
