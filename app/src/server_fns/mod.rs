//! What the browser can ask of the server. Each function gets the caller, calls one method of the
//! service and converts the result. All that change something work as plain form posts as well.

pub mod credits;
pub mod members;
pub mod people;

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
                "POST /actions/change_membership",
                "POST /actions/draft_member_import",
                "POST /actions/distribute_evenly",
                "POST /actions/identity",
                "POST /actions/import_members",
                "POST /actions/invitation",
                "POST /actions/invite_member",
                "POST /actions/login",
                "POST /actions/logout",
                "POST /actions/member_import",
                "POST /actions/members",
                "POST /actions/my_usage",
                "POST /actions/quota_management",
                "POST /actions/save_cap",
                "POST /actions/save_credit_settings",
                "POST /actions/save_default_limits",
                "POST /actions/save_member",
                "POST /actions/save_member_limit",
                "POST /actions/save_member_limits",
                "POST /actions/set_password",
                "POST /actions/undo_limits",
            ]
        );
    }
}
