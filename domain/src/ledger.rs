//! What the ledger records.

use crate::{
    ids::{ConsumptionId, MemberId, SubtenantId},
    input::{Code, Invalid},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// An entry that changed what is used of a meter, as pages and programs list it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// Its number in the organization's ledger.
    pub seq: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When it counts: what was given back counts when it was used.
    pub counts_at: DateTime<Utc>,
    /// What it records.
    pub kind: EntryKind,
    /// The consumption that it belongs to.
    pub consumption_id: ConsumptionId,
    /// Who used it; `None` is the organization itself.
    pub member: Option<MemberId>,
    /// Their name.
    pub member_name: Option<String>,
    /// The subtenant that they belonged to then.
    pub subtenant: Option<SubtenantId>,
    /// What was done; `None` for a gauge that was set.
    pub operation: Option<Code>,
    /// Its name.
    pub operation_name: Option<String>,
    /// How often, negative where it was given back.
    pub quantity: i64,
    /// In the meter's smallest unit, negative where it was given back.
    pub amount: i64,
    /// The part of it that packs paid.
    pub from_packs: i64,
}

/// What an entry records.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// Something was used in the past and recorded later, whatever the limits said.
    Import,
}

impl EntryKind {
    const ALL: [Self; 8] = [
        Self::Consumption,
        Self::Hold,
        Self::Commit,
        Self::Release,
        Self::Expiry,
        Self::Refund,
        Self::Gauge,
        Self::Import,
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
            Self::Import => "import",
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
