//! What the ledger records.

use crate::input::Invalid;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What an entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Something was used.
    Consumption,
    /// Something is held for work under way.
    Hold,
    /// What was held is used, all or a part of it, and the rest given back.
    Commit,
    /// What was held is given back.
    Release,
    /// What was held is given back, because its time to live ended.
    Expiry,
    /// What was used is given back.
    Refund,
    /// A gauge was set to its true level.
    Gauge,
}

impl EntryKind {
    const ALL: [Self; 7] = [
        Self::Consumption,
        Self::Hold,
        Self::Commit,
        Self::Release,
        Self::Expiry,
        Self::Refund,
        Self::Gauge,
    ];

    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Consumption => "consumption",
            Self::Hold => "hold",
            Self::Commit => "commit",
            Self::Release => "release",
            Self::Expiry => "expiry",
            Self::Refund => "refund",
            Self::Gauge => "gauge",
        }
    }
}

impl FromStr for EntryKind {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        let unknown = || Invalid::new("kind", "is no kind of ledger entry");
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or_else(unknown)
    }
}
