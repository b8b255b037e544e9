//! What is asked and what is answered: the shapes of requests, decisions and limits, which the API,
//! the pages and the ledger share (SPEC sections 3 and 11).

use crate::{
    access::Role,
    amount::Quantity,
    ids::{MemberId, SubtenantId},
    input::{Code, Invalid},
    packs::PackDraw,
    period::PeriodKind,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A request that names things known to the organization.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who uses; `None` is the organization itself.
    pub member: Option<MemberId>,
    /// What is done.
    pub operation: Code,
    /// How often.
    pub quantity: Quantity,
    /// Whether less may be granted where all of it does not fit.
    pub allow_partial: bool,
    /// Whether it is used at once or held for work under way.
    pub purpose: Purpose,
    /// The only part of the organization that the asking program reaches; `None` reaches all of it.
    pub within: Option<SubtenantId>,
}

/// What becomes of the amounts that a request is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// They are used.
    Use,
    /// They are held until they are committed, released or expired.
    Hold,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// It may go ahead, and this is what it costs.
    Allowed(Allowance),
    /// A limit says no.
    Denied(Denial),
    /// It was refused before any limit was looked at.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

/// What an allowed request takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Units of the operation that may go ahead.
    pub granted: Quantity,
    /// One per meter that the operation touches; none for a free operation.
    pub charges: Vec<Charge>,
    /// The limits on the path, as they stand after this request.
    pub limits: Vec<LimitReport>,
}

/// What a request takes from one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The meter.
    pub meter: Code,
    /// In the meter's smallest unit.
    pub amount: i64,
    /// The part that the plan's allowance pays.
    pub from_allowance: i64,
    /// The part that packs pay.
    pub from_packs: i64,
    /// Which packs pay how much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pack_draws: Vec<PackDraw>,
}

/// Every limit that said no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Units of the operation that would have been allowed.
    pub would_fit: i64,
    /// The checks that failed, from the plan down to the member.
    pub failed: Vec<FailedLimit>,
}

/// Why a request was refused before any limit was looked at (SPEC section 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The operator has suspended the organization.
    OrganizationSuspended,
    /// The member is inactive or only invited.
    MemberInactive,
    /// No member of the organization goes by that name, or none whom the asking program reaches.
    UnknownMember,
    /// The organization itself is out of the asking program's reach.
    MemberRequired,
    /// The rate card has no such operation.
    UnknownOperation,
    /// Quantity times price is more than can be counted.
    QuantityTooLarge,
}

/// The level that a limit belongs to.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// What the plan includes.
    Plan,
    /// The enterprise limit, and quotas of the whole organization.
    Organization,
    /// Quotas of a part of the organization.
    Subtenant,
    /// A member's own credit limit and quotas.
    Member,
}

impl LimitScope {
    const ALL: [Self; 4] = [Self::Plan, Self::Organization, Self::Subtenant, Self::Member];

    /// The word that the database and the API use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Organization => "organization",
            Self::Subtenant => "subtenant",
            Self::Member => "member",
        }
    }
}

impl FromStr for LimitScope {
    type Err = Invalid;
    fn from_str(word: &str) -> Result<Self, Invalid> {
        let unknown = || Invalid::new("scope", "is no level of limits");
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(unknown)
    }
}

/// Which plan, organization, subtenant or member a limit belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ScopeId {
    /// The id of an organization, a subtenant or a member.
    Id(Uuid),
    /// The code of a plan.
    Plan(Code),
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Plan(code) => code.fmt(f),
        }
    }
}

impl FromStr for ScopeId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self::Id).or_else(|_| text.parse().map(Self::Plan))
    }
}

/// One limit and where it stands.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReport {
    /// The level.
    pub scope: LimitScope,
    /// Which plan, organization, subtenant or member.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope_id: ScopeId,
    /// On which meter.
    pub meter: Code,
    /// How often it starts anew.
    pub period: PeriodKind,
    /// The limit; `None` is unlimited.
    pub limit: Option<i64>,
    /// For a soft limit, the amount past which requests are denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_to: Option<i64>,
    /// Used in this period, as this limit counts it.
    pub used: i64,
    /// Held in this period.
    pub reserved: i64,
    /// Kept for others: what their custom limits promise.
    pub set_aside: i64,
    /// What this limit leaves to the member that asked; `None` is unlimited.
    pub remaining: Option<i64>,
    /// When the period ends and the balance starts anew; a gauge's never does.
    pub resets_at: Option<DateTime<Utc>>,
}

/// A limit that said no, with what the one who was refused needs to know.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedLimit {
    /// The limit as it stands.
    #[serde(flatten)]
    pub limit: LimitReport,
    /// The amount that was asked for.
    pub requested: i64,
    /// The amount that this limit would have let through, packs included where they extend it.
    pub would_fit: i64,
    /// The roles that can raise it; none for what the plan includes.
    pub raised_by: Vec<Role>,
}

/// How much of a meter `member` could still use, and which limit says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headroom {
    /// In the meter's smallest unit, packs included.
    pub left: i64,
    /// The limit that leaves the least; the most specific one where several do.
    pub bound_by: LimitScope,
}
