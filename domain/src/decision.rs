//! The one question that Allot answers: may this operation go ahead? (SPEC section 3)

use crate::{
    access::{Action, roles_for},
    answer::{
        Allowance, Charge, Decision, Denial, FailedLimit, Headroom, LimitReport, LimitScope,
        Refusal, Request,
    },
    ids::MemberId,
    input::Code,
    packs,
    period::{Window, billing_month},
    state::{Balance, Holder, Member, OrganizationState},
};
use chrono::{DateTime, Utc};

/// Decides `request` at `now` on `state`, and changes nothing.
pub fn decide(state: &OrganizationState, request: &Request, now: DateTime<Utc>) -> Decision {
    match try_decide(state, request, now) {
        Ok(decision) => decision,
        Err(reason) => Decision::Refused { reason },
    }
}

fn try_decide(
    state: &OrganizationState,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let member = admitted_member(state, request.member)?;
    let prices = state.prices.get(&request.operation).ok_or(Refusal::UnknownOperation)?;

    let mut charges = Vec::with_capacity(prices.len());
    let mut limits = Vec::new();
    let mut failed = Vec::new();
    let mut would_fit = i64::MAX;
    for price in prices.iter().filter(|price| price.amount.get() > 0) {
        let quantity = request.quantity.get();
        let amount = quantity.checked_mul(price.amount.get()).ok_or(Refusal::QuantityTooLarge)?;
        let ceilings = ceilings(state, member, &price.meter, now);
        let charge = fund(state, &price.meter, &ceilings, amount, now);
        for ceiling in &ceilings {
            would_fit = would_fit.min(ceiling.room() / price.amount.get());
            if amount > ceiling.room() {
                failed.push(ceiling.failed(amount));
            }
            limits.push(ceiling.after(&charge).report());
        }
        charges.push(charge);
    }
    Ok(if failed.is_empty() {
        Decision::Allowed(Allowance { granted: request.quantity, charges, limits })
    } else {
        Decision::Denied(Denial { would_fit, failed })
    })
}

fn admitted_member(
    state: &OrganizationState,
    member: Option<MemberId>,
) -> Result<Option<&Member>, Refusal> {
    if state.suspended {
        return Err(Refusal::OrganizationSuspended);
    }
    let Some(id) = member else { return Ok(None) };
    let member = state.members.get(&id).ok_or(Refusal::UnknownMember)?;
    if member.active { Ok(Some(member)) } else { Err(Refusal::MemberInactive) }
}

/// Splits `amount` between the allowance and the packs. Only credits have packs; the allowance
/// pays while every limit that packs extend has room, and packs pay the rest.
fn fund(
    state: &OrganizationState,
    meter: &Code,
    ceilings: &[Ceiling],
    amount: i64,
    now: DateTime<Utc>,
) -> Charge {
    let payable = ceilings
        .iter()
        .filter(|ceiling| ceiling.packs > 0)
        .filter_map(Ceiling::own_room)
        .min()
        .unwrap_or(amount);
    let from_allowance = amount.min(payable);
    let from_packs = amount - from_allowance;
    let pack_draws =
        if from_packs > 0 { packs::draws(&state.packs, from_packs, now) } else { Vec::new() };
    Charge { meter: meter.clone(), amount, from_allowance, from_packs, pack_draws }
}

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

/// The credits that `member` could use right now, were they to ask for all of them.
pub fn credits_left(
    state: &OrganizationState,
    member: Option<&Member>,
    now: DateTime<Utc>,
) -> Headroom {
    ceilings(state, member, &Code::credits(), now)
        .iter()
        .map(|ceiling| Headroom { left: ceiling.room(), bound_by: ceiling.scope })
        .min_by_key(|headroom| (headroom.left, std::cmp::Reverse(headroom.bound_by)))
        .unwrap_or(Headroom { left: i64::MAX, bound_by: LimitScope::Plan })
}

/// Everything that must hold for a use of `meter`, from the plan down to the member.
fn ceilings(
    state: &OrganizationState,
    member: Option<&Member>,
    meter: &Code,
    now: DateTime<Utc>,
) -> Vec<Ceiling> {
    let month = billing_month(now);
    let plan = Ceiling {
        scope: LimitScope::Plan,
        scope_id: state.plan.code.to_string(),
        meter: meter.clone(),
        period: "monthly",
        limit: state.plan.limits.get(meter).map(|plan| plan.ceiling()),
        window: month,
        balance: state.balance(Holder::Organization, meter, month),
        counts_packs: true,
        set_aside: 0,
        packs: 0,
    };
    if *meter != Code::credits() {
        return vec![plan];
    }

    let own_limit = member.and_then(|member| member.limit.map(|limit| (member.id, limit)));
    // Members with a limit of their own are not blocked by promises made to others.
    let set_aside =
        if state.settings.set_aside && own_limit.is_none() { state.set_aside } else { 0 };
    let packs = packs::available(&state.packs, now);
    let enterprise = state.enterprise_limit(now);
    let mut ceilings = vec![Ceiling {
        limit: Some(state.plan.allowance.get()),
        counts_packs: false,
        // Without an enterprise limit the allowance is the pool that members share.
        set_aside: if enterprise.is_none() { set_aside } else { 0 },
        packs,
        ..plan.clone()
    }];
    let window = state.credit_window(now);
    let period = if enterprise.is_some() { state.settings.cycle.kind() } else { plan.period };
    if let Some((limit, window)) = enterprise {
        let packs_extend = state.settings.packs_extend;
        ceilings.push(Ceiling {
            scope: LimitScope::Organization,
            scope_id: state.id.to_string(),
            period,
            limit: Some(limit.get()),
            window,
            balance: state.balance(Holder::Organization, meter, window),
            counts_packs: !packs_extend,
            set_aside,
            packs: if packs_extend { packs } else { 0 },
            ..plan.clone()
        });
    }
    if let Some((id, limit)) = own_limit {
        ceilings.push(Ceiling {
            scope: LimitScope::Member,
            scope_id: id.to_string(),
            period,
            limit: Some(limit.get()),
            window,
            balance: state.balance(Holder::Member(id), meter, window),
            ..plan
        });
    }
    ceilings
}

/// One limit, ready to be checked.
#[derive(Clone)]
struct Ceiling {
    scope: LimitScope,
    scope_id: String,
    meter: Code,
    period: &'static str,
    limit: Option<i64>,
    window: Window,
    balance: Balance,
    /// Whether what packs paid counts against it.
    counts_packs: bool,
    set_aside: i64,
    /// Credits in packs that pay where this limit has no room; 0 where packs don't extend it.
    packs: i64,
}

impl Ceiling {
    fn used(&self) -> i64 {
        if self.counts_packs { self.balance.used } else { self.balance.from_allowance() }
    }

    /// What the limit itself leaves, never below 0; `None` is unlimited.
    fn own_room(&self) -> Option<i64> {
        let taken = self.used() + self.balance.reserved + self.set_aside;
        self.limit.map(|limit| (limit - taken).max(0))
    }

    /// The most that a request may take. An unlimited meter still has to be countable.
    fn room(&self) -> i64 {
        self.own_room().map_or_else(|| i64::MAX - self.balance.used, |room| room + self.packs)
    }

    fn after(&self, charge: &Charge) -> Self {
        let balance = Balance {
            used: self.balance.used.saturating_add(charge.amount),
            from_packs: self.balance.from_packs.saturating_add(charge.from_packs),
            ..self.balance
        };
        Self { balance, ..self.clone() }
    }

    fn report(&self) -> LimitReport {
        LimitReport {
            scope: self.scope,
            scope_id: self.scope_id.clone(),
            meter: self.meter.clone(),
            period: self.period.to_owned(),
            limit: self.limit,
            used: self.used(),
            reserved: self.balance.reserved,
            set_aside: self.set_aside,
            remaining: self.own_room(),
            resets_at: self.window.ends_at,
        }
    }

    fn failed(&self, requested: i64) -> FailedLimit {
        let raised_by = match self.scope {
            LimitScope::Plan => Vec::new(),
            LimitScope::Organization => roles_for(Action::EditCreditSettings).collect(),
            LimitScope::Member => roles_for(Action::EditMemberLimits).collect(),
        };
        FailedLimit { limit: self.report(), requested, would_fit: self.room(), raised_by }
    }
}

#[cfg(test)]
mod tests;
