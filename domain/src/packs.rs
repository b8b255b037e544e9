//! Credit packs: what pays when the allowance is gone (SPEC section 3.4).

use crate::ids::PackId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A pack and what is left in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Which pack.
    pub id: PackId,
    /// Credits left.
    pub remaining: i64,
    /// When it was bought.
    pub granted_at: DateTime<Utc>,
    /// When what is left is lost; most packs have no end.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Pack {
    /// Credits that can still be used at `now`.
    pub fn available(&self, now: DateTime<Utc>) -> i64 {
        let in_force = self.granted_at <= now && self.ends_at.is_none_or(|end| now < end);
        if in_force { self.remaining } else { 0 }
    }
}

/// What one pack pays of a consumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackDraw {
    /// Which pack pays.
    pub pack: PackId,
    /// How many credits.
    pub amount: i64,
}

/// Credits in all packs at `now`.
pub fn available(packs: &[Pack], now: DateTime<Utc>) -> i64 {
    packs.iter().map(|pack| pack.available(now)).sum()
}

/// Which packs pay `amount`: earliest end first, those without an end last, then oldest first.
/// The caller has checked that they hold enough.
pub fn draws(packs: &[Pack], amount: i64, now: DateTime<Utc>) -> Vec<PackDraw> {
    let mut in_order: Vec<&Pack> = packs.iter().filter(|pack| pack.available(now) > 0).collect();
    in_order.sort_by_key(|pack| (pack.ends_at.is_none(), pack.ends_at, pack.granted_at, pack.id));
    let mut open = amount;
    let mut draws = Vec::new();
    for pack in in_order {
        let taken = pack.remaining.min(open);
        if taken > 0 {
            draws.push(PackDraw { pack: pack.id, amount: taken });
            open -= taken;
        }
    }
    draws
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn pack(id: u128, remaining: i64, granted: i64, ends: Option<i64>) -> Pack {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        Pack {
            id: PackId(Uuid::from_u128(id)),
            remaining,
            granted_at: at(granted),
            ends_at: ends.map(at),
        }
    }

    #[test]
    fn the_pack_that_ends_first_pays_first_then_the_oldest() {
        let packs = [
            pack(1, 10, 0, None),
            pack(2, 10, 1, Some(1_000)),
            pack(3, 10, 2, Some(900)),
            pack(4, 10, 3, Some(50)),
        ];
        let now = DateTime::from_timestamp(100, 0).unwrap();
        assert_eq!(available(&packs, now), 30, "the fourth has ended");
        let order: Vec<_> =
            draws(&packs, 25, now).iter().map(|d| (d.pack.0.as_u128(), d.amount)).collect();
        assert_eq!(order, [(3, 10), (2, 10), (1, 5)]);
    }
}
