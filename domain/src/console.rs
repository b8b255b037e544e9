//! What the operator's console shows, as data. Times carry their text in UTC: an operator looks at
//! organizations of all zones.

use crate::{
    catalogue::MeterKind,
    ids::{OrganizationId, PackId},
    input::{Code, Invalid},
    plan_report::PlanRequest,
    plans::{LoweredLimit, PlanMeterLimit, Seats},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The operator who is signed in, as the shell needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorIdentity {
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// Whether they can sign in again: someone who came by a one-time link has no password yet.
    pub has_password: bool,
}

/// Whether an organization may use anything.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationStatus {
    /// Its limits decide.
    Active,
    /// Nobody of it signs in, and nothing is used; what was used stays.
    Suspended,
}

impl OrganizationStatus {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

impl FromStr for OrganizationStatus {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        [Self::Active, Self::Suspended]
            .into_iter()
            .find(|status| status.code() == code)
            .ok_or_else(|| Invalid::new("status", "must be active or suspended"))
    }
}

impl fmt::Display for OrganizationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Suspended => "Suspended",
        })
    }
}

/// An organization in a list.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRow {
    /// Which.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Whether it may use anything.
    pub status: OrganizationStatus,
    /// Its plan's code.
    pub plan: Code,
    /// Its plan's name.
    pub plan_name: String,
    /// People in it, whatever their status.
    pub members: i64,
    /// Credits that the plan grants each billing month.
    pub allowance: i64,
    /// Credits of this month's allowance that are used.
    pub allowance_used: i64,
}

/// A part of the list of organizations, by name.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationList {
    /// The part.
    pub organizations: Vec<OrganizationRow>,
    /// Where the next part begins; `None`: there is none.
    pub next_cursor: Option<String>,
}

/// Which organizations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationFilter {
    /// A part of the name, an administrator's email, or the id.
    pub search: Option<String>,
    /// Of this status only.
    pub status: Option<OrganizationStatus>,
    /// On this plan only.
    pub plan: Option<Code>,
    /// Those after this place in the list.
    pub cursor: Option<String>,
}

/// An organization with all that an operator sees of it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationDetail {
    /// What the list says.
    #[serde(flatten)]
    pub row: OrganizationRow,
    /// Its currency.
    pub currency: String,
    /// Where its days begin.
    pub time_zone: String,
    /// When it was made.
    pub created: String,
    /// Members that take a seat.
    pub seats_used: i64,
    /// Seats of the plan; `None` is unlimited.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    pub seats: Seats,
    /// Its own credit limit per cycle; `None` is none.
    pub enterprise_limit: Option<i64>,
    /// Whether that is more than the plan provides: then the plan's allowance binds.
    pub limit_above_pool: bool,
    /// Credits left in packs.
    pub extra_credits: i64,
    /// Counts edits: send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

/// A pack in a list.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRow {
    /// Which.
    pub pack_id: PackId,
    /// Credits that it came with.
    pub credits: i64,
    /// Credits left in it.
    pub remaining: i64,
    /// When it was granted.
    pub granted: String,
    /// When what is left is lost; `None`: never.
    pub ends: Option<String>,
    /// Whether that is over.
    pub ended: bool,
}

/// What another plan would change for an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanPreview {
    /// The other plan.
    pub plan: Code,
    /// Its name.
    pub name: String,
    /// Credits that it grants each billing month.
    pub allowance: i64,
    /// Its seats.
    pub seats: Seats,
    /// Limits that go down, each with the name of its meter.
    pub lowered: Vec<(String, LoweredLimit)>,
    /// Whether the organization's own credit limit is more than it provides.
    pub limit_above_pool: bool,
    /// To what it would restrict spending, such as `0,50 € a day`; `None`: to nothing that the
    /// organization has not restricted itself to.
    pub restricts_to: Option<String>,
}

/// The page of one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationPage {
    /// The organization.
    pub organization: OrganizationDetail,
    /// Its packs, the newest first.
    pub packs: Vec<PackRow>,
    /// Plans that it could have: code and name.
    pub plans: Vec<(Code, String)>,
    /// What the plan that was asked about changes.
    pub preview: Option<PlanPreview>,
    /// What the organization asks for, if it waits for an answer.
    pub request: Option<PlanRequest>,
}

/// A plan in a list.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// Credits that it grants each billing month.
    pub monthly_credits: i64,
    /// Its seats; `None` is unlimited.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    pub seats: Seats,
    /// Whether it includes the Usage Quota feature.
    pub usage_quota_feature: bool,
    /// Organizations that have it.
    pub organizations: i64,
    /// Counts edits: send it with the next one, so that a stale one is noticed.
    pub version: i64,
}

/// A meter, and what a plan says about it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanMeter {
    /// The meter.
    pub meter: Code,
    /// Its name.
    pub name: String,
    /// What one of it is called.
    pub unit: String,
    /// What the plan says.
    #[serde(flatten)]
    pub limit: PlanMeterLimit,
}

/// A plan with all its limits.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDetail {
    /// What the list says.
    #[serde(flatten)]
    pub row: PlanRow,
    /// Every meter that plans can limit, by name.
    pub limits: Vec<PlanMeter>,
}

/// A meter.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterRow {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// What one of it is called.
    pub unit: String,
    /// Decimal places of its unit.
    pub scale: i16,
    /// How it counts.
    pub kind: MeterKind,
    /// Counts edits.
    pub version: i64,
}

/// An operation and what one unit of it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRow {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// What it takes from each meter, in the meter's smallest unit; nothing: it is free.
    pub prices: Vec<(Code, i64)>,
    /// Counts edits of name and prices.
    pub version: i64,
}

/// The rate card, and the meters that it can charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateCard {
    /// By name.
    pub operations: Vec<OperationRow>,
    /// By name.
    pub meters: Vec<MeterRow>,
}

/// One thing that an operator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// Its id, in order of time.
    pub id: String,
    /// When.
    pub at: String,
    /// Who.
    pub operator: String,
    /// From where.
    pub ip: Option<String>,
    /// What, such as `plan.saved`.
    pub action: String,
    /// To what: a code, an id or an email.
    pub subject: String,
    /// How it was before, as JSON.
    pub before: Option<String>,
    /// How it is since, as JSON.
    pub after: Option<String>,
}

/// A part of what operators did, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogList {
    /// The part.
    pub entries: Vec<LogRow>,
    /// Where older entries begin; `None`: there are none.
    pub next_cursor: Option<String>,
}
