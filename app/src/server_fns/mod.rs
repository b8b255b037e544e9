//! What the browser can ask of the server. Each function gets the caller, calls one method of the
//! service and converts the result. All that change something work as plain form posts as well.

pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod budgets;
pub mod catalogue;
pub mod credits;
pub mod directory;
pub mod members;
pub mod my_usage;
pub mod notifications;
pub mod operators;
pub mod packs;
pub mod people;
pub mod plans;
pub mod quotas;
pub mod raises;
pub mod reports;
pub mod subtenants;
pub mod usage;
pub mod usage_page;
pub mod webhooks;

mod json;

#[cfg(feature = "ssr")]
pub(crate) mod context;

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::server_fn::axum::server_fn_paths;

    /// A server function is reachable by anyone, so each new one is seen in a review of this list.
    #[test]
    fn these_are_all_server_functions() {
        let mut paths: Vec<String> =
            server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
        paths.sort();
        assert_eq!(
            paths,
            [
                "POST /actions/accept_invitation",
                "POST /actions/account",
                "POST /actions/add_channel",
                "POST /actions/add_subtenant",
                "POST /actions/alerts",
                "POST /actions/api_keys",
                "POST /actions/apply_reallocation",
                "POST /actions/approve_raise",
                "POST /actions/archive_subtenant",
                "POST /actions/ask_for_raise",
                "POST /actions/audit_log",
                "POST /actions/change_membership",
                "POST /actions/create_api_key",
                "POST /actions/create_quota",
                "POST /actions/credit_packs",
                "POST /actions/decline_raise",
                "POST /actions/delete_quota",
                "POST /actions/distribute_evenly",
                "POST /actions/draft_member_import",
                "POST /actions/edit_api_key",
                "POST /actions/edit_channel",
                "POST /actions/edit_quota",
                "POST /actions/identity",
                "POST /actions/import_members",
                "POST /actions/invitation",
                "POST /actions/invite_member",
                "POST /actions/login",
                "POST /actions/logout",
                "POST /actions/member_import",
                "POST /actions/members",
                "POST /actions/month_report",
                "POST /actions/my_usage",
                "POST /actions/notifications",
                "POST /actions/operator_answer_plan_request",
                "POST /actions/operator_create_organization",
                "POST /actions/operator_created",
                "POST /actions/operator_edit_organization",
                "POST /actions/operator_grant_pack",
                "POST /actions/operator_identity",
                "POST /actions/operator_log",
                "POST /actions/operator_login",
                "POST /actions/operator_logout",
                "POST /actions/operator_organization",
                "POST /actions/operator_organizations",
                "POST /actions/operator_plan",
                "POST /actions/operator_plans",
                "POST /actions/operator_rate_card",
                "POST /actions/operator_save_meter",
                "POST /actions/operator_save_operation",
                "POST /actions/operator_save_plan",
                "POST /actions/operator_set_password",
                "POST /actions/plan_view",
                "POST /actions/quota_management",
                "POST /actions/raise_form",
                "POST /actions/raise_requests",
                "POST /actions/raise_review",
                "POST /actions/read_notifications",
                "POST /actions/reallocation",
                "POST /actions/remove_channel",
                "POST /actions/remove_limit_thresholds",
                "POST /actions/rename_subtenant",
                "POST /actions/renew_channel_secret",
                "POST /actions/request_plan",
                "POST /actions/revoke_api_key",
                "POST /actions/rotate_api_key",
                "POST /actions/save_alerts",
                "POST /actions/save_budgets",
                "POST /actions/save_cap",
                "POST /actions/save_credit_settings",
                "POST /actions/save_default_limits",
                "POST /actions/save_member",
                "POST /actions/save_member_limit",
                "POST /actions/save_member_limits",
                "POST /actions/send_again",
                "POST /actions/set_language",
                "POST /actions/set_limit_thresholds",
                "POST /actions/set_password",
                "POST /actions/share_usage",
                "POST /actions/subtenants",
                "POST /actions/try_channel",
                "POST /actions/try_mail",
                "POST /actions/undo_limits",
                "POST /actions/unread_notifications",
                "POST /actions/usage_history",
                "POST /actions/usage_ledger",
                "POST /actions/usage_page",
                "POST /actions/usage_quotas",
                "POST /actions/user_quotas",
                "POST /actions/webhooks",
                "POST /actions/withdraw_plan_request",
                "POST /actions/withdraw_raise",
            ]
        );
    }
}
