//! What people and programs are told of: a limit that is nearly used up, a request for more, the week in
//! numbers (SPEC section 10). A notice is recorded with what made it happen, and delivered later.

use crate::{
    answer::{LimitScope, ScopeId},
    ids::{EventId, MemberId, OrganizationId, RaiseRequestId},
    input::{Code, Invalid},
    period::{PeriodKind, TimeZone},
    units::Unit,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Something that happened, with all that it takes to tell of it in any language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// By this whoever gets it twice knows.
    pub id: EventId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// ISO 4217.
    pub currency: String,
    /// In which its times are told.
    pub time_zone: TimeZone,
    /// The address of the page that says more.
    pub link: String,
    /// What happened.
    pub news: News,
}

/// What happened. Amounts are in the meter's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum News {
    /// A limit is used to a threshold, or used up.
    #[serde(rename = "limit.reached")]
    LimitReached(LimitReached),
    /// A member asks for more.
    #[serde(rename = "raise_request.made")]
    RaiseRequested(RaiseRequested),
    /// Somebody answered that.
    #[serde(rename = "raise_request.answered")]
    RaiseAnswered(RaiseAnswered),
    /// What was used in a week.
    #[serde(rename = "digest.weekly")]
    WeeklyDigest(UsageDigest),
    /// What was used in a month.
    #[serde(rename = "report.monthly")]
    MonthReport(UsageDigest),
    /// Somebody tries a channel out.
    #[serde(rename = "channel.test")]
    ChannelTest {
        /// The name of the channel.
        channel: String,
    },
}

/// The kinds of news, by which channels choose what they carry.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NewsKind {
    /// [`News::LimitReached`].
    #[serde(rename = "limit.reached")]
    LimitReached,
    /// [`News::RaiseRequested`].
    #[serde(rename = "raise_request.made")]
    RaiseRequested,
    /// [`News::RaiseAnswered`].
    #[serde(rename = "raise_request.answered")]
    RaiseAnswered,
    /// [`News::WeeklyDigest`].
    #[serde(rename = "digest.weekly")]
    WeeklyDigest,
    /// [`News::MonthReport`].
    #[serde(rename = "report.monthly")]
    MonthReport,
    /// [`News::ChannelTest`].
    #[serde(rename = "channel.test")]
    ChannelTest,
}

impl NewsKind {
    /// Those that a channel can carry; a test goes to the channel that is tried out, whatever it carries.
    pub const CARRIED: [Self; 5] = [
        Self::LimitReached,
        Self::RaiseRequested,
        Self::RaiseAnswered,
        Self::WeeklyDigest,
        Self::MonthReport,
    ];

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::LimitReached => "limit.reached",
            Self::RaiseRequested => "raise_request.made",
            Self::RaiseAnswered => "raise_request.answered",
            Self::WeeklyDigest => "digest.weekly",
            Self::MonthReport => "report.monthly",
            Self::ChannelTest => "channel.test",
        }
    }
}

impl FromStr for NewsKind {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let mut kinds = Self::CARRIED.into_iter().chain([Self::ChannelTest]);
        kinds.find(|kind| kind.code() == code).ok_or_else(|| Invalid::new("kind", "is no event"))
    }
}

impl News {
    /// What kind of news it is.
    pub fn kind(&self) -> NewsKind {
        match self {
            Self::LimitReached(_) => NewsKind::LimitReached,
            Self::RaiseRequested(_) => NewsKind::RaiseRequested,
            Self::RaiseAnswered(_) => NewsKind::RaiseAnswered,
            Self::WeeklyDigest(_) => NewsKind::WeeklyDigest,
            Self::MonthReport(_) => NewsKind::MonthReport,
            Self::ChannelTest { .. } => NewsKind::ChannelTest,
        }
    }
}

/// A limit that is used to a threshold.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReached {
    /// The level of the limit.
    pub scope: LimitScope,
    /// Which plan, organization, subtenant or member it belongs to.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope_id: ScopeId,
    /// Its name; looked up when the notice is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_name: Option<String>,
    /// What is counted.
    pub meter: MeterNamed,
    /// How often it starts anew.
    pub period: PeriodKind,
    /// The threshold in percent; 100 is used up.
    pub threshold: u8,
    /// The limit.
    pub limit: i64,
    /// What is used of it.
    pub used: i64,
    /// What is held of it for work under way.
    pub held: i64,
    /// When it starts anew; `None` for what never does.
    pub resets_at: Option<DateTime<Utc>>,
}

/// A meter with its name and how its amounts are written.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterNamed {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// How amounts of it are written.
    #[serde(flatten)]
    pub unit: Unit,
}

/// A member asks for more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaiseRequested {
    /// The request.
    pub request: RaiseRequestId,
    /// Who asks.
    pub member: MemberId,
    /// Their name.
    pub member_name: String,
    /// Of what.
    pub meter: MeterNamed,
    /// The period of the limit.
    pub period: PeriodKind,
    /// The limit now; `None` shares what all have.
    pub limit_now: Option<i64>,
    /// The limit that is asked for.
    pub limit_asked: i64,
    /// The last day, included; `None` for good.
    pub last_day: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// What somebody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaiseAnswered {
    /// What was asked.
    #[serde(flatten)]
    pub asked: RaiseRequested,
    /// The limit that was granted; `None`: declined.
    pub granted: Option<i64>,
    /// The last day of what was granted, included; `None` for good.
    pub granted_last_day: Option<NaiveDate>,
    /// Who answered.
    pub answered_by: String,
    /// What they say to it; can be empty.
    pub answer: String,
}

/// What was used in a week or a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageDigest {
    /// The first day.
    pub first_day: NaiveDate,
    /// The last day, included.
    pub last_day: NaiveDate,
    /// What was used of each meter that moved, with the same of the period before.
    pub meters: Vec<MeterDigest>,
    /// Who used most credits, most first: name and amount.
    pub members: Vec<(String, i64)>,
    /// Requests that a limit denied.
    pub denied: i64,
    /// Limits that are nearly used up or used up: whose, and how many percent.
    pub tight: Vec<(String, u32)>,
}

/// What was used of a meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterDigest {
    /// The meter.
    pub meter: MeterNamed,
    /// What was used.
    pub used: i64,
    /// The same of the period before.
    pub before: i64,
}

/// A language in which people are written to.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
    /// Chinese, simplified.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::Chinese];

    /// The code of ISO 639.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Chinese => "zh",
        }
    }
}

/// Its name, in itself.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Chinese => "中文",
        })
    }
}

impl FromStr for Language {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|language| language.code() == code);
        known.ok_or_else(|| Invalid::new("language", "must be en, de or zh"))
    }
}

/// What a channel speaks.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Signed webhooks (Standard Webhooks).
    Webhook,
    /// Slack.
    Slack,
    /// Microsoft Teams.
    Teams,
    /// Feishu, Lark.
    Feishu,
    /// Of Alibaba.
    Dingtalk,
    /// Of Tencent, for companies.
    Wecom,
}

impl ChannelKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Webhook, Self::Slack, Self::Teams, Self::Feishu, Self::Dingtalk, Self::Wecom];

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Feishu => "feishu",
            Self::Dingtalk => "dingtalk",
            Self::Wecom => "wecom",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "Signed webhook",
            Self::Slack => "Slack",
            Self::Teams => "Microsoft Teams",
            Self::Feishu => "Feishu / Lark",
            Self::Dingtalk => "DingTalk",
            Self::Wecom => "WeCom",
        }
    }
}

impl FromStr for ChannelKind {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|kind| kind.code() == code);
        known.ok_or_else(|| Invalid::new("kind", "is no kind of channel"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for kind in NewsKind::CARRIED {
            assert_eq!(kind.code().parse::<NewsKind>().unwrap(), kind);
        }
        for kind in ChannelKind::ALL {
            assert_eq!(kind.code().parse::<ChannelKind>().unwrap(), kind);
        }
        for language in Language::ALL {
            assert_eq!(language.code().parse::<Language>().unwrap(), language);
        }
    }

    #[test]
    fn news_name_their_kind_in_json() {
        let news = News::ChannelTest { channel: "Ops".to_owned() };
        let json = serde_json::to_value(&news).unwrap();
        let expected = serde_json::json!({"type": "channel.test", "data": {"channel": "Ops"}});
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<News>(json).unwrap(), news);
        assert_eq!(news.kind().code(), "channel.test");
    }
}
