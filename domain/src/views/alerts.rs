//! The pages *Alerts* and *Notifications*.

use super::Moment;
use crate::{alerts::AlertSettings, ids::MemberId};
use serde::{Deserialize, Serialize};

/// The page *Alerts*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsView {
    /// What is set.
    pub settings: AlertSettings,
    /// Counts edits.
    pub version: i64,
    /// The emails of those who are named.
    pub people: Vec<(MemberId, String)>,
    /// Limits with thresholds of their own, in the order of the settings.
    pub overrides: Vec<OverrideRow>,
    /// All meters: code and name.
    pub meters: Vec<(String, String)>,
    /// All subtenants: id and name.
    pub subtenants: Vec<(String, String)>,
    /// Limits that were reached lately.
    pub lately: Vec<ReachedRow>,
    /// Whether this installation sends mail.
    pub sends_mail: bool,
}

/// A limit with thresholds of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideRow {
    /// Whose limits, by name.
    pub whose: String,
    /// The name of the meter.
    pub meter: String,
    /// The thresholds as they are typed.
    pub thresholds: String,
}

/// A limit that was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachedRow {
    /// Which, and how far, in a sentence.
    pub text: String,
    /// When.
    pub when: Moment,
    /// The threshold in percent; 100 is used up.
    pub threshold: u8,
    /// The page that says more.
    pub link: String,
}

/// The page *Notifications*: what somebody was told in the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsView {
    /// How many they have not read.
    pub unread: i64,
    /// How many there are.
    pub total: i64,
    /// Those of this page, newest first.
    pub notifications: Vec<Notification>,
    /// Which page it is, from 1.
    pub page: i64,
    /// How many pages there are.
    pub pages: i64,
}

/// Something that somebody was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// What, in a line.
    pub title: String,
    /// More of it, in sentences.
    pub lines: Vec<String>,
    /// When.
    pub when: Moment,
    /// Whether they have read it.
    pub read: bool,
    /// The page that says more, and what the way there is called.
    pub link: String,
    /// See `link`.
    pub button: String,
}
