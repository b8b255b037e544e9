//! What decisions are made on: an organization's limits and balances at one moment.
//!
//! `store` loads it, [`decide`](crate::decision::decide) reads it, and [`OrganizationState::apply`]
//! moves it on, so that the next request of a batch is decided on what the last one left.

use crate::{
    alerts::AlertSettings,
    amount::Amount,
    answer::LimitReport,
    balances::{Account, Balance, Balances, Holder, Path},
    catalogue::{Catalogue, PlanLimit},
    ceilings::{Ceiling, ceilings},
    credits::{CreditSettings, Taken},
    ids::{MemberId, OrganizationId, SubtenantId},
    input::Code,
    packs::{self, Pack, PackDraw},
    period::{Calendar, Period, TimeZone, Window},
    quotas::{InForce, QuotaLimits},
    spend,
};
use chrono::{DateTime, Utc};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// A plan as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its code.
    pub code: Code,
    /// Credits per billing month.
    pub allowance: Amount,
    /// Limits on other meters per billing month. A meter without one is unlimited, and counts.
    pub limits: HashMap<Code, PlanLimit>,
    /// Whether it includes the Usage Quota feature: without it nobody can raise what may be spent.
    pub usage_quota_feature: bool,
}

impl Plan {
    /// Whether quotas on `meter` can only be lowered: without the Usage Quota feature nobody makes,
    /// raises or deletes one on what is spent (SPEC section 6).
    pub fn only_lowers(&self, meter: &Code) -> bool {
        meter.is_spend() && !self.usage_quota_feature
    }
}

/// A member as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: MemberId,
    /// The part of the organization that they belong to.
    pub subtenant: Option<SubtenantId>,
    /// Whether they may use anything at all.
    pub active: bool,
    /// Their custom credit limits in credits, percentages already turned into credits: the one in
    /// force and those that come later.
    pub limits: Vec<InForce<Amount>>,
}

impl Member {
    /// The custom credit limit in force at `now`.
    pub fn limit(&self, now: DateTime<Utc>) -> Option<Amount> {
        self.limits.iter().find(|limit| limit.at(now)).map(|limit| limit.value)
    }

    /// Where what they use is counted.
    pub fn path(&self) -> Path {
        Path { subtenant: self.subtenant, member: Some(self.id) }
    }
}

/// One change of the balances of one meter: what a ledger entry records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Who used, and so all whose balances move.
    pub path: Path,
    /// The meter.
    pub meter: Code,
    /// The moment in whose periods it counts: for what gives something back, when that was taken.
    pub counts_at: DateTime<Utc>,
    /// By how much.
    pub change: Balance,
    /// Taken out of packs, or put back where negative.
    pub pack_draws: Vec<PackDraw>,
}

/// An organization at one moment.
#[derive(Clone, Debug)]
pub struct OrganizationState {
    /// Which organization.
    pub id: OrganizationId,
    /// Whether the operator has suspended it.
    pub suspended: bool,
    /// Where its days begin, and its periods.
    pub calendar: Calendar,
    /// Meters and the rate card.
    pub catalogue: Arc<Catalogue>,
    /// Its plan.
    pub plan: Plan,
    /// How it allocates credits.
    pub settings: CreditSettings,
    /// The unused part of all active custom limits in the credit window.
    pub set_aside: i64,
    /// Its packs.
    pub packs: Vec<Pack>,
    /// Its members, as far as they were asked for.
    pub members: HashMap<MemberId, Member>,
    /// Quotas in force and those that come later, of the holders that were asked for.
    pub quotas: HashMap<Account, Vec<InForce<QuotaLimits>>>,
    /// Balances, as far as they were asked for.
    pub balances: Balances,
    /// When limits say that they are nearly used up.
    pub alerts: Arc<AlertSettings>,
}

impl OrganizationState {
    /// The enterprise limit and its period, while one is in force.
    pub fn enterprise_limit(&self, now: DateTime<Utc>) -> Option<(Amount, Window)> {
        let limit = self.settings.limit?;
        Some((limit, self.calendar.window(self.settings.cycle.into(), now)?))
    }

    /// The period in which members' credit limits count: the enterprise limit's cycle, or the
    /// billing month where no limit is in force.
    pub fn credit_window(&self, now: DateTime<Utc>) -> Window {
        let enterprise = self.enterprise_limit(now);
        enterprise.map_or_else(|| self.calendar.billing_month(now), |(_, window)| window)
    }

    /// The zone in which the days of [`credit_window`](Self::credit_window) begin: the billing month
    /// is one of UTC.
    pub fn credit_zone(&self, now: DateTime<Utc>) -> TimeZone {
        if self.enterprise_limit(now).is_some() { self.calendar.zone() } else { TimeZone::UTC }
    }

    /// Until when [`credit_window`](Self::credit_window) and the limit in force stay as they are
    /// at `now`, if nobody changes the settings.
    pub fn credit_window_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let end = self.credit_window(now).ends_at;
        match self.settings.cycle.begins_at(self.calendar.zone()) {
            Some(begin) if begin > now => begin.min(end),
            _ => end,
        }
    }

    /// What percentages are of: the enterprise limit, or the plan's allowance where there is none.
    pub fn percentage_base(&self, now: DateTime<Utc>) -> Amount {
        self.enterprise_limit(now).map_or(self.plan.allowance, |(limit, _)| limit)
    }

    /// The limits of the quotas in force on one account.
    pub fn quota_limits(
        &self,
        holder: Holder,
        meter: &Code,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (Period, Amount)> {
        let quotas = self.quotas.get(&(holder, meter.clone())).into_iter().flatten();
        quotas.filter(move |quota| quota.at(now)).flat_map(|quota| quota.value.limits())
    }

    /// Where a use by `member` is counted; the organization itself, if there is none.
    pub fn path_of(&self, member: Option<MemberId>) -> Path {
        member.and_then(|id| self.members.get(&id)).map(Member::path).unwrap_or_default()
    }

    /// The periods whose balances a use of `meter` by `holder` has to find: those in which limits
    /// count, and those that pages show.
    pub fn periods_needed(
        &self,
        holder: Holder,
        meter: &Code,
        now: DateTime<Utc>,
    ) -> HashSet<Window> {
        if self.catalogue.is_gauge(meter) {
            return HashSet::from([Window::ALWAYS]);
        }
        let limits = self.quota_limits(holder, meter, now);
        let mut periods: HashSet<Window> =
            limits.filter_map(|(period, _)| self.calendar.window(period, now)).collect();
        if holder == Holder::Organization {
            periods.insert(self.calendar.billing_month(now));
        }
        if meter.is_spend() {
            // For pages, which show them however much there is in the ledger.
            let shown = spend::PERIODS.into_iter();
            periods.extend(shown.filter_map(|period| self.calendar.window(period, now)));
        }
        if meter.is_credits() {
            // Of a subtenant only for pages: its list stays quick however much was used.
            periods.insert(self.credit_window(now));
            if !matches!(holder, Holder::Subtenant(_)) {
                // Both at all times: a custom cycle that begins or ends within the month changes
                // which of them counts.
                periods.insert(self.calendar.billing_month(now));
            }
        }
        periods
    }

    /// A balance; empty if nothing was used in its period.
    pub fn balance(&self, holder: Holder, meter: &Code, window: Window) -> Balance {
        self.balances.get(holder, meter, window)
    }

    /// The credits balance of a holder.
    pub fn credits(&self, holder: Holder, window: Window) -> Balance {
        self.balance(holder, &Code::credits(), window)
    }

    /// Credits of this billing month's allowance that are used.
    pub fn allowance_used(&self, now: DateTime<Utc>) -> i64 {
        let month = self.calendar.billing_month(now);
        self.credits(Holder::Organization, month).from_allowance()
    }

    /// Credits of this billing month's allowance that are neither used nor held.
    pub fn allowance_left(&self, now: DateTime<Utc>) -> i64 {
        let month = self.calendar.billing_month(now);
        let held = self.credits(Holder::Organization, month).reserved_from_allowance();
        (self.plan.allowance.get() - self.allowance_used(now) - held).max(0)
    }

    /// What a member's custom limit still promises; nothing without one.
    pub fn unused_promise(&self, member: MemberId, now: DateTime<Utc>) -> i64 {
        let member = self.members.get(&member).filter(|member| member.active);
        let Some((member, limit)) = member.and_then(|member| Some((member, member.limit(now)?)))
        else {
            return 0;
        };
        let balance = self.credits(Holder::Member(member.id), self.credit_window(now));
        (limit.get() - balance.used - balance.reserved).max(0)
    }

    /// By how much custom limits promise more than is left; 0 when every promise can be kept.
    pub fn over_promised(&self, now: DateTime<Utc>) -> i64 {
        let allowance_left = self.allowance_left(now);
        let packs = packs::available(&self.packs, now);
        let enterprise = self.enterprise_limit(now);
        let taken = enterprise.map(|(_, window)| self.credits(Holder::Organization, window));
        let taken = taken.map_or(Taken::default(), |balance| Taken {
            all: balance.used + balance.reserved,
            from_allowance: balance.from_allowance() + balance.reserved_from_allowance(),
        });
        let limit = enterprise.map(|(limit, _)| limit);
        let left = self.settings.pool_left(limit, taken, 0, allowance_left, packs);
        (self.set_aside - left).max(0)
    }

    /// Records a movement: balances, packs and set-asides move on.
    pub fn apply(&mut self, movement: &Movement, now: DateTime<Utc>) {
        let Movement { path, meter, counts_at, change, pack_draws } = movement;
        let member = path.member.filter(|_| meter.is_credits());
        let promised = |state: &Self| member.map_or(0, |id| state.unused_promise(id, now));
        let promised_before = promised(self);
        self.balances.apply(*path, meter, *counts_at, *change);
        for draw in pack_draws {
            if let Some(pack) = self.packs.iter_mut().find(|pack| pack.id == draw.pack) {
                pack.remaining -= draw.amount;
            }
        }
        self.set_aside += promised(self) - promised_before;
    }

    /// The limits that a movement, already applied, went past: none, as long as every use was
    /// decided. Set-asides are left out.
    pub fn passed_limits(&self, movement: &Movement, now: DateTime<Utc>) -> Vec<LimitReport> {
        let Movement { path, meter, change, .. } = movement;
        let member = path.member.and_then(|id| self.members.get(&id)).cloned();
        // The subtenant that they belonged to then.
        let member = member.map(|member| Member { subtenant: path.subtenant, ..member });
        let ceilings = ceilings(self, member.as_ref(), meter, now);
        let passed = ceilings.iter().filter(|ceiling| ceiling.is_passed_by(*change));
        passed.map(Ceiling::report).collect()
    }
}
