//! Days as a chart names them.

use chrono::{Datelike, NaiveDate, Weekday};

/// How many characters have room under a chart on a phone.
const ROOM: usize = 42;
/// How many are left free between two names.
const GAP: usize = 2;

/// Whether a day is named, by its place among the others.
type Rule = fn(usize, NaiveDate) -> bool;

/// Which days are named, and how: the first of these whose names have room.
const RULES: [(Rule, &str); 8] = [
    (|_, _| true, "%-d %b"),
    (|index, _| index % 2 == 0, "%-d %b"),
    (|_, day| day.weekday() == Weekday::Mon, "%-d %b"),
    (|_, day| day.num_days_from_ce() % 14 == 1, "%-d %b"),
    (|_, day| day.day() == 1, "%b"),
    (|_, day| day.day() == 1 && day.month0() % 3 == 0, "%b %Y"),
    (|_, day| day.day() == 1 && day.month0() % 6 == 0, "%b %Y"),
    (|_, day| day.ordinal() == 1, "%Y"),
];

/// The days to name, by their place, and their names.
pub(super) fn named(days: &[NaiveDate]) -> Vec<(usize, String)> {
    let by = |rule: Rule, format: &str| {
        let days = days.iter().enumerate().filter(|(index, day)| rule(*index, **day));
        days.map(|(index, day)| (index, day.format(format).to_string())).collect::<Vec<_>>()
    };
    let room = |names: &Vec<(usize, String)>| {
        names.iter().map(|(_, name)| name.len() + GAP).sum::<usize>() <= ROOM
    };
    RULES.into_iter().map(|(rule, format)| by(rule, format)).find(room).unwrap_or_default()
}

/// A day in full.
pub(super) fn text(day: NaiveDate) -> String {
    day.format("%a %-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(first: &str, days: usize) -> String {
        let first: NaiveDate = first.parse().unwrap();
        let days: Vec<_> = first.iter_days().take(days).collect();
        named(&days).into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_names_of_days_have_room_however_many_there_are() {
        assert_eq!(names("2026-11-20", 0), "");
        assert_eq!(names("2026-11-20", 3), "20 Nov, 21 Nov, 22 Nov");
        assert_eq!(names("2026-11-20", 8), "20 Nov, 22 Nov, 24 Nov, 26 Nov");
        assert_eq!(names("2026-11-20", 14), "23 Nov, 30 Nov");
        assert_eq!(names("2026-11-01", 50), "9 Nov, 23 Nov, 7 Dec");
        assert_eq!(names("2026-11-01", 30), "2 Nov, 9 Nov, 16 Nov, 23 Nov, 30 Nov");
        assert_eq!(names("2026-05-23", 184), "Jun, Jul, Aug, Sep, Oct, Nov");
        assert_eq!(names("2025-11-23", 365), "Jan 2026, Apr 2026, Jul 2026, Oct 2026");
        assert_eq!(names("2024-11-23", 730), "Jan 2025, Jul 2025, Jan 2026, Jul 2026");
        assert_eq!(names("2021-11-23", 1_827), "2022, 2023, 2024, 2025, 2026");
    }
}
