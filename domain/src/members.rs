//! Members as administrators handle them: how they are searched, what is done with them, and when
//! that would lock everyone out.

use crate::{
    access::Role,
    ids::SubtenantId,
    input::{Code, Invalid},
    views::MemberStatus,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What people do in the company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRole {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
}

/// How an invitation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationEnd {
    /// The person joined.
    Accepted,
    /// A newer link took its place.
    Replaced,
    /// It was taken back.
    Revoked,
    /// Its time is over. That is never written down: it follows from the clock.
    Expired,
}

impl InvitationEnd {
    /// The code that the database uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for InvitationEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "was used already",
            Self::Replaced => "was replaced by a newer one",
            Self::Revoked => "was taken back",
            Self::Expired => "has expired",
        })
    }
}

impl FromStr for InvitationEnd {
    type Err = Invalid;

    fn from_str(code: &str) -> Result<Self, Invalid> {
        [Self::Accepted, Self::Replaced, Self::Revoked]
            .into_iter()
            .find(|end| end.code() == code)
            .ok_or_else(|| Invalid::new("invitation", "did not end like this"))
    }
}

/// What can be done to a membership with one press of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipChange {
    /// An active member may use nothing from now on.
    Deactivate,
    /// An inactive member may use credits again.
    Reactivate,
    /// A member leaves for good.
    Remove,
    /// Somebody who is invited gets a new link.
    Resend,
    /// An invitation is taken back.
    Revoke,
}

impl MembershipChange {
    /// Every change.
    pub const ALL: [Self; 5] =
        [Self::Resend, Self::Revoke, Self::Deactivate, Self::Reactivate, Self::Remove];

    /// The word that addresses and forms use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Remove => "remove",
            Self::Resend => "resend",
            Self::Revoke => "revoke",
        }
    }

    /// Whether it can be done to a member with this status.
    pub fn applies_to(self, status: MemberStatus) -> bool {
        match self {
            Self::Deactivate => status == MemberStatus::Active,
            Self::Reactivate => status == MemberStatus::Inactive,
            Self::Remove => matches!(status, MemberStatus::Active | MemberStatus::Inactive),
            Self::Resend | Self::Revoke => status == MemberStatus::Invited,
        }
    }
}

impl FromStr for MembershipChange {
    type Err = Invalid;

    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|change| change.code() == code)
            .ok_or_else(|| Invalid::new("change", "is nothing that can be done to a member"))
    }
}

/// Reads the codes of roles: at least one, each once, from the most to the least powerful.
pub fn parse_roles<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<Vec<Role>, Invalid> {
    let roles: Result<Vec<Role>, Invalid> = codes.into_iter().map(str::parse).collect();
    let mut roles = roles.map_err(|invalid| invalid.at("roles"))?;
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(Invalid::new("roles", "must name at least one role"));
    }
    Ok(roles)
}

/// Whether `needed` more members find a seat among `seats` of which `taken` are.
pub fn seats_suffice(seats: i64, taken: i64, needed: i64) -> bool {
    taken + needed <= seats
}

/// Whether an edit changes the status of a member; refuses what is no edit, but an invitation that is
/// accepted or revoked, or a removal.
pub fn status_changes(before: MemberStatus, after: MemberStatus) -> Result<bool, Invalid> {
    use MemberStatus::{Active, Inactive, Invited, Removed};
    match (before, after) {
        (_, Invited | Removed) => Err(Invalid::new("status", "must be active or inactive")),
        (Invited, _) => {
            let message =
                "is invited until the person joins by the link, or the invitation is revoked";
            Err(Invalid::new("status", message))
        }
        (Active, Active) | (Inactive, Inactive) => Ok(false),
        (_, Active | Inactive) => Ok(true),
    }
}

/// Refuses a change after which nobody administers the organization any more. `others` counts the
/// other active members who do; `field` is what the change is about.
pub fn keep_an_administrator(
    before: (MemberStatus, &[Role]),
    after: (MemberStatus, &[Role]),
    others: i64,
    field: &str,
) -> Result<(), Invalid> {
    let administers = |(status, roles): (MemberStatus, &[Role])| {
        status == MemberStatus::Active && roles.contains(&Role::TenantAdministrator)
    };
    if others == 0 && administers(before) && !administers(after) {
        let message = "must stay: this is the last active Tenant Administrator. Give somebody else \
            the role first";
        return Err(Invalid::new(field, message));
    }
    Ok(())
}

/// Which subtenant members belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfSubtenant {
    /// None.
    None,
    /// This one.
    Of(SubtenantId),
}

/// Which members are asked for; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// A part of the name or of the email.
    pub search: Option<String>,
    /// Their status.
    pub status: Option<MemberStatus>,
    /// A role that they have.
    pub role: Option<Role>,
    /// What they do in the company.
    pub job_role: Option<Code>,
    /// The part of the organization that they belong to.
    pub subtenant: Option<OfSubtenant>,
}

/// By what a table of members is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberSort {
    /// Name.
    #[default]
    Name,
    /// Status.
    Status,
    /// Job role.
    JobRole,
    /// Subtenant.
    Subtenant,
    /// When they joined or were invited.
    Since,
    /// When they were added, and in an order that never changes: for programs.
    Added,
}

impl MemberSort {
    /// The word that addresses use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Status => "status",
            Self::JobRole => "job_role",
            Self::Subtenant => "subtenant",
            Self::Since => "since",
            Self::Added => "added",
        }
    }
}

/// An order of a table, written as `name` or, from the last to the first, as `-name`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberOrder {
    /// By what.
    pub by: MemberSort,
    /// From the last to the first.
    pub descending: bool,
}

impl FromStr for MemberOrder {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (descending, code) = match text.strip_prefix('-') {
            Some(code) => (true, code),
            None => (false, text),
        };
        [
            MemberSort::Name,
            MemberSort::Status,
            MemberSort::JobRole,
            MemberSort::Subtenant,
            MemberSort::Since,
        ]
        .into_iter()
        .find(|by| by.code() == code)
        .map(|by| Self { by, descending })
        .ok_or_else(|| Invalid::new("sort", "is nothing that members are sorted by"))
    }
}

impl fmt::Display for MemberOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.by.code())
    }
}

/// The longest text that is searched for.
const LONGEST_SEARCH: usize = 200;

/// A list of members as addresses ask for it, before it is checked. What is empty does not matter,
/// since a form sends its empty fields, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemberListInput {
    /// See [`MemberFilter::search`].
    pub search: String,
    /// See [`MemberFilter::status`].
    pub status: String,
    /// See [`MemberFilter::role`].
    pub role: String,
    /// See [`MemberFilter::job_role`].
    pub job_role: String,
    /// See [`MemberFilter::subtenant`]; `none` for those who belong to none.
    pub subtenant: String,
    /// See [`MemberOrder`].
    pub sort: String,
    /// Which page, from 1.
    pub page: String,
}

impl MemberListInput {
    /// Which members.
    pub fn filter(&self) -> Result<MemberFilter, Invalid> {
        let search = self.search.trim();
        if search.chars().count() > LONGEST_SEARCH || search.chars().any(char::is_control) {
            let message = format!("must have at most {LONGEST_SEARCH} characters in one line");
            return Err(Invalid::new("search", message));
        }
        Ok(MemberFilter {
            search: given(search).map(str::to_owned),
            status: given(&self.status).map(listed_status).transpose()?,
            role: given(&self.role).map(str::parse).transpose()?,
            job_role: given(&self.job_role)
                .map(|code| code.parse().map_err(|invalid: Invalid| invalid.at("job_role")))
                .transpose()?,
            subtenant: given(&self.subtenant).map(of_subtenant).transpose()?,
        })
    }

    /// In which order.
    pub fn order(&self) -> Result<MemberOrder, Invalid> {
        given(&self.sort).map_or(Ok(MemberOrder::default()), str::parse)
    }

    /// Which page; the first, where it can't be read.
    pub fn page(&self) -> i64 {
        self.page.parse().unwrap_or(1).max(1)
    }

    /// Whether some members can be missing from the list.
    pub fn filters(&self) -> bool {
        let fields = [&self.search, &self.status, &self.role, &self.job_role, &self.subtenant];
        fields.into_iter().any(|field| !field.trim().is_empty())
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Who was removed is in no list.
fn listed_status(code: &str) -> Result<MemberStatus, Invalid> {
    let status: MemberStatus = code.parse()?;
    Some(status)
        .filter(|status| *status != MemberStatus::Removed)
        .ok_or_else(|| Invalid::new("status", "must be active, inactive or invited"))
}

fn of_subtenant(text: &str) -> Result<OfSubtenant, Invalid> {
    if text == "none" {
        return Ok(OfSubtenant::None);
    }
    let id: Result<Uuid, _> = text.parse();
    let id = id.map_err(|_| Invalid::new("subtenant", "must be an id, or none"))?;
    Ok(OfSubtenant::Of(SubtenantId(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seat_can_be_taken_and_no_further() {
        assert!(seats_suffice(5, 4, 1));
        assert!(!seats_suffice(5, 4, 2));
    }

    #[test]
    fn an_edit_neither_accepts_an_invitation_nor_removes_a_member() {
        use MemberStatus::{Active, Inactive, Invited, Removed};
        assert_eq!(status_changes(Inactive, Active), Ok(true));
        assert_eq!(status_changes(Active, Active), Ok(false));
        for (before, after) in [(Invited, Active), (Active, Removed), (Active, Invited)] {
            assert!(status_changes(before, after).is_err(), "{before:?} to {after:?}");
        }
    }

    #[test]
    fn codes_read_back() {
        for change in MembershipChange::ALL {
            assert_eq!(change.code().parse(), Ok(change));
        }
        for order in ["name", "-name", "status", "-since", "job_role", "subtenant"] {
            assert_eq!(order.parse::<MemberOrder>().unwrap().to_string(), order);
        }
        assert!("added".parse::<MemberOrder>().is_err(), "for programs only");
    }

    #[test]
    fn what_can_be_done_depends_on_the_status() {
        use MembershipChange::{Deactivate, Reactivate, Remove, Resend, Revoke};
        let for_status = |status| -> Vec<_> {
            MembershipChange::ALL.into_iter().filter(|change| change.applies_to(status)).collect()
        };
        assert_eq!(for_status(MemberStatus::Active), [Deactivate, Remove]);
        assert_eq!(for_status(MemberStatus::Inactive), [Reactivate, Remove]);
        assert_eq!(for_status(MemberStatus::Invited), [Resend, Revoke]);
        assert_eq!(for_status(MemberStatus::Removed), []);
    }

    #[test]
    fn the_last_active_administrator_stays_one() {
        use MemberStatus::{Active, Inactive, Removed};
        let (admin, member) = ([Role::TenantAdministrator, Role::Member], [Role::Member]);
        let keep = |before, after, others| keep_an_administrator(before, after, others, "roles");
        assert!(keep((Active, &admin), (Active, &member), 0).is_err());
        assert!(keep((Active, &admin), (Inactive, &admin), 0).is_err());
        assert!(keep((Active, &admin), (Removed, &admin), 0).is_err());
        assert!(keep((Active, &admin), (Active, &admin[..1]), 0).is_ok());
        assert!(keep((Active, &admin), (Active, &member), 1).is_ok());
        assert!(keep((Inactive, &admin), (Removed, &admin), 0).is_ok());
        assert!(keep((Active, &member), (Removed, &member), 0).is_ok());
    }

    #[test]
    fn roles_are_read_once_each_and_at_least_one() {
        let roles = parse_roles(["member", "tenant_administrator", "member"]);
        assert_eq!(roles, Ok(vec![Role::TenantAdministrator, Role::Member]));
        assert_eq!(parse_roles([]).unwrap_err().field, "roles");
        assert_eq!(parse_roles(["king"]).unwrap_err().field, "roles");
    }

    #[test]
    fn empty_fields_of_a_list_filter_nothing() {
        let list = MemberListInput { search: "  ".to_owned(), ..MemberListInput::default() };
        assert_eq!(list.filter(), Ok(MemberFilter::default()));
        assert_eq!((list.order(), list.page()), (Ok(MemberOrder::default()), 1));
        assert!(!list.filters());
    }

    #[test]
    fn a_list_names_the_field_that_can_not_be_read() {
        let empty = MemberListInput::default;
        for (list, field) in [
            (MemberListInput { search: "x".repeat(201), ..empty() }, "search"),
            (MemberListInput { search: "a\nb".to_owned(), ..empty() }, "search"),
            (MemberListInput { status: "removed".to_owned(), ..empty() }, "status"),
            (MemberListInput { role: "king".to_owned(), ..empty() }, "role"),
            (MemberListInput { job_role: "A B".to_owned(), ..empty() }, "job_role"),
            (MemberListInput { subtenant: "north".to_owned(), ..empty() }, "subtenant"),
        ] {
            assert_eq!(list.filter().unwrap_err().field, field);
        }
        let list = MemberListInput { sort: "age".to_owned(), page: "x".to_owned(), ..empty() };
        assert_eq!((list.order().unwrap_err().field, list.page()), ("sort".to_owned(), 1));
    }
}
