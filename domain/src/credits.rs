//! Enterprise and member credit limits (SPEC section 4).

use crate::{
    amount::{Amount, BasisPoints},
    input::Invalid,
    period::{Cycle, CycleInput},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How an organization allocates its credits.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditSettings {
    /// How often usage starts anew.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::period::CycleInput))]
    pub cycle: Cycle,
    /// The enterprise limit per cycle; `None` is "no limit", which is not a limit of 0.
    pub limit: Option<Amount>,
    /// Whether what a custom limit has not used yet is kept from members without one.
    pub set_aside: bool,
    /// Whether what packs pay for is left out of the enterprise limit.
    pub packs_extend: bool,
}

impl Default for CreditSettings {
    /// What every organization starts with: the billing allowance alone limits it.
    fn default() -> Self {
        Self { cycle: Cycle::Monthly, limit: None, set_aside: true, packs_extend: true }
    }
}

impl CreditSettings {
    /// The most that the enterprise limit may be: it allocates within the plan, so it can't
    /// exceed the allowances of the months that a cycle covers, plus the packs where these count
    /// against it.
    pub fn pool(&self, allowance: Amount, packs: i64) -> i64 {
        let months = match self.cycle {
            Cycle::Monthly | Cycle::Weekly => 1,
            Cycle::Custom(custom) => custom.months_touched(),
        };
        let packs = if self.packs_extend { 0 } else { packs };
        allowance.get().saturating_mul(months).saturating_add(packs)
    }

    /// Refuses an enterprise limit above the plan's [`pool`](Self::pool).
    pub fn check_pool(&self, allowance: Amount, packs: i64) -> Result<(), Invalid> {
        let pool = self.pool(allowance, packs);
        match self.limit {
            Some(limit) if limit.get() > pool => Err(Invalid::new(
                "limit",
                format!("must be at most {pool}: that is what the plan provides in this cycle"),
            )),
            _ => Ok(()),
        }
    }
}

impl CreditSettings {
    /// Credits that can still be used: by the `limit` where one is in force, less what is `set_aside`
    /// from it for others, by what is left of the allowance, and by the packs.
    pub fn pool_left(
        &self,
        limit: Option<Amount>,
        taken: Taken,
        set_aside: i64,
        allowance_left: i64,
        packs: i64,
    ) -> i64 {
        let Some(limit) = limit else {
            // The allowance is the pool then.
            return (allowance_left - set_aside).max(0) + packs;
        };
        let room = |taken: i64| (limit.get() - taken - set_aside).max(0);
        let by_limit =
            if self.packs_extend { room(taken.from_allowance) + packs } else { room(taken.all) };
        by_limit.min(allowance_left + packs)
    }
}

/// What was used and is held in a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Whoever paid.
    pub all: i64,
    /// What the allowance paid or is to pay.
    pub from_allowance: i64,
}

/// Credit settings as they are written in JSON and in forms, before they are checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditSettingsInput {
    /// See [`CreditSettings::cycle`].
    pub cycle: CycleInput,
    /// See [`CreditSettings::limit`]; `null` is no limit, and leaving it out is an error.
    #[serde(deserialize_with = "Option::deserialize")]
    pub limit: Option<i64>,
    /// See [`CreditSettings::set_aside`].
    pub set_aside: bool,
    /// See [`CreditSettings::packs_extend`].
    pub packs_extend: bool,
}

impl TryFrom<CreditSettingsInput> for CreditSettings {
    type Error = Invalid;

    fn try_from(input: CreditSettingsInput) -> Result<Self, Invalid> {
        let cycle = Cycle::try_from(input.cycle);
        Ok(Self {
            cycle: cycle.map_err(|invalid| {
                let field = format!("cycle.{}", invalid.field);
                invalid.at(field)
            })?,
            limit: input.limit.map(|limit| Amount::parse("limit", limit)).transpose()?,
            set_aside: input.set_aside,
            packs_extend: input.packs_extend,
        })
    }
}

/// A member's custom credit limit as it was entered. A member without one shares the pool.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CreditCap {
    /// A number of credits per cycle.
    Credits {
        /// The limit itself.
        amount: Amount,
    },
    /// A share of the enterprise limit, or of the allowance where there is none.
    Percent {
        /// The share.
        basis_points: BasisPoints,
    },
}

impl CreditCap {
    /// The share, where it is one.
    pub fn percentage(self) -> Option<BasisPoints> {
        match self {
            Self::Credits { .. } => None,
            Self::Percent { basis_points } => Some(basis_points),
        }
    }
}

/// Written the way that it is typed: `500` or `20%`.
impl fmt::Display for CreditCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credits { amount } => amount.fmt(f),
            Self::Percent { basis_points } => basis_points.fmt(f),
        }
    }
}

/// Read the way that people type it: `500`, `20%`, `12.5 %`.
impl FromStr for CreditCap {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let unreadable =
            || Invalid::new("limit", "must be credits such as 500 or a share such as 20%");
        let number = |digits: &str| digits.parse::<i64>().map_err(|_| unreadable());
        let text = text.trim();
        let Some(percent) = text.strip_suffix('%') else {
            let amount = Amount::parse("limit", number(&text.replace(',', ""))?)?;
            return Ok(Self::Credits { amount });
        };
        let (whole, part) = percent.trim().split_once('.').unwrap_or((percent.trim(), ""));
        if part.len() > 2 || part.starts_with(['+', '-']) {
            return Err(Invalid::new("limit", "must have at most two decimal places"));
        }
        let hundredths = number(whole)?.checked_mul(100).ok_or_else(unreadable)?;
        let points = hundredths + number(&format!("{part:0<2}"))?;
        Ok(Self::Percent { basis_points: BasisPoints::parse("limit", points)? })
    }
}

/// A member's credit limit as it is written in JSON, before it is checked.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditLimitInput {
    /// `none`, `credits` or `percent`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(none|credits|percent)$"))]
    pub kind: String,
    /// The credits, for `credits`.
    #[serde(default)]
    pub amount: Option<i64>,
    /// The share, for `percent`: 2,000 is 20%.
    #[serde(default)]
    pub basis_points: Option<i64>,
}

impl CreditLimitInput {
    /// Checks it; `None` is "no limit of their own".
    pub fn parse(&self) -> Result<Option<CreditCap>, Invalid> {
        let missing = |field, kind| Invalid::new(field, format!("is required for {kind}"));
        let unused = |field, kind| Err(Invalid::new(field, format!("is not used for {kind}")));
        match (self.kind.as_str(), self.amount, self.basis_points) {
            ("none" | "percent", Some(_), _) => unused("amount", &self.kind),
            ("none" | "credits", _, Some(_)) => unused("basis_points", &self.kind),
            ("none", None, None) => Ok(None),
            ("credits", amount, None) => {
                let amount = amount.ok_or_else(|| missing("amount", "credits"))?;
                Ok(Some(CreditCap::Credits { amount: Amount::parse("amount", amount)? }))
            }
            ("percent", None, points) => {
                let points = points.ok_or_else(|| missing("basis_points", "percent"))?;
                let basis_points = BasisPoints::parse("basis_points", points)?;
                Ok(Some(CreditCap::Percent { basis_points }))
            }
            _ => Err(Invalid::new("kind", "must be none, credits or percent")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(json: &str) -> Result<Option<CreditCap>, Invalid> {
        serde_json::from_str::<CreditLimitInput>(json).unwrap().parse()
    }

    #[test]
    fn a_limit_is_none_credits_or_a_percentage() {
        assert_eq!(limit(r#"{"kind": "none"}"#).unwrap(), None);
        let credits = limit(r#"{"kind": "credits", "amount": 500}"#).unwrap().unwrap();
        assert_eq!(credits.to_string(), "500");
        let percent = limit(r#"{"kind": "percent", "basis_points": 2000}"#).unwrap().unwrap();
        assert_eq!(percent.to_string(), "20%");
    }

    #[test]
    fn a_limit_can_be_typed_as_credits_or_as_a_share() {
        for (typed, shown) in
            [("500", "500"), (" 1,500 ", "1500"), ("20%", "20%"), ("12.5 %", "12.5%"), ("0", "0")]
        {
            assert_eq!(typed.parse::<CreditCap>().unwrap().to_string(), shown, "{typed:?}");
        }
        for typed in
            ["", "-1", "20%%", "101%", "1.5", "1.234%", "1.-5%", "ten", "99999999999999999999"]
        {
            assert!(typed.parse::<CreditCap>().is_err(), "{typed:?}");
        }
    }

    #[test]
    fn a_limit_that_makes_no_sense_is_refused_with_the_field() {
        for (json, field) in [
            (r#"{"kind": "lots"}"#, "kind"),
            (r#"{"kind": "credits"}"#, "amount"),
            (r#"{"kind": "credits", "amount": -1}"#, "amount"),
            (r#"{"kind": "credits", "amount": 5, "basis_points": 5}"#, "basis_points"),
            (r#"{"kind": "percent"}"#, "basis_points"),
            (r#"{"kind": "percent", "basis_points": 10001}"#, "basis_points"),
            (r#"{"kind": "none", "amount": 5}"#, "amount"),
        ] {
            assert_eq!(limit(json).unwrap_err().field, field, "{json}");
        }
    }

    #[test]
    fn settings_name_the_field_that_is_wrong() {
        let parse = |json: &str| -> Result<CreditSettings, Invalid> {
            serde_json::from_str::<CreditSettingsInput>(json).unwrap().try_into()
        };
        let negative = r#"{"cycle": {"kind": "weekly"}, "limit": -1, "set_aside": true, "packs_extend": true}"#;
        assert_eq!(parse(negative).unwrap_err().field, "limit");
        let endless =
            r#"{"cycle": {"kind": "custom"}, "limit": 1, "set_aside": true, "packs_extend": true}"#;
        assert_eq!(parse(endless).unwrap_err().field, "cycle.first_day");
        let silent = r#"{"cycle": {"kind": "weekly"}, "set_aside": true, "packs_extend": true}"#;
        assert!(serde_json::from_str::<CreditSettingsInput>(silent).is_err(), "no silent no-limit");
    }

    #[test]
    fn the_enterprise_limit_allocates_within_the_plan() {
        let amount = |n| Amount::parse("limit", n).unwrap();
        let settings = |limit, packs_extend| CreditSettings {
            limit: Some(amount(limit)),
            packs_extend,
            ..CreditSettings::default()
        };
        assert!(settings(5_000, true).check_pool(amount(5_000), 0).is_ok());
        assert!(settings(5_001, true).check_pool(amount(5_000), 900).is_err());
        assert!(settings(5_900, false).check_pool(amount(5_000), 900).is_ok());
        assert!(settings(5_901, false).check_pool(amount(5_000), 900).is_err());
    }
}
