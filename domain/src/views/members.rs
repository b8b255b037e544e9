//! What the pages about members show.

use super::{Budget, MemberStatus, Moment};
use crate::{
    access::Role,
    ids::{MemberId, MemberImportId, SubtenantId},
    members::{InvitationEnd, JobRole},
};
use serde::{Deserialize, Serialize};

/// The page *Members*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// Members that take a seat.
    pub seats_used: i64,
    /// Seats of the plan; `None` is unlimited.
    pub seats: Option<i64>,
    /// One page of the table.
    pub members: Vec<MemberEntry>,
    /// Members in the whole table.
    pub total: i64,
    /// Which page of the table this is, from 1.
    pub page: i64,
    /// How many pages there are.
    pub pages: i64,
    /// What forms offer.
    pub choices: Choices,
    /// The member that a dialog is about, if one was asked for: may be on another page.
    pub opened: Option<MemberEntry>,
    /// Their personal budgets, where the caller may change them.
    pub budgets: Vec<Budget>,
    /// The link of an invitation that was made a moment ago: it is shown this once.
    pub link: Option<String>,
}

/// What forms about members offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// What people do in the company.
    pub job_roles: Vec<JobRole>,
    /// The parts of the organization, by name.
    pub subtenants: Vec<SubtenantChoice>,
}

/// A part of the organization that a member can belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtenantChoice {
    /// Its id.
    pub id: SubtenantId,
    /// Its name.
    pub name: String,
}

/// A member as administrators see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberEntry {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// The name that another system has for them.
    pub external_id: Option<String>,
    /// Whether they may use anything.
    pub status: MemberStatus,
    /// Their roles, from the most to the least powerful.
    pub roles: Vec<Role>,
    /// What they do in the company.
    pub job_role: JobRole,
    /// The part of the organization that they belong to.
    pub subtenant: Option<SubtenantChoice>,
    /// The day on which they joined, or were invited while they have not.
    pub since: String,
    /// Until when their invitation works; past where it has expired, `None` where there is none.
    pub invited_until: Option<Moment>,
    /// The version of the member that this page shows: a save of an older one is stale.
    pub version: i64,
}

/// What a link with an invitation leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Invitation {
    /// One can join.
    Open {
        /// What one would join.
        organization: String,
        /// Who invites; `None` is the organization itself.
        invited_by: Option<String>,
        /// The name of who is invited.
        name: String,
        /// The email with which they will sign in.
        email: String,
        /// Whether they have a password already.
        has_password: bool,
        /// Until when the link works.
        until: Moment,
    },
    /// The link does not work any more.
    Closed {
        /// Why.
        end: InvitationEnd,
        /// What one would have joined.
        organization: String,
    },
}

/// What an import would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportDraft {
    /// The list that is to be imported.
    pub id: MemberImportId,
    /// Its rows: each is a new member.
    pub rows: i64,
    /// Of these, how many take a seat without having an invitation to accept.
    pub active: i64,
    /// Seats of the plan that are free; `None` is unlimited.
    pub seats_free: Option<i64>,
    /// The first rows.
    pub first: Vec<ImportRow>,
    /// What is wrong, row by row, as far as it is listed.
    pub errors: Vec<ImportError>,
    /// How much is wrong altogether.
    pub errors_total: i64,
    /// Until when the list is kept.
    pub until: Moment,
}

impl ImportDraft {
    /// Seats that are missing.
    pub fn seats_missing(&self) -> i64 {
        self.seats_free.map_or(0, |free| (self.rows - free).max(0))
    }

    /// Whether it can be carried out.
    pub fn is_possible(&self) -> bool {
        self.errors_total == 0 && self.seats_missing() == 0
    }
}

/// A member that an import would add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// In which line of the list.
    pub line: u64,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// `active` or `invited`.
    pub status: MemberStatus,
    /// The name of what they do in the company.
    pub job_role: String,
    /// The name of the part of the organization that they belong to; empty for none.
    pub subtenant: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Their credit limit as entered; empty where none is given.
    pub limit: String,
}

/// Something that is wrong with a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportError {
    /// In which line.
    pub line: u64,
    /// In which column.
    pub column: String,
    /// What the column accepts.
    pub message: String,
}
