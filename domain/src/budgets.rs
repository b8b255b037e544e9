//! Personal budgets: monthly ceilings of a member on AI tokens and enrichments (SPEC section 7). A
//! budget is a quota of the member on that meter; without one they share the organization's pool.

use crate::{amount::Amount, ids::QuotaId, input::Invalid};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A meter on which a member can have a personal budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetMeter {
    /// What is generated with AI.
    AiTokens,
    /// What is looked up about contacts.
    Enrichments,
}

impl BudgetMeter {
    /// Both, in the order in which pages show them.
    pub const ALL: [Self; 2] = [Self::AiTokens, Self::Enrichments];

    /// The code of the meter, which is also the name of its field in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AiTokens => "ai_tokens",
            Self::Enrichments => "enrichments",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AiTokens => "AI tokens",
            Self::Enrichments => "Enrichments",
        }
    }

    /// What somebody typed for it: whole units a month, and nothing for none.
    pub fn parse(self, text: &str) -> Result<Option<Amount>, Invalid> {
        let text = text.trim().replace(',', "");
        if text.is_empty() {
            return Ok(None);
        }
        let unreadable = || Invalid::new(self.as_str(), "must be a whole number, or empty");
        let number = text.parse().map_err(|_| unreadable())?;
        Amount::parse(self.as_str(), number).map(Some)
    }
}

impl fmt::Display for BudgetMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The quota in force that somebody has seen, so that they change none that they do not know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenQuota(pub Option<(QuotaId, i64)>);

impl fmt::Display for SeenQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some((quota, version)) => write!(f, "{quota}.{version}"),
        }
    }
}

impl FromStr for SeenQuota {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text == "none" {
            return Ok(Self(None));
        }
        let read = || {
            let (quota, version) = text.split_once('.')?;
            Some((QuotaId(quota.parse::<Uuid>().ok()?), version.parse().ok()?))
        };
        let invalid = || Invalid::new("seen", "must name the quota in force and its version");
        read().map(|seen| Self(Some(seen))).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_whole_number_or_none() {
        let read = |text| {
            let amount = BudgetMeter::AiTokens.parse(text);
            amount.map(|amount| amount.map(Amount::get)).map_err(|invalid| invalid.field)
        };
        assert_eq!(read(" 1,200 "), Ok(Some(1_200)));
        assert_eq!(read("0"), Ok(Some(0)), "which allows nothing");
        assert_eq!(read("  "), Ok(None));
        for wrong in ["-1", "1.5", "many", "9223372036854775808"] {
            assert_eq!(read(wrong), Err("ai_tokens".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn what_was_seen_reads_back() {
        for seen in [SeenQuota(None), SeenQuota(Some((QuotaId(Uuid::from_u128(7)), 3)))] {
            assert_eq!(seen.to_string().parse(), Ok(seen));
        }
        for wrong in ["", "7", "7.3", "none.1"] {
            assert!(wrong.parse::<SeenQuota>().is_err(), "{wrong}");
        }
    }
}
