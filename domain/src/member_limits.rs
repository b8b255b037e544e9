//! Members' credit limits over time, and all of them together (SPEC section 4).

use crate::{
    amount::{Amount, BasisPoints},
    credits::CreditCap,
    input::{Code, Invalid},
    period::TimeZone,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A member's limit as it stands: the one in force and, where that is temporary, what follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitSchedule {
    /// The limit in force as it was entered; `None` shares the pool.
    #[serde(rename = "limit")]
    pub cap: Option<CreditCap>,
    /// When it ends by itself; `None` has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// What is in force after that; `None` shares the pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<CreditCap>,
}

impl LimitSchedule {
    /// A limit without an end.
    pub fn lasting(cap: Option<CreditCap>) -> Self {
        Self { cap, ends_at: None, then: None }
    }

    /// The limit that lasts: the one in force, or the one that a temporary one gives way to.
    pub fn lasts(self) -> Option<CreditCap> {
        if self.ends_at.is_some() { self.then } else { self.cap }
    }

    /// The same after a change at which `zone` and `now` are what they are. A temporary limit
    /// gives way to the one that lasted before it.
    pub fn after(
        self,
        change: LimitChange,
        zone: TimeZone,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let Some(last_day) = change.last_day else { return Ok(Self::lasting(change.cap)) };
        let ends_at = Some(zone.end_of(last_day, now)?);
        Ok(Self { cap: change.cap, ends_at, then: self.lasts() })
    }

    /// The same at `now`, which may be after the end of what was temporary.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        match self.ends_at {
            Some(end) if end <= now => Self::lasting(self.then),
            _ => self,
        }
    }
}

/// A change of a member's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// The new limit; `None` shares the pool.
    pub cap: Option<CreditCap>,
    /// The last day of a temporary one, included.
    pub last_day: Option<NaiveDate>,
}

impl LimitChange {
    /// A change for good.
    pub fn lasting(cap: Option<CreditCap>) -> Self {
        Self { cap, last_day: None }
    }
}

/// How the limits of all active members relate to what there is to share out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Active members.
    pub active: i64,
    /// Those of them with a limit of their own.
    pub limited: i64,
    /// Credits of all limits together.
    pub promised: i64,
    /// What percentages are of: the enterprise limit, or the plan's allowance.
    pub base: i64,
}

impl Allocation {
    /// Credits that limits leave out, where every active member has one: nobody can use them.
    /// Negative where limits promise more than there is.
    pub fn unallocated(self) -> Option<i64> {
        let everyone = self.active > 0 && self.limited == self.active;
        Some(self.base - self.promised).filter(|_| everyone)
    }
}

/// Up to this many members share by percentages, which follow a changed base. Hundredths of a
/// percent are too coarse to be even among more.
const BY_PERCENTAGE: usize = 100;

/// Limits that share all of `base` among `members` as evenly as whole numbers allow.
pub fn even_caps(members: usize, base: Amount) -> Vec<CreditCap> {
    let by_percentage = members <= BY_PERCENTAGE;
    let whole = if by_percentage { BasisPoints::WHOLE } else { base.get() };
    let parts = i64::try_from(members).unwrap_or(i64::MAX).max(1);
    let (part, more) = (whole / parts, whole % parts);
    let cap = |index: i64| {
        let share = part + i64::from(index < more);
        // A part of what fits, fits.
        if by_percentage {
            let basis_points = BasisPoints::try_from(share).unwrap_or_default();
            CreditCap::Percent { basis_points }
        } else {
            CreditCap::Credits { amount: Amount::try_from(share).unwrap_or_default() }
        }
    };
    (0..i64::try_from(members).unwrap_or(0)).map(cap).collect()
}

/// Whether use over the last weeks looks as if a month were its rhythm: nearly all of it fell into
/// one of them, so that a weekly limit stops that week early and lets the others go unused.
pub fn looks_monthly(weeks: &[i64]) -> bool {
    let total: i64 = weeks.iter().sum();
    let most = weeks.iter().copied().max().unwrap_or(0);
    weeks.len() >= 4 && total > 0 && i128::from(most) * 10 >= i128::from(total) * 7
}

/// The limits that new members start with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DefaultLimits {
    /// For those whose job role has none of its own; `None` shares the pool.
    pub default: Option<CreditCap>,
    /// By job role; `None` shares the pool.
    pub job_roles: BTreeMap<Code, Option<CreditCap>>,
}

impl DefaultLimits {
    /// What a new member with this job role starts with.
    pub fn of(&self, job_role: &Code) -> Option<CreditCap> {
        self.job_roles.get(job_role).copied().unwrap_or(self.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocation::shares_of;

    fn cap(text: &str) -> Option<CreditCap> {
        text.parse().ok()
    }

    #[test]
    fn a_temporary_limit_gives_way_to_the_one_that_lasted() {
        let (zone, now) =
            ("Europe/Berlin".parse().unwrap(), "2026-11-21T12:00:00Z".parse().unwrap());
        let raise = |text, day: &str| LimitChange { cap: cap(text), last_day: day.parse().ok() };
        let before = LimitSchedule::lasting(cap("500"));
        let raised = before.after(raise("800", "2026-11-30"), zone, now).unwrap();
        assert_eq!(raised.ends_at, Some("2026-11-30T23:00:00Z".parse().unwrap()));
        assert_eq!((raised.cap, raised.then), (cap("800"), cap("500")));
        let again = raised.after(raise("900", "2026-12-31"), zone, now).unwrap();
        assert_eq!((again.cap, again.then), (cap("900"), cap("500")), "not to the first raise");
        let lasting = again.after(LimitChange::lasting(cap("700")), zone, now);
        assert_eq!(lasting, Ok(LimitSchedule::lasting(cap("700"))));
        assert_eq!(again.at("2027-01-01T00:00:00Z".parse().unwrap()), before);
        assert_eq!(again.at(now), again);
    }

    #[test]
    fn a_temporary_limit_ends_after_today_began() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let until = |day: &str| {
            let change = LimitChange { cap: cap("5"), last_day: day.parse().ok() };
            LimitSchedule::default().after(change, TimeZone::UTC, now)
        };
        assert!(until("2026-11-21").is_ok());
        assert_eq!(until("2026-11-20").unwrap_err().field, "last_day");
        assert_eq!(until("9999-01-01").unwrap_err().field, "last_day");
    }

    #[test]
    fn even_shares_make_up_the_whole() {
        let base = Amount::parse("base", 5_000).unwrap();
        let credits = |caps: &[CreditCap]| -> Vec<i64> {
            let points: Vec<BasisPoints> = caps
                .iter()
                .map(|cap| match cap {
                    CreditCap::Percent { basis_points } => *basis_points,
                    CreditCap::Credits { .. } => panic!("by percentage"),
                })
                .collect();
            shares_of(base, &points).into_iter().map(Amount::get).collect()
        };
        assert_eq!(credits(&even_caps(3, base)), [1_667, 1_667, 1_666]);
        for members in 1..=100 {
            assert_eq!(credits(&even_caps(members, base)).iter().sum::<i64>(), 5_000, "{members}");
        }
        let many = even_caps(3_000, base);
        let amount = |cap: &CreditCap| match cap {
            CreditCap::Credits { amount } => amount.get(),
            CreditCap::Percent { .. } => panic!("in credits"),
        };
        assert_eq!(many.iter().map(amount).sum::<i64>(), 5_000);
        assert!(many.iter().all(|cap| (1..=2).contains(&amount(cap))));
        assert!(even_caps(0, base).is_empty());
    }

    #[test]
    fn what_nobody_can_use_is_counted_where_everyone_has_a_limit() {
        let allocation =
            |active, promised| Allocation { active, limited: 3, promised, base: 5_000 };
        assert_eq!(allocation(3, 4_500).unallocated(), Some(500));
        assert_eq!(allocation(3, 5_100).unallocated(), Some(-100));
        assert_eq!(allocation(4, 4_500).unallocated(), None, "someone shares the rest");
    }

    #[test]
    fn a_job_role_without_a_default_has_the_one_of_all() {
        let code = |text: &str| text.parse::<Code>().unwrap();
        let job_roles = [(code("intern"), cap("500")), (code("sales_lead"), None)];
        let defaults = DefaultLimits { default: cap("10%"), job_roles: job_roles.into() };
        assert_eq!(defaults.of(&code("intern")), cap("500"));
        assert_eq!(defaults.of(&code("sales_lead")), None, "shares the pool");
        assert_eq!(defaults.of(&code("sales")), cap("10%"));
    }

    #[test]
    fn one_busy_week_in_four_looks_monthly() {
        assert!(looks_monthly(&[0, 10, 700, 100]));
        assert!(!looks_monthly(&[200, 250, 300, 250]));
        assert!(!looks_monthly(&[0, 0, 0, 0]));
        assert!(!looks_monthly(&[100]), "too short to tell");
    }
}
