//! What the page shows, as its URL says it.

use crate::navigation::query_of;
use domain::{
    ids::MemberId,
    members::{MemberListInput, MembershipChange},
};
use leptos_router::params::ParamsMap;
use uuid::Uuid;

/// A dialog over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialog {
    /// Invites somebody.
    Invite,
    /// Changes a member.
    Edit(MemberId),
    /// Shows the link of an invitation that was made a moment ago.
    Link(MemberId),
    /// Asks whether this is to be done.
    Confirm(MembershipChange, MemberId),
}

impl Dialog {
    fn read(query: &ParamsMap) -> Option<Self> {
        let member = |name: &str| -> Option<MemberId> {
            query.get_str(name)?.parse::<Uuid>().ok().map(MemberId)
        };
        if query.get_str("invite").is_some() {
            return Some(Self::Invite);
        }
        let confirm = || {
            MembershipChange::ALL
                .into_iter()
                .find_map(|change| Some(Self::Confirm(change, member(change.code())?)))
        };
        member("edit").map(Self::Edit).or(member("link").map(Self::Link)).or_else(confirm)
    }

    /// The member that it is about.
    pub(super) fn member(self) -> Option<MemberId> {
        match self {
            Self::Invite => None,
            Self::Edit(member) | Self::Link(member) | Self::Confirm(_, member) => Some(member),
        }
    }
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The list below.
    pub(super) list: MemberListInput,
    /// The dialog over it.
    pub(super) dialog: Option<Dialog>,
}

impl Shown {
    /// Reads it from a URL.
    pub(super) fn read(query: &ParamsMap) -> Self {
        let mut list = MemberListInput::default();
        for (name, value) in query {
            set(&mut list, name, value.to_owned());
        }
        Self { list, dialog: Dialog::read(query) }
    }

    /// The list, as a part of a URL.
    pub(super) fn query(&self) -> String {
        let MemberListInput { search, status, role, job_role, subtenant, sort, page } = &self.list;
        query_of([
            ("search", search.as_str()),
            ("status", status),
            ("role", role),
            ("job_role", job_role),
            ("subtenant", subtenant),
            ("sort", sort),
            ("page", page),
        ])
    }

    /// The same list with another value of one field, as a part of a URL. Another list begins with
    /// its first page.
    pub(super) fn with(&self, field: &str, value: String) -> String {
        let mut list = self.list.clone();
        list.page.clear();
        set(&mut list, field, value);
        Self { list, dialog: None }.query()
    }
}

fn set(list: &mut MemberListInput, name: &str, value: String) {
    let field = match name {
        "search" => &mut list.search,
        "status" => &mut list.status,
        "role" => &mut list.role,
        "job_role" => &mut list.job_role,
        "subtenant" => &mut list.subtenant,
        "sort" => &mut list.sort,
        "page" => &mut list.page,
        _ => return,
    };
    *field = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: &[(&'static str, &str)]) -> Shown {
        let mut query = ParamsMap::new();
        for (name, value) in fields {
            query.insert(*name, (*value).to_owned());
        }
        Shown::read(&query)
    }

    #[test]
    fn a_url_is_read_and_written_alike() {
        let list = shown(&[("search", "ann b"), ("page", "3"), ("other", "x"), ("role", "member")]);
        assert_eq!(list.query(), "search=ann+b&role=member&page=3");
        assert_eq!(
            list.with("status", "active".to_owned()),
            "search=ann+b&status=active&role=member"
        );
        assert_eq!(list.with("page", "4".to_owned()), "search=ann+b&role=member&page=4");
    }

    #[test]
    fn dialogs_are_states_of_the_url() {
        let id = Uuid::from_u128(5);
        let text = id.to_string();
        let dialog = |name, value| shown(&[(name, value)]).dialog;
        assert_eq!(dialog("invite", ""), Some(Dialog::Invite));
        assert_eq!(dialog("edit", &text), Some(Dialog::Edit(MemberId(id))));
        assert_eq!(dialog("link", &text), Some(Dialog::Link(MemberId(id))));
        let remove = Dialog::Confirm(MembershipChange::Remove, MemberId(id));
        assert_eq!(dialog("remove", &text), Some(remove));
        assert_eq!(dialog("edit", "nobody"), None);
    }
}
