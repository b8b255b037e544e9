//! Where an organization and its members stand.

use serde::{Deserialize, Serialize};

use crate::decision::{Charge, Limit};

/// Where the month's credits stand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Credits that the plan grants in this billing month.
    pub quota_total: i64,
    /// Those of them that are used.
    pub quota_used: i64,
    /// Those of them that are left.
    pub quota_remaining: i64,
    /// Credits that are left in packs.
    pub credits_remaining: i64,
    /// When the next billing month begins (RFC 3339).
    pub reset_date: String,
}

/// Whose limits are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LimitFilter {
    /// Everything that a use by the member with this id is held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The organization's, and those of the subtenant with this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtenant: Option<String>,
    /// On one meter only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Limits {
    pub(crate) limits: Vec<Limit>,
}

/// What a consumption took, and how much of it was given back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Consumption {
    /// Names it.
    pub consumption_id: String,
    /// Who used; `None` is the organization itself.
    pub member_id: Option<String>,
    /// What was done.
    pub operation: Option<String>,
    /// Units that were used.
    pub quantity: i64,
    /// Units of them that were given back.
    pub refunded: i64,
    /// What the others cost, one per meter.
    pub charges: Vec<Charge>,
    /// When it was recorded (RFC 3339).
    pub recorded_at: String,
}

/// The true level of a gauge.
#[derive(Serialize)]
pub(crate) struct Level<'a> {
    pub(crate) level: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<&'a str>,
}

/// A gauge that was set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GaugeSet {
    /// The gauge.
    pub meter: String,
    /// Its level: the member's part, or that of the whole organization.
    pub level: i64,
    /// The limits on it, as they stand now.
    pub limits: Vec<Limit>,
}
