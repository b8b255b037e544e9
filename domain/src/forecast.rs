//! When what is left will be used up, judged by the days that are over (SPEC section 13).
//!
//! The method is one that can be checked by hand: the average of the last four weeks, and as its
//! uncertainty the quietest and the busiest of these weeks.

use crate::catalogue::MeterKind;
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// The method in a sentence, for pages.
pub const METHOD: &str = "Forecasts go by the average of the last 28 days; the range is from the \
    quietest to the busiest week of these.";

/// Days that are looked at.
const DAYS: usize = 28;
/// Days of a week: fewer than these say nothing.
const WEEK: usize = 7;
/// What lies further ahead than ten years is never.
const AHEAD: u64 = 3_653;

/// How fast something is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Used in all the days together.
    total: i64,
    /// How many days these were.
    days: i64,
    /// Used in the quietest week.
    quiet_week: i64,
    /// Used in the busiest week.
    busy_week: i64,
}

/// A number that is expected, and the range in which it lies.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The number.
    pub likely: i64,
    /// If all weeks are as the quietest was.
    pub low: i64,
    /// If all weeks are as the busiest was.
    pub high: i64,
}

/// The day on which nothing is left any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOut {
    /// By the average; `None`: not within ten years.
    pub likely: Option<NaiveDate>,
    /// If all weeks are as the busiest was.
    pub earliest: Option<NaiveDate>,
    /// If all weeks are as the quietest was.
    pub latest: Option<NaiveDate>,
}

impl Pace {
    /// The pace of a meter, by its days up to today: what was used on each, or its level at the end.
    pub fn of_meter(kind: MeterKind, to_today: &[i64]) -> Option<Self> {
        // The day that still runs says nothing about a whole one.
        let over = to_today.split_last()?.1;
        match kind {
            MeterKind::Counter => Self::of(over),
            MeterKind::Gauge => {
                Self::of(&over.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<i64>>())
            }
        }
    }

    /// The pace of days that are over, oldest first: amounts used or, of a gauge, by how much its
    /// level grew. What lies before the first use is no history. `None`: less than a week says nothing.
    pub fn of(days: &[i64]) -> Option<Self> {
        let first = days.iter().position(|used| *used != 0).unwrap_or_default();
        let days = &days[first..];
        let days = &days[days.len().saturating_sub(DAYS)..];
        // Whole weeks back from the last day; what is left over at the start counts in the average.
        let weeks = days.rchunks_exact(WEEK).map(|week| week.iter().sum::<i64>().max(0));
        Some(Self {
            total: days.iter().sum::<i64>().max(0),
            days: i64::try_from(days.len()).ok()?,
            quiet_week: weeks.clone().min()?,
            busy_week: weeks.max()?,
        })
    }

    /// What `days` days will use, to three digits: more would claim to know more than there is.
    pub fn over(self, days: i64) -> Expected {
        let part = |used: i64, in_days: i64| {
            let exact = i128::from(used) * i128::from(days) / i128::from(in_days);
            i64::try_from(to_three_digits(exact)).unwrap_or(i64::MAX)
        };
        Expected {
            likely: part(self.total, self.days),
            low: part(self.quiet_week, 7),
            high: part(self.busy_week, 7),
        }
    }

    /// When what is `left` at the start of `today` is used up: the day on which it will not be enough.
    pub fn run_out(self, left: i64, today: NaiveDate) -> RunOut {
        let day = |used: i64, in_days: i64| {
            let whole_days =
                (i128::from(left.max(0)) * i128::from(in_days)).checked_div(used.into())?;
            let whole_days = u64::try_from(whole_days).ok().filter(|days| *days <= AHEAD)?;
            today.checked_add_days(Days::new(whole_days))
        };
        RunOut {
            likely: day(self.total, self.days),
            earliest: day(self.busy_week, 7),
            latest: day(self.quiet_week, 7),
        }
    }

    /// How long what is `left` at the start of `today` lasts, in words; see [`RunOut::text`].
    pub fn lasts(self, left: i64, today: NaiveDate, reset: Option<NaiveDate>) -> String {
        if left <= 0 {
            return "Used up.".to_owned();
        }
        self.run_out(left, today).text(reset)
    }
}

/// Rounded to three digits.
fn to_three_digits(number: i128) -> i128 {
    let mut step = 1;
    while number / step >= 1_000 {
        step *= 10;
    }
    (number + step / 2) / step * step
}

impl RunOut {
    /// Whether it is likely to happen before `reset`, the day on which everything starts anew.
    pub fn before(self, reset: NaiveDate) -> bool {
        self.likely.is_some_and(|day| day < reset)
    }

    /// In words, where everything starts anew on `reset`; a gauge never does.
    pub fn text(self, reset: Option<NaiveDate>) -> String {
        let within = |day: &NaiveDate| reset.is_none_or(|reset| *day < reset);
        let date = |day: NaiveDate| day.format("%-d %b %Y").to_string();
        let Some(earliest) = self.earliest.filter(within) else {
            return match reset {
                Some(_) => "Lasts until the reset.".to_owned(),
                None => "Lasts: it hardly grows.".to_owned(),
            };
        };
        let latest = match self.latest.filter(within) {
            Some(latest) => format!("and {}", date(latest)),
            None if reset.is_some() => "and the reset".to_owned(),
            None => "and never".to_owned(),
        };
        match self.likely.filter(within) {
            Some(likely) if self.latest == Some(earliest) => {
                format!("Runs out on {}.", date(likely))
            }
            Some(likely) => {
                format!("Runs out about {}, between {} {latest}.", date(likely), date(earliest))
            }
            None => format!(
                "Lasts until the reset if use stays average; in busy weeks it runs out on {}.",
                date(earliest)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Four weeks of 70, 140, 70 and 280: 560 in 28 days, 20 a day, 10 to 40.
    fn uneven() -> Pace {
        let weeks = [10, 20, 10, 40].map(|daily| [daily; 7]);
        Pace::of(weeks.as_flattened()).unwrap()
    }

    #[test]
    fn the_range_is_from_the_quietest_to_the_busiest_week() {
        assert_eq!(uneven().over(30), Expected { likely: 600, low: 300, high: 1_200 });
        let run_out = uneven().run_out(100, day("2026-11-22"));
        assert_eq!(run_out.likely, Some(day("2026-11-27")));
        assert_eq!(run_out.earliest, Some(day("2026-11-24")));
        assert_eq!(run_out.latest, Some(day("2026-12-02")));
        assert!(run_out.before(day("2026-12-01")));
        assert_eq!(
            run_out.text(Some(day("2026-12-01"))),
            "Runs out about 27 Nov 2026, between 24 Nov 2026 and the reset."
        );
        assert_eq!(
            run_out.text(None),
            "Runs out about 27 Nov 2026, between 24 Nov 2026 and 2 Dec 2026."
        );
    }

    #[test]
    fn what_is_used_up_lasts_no_longer_however_little_is_used() {
        let (today, reset) = (day("2026-11-22"), Some(day("2026-12-01")));
        let idle = Pace::of(&[0; 28]).unwrap();
        assert_eq!(idle.lasts(0, today, reset), "Used up.");
        assert_eq!(idle.lasts(1, today, reset), "Lasts until the reset.");
    }

    #[test]
    fn what_is_expected_has_three_digits() {
        for (number, rounded) in
            [(0, 0), (999, 999), (1_004, 1_000), (1_005, 1_010), (61_446_428, 61_400_000)]
        {
            assert_eq!(to_three_digits(number), rounded);
        }
    }

    #[test]
    fn only_the_last_four_weeks_count() {
        let mut days = vec![1_000_000; 50];
        days.extend([5; 28]);
        assert_eq!(Pace::of(&days), Pace::of(&[5; 28]));
    }

    #[test]
    fn what_lies_before_the_first_use_is_no_history() {
        let days = [vec![0; 20], vec![5; 8]].concat();
        assert_eq!(Pace::of(&days).unwrap().over(10).likely, 50);
        assert_eq!(Pace::of(&[vec![0; 30], vec![5; 6]].concat()), None);
    }

    #[test]
    fn less_than_a_week_says_nothing() {
        assert_eq!(Pace::of(&[5; 6]), None);
        assert_eq!(Pace::of(&[5; 9]).unwrap().over(10).likely, 50);
    }

    #[test]
    fn what_is_not_used_never_runs_out_and_what_is_used_up_has_run_out_today() {
        let today = day("2026-11-22");
        let unused = Pace::of(&[0; 28]).unwrap().run_out(0, today);
        assert_eq!(unused, RunOut { likely: None, earliest: None, latest: None });
        assert_eq!(unused.text(None), "Lasts: it hardly grows.");
        assert_eq!(unused.text(Some(today)), "Lasts until the reset.");
        assert_eq!(uneven().run_out(-5, today).likely, Some(today));
        assert_eq!(uneven().run_out(i64::MAX, today).likely, None);
        let shrinking = Pace::of(&[-3; 28]).unwrap();
        assert_eq!(shrinking.over(7).likely, 0, "a level that falls does not run out");
    }

    #[test]
    fn where_only_busy_weeks_are_too_much_that_is_said() {
        let run_out = uneven().run_out(300, day("2026-11-22"));
        assert_eq!(
            run_out.text(Some(day("2026-12-01"))),
            "Lasts until the reset if use stays average; in busy weeks it runs out on 29 Nov 2026."
        );
    }

    #[test]
    fn even_use_has_no_range() {
        let run_out = Pace::of(&[10; 28]).unwrap().run_out(25, day("2026-11-22"));
        assert_eq!(run_out.text(None), "Runs out on 24 Nov 2026.");
    }
}
