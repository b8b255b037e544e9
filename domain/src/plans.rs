//! What operators may make of a plan, a rate card and a meter, and what another plan changes for an
//! organization.

use crate::{
    amount::Amount,
    catalogue::{CapKind, MeterKind, PlanLimit},
    input::{Code, Invalid, Name},
    state::Plan,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// The most seats that a plan may have.
const MOST_SEATS: i64 = 1_000_000;
/// The most decimal places of a meter's unit.
const LARGEST_SCALE: i64 = 9;

/// Seats of a plan; `None` is unlimited.
pub type Seats = Option<i64>;

/// A change of a plan's terms: what is left out stays. A new plan needs all but the limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanEdit {
    /// Its name.
    pub name: Option<Name>,
    /// Credits that it grants each billing month.
    pub monthly_credits: Option<Amount>,
    /// Its seats.
    pub seats: Option<Seats>,
    /// Whether it includes the Usage Quota feature.
    pub usage_quota_feature: Option<bool>,
    /// Its limits on meters.
    pub limits: BTreeMap<Code, PlanMeterLimit>,
}

/// What a plan says about a meter. A meter without a limit is never denied, and still counts; its
/// cap kind waits for one.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanMeterLimit {
    /// The limit per billing month; `None` is unlimited.
    pub limit: Option<Amount>,
    /// What happens when it is reached.
    pub cap: CapKind,
}

/// Checks a number of seats; `None` is unlimited.
pub fn parse_seats(seats: Option<i64>) -> Result<Seats, Invalid> {
    match seats {
        Some(number) if !(1..=MOST_SEATS).contains(&number) => {
            Err(Invalid::new("seats", format!("must be between 1 and {MOST_SEATS}, or unlimited")))
        }
        _ => Ok(seats),
    }
}

/// Reads a whole number as people type it, such as `10,000`; `unlimited` and nothing are none.
pub fn parse_or_unlimited(field: &str, text: &str) -> Result<Option<i64>, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("unlimited") {
        return Ok(None);
    }
    parse_whole(field, text).map(Some)
}

/// Reads a whole number as people type it, such as `10,000`.
pub fn parse_whole(field: &str, text: &str) -> Result<i64, Invalid> {
    let digits = text.trim().replace(',', "");
    digits.parse().map_err(|_| Invalid::new(field, "must be a whole number such as 10,000"))
}

/// Refuses a limit of a plan on a meter that something else limits.
pub fn check_limited(meter: &Code) -> Result<(), Invalid> {
    match meter.as_str() {
        "credits" => Err(Invalid::new("meter", "is limited by the plan's monthly credits")),
        "users" => Err(Invalid::new("meter", "is limited by the plan's seats")),
        _ => Ok(()),
    }
}

impl FromStr for CapKind {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        match code {
            "hard" => Ok(Self::Hard),
            "soft" => Ok(Self::Soft),
            _ => Err(Invalid::new("cap", "must be hard or soft")),
        }
    }
}

impl CapKind {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
        }
    }
}

impl FromStr for MeterKind {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        match code {
            "counter" => Ok(Self::Counter),
            "gauge" => Ok(Self::Gauge),
            _ => Err(Invalid::new("kind", "must be counter or gauge")),
        }
    }
}

impl MeterKind {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
        }
    }
}

impl fmt::Display for MeterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A meter as it is to be. How an existing one counts can't change: amounts of it would mean
/// something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterInput {
    /// Its name.
    pub name: Name,
    /// What one of it is called.
    pub unit: Name,
    /// Decimal places of its unit.
    pub scale: i16,
    /// How it counts.
    pub kind: MeterKind,
}

impl MeterInput {
    /// Checks a meter.
    pub fn parse(name: &str, unit: &str, scale: i64, kind: &str) -> Result<Self, Invalid> {
        let in_range = (0..=LARGEST_SCALE).contains(&scale);
        let scale = i16::try_from(scale).ok().filter(|_| in_range).ok_or_else(|| {
            Invalid::new("scale", format!("must be between 0 and {LARGEST_SCALE}"))
        })?;
        let unit = unit.parse().map_err(|invalid: Invalid| invalid.at("unit"))?;
        Ok(Self { name: name.parse()?, unit, scale, kind: kind.parse()? })
    }
}

/// A change of an operation and its prices: what is left out stays. A new one needs its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationEdit {
    /// Its name.
    pub name: Option<Name>,
    /// What one unit takes from each meter; `None` and 0 take nothing.
    pub prices: BTreeMap<Code, Option<Amount>>,
}

/// A limit of the plan that another plan, or other terms, would lower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoweredLimit {
    /// On which meter.
    pub meter: Code,
    /// As it is; `None` is unlimited.
    pub from: Option<Amount>,
    /// As it would be.
    pub to: Amount,
}

/// The limits that are lower in `to` than in `from`, by meter.
pub fn lowered_limits(from: &Plan, to: &Plan) -> Vec<LoweredLimit> {
    let lower = |(meter, limit): (&Code, &PlanLimit)| {
        let before = from.limits.get(meter).copied();
        // By what is denied, so that a hard limit in the place of a soft one counts as lower.
        let is_lower = before.is_none_or(|before| limit.ceiling() < before.ceiling());
        is_lower.then(|| LoweredLimit {
            meter: meter.clone(),
            from: before.map(|before| before.limit),
            to: limit.limit,
        })
    };
    let mut lowered: Vec<LoweredLimit> = to.limits.iter().filter_map(lower).collect();
    lowered.sort_by(|a, b| a.meter.cmp(&b.meter));
    lowered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(limits: &[(&str, i64, CapKind)]) -> Plan {
        let limits = limits.iter().map(|&(meter, limit, cap)| {
            let limit = Amount::parse("limit", limit).unwrap();
            (meter.parse().unwrap(), PlanLimit { limit, cap })
        });
        Plan {
            code: "plan".parse().unwrap(),
            allowance: Amount::ZERO,
            limits: limits.collect(),
            usage_quota_feature: true,
        }
    }

    #[test]
    fn lower_is_what_denies_earlier() {
        use CapKind::{Hard, Soft};
        let from = plan(&[("a", 100, Hard), ("b", 100, Soft), ("c", 100, Hard)]);
        let to = plan(&[("a", 100, Soft), ("b", 105, Hard), ("c", 99, Hard), ("d", 5, Hard)]);
        let lowered: Vec<String> =
            lowered_limits(&from, &to).iter().map(|lowered| lowered.meter.to_string()).collect();
        assert_eq!(lowered, ["b", "c", "d"], "b was allowed to 110");
        assert!(lowered_limits(&to, &plan(&[])).is_empty(), "no limit is never lower");
    }

    #[test]
    fn unlimited_is_a_word_and_never_a_number() {
        assert_eq!(parse_or_unlimited("seats", " Unlimited "), Ok(None));
        assert_eq!(parse_or_unlimited("seats", ""), Ok(None));
        assert_eq!(parse_or_unlimited("seats", "10,000"), Ok(Some(10_000)));
        assert!(parse_or_unlimited("seats", "many").is_err());
        assert!(parse_seats(Some(0)).is_err(), "no seat is no plan");
        assert_eq!(parse_seats(None), Ok(None));
    }

    #[test]
    fn meters_have_up_to_nine_decimal_places() {
        let meter = |scale| MeterInput::parse("Faxes", "pages", scale, "counter");
        assert!(meter(9).is_ok());
        assert_eq!(meter(10).unwrap_err().field, "scale");
        assert_eq!(MeterInput::parse("Faxes", "", 0, "counter").unwrap_err().field, "unit");
        assert_eq!(MeterInput::parse("Faxes", "pages", 0, "clock").unwrap_err().field, "kind");
    }
}
