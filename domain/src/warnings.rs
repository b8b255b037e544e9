//! What an administrator should know about limits as they stand (SPEC section 4).

use crate::{
    balances::Holder,
    member_limits::{Allocation, looks_monthly},
    period::Cycle,
    state::OrganizationState,
    views::Moment,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long before its end people are warned of a custom cycle that does not repeat.
const BEFORE_THE_END: TimeDelta = TimeDelta::days(7);

/// Members that a warning is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerned {
    /// How many.
    pub count: i64,
    /// The names of the first few.
    pub names: Vec<String>,
}

/// What is known of all members together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// How their limits relate to what there is.
    pub allocation: Allocation,
    /// Those who have used all of their own limit.
    pub reached: Concerned,
    /// Those who used more than their limit, which was set below that.
    pub past: Concerned,
    /// What everyone used in each of the last whole weeks; empty if nobody asked.
    pub weeks: Vec<i64>,
}

/// Something that an administrator should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// No enterprise limit is in force: only the plan's allowance limits usage.
    NoEnterpriseLimit,
    /// A custom cycle without a limit in force now: it has ended or has not begun.
    CycleNotRunning,
    /// A custom cycle ends soon, and its limit with it.
    CycleEnds {
        /// When.
        at: Moment,
    },
    /// The enterprise limit is below what was used already.
    LimitBelowUse {
        /// The limit.
        limit: i64,
        /// What was used.
        used: i64,
    },
    /// Everyone has a limit, and together they leave credits out: nobody can use those.
    Unallocated {
        /// How many.
        credits: i64,
        /// Of how many.
        base: i64,
    },
    /// Everyone has a limit, and together they promise more than there is.
    OverAllocated {
        /// By how many credits.
        credits: i64,
        /// What there is.
        base: i64,
    },
    /// Custom limits promise more than is left.
    OverPromised {
        /// By how many credits.
        excess: i64,
    },
    /// Members' limits are below what they used already.
    LimitsBelowUse(Concerned),
    /// Members have used all of their limits.
    LimitsReached(Concerned),
    /// The cycle is a week, and usage looks as if its rhythm were a month.
    LooksMonthly {
        /// The part of the last weeks' usage that fell into one of them, in percent.
        percent: i64,
    },
}

/// All that there is to say at `now`, the most urgent first.
pub fn warnings(
    state: &OrganizationState,
    observed: &Observed,
    now: DateTime<Utc>,
) -> Vec<Warning> {
    let mut warnings = of_the_cycle(state, &observed.weeks, now);
    warnings.extend(of_the_allocation(state, observed.allocation, now));
    let of_members = [
        (Warning::LimitsBelowUse as fn(Concerned) -> Warning, &observed.past),
        (Warning::LimitsReached, &observed.reached),
    ];
    let concerned = of_members.into_iter().filter(|(_, concerned)| concerned.count > 0);
    warnings.extend(concerned.map(|(warning, concerned)| warning(concerned.clone())));
    warnings
}

fn of_the_cycle(state: &OrganizationState, weeks: &[i64], now: DateTime<Utc>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    match state.enterprise_limit(now) {
        None if state.settings.limit.is_none() => warnings.push(Warning::NoEnterpriseLimit),
        None => warnings.push(Warning::CycleNotRunning),
        Some((limit, window)) => {
            let balance = state.credits(Holder::Organization, window);
            let used =
                if state.settings.packs_extend { balance.from_allowance() } else { balance.used };
            if used > limit.get() {
                warnings.push(Warning::LimitBelowUse { limit: limit.get(), used });
            }
            let last = matches!(state.settings.cycle, Cycle::Custom(custom) if !custom.repeat());
            if last && window.ends_at - now <= BEFORE_THE_END {
                let at = Moment::new(window.ends_at, state.calendar.zone(), now);
                warnings.push(Warning::CycleEnds { at });
            }
        }
    }
    if state.settings.cycle == Cycle::Weekly && looks_monthly(weeks) {
        let most = weeks.iter().copied().max().unwrap_or(0);
        let percent = most.saturating_mul(100) / weeks.iter().sum::<i64>().max(1);
        warnings.push(Warning::LooksMonthly { percent });
    }
    warnings
}

fn of_the_allocation(
    state: &OrganizationState,
    allocation: Allocation,
    now: DateTime<Utc>,
) -> Option<Warning> {
    let base = allocation.base;
    match (allocation.unallocated().unwrap_or(0), state.over_promised(now)) {
        (credits @ 1.., _) => Some(Warning::Unallocated { credits, base }),
        (credits @ ..=-1, _) => Some(Warning::OverAllocated { credits: -credits, base }),
        (0, excess @ 1..) => Some(Warning::OverPromised { excess }),
        _ => None,
    }
}
