//! What pages show of personal budgets (SPEC section 7).

use super::Moment;
use crate::{answer::LimitScope, budgets::BudgetMeter};
use serde::{Deserialize, Serialize};

/// A member's personal budget on one meter, or that they have none, and what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// On which meter.
    pub meter: BudgetMeter,
    /// The budget a month, as it is read and as a field for it starts; `None` shares the pool.
    pub monthly: Option<String>,
    /// What is used and held of it.
    pub taken: Option<String>,
    /// What they could use right now; `None` is unlimited.
    pub left: Option<String>,
    /// Whose limit says so.
    pub bound_by: Option<LimitScope>,
    /// When that one starts anew.
    pub resets: Option<Moment>,
    /// The quota behind it as this page shows it: send it with an edit, so that a stale one is noticed.
    pub seen: String,
}
