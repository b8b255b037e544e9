//! Credit packs: what pays when the allowance is gone (SPEC section 3.4).

use crate::{
    ids::{ConsumptionId, MemberId, PackId},
    input::Code,
    ledger::EntryKind,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

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

/// The packs that can pay at `now`, in the order in which they do: earliest end first, those without
/// an end last, then oldest first.
fn in_order(packs: &[Pack], now: DateTime<Utc>) -> Vec<&Pack> {
    let mut in_order: Vec<&Pack> = packs.iter().filter(|pack| pack.available(now) > 0).collect();
    in_order.sort_by_key(|pack| (pack.ends_at.is_none(), pack.ends_at, pack.granted_at, pack.id));
    in_order
}

/// Which packs pay `amount`. The caller has checked that they hold enough.
pub fn draws(packs: &[Pack], amount: i64, now: DateTime<Utc>) -> Vec<PackDraw> {
    let mut open = amount;
    let mut draws = Vec::new();
    for pack in in_order(packs, now) {
        let taken = pack.remaining.min(open);
        if taken > 0 {
            draws.push(PackDraw { pack: pack.id, amount: taken });
            open -= taken;
        }
    }
    draws
}

/// A pack as people know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The pack and what is left in it.
    pub pack: Pack,
    /// Credits that were bought.
    pub credits: i64,
    /// Of what was taken, the part that open reservations hold.
    pub held: i64,
    /// Of what was taken, the part in months that are not in the ledger any more.
    pub carried: i64,
    /// Who bought it, if anybody said.
    pub bought_by: Option<String>,
}

/// Whether a pack can pay.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackState {
    /// It has credits left.
    Open,
    /// All its credits are used or held; what is given back fills it again.
    UsedUp,
    /// Its last day is over, and what was left is lost.
    Ended,
}

/// A pack and where it stands.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackReport {
    /// Which.
    pub id: PackId,
    /// Credits that were bought.
    pub credits: i64,
    /// Credits that are neither used nor held.
    pub left: i64,
    /// Credits that open reservations hold.
    pub held: i64,
    /// Credits that were taken in months that are not in the ledger any more.
    pub carried: i64,
    /// Whether it can pay.
    pub state: PackState,
    /// Its turn among those that can: 1 is the next to pay.
    pub turn: Option<usize>,
    /// Who bought it.
    pub bought_by: Option<String>,
    /// When.
    pub bought_at: DateTime<Utc>,
    /// When what is left is lost; `None`: never.
    pub ends_at: Option<DateTime<Utc>>,
}

/// What happened to the credits of one pack: the part of a ledger entry that is about it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackEntry {
    /// The number of the ledger entry.
    pub seq: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What it records.
    pub kind: EntryKind,
    /// Who used; `None` is the organization itself.
    pub member_id: Option<MemberId>,
    /// Their name.
    pub member_name: Option<String>,
    /// What was done.
    pub operation: Option<Code>,
    /// Its name, while it is on the rate card.
    pub operation_name: Option<String>,
    /// How many units of it; negative where they were given back.
    pub quantity: i64,
    /// Credits taken out of the pack; negative where they were put back.
    pub credits: i64,
    /// The consumption that it belongs to.
    pub consumption_id: ConsumptionId,
}

/// Where packs stand at `now`: first those that can pay, in their order, then those that are used up,
/// then those that have ended, newest first.
pub fn reports(purchases: &[Purchase], now: DateTime<Utc>) -> Vec<PackReport> {
    let packs: Vec<Pack> = purchases.iter().map(|purchase| purchase.pack).collect();
    let in_order = in_order(&packs, now);
    let report = |purchase: &Purchase| {
        let turn = in_order.iter().position(|pack| pack.id == purchase.pack.id);
        purchase.report(turn.map(|before| before + 1), now)
    };
    let mut reports: Vec<PackReport> = purchases.iter().map(report).collect();
    reports.sort_by_key(|pack| (pack.state, pack.turn, Reverse(pack.bought_at), pack.id));
    reports
}

impl Purchase {
    fn report(&self, turn: Option<usize>, now: DateTime<Utc>) -> PackReport {
        let pack = &self.pack;
        let state = match pack.ends_at {
            Some(end) if end <= now => PackState::Ended,
            _ if pack.remaining == 0 => PackState::UsedUp,
            _ => PackState::Open,
        };
        PackReport {
            id: pack.id,
            credits: self.credits,
            left: pack.remaining,
            held: self.held,
            carried: self.carried,
            state,
            turn,
            bought_by: self.bought_by.clone(),
            bought_at: pack.granted_at,
            ends_at: pack.ends_at,
        }
    }
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

    #[test]
    fn packs_are_listed_in_the_order_in_which_they_pay() {
        let packs = [
            pack(1, 0, 0, None),
            pack(2, 10, 1, None),
            pack(3, 10, 2, Some(900)),
            pack(4, 10, 3, Some(50)),
            pack(5, 0, 4, None),
        ];
        let bought = |pack| Purchase { pack, credits: 10, held: 0, carried: 0, bought_by: None };
        let now = DateTime::from_timestamp(100, 0).unwrap();
        let listed = reports(&packs.map(bought), now);
        let listed: Vec<_> =
            listed.iter().map(|pack| (pack.id.0.as_u128(), pack.state, pack.turn)).collect();
        assert_eq!(
            listed,
            [
                (3, PackState::Open, Some(1)),
                (2, PackState::Open, Some(2)),
                (5, PackState::UsedUp, None),
                (1, PackState::UsedUp, None),
                (4, PackState::Ended, None),
            ]
        );
    }
}
