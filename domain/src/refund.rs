//! Giving back what a consumption took: to the periods in which it counted, and to the packs that
//! paid, never more than was taken (SPEC section 5).

use crate::{
    amount::Quantity,
    answer::Charge,
    balances::{Balance, Path},
    input::Invalid,
    packs::PackDraw,
    state::Movement,
};
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
    /// What they cost, and what paid.
    pub charge: Charge,
}

impl Taken {
    /// Sums up all that was recorded of one consumption, meter by meter: each movement with the
    /// units that it used, negative where they were given back.
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
            taken.add(movement.change, &movement.pack_draws);
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
        Self { path: movement.path, counts_at: movement.counts_at, units: 0, charge }
    }

    fn add(&mut self, change: Balance, draws: &[PackDraw]) {
        self.charge.amount += change.used;
        self.charge.from_allowance += change.from_allowance();
        self.charge.from_packs += change.from_packs;
        for draw in draws {
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
