use super::{Moment, Period};
use crate::plan_report::PlanReport;
use serde::{Deserialize, Serialize};

/// The page *Plan*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// The plan, what is used of it, and the other plans.
    #[serde(flatten)]
    pub report: PlanReport,
    /// The billing month, in UTC.
    pub billing_period: Period,
    /// When the open request was made, in the organization's zone.
    pub requested: Option<Moment>,
}
