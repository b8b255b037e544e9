//! When a limit says that it is nearly used up (SPEC section 10): once per limit, period and threshold,
//! and anew after a raise.

mod settings;

pub use settings::*;

use crate::{
    answer::{LimitReport, LimitScope, ScopeId},
    balances::{Balance, Path},
    ceilings::{Ceiling, ceilings},
    input::Code,
    period::PeriodKind,
    refusals::LimitName,
    state::OrganizationState,
};
use chrono::{DateTime, Utc};

/// A gauge never starts anew. What it was told of counts as over once it is this far below, in percent
/// of the limit, so that one that goes up and down a little says nothing each time.
const OVER: u8 = 10;

/// Which limit in which of its periods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitPeriod {
    /// The limit.
    pub name: LimitName,
    /// The end of the period; `None` for what never starts anew.
    pub ends_at: Option<DateTime<Utc>>,
}

/// What somebody did to a limit that is near a threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The limit.
    pub of: LimitPeriod,
    /// What it is set to.
    pub limit: i64,
    /// Used and held before.
    pub before: i64,
    /// Used now.
    pub used: i64,
    /// Held now.
    pub held: i64,
}

/// How far people were told that a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What the limit was set to then.
    pub limit: i64,
    /// The highest threshold, in percent; 0 is none.
    pub reached: u8,
}

/// The limits from the plan down `path` that are near a threshold after `change` of `meter`, which
/// counts at `counts_at` and is applied already. A request that was denied changes nothing.
pub fn observe(
    state: &OrganizationState,
    path: Path,
    meter: &Code,
    counts_at: DateTime<Utc>,
    change: Balance,
    now: DateTime<Utc>,
) -> Vec<Observation> {
    let member = path.member.and_then(|id| state.members.get(&id));
    // What settles where a member was before they moved is no use of the limits that they have now.
    if member.is_some_and(|member| member.path() != path) {
        return Vec::new();
    }
    let ceilings = ceilings(state, member, meter, now);
    let seen = ceilings.iter().filter_map(|ceiling| {
        // Most are far from all thresholds, and cost no more than this.
        let limit = ceiling.limit().filter(|limit| *limit > 0)?;
        let (before, after) = ceiling.taken_around(change, counts_at);
        let thresholds = state.alerts.thresholds(ceiling.scope, &ceiling.scope_id, &ceiling.meter);
        let near = thresholds.is_near(ceiling.period, before.max(after), limit);
        near.then(|| Observation::of(ceiling, limit, before))
    });
    seen.collect()
}

impl Observation {
    fn of(ceiling: &Ceiling, limit: i64, before: i64) -> Self {
        let report = ceiling.report();
        Self {
            limit,
            before,
            used: report.used,
            held: report.reserved,
            of: LimitPeriod {
                name: LimitName {
                    meter: report.meter,
                    scope: report.scope,
                    scope_id: report.scope_id,
                    period: report.period,
                },
                ends_at: report.resets_at,
            },
        }
    }

    fn taken(&self) -> i64 {
        self.used + self.held
    }

    /// What people were told of the limit by now, where it was `mark` before; and the threshold that
    /// they are told of now, if there is one. Of several that are passed at once it is the highest.
    pub fn follow(&self, mark: Option<Mark>, thresholds: &Thresholds) -> (Mark, Option<u8>) {
        let mut told = mark.map_or(0, |mark| mark.reached);
        if mark.is_some_and(|mark| self.limit > mark.limit) {
            // A raise: what is not reached any more can be reached again.
            told = told.min(thresholds.reached(self.before, self.limit, 0));
        }
        if never_ends(self.of.name.period) {
            told = told.min(thresholds.reached(self.taken(), self.limit, OVER));
        }
        let reached = thresholds.reached(self.taken(), self.limit, 0);
        let mark = Mark { limit: self.limit, reached: told.max(reached) };
        (mark, Some(reached).filter(|reached| *reached > told))
    }
}

/// Whether a limit counts in a period that never ends.
fn never_ends(period: PeriodKind) -> bool {
    period == PeriodKind::Level
}

/// From how many percent on a limit is worth a word in a digest.
const TIGHT: i64 = 80;

/// How many percent of a limit are used and held, rounded down; `None` where that is not much, or there
/// is no limit.
pub fn tightness(limit: &LimitReport) -> Option<u32> {
    let most = limit.limit.filter(|most| *most > 0)?;
    let percent = i128::from(limit.used + limit.reserved) * 100 / i128::from(most);
    u32::try_from(percent).ok().filter(|percent| i64::from(*percent) >= TIGHT)
}

/// Whether `taken` is at least `percent` of `limit`.
fn reaches(taken: i64, percent: u8, limit: i64) -> bool {
    i128::from(taken) * 100 >= i128::from(percent) * i128::from(limit)
}

impl Thresholds {
    /// Whether people can have something to be told, or be told again later, where `taken` of a limit is
    /// used and held at most.
    fn is_near(&self, period: PeriodKind, taken: i64, limit: i64) -> bool {
        let over = if never_ends(period) { OVER } else { 0 };
        reaches(taken, self.lowest().saturating_sub(over), limit)
    }

    /// The highest that `taken` reaches, or misses by at most `short` percent of the limit; 0 is none.
    fn reached(&self, taken: i64, limit: i64, short: u8) -> u8 {
        let reached =
            self.all().filter(|threshold| reaches(taken, threshold.saturating_sub(short), limit));
        reached.max().unwrap_or_default()
    }
}

impl AlertSettings {
    /// The thresholds of limits of a holder on a meter.
    pub fn thresholds(&self, scope: LimitScope, scope_id: &ScopeId, meter: &Code) -> &Thresholds {
        let own = self.overrides.iter().find(|own| own.is_of(scope, scope_id, meter));
        own.map_or_else(|| &self.level(scope).thresholds, |own| &own.thresholds)
    }

    /// What is set for the limits of a level.
    pub fn level(&self, scope: LimitScope) -> &LevelAlerts {
        match scope {
            LimitScope::Plan | LimitScope::Organization => &self.organization,
            LimitScope::Subtenant => &self.subtenants,
            LimitScope::Member => &self.members,
        }
    }
}

#[cfg(test)]
mod tests;
