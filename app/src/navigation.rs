//! The pages that the navigation offers, in its order, and their addresses.

use crate::{table_address::QUOTA_MANAGEMENT, ui::Symbol, usage_address::HISTORY};
use domain::access::{Action, Rights};
use form_urlencoded::Serializer;

const CREDIT_PACKS: &str = "/enterprise/credit-packs";
/// The page *Plan*.
pub(crate) const PLAN: &str = "/enterprise/plan";
/// The page *Usage Quotas*.
pub(crate) const USAGE_QUOTAS: &str = "/settings/usage-quotas";
/// The page *Usage*.
pub(crate) const USAGE: &str = "/settings/usage";
/// The page *User Quotas*.
pub(crate) const USER_QUOTAS: &str = "/settings/user-quotas";
/// The review of a month.
pub(crate) const REPORTS: &str = "/reports";
/// Its members as a file.
#[cfg(feature = "ssr")]
pub(crate) const REPORTS_CSV: &str = "/reports/month.csv";
/// Limits that fit what members used.
#[cfg(feature = "ssr")]
pub(crate) const REALLOCATION: &str = "/reports/reallocation";
/// What members ask for.
pub(crate) const RAISE_REQUESTS: &str = "/requests";
/// One of these, to be answered.
#[cfg(feature = "ssr")]
pub(crate) const RAISE_ANSWER: &str = "/requests/answer";
/// Where a member asks for more.
#[cfg(feature = "ssr")]
pub(crate) const RAISE_ASK: &str = "/requests/ask";
/// What is left for the one who looks.
pub(crate) const MY_USAGE: &str = "/my-usage";
/// The members.
pub(crate) const MEMBERS: &str = "/enterprise/members";
/// Adding members by the thousand.
pub(crate) const MEMBER_IMPORT: &str = "/enterprise/members/import";

/// Who is told when limits run out.
pub(crate) const ALERTS: &str = "/settings/alerts";
/// By which channels teams and programs are told.
pub(crate) const WEBHOOKS: &str = "/settings/webhooks";
/// The keys of the API.
pub(crate) const API_KEYS: &str = "/settings/api-keys";
/// What the one who looks was told.
pub(crate) const NOTIFICATIONS: &str = "/notifications";

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
const ENTRIES: [Entry; 17] = [
    Entry {
        path: QUOTA_MANAGEMENT,
        label: "Quota Management",
        symbol: Symbol::Gauge,
        needs: Some(Action::ViewCredits),
    },
    Entry {
        path: MEMBERS,
        label: "Members",
        symbol: Symbol::People,
        needs: Some(Action::ViewMembers),
    },
    Entry {
        path: "/enterprise/subtenants",
        label: "Subtenants",
        symbol: Symbol::Parts,
        needs: Some(Action::ViewMembers),
    },
    Entry {
        path: CREDIT_PACKS,
        label: "Credit packs",
        symbol: Symbol::Packs,
        needs: Some(Action::ViewCredits),
    },
    Entry { path: PLAN, label: "Plan", symbol: Symbol::Plan, needs: Some(Action::ViewCredits) },
    Entry {
        path: USAGE_QUOTAS,
        label: "Usage Quotas",
        symbol: Symbol::Spend,
        needs: Some(Action::ViewUsageQuotas),
    },
    Entry {
        path: USER_QUOTAS,
        label: "User Quotas",
        symbol: Symbol::UserSpend,
        needs: Some(Action::ViewUserQuotas),
    },
    Entry {
        path: RAISE_REQUESTS,
        label: "Raise requests",
        symbol: Symbol::Raise,
        needs: Some(Action::ViewRaiseRequests),
    },
    Entry { path: USAGE, label: "Usage", symbol: Symbol::Usage, needs: Some(Action::ViewUsage) },
    Entry {
        path: HISTORY,
        label: "Usage history",
        symbol: Symbol::History,
        needs: Some(Action::ViewUsage),
    },
    Entry {
        path: REPORTS,
        label: "Reports",
        symbol: Symbol::Report,
        needs: Some(Action::ViewUsage),
    },
    Entry {
        path: MY_USAGE,
        label: "My Usage",
        symbol: Symbol::Person,
        needs: Some(Action::ViewOwnUsage),
    },
    Entry { path: ALERTS, label: "Alerts", symbol: Symbol::Bell, needs: Some(Action::ViewAlerts) },
    Entry {
        path: WEBHOOKS,
        label: "Webhooks",
        symbol: Symbol::Channel,
        needs: Some(Action::ViewAlerts),
    },
    Entry {
        path: API_KEYS,
        label: "API keys",
        symbol: Symbol::Key,
        needs: Some(Action::ViewApiKeys),
    },
    Entry {
        path: "/audit",
        label: "Audit log",
        symbol: Symbol::Log,
        needs: Some(Action::ViewAudit),
    },
    Entry { path: "/account", label: "Account", symbol: Symbol::Person, needs: None },
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

/// The address of *Credit packs*: with all of them or the open ones only, and with more of the query.
#[cfg(feature = "ssr")]
pub(crate) fn credit_packs_address(open_only: bool, query: &str) -> String {
    match (open_only, query) {
        (false, "") => CREDIT_PACKS.to_owned(),
        (false, _) => format!("{CREDIT_PACKS}?{query}"),
        (true, "") => format!("{CREDIT_PACKS}?show=open"),
        (true, _) => format!("{CREDIT_PACKS}?show=open&{query}"),
    }
}

/// The address of a page with these fields in its query; empty ones are left out.
pub(crate) fn address(path: &str, fields: &[(&str, &str)]) -> String {
    address_with(path, &[&query_of(fields.iter().copied())])
}

/// The address of a page with these parts of a query; empty ones are left out.
pub(crate) fn address_with(path: &str, parts: &[&str]) -> String {
    let query: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// The part of a query that says these fields; empty ones are left out.
pub(crate) fn query_of<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::Role;

    #[test]
    fn each_role_sees_the_pages_that_it_may_open() {
        let labels = |role| -> Vec<_> {
            entries(&Rights::of(vec![role])).map(|entry| entry.label).collect()
        };
        let usage = ["Usage", "Usage history", "Reports", "My Usage"];
        let ends = ["Audit log", "Account"];
        let own = [&usage[..], &ends].concat();
        let credits = ["Quota Management", "Credit packs", "Plan"];
        let people = ["Members", "Subtenants"];
        let spend = ["Usage Quotas", "User Quotas", "Raise requests"];
        assert_eq!(
            labels(Role::TenantAdministrator),
            [
                &credits[..1],
                &people,
                &credits[1..],
                &spend,
                &usage,
                &["Alerts", "Webhooks", "API keys"],
                &ends
            ]
            .concat()
        );
        assert_eq!(labels(Role::QuotaAdministrator), [&credits[..], &spend[..1], &own].concat());
        assert_eq!(labels(Role::SubtenantAdministrator), [&people[..], &spend[1..], &own].concat());
        assert_eq!(labels(Role::UserQuotaAdministrator), [&spend[1..], &own].concat());
        assert_eq!(labels(Role::Member), ["My Usage", "Account"]);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn addresses_of_packs_keep_the_filter() {
        let address = credit_packs_address;
        assert_eq!(address(false, ""), CREDIT_PACKS);
        assert_eq!(address(false, "pack=1"), format!("{CREDIT_PACKS}?pack=1"));
        assert_eq!(address(true, ""), format!("{CREDIT_PACKS}?show=open"));
        assert_eq!(address(true, "pack=1"), format!("{CREDIT_PACKS}?show=open&pack=1"));
    }

    #[test]
    fn queries_carry_any_text_and_leave_out_what_is_empty() {
        let query = query_of([("search", "a b&c=ü"), ("status", ""), ("sort", "-name")]);
        assert_eq!(query, "search=a+b%26c%3D%C3%BC&sort=-name");
        assert_eq!(address_with(MEMBERS, &["", &query]), format!("{MEMBERS}?{query}"));
        assert_eq!(address_with(MEMBERS, &["", ""]), MEMBERS);
    }
}
