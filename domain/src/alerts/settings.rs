//! What an organization sets for its alerts.

use crate::{
    answer::{LimitScope, ScopeId},
    ids::{MemberId, SubtenantId},
    input::{Code, Invalid},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Thresholds of one limit, people who are told, and limits with thresholds of their own, at most.
const MOST_THRESHOLDS: usize = 10;
const MOST_PEOPLE: usize = 50;
const MOST_OVERRIDES: usize = 100;

/// How far a limit has to be used for people to be told, in percent, lowest first. Used up is always told.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = Vec<i64>))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<i64>", into = "Vec<u8>")]
pub struct Thresholds(Vec<u8>);

/// Used up.
const EXHAUSTED: u8 = 100;

impl Thresholds {
    /// Those of an organization's limits, if it sets none (SPEC section 10).
    fn of_organization() -> Self {
        Self(vec![80, 95])
    }

    /// Those of a member's limits, likewise.
    fn of_member() -> Self {
        Self(vec![80, EXHAUSTED])
    }

    /// What was set.
    pub fn set(&self) -> &[u8] {
        &self.0
    }

    /// What was set, and 100.
    pub(super) fn all(&self) -> impl Iterator<Item = u8> {
        self.0.iter().copied().chain([EXHAUSTED])
    }

    /// The lowest.
    pub(super) fn lowest(&self) -> u8 {
        self.0.first().copied().unwrap_or(EXHAUSTED)
    }

    /// Reads what somebody typed, such as `80, 95`. Nothing is told only of what is used up.
    pub fn typed(text: &str) -> Result<Self, Invalid> {
        let parts = text.split([',', ' ', ';']).map(|part| part.trim().trim_end_matches('%'));
        let numbers = parts.filter(|part| !part.is_empty()).map(|part| {
            part.parse().map_err(|_| Invalid::new(FIELD, "must be whole numbers, such as 80, 95"))
        });
        numbers.collect::<Result<Vec<i64>, Invalid>>()?.try_into()
    }
}

const FIELD: &str = "thresholds";

impl TryFrom<Vec<i64>> for Thresholds {
    type Error = Invalid;

    fn try_from(numbers: Vec<i64>) -> Result<Self, Invalid> {
        let invalid = |message: &str| Invalid::new(FIELD, message);
        if numbers.len() > MOST_THRESHOLDS {
            return Err(invalid("must be at most 10"));
        }
        let percent = |number: i64| u8::try_from(number).ok().filter(|of| (1..=100).contains(of));
        let percents: Option<Vec<u8>> = numbers.into_iter().map(percent).collect();
        let mut percents = percents.ok_or_else(|| invalid("must be between 1 and 100"))?;
        percents.sort_unstable();
        if percents.windows(2).any(|two| two[0] == two[1]) {
            return Err(invalid("must not be there twice"));
        }
        Ok(Self(percents))
    }
}

impl From<Thresholds> for Vec<u8> {
    fn from(thresholds: Thresholds) -> Self {
        thresholds.0
    }
}

/// As they are typed.
impl fmt::Display for Thresholds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(u8::to_string).collect();
        f.write_str(&texts.join(", "))
    }
}

/// What is set for the limits of one level: when people are told, and who.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelAlerts {
    /// When.
    pub thresholds: Thresholds,
    /// Whether those who administer the organization's limits are told.
    pub administrators: bool,
    /// Whether those are told whose limit it is: the member, or who administers the subtenant. The
    /// organization's own limits concern nobody more than its administrators.
    #[serde(default)]
    pub concerned: bool,
    /// Who else is told.
    #[serde(default)]
    pub people: Vec<MemberId>,
}

/// Thresholds of the limits on one meter of one holder, apart from those of their level. Neither a
/// subtenant nor a member: those of the plan and the organization.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitThresholds {
    /// On which meter; in all periods.
    pub meter: Code,
    /// Those of this subtenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtenant: Option<SubtenantId>,
    /// Those of this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// When people are told.
    pub thresholds: Thresholds,
}

impl LimitThresholds {
    /// Whether they are those of a holder on `meter`.
    pub(super) fn is_of(&self, scope: LimitScope, scope_id: &ScopeId, meter: &Code) -> bool {
        let holder = match scope {
            LimitScope::Plan | LimitScope::Organization => None,
            LimitScope::Subtenant => self.subtenant.map(|id| id.0),
            LimitScope::Member => self.member.map(|id| id.0),
        };
        let whole = matches!(scope, LimitScope::Plan | LimitScope::Organization);
        let same_holder = match holder {
            Some(id) => *scope_id == ScopeId::Id(id),
            None => whole && self.subtenant.is_none() && self.member.is_none(),
        };
        same_holder && *meter == self.meter
    }
}

/// What an organization sets for its alerts.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertSettings {
    /// For limits of the plan and the organization.
    pub organization: LevelAlerts,
    /// For limits of subtenants.
    pub subtenants: LevelAlerts,
    /// For limits of members.
    pub members: LevelAlerts,
    /// For single limits.
    #[serde(default)]
    pub overrides: Vec<LimitThresholds>,
    /// Whether those who are told of the organization's limits get a digest each Monday.
    #[serde(default)]
    pub weekly_digest: bool,
    /// Whether they get a report when a month is over.
    #[serde(default)]
    pub month_report: bool,
}

impl Default for AlertSettings {
    fn default() -> Self {
        let level = |thresholds, administrators, concerned| LevelAlerts {
            thresholds,
            administrators,
            concerned,
            people: Vec::new(),
        };
        Self {
            organization: level(Thresholds::of_organization(), true, false),
            subtenants: level(Thresholds::of_organization(), false, true),
            members: level(Thresholds::of_member(), false, true),
            overrides: Vec::new(),
            weekly_digest: false,
            month_report: false,
        }
    }
}

impl AlertSettings {
    /// Refuses lists that are too long, or name something twice.
    pub fn check(&self) -> Result<(), Invalid> {
        let levels = [
            ("organization.people", &self.organization),
            ("subtenants.people", &self.subtenants),
            ("members.people", &self.members),
        ];
        for (field, level) in levels {
            if level.people.len() > MOST_PEOPLE {
                return Err(Invalid::new(field, format!("must be at most {MOST_PEOPLE}")));
            }
            if has_twice(level.people.iter()) {
                return Err(Invalid::new(field, "must not name somebody twice"));
            }
        }
        if self.overrides.len() > MOST_OVERRIDES {
            return Err(Invalid::new("overrides", format!("must be at most {MOST_OVERRIDES}")));
        }
        if self.overrides.iter().any(|own| own.subtenant.is_some() && own.member.is_some()) {
            return Err(Invalid::new("overrides", "must name a subtenant or a member, not both"));
        }
        if has_twice(self.overrides.iter().map(|own| (own.subtenant, own.member, &own.meter))) {
            return Err(Invalid::new("overrides", "must not name a limit twice"));
        }
        Ok(())
    }

    /// Everybody who is named.
    pub fn people(&self) -> impl Iterator<Item = MemberId> {
        let levels = [&self.organization, &self.subtenants, &self.members];
        levels.into_iter().flat_map(|level| level.people.iter().copied())
    }
}

fn has_twice<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.windows(2).any(|two| two[0] == two[1])
}
