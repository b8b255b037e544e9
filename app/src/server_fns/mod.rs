//! What the browser can ask of the server. Each function gets the caller, calls one method of the
//! service and converts the result. All that change something work as plain form posts as well.

pub mod audit;
pub mod credits;
pub mod members;
pub mod packs;
pub mod people;
pub mod plans;
pub mod subtenants;

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
                "POST /actions/add_subtenant",
                "POST /actions/archive_subtenant",
                "POST /actions/audit_log",
                "POST /actions/change_membership",
                "POST /actions/credit_packs",
                "POST /actions/distribute_evenly",
                "POST /actions/draft_member_import",
                "POST /actions/identity",
                "POST /actions/import_members",
                "POST /actions/invitation",
                "POST /actions/invite_member",
                "POST /actions/login",
                "POST /actions/logout",
                "POST /actions/member_import",
                "POST /actions/members",
                "POST /actions/my_usage",
                "POST /actions/plan_view",
                "POST /actions/quota_management",
                "POST /actions/rename_subtenant",
                "POST /actions/request_plan",
                "POST /actions/save_cap",
                "POST /actions/save_credit_settings",
                "POST /actions/save_default_limits",
                "POST /actions/save_member",
                "POST /actions/save_member_limit",
                "POST /actions/save_member_limits",
                "POST /actions/set_password",
                "POST /actions/subtenants",
                "POST /actions/undo_limits",
                "POST /actions/withdraw_plan_request",
            ]
        );
    }
}
