//! What pages show, as data that the server fills and both faces understand. Every number comes
//! from the functions that enforce it; times carry their text in the organization's zone, because
//! a browser's own locale must not change what is shown.

mod alerts;
mod budgets;
pub mod members;
mod my_usage;
mod packs;
mod plan;
mod quota_management;
mod quotas;
mod raises;
mod usage;

pub use alerts::*;
pub use budgets::*;
pub use my_usage::*;
pub use packs::*;
pub use plan::*;
pub use quota_management::*;
pub use quotas::*;
pub use raises::*;
pub use usage::*;

use crate::{
    access::Rights,
    input::Invalid,
    period::{TimeZone, Window},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The person who is signed in, as the shell needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// The organization that they are signed in to.
    pub organization: String,
    /// What they may do.
    pub rights: Rights,
    /// Whether they can sign in again: someone who came by a one-time link has no password yet.
    pub has_password: bool,
}

/// An instant with its text in the organization's zone and its distance from now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Such as `1 Dec 2026, 00:00 CET`.
    pub text: String,
    /// Such as `9 days 4 h`; empty once it has passed.
    pub from_now: String,
}

impl Moment {
    /// Describes `at` as seen in `zone` at `now`.
    pub fn new(at: DateTime<Utc>, zone: TimeZone, now: DateTime<Utc>) -> Self {
        Self { at, text: zone.local_text(at), from_now: distance(at - now) }
    }
}

/// The two largest units of a time to come: `9 days 4 h`, `9 days`, `4 h 10 min`, `3 min`.
fn distance(left: TimeDelta) -> String {
    let (days, hours, minutes) = (left.num_days(), left.num_hours() % 24, left.num_minutes() % 60);
    match (days, hours, minutes) {
        _ if left <= TimeDelta::zero() => String::new(),
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, 0, _) => format!("{days} days"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

/// A period as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Such as `1 Nov 2026 – 30 Nov 2026`: first and last day, both included.
    pub days: String,
    /// The zone in which its days begin.
    pub zone: String,
    /// When the next one begins.
    pub resets: Moment,
}

impl Period {
    /// Describes `window` as seen in `zone` at `now`.
    pub fn new(window: Window, zone: TimeZone, now: DateTime<Utc>) -> Self {
        let day = |instant| zone.local_day(instant).format("%-d %b %Y");
        let last = window.ends_at - TimeDelta::nanoseconds(1);
        Self {
            days: format!("{} – {}", day(window.starts_at), day(last)),
            zone: zone.to_string(),
            resets: Moment::new(window.ends_at, zone, now),
        }
    }
}

/// Whether a member may use anything.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// May use what their limits allow.
    Active,
    /// May use nothing; what they used stays.
    Inactive,
    /// Has not accepted the invitation yet.
    Invited,
    /// Has left for good; what they used stays.
    Removed,
}

impl MemberStatus {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Invited => "invited",
            Self::Removed => "removed",
        }
    }
}

impl FromStr for MemberStatus {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        [Self::Active, Self::Inactive, Self::Invited, Self::Removed]
            .into_iter()
            .find(|status| status.code() == code)
            .ok_or_else(|| Invalid::new("status", "must be active, inactive or invited"))
    }
}

impl fmt::Display for MemberStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Invited => "Invited",
            Self::Removed => "Removed",
        })
    }
}

/// The answer of `GET /api/usage`: exactly these fields.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageSummary {
    /// Credits that the plan grants each billing month.
    pub quota_total: i64,
    /// Credits of this month's allowance that are used.
    pub quota_used: i64,
    /// Credits of this month's allowance that are left.
    pub quota_remaining: i64,
    /// Credits left in packs.
    pub credits_remaining: i64,
    /// When the next billing month begins.
    pub reset_date: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_name_the_two_largest_units() {
        let text = |minutes| distance(TimeDelta::minutes(minutes));
        assert_eq!(text(9 * 1_440 + 250), "9 days 4 h");
        assert_eq!(text(2 * 1_440), "2 days");
        assert_eq!(text(1_440 + 60), "1 day 1 h");
        assert_eq!(text(1_440), "1 day");
        assert_eq!(text(250), "4 h 10 min");
        assert_eq!(text(3), "3 min");
        assert_eq!(distance(TimeDelta::seconds(5)), "less than a minute");
        assert_eq!(text(-3), "");
    }

    #[test]
    fn periods_name_their_last_day_and_the_reset_in_the_zone() {
        let at = |text: &str| text.parse().unwrap();
        let window =
            Window { starts_at: at("2026-10-31T23:00:00Z"), ends_at: at("2026-11-30T23:00:00Z") };
        let period =
            Period::new(window, "Europe/Berlin".parse().unwrap(), at("2026-11-21T12:00:00Z"));
        assert_eq!(period.days, "1 Nov 2026 – 30 Nov 2026");
        assert_eq!(period.resets.text, "1 Dec 2026, 00:00 CET");
        assert_eq!(period.resets.from_now, "9 days 11 h");
    }
}
