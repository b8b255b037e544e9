//! Raise requests: a member asks for more of a limit of their own, and whoever may raise it sees what
//! that does before they answer (SPEC section 4).

mod effect;

pub use effect::{Effect, Outlook, Promise};

use crate::{
    access::{Action, Rights, roles_for},
    amount::Amount,
    answer::{LimitReport, LimitScope, ScopeId},
    balances::Holder,
    ids::{MemberId, RaiseRequestId},
    input::{Code, Invalid},
    period::{Period, PeriodKind},
    refusals::{Link, standing},
    state::{Member, OrganizationState},
    views::MemberStatus,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A limit of a member's own that they can ask to have raised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum OwnLimit {
    /// Their custom credit limit. Who has none and shares the pool can ask for one.
    Credits,
    /// A limit of a quota of theirs, such as a personal budget.
    Quota {
        /// On which meter.
        meter: Code,
        /// How often it starts anew.
        period: PeriodKind,
    },
}

impl OwnLimit {
    /// What somebody whom this limit has stopped can ask for: the limit itself, if it is their own and
    /// can be raised, or a share of the credits that are set aside for others.
    pub fn of(link: &Link) -> Option<Self> {
        let LimitReport { scope, meter, period, set_aside, .. } = &link.limit;
        let raised_by = |action| link.raised_by.iter().copied().eq(roles_for(action));
        match scope {
            LimitScope::Member if meter.is_credits() && raised_by(Self::Credits.set_by()) => {
                Some(Self::Credits)
            }
            LimitScope::Member if !link.raised_by.is_empty() => {
                Some(Self::Quota { meter: meter.clone(), period: *period })
            }
            _ => (meter.is_credits() && *set_aside > 0).then_some(Self::Credits),
        }
    }

    /// The meter that it limits.
    pub fn meter(&self) -> Code {
        match self {
            Self::Credits => Code::credits(),
            Self::Quota { meter, .. } => meter.clone(),
        }
    }

    /// How often it starts anew: a credit limit with the enterprise limit, or else the billing month.
    pub fn period(&self, state: &OrganizationState, now: DateTime<Utc>) -> PeriodKind {
        let cycle = || Period::from(state.settings.cycle).kind();
        match self {
            Self::Quota { period, .. } => *period,
            Self::Credits => state.enterprise_limit(now).map_or(PeriodKind::Monthly, |_| cycle()),
        }
    }

    /// The right that changes it without anybody asking.
    pub fn set_by(&self) -> Action {
        match self {
            Self::Credits => Action::EditMemberLimits,
            Self::Quota { .. } => Action::EditUserQuotas,
        }
    }

    /// Whether somebody with `rights` may answer a request for it. Nobody answers themselves, unless
    /// they may set the limit anyway.
    pub fn answered_by(&self, rights: &Rights, own: bool) -> bool {
        rights.allow(Action::AnswerRaiseRequests) && (!own || rights.allow(self.set_by()))
    }

    /// How it stands; `None`: the member has no such limit, or nobody can raise it.
    pub fn standing(
        &self,
        state: &OrganizationState,
        member: &Member,
        now: DateTime<Utc>,
    ) -> Option<LimitReport> {
        let links = standing(state, Some(member), &self.meter(), now).into_iter();
        let mut own = links.filter(|link| link.limit.scope == LimitScope::Member);
        let found = own.find(|link| Self::of(link).as_ref() == Some(self));
        match (found, self) {
            (Some(link), _) => Some(link.limit),
            (None, Self::Credits) => Some(none_yet(state, member, now)),
            (None, Self::Quota { .. }) => None,
        }
    }
}

/// Where a member stands who shares the pool, as a limit of theirs would count it.
fn none_yet(state: &OrganizationState, member: &Member, now: DateTime<Utc>) -> LimitReport {
    let window = state.credit_window(now);
    let used = state.credits(Holder::Member(member.id), window);
    LimitReport {
        scope: LimitScope::Member,
        scope_id: ScopeId::Id(member.id.0),
        meter: Code::credits(),
        period: OwnLimit::Credits.period(state, now),
        limit: None,
        allowed_to: None,
        used: used.used,
        reserved: used.reserved,
        set_aside: 0,
        remaining: None,
        resets_at: Some(window.ends_at),
    }
}

/// `credits`, or the meter and the period of a quota: `spend.daily`.
impl fmt::Display for OwnLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credits => f.write_str("credits"),
            Self::Quota { meter, period } => write!(f, "{meter}.{period}"),
        }
    }
}

impl FromStr for OwnLimit {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text == "credits" {
            return Ok(Self::Credits);
        }
        let read = || {
            let (meter, period) = text.split_once('.')?;
            Some(Self::Quota { meter: meter.parse().ok()?, period: period.parse().ok()? })
        };
        let unknown = || Invalid::new("own_limit", "must be credits, or a meter and a period");
        read().ok_or_else(unknown)
    }
}

impl TryFrom<String> for OwnLimit {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<OwnLimit> for String {
    fn from(limit: OwnLimit) -> Self {
        limit.to_string()
    }
}

/// What a limit is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raise {
    /// The new limit, in the meter's smallest unit.
    pub limit: Amount,
    /// The last day on which it is in force, in the organization's zone; `None` for good.
    pub last_day: Option<NaiveDate>,
}

impl Raise {
    /// Refuses one that is none: a limit that is not above the one in force, or that is used up already.
    /// Amounts are told as `text` writes them.
    pub fn check(self, now: &LimitReport, text: impl Fn(i64) -> String) -> Result<(), Invalid> {
        let taken = now.used.saturating_add(now.reserved);
        let above = |least: i64, what: &str| {
            let message = format!("must be more than the {} that {what}", text(least));
            if self.limit.get() > least { Ok(()) } else { Err(Invalid::new("limit", message)) }
        };
        if let Some(limit) = now.limit {
            above(limit, "are the limit now")?;
        }
        above(taken, "are used or held already")
    }
}

/// What became of a request.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaiseStatus {
    /// Nobody has answered it.
    Open,
    /// It was granted, perhaps another amount or end than was asked for.
    Approved,
    /// It was not granted.
    Declined,
    /// Whoever asked took it back.
    Withdrawn,
}

impl RaiseStatus {
    /// All of them, in the order in which pages offer them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Approved, Self::Declined, Self::Withdrawn];

    /// The code that the database, addresses and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The word for it.
impl fmt::Display for RaiseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Approved => "Approved",
            Self::Declined => "Declined",
            Self::Withdrawn => "Withdrawn",
        })
    }
}

impl FromStr for RaiseStatus {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let unknown = || Invalid::new("status", "must be open, approved, declined or withdrawn");
        Self::ALL.into_iter().find(|status| status.code() == code).ok_or_else(unknown)
    }
}

/// A member's request for more, and what was answered. It never changes while it is open: who wants to
/// ask for something else takes it back and asks anew. Amounts are in the meter's smallest unit.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaiseRequest {
    /// Which.
    pub id: RaiseRequestId,
    /// Who asks.
    pub member: MemberId,
    /// Their name.
    pub member_name: String,
    /// Whether they are still there: who is not can only be declined.
    pub member_status: MemberStatus,
    /// Of what.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub own_limit: OwnLimit,
    /// The limit when it was asked for; `None` shared the pool.
    pub limit_then: Option<i64>,
    /// The limit that is asked for.
    pub limit_asked: i64,
    /// The last day that is asked for; `None` for good.
    pub last_day: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What became of it.
    pub status: RaiseStatus,
    /// The limit that was granted.
    pub limit_granted: Option<i64>,
    /// The last day that was granted; `None` for good, or nothing was granted.
    pub granted_last_day: Option<NaiveDate>,
    /// When it was answered or withdrawn.
    pub answered_at: Option<DateTime<Utc>>,
    /// Who did that.
    pub answered_by: Option<String>,
    /// What they said to it; can be empty.
    pub answer: String,
}

impl RaiseRequest {
    /// What became of it and by whom, in words: `approved by Ann Moreau`.
    pub fn outcome(&self) -> String {
        let what = self.status.to_string().to_lowercase();
        match &self.answered_by {
            Some(who) => format!("{what} by {who}"),
            None => what,
        }
    }
}

#[cfg(test)]
mod tests;
