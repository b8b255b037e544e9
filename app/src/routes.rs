//! Which page answers which path.

use crate::{
    frame::{ConsoleFrame, Frame},
    guard::{Who, WhoOperates, lead_to},
    navigation::{ORGANIZATIONS, USAGE},
    pages::{
        account::AccountPage,
        alerts::AlertsPage,
        api_keys::ApiKeysPage,
        audit::AuditLogPage,
        credit_packs::CreditPacksPage,
        errors::NotFoundPage,
        home::HomePage,
        invitation::InvitationPage,
        login::LoginPage,
        members::{MembersPage, import::MemberImportPage},
        my_usage::MyUsagePage,
        notifications::NotificationsPage,
        operator,
        plan::PlanPage,
        quota_management::QuotaManagementPage,
        quotas::{UsageQuotasPage, UserQuotasPage},
        raises::{AskPage, RaiseAnswerPage, RaiseRequestsPage},
        reports::{ReallocationPage, ReportsPage},
        subtenants::SubtenantsPage,
        usage::UsagePage,
        usage_history::{LedgerPage, UsageHistoryPage},
        webhooks::WebhooksPage,
    },
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

/// Everything inside `<body>`.
#[expect(clippy::too_many_lines, reason = "a list: one entry for each page")]
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Who::provide();
    WhoOperates::provide();
    Effect::new(mark_as_hydrated);
    view! {
        <Title formatter=|title| format!("{title} · Allot") />
        <Router>
            <Routes fallback=|| view! { <NotFoundPage /> }>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route
                    path=path!("/invitation/:token")
                    view=InvitationPage
                    ssr=SsrMode::Async
                />
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route
                        path=path!("/enterprise/quota-management")
                        view=QuotaManagementPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/enterprise/credit-packs")
                        view=CreditPacksPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/enterprise/plan") view=PlanPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/enterprise/subtenants")
                        view=SubtenantsPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/settings/usage-quotas")
                        view=UsageQuotasPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/settings/user-quotas")
                        view=UserQuotasPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/settings/usage") view=UsagePage ssr=SsrMode::Async />
                    <Route path=path!("/usage") view=|| lead_to(USAGE) ssr=SsrMode::Async />
                    <Route
                        path=path!("/usage/history")
                        view=UsageHistoryPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/usage/ledger") view=LedgerPage ssr=SsrMode::Async />
                    <Route path=path!("/reports") view=ReportsPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/reports/reallocation")
                        view=ReallocationPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/audit") view=AuditLogPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/enterprise/members")
                        view=MembersPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/enterprise/members/import")
                        view=MemberImportPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/settings/alerts") view=AlertsPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/settings/webhooks")
                        view=WebhooksPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/settings/api-keys") view=ApiKeysPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/notifications")
                        view=NotificationsPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/requests") view=RaiseRequestsPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/requests/answer")
                        view=RaiseAnswerPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/requests/ask") view=AskPage ssr=SsrMode::Async />
                    <Route path=path!("/my-usage") view=MyUsagePage ssr=SsrMode::Async />
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                </ParentRoute>
                <Route
                    path=path!("/operator/login")
                    view=operator::login::LoginPage
                    ssr=SsrMode::Async
                />
                <ParentRoute path=path!("/operator") view=ConsoleFrame ssr=SsrMode::Async>
                    <Route path=path!("") view=|| lead_to(ORGANIZATIONS) ssr=SsrMode::Async />
                    <Route
                        path=path!("/organizations")
                        view=operator::organizations::OrganizationsPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/organizations/:id")
                        view=operator::organization::OrganizationPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/plans")
                        view=operator::plans::PlansPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/plans/:code")
                        view=operator::plan::PlanPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/rate-card")
                        view=operator::rate_card::RateCardPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/log") view=operator::log::LogPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/account")
                        view=operator::account::AccountPage
                        ssr=SsrMode::Async
                    />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Tells tests in a browser that event handlers are in place.
fn mark_as_hydrated() {
    if let Some(html) = document().document_element() {
        // Fails for names that are no attribute's only.
        _ = html.set_attribute("data-hydrated", "");
    }
}
