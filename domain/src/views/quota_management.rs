use super::{MemberStatus, Moment, Period};
use crate::{
    answer::{Headroom, LimitReport},
    credits::{CreditCap, CreditSettings},
    ids::{MemberId, SubtenantId},
    input::Code,
    member_limits::{Allocation, LimitSchedule},
    member_table::MemberQuery,
    preview::Facts,
    warnings::Warning,
};
use serde::{Deserialize, Serialize};

/// The page *Quota Management*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaManagement {
    /// The plan's name.
    pub plan: String,
    /// The billing month of the plan, in UTC.
    pub billing_period: Period,
    /// The period in which credit limits count, in the organization's zone.
    pub usage_window: Period,
    /// Members that take a seat.
    pub seats_used: i64,
    /// Seats of the plan; `None` is unlimited.
    pub seats: Option<i64>,
    /// Credits that the plan grants each billing month.
    pub plan_credits: i64,
    /// Credits of this month's allowance that are used.
    pub plan_credits_used: i64,
    /// Credits of this month's allowance that are left.
    pub plan_credits_left: i64,
    /// Credits left in packs.
    pub extra_credits: i64,
    /// Packs with credits left.
    pub packs: i64,
    /// The settings in force.
    pub settings: CreditSettings,
    /// Credits used in the usage window by everyone together, whoever paid.
    pub used: i64,
    /// The enterprise limit as it stands, as a member without a limit of their own meets it.
    pub enterprise: Option<LimitReport>,
    /// How members' limits relate to what there is to share out.
    pub allocation: Allocation,
    /// What the person who looks should know or do.
    pub warnings: Vec<Warning>,
    /// Subtenants that the table can be narrowed down to.
    pub subtenants: Vec<(SubtenantId, String)>,
    /// The table.
    pub table: MemberTable,
    /// The dialog that is open.
    pub dialog: Option<CreditsDialog>,
}

/// One page of the table of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberTable {
    /// What was asked for.
    pub query: MemberQuery,
    /// The members on this page.
    pub members: Vec<MemberRow>,
    /// Members on all pages.
    pub total: i64,
    /// Which page this is, from 1.
    pub page: i64,
    /// How many pages there are.
    pub pages: i64,
}

/// A member in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// Whether they may use anything.
    pub status: MemberStatus,
    /// The part of the organization that they belong to.
    pub subtenant: Option<String>,
    /// Their custom credit limit as entered, and what follows it.
    pub schedule: LimitSchedule,
    /// When the limit in force ends by itself.
    pub ends: Option<Moment>,
    /// The limit in force, in credits.
    pub limit: Option<i64>,
    /// Credits used in the usage window.
    pub used: i64,
    /// Credits that they could use right now, and which limit says so.
    pub left: Headroom,
    /// The version of the member that this page shows: a save of an older one is stale.
    pub version: i64,
}

/// What a dialog of *Quota Management* starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "dialog", rename_all = "snake_case")]
pub enum CreditsDialog {
    /// *Edit Credit Settings*.
    Settings {
        /// The version of the settings that this page shows: a save of an older one is stale.
        version: i64,
        /// What the effect of a change is worked out from, in the browser.
        facts: Box<Facts>,
    },
    /// The limit of one member.
    Member(Box<MemberEdit>),
    /// One limit for several members.
    Several {
        /// The first of them.
        members: Vec<MemberRow>,
        /// How many they are.
        total: i64,
        /// Whether they are all that the table finds, and not a selection.
        all_found: bool,
    },
    /// *Distribute evenly*.
    Distribute(EvenShares),
    /// The limits that new members start with.
    Defaults(Defaults),
}

/// What the dialog for one member's limit shows beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberEdit {
    /// The member.
    pub member: MemberRow,
    /// What percentages are of.
    pub base: i64,
    /// Credits used in the usage window before the limit in force was set.
    pub used_before: i64,
    /// What is usual for their job role.
    pub suggestion: Suggestion,
    /// Limits of the past, the latest first.
    pub history: Vec<PastLimit>,
    /// The last day of a temporary limit, as a date field has it; empty without one.
    pub last_day: String,
}

/// What is usual for a job role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The name of the job role.
    pub job_role: String,
    /// Credits a month; `None` where nothing is usual.
    pub credits: Option<i64>,
    /// Up to this many, where a range is usual.
    pub to: Option<i64>,
}

/// A limit that was in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLimit {
    /// The limit as it was entered.
    pub cap: CreditCap,
    /// The same in credits.
    pub credits: i64,
    /// Since when.
    pub from: String,
    /// Until when; empty for the one in force.
    pub to: String,
}

/// What *Distribute evenly* would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvenShares {
    /// What is shared out.
    pub base: i64,
    /// Active members.
    pub members: i64,
    /// The first of them: their names, and their limits before and after.
    pub first: Vec<EvenShare>,
}

/// One member's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvenShare {
    /// Their name.
    pub name: String,
    /// The limit in force, as entered and in credits; `None` shares the pool.
    pub before: Option<(CreditCap, i64)>,
    /// The limit that they would get.
    pub after: (CreditCap, i64),
}

/// The limits that new members start with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defaults {
    /// The version that this page shows: a save of an older one is stale.
    pub version: i64,
    /// For job roles without one of their own; `None` shares the pool.
    pub default: Option<CreditCap>,
    /// All job roles.
    pub job_roles: Vec<DefaultOfRole>,
}

/// The limit that new members with a job role start with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultOfRole {
    /// Its code.
    pub code: Code,
    /// What is usual for it.
    pub suggestion: Suggestion,
    /// Whether it has a default of its own.
    pub own: bool,
    /// That default; `None` shares the pool.
    pub limit: Option<CreditCap>,
    /// Members who have this job role now.
    pub members: i64,
}
