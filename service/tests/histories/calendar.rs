//! The model's own idea of time: it asks whether two instants show the same day, week or month on a
//! wall clock, and computes no windows. That is right in the zones that it is used with, where
//! every day begins once, at midnight.

use crate::commands::{Cycle, Days};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// How often something starts anew.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span {
    Day,
    Week,
    Month,
    Year,
    Custom(Days),
    /// The calendar month in UTC.
    BillingMonth,
    Always,
}

impl From<Cycle> for Span {
    fn from(cycle: Cycle) -> Self {
        match cycle {
            Cycle::Monthly => Self::Month,
            Cycle::Weekly => Self::Week,
            Cycle::Custom(days) => Self::Custom(days),
        }
    }
}

impl Span {
    /// What a wall clock shows at `instant`, as far as this span cares; `None` lies outside of
    /// days that somebody chose.
    fn shown(self, zone: Tz, instant: DateTime<Utc>) -> Option<(i32, i64)> {
        let day = local_day(zone, instant);
        let billing = instant.date_naive();
        Some(match self {
            Self::Day => (day.year(), day.ordinal().into()),
            Self::Week => (day.iso_week().year(), day.iso_week().week().into()),
            Self::Month => (day.year(), day.month().into()),
            Self::Year => (day.year(), 0),
            Self::Custom(days) => (0, days.round(day)?),
            Self::BillingMonth => (billing.year(), billing.month().into()),
            Self::Always => (0, 0),
        })
    }

    /// Whether `instant` lies in one of these spans at all.
    pub(crate) fn runs(self, zone: Tz, instant: DateTime<Utc>) -> bool {
        self.shown(zone, instant).is_some()
    }

    /// Whether both instants lie in the same span.
    pub(crate) fn same(self, zone: Tz, one: DateTime<Utc>, other: DateTime<Utc>) -> bool {
        self.shown(zone, one).is_some_and(|shown| self.shown(zone, other) == Some(shown))
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Day => "daily",
            Self::Week => "weekly",
            Self::Month | Self::BillingMonth => "monthly",
            Self::Year => "yearly",
            Self::Custom(_) => "custom",
            Self::Always => "level",
        }
    }
}

impl Days {
    /// How often the days have been gone through before `day`.
    fn round(self, day: NaiveDate) -> Option<i64> {
        let mut begin = self.first;
        let length = self.last - self.first + chrono::TimeDelta::days(1);
        for round in 0.. {
            if day < begin || (round > 0 && !self.repeat) {
                return None;
            }
            if day < begin + length {
                return Some(round);
            }
            begin += length;
        }
        None
    }
}

/// The date on a wall clock.
pub(crate) fn local_day(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// Midnight at the beginning of `day`.
pub(crate) fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let local = zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
    local.single().expect("a zone in which every day begins once").to_utc()
}
