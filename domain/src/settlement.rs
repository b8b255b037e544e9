//! Taking a part of what was held, and giving back a part of what was taken (SPEC section 5).

use crate::{
    answer::{Charge, Purpose},
    balances::Balance,
    input::Invalid,
    packs::PackDraw,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// How long a reservation holds without being renewed, in seconds: 1 to 3,600 (SPEC section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TimeToLive(i64);

impl TimeToLive {
    const LONGEST: i64 = 60 * 60;
    const DEFAULT: i64 = 15 * 60;

    /// Accepts seconds; without any, 15 minutes.
    pub fn parse(seconds: Option<i64>) -> Result<Self, Invalid> {
        let seconds = seconds.unwrap_or(Self::DEFAULT);
        if (1..=Self::LONGEST).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            let message = format!("must be between 1 and {}", Self::LONGEST);
            Err(Invalid::new("ttl_seconds", message))
        }
    }

    /// The seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The moment at which a reservation made or renewed at `now` expires.
    pub fn after(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::seconds(self.0)
    }
}

impl Charge {
    /// What `units` of the `of` units cost that this charge is for. The allowance pays first, then
    /// the packs in the order in which they were drawn: so what is given back, the rest, comes
    /// from what paid last.
    #[must_use]
    pub fn part(&self, of: i64, units: i64) -> Self {
        // A price is a whole number, so the amount divides by the units.
        let amount = if of == 0 { 0 } else { self.amount / of * units };
        let from_allowance = amount.min(self.from_allowance);
        let from_packs = amount - from_allowance;
        let mut open = from_packs;
        let mut pack_draws = Vec::new();
        for draw in &self.pack_draws {
            let taken = draw.amount.min(open);
            open -= taken;
            if taken > 0 {
                pack_draws.push(PackDraw { pack: draw.pack, amount: taken });
            }
        }
        Self { meter: self.meter.clone(), amount, from_allowance, from_packs, pack_draws }
    }

    /// What is left of this charge without `part` of it.
    #[must_use]
    pub fn without(&self, part: &Self) -> Self {
        let of_part = |draw: &PackDraw| {
            let same = part.pack_draws.iter().find(|other| other.pack == draw.pack);
            same.map_or(0, |same| same.amount)
        };
        let rest = |draw: &PackDraw| PackDraw { amount: draw.amount - of_part(draw), ..*draw };
        Self {
            meter: self.meter.clone(),
            amount: self.amount - part.amount,
            from_allowance: self.from_allowance - part.from_allowance,
            from_packs: self.from_packs - part.from_packs,
            pack_draws: self.pack_draws.iter().map(rest).filter(|draw| draw.amount > 0).collect(),
        }
    }

    /// This charge as something used, or held.
    pub fn as_change(&self, purpose: Purpose) -> Balance {
        match purpose {
            Purpose::Use => self.as_used(),
            Purpose::Hold => self.as_held(),
        }
    }

    /// Resolves this charge, held for `of` units: what `units` of them use, how that moves the
    /// balance, and what goes back to packs.
    pub fn settle(&self, of: i64, units: i64) -> (Self, Balance, Vec<PackDraw>) {
        let used = self.part(of, units);
        let mut change = used.as_used();
        change += -self.as_held();
        let returned = self.without(&used).draws_returned();
        (used, change, returned)
    }

    /// This charge as something used.
    pub fn as_used(&self) -> Balance {
        Balance { used: self.amount, from_packs: self.from_packs, ..Balance::default() }
    }

    /// This charge as something held.
    pub fn as_held(&self) -> Balance {
        Balance {
            reserved: self.amount,
            reserved_from_packs: self.from_packs,
            ..Balance::default()
        }
    }

    /// The draws of this charge, given back.
    pub fn draws_returned(&self) -> Vec<PackDraw> {
        self.pack_draws.iter().map(|draw| PackDraw { amount: -draw.amount, ..*draw }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::PackId, input::Code};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn draw(pack: u128, amount: i64) -> PackDraw {
        PackDraw { pack: PackId(Uuid::from_u128(pack)), amount }
    }

    fn charge(from_allowance: i64, draws: &[PackDraw]) -> Charge {
        let from_packs = draws.iter().map(|draw| draw.amount).sum();
        Charge {
            meter: Code::credits(),
            amount: from_allowance + from_packs,
            from_allowance,
            from_packs,
            pack_draws: draws.to_vec(),
        }
    }

    #[test]
    fn a_part_is_paid_by_the_allowance_first() {
        let whole = charge(50, &[draw(1, 30), draw(2, 20)]);
        let part = whole.part(100, 60);
        assert_eq!(part, charge(50, &[draw(1, 10)]));
        assert_eq!(whole.without(&part), charge(0, &[draw(1, 20), draw(2, 20)]));
    }

    proptest! {
        #[test]
        fn part_and_rest_make_up_the_whole(
            units in 1i64..50, price in 1i64..9, allowance in 0i64..500, share in 0i64..=100,
        ) {
            let amount = units * price;
            let allowance = allowance.min(amount);
            let first = (amount - allowance) / 3;
            let draws: Vec<_> = [draw(1, first), draw(2, amount - allowance - first)]
                .into_iter()
                .filter(|draw| draw.amount > 0)
                .collect();
            let whole = charge(allowance, &draws);
            let part = whole.part(units, units * share / 100);
            let rest = whole.without(&part);
            prop_assert_eq!(part.amount, price * (units * share / 100));
            for charge in [&part, &rest] {
                prop_assert_eq!(charge.amount, charge.from_allowance + charge.from_packs);
                let drawn: i64 = charge.pack_draws.iter().map(|draw| draw.amount).sum();
                prop_assert_eq!(charge.from_packs, drawn);
            }
            prop_assert_eq!(part.amount + rest.amount, amount);
            prop_assert_eq!(part.from_packs + rest.from_packs, whole.from_packs);
        }
    }
}
