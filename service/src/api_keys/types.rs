//! API keys as callers see them, and what can become of them.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Scope,
    api_keys::{KeyState, Overlap, Scopes, check_end},
    ids::{ApiKeyId, SubtenantId},
    input::{Invalid, Name},
    period::TimeZone,
    views::members::SubtenantChoice,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key: all of it but its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// What it begins with.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The only subtenant that it reaches; `None` reaches the whole organization.
    pub subtenant: Option<SubtenantId>,
    /// What that is called.
    pub subtenant_name: Option<String>,
    /// Whether it can be used.
    pub state: KeyState,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused; `None` has no end.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused because it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last, within a minute or two; `None`: never.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Who made it.
    pub made_by: KeyMaker,
    /// The key that it was made to replace.
    pub replaces: Option<ApiKeyId>,
    /// Counts edits; send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

/// Who made a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyMaker {
    /// `member`, `api_key` or `operator`.
    pub kind: String,
    /// Which one; `None`: whoever has the command line.
    pub id: Option<Uuid>,
    /// What they are called today.
    pub name: String,
}

/// A key that was made a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreatedApiKey {
    /// What is shown of it again.
    #[serde(flatten)]
    pub api_key: ApiKey,
    /// The whole of it, which nothing shows again.
    pub key: String,
}

/// Some keys, newest first, and where the list goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiKeyList {
    /// The keys.
    pub api_keys: Vec<ApiKey>,
    /// Send it to get those that follow; `None`: these are the last.
    pub next_cursor: Option<String>,
    /// In which pages tell times.
    #[serde(skip)]
    pub zone: TimeZone,
}

/// The page *API keys*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeysPage {
    /// The state that keys are listed of.
    pub state: KeyState,
    /// Those keys.
    pub list: ApiKeyList,
    /// The one that a form is about.
    pub open: Option<ApiKey>,
    /// The subtenants that a new one can be of.
    pub subtenants: Vec<SubtenantChoice>,
}

/// A key to be made.
#[derive(Clone, Debug, Serialize)]
pub struct NewApiKey {
    /// Its name. Several may have the same.
    pub name: Name,
    /// What it may do.
    pub scopes: Scopes,
    /// The only subtenant that it reaches; `None` reaches the whole organization.
    pub subtenant: Option<SubtenantId>,
    /// When it ends.
    pub end: KeyEnd,
}

/// What is to be changed of a key; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ApiKeyEdit {
    /// Its name.
    pub name: Option<Name>,
    /// When it ends.
    pub end: Option<KeyEnd>,
}

/// How a key is to be replaced.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rotation {
    /// How long the old one still works.
    pub overlap: Overlap,
    /// When the new one ends; `None`: it lives for as long as the old one was made to.
    pub end: Option<KeyEnd>,
}

/// When a key ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum KeyEnd {
    /// When it is revoked.
    Never,
    /// At a moment.
    At(DateTime<Utc>),
    /// After a day in the organization's zone.
    LastDay(NaiveDate),
}

impl KeyEnd {
    /// The moment; `None` has no end. An error if it is not to come.
    pub(super) fn moment(
        self,
        zone: TimeZone,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Invalid> {
        let end = match self {
            Self::Never => return Ok(None),
            Self::At(end) => check_end(end, now),
            Self::LastDay(day) => {
                let end = zone.end_of(day, now).and_then(|end| check_end(end, now));
                end.map_err(|invalid| invalid.at("last_day"))
            }
        };
        end.map(Some)
    }
}
