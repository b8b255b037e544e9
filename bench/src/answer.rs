//! The shapes of Allot's API, as the servers here serve them that Allot is compared with.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is asked of them.
#[derive(Deserialize, Serialize)]
pub(crate) struct Ask {
    pub(crate) member: String,
    pub(crate) operation: String,
    pub(crate) quantity: i64,
}

#[derive(Serialize)]
pub(crate) struct Allowed {
    pub(crate) decision: &'static str,
    pub(crate) consumption_id: Uuid,
    pub(crate) granted: i64,
    pub(crate) charges: Vec<Charge>,
    pub(crate) limits: Vec<Limit>,
}

#[derive(Serialize)]
pub(crate) struct Charge {
    pub(crate) meter: String,
    pub(crate) amount: i64,
    pub(crate) from_allowance: i64,
    pub(crate) from_packs: i64,
}

#[derive(Clone, Serialize, sqlx::FromRow)]
pub(crate) struct Limit {
    pub(crate) scope: String,
    pub(crate) scope_id: String,
    pub(crate) meter: String,
    pub(crate) period: String,
    #[serde(rename = "limit")]
    pub(crate) amount: i64,
    pub(crate) used: i64,
    pub(crate) reserved: i64,
    pub(crate) set_aside: i64,
    pub(crate) remaining: i64,
    pub(crate) resets_at: DateTime<Utc>,
}

/// An answer like Allot's to the requests of the benchmark: the plan, the enterprise limit, and
/// three periods on each of three levels.
pub(crate) fn sample() -> Allowed {
    let levels = ["organization", "subtenant", "member"];
    let quotas = levels
        .iter()
        .flat_map(|scope| ["daily", "monthly", "yearly"].map(|period| limit(scope, period)));
    let plan = Limit { scope_id: "enterprise".to_owned(), ..limit("plan", "monthly") };
    let limits = [plan, limit("organization", "monthly")].into_iter().chain(quotas).collect();
    let charge =
        Charge { meter: "credits".to_owned(), amount: 1, from_allowance: 0, from_packs: 1 };
    Allowed {
        decision: "allowed",
        consumption_id: Uuid::new_v4(),
        granted: 1,
        charges: vec![charge],
        limits,
    }
}

fn limit(scope: &str, period: &str) -> Limit {
    Limit {
        scope: scope.to_owned(),
        scope_id: Uuid::new_v4().to_string(),
        meter: "credits".to_owned(),
        period: period.to_owned(),
        amount: 1_000_000_000_000,
        used: 12_345,
        reserved: 0,
        set_aside: 0,
        remaining: 999_999_987_655,
        resets_at: DateTime::UNIX_EPOCH,
    }
}
