//! The pages that the navigation offers, in its order, and their addresses.

use crate::{table_address::QUOTA_MANAGEMENT, ui::Symbol};
use domain::access::{Action, Rights};

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
}
