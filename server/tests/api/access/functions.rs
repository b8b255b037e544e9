//! Every server function with a form that it takes, every page and every file, and the right that each
//! needs.

use super::operations::Things;
use crate::support::Api;
use domain::access::Action;
use leptos::server_fn::axum::server_fn_paths;

/// The path of a server function and a form that it takes, with the right that it needs.
pub(super) type Function = (&'static str, String, Action);

/// What anyone may call.
pub(super) const FOR_ANYONE: [(&str, &str); 5] = [
    ("/actions/accept_invitation", "token=x&new=correct+horse"),
    ("/actions/invitation", "token=x"),
    ("/actions/identity", ""),
    ("/actions/login", "email=a%40b.test&password=x"),
    ("/actions/logout", ""),
];

/// One that never was: there is none of one's own that everybody has.
const NOBODYS_REQUEST: &str = "request=00000000-0000-0000-0000-000000000000";
/// A new channel, as a form says it.
const CHANNEL: &str = "name=Ops&kind=webhook&url=http%3A%2F%2F127.0.0.1%3A9%2F&language=en\
    &carried[limit_reached]=true&carried[organization]=true";

/// Those that name nothing of an organization.
pub(super) fn functions_at_large() -> Vec<Function> {
    use Action::{
        EditCreditSettings, EditMemberLimits, EditUsageQuotas, ManageAlerts, ManageApiKeys,
        ManageMembers, RequestPlan, ShareUsage, ViewAlerts, ViewApiKeys, ViewAudit, ViewCredits,
        ViewMembers, ViewOwnUsage, ViewRaiseRequests, ViewUsage, ViewUsageQuotas, ViewUserQuotas,
    };
    let settings = "version=1&cycle=monthly&limited=true&limit=10";
    let invite = "name=N&email=n%40b.test&job_role=other&member=true";
    let list = "csv=email%2Cname%0Ax%40b.test%2CX";
    [
        ("/actions/credit_packs", "", ViewCredits),
        ("/actions/distribute_evenly", "", EditMemberLimits),
        ("/actions/add_channel", CHANNEL, ManageAlerts),
        ("/actions/webhooks", "", ViewAlerts),
        ("/actions/api_keys", "", ViewApiKeys),
        ("/actions/create_api_key", "name=CI&read=true", ManageApiKeys),
        ("/actions/add_subtenant", "name=East", ManageMembers),
        ("/actions/alerts", "", ViewAlerts),
        ("/actions/save_alerts", "version=0", ManageAlerts),
        ("/actions/set_limit_thresholds", "meter=credits&version=1", ManageAlerts),
        ("/actions/remove_limit_thresholds", "place=0&version=2", ManageAlerts),
        ("/actions/try_mail", "", ManageAlerts),
        ("/actions/notifications", "", ViewOwnUsage),
        ("/actions/unread_notifications", "", ViewOwnUsage),
        ("/actions/read_notifications", "", ViewOwnUsage),
        ("/actions/audit_log", "", ViewAudit),
        ("/actions/members", "", ViewMembers),
        ("/actions/invite_member", invite, ManageMembers),
        ("/actions/draft_member_import", list, ManageMembers),
        ("/actions/usage_quotas", "", ViewUsageQuotas),
        ("/actions/user_quotas", "", ViewUserQuotas),
        ("/actions/create_quota", "daily=1", EditUsageQuotas),
        ("/actions/my_usage", "", ViewOwnUsage),
        ("/actions/raise_requests", "", ViewRaiseRequests),
        ("/actions/raise_form", "query=%3Fown_limit%3Dcredits", ViewOwnUsage),
        ("/actions/ask_for_raise", "own_limit=credits&limit=0&reason=More", ViewOwnUsage),
        ("/actions/withdraw_raise", NOBODYS_REQUEST, ViewOwnUsage),
        ("/actions/plan_view", "", ViewCredits),
        ("/actions/quota_management", "", ViewCredits),
        ("/actions/request_plan", "plan=team&note=", RequestPlan),
        ("/actions/save_credit_settings", settings, EditCreditSettings),
        ("/actions/save_default_limits", "version=1", EditMemberLimits),
        ("/actions/account", "", ViewOwnUsage),
        ("/actions/set_language", "language=de", ViewOwnUsage),
        ("/actions/set_password", "new=correct+horse+battery", ViewOwnUsage),
        ("/actions/share_usage", "shared=false", ShareUsage),
        ("/actions/subtenants", "", ViewMembers),
        ("/actions/month_report", "", ViewUsage),
        ("/actions/reallocation", "", EditMemberLimits),
        ("/actions/usage_history", "", ViewUsage),
        ("/actions/usage_ledger", "", ViewUsage),
        ("/actions/usage_page", "", ViewUsage),
        ("/actions/withdraw_plan_request", "", RequestPlan),
    ]
    .map(|(path, form, action)| (path, form.to_owned(), action))
    .into()
}

/// Those that name something of an organization: for others it does not exist. Edits are of a version
/// that never was: that is past the question of rights, and changes nothing.
pub(super) fn functions_on(things: &Things) -> Vec<Function> {
    use Action::{
        AnswerRaiseRequests, EditMemberLimits, EditUsageQuotas, EditUserQuotas, ManageAlerts,
        ManageApiKeys, ManageMembers, ViewRaiseRequests, ViewUsage, ViewUsageQuotas,
        ViewUserQuotas,
    };
    let Things { member, subtenant, usage_quota, user_quota, change, .. } = things;
    let quota = |quota: &str| format!("quota={quota}&version=99&daily=1");
    let limit = format!("member={member}&version=99&custom=true&limit=5");
    let limits = format!("members[0]={member}&versions[0]=99&custom=true&limit=5");
    let person = format!("id={member}&version=99&name=B&job_role=other&member=true");
    let seen = format!("{}.99", uuid::Uuid::nil());
    let budgets =
        format!("member={member}&ai_tokens=5&ai_tokens_seen={seen}&enrichments_seen={seen}");
    let membership = format!("id={member}&version=99&change=deactivate");
    let subtenant_edit = format!("subtenant={subtenant}&version=99");
    // In the place of a quota that never was.
    let replaces = format!("daily=1&replaces={}", uuid::Uuid::nil());
    let back = |page: &str, id: &str| format!("back=%2Fsettings%2F{page}%3Fsubtenant%3D{id}");
    let of_subtenant =
        format!("subtenant={subtenant}&{replaces}&{}", back("usage-quotas", subtenant));
    let of_member = format!("member={member}&{replaces}&{}", back("user-quotas", member));
    let review = format!(
        "limits[0][member]={member}&limits[0][version]=99&limits[0][limit]=5&limits[0][apply]=true"
    );
    let past = |name: &str, id: &str| format!("query=%3F{name}%3D{id}");
    let [more_credits, more_spend, _] = &things.requests;
    // No raise at all.
    let approve = format!("request={more_credits}&own_limit=credits&limit=0");
    let decline = format!("request={more_spend}&answer=No");
    let channel = format!("channel={}", things.channel);
    let edited = format!("{channel}&version=99&{CHANNEL}");
    let seen_channel = format!("{channel}&version=99");
    let seen_key = format!("key={}&version=99", things.api_key);
    vec![
        ("/actions/raise_review", past("request", more_credits), ViewRaiseRequests),
        ("/actions/approve_raise", approve, AnswerRaiseRequests),
        ("/actions/decline_raise", decline, AnswerRaiseRequests),
        ("/actions/edit_channel", edited, ManageAlerts),
        ("/actions/renew_channel_secret", seen_channel.clone(), ManageAlerts),
        ("/actions/remove_channel", seen_channel, ManageAlerts),
        ("/actions/try_channel", channel, ManageAlerts),
        ("/actions/edit_api_key", format!("{seen_key}&name=CI"), ManageApiKeys),
        ("/actions/rotate_api_key", format!("{seen_key}&overlap=0"), ManageApiKeys),
        ("/actions/revoke_api_key", seen_key, ManageApiKeys),
        ("/actions/send_again", format!("delivery={}", things.delivery), ManageAlerts),
        ("/actions/usage_history", past("member", member), ViewUsage),
        ("/actions/usage_history", past("subtenant", subtenant), ViewUsage),
        ("/actions/usage_ledger", past("member", member), ViewUsage),
        ("/actions/apply_reallocation", review, EditMemberLimits),
        ("/actions/save_member_limit", limit, EditMemberLimits),
        ("/actions/save_member_limits", limits, EditMemberLimits),
        ("/actions/save_cap", format!("member={member}&version=99&limit=5"), EditMemberLimits),
        ("/actions/undo_limits", format!("change={change}"), EditMemberLimits),
        ("/actions/rename_subtenant", format!("{subtenant_edit}&name=West"), ManageMembers),
        ("/actions/archive_subtenant", format!("{subtenant_edit}&archive=true"), ManageMembers),
        ("/actions/save_member", person, ManageMembers),
        ("/actions/change_membership", membership, ManageMembers),
        ("/actions/save_budgets", budgets, EditUserQuotas),
        ("/actions/usage_quotas", format!("subtenant={subtenant}"), ViewUsageQuotas),
        ("/actions/user_quotas", format!("member={member}"), ViewUserQuotas),
        ("/actions/create_quota", of_subtenant, EditUsageQuotas),
        ("/actions/create_quota", of_member, EditUserQuotas),
        ("/actions/edit_quota", quota(usage_quota), EditUsageQuotas),
        ("/actions/edit_quota", quota(user_quota), EditUserQuotas),
        ("/actions/delete_quota", quota(usage_quota), EditUsageQuotas),
        ("/actions/delete_quota", quota(user_quota), EditUserQuotas),
    ]
}

/// Those that are about a list that somebody has uploaded.
pub(super) fn functions_on_draft(draft: &str) -> [Function; 2] {
    ["/actions/member_import", "/actions/import_members"]
        .map(|path| (path, format!("draft={draft}"), Action::ManageMembers))
}

/// The pages and the files, with the right that each needs; none for everyone who is signed in.
pub(super) const PAGES: [(&str, Option<Action>); 27] = [
    ("/enterprise/quota-management", Some(Action::ViewCredits)),
    ("/enterprise/credit-packs", Some(Action::ViewCredits)),
    ("/enterprise/plan", Some(Action::ViewCredits)),
    ("/enterprise/subtenants", Some(Action::ViewMembers)),
    ("/enterprise/members", Some(Action::ViewMembers)),
    ("/enterprise/members?search=b", Some(Action::ViewMembers)),
    ("/enterprise/members.csv", Some(Action::ViewMembers)),
    ("/enterprise/members/import", Some(Action::ManageMembers)),
    ("/settings/usage-quotas", Some(Action::ViewUsageQuotas)),
    ("/settings/user-quotas", Some(Action::ViewUserQuotas)),
    ("/settings/user-quotas?search=b", Some(Action::ViewUserQuotas)),
    ("/settings/usage", Some(Action::ViewUsage)),
    ("/settings/webhooks", Some(Action::ViewAlerts)),
    ("/settings/api-keys", Some(Action::ViewApiKeys)),
    ("/usage/history", Some(Action::ViewUsage)),
    ("/usage/ledger", Some(Action::ViewUsage)),
    ("/reports", Some(Action::ViewUsage)),
    ("/reports/month.csv", Some(Action::ViewUsage)),
    ("/reports/reallocation", Some(Action::EditMemberLimits)),
    ("/requests", Some(Action::ViewRaiseRequests)),
    ("/requests/ask?own_limit=credits", Some(Action::ViewOwnUsage)),
    ("/my-usage", Some(Action::ViewOwnUsage)),
    ("/settings/alerts", Some(Action::ViewAlerts)),
    ("/notifications", Some(Action::ViewOwnUsage)),
    ("/audit", Some(Action::ViewAudit)),
    ("/audit.csv", Some(Action::ViewAudit)),
    ("/account", None),
];

/// Every server function of the operator's console, with a form that it takes.
pub(super) fn operator_functions(api: &Api) -> Vec<(&'static str, String)> {
    let id = api.organization.id;
    let plan = "code=pro&version=0&name=Pro&monthly_credits=5";
    let meter = "code=faxes&version=0&name=Faxes&unit=pages&scale=0&kind=counter";
    let new = "name=N&plan=team&time_zone=UTC&currency=EUR&admin=n%40n.test";
    let functions = [
        ("organizations", String::new()),
        ("organization", format!("id={id}")),
        ("create_organization", new.to_owned()),
        ("created", String::new()),
        ("answer_plan_request", format!("id={id}&granted=false")),
        ("edit_organization", format!("id={id}&version=1&name=Ours")),
        ("grant_pack", format!("id={id}&credits=5")),
        ("plans", String::new()),
        ("plan", "code=team".to_owned()),
        ("save_plan", plan.to_owned()),
        ("rate_card", String::new()),
        ("save_operation", "code=fax&version=0&name=Fax".to_owned()),
        ("save_meter", meter.to_owned()),
        ("log", String::new()),
        ("set_password", "new=correct+horse+battery".to_owned()),
    ];
    let paths = functions.map(|(name, form)| {
        let path = server_fn_paths().map(|(path, _)| path);
        let mut path = path.filter(|path| *path == format!("/actions/operator_{name}"));
        (path.next().unwrap_or(name), form)
    });
    paths.into()
}

/// What anyone may call to become an operator, or to be none any more.
pub(super) const OPERATORS_DOOR: [&str; 3] =
    ["/actions/operator_identity", "/actions/operator_login", "/actions/operator_logout"];
