//! What was spent and what can still be: today, this month and this year (SPEC section 6).

use crate::{
    answer::LimitReport,
    balances::{Holder, Path},
    ceilings::limits_down_to,
    input::Code,
    period::{Period, PeriodKind, Window},
    state::OrganizationState,
};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;

/// The periods in which spending is shown, and quotas limit it.
pub const PERIODS: [Period; 3] = [Period::Daily, Period::Monthly, Period::Yearly];

/// Spending of one part of an organization in one period, in the smallest unit of the meter `spend`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendReport {
    /// How often it starts anew.
    pub period: PeriodKind,
    /// From when to when.
    pub window: Window,
    /// Spent.
    pub used: i64,
    /// Held for work under way.
    pub reserved: i64,
    /// The limit that leaves the least until the period ends, of this part or of one above it. A
    /// shorter period's limit is none of these: it starts anew before. `None`: nothing limits it.
    pub bound_by: Option<LimitReport>,
}

impl SpendReport {
    /// What can still be spent until the period ends; `None` is unlimited.
    pub fn available(&self) -> Option<i64> {
        self.bound_by.as_ref().and_then(|report| report.remaining)
    }
}

/// What was spent at the end of `path` today, this month and this year, and what can still be.
pub fn spend_reports(
    state: &OrganizationState,
    path: Path,
    now: DateTime<Utc>,
) -> Vec<SpendReport> {
    let meter = Code::spend();
    let limits = limits_down_to(state, path, &meter, now);
    let holder = path.holders().last().unwrap_or(Holder::Organization);
    let report = |period: Period| {
        let window = state.calendar.window(period, now)?;
        let balance = state.balance(holder, &meter, window);
        let lasting = limits.iter().filter(|limit| limit.period >= period.kind());
        let bound_by = lasting
            .filter(|limit| limit.remaining.is_some())
            // Of several that leave as little, the most specific.
            .min_by_key(|limit| (limit.remaining, Reverse(limit.scope)));
        Some(SpendReport {
            period: period.kind(),
            window,
            used: balance.used,
            reserved: balance.reserved,
            bound_by: bound_by.cloned(),
        })
    };
    PERIODS.into_iter().filter_map(report).collect()
}
