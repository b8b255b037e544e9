//! The decision of the naive handler, in Rust as well.

use uuid::Uuid;

use super::statements::{LimitRow, Pack, Price};
use crate::answer::{Allowed, Ask, Charge};

pub(super) enum Decision {
    Allowed {
        answer: Allowed,
        /// Which packs pay how much.
        pack_draws: Vec<(Uuid, i64)>,
    },
    Denied,
}

/// The allowance pays while it and the enterprise limit have room, then packs do; every quota
/// counts all of it.
pub(super) fn decide(ask: &Ask, price: &Price, limits: Vec<LimitRow>, packs: &[Pack]) -> Decision {
    let Some(amount) = price.amount.checked_mul(ask.quantity) else {
        return Decision::Denied;
    };
    let without_packs = limits.iter().filter(|row| row.without_packs);
    let room = without_packs.map(|row| row.limit.remaining).min().unwrap_or(0).max(0);
    let from_allowance = amount.min(room);
    let from_packs = amount - from_allowance;
    let quotas = limits.iter().filter(|row| !row.without_packs);
    let Some(pack_draws) = draw(packs, from_packs) else {
        return Decision::Denied;
    };
    if quotas.into_iter().any(|row| row.limit.remaining < amount) {
        return Decision::Denied;
    }
    let counted = |row: LimitRow| {
        let taken = if row.without_packs { from_allowance } else { amount };
        let mut limit = row.limit;
        limit.used += taken;
        limit.remaining -= taken;
        limit
    };
    let charge = Charge { meter: price.meter.clone(), amount, from_allowance, from_packs };
    let answer = Allowed {
        decision: "allowed",
        consumption_id: Uuid::new_v4(),
        granted: ask.quantity,
        charges: vec![charge],
        limits: limits.into_iter().map(counted).collect(),
    };
    Decision::Allowed { answer, pack_draws }
}

/// What each pack pays, in their order; `None` where all together have too little.
fn draw(packs: &[Pack], amount: i64) -> Option<Vec<(Uuid, i64)>> {
    let mut missing = amount;
    let mut draws = Vec::new();
    for pack in packs {
        let part = pack.remaining.min(missing);
        if part > 0 {
            draws.push((pack.pack_id, part));
        }
        missing -= part;
    }
    (missing == 0).then_some(draws)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_pay_in_their_order_and_all_or_nothing() {
        let pack = |remaining| Pack { pack_id: Uuid::new_v4(), remaining };
        let packs = [pack(3), pack(0), pack(5)];
        let amounts = |amount| {
            let draws = draw(&packs, amount)?;
            Some(draws.into_iter().map(|(_, part)| part).collect::<Vec<_>>())
        };
        assert_eq!(amounts(0), Some(vec![]));
        assert_eq!(amounts(4), Some(vec![3, 1]));
        assert_eq!(amounts(9), None);
    }
}
