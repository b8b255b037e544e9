//! Whose quotas are shown, and which page of them: all of it is in the URL.

use crate::navigation::{USAGE_QUOTAS, USER_QUOTAS, address};
use domain::ids::{MemberId, SubtenantId};
use form_urlencoded::parse;
use uuid::Uuid;

/// Whose quotas are shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Whose {
    /// On *Usage Quotas*: those of a subtenant, or of the whole organization and all its subtenants.
    Organization(Option<SubtenantId>),
    /// On *User Quotas*: those of a member who was chosen among those that are looked for.
    User {
        /// A part of a name or of an email.
        search: String,
        /// The member.
        member: Option<MemberId>,
    },
}

/// Whose quotas are shown, and which page of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// Whose.
    pub(crate) whose: Whose,
    /// The page, from 1.
    pub(crate) page: i64,
}

impl Place {
    /// The first page of somebody's quotas.
    pub(crate) fn of(whose: Whose) -> Self {
        Self { whose, page: 1 }
    }

    /// The place that a path and its query name; what makes no sense is left out.
    pub(super) fn parse(path: &str, query: &str) -> Self {
        let get = |name: &str| {
            let mut pairs = parse(query.trim_start_matches('?').as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let id = |name| get(name)?.parse::<Uuid>().ok();
        let whose = if path == USER_QUOTAS {
            let (search, member) = (get("search").unwrap_or_default(), id("member").map(MemberId));
            Whose::User { search, member }
        } else {
            Whose::Organization(id("subtenant").map(SubtenantId))
        };
        Self { whose, page: get("page").and_then(|page| page.parse().ok()).unwrap_or(1) }
    }

    /// The place that an address names, which a form sent back.
    #[cfg(feature = "ssr")]
    pub(crate) fn read(address: &str) -> Self {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        Self::parse(path, query)
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        self.with("", "")
    }

    /// Its address with one more thing to say: dialogs are states of the URL.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let more = [("page", &*page), (name, value)];
        match &self.whose {
            Whose::Organization(subtenant) => {
                let subtenant = subtenant.map(|id| id.to_string()).unwrap_or_default();
                address(USAGE_QUOTAS, &[&[("subtenant", &*subtenant)], &more[..]].concat())
            }
            Whose::User { search, member } => {
                let member = member.map(|id| id.to_string()).unwrap_or_default();
                let whose = [("search", &**search), ("member", &*member)];
                address(USER_QUOTAS, &[&whose, &more[..]].concat())
            }
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_what_is_not_as_at_first() {
        let id = Uuid::from_u128(5);
        let all = Place::of(Whose::Organization(None));
        assert_eq!(all.address(), USAGE_QUOTAS);
        assert_eq!(all.with("new", "1"), format!("{USAGE_QUOTAS}?new=1"));
        let part = Place { whose: Whose::Organization(Some(SubtenantId(id))), page: 2 };
        assert_eq!(part.with("edit", "x"), format!("{USAGE_QUOTAS}?subtenant={id}&page=2&edit=x"));
        let user = Whose::User { search: "a b".to_owned(), member: Some(MemberId(id)) };
        let user = Place::of(user);
        assert_eq!(user.address(), format!("{USER_QUOTAS}?search=a+b&member={id}"));
    }

    #[test]
    fn what_a_form_sends_back_is_one_of_the_two_pages() {
        let id = Uuid::from_u128(5);
        for address in [
            USAGE_QUOTAS.to_owned(),
            format!("{USAGE_QUOTAS}?subtenant={id}&page=2"),
            format!("{USER_QUOTAS}?search=a+b&member={id}"),
        ] {
            assert_eq!(Place::read(&address).address(), address);
        }
        for other in ["", "https://evil.test/", "//evil.test?page=x", "/audit?subtenant=x"] {
            assert_eq!(Place::read(other).address(), USAGE_QUOTAS);
        }
    }
}
