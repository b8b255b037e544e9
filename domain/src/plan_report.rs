//! What plans include, what is used of it, and requests for another plan. Limits are enforced by
//! [`ceilings`](crate::ceilings); this gives their numbers to people.

use crate::{
    answer::LimitScope,
    catalogue::{CapKind, MeterKind},
    ceilings::limits_of,
    ids::{MemberId, OrganizationId, PlanRequestId},
    input::{Code, Currency, Invalid},
    state::OrganizationState,
    units::Unit,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Meters that belong together (SPEC section 7).
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeterGroup {
    /// Cumulative: people and what is stored.
    CoreLimits,
    /// What is sent, generated and run in a month.
    MonthlyActivity,
    /// What goes in and out in a month.
    DataOperations,
}

impl MeterGroup {
    /// Every group, in the order in which pages show them.
    pub const ALL: [Self; 3] = [Self::CoreLimits, Self::MonthlyActivity, Self::DataOperations];

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::CoreLimits => "core_limits",
            Self::MonthlyActivity => "monthly_activity",
            Self::DataOperations => "data_operations",
        }
    }
}

impl FromStr for MeterGroup {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|group| group.code() == code)
            .ok_or_else(|| Invalid::new("meter_group", "is not a group of meters"))
    }
}

/// A meter as people know it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// Its code.
    #[serde(rename = "meter")]
    pub code: Code,
    /// Its name.
    pub name: String,
    /// What it counts in.
    #[serde(flatten)]
    pub unit: Unit,
    /// How it counts.
    pub kind: MeterKind,
    /// Where pages list it; `None`: after all groups.
    pub group: Option<MeterGroup>,
}

impl Meter {
    /// Whether it can go down.
    pub fn is_gauge(&self) -> bool {
        self.kind == MeterKind::Gauge
    }

    /// Whether this is the meter of people, which the seats of a plan limit.
    pub fn counts_seats(&self) -> bool {
        self.code.as_str() == "users"
    }
}

/// A plan that an organization can have.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOffer {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// Credits that it grants each billing month.
    pub monthly_credits: i64,
    /// How many members can be active or invited; `None` is unlimited.
    pub seats: Option<i64>,
    /// Whether quotas on spend can be set freely.
    pub usage_quota_feature: bool,
    /// Its limits on other meters; one that is not here is unlimited.
    pub limits: Vec<OfferedLimit>,
}

impl PlanOffer {
    /// The limit on a meter, and how it is kept; `None` is unlimited.
    pub fn limit(&self, meter: &Meter) -> Option<(i64, CapKind)> {
        let of_meter = self.limits.iter().find(|limit| limit.meter == meter.code);
        let of_seats = || self.seats.filter(|_| meter.counts_seats());
        of_meter
            .map(|limit| (limit.limit, limit.cap))
            .or_else(|| of_seats().map(|seats| (seats, CapKind::Hard)))
    }
}

/// A plan's limit on one meter.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedLimit {
    /// Which meter.
    pub meter: Code,
    /// In the meter's smallest unit.
    pub limit: i64,
    /// What happens when it is reached.
    pub cap: CapKind,
}

/// What is used of a meter, against what the plan includes.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterUse {
    /// The meter.
    #[serde(flatten)]
    pub meter: Meter,
    /// The plan's limit; `None` is unlimited.
    pub limit: Option<i64>,
    /// How it is kept.
    pub cap: Option<CapKind>,
    /// The most that is let through: for a soft limit a tenth more than the limit.
    pub allowed_to: Option<i64>,
    /// Used in this billing month, or the level of a gauge.
    pub used: i64,
    /// Held for work under way.
    pub reserved: i64,
}

/// What is used of `meter` by the whole organization. People are counted by the seats that they
/// take, which is what adding one is checked against, unless the plan limits the meter itself.
pub fn usage_of(
    state: &OrganizationState,
    meter: Meter,
    plan: &PlanOffer,
    seats_used: i64,
    now: DateTime<Utc>,
) -> MeterUse {
    let limit = plan.limit(&meter);
    let limited_itself = state.plan.limits.contains_key(&meter.code);
    let reports = limits_of(state, None, &meter.code, now);
    let report = reports
        .into_iter()
        .find(|report| report.scope == LimitScope::Plan)
        .filter(|_| limited_itself || !meter.counts_seats());
    let limit_amount = limit.map(|(amount, _)| amount);
    MeterUse {
        limit: limit_amount,
        cap: limit.map(|(_, cap)| cap),
        allowed_to: report.as_ref().and_then(|report| report.allowed_to).or(limit_amount),
        used: report.as_ref().map_or(seats_used, |report| report.used),
        reserved: report.map_or(0, |report| report.reserved),
        meter,
    }
}

/// An organization's plan, what is used of it, and the other plans.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanReport {
    /// The code of its plan.
    pub plan: Code,
    /// All plans of the installation, its own among them, from the smallest.
    pub plans: Vec<PlanOffer>,
    /// Credits of this month's allowance that are used.
    pub credits_used: i64,
    /// Credits of this month's allowance that are neither used nor held.
    pub credits_left: i64,
    /// When the next billing month begins.
    pub resets_at: DateTime<Utc>,
    /// Members that take a seat: all that are not inactive.
    pub seats_used: i64,
    /// The currency of amounts of money.
    pub currency: Currency,
    /// Every meter but credits, by group.
    pub meters: Vec<MeterUse>,
    /// The request that the operator has not answered yet.
    pub request: Option<PlanRequest>,
}

impl PlanReport {
    /// The plan that the organization has.
    pub fn current(&self) -> Option<&PlanOffer> {
        self.plans.iter().find(|plan| plan.code == self.plan)
    }
}

/// A request for another plan.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// Its id.
    pub id: PlanRequestId,
    /// The organization that asks.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The plan that it has.
    pub from: Code,
    /// The plan that it asks for.
    pub plan: Code,
    /// What was said to it.
    pub note: Option<String>,
    /// Who asked; `None`: a program with an API key.
    pub requested_by: Option<MemberId>,
    /// Their name.
    pub requested_by_name: Option<String>,
    /// When.
    pub requested_at: DateTime<Utc>,
}

/// What became of a request for another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanAnswer {
    /// The organization has the plan.
    Granted,
    /// The operator said no.
    Declined,
    /// Whoever asked took it back.
    Withdrawn,
}

impl PlanAnswer {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(code: &str) -> Meter {
        Meter {
            code: code.parse().unwrap(),
            name: code.to_owned(),
            unit: Unit { unit: code.to_owned(), scale: 0 },
            kind: MeterKind::Gauge,
            group: None,
        }
    }

    #[test]
    fn seats_limit_people_unless_the_plan_limits_the_meter_itself() {
        let mut plan = PlanOffer {
            code: "team".parse().unwrap(),
            name: "Team".to_owned(),
            monthly_credits: 5_000,
            seats: Some(25),
            usage_quota_feature: true,
            limits: Vec::new(),
        };
        assert_eq!(plan.limit(&meter("users")), Some((25, CapKind::Hard)));
        assert_eq!(plan.limit(&meter("contacts")), None);
        let limit = OfferedLimit { meter: "users".parse().unwrap(), limit: 40, cap: CapKind::Soft };
        plan.limits.push(limit);
        assert_eq!(plan.limit(&meter("users")), Some((40, CapKind::Soft)));
    }

    #[test]
    fn groups_read_back() {
        for group in MeterGroup::ALL {
            assert_eq!(group.code().parse::<MeterGroup>().unwrap(), group);
        }
    }
}
