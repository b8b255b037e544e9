//! What members' credit limits could be, from what they used in the past.

use super::{credits, refusals_in};
use crate::{Caller, LimitEdit, Result, SavedLimits, Service, usage_history::Reading};
use chrono::{Days, Months, NaiveDate};
use domain::{
    access::Action,
    amount::Amount,
    history::{Breakdown, DayRange, Filter, Segments},
    ids::MemberId,
    input::Invalid,
    period::{Cycle, Period},
    reports::{Proposal, Reallocation, fitting, within},
};
use std::collections::HashMap;

/// Whole months that are looked at: a quarter of a year.
const MONTHS: u32 = 3;
/// Weeks that are, where limits are by the week.
const WEEKS: u64 = 13;

impl Service {
    /// A proposal for the limits of all active members who have one, from the last quarter of a
    /// year. Nothing is changed: [`Service::apply_reallocation`] does that.
    pub async fn reallocation(&self, caller: &Caller) -> Result<Reallocation> {
        caller.require(Action::EditMemberLimits)?;
        let id = caller.organization;
        let mut snapshot = self.store.snapshot(id).await?;
        let loaded = self.load_unlocked(&mut snapshot, id).await?;
        let (state, now) = (&loaded.state, loaded.now);
        let weekly = matches!(state.settings.cycle, Cycle::Weekly);
        let base = state.percentage_base(now);
        let window = state.credit_window(now);
        let limits = store::member_limits::in_force(&mut snapshot, id, window, now).await?;
        let members: Vec<MemberId> = limits.iter().map(|limit| limit.member).collect();
        let standing = store::member_limits::standing(&mut snapshot, id, &members, now).await?;
        let credits = credits(&mut snapshot).await?;
        let mut reading = Reading::begin(&mut snapshot, id, now).await?;
        let (zone, today) = (reading.zone, reading.today);
        let periods = past(today, weekly);
        let everybody = Filter::default();
        let mut used: HashMap<String, Vec<i64>> = HashMap::new();
        for (index, range) in periods.iter().enumerate() {
            let segments = Segments::of_days(*range, zone, zone);
            let parts = reading.by_part(&credits, &segments, &everybody, Breakdown::Member).await?;
            for part in parts {
                let of_member = used.entry(part.key.unwrap_or_default()).or_default();
                of_member.resize(index, 0);
                of_member.push(part.used);
            }
        }
        let first = periods.first().map_or(today, |range| range.first());
        let last = periods.last().map_or(today, |range| range.last());
        let all = Segments::of_days(DayRange::new(first, last, today)?, zone, zone);
        let mut refused: HashMap<MemberId, i64> = HashMap::new();
        for counted in refusals_in(&mut snapshot, id, &all, &everybody).await? {
            if let Some(member) = counted.member {
                *refused.entry(member).or_default() += counted.times;
            }
        }
        let members = standing.into_iter().filter_map(|standing| {
            let (cap, limit) = (standing.schedule.cap?, standing.amount?);
            let mut used = used.remove(&standing.member.to_string()).unwrap_or_default();
            used.resize(periods.len(), 0);
            let refused = refused.get(&standing.member).copied().unwrap_or_default();
            Some(Proposal {
                member: standing.member,
                name: standing.name,
                cap,
                limit: limit.get(),
                ends_at: standing.schedule.ends_at,
                proposed: fitting(&used, refused),
                used,
                refused,
                version: standing.version,
            })
        });
        let mut members: Vec<Proposal> = members.collect();
        let fitted: Vec<i64> = members.iter().map(|member| member.proposed).collect();
        for (member, proposed) in members.iter_mut().zip(within(base, &fitted)) {
            member.proposed = proposed;
        }
        members.sort_by(|one, other| one.name.cmp(&other.name));
        let periods = periods.iter().map(|range| range.first()).collect();
        Ok(Reallocation { periods, last, weekly, zone, base: base.get(), members })
    }

    /// Gives members the limits that were proposed, as somebody has reviewed them: all or none, and
    /// none where somebody else has edited one of the members since.
    pub async fn apply_reallocation(
        &self,
        caller: &Caller,
        limits: &[(MemberId, Amount, i64)],
    ) -> Result<SavedLimits> {
        if limits.is_empty() {
            return Err(Invalid::new("members", "must be chosen: tick who gets a new limit").into());
        }
        let edits = limits.iter().map(|(member, amount, version)| {
            let cap = domain::credits::CreditCap::Credits { amount: *amount };
            let change = domain::member_limits::LimitChange::lasting(Some(cap));
            LimitEdit { member: *member, change, expected: Some(*version) }
        });
        let edits: Vec<LimitEdit> = edits.collect();
        self.save_member_limits(caller, &edits).await
    }
}

/// The whole periods before today, oldest first.
fn past(today: NaiveDate, weekly: bool) -> Vec<DayRange> {
    let period = if weekly { Period::Weekly } else { Period::Monthly };
    let begin = if weekly {
        today.checked_sub_days(Days::new(7 * WEEKS))
    } else {
        today.checked_sub_months(Months::new(MONTHS))
    };
    let mut ranges = Vec::new();
    let mut day = begin.unwrap_or(today);
    while let Some((first, next)) = period.days_around(day) {
        let range = next.pred_opt().and_then(|last| DayRange::new(first, last, today).ok());
        match range {
            Some(range) if next <= today => ranges.push(range),
            _ => break,
        }
        day = next;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(today: &str, weekly: bool) -> Vec<(String, String)> {
        let ranges = past(today.parse().unwrap(), weekly);
        ranges.iter().map(|range| (range.first().to_string(), range.last().to_string())).collect()
    }

    #[test]
    fn a_quarter_is_three_whole_months_or_thirteen_whole_weeks() {
        let months = spans("2026-11-22", false);
        assert_eq!(months.len(), 3);
        assert_eq!(months[0].0, "2026-08-01");
        assert_eq!(months[2].1, "2026-10-31");
        let weeks = spans("2026-11-22", true);
        assert_eq!(weeks.len(), 13);
        assert_eq!(weeks[12], ("2026-11-09".to_owned(), "2026-11-15".to_owned()));
        assert_eq!(spans("2026-05-31", false)[0].0, "2026-02-01", "there is no 31 February");
    }
}
