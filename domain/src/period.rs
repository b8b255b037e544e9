//! Periods in a time zone and the half-open UTC windows that they make (SPEC section 2).

use crate::input::Invalid;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

mod calendar;
mod cycle;

pub use calendar::Calendar;
pub use cycle::{Cycle, CycleInput};

/// An IANA time zone.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(Tz);

impl TimeZone {
    /// The zone of every billing month.
    pub const UTC: Self = Self(Tz::UTC);

    /// The first instant whose local date is `day` or later: local midnight, its first pass where
    /// it happens twice, and the end of the gap where it doesn't exist.
    pub fn first_instant(self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        match self.0.from_local_datetime(&midnight).earliest() {
            Some(instant) => instant.with_timezone(&Utc),
            None => self.end_of_gap(day),
        }
    }

    /// Finds the jump that swallowed midnight of `day`. Offsets stay within -12 h and +14 h, so
    /// the jump lies within a day and a bit of that midnight read as UTC.
    fn end_of_gap(self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN).and_utc();
        let reached = |instant: DateTime<Utc>| self.local_day(instant) >= day;
        let (mut before, mut after) =
            (midnight - TimeDelta::hours(15), midnight + TimeDelta::hours(13));
        while after - before > TimeDelta::seconds(1) {
            let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
            if reached(middle) {
                after = middle;
            } else {
                before = middle;
            }
        }
        after
    }

    /// When `last_day` is over. Refuses one that is over by `now`.
    pub fn end_of(self, last_day: NaiveDate, now: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
        let next_day = last_day.succ_opt().filter(|day| day.year() <= 9000);
        let next_day = next_day.ok_or_else(|| Invalid::new("last_day", "is too far away"))?;
        let end = self.first_instant(next_day);
        let over = || Invalid::new("last_day", "must not be in the past");
        (end > now).then_some(end).ok_or_else(over)
    }

    /// The date that a wall clock in this zone shows at `instant`.
    pub fn local_day(self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.0).date_naive()
    }

    /// The time that a wall clock in this zone shows at `instant`, such as `10:15`.
    pub fn local_time(self, instant: DateTime<Utc>) -> String {
        instant.with_timezone(&self.0).format("%H:%M").to_string()
    }

    /// What the zone is called at `instant`, such as `CET`.
    pub fn abbreviation(self, instant: DateTime<Utc>) -> String {
        instant.with_timezone(&self.0).format("%Z").to_string()
    }

    /// The date and time that a wall clock in this zone shows at `instant`, with the zone's
    /// abbreviation, such as `1 Dec 2026, 00:00 CET`.
    pub fn local_text(self, instant: DateTime<Utc>) -> String {
        instant.with_timezone(&self.0).format("%-d %b %Y, %H:%M %Z").to_string()
    }
}

impl FromStr for TimeZone {
    type Err = Invalid;
    fn from_str(name: &str) -> Result<Self, Invalid> {
        name.parse().map(Self).map_err(|_| {
            Invalid::new("time_zone", "must be an IANA time zone such as Europe/Berlin")
        })
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Invalid;
    fn try_from(name: String) -> Result<Self, Invalid> {
        name.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> String {
        zone.to_string()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// A half-open span of time: it includes `starts_at` and ends just before `ends_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The first instant inside.
    pub starts_at: DateTime<Utc>,
    /// The first instant after it: when a balance kept for this window resets.
    pub ends_at: DateTime<Utc>,
}

impl Window {
    /// All of the time: a gauge never starts anew.
    pub const ALWAYS: Self = Self {
        starts_at: DateTime::UNIX_EPOCH,
        // 1 January 9999: what the database can hold, and what fits into microseconds.
        ends_at: DateTime::from_timestamp(253_370_764_800, 0).expect("an instant that exists"),
    };

    /// Whether `instant` lies inside.
    pub fn contains(self, instant: DateTime<Utc>) -> bool {
        (self.starts_at..self.ends_at).contains(&instant)
    }
}

/// The billing month of every plan: the calendar month in UTC.
pub fn billing_month(now: DateTime<Utc>) -> Window {
    let index = month_index(now.date_naive());
    let starts_at = |index| TimeZone::UTC.first_instant(month_start(index));
    Window { starts_at: starts_at(index), ends_at: starts_at(index + 1) }
}

/// When the quarter of an hour began that `instant` lies in. Each begins with one in every time zone, since
/// all are multiples of that away from UTC.
pub fn quarter_hour(instant: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = instant.timestamp();
    let begun = seconds - seconds.rem_euclid(15 * 60);
    DateTime::from_timestamp(begun, 0).unwrap_or(instant)
}

/// How often a limit starts anew (SPEC section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// From midnight.
    Daily,
    /// From Monday.
    Weekly,
    /// From the 1st.
    Monthly,
    /// From 1 January.
    Yearly,
    /// Two dates of somebody's choice.
    Custom(CustomPeriod),
    /// Never: the level of a gauge.
    Level,
}

/// The word for a period that the API and the pages use.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants of `Period`")]
pub enum PeriodKind {
    Daily,
    Weekly,
    Monthly,
    Yearly,
    Custom,
    Level,
}

impl PeriodKind {
    const ALL: [Self; 6] =
        [Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly, Self::Custom, Self::Level];

    /// The word itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::Custom => "custom",
            Self::Level => "level",
        }
    }

    /// How often, after an amount: `5 a day`.
    pub fn per(self) -> &'static str {
        match self {
            Self::Daily => "a day",
            Self::Weekly => "a week",
            Self::Monthly => "a month",
            Self::Yearly => "a year",
            Self::Custom => "between two dates",
            Self::Level => "at any time",
        }
    }
}

impl fmt::Display for PeriodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PeriodKind {
    type Err = Invalid;
    fn from_str(word: &str) -> Result<Self, Invalid> {
        let unknown = || Invalid::new("period", "is no kind of period");
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(unknown)
    }
}

/// A period between two dates, both included. Only [`CustomPeriod::new`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CustomPeriod {
    first_day: NaiveDate,
    last_day: NaiveDate,
    repeat: bool,
}

impl CustomPeriod {
    /// The longest custom period: five years.
    const MAX_DAYS: i64 = 5 * 366;

    /// Refuses dates out of order, periods over five years, and years outside 1970 to 9000.
    pub fn new(first_day: NaiveDate, last_day: NaiveDate, repeat: bool) -> Result<Self, Invalid> {
        for (field, day) in [("first_day", first_day), ("last_day", last_day)] {
            if !(1970..=9000).contains(&day.year()) {
                return Err(Invalid::new(field, "must lie between the years 1970 and 9000"));
            }
        }
        if last_day < first_day {
            return Err(Invalid::new("last_day", "must not be before the first day"));
        }
        if (last_day - first_day).num_days() >= Self::MAX_DAYS {
            return Err(Invalid::new("last_day", "must be within five years of the first day"));
        }
        Ok(Self { first_day, last_day, repeat })
    }

    /// The first day, included.
    pub fn first_day(self) -> NaiveDate {
        self.first_day
    }

    /// The last day, included.
    pub fn last_day(self) -> NaiveDate {
        self.last_day
    }

    /// Whether the next period of the same length follows the last day.
    pub fn repeat(self) -> bool {
        self.repeat
    }

    fn days(self) -> i64 {
        (self.last_day - self.first_day).num_days() + 1
    }

    /// How many calendar months the first period touches.
    pub fn months_touched(self) -> i64 {
        month_index(self.last_day) - month_index(self.first_day) + 1
    }
}

impl Period {
    /// The period that `now` falls in. None before a custom period begins and after the last day
    /// of one that does not repeat: its limit does not apply then.
    pub fn window_at(self, zone: TimeZone, now: DateTime<Utc>) -> Option<Window> {
        if self == Self::Level {
            return Some(Window::ALWAYS);
        }
        let guess = self.index_on(zone.local_day(now));
        // Where clocks go back over midnight, the wall shows the day before for a second time:
        // the instant then belongs to the period after the one of its local date.
        [guess, guess + 1]
            .into_iter()
            .filter_map(|index| self.window(zone, index))
            .find(|window| window.contains(now))
    }

    /// The word that the API and the pages use.
    pub fn kind(self) -> PeriodKind {
        match self {
            Self::Daily => PeriodKind::Daily,
            Self::Weekly => PeriodKind::Weekly,
            Self::Monthly => PeriodKind::Monthly,
            Self::Yearly => PeriodKind::Yearly,
            Self::Custom(_) => PeriodKind::Custom,
            Self::Level => PeriodKind::Level,
        }
    }

    /// The `index`th period. Counted from a fixed anchor, never by adding to the one before.
    fn window(self, zone: TimeZone, index: i64) -> Option<Window> {
        if !self.exists(index) {
            return None;
        }
        let window = Window {
            starts_at: zone.first_instant(self.first_day(index)?),
            ends_at: zone.first_instant(self.first_day(index + 1)?),
        };
        // A day that a zone skipped, as when it crossed the date line, has no instant.
        (window.starts_at < window.ends_at).then_some(window)
    }

    /// The period of calendar days that `day` falls in: its first day, and the day after its last.
    pub fn days_around(self, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let index = self.index_on(day);
        let first = self.first_day(index).filter(|_| self.exists(index))?;
        Some((first, self.first_day(index + 1)?))
    }

    /// The days after `day` on which a period begins, and the one on which the last has ended.
    pub fn boundaries_after(self, day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let next = self.index_on(day) + 1;
        let next = if matches!(self, Self::Custom(_)) { next.max(0) } else { next };
        let exist = move |index: &i64| self.exists(*index) || self.exists(*index - 1);
        (next..).take_while(exist).map_while(move |index| self.first_day(index))
    }

    /// Whether there is an `index`th period.
    fn exists(self, index: i64) -> bool {
        match self {
            Self::Custom(custom) => index == 0 || (index > 0 && custom.repeat),
            _ => true,
        }
    }

    fn index_on(self, day: NaiveDate) -> i64 {
        match self {
            Self::Daily => (day - MONDAY).num_days(),
            Self::Weekly => (day - MONDAY).num_days().div_euclid(7),
            Self::Monthly => month_index(day),
            Self::Yearly => i64::from(day.year()),
            Self::Custom(custom) => (day - custom.first_day).num_days().div_euclid(custom.days()),
            Self::Level => 0,
        }
    }

    fn first_day(self, index: i64) -> Option<NaiveDate> {
        match self {
            Self::Daily => MONDAY.checked_add_signed(TimeDelta::days(index)),
            Self::Weekly => MONDAY.checked_add_signed(TimeDelta::days(index * 7)),
            Self::Monthly => Some(month_start(index)),
            Self::Yearly => Some(month_start(index * 12)),
            Self::Custom(custom) => custom
                .first_day
                .checked_add_days(Days::new(u64::try_from(index * custom.days()).ok()?)),
            Self::Level => None,
        }
    }
}

/// Weeks are counted from this Monday.
const MONDAY: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 5).expect("a date that exists");

fn month_index(day: NaiveDate) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month0())
}

/// The 1st of a month by its index. Years stay within what a timestamp of the database can hold.
fn month_start(index: i64) -> NaiveDate {
    let year = i32::try_from(index.div_euclid(12)).unwrap_or(i32::MAX);
    let month = u32::try_from(index.rem_euclid(12)).unwrap_or(0) + 1;
    NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
