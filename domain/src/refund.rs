//! Giving back what a consumption took: to the periods in which it counted, and to the packs that
//! paid, never more than was taken (SPEC section 5).

use crate::{amount::Quantity, answer::Charge, balances::Path, input::Invalid, state::Movement};
use chrono::{DateTime, Utc};

/// What a consumption took from one meter and has not given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who used it.
    pub path: Path,
    /// When it counts.
    pub counts_at: DateTime<Utc>,
    /// Units of the operation.
    pub units: i64,
    /// What each unit has cost.
    price: i64,
    /// What they cost, and what paid.
    pub charge: Charge,
}

impl Taken {
    /// Sums up all that was recorded of one consumption, meter by meter: each movement with the
    /// units that it used, negative where they were given back. A unit that was given back is gone
    /// with its whole price, also where a gauge had less to give back.
    pub fn all<'a>(history: impl IntoIterator<Item = (&'a Movement, i64)>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (movement, units) in history {
            let known = all.iter().position(|taken| taken.charge.meter == movement.meter);
            let position = known.unwrap_or_else(|| {
                all.push(Self::nothing(movement));
                all.len() - 1
            });
            let taken = &mut all[position];
            taken.units += units;
            if units > 0 {
                taken.price = movement.change.used / units;
            }
            taken.add(movement);
        }
        for taken in &mut all {
            taken.charge.amount = taken.price * taken.units;
            taken.charge.from_allowance = taken.charge.amount - taken.charge.from_packs;
        }
        all
    }

    fn nothing(movement: &Movement) -> Self {
        let charge = Charge {
            meter: movement.meter.clone(),
            amount: 0,
            from_allowance: 0,
            from_packs: 0,
            pack_draws: Vec::new(),
        };
        Self { path: movement.path, counts_at: movement.counts_at, units: 0, price: 0, charge }
    }

    fn add(&mut self, movement: &Movement) {
        self.charge.from_packs += movement.change.from_packs;
        for draw in &movement.pack_draws {
            let known = self.charge.pack_draws.iter_mut().find(|known| known.pack == draw.pack);
            match known {
                Some(known) => known.amount += draw.amount,
                None => self.charge.pack_draws.push(*draw),
            }
        }
        self.charge.pack_draws.retain(|draw| draw.amount != 0);
    }

    /// Refuses to give back more units than were taken.
    pub fn check(&self, quantity: Quantity) -> Result<(), Invalid> {
        if quantity.get() <= self.units {
            return Ok(());
        }
        let units = self.units;
        let message = format!("must be at most {units}: more was not taken, or is back already");
        Err(Invalid::new("quantity", message))
    }

    /// What `quantity` units give back, and how that moves balances. A gauge has no more than
    /// `level` to give back: it can have been set lower since.
    pub fn give_back(&self, quantity: Quantity, level: Option<i64>) -> (Charge, Movement) {
        let kept = self.charge.part(self.units, self.units - quantity.get());
        let mut returned = self.charge.without(&kept);
        if let Some(level) = level {
            returned.amount = returned.amount.min(level);
            returned.from_allowance = returned.amount;
        }
        let movement = Movement {
            path: self.path,
            meter: returned.meter.clone(),
            counts_at: self.counts_at,
            change: -returned.as_used(),
            pack_draws: returned.draws_returned(),
        };
        (returned, movement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{balances::Balance, ids::PackId, packs::PackDraw};
    use uuid::Uuid;

    const PACK: PackId = PackId(Uuid::from_u128(1));

    fn used(used: i64, from_packs: i64) -> Movement {
        let draw = PackDraw { pack: PACK, amount: from_packs };
        Movement {
            path: Path::default(),
            meter: "contacts".parse().unwrap(),
            counts_at: DateTime::UNIX_EPOCH,
            change: Balance { used, from_packs, ..Balance::default() },
            pack_draws: if from_packs > 0 { vec![draw] } else { Vec::new() },
        }
    }

    fn units(number: i64) -> Quantity {
        Quantity::parse("quantity", number).unwrap()
    }

    #[test]
    fn packs_get_theirs_back_first_and_never_more_than_they_paid() {
        let first = used(10, 4);
        let taken = Taken::all([(&first, 5)]).remove(0);
        let (returned, back) = taken.give_back(units(3), None);
        assert_eq!((returned.amount, returned.from_packs), (6, 4));
        assert_eq!(back.pack_draws, [PackDraw { pack: PACK, amount: -4 }]);
        let rest = Taken::all([(&first, 5), (&back, -3)]).remove(0);
        assert_eq!((rest.units, rest.charge.amount, rest.charge.from_packs), (2, 4, 0));
        assert!(rest.check(units(2)).is_ok() && rest.check(units(3)).is_err());
    }

    #[test]
    fn what_a_gauge_could_not_give_back_is_not_given_back_later() {
        let first = used(5, 0);
        let taken = Taken::all([(&first, 5)]).remove(0);
        let (returned, back) = taken.give_back(units(4), Some(1));
        assert_eq!(returned.amount, 1, "it was set to 1 meanwhile");
        let rest = Taken::all([(&first, 5), (&back, -4)]).remove(0);
        assert_eq!(rest.give_back(units(1), Some(9)).0.amount, 1);
    }
}
