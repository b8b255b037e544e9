//! What a raise does: to whoever gets it, and to those who share what it is taken from.

use super::{OwnLimit, Raise};
use crate::{
    allocation::in_credits,
    answer::{LimitScope, Purpose},
    balances::Holder,
    ceilings::{Ceiling, ceilings},
    credits::CreditCap,
    decision::fund,
    ids::MemberId,
    input::Code,
    period::PeriodKind,
    quotas::InForce,
    refusals::{Verdict, standing},
    state::{Member, Movement, OrganizationState},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A custom credit limit in force of an active member, and what is taken of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Whose.
    pub member: MemberId,
    /// The limit as it was entered.
    pub cap: CreditCap,
    /// Used and held of it.
    pub taken: i64,
}

/// How things stand before a raise, and how they would right after it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Without it.
    pub before: Outlook,
    /// With it.
    pub after: Outlook,
}

/// How things stand. Amounts are in the meter's smallest unit.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// The limit; `None` shares the pool.
    pub limit: Option<i64>,
    /// What the member can use right now, by all limits; `None` is unlimited.
    pub left: Option<i64>,
    /// The limit that says so.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub bound_by: Option<(LimitScope, PeriodKind)>,
    /// When that starts anew; `None` for what never does.
    pub resets_at: Option<DateTime<Utc>>,
    /// What others without a limit of their own can use once the member has used all of that; `None`
    /// is unlimited.
    pub others_left: Option<i64>,
    /// Credits by which members' limits promise more than is left; 0 for other meters.
    pub over_promised: i64,
}

impl Effect {
    /// What `raise` of a member's limit does at `now`. `promises` are all custom credit limits in
    /// force; other meters need none. `None`: there is no such member or limit.
    pub fn of(
        state: &OrganizationState,
        member: MemberId,
        own: &OwnLimit,
        raise: Raise,
        promises: &[Promise],
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let raised = with(state, member, own, raise, promises, now)?;
        let outlook = |state: &OrganizationState| {
            let member = state.members.get(&member)?;
            Some(Outlook::of(state, member, own, now))
        };
        Some(Self { before: outlook(state)?, after: outlook(&raised)? })
    }
}

impl Outlook {
    fn of(state: &OrganizationState, member: &Member, own: &OwnLimit, now: DateTime<Utc>) -> Self {
        let meter = own.meter();
        let links = standing(state, Some(member), &meter, now);
        let binding = links.iter().find(|link| link.verdict == Verdict::Binds);
        let used_up = used_up(state, member, &meter, now);
        let over_promised = if meter.is_credits() { state.over_promised(now) } else { 0 };
        Self {
            limit: own.standing(state, member, now).and_then(|limit| limit.limit),
            left: binding.map(|link| link.would_fit),
            bound_by: binding.map(|link| (link.limit.scope, link.limit.period)),
            resets_at: binding.and_then(|link| link.limit.resets_at),
            others_left: left_to_others(&used_up, member, &meter, now),
            over_promised,
        }
    }
}

/// The organization with the raise in force.
fn with(
    state: &OrganizationState,
    id: MemberId,
    own: &OwnLimit,
    raise: Raise,
    promises: &[Promise],
    now: DateTime<Utc>,
) -> Option<OrganizationState> {
    let mut raised = state.clone();
    match own {
        OwnLimit::Credits => {
            let member = raised.members.get_mut(&id)?;
            member.limits.retain(|limit| !limit.at(now));
            member.limits.push(InForce { value: raise.limit, from: now, to: None });
            let window = raised.credit_window(now);
            let balance = raised.credits(Holder::Member(id), window);
            let cap = CreditCap::Credits { amount: raise.limit };
            let taken = balance.used + balance.reserved;
            let others = promises.iter().filter(|promise| promise.member != id).copied();
            let all: Vec<Promise> = others.chain([Promise { member: id, cap, taken }]).collect();
            raised.set_aside = promised(&all, &raised, now);
        }
        OwnLimit::Quota { meter, period } => {
            let quotas = raised.quotas.get_mut(&(Holder::Member(id), meter.clone()))?;
            let quota = quotas.iter_mut().find(|quota| quota.at(now))?;
            quota.value = quota.value.with(*period, raise.limit)?;
        }
    }
    Some(raised)
}

/// What custom limits promise together and is not used yet.
fn promised(promises: &[Promise], state: &OrganizationState, now: DateTime<Utc>) -> i64 {
    let caps: Vec<CreditCap> = promises.iter().map(|promise| promise.cap).collect();
    let amounts = in_credits(&caps, state.percentage_base(now)).into_iter();
    amounts.zip(promises).map(|(amount, promise)| (amount.get() - promise.taken).max(0)).sum()
}

/// The organization once `member` has used all that they can.
fn used_up(
    state: &OrganizationState,
    member: &Member,
    meter: &Code,
    now: DateTime<Utc>,
) -> OrganizationState {
    let mut after = state.clone();
    let ceilings = ceilings(state, Some(member), meter, now);
    let Some(room) = ceilings.iter().map(Ceiling::room).min().filter(|room| *room > 0) else {
        return after;
    };
    let charge = fund(state, meter, &ceilings, room, now);
    let movement = Movement {
        path: member.path(),
        meter: meter.clone(),
        counts_at: now,
        change: charge.as_change(Purpose::Use),
        pack_draws: charge.pack_draws,
    };
    after.apply(&movement, now);
    after
}

/// What somebody beside `member` can use who has no limit of their own.
fn left_to_others(
    state: &OrganizationState,
    member: &Member,
    meter: &Code,
    now: DateTime<Utc>,
) -> Option<i64> {
    let id = MemberId(Uuid::nil());
    let other = Member { id, subtenant: member.subtenant, active: true, limits: Vec::new() };
    let links = standing(state, Some(&other), meter, now).into_iter();
    links.filter(|link| link.verdict == Verdict::Binds).map(|link| link.would_fit).min()
}
