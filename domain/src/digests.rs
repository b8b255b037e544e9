//! When a week or a month is told in numbers.

use crate::period::TimeZone;
use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc};

/// The hour of the morning from which on they are told.
const MORNING: TimeDelta = TimeDelta::hours(8);
/// Days on which they are still told where nobody could before; later they are no news any more.
const WORTH_TELLING: i64 = 2;

/// A week or a month that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which of both.
    pub kind: SpanKind,
    /// The first day.
    pub first: NaiveDate,
    /// The last day, included.
    pub last: NaiveDate,
}

/// A week or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// From Monday to Sunday.
    Week,
    /// From the 1st on.
    Month,
}

impl Span {
    /// The last whole week or month, if it is to be told at `now` in `zone`: on the morning after it, or
    /// the day after that.
    pub fn due(kind: SpanKind, zone: TimeZone, now: DateTime<Utc>) -> Option<Self> {
        let today = zone.local_day(now);
        let begin = match kind {
            SpanKind::Week => today - Days::new(today.weekday().num_days_from_monday().into()),
            SpanKind::Month => today.with_day(1)?,
        };
        let told_from = zone.first_instant(begin) + MORNING;
        if now < told_from || (today - begin).num_days() >= WORTH_TELLING {
            return None;
        }
        Some(Self::ending_before(kind, begin))
    }

    fn ending_before(kind: SpanKind, begin: NaiveDate) -> Self {
        let last = begin - Days::new(1);
        let first = match kind {
            SpanKind::Week => begin - Days::new(7),
            SpanKind::Month => last - Days::new(last.day0().into()),
        };
        Self { kind, first, last }
    }

    /// The one before it.
    #[must_use]
    pub fn before(self) -> Self {
        Self::ending_before(self.kind, self.first)
    }

    /// By this name it is told once.
    pub fn name(self) -> String {
        let kind = match self.kind {
            SpanKind::Week => "week",
            SpanKind::Month => "month",
        };
        format!("{kind} from {}", self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First and last day of what is due, as one text.
    fn due(kind: SpanKind, zone: &str, now: &str) -> Option<String> {
        let span = Span::due(kind, zone.parse().unwrap(), now.parse().unwrap())?;
        Some(format!("{} to {}", span.first, span.last))
    }

    #[test]
    fn a_week_is_told_on_monday_morning_where_the_organization_is() {
        let berlin = |now| due(SpanKind::Week, "Europe/Berlin", now);
        let last_week = Some("2026-11-16 to 2026-11-22".to_owned());
        assert_eq!(berlin("2026-11-23T06:59:59Z"), None);
        assert_eq!(berlin("2026-11-23T07:00:00Z"), last_week);
        assert_eq!(berlin("2026-11-24T22:59:59Z"), last_week);
        assert_eq!(berlin("2026-11-24T23:00:00Z"), None, "Wednesday");
        assert_eq!(due(SpanKind::Week, "Asia/Tokyo", "2026-11-22T23:00:00Z"), last_week);
    }

    #[test]
    fn a_month_is_told_on_the_first_morning_of_the_next() {
        let utc = |now| due(SpanKind::Month, "UTC", now);
        assert_eq!(utc("2026-03-01T07:59:59Z"), None);
        assert_eq!(utc("2026-03-01T08:00:00Z").unwrap(), "2026-02-01 to 2026-02-28");
        assert_eq!(utc("2026-01-02T23:00:00Z").unwrap(), "2025-12-01 to 2025-12-31");
        assert_eq!(utc("2026-01-03T00:00:00Z"), None);
        let now = "2026-03-01T08:00:00Z".parse().unwrap();
        let before = Span::due(SpanKind::Month, TimeZone::UTC, now).unwrap().before();
        assert_eq!(before.name(), "month from 2026-01-01");
        assert_eq!(before.last.to_string(), "2026-01-31");
    }
}
