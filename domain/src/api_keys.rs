//! API keys as they are administered: what they are for, how long they live, and how one replaces
//! another (SPEC section 11).

use crate::{access::Scope, input::Invalid};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Whether a key can be used.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It can.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody has ended it.
    Revoked,
}

impl KeyState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Expired, Self::Revoked];

    /// The state at `now` of a key that ends and was revoked then.
    pub fn at(
        now: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
        revoked_at: Option<DateTime<Utc>>,
    ) -> Self {
        match (revoked_at, expires_at) {
            (Some(_), _) => Self::Revoked,
            (None, Some(end)) if end <= now => Self::Expired,
            (None, _) => Self::Active,
        }
    }

    /// The code that the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        })
    }
}

impl FromStr for KeyState {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|state| state.code() == code);
        found.ok_or_else(|| Invalid::new("state", "must be active, expired or revoked"))
    }
}

/// What a key is for: at least one scope, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Accepts codes in any order.
    pub fn parse(codes: &[impl AsRef<str>]) -> Result<Self, Invalid> {
        let unknown = || Invalid::new("scopes", "must be of consume, read and admin");
        let parsed: Result<Vec<Scope>, Invalid> =
            codes.iter().map(|code| code.as_ref().parse().map_err(|_| unknown())).collect();
        let parsed = parsed?;
        let scopes: Vec<Scope> =
            Scope::ALL.into_iter().filter(|scope| parsed.contains(scope)).collect();
        if scopes.is_empty() {
            return Err(Invalid::new("scopes", "must be at least one"));
        }
        if scopes.len() < parsed.len() {
            return Err(Invalid::new("scopes", "must each be there once"));
        }
        Ok(Self(scopes))
    }

    /// The scopes.
    pub fn into_vec(self) -> Vec<Scope> {
        self.0
    }
}

/// How far ahead the end of a key may be, in years of 365 days.
const LONGEST_LIFE: i64 = 10;

/// Refuses an end of a key that is not to come, or so far away that it is none.
pub fn check_end(end: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
    if end <= now {
        return Err(Invalid::new("expires_at", "must be in the future"));
    }
    if end - now > TimeDelta::days(365 * LONGEST_LIFE) {
        let message = format!("must be at most {LONGEST_LIFE} years ahead; null never ends");
        return Err(Invalid::new("expires_at", message));
    }
    Ok(end)
}

/// How long a key that was replaced still works beside the new one: 0 to 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap(i64);

impl Overlap {
    const LONGEST: i64 = 30 * 24 * 60 * 60;

    /// Accepts seconds.
    pub fn parse(seconds: i64) -> Result<Self, Invalid> {
        if (0..=Self::LONGEST).contains(&seconds) {
            return Ok(Self(seconds));
        }
        let message = format!("must be between 0 and {}: 30 days", Self::LONGEST);
        Err(Invalid::new("overlap_seconds", message))
    }

    /// When a key ends that is replaced at `now`: never later than it would have by itself.
    pub fn end(self, now: DateTime<Utc>, before: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let end = now + TimeDelta::seconds(self.0);
        before.map_or(end, |before| before.min(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_ends_at_its_end_or_when_it_is_revoked() {
        let now = at("2026-11-26T12:00:00Z");
        let soon = now + TimeDelta::seconds(1);
        assert_eq!(KeyState::at(now, None, None), KeyState::Active);
        assert_eq!(KeyState::at(now, Some(soon), None), KeyState::Active);
        assert_eq!(KeyState::at(now, Some(now), None), KeyState::Expired);
        assert_eq!(KeyState::at(now, Some(now), Some(now)), KeyState::Revoked);
        for state in KeyState::ALL {
            assert_eq!(state.code().parse(), Ok(state));
        }
    }

    #[test]
    fn a_key_has_each_of_its_scopes_once() {
        let parse = |codes: &[&str]| Scopes::parse(codes).map(Scopes::into_vec);
        assert_eq!(parse(&["read", "consume"]), Ok(vec![Scope::Consume, Scope::Read]));
        for bad in [&[][..], &["read", "read"], &["write"], &["Read"]] {
            assert_eq!(parse(bad).unwrap_err().field, "scopes", "{bad:?}");
        }
    }

    #[test]
    fn the_end_of_a_key_is_to_come_and_not_too_far_away() {
        let now = at("2026-11-26T12:00:00Z");
        let end = |days| check_end(now + TimeDelta::days(days), now);
        assert!(end(1).is_ok() && end(3_650).is_ok());
        for days in [-1, 0, 3_651, 1_000_000] {
            assert_eq!(end(days).unwrap_err().field, "expires_at", "{days}");
        }
    }

    #[test]
    fn an_overlap_lasts_up_to_thirty_days_and_lengthens_no_life() {
        let now = at("2026-11-26T12:00:00Z");
        let day = Overlap::parse(86_400).unwrap();
        assert_eq!(day.end(now, None), at("2026-11-27T12:00:00Z"));
        let before = at("2026-11-26T13:00:00Z");
        assert_eq!(day.end(now, Some(before)), before);
        assert_eq!(Overlap::parse(0).unwrap().end(now, None), now);
        assert!(Overlap::parse(2_592_000).is_ok());
        for seconds in [-1, 2_592_001, i64::MAX] {
            assert_eq!(Overlap::parse(seconds).unwrap_err().field, "overlap_seconds");
        }
    }
}
