//! What the page *My Usage* shows: what is left for the one who looks, and why. Only the server reads
//! it; the page is a panel.

use super::{Moment, RaiseRow};
use crate::{
    access::Role, answer::LimitScope, input::Code, period::PeriodKind, raises::OwnLimit,
    refusals::Verdict,
};

/// The page *My Usage*. Amounts are texts in the unit of their meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyUsage {
    /// Credits, the meters with personal budgets, and all others on which they have quotas.
    pub meters: Vec<MeterStanding>,
    /// What they asked to have raised, open requests first.
    pub requests: Vec<RaiseRow>,
    /// What they did last, newest first.
    pub operations: Vec<RecentOperation>,
    /// What was denied lately, newest first.
    pub refusals: Vec<RefusalGroup>,
}

/// What is left of one meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterStanding {
    /// The meter.
    pub meter: Code,
    /// What it is called.
    pub name: String,
    /// What it counts in; empty where amounts say it themselves.
    pub unit: String,
    /// What they could use right now, packs included; `None` is unlimited.
    pub left: Option<String>,
    /// Every limit from the plan down to them.
    pub chain: Vec<LimitRow>,
}

impl MeterStanding {
    /// The limit that leaves the least, if any limits.
    pub fn binding(&self) -> Option<&LimitRow> {
        self.chain.iter().find(|row| row.verdict == Verdict::Binds)
    }

    /// The limits of their own.
    pub fn own(&self) -> impl Iterator<Item = &LimitRow> {
        self.chain.iter().filter(|row| row.scope == LimitScope::Member)
    }
}

/// One limit of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// The level.
    pub scope: LimitScope,
    /// How often it starts anew.
    pub period: PeriodKind,
    /// What its meter is called.
    pub meter: String,
    /// The limit; `None` is unlimited.
    pub limit: Option<LimitAmounts>,
    /// Used.
    pub used: String,
    /// Held for work under way; `None` is nothing.
    pub held: Option<String>,
    /// Kept for others; `None` is nothing.
    pub set_aside: Option<String>,
    /// What was asked for; `None` where nothing was.
    pub requested: Option<String>,
    /// What it leaves, packs included; `None` is unlimited.
    pub left: Option<String>,
    /// The part of that which packs pay; `None` is nothing.
    pub from_packs: Option<String>,
    /// When it starts anew; a gauge never does.
    pub resets: Option<Moment>,
    /// The roles that can raise it; none for what the plan includes.
    pub raised_by: Vec<Role>,
    /// Whether it binds.
    pub verdict: Verdict,
    /// What the member can ask to have raised because of it.
    pub ask: Option<OwnLimit>,
}

/// A limit, and what a bar needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitAmounts {
    /// The limit.
    pub text: String,
    /// For a soft limit, what is allowed past it.
    pub allowed_to: Option<String>,
    /// In the smallest unit.
    pub limit: i64,
    /// Used and held, likewise.
    pub taken: i64,
    /// Kept for others, likewise.
    pub set_aside: i64,
}

/// Something that a member did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentOperation {
    /// When.
    pub at: String,
    /// What.
    pub operation: String,
    /// How often.
    pub quantity: i64,
    /// What it cost on each meter: `25 credits`.
    pub costs: Vec<String>,
    /// What became of it.
    pub state: OperationState,
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationState {
    /// It was used.
    Used,
    /// Some or all of it was given back.
    Refunded {
        /// How many units.
        units: i64,
    },
    /// It is held for work under way.
    Held {
        /// Until when, if nobody renews it.
        until: String,
    },
    /// It was held, and nothing of it was used.
    Released,
    /// It was held until its time was over, and nothing of it was used.
    Expired,
}

/// Denials of a quarter of an hour that are alike, with the refusal card of the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalGroup {
    /// Tells them apart on a page, also when newer ones have come.
    pub id: String,
    /// Such as `21 Nov 2026, 3 times between 10:16 and 10:28 CET`.
    pub when: String,
    /// What was asked for.
    pub operation: String,
    /// How often.
    pub quantity: i64,
    /// How often it would have been allowed.
    pub would_fit: i64,
    /// Every limit that it had to pass, meter by meter.
    pub chain: Vec<LimitRow>,
}

impl RefusalGroup {
    /// The limit that binds.
    pub fn binding(&self) -> Option<&LimitRow> {
        self.chain.iter().find(|row| row.verdict == Verdict::Binds)
    }
}
