//! What decisions are made on: an organization's limits and balances at one moment.
//!
//! `store` loads it, [`decide`](crate::decision::decide) reads it, and [`OrganizationState::apply`]
//! moves it on, so that the next request of a batch is decided on what the last one left.

use crate::{
    amount::Amount,
    answer::Allowance,
    catalogue::{PlanLimit, Price},
    credits::CreditSettings,
    ids::{MemberId, OrganizationId, SubtenantId},
    input::Code,
    packs::{self, Pack},
    period::{TimeZone, Window, billing_month},
    views::Warning,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Whose balance: a node on the path from the organization to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Holder {
    /// Everything that the organization uses.
    Organization,
    /// What one member uses.
    Member(MemberId),
}

/// Which balance: of whom, on which meter, in which period.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BalanceKey {
    /// Whose.
    pub holder: Holder,
    /// On which meter.
    pub meter: Code,
    /// In which period; another period is another balance, so a reset is nothing that runs.
    pub window: Window,
}

/// What has been used in one period. A cache of the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// All that was used, whoever paid.
    pub used: i64,
    /// The part of it that packs paid.
    pub from_packs: i64,
    /// Held for work under way.
    pub reserved: i64,
}

impl Balance {
    /// The part that the plan's allowance paid.
    pub fn from_allowance(self) -> i64 {
        self.used - self.from_packs
    }
}

/// A plan as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its code.
    pub code: Code,
    /// Credits per billing month.
    pub allowance: Amount,
    /// Limits on other meters per billing month. A meter without one is unlimited, and counts.
    pub limits: HashMap<Code, PlanLimit>,
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
    /// Their custom credit limit in credits, percentages already turned into credits.
    pub limit: Option<Amount>,
}

/// An organization at one moment.
#[derive(Clone, Debug)]
pub struct OrganizationState {
    /// Which organization.
    pub id: OrganizationId,
    /// Whether the operator has suspended it.
    pub suspended: bool,
    /// Where its days begin.
    pub time_zone: TimeZone,
    /// Its plan.
    pub plan: Plan,
    /// How it allocates credits.
    pub settings: CreditSettings,
    /// The unused part of all active custom limits in the credit window.
    pub set_aside: i64,
    /// Its packs.
    pub packs: Vec<Pack>,
    /// The rate card, as far as it was asked for.
    pub prices: HashMap<Code, Vec<Price>>,
    /// Its members, as far as they were asked for.
    pub members: HashMap<MemberId, Member>,
    /// Balances, as far as they were asked for; one that is missing is empty.
    pub balances: HashMap<BalanceKey, Balance>,
}

impl OrganizationState {
    /// The enterprise limit and its period, while one is in force.
    pub fn enterprise_limit(&self, now: DateTime<Utc>) -> Option<(Amount, Window)> {
        let limit = self.settings.limit?;
        Some((limit, self.settings.cycle.window_at(self.time_zone, now)?))
    }

    /// The period in which members' credit limits count: the enterprise limit's cycle, or the
    /// billing month where no limit is in force.
    pub fn credit_window(&self, now: DateTime<Utc>) -> Window {
        self.enterprise_limit(now).map_or_else(|| billing_month(now), |(_, window)| window)
    }

    /// The zone in which the days of [`credit_window`](Self::credit_window) begin: the billing month
    /// is one of UTC.
    pub fn credit_zone(&self, now: DateTime<Utc>) -> TimeZone {
        if self.enterprise_limit(now).is_some() { self.time_zone } else { TimeZone::UTC }
    }

    /// Until when [`credit_window`](Self::credit_window) and the limit in force stay as they are
    /// at `now`, if nobody changes the settings.
    pub fn credit_window_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let end = self.credit_window(now).ends_at;
        match self.settings.cycle.begins_at(self.time_zone) {
            Some(begin) if begin > now => begin.min(end),
            _ => end,
        }
    }

    /// What percentages are of: the enterprise limit, or the plan's allowance where there is none.
    pub fn percentage_base(&self, now: DateTime<Utc>) -> Amount {
        self.enterprise_limit(now).map_or(self.plan.allowance, |(limit, _)| limit)
    }

    /// The balances that a use of `meter` by `member` changes: the loader brings them, and
    /// [`apply`](Self::apply) moves them.
    pub fn balance_keys(
        &self,
        member: Option<MemberId>,
        meter: &Code,
        now: DateTime<Utc>,
    ) -> Vec<BalanceKey> {
        let key = |holder, window| BalanceKey { holder, meter: meter.clone(), window };
        let month = billing_month(now);
        let mut keys = vec![key(Holder::Organization, month)];
        if *meter == Code::credits() {
            // Both windows at all times: a custom cycle that begins or ends within the month
            // changes which of them counts, and must find it right.
            let member = member.map(Holder::Member);
            keys.extend(member.map(|member| key(member, month)));
            let window = self.credit_window(now);
            if window != month {
                keys.push(key(Holder::Organization, window));
                keys.extend(member.map(|member| key(member, window)));
            }
        }
        keys
    }

    /// A balance; empty if nothing was used in its period.
    pub fn balance(&self, holder: Holder, meter: &Code, window: Window) -> Balance {
        let key = BalanceKey { holder, meter: meter.clone(), window };
        self.balances.get(&key).copied().unwrap_or_default()
    }

    /// The credits balance of a holder.
    pub fn credits(&self, holder: Holder, window: Window) -> Balance {
        self.balance(holder, &Code::credits(), window)
    }

    /// Credits of this billing month's allowance that are used.
    pub fn allowance_used(&self, now: DateTime<Utc>) -> i64 {
        self.credits(Holder::Organization, billing_month(now)).from_allowance()
    }

    /// Credits of this billing month's allowance that are neither used nor held.
    pub fn allowance_left(&self, now: DateTime<Utc>) -> i64 {
        let held = self.credits(Holder::Organization, billing_month(now)).reserved;
        (self.plan.allowance.get() - self.allowance_used(now) - held).max(0)
    }

    /// What a member's custom limit still promises; nothing without one.
    pub fn unused_promise(&self, member: MemberId, now: DateTime<Utc>) -> i64 {
        let Some(Member { limit: Some(limit), active: true, .. }) = self.members.get(&member)
        else {
            return 0;
        };
        let balance = self.credits(Holder::Member(member), self.credit_window(now));
        (limit.get() - balance.used - balance.reserved).max(0)
    }

    /// By how much custom limits promise more than is left; 0 when every promise can be kept.
    pub fn over_promised(&self, now: DateTime<Utc>) -> i64 {
        let allowance_left = self.allowance_left(now);
        let packs = packs::available(&self.packs, now);
        let left = match self.enterprise_limit(now) {
            None => allowance_left + packs,
            Some((limit, window)) => {
                let balance = self.credits(Holder::Organization, window);
                if self.settings.packs_extend {
                    let left = limit.get() - balance.from_allowance() - balance.reserved;
                    left.min(allowance_left).max(0) + packs
                } else {
                    let left = limit.get() - balance.used - balance.reserved;
                    left.min(allowance_left + packs).max(0)
                }
            }
        };
        (self.set_aside - left).max(0)
    }

    /// What an administrator should know about limits as they stand (SPEC section 4).
    pub fn warnings(&self, now: DateTime<Utc>) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.settings.limit.is_none() {
            warnings.push(Warning::NoEnterpriseLimit);
        } else if self.enterprise_limit(now).is_none() {
            warnings.push(Warning::CycleNotRunning);
        }
        match self.over_promised(now) {
            0 => {}
            excess => warnings.push(Warning::OverPromised { excess }),
        }
        warnings
    }

    /// Records an allowance: balances, packs and set-asides move on.
    pub fn apply(&mut self, member: Option<MemberId>, allowance: &Allowance, now: DateTime<Utc>) {
        let promised = |state: &Self| member.map_or(0, |id| state.unused_promise(id, now));
        let promised_before = promised(self);
        for charge in &allowance.charges {
            for key in self.balance_keys(member, &charge.meter, now) {
                let balance = self.balances.entry(key).or_default();
                balance.used += charge.amount;
                balance.from_packs += charge.from_packs;
            }
            for draw in &charge.pack_draws {
                if let Some(pack) = self.packs.iter_mut().find(|pack| pack.id == draw.pack) {
                    pack.remaining -= draw.amount;
                }
            }
        }
        self.set_aside += promised(self) - promised_before;
    }
}
