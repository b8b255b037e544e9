//! Amounts held for work under way, and amounts given back.

use serde::{Deserialize, Serialize};

use crate::decision::{Charge, Denied, Limit, Request};

/// A request, and for how long its amount is held.
#[derive(Serialize)]
pub(crate) struct Reserve<'a> {
    #[serde(flatten)]
    pub(crate) request: &'a Request,
    pub(crate) ttl_seconds: u64,
}

/// Allot's answer to a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum ReservationDecision {
    /// The amount is held.
    Held(Held),
    /// A limit says no, and nothing is held.
    Denied(Denied),
}

/// An amount that is held until it is committed, released, or expires.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Held {
    /// Names it.
    pub reservation_id: String,
    /// When it is given back unless it is renewed (RFC 3339).
    pub expires_at: String,
    /// Units of the operation that are held.
    pub granted: i64,
    /// One per meter that the operation touches.
    pub charges: Vec<Charge>,
    /// The limits on the path, with this reservation.
    pub limits: Vec<Limit>,
}

/// A reservation of which a part, or all, was recorded as used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Committed {
    /// Names what was recorded, for a refund.
    pub consumption_id: String,
    /// Units that were recorded.
    pub committed: i64,
    /// Units that were given back.
    pub released: i64,
    /// What was recorded, one per meter.
    pub charges: Vec<Charge>,
}

/// A reservation that was given back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Released {
    /// Which one.
    pub reservation_id: String,
    /// Units that were given back.
    pub released: i64,
}

/// A reservation that is held for longer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Renewed {
    /// Which one.
    pub reservation_id: String,
    /// When it is given back now (RFC 3339).
    pub expires_at: String,
}

/// A consumption of which a part, or all, was given back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Refunded {
    /// Which one.
    pub consumption_id: String,
    /// Units that were given back.
    pub refunded: i64,
    /// What was given back, one per meter.
    pub charges: Vec<Charge>,
}
