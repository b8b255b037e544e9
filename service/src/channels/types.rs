//! Channels as people and programs see and change them.

use ::channels::Failure;
use chrono::{DateTime, Utc};
use domain::{
    channels::{Carried, LimitLevel},
    ids::ChannelId,
    input::{ChannelSecret, ChannelUrl, Name},
    notices::{ChannelKind, Language, NewsKind},
    period::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub kind: ChannelKind,
    /// Its address; of a chat only the host, since who knows the rest can write to it.
    pub url: String,
    /// Whether messages are signed.
    pub signed: bool,
    /// The kinds of news that it carries.
    pub kinds: BTreeSet<NewsKind>,
    /// Whose limits it tells of.
    pub levels: BTreeSet<LimitLevel>,
    /// In which it is written to.
    pub language: Language,
    /// Whether anything is sent to it.
    pub enabled: bool,
    /// Counts edits; send it with the next one, so that a stale one is noticed.
    pub version: i64,
    /// Messages that wait; 1,000 can be more.
    pub waiting: i64,
    /// Attempts in a row that failed.
    pub failures: u32,
    /// When it is tried next, where messages wait.
    pub next_at: Option<DateTime<Utc>>,
    /// When something arrived last.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When an attempt failed last.
    pub failed_at: Option<DateTime<Utc>>,
    /// Why.
    pub error: Option<String>,
}

impl Channel {
    /// Whether the last attempt failed.
    pub fn fails(&self) -> bool {
        self.failed_at.is_some() && self.failed_at > self.delivered_at
    }
}

/// All channels, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChannelList {
    /// The channels.
    pub channels: Vec<Channel>,
    /// In which pages tell times.
    #[serde(skip)]
    pub zone: TimeZone,
}

/// A channel to be added.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// Its name.
    pub name: Name,
    /// What it speaks.
    pub kind: ChannelKind,
    /// Its address.
    pub url: ChannelUrl,
    /// The secret that a chat gave. That of a webhook is made.
    pub secret: Option<ChannelSecret>,
    /// What it carries.
    pub carried: Carried,
    /// In which it is written to.
    pub language: Language,
    /// Whether anything is sent to it.
    pub enabled: bool,
}

/// A channel that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreatedChannel {
    /// The channel.
    #[serde(flatten)]
    pub channel: Channel,
    /// The secret by which webhooks are signed: nothing shows it again. `None`: the channel is a chat.
    pub secret: Option<String>,
}

/// What is to be changed of a channel; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ChannelEdit {
    /// Its name.
    pub name: Option<Name>,
    /// Its address.
    pub url: Option<ChannelUrl>,
    /// The secret that a chat gave; `Some(None)`: it asks for none.
    pub secret: Option<Option<ChannelSecret>>,
    /// The kinds of news that it carries.
    pub kinds: Option<BTreeSet<NewsKind>>,
    /// Whose limits it tells of.
    pub levels: Option<BTreeSet<LimitLevel>>,
    /// In which it is written to.
    pub language: Option<Language>,
    /// Whether anything is sent to it.
    pub enabled: Option<bool>,
}

/// A new secret of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewSecret {
    /// The secret: nothing shows it again.
    pub secret: String,
}

/// What came of trying a channel out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tried {
    /// Whether the channel took the message.
    pub delivered: bool,
    /// Why it did not.
    pub error: Option<String>,
}

impl Tried {
    /// What came of a message that failed like this, or arrived.
    pub(super) fn of(failure: Option<Failure>) -> Self {
        let error = failure.map(|failure| failure.message);
        Self { delivered: error.is_none(), error }
    }
}
