//! Amounts, quantities and percentages: whole numbers only (SPEC section 1).

use crate::input::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A non-negative amount in a meter's smallest unit.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64))]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that may be entered. A thousand such amounts still sum without overflow.
    pub const MAX: Self = Self(1_000_000_000_000_000);

    /// Accepts `0..=MAX`; the error names `field`.
    pub fn parse(field: &'static str, value: i64) -> Result<Self, Invalid> {
        if (0..=Self::MAX.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Invalid::new(field, format!("must be between 0 and {}", Self::MAX)))
        }
    }

    /// The number itself, in the meter's smallest unit.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Amount {
    type Error = Invalid;
    fn try_from(value: i64) -> Result<Self, Invalid> {
        Self::parse("amount", value)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> i64 {
        amount.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many units of an operation a request asks for: at least one.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Quantity(i64);

impl Quantity {
    /// Accepts `1..=Amount::MAX`.
    pub fn parse(field: &'static str, value: i64) -> Result<Self, Invalid> {
        if (1..=Amount::MAX.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Invalid::new(field, format!("must be between 1 and {}", Amount::MAX)))
        }
    }

    /// The number of units.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = Invalid;
    fn try_from(value: i64) -> Result<Self, Invalid> {
        Self::parse("quantity", value)
    }
}

impl From<Quantity> for i64 {
    fn from(quantity: Quantity) -> i64 {
        quantity.0
    }
}

/// A share in hundredths of a percent: 20% is 2,000.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct BasisPoints(i64);

impl BasisPoints {
    /// 100%.
    pub const WHOLE: i64 = 10_000;

    /// Accepts 0% to 100%.
    pub fn parse(field: &'static str, value: i64) -> Result<Self, Invalid> {
        if (0..=Self::WHOLE).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Invalid::new(field, "must be between 0 and 10000 (0% to 100%)"))
        }
    }

    /// Hundredths of a percent.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for BasisPoints {
    type Error = Invalid;
    fn try_from(value: i64) -> Result<Self, Invalid> {
        Self::parse("basis_points", value)
    }
}

impl From<BasisPoints> for i64 {
    fn from(points: BasisPoints) -> i64 {
        points.0
    }
}

/// Shown the way people write it: `20%`, `33.34%`.
impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}%"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{}%", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_outside_their_range_are_refused() {
        assert!(Amount::parse("limit", -1).is_err());
        assert!(Amount::parse("limit", i64::MAX).is_err());
        assert_eq!(Amount::parse("limit", 0).unwrap(), Amount::ZERO);
        assert!(Quantity::parse("quantity", 0).is_err());
        assert!(BasisPoints::parse("basis_points", 10_001).is_err());
    }

    #[test]
    fn percentages_are_shown_as_people_write_them() {
        let shown = |points| BasisPoints::parse("p", points).unwrap().to_string();
        assert_eq!(shown(2_000), "20%");
        assert_eq!(shown(3_334), "33.34%");
        assert_eq!(shown(1_250), "12.5%");
        assert_eq!(shown(5), "0.05%");
    }
}
