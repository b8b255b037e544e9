//! Where in the table of subtenants somebody is: all of it is in the URL.

use crate::navigation::address;
use leptos_router::params::ParamsMap;

/// The page's path.
pub(super) const PATH: &str = "/enterprise/subtenants";

/// What is looked for, and which page of what was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// A part of the name.
    pub(crate) search: String,
    /// Whether archived ones are shown, too.
    pub(crate) archived: bool,
    /// The page, from 1.
    pub(crate) page: i64,
}

impl Default for Place {
    fn default() -> Self {
        Self { search: String::new(), archived: false, page: 1 }
    }
}

impl Place {
    /// The place that an address names.
    pub(super) fn parse(query: &ParamsMap) -> Self {
        Self {
            search: query.get("search").unwrap_or_default(),
            archived: query.get_str("archived") == Some("true"),
            page: query.get_str("page").and_then(|page| page.parse().ok()).unwrap_or(1),
        }
    }

    /// Whether anything is looked for.
    pub(super) fn filters(&self) -> bool {
        self.archived || !self.search.trim().is_empty()
    }

    /// Its address.
    pub(super) fn address(&self) -> String {
        self.with("", "")
    }

    /// Its address with one more thing to say: dialogs are states of the URL.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let archived = if self.archived { "true" } else { "" };
        let query =
            [("search", &*self.search), ("archived", archived), ("page", &*page), (name, value)];
        address(PATH, &query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_what_is_not_as_at_first() {
        assert_eq!(Place::default().address(), PATH);
        assert_eq!(Place::default().with("new", "1"), format!("{PATH}?new=1"));
        let place = Place { search: "R&D =".to_owned(), archived: true, page: 2 };
        let expected = "?search=R%26D+%3D&archived=true&page=2&edit=x";
        assert_eq!(place.with("edit", "x"), format!("{PATH}{expected}"));
    }
}
