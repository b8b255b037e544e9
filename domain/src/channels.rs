//! Channels: by which teams and programs are told, of what, and when a message that nobody took is sent
//! again (SPEC section 10).

use crate::{
    answer::LimitScope,
    input::Invalid,
    notices::{ChannelKind, News, NewsKind},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, str::FromStr};

impl ChannelKind {
    /// Whether the service that it speaks to can give it a secret to sign with. That of a webhook is
    /// made here instead.
    pub fn takes_secret(self) -> bool {
        matches!(self, Self::Feishu | Self::Dingtalk)
    }

    /// Whether the same message may arrive twice: programs know it by its id, people do not.
    pub fn repeats(self) -> bool {
        self == Self::Webhook
    }

    /// What people see of an address: who knows that of a chat can write to it, so only its host is shown.
    pub fn shown(self, url: &str) -> String {
        if self == Self::Webhook {
            return url.to_owned();
        }
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{host}/…")
    }
}

/// Whose limits a channel tells of.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitLevel {
    /// The plan's and the organization's.
    Organization,
    /// Those of subtenants.
    Subtenant,
    /// Those of members.
    Member,
}

impl LimitLevel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Organization, Self::Subtenant, Self::Member];

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Subtenant => "subtenant",
            Self::Member => "member",
        }
    }
}

impl From<LimitScope> for LimitLevel {
    fn from(scope: LimitScope) -> Self {
        match scope {
            LimitScope::Plan | LimitScope::Organization => Self::Organization,
            LimitScope::Subtenant => Self::Subtenant,
            LimitScope::Member => Self::Member,
        }
    }
}

impl FromStr for LimitLevel {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|level| level.code() == code);
        known.ok_or_else(|| Invalid::new("levels", "must be of organization, subtenant and member"))
    }
}

/// What a channel carries: at least one kind of news, and where it tells of limits, whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Carried {
    kinds: BTreeSet<NewsKind>,
    levels: BTreeSet<LimitLevel>,
}

impl Carried {
    /// What a form for a new channel starts with. The limits of members are many.
    pub fn usual() -> Self {
        Self {
            kinds: [NewsKind::LimitReached, NewsKind::RaiseRequested].into(),
            levels: [LimitLevel::Organization, LimitLevel::Subtenant].into(),
        }
    }

    /// At least one kind, and where limits are among them, whose. Which field is wrong is `kinds` or
    /// `levels`.
    pub fn new(kinds: BTreeSet<NewsKind>, levels: BTreeSet<LimitLevel>) -> Result<Self, Invalid> {
        if kinds.is_empty() {
            return Err(Invalid::new("kinds", "must be at least one"));
        }
        if kinds.contains(&NewsKind::ChannelTest) {
            return Err(Invalid::new("kinds", "has channel.test, which goes to every channel"));
        }
        if kinds.contains(&NewsKind::LimitReached) && levels.is_empty() {
            return Err(Invalid::new("levels", "must say whose limits it tells of"));
        }
        Ok(Self { kinds, levels })
    }

    /// The kinds of news that codes say.
    pub fn parse_kinds<T: AsRef<str>>(codes: &[T]) -> Result<BTreeSet<NewsKind>, Invalid> {
        let kinds: Result<BTreeSet<NewsKind>, Invalid> =
            codes.iter().map(|code| code.as_ref().parse()).collect();
        kinds.map_err(|invalid| invalid.at("kinds"))
    }

    /// The levels of limits that codes say.
    pub fn parse_levels<T: AsRef<str>>(codes: &[T]) -> Result<BTreeSet<LimitLevel>, Invalid> {
        codes.iter().map(|code| code.as_ref().parse()).collect()
    }

    /// What codes say.
    pub fn parse<T: AsRef<str>>(kinds: &[T], levels: &[T]) -> Result<Self, Invalid> {
        Self::new(Self::parse_kinds(kinds)?, Self::parse_levels(levels)?)
    }

    /// The kinds of news.
    pub fn kinds(&self) -> &BTreeSet<NewsKind> {
        &self.kinds
    }

    /// Whose limits it tells of.
    pub fn levels(&self) -> &BTreeSet<LimitLevel> {
        &self.levels
    }

    /// Whether this is news for the channel.
    pub fn includes(&self, news: &News) -> bool {
        let level = match news {
            News::LimitReached(reached) => Some(LimitLevel::from(reached.scope)),
            _ => None,
        };
        self.kinds.contains(&news.kind()) && level.is_none_or(|level| self.levels.contains(&level))
    }
}

/// How long it takes to try again, the longer the more often it failed.
const BACKOFF: [TimeDelta; 7] = [
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::hours(1),
    TimeDelta::hours(3),
    TimeDelta::hours(6),
    TimeDelta::hours(12),
];

/// By how much waiting times differ from what they should be, so that not all try at the same moment: up
/// to a fifth less or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter(u16);

impl Jitter {
    /// Of a random number: 0 is a fifth less, 65,535 a fifth more.
    pub fn of(random: u16) -> Self {
        Self(random)
    }

    fn applied_to(self, wait: TimeDelta) -> TimeDelta {
        let permille = 800 + i64::from(self.0) * 400 / i64::from(u16::MAX);
        TimeDelta::milliseconds(wait.num_seconds() * permille)
    }
}

/// How long a message waits that was tried `attempts` times; `None`: it is given up.
pub fn backoff(attempts: u32, jitter: Jitter) -> Option<TimeDelta> {
    let wait = BACKOFF.get(usize::try_from(attempts).ok()?.checked_sub(1)?)?;
    Some(jitter.applied_to(*wait))
}

/// How long a channel rests after `failures` in a row; it is never given up.
pub fn rest(failures: u32, jitter: Jitter) -> TimeDelta {
    let last = BACKOFF.len() - 1;
    let step = usize::try_from(failures).unwrap_or(last).saturating_sub(1).min(last);
    jitter.applied_to(BACKOFF[step])
}

/// What is given up when its channel still fails: what has waited for so long. It is about as long as one
/// message is tried.
pub const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// How far a message has come.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits to be sent.
    Waiting,
    /// It is being sent, or whoever sent it has vanished.
    Sending,
    /// It arrived.
    Delivered,
    /// It was given up.
    Undelivered,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sending, Self::Delivered, Self::Undelivered];

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|state| state.code() == code);
        known.ok_or_else(|| {
            Invalid::new("state", "must be waiting, sending, delivered or undelivered")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answer::ScopeId,
        notices::{LimitReached, MeterNamed},
        period::PeriodKind,
        units::Unit,
    };
    use uuid::Uuid;

    fn reached(scope: LimitScope) -> News {
        News::LimitReached(LimitReached {
            scope,
            scope_id: ScopeId::Id(Uuid::nil()),
            scope_name: None,
            meter: MeterNamed {
                code: "credits".parse().unwrap(),
                name: "Credits".to_owned(),
                unit: Unit { unit: "credits".to_owned(), scale: 0 },
            },
            period: PeriodKind::Monthly,
            threshold: 80,
            limit: 100,
            used: 80,
            held: 0,
            resets_at: None,
        })
    }

    #[test]
    fn a_channel_carries_the_kinds_and_levels_that_were_chosen() {
        let carried = Carried::parse(&["limit.reached", "digest.weekly"], &["member"]).unwrap();
        assert!(carried.includes(&reached(LimitScope::Member)));
        for other in [LimitScope::Plan, LimitScope::Organization, LimitScope::Subtenant] {
            assert!(!carried.includes(&reached(other)), "{other:?}");
        }
        assert!(!carried.includes(&News::ChannelTest { channel: "Ops".to_owned() }));
        let organization = Carried::parse(&["limit.reached"], &["organization"]).unwrap();
        assert!(organization.includes(&reached(LimitScope::Plan)));
        assert!(organization.includes(&reached(LimitScope::Organization)));
        assert!(!organization.includes(&reached(LimitScope::Member)));
    }

    #[test]
    fn a_channel_carries_something_and_says_of_whom() {
        for (kinds, levels, field) in [
            (&[][..], &[][..], "kinds"),
            (&["limit.reached"], &[], "levels"),
            (&["limit.gone"], &[], "kinds"),
            (&["channel.test"], &[], "kinds"),
            (&["limit.reached"], &["plan"], "levels"),
        ] {
            assert_eq!(Carried::parse(kinds, levels).unwrap_err().field, field, "{kinds:?}");
        }
    }

    #[test]
    fn tries_come_less_and_less_often_until_a_message_is_given_up() {
        let (none, middle) = (TimeDelta::zero(), Jitter::of(u16::MAX / 2));
        let waits: Vec<_> = (1..).map_while(|attempts| backoff(attempts, middle)).collect();
        assert_eq!(waits.len(), BACKOFF.len());
        assert!(waits.windows(2).all(|two| two[0] < two[1]), "{waits:?}");
        let total = waits.iter().fold(none, |sum, wait| sum + *wait);
        assert!(total < PATIENCE && total > PATIENCE - TimeDelta::hours(2), "{total}");
        assert_eq!(backoff(0, middle), None, "what was never tried does not wait");
        assert_eq!(rest(1, middle), waits[0]);
        assert_eq!(rest(7, middle), waits[6]);
        assert_eq!(rest(1_000, middle), waits[6], "a channel is tried for ever");
    }

    #[test]
    fn waiting_times_differ_by_a_fifth_at_most() {
        assert_eq!(backoff(1, Jitter::of(0)), Some(TimeDelta::seconds(24)));
        assert_eq!(backoff(1, Jitter::of(u16::MAX)), Some(TimeDelta::seconds(36)));
        assert_eq!(rest(2, Jitter::of(0)), TimeDelta::seconds(96));
    }

    #[test]
    fn addresses_of_chats_are_not_shown() {
        let url = "https://hooks.slack.com/services/T0/B0/secret";
        assert_eq!(ChannelKind::Slack.shown(url), "https://hooks.slack.com/…");
        assert_eq!(ChannelKind::Wecom.shown("https://me:pass@host?key=secret"), "https://host/…");
        assert_eq!(ChannelKind::Webhook.shown(url), url);
    }

    #[test]
    fn codes_are_read_as_they_are_written() {
        for kind in ChannelKind::ALL {
            assert_eq!(kind.code().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
        for level in LimitLevel::ALL {
            assert_eq!(level.code().parse(), Ok(level));
            assert_eq!(serde_json::to_value(level).unwrap(), level.code());
        }
        for state in DeliveryState::ALL {
            assert_eq!(state.code().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.code());
        }
    }
}
