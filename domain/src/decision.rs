//! The one question that Allot answers: may this operation go ahead? (SPEC section 3)

use crate::{
    amount::Quantity,
    answer::{Allowance, Charge, Decision, Denial, Headroom, LimitScope, Refusal, Request},
    catalogue::Price,
    ceilings::{Ceiling, ceilings},
    input::Code,
    packs,
    state::{Member, OrganizationState},
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
    let member = admitted_member(state, request)?;
    let prices = state.catalogue.prices.get(&request.operation).ok_or(Refusal::UnknownOperation)?;
    let uses: Vec<(&Price, Vec<Ceiling>)> = prices
        .iter()
        .filter(|price| price.amount.get() > 0)
        .map(|price| (price, ceilings(state, member, &price.meter, now)))
        .collect();
    if !uses.iter().all(|(price, _)| price.of(request.quantity).is_some()) {
        return Err(Refusal::QuantityTooLarge);
    }

    let rooms = uses.iter().flat_map(|(price, ceilings)| {
        ceilings.iter().map(|ceiling| ceiling.room() / price.amount.get())
    });
    let would_fit = rooms.min().unwrap_or(i64::MAX).max(0);
    let granted = if request.quantity.get() <= would_fit {
        Some(request.quantity)
    } else {
        Quantity::parse("quantity", would_fit).ok().filter(|_| request.allow_partial)
    };
    Ok(match granted {
        Some(granted) => Decision::Allowed(allow(state, request, uses, granted, now)),
        None => Decision::Denied(deny(request, &uses, would_fit)),
    })
}

fn admitted_member<'a>(
    state: &'a OrganizationState,
    request: &Request,
) -> Result<Option<&'a Member>, Refusal> {
    if state.suspended {
        return Err(Refusal::OrganizationSuspended);
    }
    let Some(id) = request.member else {
        return if request.within.is_none() { Ok(None) } else { Err(Refusal::MemberRequired) };
    };
    let member = state.members.get(&id).filter(|member| member.path().is_within(request.within));
    let member = member.ok_or(Refusal::UnknownMember)?;
    if member.active { Ok(Some(member)) } else { Err(Refusal::MemberInactive) }
}

fn allow(
    state: &OrganizationState,
    request: &Request,
    uses: Vec<(&Price, Vec<Ceiling>)>,
    granted: Quantity,
    now: DateTime<Utc>,
) -> Allowance {
    let mut charges = Vec::with_capacity(uses.len());
    let mut limits = Vec::new();
    for (price, ceilings) in uses {
        let amount = price.of(granted).unwrap_or(i64::MAX);
        let charge = fund(state, &price.meter, &ceilings, amount, now);
        let movement = charge.as_change(request.purpose);
        limits.extend(ceilings.into_iter().map(|ceiling| ceiling.after(movement).report()));
        charges.push(charge);
    }
    Allowance { granted, charges, limits }
}

fn deny(request: &Request, uses: &[(&Price, Vec<Ceiling>)], would_fit: i64) -> Denial {
    let failed = uses.iter().flat_map(|(price, ceilings)| {
        let amount = price.of(request.quantity).unwrap_or(i64::MAX);
        let failed = ceilings.iter().filter(move |ceiling| amount > ceiling.room());
        failed.map(move |ceiling| ceiling.failed(amount))
    });
    Denial { would_fit, failed: failed.collect() }
}

/// Splits `amount` between the allowance and the packs. Only credits have packs; the allowance
/// pays while every limit that packs extend has room, and packs pay the rest.
pub(crate) fn fund(
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

#[cfg(test)]
mod tests;
