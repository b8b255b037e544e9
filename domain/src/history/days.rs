use crate::{
    input::Invalid,
    period::{Period, TimeZone, Window},
};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use std::iter::successors;

/// The longest range.
const FIVE_YEARS: Months = Months::new(5 * 12);

/// Days of a calendar, the first and the last included. At most five years, none of them to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    first: NaiveDate,
    last: NaiveDate,
}

impl DayRange {
    /// Refuses a range that ends before it starts, is longer than five years, or ends after `today`.
    pub fn new(first: NaiveDate, last: NaiveDate, today: NaiveDate) -> Result<Self, Invalid> {
        if last > today {
            return Err(Invalid::new("to", format!("must not be after today, {today}")));
        }
        if last < first {
            return Err(Invalid::new("from", format!("must not be after the last day, {last}")));
        }
        if first.year() < 1973 {
            // Before, some zones were not a multiple of a quarter of an hour away from UTC.
            return Err(Invalid::new("from", "must be in 1973 or later"));
        }
        if first.checked_add_months(FIVE_YEARS).is_some_and(|end| end < last) {
            return Err(Invalid::new("from", "must be within five years of the last day"));
        }
        Ok(Self { first, last })
    }

    /// The month of `last` up to that day, and the five months before it.
    pub fn six_months(last: NaiveDate) -> Self {
        let month = last.with_day(1).unwrap_or(last);
        Self { first: month.checked_sub_months(Months::new(5)).unwrap_or(month), last }
    }

    /// The `count` days that end with `last`.
    pub fn ending_with(last: NaiveDate, count: u32) -> Self {
        let before = Days::new(u64::from(count.max(1) - 1));
        Self { first: last.checked_sub_days(before).unwrap_or(last), last }
    }

    /// A month by one of its days, up to `today`; `None` if it has not begun.
    pub fn month(day: NaiveDate, today: NaiveDate) -> Option<Self> {
        let first = day.with_day(1)?;
        let next = first.checked_add_months(Months::new(1))?;
        (first <= today).then_some(Self { first, last: next.pred_opt()?.min(today) })
    }

    /// The first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// The last day.
    pub fn last(self) -> NaiveDate {
        self.last
    }

    /// How many days there are.
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// All of them.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        successors(Some(self.first), NaiveDate::succ_opt).take_while(move |day| *day <= self.last)
    }
}

/// A span of time cut into days, and where sums for its pieces are found: whole days of the
/// organization's zone, and the quarters of an hour at its edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    /// A day for each piece, in order.
    days: Vec<NaiveDate>,
    /// When each piece begins.
    starts: Vec<DateTime<Utc>>,
    window: Window,
    whole: Option<(NaiveDate, NaiveDate)>,
    edges: Vec<Window>,
}

impl Segments {
    /// Whole days of `zone`, in an organization whose days begin where `home` says.
    pub fn of_days(range: DayRange, zone: TimeZone, home: TimeZone) -> Self {
        let window = Window {
            starts_at: zone.first_instant(range.first),
            ends_at: zone.first_instant(range.last.succ_opt().unwrap_or(NaiveDate::MAX)),
        };
        let days: Vec<NaiveDate> = range.days().collect();
        let starts = days.iter().map(|day| zone.first_instant(*day)).collect();
        let own = zone == home;
        Self {
            days,
            starts,
            window,
            whole: own.then_some((range.first, range.last)),
            edges: if own { Vec::new() } else { vec![window] },
        }
    }

    /// A span that need not begin or end with a day of `home`, such as a billing month.
    pub fn of_window(window: Window, home: TimeZone) -> Self {
        let last = window.ends_at - TimeDelta::microseconds(1);
        let Self { days, starts, .. } = Self::touched((window.starts_at, last), home);
        let begins = |day: Option<NaiveDate>| day.map(|day| home.first_instant(day));
        let within = |day: NaiveDate| {
            home.first_instant(day) >= window.starts_at
                && begins(day.succ_opt()).is_some_and(|end| end <= window.ends_at)
        };
        let first = days.iter().copied().find(|day| within(*day));
        let last = days.iter().copied().rev().find(|day| within(*day));
        let whole = first.zip(last);
        let edges = match whole {
            None => vec![window],
            Some((first, last)) => {
                let from = home.first_instant(first);
                let to = begins(last.succ_opt()).unwrap_or(window.ends_at);
                let edges = [
                    Window { starts_at: window.starts_at, ends_at: from },
                    Window { starts_at: to, ends_at: window.ends_at },
                ];
                edges.into_iter().filter(|edge| edge.starts_at < edge.ends_at).collect()
            }
        };
        Self { days, starts, window, whole, edges }
    }

    /// The days of `home` from the one that holds an instant to the one that holds another: what
    /// lies between is cut into these, and read by nothing.
    pub fn touched((from, to): (DateTime<Utc>, DateTime<Utc>), home: TimeZone) -> Self {
        // Not the date on the wall, which can be the day before for a second time.
        let day = |instant| {
            let day = Period::Daily.window_at(home, instant);
            home.local_day(day.map_or(instant, |day| day.starts_at))
        };
        let days: Vec<NaiveDate> = DayRange { first: day(from), last: day(to) }.days().collect();
        let starts = days.iter().map(|day| home.first_instant(*day)).collect();
        let window = Window { starts_at: from, ends_at: to };
        Self { days, starts, window, whole: None, edges: Vec::new() }
    }

    /// A day for each piece, in order.
    pub fn days(&self) -> &[NaiveDate] {
        &self.days
    }

    /// When each piece begins.
    pub fn starts(&self) -> &[DateTime<Utc>] {
        &self.starts
    }

    /// The whole span.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The first and the last of the organization's days that lie in it as a whole.
    pub fn whole_days(&self) -> Option<(NaiveDate, NaiveDate)> {
        self.whole
    }

    /// What is left of it at the edges: these begin and end with a quarter of an hour.
    pub fn edges(&self) -> &[Window] {
        &self.edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_in_disorder_too_long_or_to_come_is_refused() {
        let today = day("2026-11-22");
        let field = |first, last| {
            DayRange::new(day(first), day(last), today).map_err(|error| error.field).err()
        };
        assert_eq!(field("2026-11-22", "2026-11-22"), None);
        assert_eq!(field("2026-11-22", "2026-11-21").as_deref(), Some("from"));
        assert_eq!(field("2026-11-22", "2026-11-23").as_deref(), Some("to"));
        assert_eq!(field("2021-11-22", "2026-11-22"), None);
        assert_eq!(field("2021-11-21", "2026-11-22").as_deref(), Some("from"));
        assert_eq!(field("1972-01-01", "1972-01-02").as_deref(), Some("from"));
    }

    #[test]
    fn days_in_the_organizations_zone_are_read_whole_and_others_by_the_quarter() {
        let range = DayRange::new(day("2026-03-28"), day("2026-03-30"), day("2026-11-22")).unwrap();
        let berlin = zone("Europe/Berlin");
        let own = Segments::of_days(range, berlin, berlin);
        assert_eq!(own.whole_days(), Some((range.first(), range.last())));
        assert_eq!(own.edges(), []);
        let hours: Vec<i64> =
            own.starts().windows(2).map(|pair| (pair[1] - pair[0]).num_hours()).collect();
        assert_eq!(hours, [24, 23], "clocks go forward on the 29th");
        let other = Segments::of_days(range, berlin, TimeZone::UTC);
        assert_eq!((other.whole_days(), other.edges()), (None, &[own.window()][..]));
    }

    #[test]
    fn a_billing_month_elsewhere_begins_and_ends_within_a_day() {
        let month = crate::period::billing_month(at("2026-11-22T12:00:00Z"));
        let here = Segments::of_window(month, TimeZone::UTC);
        assert_eq!((here.days().len(), here.edges()), (30, &[][..]));
        let kathmandu = Segments::of_window(month, zone("Asia/Kathmandu"));
        assert_eq!(kathmandu.days().len(), 31, "parts of the first and of the last");
        assert_eq!(kathmandu.whole_days(), Some((day("2026-11-02"), day("2026-11-30"))));
        assert_eq!(
            kathmandu.edges(),
            [
                Window { starts_at: month.starts_at, ends_at: at("2026-11-01T18:15:00Z") },
                Window { starts_at: at("2026-11-30T18:15:00Z"), ends_at: month.ends_at },
            ]
        );
    }

    #[test]
    fn a_span_within_a_day_has_no_whole_one() {
        let hour =
            Window { starts_at: at("2026-11-01T10:00:00Z"), ends_at: at("2026-11-01T11:00:00Z") };
        let segments = Segments::of_window(hour, TimeZone::UTC);
        assert_eq!((segments.whole_days(), segments.edges()), (None, &[hour][..]));
        assert_eq!(segments.days(), [day("2026-11-01")]);
    }

    #[test]
    fn the_hour_before_midnight_that_comes_again_belongs_to_the_new_day() {
        // In Havana 00:00 to 01:00 of 1 November 2026 happens twice, 04:00Z and 05:00Z.
        let twice = (at("2026-11-01T03:59:00Z"), at("2026-11-01T05:30:00Z"));
        let segments = Segments::touched(twice, zone("America/Havana"));
        assert_eq!(segments.days(), [day("2026-10-31"), day("2026-11-01")]);
        assert_eq!(segments.starts()[1], at("2026-11-01T04:00:00Z"));
    }

    #[test]
    fn months_end_today_at_the_latest() {
        let today = day("2026-11-22");
        let of =
            |text| DayRange::month(day(text), today).map(|month| (month.first(), month.last()));
        assert_eq!(of("2026-10-15"), Some((day("2026-10-01"), day("2026-10-31"))));
        assert_eq!(of("2026-11-22"), Some((day("2026-11-01"), today)));
        assert_eq!(of("2026-12-01"), None);
    }
}
