//! Subtenants as administrators look for them and see them.

use crate::{
    ids::SubtenantId,
    input::{Invalid, Search},
    views::Period,
};
use serde::{Deserialize, Serialize};

/// Which subtenants are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtenantFilter {
    /// A part of the name.
    pub search: Option<Search>,
    /// Whether those are shown as well that are archived.
    pub archived: bool,
}

impl SubtenantFilter {
    /// A filter as people type it.
    pub fn parse(search: &str, archived: bool) -> Result<Self, Invalid> {
        Ok(Self { search: Search::optional(search)?, archived })
    }
}

/// The page *Subtenants*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtenantsPage {
    /// The period in which credits are counted.
    pub usage_window: Period,
    /// What was looked for.
    pub filter: SubtenantFilter,
    /// One page of those that were found.
    pub rows: Vec<SubtenantRow>,
    /// How many were found.
    pub total: i64,
    /// Which page this is, from 1.
    pub page: i64,
    /// How many pages there are.
    pub pages: i64,
    /// The one that is being changed, if one was asked for: may be on another page.
    pub open: Option<SubtenantRow>,
    /// Whether only one's own is shown.
    pub own_only: bool,
}

/// A subtenant in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtenantRow {
    /// Which.
    pub id: SubtenantId,
    /// Its name.
    pub name: String,
    /// Since when it is archived, such as `1 Dec 2026, 00:00 CET`; `None` takes members.
    pub archived: Option<String>,
    /// Its members, whatever their status.
    pub members: i64,
    /// Those of them who may use something.
    pub active: i64,
    /// Those who use it or are about to, active and invited ones: as long as there are any, it
    /// can't be archived.
    pub in_use: i64,
    /// Credits that members used in the usage window while they belonged to it.
    pub used: i64,
    /// Quotas on it that are in force.
    pub quotas: i64,
    /// The version that this page shows: a save of an older one is stale.
    pub version: i64,
}
