//! The limits of a quota from now on. While one of them is raised for a time, others follow by
//! themselves (SPEC section 4).

use crate::{
    amount::Amount,
    input::Invalid,
    period::PeriodKind,
    quotas::{InForce, QuotaLimits, QuotaLimitsPatch, in_order},
};
use chrono::{DateTime, Utc};

/// The limits in force, and those that follow them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaSchedule {
    /// The limits in force.
    now: QuotaLimits,
    /// Since when which others are, in the order of time.
    later: Vec<(DateTime<Utc>, QuotaLimits)>,
}

impl QuotaSchedule {
    /// Limits that nothing follows.
    pub fn lasting(limits: QuotaLimits) -> Self {
        Self { now: limits, later: Vec::new() }
    }

    /// Puts together what is stored, in the order of time; `None`: nothing is in force any more.
    pub fn of(stored: &[InForce<QuotaLimits>]) -> Option<Self> {
        let (now, later) = stored.split_first()?;
        let later = later.iter().map(|step| (step.from, step.value)).collect();
        Some(Self { now: now.value, later })
    }

    /// The limits in force.
    pub fn now(&self) -> QuotaLimits {
        self.now
    }

    /// The limits that stay once every raise has ended.
    pub fn lasts(&self) -> QuotaLimits {
        self.later.last().map_or(self.now, |(_, limits)| *limits)
    }

    /// The same with the limit of one kind of period raised: until `ends_at`, or for good. After that
    /// it is what lasted before, however often it was raised in between.
    pub fn raised(
        &self,
        kind: PeriodKind,
        limit: Amount,
        ends_at: Option<DateTime<Utc>>,
    ) -> Result<Self, Invalid> {
        let gone = || Invalid::new("own_limit", "is not in force any more");
        let lasting =
            if ends_at.is_none() { limit } else { self.lasts().of(kind).ok_or_else(gone)? };
        let raised = |limits: QuotaLimits| limits.with(kind, limit).ok_or_else(gone);
        let back = |limits: QuotaLimits| limits.with(kind, lasting).ok_or_else(gone);

        let mut after = Self::lasting(raised(self.now)?);
        let mut before = self.now;
        for (at, limits) in self.later.iter().copied() {
            if ends_at.is_none_or(|end| at < end) {
                after.begin(Some(at), raised(limits)?);
            } else {
                if ends_at != Some(at) {
                    after.begin(ends_at, back(before)?);
                }
                after.begin(Some(at), back(limits)?);
            }
            before = limits;
        }
        after.begin(ends_at, back(before)?);
        in_order(&after.now)?;
        after.later.iter().try_for_each(|(_, limits)| in_order(limits))?;
        Ok(after)
    }

    /// The same after an edit. What it changes of the limits in force is changed for good, so a raise of
    /// that limit is over; a raise of another one goes on.
    pub fn edited(&self, edit: QuotaLimitsPatch, gauge: bool) -> Result<Self, Invalid> {
        let edit = edit.differing_from(self.now);
        let mut after = Self::lasting(edit.apply(self.now).parse(gauge)?);
        for (at, limits) in self.later.iter().copied() {
            after.begin(Some(at), edit.apply(limits).parse(gauge)?);
        }
        Ok(after)
    }

    /// What is in force when, from `now` until the quota ends.
    pub fn steps(
        &self,
        now: DateTime<Utc>,
        end: Option<DateTime<Utc>>,
    ) -> Vec<InForce<QuotaLimits>> {
        let later = self.later.iter().filter(|(at, _)| end.is_none_or(|end| *at < end)).copied();
        let begins: Vec<_> = [(now, self.now)].into_iter().chain(later).collect();
        let ends = begins.iter().skip(1).map(|(at, _)| Some(*at)).chain([end]);
        let steps = begins.iter().zip(ends);
        steps.map(|(&(from, value), to)| InForce { value, from, to }).collect()
    }

    /// Lets `limits` begin `at`, unless they are in force already by then.
    fn begin(&mut self, at: Option<DateTime<Utc>>, limits: QuotaLimits) {
        let begun = |at| self.later.last().is_some_and(|(last, _)| *last >= at);
        if let Some(at) = at
            && limits != self.lasts()
            && !begun(at)
        {
            self.later.push((at, limits));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quotas::QuotaLimitsInput;
    use proptest::prelude::*;

    fn at(day: u32) -> DateTime<Utc> {
        format!("2026-12-{day:02}T00:00:00Z").parse().unwrap()
    }

    fn amount(limit: i64) -> Amount {
        Amount::parse("limit", limit).unwrap()
    }

    fn limits(daily: i64, monthly: i64) -> QuotaLimits {
        QuotaLimits {
            daily: Some(amount(daily)),
            monthly: Some(amount(monthly)),
            ..QuotaLimits::default()
        }
    }

    /// What is in force on the noon of a day.
    fn on(schedule: &QuotaSchedule, day: u32) -> (i64, i64) {
        let noon = at(day) + chrono::TimeDelta::hours(12);
        let found = schedule.steps(at(1), None).into_iter().find(|step| step.at(noon)).unwrap();
        (found.value.daily.unwrap().get(), found.value.monthly.unwrap().get())
    }

    #[test]
    fn a_raise_ends_by_itself_and_others_go_on() {
        let schedule = QuotaSchedule::lasting(limits(5, 100));
        let daily = schedule.raised(PeriodKind::Daily, amount(50), Some(at(10))).unwrap();
        let both = daily.raised(PeriodKind::Monthly, amount(200), Some(at(5))).unwrap();
        assert_eq!(
            [1, 4, 5, 9, 10].map(|day| on(&both, day)),
            [(50, 200), (50, 200), (50, 100), (50, 100), (5, 100)]
        );
        assert_eq!(both.lasts(), limits(5, 100));
        let longer = both.raised(PeriodKind::Monthly, amount(300), Some(at(20))).unwrap();
        assert_eq!(
            [1, 9, 19, 20].map(|day| on(&longer, day)),
            [(50, 300), (50, 300), (5, 300), (5, 100)]
        );
    }

    #[test]
    fn a_second_raise_gives_way_to_what_lasted_and_not_to_the_first() {
        let schedule = QuotaSchedule::lasting(limits(5, 100));
        let long = schedule.raised(PeriodKind::Monthly, amount(200), Some(at(20))).unwrap();
        let short = long.raised(PeriodKind::Monthly, amount(300), Some(at(5))).unwrap();
        assert_eq!([1, 4, 5, 25].map(|day| on(&short, day).1), [300, 300, 100, 100]);
        let good = short.raised(PeriodKind::Monthly, amount(400), None).unwrap();
        assert_eq!(good, QuotaSchedule::lasting(limits(5, 400)));
    }

    #[test]
    fn an_edit_ends_only_the_raise_of_what_it_changes() {
        let schedule = QuotaSchedule::lasting(limits(5, 100));
        let raised = schedule.raised(PeriodKind::Monthly, amount(200), Some(at(10))).unwrap();
        let edit = |daily, monthly| QuotaLimitsPatch {
            daily: Some(Some(daily)),
            monthly: Some(Some(monthly)),
            ..QuotaLimitsPatch::default()
        };
        // A form posts all of its fields, also those that nobody touched.
        let other = raised.edited(edit(7, 200), false).unwrap();
        assert_eq!([1, 10].map(|day| on(&other, day)), [(7, 200), (7, 100)]);
        let same = raised.edited(edit(5, 150), false).unwrap();
        assert_eq!(same, QuotaSchedule::lasting(limits(5, 150)));
        assert_eq!(raised.edited(edit(150, 200), false).unwrap_err().field, "daily", "afterwards");
    }

    #[test]
    fn a_raise_keeps_the_order_of_periods_and_needs_a_limit() {
        let schedule = QuotaSchedule::lasting(limits(5, 100));
        let refused =
            |kind, limit| schedule.raised(kind, amount(limit), Some(at(10))).unwrap_err().field;
        assert_eq!(refused(PeriodKind::Daily, 101), "daily");
        assert_eq!(refused(PeriodKind::Weekly, 50), "own_limit");
        let input = QuotaLimitsInput::from(schedule.now());
        assert_eq!(input.parse(false), Ok(limits(5, 100)));
    }

    #[test]
    fn a_quota_that_ends_ends_its_raises() {
        let schedule = QuotaSchedule::lasting(limits(5, 100));
        let raised = schedule.raised(PeriodKind::Monthly, amount(200), Some(at(10))).unwrap();
        let steps = raised.steps(at(1), Some(at(8)));
        assert_eq!(steps, [InForce { value: limits(5, 200), from: at(1), to: Some(at(8)) }]);
        assert_eq!(QuotaSchedule::of(&steps), Some(QuotaSchedule::lasting(limits(5, 200))));
        let whole = raised.steps(at(1), None);
        assert_eq!(QuotaSchedule::of(&whole), Some(raised));
    }

    proptest! {
        /// Whatever is raised until when, each limit is what was asked for until that day, and what
        /// lasted from then on.
        #[test]
        fn what_was_raised_last_is_in_force_until_its_end(
            raises in prop::collection::vec((any::<bool>(), 0i64..100, 2u32..28), 1..6),
        ) {
            let lasting = limits(50, 500);
            let mut schedule = QuotaSchedule::lasting(lasting);
            let mut last = [(50, 1), (500, 1)];
            for (monthly, more, end) in raises {
                let (kind, limit) =
                    if monthly { (PeriodKind::Monthly, 500 + more) } else { (PeriodKind::Daily, 50 + more) };
                schedule = schedule.raised(kind, amount(limit), Some(at(end))).unwrap();
                last[usize::from(monthly)] = (limit, end);
            }
            for day in 1..30 {
                let expected = |which: usize, lasts| {
                    let (limit, end) = last[which];
                    if day < end { limit } else { lasts }
                };
                prop_assert_eq!(on(&schedule, day), (expected(0, 50), expected(1, 500)), "{}", day);
            }
            prop_assert_eq!(schedule.lasts(), lasting);
        }
    }
}
