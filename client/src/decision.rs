//! What is asked and what is answered.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Unreachable;

/// Asks for an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    operation: String,
    quantity: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    allow_partial: bool,
}

impl Request {
    /// For the organization itself: so many units of an operation of the rate card, all or nothing.
    pub fn new(operation: impl Into<String>, quantity: i64) -> Self {
        Self { member: None, operation: operation.into(), quantity, allow_partial: false }
    }

    /// For a member: an id, the caller's own id of them, or an email.
    #[must_use]
    pub fn member(mut self, member: impl Into<String>) -> Self {
        self.member = Some(member.into());
        self
    }

    /// Takes what fits where not all does; [`Allowed::granted`] says how much that is.
    #[must_use]
    pub fn allow_partial(mut self) -> Self {
        self.allow_partial = true;
        self
    }
}

/// What the caller wants to do about an operation that Allot was not reached for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenUnreachable {
    /// Let it go ahead: it may be one too many, but nobody is held up.
    FailOpen,
    /// Do not let it go ahead: nobody gets more than allowed.
    FailClosed,
}

/// Allot's decision, or the caller's own where Allot was not reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Allot decided.
    Decided(Decision),
    /// Allot was not reached. Whether the request counted is not known; sent again with the same
    /// key it counts once.
    Undecided {
        /// What the caller chose by [`WhenUnreachable`].
        go_ahead: bool,
        /// What was tried.
        unreachable: Unreachable,
    },
}

/// Allot's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// It may go ahead.
    Allowed(Allowed),
    /// A limit says no.
    Denied(Denied),
}

/// What an allowed request takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Allowed {
    /// Names what was recorded, for a refund; `None` after a check, which records nothing.
    pub consumption_id: Option<String>,
    /// Units of the operation that may go ahead.
    pub granted: i64,
    /// One per meter that the operation touches; none for a free operation.
    pub charges: Vec<Charge>,
    /// The limits on the path, as they stand after this request; none in an answer of a batch.
    #[serde(default)]
    pub limits: Vec<Limit>,
}

/// Why a request was not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Denied {
    /// Units of the operation that would have been allowed.
    pub would_fit: i64,
    /// Every limit that said no.
    pub failed: Vec<FailedLimit>,
    /// When to try again, where waiting helps. A check and a batch leave it to
    /// [`Limit::resets_at`].
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

/// What a request takes from one meter, in the meter's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Charge {
    /// The meter.
    pub meter: String,
    /// All of it.
    pub amount: i64,
    /// The part that the plan's allowance pays.
    pub from_allowance: i64,
    /// The part that credit packs pay.
    pub from_packs: i64,
}

/// One limit and where it stands, in the meter's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Limit {
    /// The level.
    pub scope: Scope,
    /// Which plan, organization, subtenant or member.
    pub scope_id: String,
    /// On which meter.
    pub meter: String,
    /// What it counts over.
    pub period: Period,
    /// The limit; `None` is unlimited.
    pub limit: Option<i64>,
    /// Used in this period.
    pub used: i64,
    /// Held by reservations in this period.
    pub reserved: i64,
    /// Kept for others: what their custom limits promise.
    pub set_aside: i64,
    /// What is left to the one who asked; `None` is unlimited.
    pub remaining: Option<i64>,
    /// When the period ends (RFC 3339); `None` where nothing resets.
    pub resets_at: Option<String>,
}

/// A limit that said no.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FailedLimit {
    /// The limit as it stands.
    #[serde(flatten)]
    pub limit: Limit,
    /// The amount that was asked for.
    pub requested: i64,
    /// The amount that this limit would have let through.
    pub would_fit: i64,
    /// The roles that can raise it.
    #[serde(default)]
    pub raised_by: Vec<String>,
}

/// The level that a limit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// What the plan includes.
    Plan,
    /// The organization's own limit.
    Organization,
    /// A part of the organization.
    Subtenant,
    /// One person.
    Member,
    /// One that this version of the client does not know.
    #[serde(other)]
    Other,
}

/// As the API says it.
impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Plan => "plan",
            Self::Organization => "organization",
            Self::Subtenant => "subtenant",
            Self::Member => "member",
            Self::Other => "other",
        })
    }
}

/// What a limit counts over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Period {
    /// A day.
    Daily,
    /// A week, from Monday.
    Weekly,
    /// A calendar month.
    Monthly,
    /// A calendar year.
    Yearly,
    /// Between two dates.
    Custom,
    /// No time: a level that goes up and down.
    Level,
    /// One that this version of the client does not know.
    #[serde(other)]
    Other,
}
