//! Everything that must hold for a use of one meter: limits from the plan down to the member.

use crate::{
    access::{Action, roles_for},
    answer::{FailedLimit, LimitReport, LimitScope, ScopeId},
    balances::{Balance, Holder, Path},
    catalogue::PlanLimit,
    input::Code,
    packs,
    period::{Period, PeriodKind, Window},
    state::{Member, OrganizationState},
};
use chrono::{DateTime, Utc};

/// The limits on the path from the plan to `member`, as they stand: what a person's own page
/// shows, by the rules that decide.
pub fn limits_of(
    state: &OrganizationState,
    member: Option<&Member>,
    meter: &Code,
    now: DateTime<Utc>,
) -> Vec<LimitReport> {
    ceilings(state, member, meter, now).iter().map(Ceiling::report).collect()
}

/// The limits on a meter other than credits from the plan down `path`, which can end at a subtenant.
pub fn limits_down_to(
    state: &OrganizationState,
    path: Path,
    meter: &Code,
    now: DateTime<Utc>,
) -> Vec<LimitReport> {
    let mut list = List { state, meter, now, ceilings: Vec::new() };
    list.plan();
    path.holders().for_each(|holder| list.quotas(holder));
    list.ceilings.iter().map(Ceiling::report).collect()
}

/// Everything that must hold for a use of `meter`, from the plan down to the member.
pub(crate) fn ceilings(
    state: &OrganizationState,
    member: Option<&Member>,
    meter: &Code,
    now: DateTime<Utc>,
) -> Vec<Ceiling> {
    let mut list = List { state, meter, now, ceilings: Vec::new() };
    if meter.is_credits() {
        list.credits(member);
    } else {
        list.plan();
    }
    for holder in member.map_or_else(Path::default, Member::path).holders() {
        if let Some(member) = member
            && meter.is_credits()
            && holder == Holder::Member(member.id)
        {
            list.own_credit_limit(member);
        }
        list.quotas(holder);
    }
    list.ceilings
}

/// Ceilings while they are listed.
struct List<'a> {
    state: &'a OrganizationState,
    meter: &'a Code,
    now: DateTime<Utc>,
    ceilings: Vec<Ceiling>,
}

impl List<'_> {
    /// The plan's limit on the meter, or that it has none.
    fn plan(&mut self) {
        let limit = self.state.plan.limits.get(self.meter).copied();
        let (kind, window) = if self.state.catalogue.is_gauge(self.meter) {
            (PeriodKind::Level, Window::ALWAYS)
        } else {
            (PeriodKind::Monthly, self.state.calendar.billing_month(self.now))
        };
        let limit = limit.map(|limit| (limit.limit.get(), limit));
        let ceiling = self.ceiling(Holder::Organization, kind, window, limit.map(|(of, _)| of));
        self.ceilings.push(Ceiling {
            scope: LimitScope::Plan,
            scope_id: ScopeId::Plan(self.state.plan.code.clone()),
            denied_past: limit.map(|(_, limit)| PlanLimit::ceiling(limit)),
            raised_by: None,
            ..ceiling
        });
    }

    /// The allowance and the enterprise limit: both count what the allowance pays, and packs pay
    /// where they have no room.
    fn credits(&mut self, member: Option<&Member>) {
        let (state, now) = (self.state, self.now);
        // Members with a limit of their own are not blocked by promises made to others.
        let shares_pool = member.is_none_or(|member| member.limit(now).is_none());
        let set_aside = if state.settings.set_aside && shares_pool { state.set_aside } else { 0 };
        let packs = packs::available(&state.packs, now);
        let enterprise = state.enterprise_limit(now);

        let month = state.calendar.billing_month(now);
        let allowance = Some(state.plan.allowance.get());
        let plan = self.ceiling(Holder::Organization, PeriodKind::Monthly, month, allowance);
        self.ceilings.push(Ceiling {
            scope: LimitScope::Plan,
            scope_id: ScopeId::Plan(state.plan.code.clone()),
            counts_packs: false,
            // Without an enterprise limit the allowance is the pool that members share.
            set_aside: if enterprise.is_none() { set_aside } else { 0 },
            packs,
            raised_by: None,
            ..plan
        });
        if let Some((limit, window)) = enterprise {
            let kind = Period::from(state.settings.cycle).kind();
            let ceiling = self.ceiling(Holder::Organization, kind, window, Some(limit.get()));
            let packs_extend = state.settings.packs_extend;
            self.ceilings.push(Ceiling {
                counts_packs: !packs_extend,
                set_aside,
                packs: if packs_extend { packs } else { 0 },
                raised_by: Some(Action::EditCreditSettings),
                ..ceiling
            });
        }
    }

    /// A member's custom credit limit. It counts everything, whoever pays.
    fn own_credit_limit(&mut self, member: &Member) {
        let Some(limit) = member.limit(self.now) else { return };
        let window = self.state.credit_window(self.now);
        let kind = if self.state.enterprise_limit(self.now).is_some() {
            Period::from(self.state.settings.cycle).kind()
        } else {
            PeriodKind::Monthly
        };
        let ceiling = self.ceiling(Holder::Member(member.id), kind, window, Some(limit.get()));
        self.ceilings.push(Ceiling { raised_by: Some(Action::EditMemberLimits), ..ceiling });
    }

    /// Every period limit of the quotas in force on one node. They set nothing aside.
    fn quotas(&mut self, holder: Holder) {
        let only_lowered = self.state.plan.only_lowers(self.meter);
        let raised_by = (!only_lowered).then(|| Action::edits_quotas_of(holder));
        for (period, limit) in self.state.quota_limits(holder, self.meter, self.now) {
            let Some(window) = self.state.calendar.window(period, self.now) else { continue };
            let ceiling = self.ceiling(holder, period.kind(), window, Some(limit.get()));
            self.ceilings.push(Ceiling { raised_by, ..ceiling });
        }
    }

    /// A plain ceiling on a node: everything counts, nothing extends it.
    fn ceiling(
        &self,
        holder: Holder,
        period: PeriodKind,
        window: Window,
        limit: Option<i64>,
    ) -> Ceiling {
        let (scope, scope_id) = match holder {
            Holder::Organization => (LimitScope::Organization, self.state.id.0),
            Holder::Subtenant(subtenant) => (LimitScope::Subtenant, subtenant.0),
            Holder::Member(member) => (LimitScope::Member, member.0),
        };
        Ceiling {
            scope,
            scope_id: ScopeId::Id(scope_id),
            meter: self.meter.clone(),
            period,
            window,
            limit,
            denied_past: limit,
            balance: self.state.balances.get(holder, self.meter, window),
            counts_packs: true,
            set_aside: 0,
            packs: 0,
            raised_by: None,
        }
    }
}

/// One limit, ready to be checked.
#[derive(Clone, Debug)]
pub(crate) struct Ceiling {
    pub(crate) scope: LimitScope,
    pub(crate) scope_id: ScopeId,
    pub(crate) meter: Code,
    pub(crate) period: PeriodKind,
    window: Window,
    /// The limit as it was set; `None` is unlimited.
    limit: Option<i64>,
    /// The most that may be taken: more than the limit for a soft one.
    denied_past: Option<i64>,
    balance: Balance,
    /// Whether what packs paid counts against it.
    counts_packs: bool,
    set_aside: i64,
    /// Credits in packs that pay where this limit has no room; 0 where packs don't extend it.
    pub(crate) packs: i64,
    /// What a role must be allowed to do to raise it; `None`: it takes another plan.
    raised_by: Option<Action>,
}

impl Ceiling {
    /// The limit as it was set; `None` is unlimited.
    pub(crate) fn limit(&self) -> Option<i64> {
        self.limit
    }

    /// What is used and held of it, before and after a `change` that counts at `at` and that the balance
    /// has in it.
    pub(crate) fn taken_around(&self, change: Balance, at: DateTime<Utc>) -> (i64, i64) {
        let counted = |balance: Balance| {
            if self.counts_packs {
                balance.used + balance.reserved
            } else {
                balance.from_allowance() + balance.reserved_from_allowance()
            }
        };
        let after = counted(self.balance);
        let change = if self.window.contains(at) { counted(change) } else { 0 };
        (after - change, after)
    }

    fn used(&self) -> i64 {
        if self.counts_packs { self.balance.used } else { self.balance.from_allowance() }
    }

    fn reserved(&self) -> i64 {
        if self.counts_packs {
            self.balance.reserved
        } else {
            self.balance.reserved_from_allowance()
        }
    }

    /// What the limit itself leaves, never below 0; `None` is unlimited.
    pub(crate) fn own_room(&self) -> Option<i64> {
        let taken = self.used() + self.reserved() + self.set_aside;
        self.denied_past.map(|most| (most - taken).max(0))
    }

    /// The most that a request may take. An unlimited meter still has to be countable.
    pub(crate) fn room(&self) -> i64 {
        let countable = i64::MAX / 4 - self.balance.used - self.balance.reserved;
        self.own_room().map_or(countable, |room| room + self.packs)
    }

    /// Whether `change`, which the balance has in it, went past the limit, set-asides left out. What
    /// packs paid goes past none that does not count it, however much was used before.
    pub(crate) fn is_passed_by(&self, change: Balance) -> bool {
        let counted = Self { balance: change, ..self.clone() };
        counted.used() + counted.reserved() > 0
            && self.denied_past.is_some_and(|most| self.used() + self.reserved() > most)
    }

    /// The same after `change`.
    pub(crate) fn after(mut self, change: Balance) -> Self {
        self.balance += change;
        self
    }

    pub(crate) fn report(&self) -> LimitReport {
        LimitReport {
            scope: self.scope,
            scope_id: self.scope_id.clone(),
            meter: self.meter.clone(),
            period: self.period,
            limit: self.limit,
            allowed_to: self.denied_past.filter(|_| self.denied_past != self.limit),
            used: self.used(),
            reserved: self.reserved(),
            set_aside: self.set_aside,
            remaining: self.own_room(),
            resets_at: Some(self.window.ends_at).filter(|_| self.period != PeriodKind::Level),
        }
    }

    pub(crate) fn failed(&self, requested: i64) -> FailedLimit {
        let raised_by = self.raised_by.map(|action| roles_for(action).collect());
        FailedLimit {
            limit: self.report(),
            requested,
            would_fit: self.room(),
            raised_by: raised_by.unwrap_or_default(),
        }
    }
}
