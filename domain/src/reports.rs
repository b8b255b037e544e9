//! The review of a month: who used most, who met limits, who barely used theirs, and what the next
//! month will take; and from whole months, what limits would fit (SPEC section 9).

use crate::{
    allocation::shares_of,
    amount::{Amount, BasisPoints},
    credits::CreditCap,
    forecast::Expected,
    ids::MemberId,
    input::Invalid,
    period::TimeZone,
    plan_report::Meter,
    refusals::LimitName,
};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Serialize;

/// The review of a month.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize)]
pub struct MonthReport {
    /// The first day.
    pub first: NaiveDate,
    /// The last day that is in it: today, while the month runs.
    pub last: NaiveDate,
    /// Whether the month is over.
    pub over: bool,
    /// Where its days begin.
    pub zone: TimeZone,
    /// The organization's currency, for amounts of money.
    pub currency: String,
    /// Every meter that was used this month or in the one before; `None` where single members may
    /// be seen, but not what all use together.
    pub meters: Option<Vec<MeterMonth>>,
    /// Members who used credits, were refused something or have a limit: who used most, first.
    pub members: Vec<MemberMonth>,
    /// Credits that the organization itself used, without a member.
    pub of_organization: i64,
    /// Which limit refused whom how often, the most frequent first.
    pub refusals: Vec<RefusedBy>,
    /// Entries of the ledger that are too new to be in these numbers.
    pub behind: i64,
}

/// Reads a month such as `2026-10`, as its first day; empty is none.
pub fn month_of(text: &str) -> Result<Option<NaiveDate>, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = if text.len() == 7 { format!("{text}-01").parse().ok() } else { None };
    let invalid = || Invalid::new("month", "must be a month such as 2026-10");
    day.filter(|day: &NaiveDate| (1973..=9000).contains(&day.year())).ok_or_else(invalid).map(Some)
}

/// What was used of a meter in a month.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeterMonth {
    /// The meter.
    #[serde(flatten)]
    pub meter: Meter,
    /// Used in the month or, of a gauge, its level at the end.
    pub used: i64,
    /// The same of the month before.
    pub before: i64,
    /// Given back of what was used in the month.
    pub refunded: i64,
    /// What the plan includes by now; `None` is unlimited.
    pub limit: Option<i64>,
    /// What the month after will use or, of a gauge, its level then; `None`: too few days are known.
    pub next: Option<Expected>,
}

/// What a member did in a month.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberMonth {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// The subtenant that they belong to by now.
    pub subtenant: Option<String>,
    /// Credits that they used.
    pub used: i64,
    /// Credits that were given back to them.
    pub refunded: i64,
    /// How often they were refused something, by any limit.
    pub refused: i64,
    /// Their own credit limit by now, in credits.
    pub limit: Option<i64>,
}

impl MemberMonth {
    /// Whether they met a limit: they were refused something, or used up their own.
    pub fn met_limits(&self) -> bool {
        self.refused > 0 || self.limit.is_some_and(|limit| limit > 0 && self.used >= limit)
    }

    /// Whether they used less than a fifth of their own limit.
    pub fn barely_used(&self) -> bool {
        self.limit.is_some_and(|limit| limit > 0 && self.used.saturating_mul(5) < limit)
    }
}

/// How often a limit refused somebody.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedBy {
    /// Whom.
    pub name: String,
    /// Which limit.
    #[serde(flatten)]
    pub limit: LimitName,
    /// How often.
    pub times: i64,
}

/// A proposal for members' credit limits, from what they used in past periods.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize)]
pub struct Reallocation {
    /// The first days of the periods that were looked at, oldest first.
    pub periods: Vec<NaiveDate>,
    /// The last day of the last of them.
    pub last: NaiveDate,
    /// Whether periods are weeks; else they are months.
    pub weekly: bool,
    /// Where days begin.
    pub zone: TimeZone,
    /// What there is to share out in a period.
    pub base: i64,
    /// The proposals, by name.
    pub members: Vec<Proposal>,
}

/// A member's limit, and what it could be.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Whose.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their limit by now, as it was entered.
    pub cap: CreditCap,
    /// The same in credits.
    pub limit: i64,
    /// When it ends by itself.
    pub ends_at: Option<DateTime<Utc>>,
    /// Credits used in each period.
    pub used: Vec<i64>,
    /// How often they were refused something in all of them.
    pub refused: i64,
    /// The limit that would fit.
    pub proposed: i64,
    /// Counts edits of the member: a proposal for an older one is stale.
    pub version: i64,
}

/// The least that is proposed.
const LEAST: i64 = 10;

/// A limit that fits who used this in each period: the busiest period and a tenth more, and a quarter more
/// for who was refused something, rounded up.
pub fn fitting(used: &[i64], refused: i64) -> i64 {
    let busiest = used.iter().copied().max().unwrap_or_default().max(0);
    let room = if refused > 0 { busiest / 4 } else { busiest / 10 };
    let needed = busiest.saturating_add(room).min(Amount::MAX.get());
    let step = match needed {
        ..1_000 => 10,
        1_000..10_000 => 50,
        _ => 100,
    };
    (needed.div_euclid(step) + i64::from(needed % step > 0)).max(1).saturating_mul(step).max(LEAST)
}

/// The same limits, or where they promise more than the base, their shares of it.
pub fn within(base: Amount, fitting: &[i64]) -> Vec<i64> {
    let sum: i128 = fitting.iter().copied().map(i128::from).sum();
    if sum <= i128::from(base.get()) {
        return fitting.to_vec();
    }
    let whole = i128::from(BasisPoints::WHOLE);
    // Rounded down, so that together they are no more than the whole.
    let points = fitting.iter().map(|limit| {
        let points = i64::try_from(i128::from(*limit) * whole / sum).unwrap_or_default();
        BasisPoints::parse("share", points).unwrap_or_default()
    });
    let points: Vec<BasisPoints> = points.collect();
    shares_of(base, &points).into_iter().map(Amount::get).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn member(used: i64, refused: i64, limit: Option<i64>) -> MemberMonth {
        MemberMonth {
            member: MemberId(Uuid::nil()),
            name: String::new(),
            email: String::new(),
            subtenant: None,
            used,
            refunded: 0,
            refused,
            limit,
        }
    }

    #[test]
    fn who_meets_limits_and_who_barely_uses_theirs() {
        assert!(member(500, 0, Some(500)).met_limits());
        assert!(member(5, 1, None).met_limits());
        assert!(!member(499, 0, Some(500)).met_limits());
        assert!(!member(0, 0, Some(0)).met_limits(), "nobody uses up a limit of nothing");
        assert!(member(99, 0, Some(500)).barely_used());
        assert!(!member(100, 0, Some(500)).barely_used());
        assert!(!member(0, 0, None).barely_used());
    }

    #[test]
    fn a_limit_fits_the_busiest_period_with_room() {
        assert_eq!(fitting(&[100, 300, 200], 0), 330);
        assert_eq!(fitting(&[100, 300, 200], 2), 380, "who was refused wanted more");
        assert_eq!(fitting(&[0, 3, 0], 0), 10);
        assert_eq!(fitting(&[], 0), 10);
        assert_eq!(fitting(&[1_001], 0), 1_150);
        assert_eq!(fitting(&[20_000], 0), 22_000);
    }

    #[test]
    fn months_are_read_and_nothing_else() {
        assert_eq!(month_of(" "), Ok(None));
        assert_eq!(month_of("2026-10"), Ok("2026-10-01".parse().ok()));
        for bad in ["2026-13", "2026", "2026-1-1", "1492-10", "october"] {
            assert_eq!(month_of(bad).unwrap_err().field, "month", "{bad}");
        }
    }

    #[test]
    fn limits_that_promise_too_much_become_shares() {
        let base = |base| Amount::parse("base", base).unwrap();
        assert_eq!(within(base(1_000), &[300, 700]), [300, 700]);
        assert_eq!(within(base(500), &[300, 700]), [150, 350]);
    }

    proptest! {
        #[test]
        fn proposals_never_promise_more_than_there_is(
            limits in prop::collection::vec(0_i64..1_000_000, 1..50), base in 0_i64..1_000_000,
        ) {
            let fitted = within(Amount::parse("base", base).unwrap(), &limits);
            prop_assert!(fitted.iter().sum::<i64>() <= base.max(limits.iter().sum()));
            if limits.iter().sum::<i64>() > base {
                prop_assert!(fitted.iter().sum::<i64>() <= base);
            }
            prop_assert_eq!(fitted.len(), limits.len());
        }
    }
}
