//! The one question that Allot answers: may this operation go ahead? (SPEC section 3)

use crate::{
    access::{Action, Role, roles_for},
    amount::Quantity,
    ids::MemberId,
    input::Code,
    packs::{self, PackDraw},
    period::{Window, billing_month},
    state::{Balance, Holder, Member, OrganizationState},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A request that names things known to the organization.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who uses; `None` is the organization itself.
    pub member: Option<MemberId>,
    /// What is done.
    pub operation: Code,
    /// How often.
    pub quantity: Quantity,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// It may go ahead, and this is what it costs.
    Allowed(Allowance),
    /// A limit says no.
    Denied(Denial),
    /// It was refused before any limit was looked at.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

/// What an allowed request takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Units of the operation that may go ahead.
    pub granted: Quantity,
    /// One per meter that the operation touches; none for a free operation.
    pub charges: Vec<Charge>,
    /// The limits on the path, as they stand after this request.
    pub limits: Vec<LimitReport>,
}

/// What a request takes from one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The meter.
    pub meter: Code,
    /// In the meter's smallest unit.
    pub amount: i64,
    /// The part that the plan's allowance pays.
    pub from_allowance: i64,
    /// The part that packs pay.
    pub from_packs: i64,
    /// Which packs pay how much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pack_draws: Vec<PackDraw>,
}

/// Every limit that said no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Units of the operation that would have been allowed.
    pub would_fit: i64,
    /// The checks that failed, from the plan down to the member.
    pub failed: Vec<FailedLimit>,
}

/// Why a request was refused before any limit was looked at (SPEC section 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The operator has suspended the organization.
    OrganizationSuspended,
    /// The member is inactive or only invited.
    MemberInactive,
    /// No member of the organization goes by that name.
    UnknownMember,
    /// The rate card has no such operation.
    UnknownOperation,
    /// Quantity times price is more than can be counted.
    QuantityTooLarge,
}

/// The level that a limit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// What the plan includes.
    Plan,
    /// The enterprise limit.
    Organization,
    /// A member's own limit.
    Member,
}

/// One limit and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReport {
    /// The level.
    pub scope: LimitScope,
    /// Which plan, organization or member.
    pub scope_id: String,
    /// On which meter.
    pub meter: Code,
    /// `monthly`, `weekly` or `custom`.
    pub period: String,
    /// The limit; `None` is unlimited.
    pub limit: Option<i64>,
    /// Used in this period, as this limit counts it.
    pub used: i64,
    /// Held in this period.
    pub reserved: i64,
    /// Kept for others: what their custom limits promise.
    pub set_aside: i64,
    /// What this limit leaves to the member that asked; `None` is unlimited.
    pub remaining: Option<i64>,
    /// When the period ends and the balance starts anew.
    pub resets_at: DateTime<Utc>,
}

/// A limit that said no, with what the one who was refused needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedLimit {
    /// The limit as it stands.
    #[serde(flatten)]
    pub limit: LimitReport,
    /// The amount that was asked for.
    pub requested: i64,
    /// The amount that this limit would have let through, packs included where they extend it.
    pub would_fit: i64,
    /// The roles that can raise it; none for what the plan includes.
    pub raised_by: Vec<Role>,
}

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

/// How much of a meter `member` could still use, and which limit says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headroom {
    /// In the meter's smallest unit, packs included.
    pub left: i64,
    /// The limit that leaves the least; the most specific one where several do.
    pub bound_by: LimitScope,
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
