//! What can be metered and what it costs: meters, operations, plans. All of it is data; this file
//! only gives it types (SPEC section 1).

use crate::{
    amount::{Amount, Quantity},
    input::Code,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How a meter counts (SPEC section 1).
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeterKind {
    /// Starts anew each period.
    Counter,
    /// Cumulative, and can go down.
    Gauge,
}

/// The meters and the rate card of an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// How each meter counts.
    pub meters: HashMap<Code, MeterKind>,
    /// What one unit of each operation costs; none for a free one.
    pub prices: HashMap<Code, Vec<Price>>,
}

impl Catalogue {
    /// Whether a meter is a gauge.
    pub fn is_gauge(&self, meter: &Code) -> bool {
        self.meters.get(meter) == Some(&MeterKind::Gauge)
    }

    /// All gauges.
    pub fn gauges(&self) -> impl Iterator<Item = &Code> {
        self.meters.keys().filter(|meter| self.is_gauge(meter))
    }
}

/// What happens when a plan's limit on a meter is reached (SPEC section 3.3).
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapKind {
    /// Denied past 100%.
    Hard,
    /// Denied past 110%, rounded down.
    Soft,
}

/// A plan's limit on one meter per billing month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLimit {
    /// The limit as the plan states it.
    pub limit: Amount,
    /// Whether usage stops there or somewhat later.
    pub cap: CapKind,
}

impl PlanLimit {
    /// The amount past which requests are denied.
    pub fn ceiling(self) -> i64 {
        let limit = self.limit.get();
        match self.cap {
            CapKind::Hard => limit,
            // `Amount::MAX` times 11 fits an i64 many times over.
            CapKind::Soft => limit * 11 / 10,
        }
    }
}

/// What one unit of an operation takes from one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The meter that is charged.
    pub meter: Code,
    /// Per unit, in the meter's smallest unit.
    pub amount: Amount,
}

impl Price {
    /// What `quantity` units cost; `None` is more than can be counted.
    pub fn of(&self, quantity: Quantity) -> Option<i64> {
        // Balances of many such amounts still have to be countable.
        quantity.get().checked_mul(self.amount.get()).filter(|cost| *cost <= i64::MAX / 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_caps_allow_a_tenth_more_rounded_down() {
        let plan = |cap| PlanLimit { limit: Amount::parse("limit", 15).unwrap(), cap };
        assert_eq!(plan(CapKind::Hard).ceiling(), 15);
        assert_eq!(plan(CapKind::Soft).ceiling(), 16);
    }
}
