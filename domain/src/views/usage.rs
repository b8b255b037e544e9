//! What pages about usage show.

use crate::{ledger::LedgerEntry, period::TimeZone, plan_report::Meter};
use chrono::NaiveDate;
use serde::Serialize;

/// Entries of the ledger that make up a number.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerPage {
    /// Of which meter.
    #[serde(flatten)]
    pub meter: Meter,
    /// Where days begin.
    pub zone: TimeZone,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The entries, newest first.
    pub entries: Vec<LedgerEntry>,
    /// Send it to get those that follow; `None`: these are the last.
    pub next_cursor: Option<String>,
}
