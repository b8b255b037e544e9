//! The pages that the navigation offers, in its order, and their addresses.

use crate::ui::Symbol;
use domain::access::{Action, Rights};

const QUOTA_MANAGEMENT: &str = "/enterprise/quota-management";

/// A page.
pub(crate) struct Entry {
    /// Its path.
    pub(crate) path: &'static str,
    /// Its name.
    pub(crate) label: &'static str,
    /// Its symbol.
    pub(crate) symbol: Symbol,
    /// The right that opens it; none for everyone.
    needs: Option<Action>,
}

/// All of them. `/` leads to the first that a person's rights open.
const ENTRIES: [Entry; 3] = [
    Entry {
        path: QUOTA_MANAGEMENT,
        label: "Quota Management",
        symbol: Symbol::Gauge,
        needs: Some(Action::ViewCredits),
    },
    Entry {
        path: "/my-usage",
        label: "My Usage",
        symbol: Symbol::Person,
        needs: Some(Action::ViewOwnUsage),
    },
    Entry { path: "/account", label: "Account", symbol: Symbol::Key, needs: None },
];

/// The pages that `rights` open.
pub(crate) fn entries(rights: &Rights) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(|entry| entry.needs.is_none_or(|action| rights.allow(action)))
}

/// The address of a page of the table of *Quota Management*, with more of the query: dialogs are
/// states of the URL.
pub(crate) fn quota_management_address(page: i64, query: &str) -> String {
    match (page, query) {
        (..=1, "") => QUOTA_MANAGEMENT.to_owned(),
        (..=1, _) => format!("{QUOTA_MANAGEMENT}?{query}"),
        (_, "") => format!("{QUOTA_MANAGEMENT}?page={page}"),
        _ => format!("{QUOTA_MANAGEMENT}?page={page}&{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::Role;

    #[test]
    fn each_role_sees_the_pages_that_it_may_open() {
        let labels = |role| -> Vec<_> {
            entries(&Rights::Roles(vec![role])).map(|entry| entry.label).collect()
        };
        let all = ["Quota Management", "My Usage", "Account"];
        assert_eq!(labels(Role::TenantAdministrator), all);
        assert_eq!(labels(Role::QuotaAdministrator), all);
        assert_eq!(labels(Role::Member), all[1..]);
    }

    #[test]
    fn addresses_name_the_page_only_where_it_is_not_the_first() {
        let address = quota_management_address;
        assert_eq!(address(1, ""), QUOTA_MANAGEMENT);
        assert_eq!(address(1, "edit=settings"), format!("{QUOTA_MANAGEMENT}?edit=settings"));
        assert_eq!(address(2, ""), format!("{QUOTA_MANAGEMENT}?page=2"));
        assert_eq!(address(2, "saved=member"), format!("{QUOTA_MANAGEMENT}?page=2&saved=member"));
    }
}
