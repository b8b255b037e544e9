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

/// Where the operator's console begins.
pub(crate) const ORGANIZATIONS: &str = "/operator/organizations";
/// The rate card.
pub(crate) const RATE_CARD: &str = "/operator/rate-card";
/// The plans.
pub(crate) const PLANS: &str = "/operator/plans";
/// What operators did.
pub(crate) const LOG: &str = "/operator/log";

/// The pages of the operator's console: every operator may open all of them.
pub(crate) static CONSOLE: [Entry; 5] = [
    console(ORGANIZATIONS, "Organizations", Symbol::Organizations),
    console(PLANS, "Plans", Symbol::Plans),
    console(RATE_CARD, "Rate card", Symbol::RateCard),
    console(LOG, "Log", Symbol::Log),
    console("/operator/account", "Account", Symbol::Key),
];

const fn console(path: &'static str, label: &'static str, symbol: Symbol) -> Entry {
    Entry { path, label, symbol, needs: None }
}

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
