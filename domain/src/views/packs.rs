use super::Moment;
use crate::packs::{PackEntry, PackReport};
use serde::{Deserialize, Serialize};

/// The page *Credit packs*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditPacks {
    /// Credits left in all packs.
    pub left: i64,
    /// Credits of packs that open reservations hold.
    pub held: i64,
    /// Whether what packs pay is left out of the enterprise limit.
    pub packs_extend: bool,
    /// All packs, first those that can pay, in their order.
    pub packs: Vec<PackRow>,
    /// The pack whose ledger was asked for.
    pub opened: Option<OpenedPack>,
}

/// A pack in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRow {
    /// The pack.
    #[serde(flatten)]
    pub pack: PackReport,
    /// When it was bought.
    pub bought: Moment,
    /// When what is left of it is lost.
    pub ends: Option<Moment>,
}

/// A pack with a page of the ledger behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedPack {
    /// The pack.
    pub row: PackRow,
    /// What was taken out of it and put back, newest first.
    pub entries: Vec<PackEntryRow>,
    /// Where the next page begins: before this number of the ledger.
    pub next: Option<i64>,
}

/// What happened to a pack, in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackEntryRow {
    /// What happened.
    #[serde(flatten)]
    pub entry: PackEntry,
    /// When, in the organization's zone.
    pub at: Moment,
}
