use super::{Period, TimeZone, Window, billing_month};
use chrono::{DateTime, Utc};

/// A zone, and its periods around one moment: they are asked for again and again, and finding out
/// when a local day begins takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: TimeZone,
    day: Option<Window>,
    week: Option<Window>,
    month: Option<Window>,
    year: Option<Window>,
    billing_month: Window,
}

impl Calendar {
    /// A calendar that is quick around `now`, and right at any moment.
    pub fn new(zone: TimeZone, now: DateTime<Utc>) -> Self {
        Self {
            zone,
            day: Period::Daily.window_at(zone, now),
            week: Period::Weekly.window_at(zone, now),
            month: Period::Monthly.window_at(zone, now),
            year: Period::Yearly.window_at(zone, now),
            billing_month: billing_month(now),
        }
    }

    /// The zone in which days begin.
    pub fn zone(&self) -> TimeZone {
        self.zone
    }

    /// Whether this calendar is quick at `now`: its shortest periods still run.
    pub fn is_around(&self, now: DateTime<Utc>) -> bool {
        self.day.is_some_and(|day| day.contains(now)) && self.billing_month.contains(now)
    }

    /// See [`Period::window_at`].
    pub fn window(&self, period: Period, now: DateTime<Utc>) -> Option<Window> {
        let remembered = match period {
            Period::Daily => self.day,
            Period::Weekly => self.week,
            Period::Monthly => self.month,
            Period::Yearly => self.year,
            Period::Custom(_) | Period::Level => None,
        };
        remembered
            .filter(|window| window.contains(now))
            .or_else(|| period.window_at(self.zone, now))
    }

    /// See [`billing_month`].
    pub fn billing_month(&self, now: DateTime<Utc>) -> Window {
        if self.billing_month.contains(now) { self.billing_month } else { billing_month(now) }
    }
}
