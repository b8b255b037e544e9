//! What the page *Raise requests* and the one to ask for more show. Only the server reads it; both are
//! panels.

use super::Moment;
use crate::{
    input::Invalid,
    raises::{OwnLimit, RaiseRequest, RaiseStatus},
};

/// One page of the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaisesPage {
    /// Open ones first, of each kind the latest first.
    pub rows: Vec<RaiseRow>,
    /// Which of them are shown; `None`: all.
    pub status: Option<RaiseStatus>,
    /// How many there are.
    pub total: i64,
    /// Which page this is, from 1.
    pub page: i64,
    /// How many pages there are.
    pub pages: i64,
}

/// A request with its amounts and times in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseRow {
    /// The request itself.
    pub request: RaiseRequest,
    /// Of what: `Credits a month`.
    pub what: String,
    /// The limit when it was asked for; `None` shared the pool.
    pub then: Option<String>,
    /// The limit that is asked for: `800 credits until 27 Nov 2026`.
    pub asked: String,
    /// What was granted, likewise.
    pub granted: Option<String>,
    /// When it was asked for.
    pub asked_at: String,
    /// When it was answered.
    pub answered_at: Option<String>,
    /// Whether the one who looks may answer it.
    pub may_answer: bool,
}

/// A request that somebody is about to answer, and what granting it would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseReview {
    /// The request.
    pub row: RaiseRow,
    /// What happens, or what is wrong with the amount and the end that are looked at.
    pub effect: Result<RaiseEffect, Invalid>,
    /// Why it can't be granted any more.
    pub impossible: Option<&'static str>,
    /// The amount that is looked at, as it is typed.
    pub limit: String,
    /// The last day that is looked at, as it is typed.
    pub last_day: String,
}

/// What granting a request would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaiseEffect {
    /// What changes: what it is, before and after.
    pub facts: Vec<RaiseFact>,
    /// What to think of before granting it.
    pub warnings: Vec<String>,
    /// Until when, and what follows.
    pub until: String,
}

/// Something that granting a request changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseFact {
    /// What.
    pub label: String,
    /// Without it.
    pub before: String,
    /// With it.
    pub after: String,
}

/// The page on which a member asks for more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseForm {
    /// Of what.
    pub own_limit: OwnLimit,
    /// The same in words: `Credits a month`.
    pub what: String,
    /// The limit now; `None` shares the pool.
    pub limit: Option<String>,
    /// What is used and held of it.
    pub taken: String,
    /// When it starts anew; a gauge never does.
    pub resets: Option<Moment>,
    /// What the amount counts: `credits`.
    pub unit: String,
    /// Their request that nobody has answered yet.
    pub open: Option<RaiseRow>,
}
