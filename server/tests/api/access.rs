//! Who may call what, and that organizations never see each other.

use crate::{
    browser::Browser,
    support::{Api, create},
};
use domain::access::{Action, Role, Scope};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use sqlx::PgPool;

/// Things that belong to one organization, by their ids.
struct Things {
    member: String,
    /// A member who has not joined yet.
    invited: String,
    subtenant: String,
    quota: String,
    consumption: String,
    pack: String,
    /// One to commit, one to release, one to renew.
    reservations: [String; 3],
}

impl Things {
    async fn of(api: &Api) -> Self {
        let member = api.member("bob@acme.test").await;
        let id = |made: Value, name: &str| made[name].as_str().unwrap().to_owned();
        let made = async |path: &str, body: Value| {
            api.call("POST", &format!("/api/v1/{path}"), body).await.expect(201)
        };
        let subtenant = made("subtenants", json!({"name": "North"})).await;
        let quota = made("quotas", json!({"meter": "spend", "daily": 5})).await;
        let one = json!({"operation": "prospect_search", "quantity": 1});
        let hold = async || id(made("reservations", one.clone()).await, "reservation_id");
        let reservations = [hold().await, hold().await, hold().await];
        let consumed = api.call("POST", "/api/v1/consume", one).await.expect(200);
        let pack = api.grant_pack(200).await.to_string();
        let new = json!({"email": "cy@acme.test", "name": "Cy"});
        let invited = id(made("members", new).await, "id");
        let [subtenant, quota] = [subtenant, quota].map(|made| id(made, "id"));
        let consumption = id(consumed, "consumption_id");
        Self { member, invited, subtenant, quota, consumption, pack, reservations }
    }
}

/// Method, path and body of a call, with the right that it needs.
type Operation = (&'static str, String, Value, Action);

/// Every operation of the API, with those last that name one of `things`.
fn operations(things: &Things) -> Vec<Operation> {
    let mut all: Vec<Operation> = operations_at_large()
        .into_iter()
        .map(|(method, path, body, action)| (method, path.to_owned(), body, action))
        .collect();
    all.extend(operations_on(things));
    all
}

/// Every operation that names nothing of an organization.
fn operations_at_large() -> [(&'static str, &'static str, Value, Action); 22] {
    use Action::{
        Consume, EditCreditSettings, EditMemberLimits, EditUsageQuotas, ManageMembers, RequestPlan,
        ViewAudit, ViewCredits, ViewMembers, ViewUsageQuotas,
    };
    let request = json!({"operation": "view_contacts", "quantity": 1});
    let batch = json!({"requests": [request]});
    let settings = json!({"cycle": {"kind": "monthly"}, "limit": 10, "set_aside": true,
        "packs_extend": true});
    let new = json!({"email": "n@acme.test", "name": "N"});
    let quota = json!({"meter": "emails", "monthly": 5});
    [
        ("GET", "/api/usage", Value::Null, ViewCredits),
        ("POST", "/api/v1/check", request.clone(), Consume),
        ("POST", "/api/v1/consume", request.clone(), Consume),
        ("POST", "/api/v1/consume/batch", batch, Consume),
        ("POST", "/api/v1/reservations", request, Consume),
        ("PUT", "/api/v1/gauges/contacts", json!({"level": 5}), Consume),
        ("GET", "/api/v1/credit-settings", Value::Null, ViewCredits),
        ("PUT", "/api/v1/credit-settings", settings, EditCreditSettings),
        ("GET", "/api/v1/default-limits", Value::Null, ViewCredits),
        ("PUT", "/api/v1/default-limits", json!({"default": {"kind": "none"}}), EditMemberLimits),
        ("PUT", "/api/v1/members/credit-limits/evenly", Value::Null, EditMemberLimits),
        ("GET", "/api/v1/members", Value::Null, ViewMembers),
        ("POST", "/api/v1/members", new, ManageMembers),
        ("GET", "/api/v1/subtenants", Value::Null, ViewMembers),
        ("POST", "/api/v1/subtenants", json!({"name": "South"}), ManageMembers),
        ("GET", "/api/v1/audit", Value::Null, ViewAudit),
        ("GET", "/api/v1/quotas", Value::Null, ViewUsageQuotas),
        ("POST", "/api/v1/quotas", quota, EditUsageQuotas),
        ("GET", "/api/v1/packs", Value::Null, ViewCredits),
        ("GET", "/api/v1/plan", Value::Null, ViewCredits),
        ("POST", "/api/v1/plan/request", json!({"plan": "team"}), RequestPlan),
        ("DELETE", "/api/v1/plan/request", Value::Null, RequestPlan),
    ]
}

/// Every operation that names something of an organization: for others it does not exist.
fn operations_on(things: &Things) -> [Operation; 21] {
    use Action::{
        Consume, EditMemberLimits, EditUsageQuotas, EditUserQuotas, ManageMembers, ViewCredits,
        ViewMembers,
    };
    let Things { member, invited, subtenant, quota, consumption, pack, reservations } = things;
    let of_one = format!("/api/v1/members/{member}");
    let invitation = format!("/api/v1/members/{invited}/invitation");
    let limit = format!("/api/v1/members/{member}/credit-limit");
    let limits = json!({"limits": [{"member": member, "kind": "none"}]});
    let quotas = "/api/v1/quotas".to_owned();
    let quota = format!("{quotas}/{quota}");
    let [commit, release, renew] = reservations;
    let reservation = |id: &str, how: &str| format!("/api/v1/reservations/{id}/{how}");
    let one = json!({"quantity": 1});
    let refund = json!({"consumption_id": consumption, "quantity": 1});
    let of_member = json!({"meter": "emails", "member": member, "daily": 5});
    let of_subtenant = json!({"meter": "emails", "subtenant": subtenant, "daily": 5});
    let level = json!({"level": 5, "member": member});
    let one_subtenant = format!("/api/v1/subtenants/{subtenant}");
    let moved = format!("/api/v1/members/{member}/subtenant");
    [
        ("GET", limit.clone(), Value::Null, ViewCredits),
        ("PUT", limit, json!({"kind": "none"}), EditMemberLimits),
        ("PUT", "/api/v1/members/credit-limits".to_owned(), limits, EditMemberLimits),
        ("POST", reservation(commit, "commit"), one, Consume),
        ("POST", reservation(release, "release"), json!({}), Consume),
        ("POST", reservation(renew, "renew"), json!({}), Consume),
        ("POST", "/api/v1/refunds".to_owned(), refund, Consume),
        ("PUT", "/api/v1/gauges/contacts".to_owned(), level, Consume),
        ("GET", one_subtenant.clone(), Value::Null, ViewMembers),
        ("PATCH", one_subtenant, json!({"name": "North-West"}), ManageMembers),
        ("PUT", moved, json!({"subtenant": null}), ManageMembers),
        ("POST", quotas.clone(), of_member, EditUserQuotas),
        ("POST", quotas, of_subtenant, EditUsageQuotas),
        ("PATCH", quota.clone(), json!({"daily": 6}), EditUsageQuotas),
        ("DELETE", quota, Value::Null, EditUsageQuotas),
        ("GET", format!("/api/v1/packs/{pack}/ledger"), Value::Null, ViewCredits),
        ("GET", of_one.clone(), Value::Null, ViewMembers),
        ("PATCH", of_one.clone(), json!({"name": "Robert"}), ManageMembers),
        ("POST", invitation.clone(), Value::Null, ManageMembers),
        ("DELETE", invitation, Value::Null, ManageMembers),
        ("DELETE", of_one, Value::Null, ManageMembers),
    ]
}

/// Leaves the organization's key one scope only.
async fn restrict(api: &Api, scope: Scope) {
    sqlx::query("UPDATE api_keys SET scopes = ARRAY[$1]")
        .bind(scope.code())
        .execute(&api.pool)
        .await
        .unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_does_what_its_scope_allows_and_nothing_else(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api).await;
    for scope in Scope::ALL {
        restrict(&api, scope).await;
        for (method, path, body, action) in operations(&things) {
            let reply = api.call(method, &path, body).await;
            let allowed = reply.status < 300;
            assert_eq!(allowed, scope.allows(action), "{scope:?} {method} {path}: {}", reply.body);
            if !allowed {
                assert_eq!(reply.expect(403)["code"], "FORBIDDEN");
            }
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn without_a_valid_key_nothing_is_answered(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api).await;
    let (prefix, secret) = api.organization.api_key.split_at(20);
    let other_secret = format!("{prefix}{}", secret.chars().rev().collect::<String>());
    for key in ["", "allot_", "allot_x_y", "Bearer", &other_secret] {
        for (method, path, body, _) in operations(&things) {
            let reply = api.call_as(key, method, &path, body, &[]).await;
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
            assert_eq!(reply.expect(401)["code"], "UNAUTHENTICATED", "{key} {path}");
        }
    }
    for ended in [
        "UPDATE api_keys SET revoked_at = '2026-11-21 11:00+00'",
        "UPDATE api_keys SET revoked_at = NULL, expires_at = '2026-11-21 12:00+00'",
    ] {
        sqlx::query(ended).execute(&api.pool).await.unwrap();
        api.call("GET", "/api/usage", Value::Null).await.expect(401);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn organizations_never_see_each_other(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    for (method, path, body, _) in operations_on(&things) {
        let reply = api.call_as(&other.api_key, method, &path, body, &[]).await;
        assert_eq!(reply.expect(404)["code"], "NOT_FOUND", "{method} {path}");
    }
    for name in [things.member.as_str(), "bob@acme.test"] {
        for path in ["/api/v1/check", "/api/v1/consume", "/api/v1/reservations"] {
            let body = json!({"member": name, "operation": "prospect_search", "quantity": 1});
            let reply = api.call_as(&other.api_key, "POST", path, body, &[]).await;
            assert_eq!(reply.expect(404)["code"], "MEMBER_NOT_FOUND", "{path}");
        }
    }
    api.consume("bob@acme.test", "prospect_search", 5).await.expect(200);
    let usage = api.call_as(&other.api_key, "GET", "/api/usage", Value::Null, &[]).await;
    assert_eq!(usage.expect(200)["quota_used"], 0);
}

/// Every operation for operators.
fn operator_operations(api: &Api) -> [(&'static str, String, Value); 16] {
    let organizations = "/api/v1/operator/organizations".to_owned();
    let ours = format!("{organizations}/{}", api.organization.id);
    let packs = format!("{ours}/packs");
    let path = |path: &str| format!("/api/v1/operator/{path}");
    let new = json!({"name": "N", "plan": "team", "admin": "n@n.test"});
    let plan =
        json!({"name": "Pro", "monthly_credits": 5, "seats": 5, "usage_quota_feature": true});
    let meter = json!({"name": "Faxes", "unit": "pages", "scale": 0, "kind": "counter"});
    [
        ("GET", organizations.clone(), Value::Null),
        ("POST", organizations, new),
        ("GET", ours.clone(), Value::Null),
        ("PATCH", ours, json!({"plan": "team"})),
        ("GET", packs.clone(), Value::Null),
        ("POST", packs, json!({"credits": 5})),
        ("GET", path("plan-requests"), Value::Null),
        ("GET", path("plans"), Value::Null),
        ("PUT", path("plans/pro"), plan),
        ("GET", path("plans/pro"), Value::Null),
        ("PUT", path("plans/pro/limits/emails"), json!({"limit": 5, "cap": "soft"})),
        ("GET", path("operations"), Value::Null),
        ("PUT", path("operations/fax"), json!({"name": "Fax"})),
        ("PUT", path("operations/fax/prices/emails"), json!({"amount": 1})),
        ("GET", path("meters"), Value::Null),
        ("PUT", path("meters/faxes"), meter),
    ]
}

#[sqlx::test(migrations = "../migrations")]
async fn keys_of_organizations_and_of_operators_are_apart(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api).await;
    let key = api.operator_key().await;
    for (method, path, body) in operator_operations(&api) {
        let reply = api.call(method, &path, body.clone()).await;
        assert_eq!(reply.expect(401)["code"], "UNAUTHENTICATED", "{method} {path}");
        let reply = api.call_as(&key, method, &path, body, &[]).await;
        assert!(reply.status < 300, "{method} {path}: {}", reply.body);
    }
    for (method, path, body, _) in operations(&things) {
        let reply = api.call_as(&key, method, &path, body, &[]).await;
        assert_eq!(reply.expect(401)["code"], "UNAUTHENTICATED", "{method} {path}");
    }
    api.sql("UPDATE operator_keys SET revoked_at = now()").await;
    for (method, path, body) in operator_operations(&api) {
        api.call_as(&key, method, &path, body, &[]).await.expect(401);
    }
}

/// Every server function of the operator's console, with a form that it takes.
fn operator_functions(api: &Api) -> Vec<(&'static str, String)> {
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
const OPERATORS_DOOR: [&str; 3] =
    ["/actions/operator_identity", "/actions/operator_login", "/actions/operator_logout"];

#[sqlx::test(migrations = "../migrations")]
async fn operators_call_the_functions_of_their_console_and_no_customer_does(pool: PgPool) {
    let api = Api::new(pool).await;
    let member = api.member("bob@acme.test").await;
    let (mut ann, mut stranger) = (Browser::signed_in(&api).await, Browser::new(&api));
    let mut operator = Browser::operating(&api).await;
    api.sql(
        "INSERT INTO member_roles SELECT organization_id, member_id, unnest(ARRAY[
            'tenant_administrator', 'quota_administrator', 'subtenant_administrator',
            'user_quota_administrator', 'member']) FROM members ON CONFLICT DO NOTHING",
    )
    .await;
    api.call("POST", "/api/v1/plan/request", json!({"plan": "team"})).await.expect(201);
    for (path, form) in operator_functions(&api) {
        assert_eq!(stranger.call(path, &form).await.status, 401, "a stranger, {path}");
        assert_eq!(ann.call(path, &form).await.status, 401, "every role, {path}");
        let reply = operator.call(path, &form).await;
        assert!(reply.status < 400, "{path}: {} {}", reply.status, reply.body);
    }
    for (path, form, needs) in functions(&Called::with_ids(&member)) {
        if needs.is_some() {
            assert_eq!(operator.call(path, &form).await.status, 401, "an operator, {path}");
        }
    }
}

/// What server functions are called about, by ids.
struct Called {
    member: String,
    subtenant: String,
    /// A quota of the whole organization.
    usage_quota: String,
    /// A quota of a member.
    user_quota: String,
}

impl Called {
    /// About things that all have this id: for those who are refused before anybody looks.
    fn with_ids(id: &str) -> Self {
        let id = || id.to_owned();
        Self { member: id(), subtenant: id(), usage_quota: id(), user_quota: id() }
    }

    /// About things that are there, but for the subtenant.
    async fn of(api: &Api) -> Self {
        let member = api.member("bob@acme.test").await;
        let quota = async |body: Value| {
            let made = api.call("POST", "/api/v1/quotas", body).await.expect(201);
            made["id"].as_str().unwrap().to_owned()
        };
        let usage_quota = quota(json!({"meter": "spend", "daily": 5})).await;
        let user_quota = quota(json!({"meter": "spend", "daily": 5, "member": member})).await;
        let subtenant = uuid::Uuid::from_u128(5).to_string();
        Self { member, subtenant, usage_quota, user_quota }
    }
}

/// Every server function with a form that it takes and the right that it needs; none for everyone. One
/// that takes either of two rights, by what it is called about, is there for each.
fn functions(called: &Called) -> Vec<(&'static str, String, Option<Action>)> {
    let Called { member, subtenant, usage_quota, user_quota } = called;
    let settings = "version=1&cycle=monthly&limited=true&limit=10";
    // Of a version that never was: past the question of rights, and nothing is changed.
    let stale = |quota: &str| format!("quota={quota}&version=99&daily=1");
    let limit = format!("member={member}&version=1&custom=true&limit=5");
    let cap = format!("member={member}&version=1&limit=5");
    let limits = format!("members[0]={member}&custom=true&limit=5");
    let change = format!("change={member}");
    let password = "new=correct+horse+battery";
    let rename = format!("subtenant={subtenant}&version=1&name=North");
    let archive = format!("subtenant={subtenant}&version=1&archive=true");
    let person = format!("id={member}&version=1&name=B&job_role=other&member=true");
    let membership = format!("id={member}&version=1&change=deactivate");
    let invite = "name=N&email=n%40b.test&job_role=other&member=true".to_owned();
    let list = "csv=email%2Cname%0Ax%40b.test%2CX".to_owned();
    let of_member = format!("member={member}&daily=1");
    let draft = "draft=00000000-0000-0000-0000-000000000005";
    vec![
        ("/actions/credit_packs", String::new(), Some(Action::ViewCredits)),
        ("/actions/distribute_evenly", String::new(), Some(Action::EditMemberLimits)),
        ("/actions/add_subtenant", "name=South".to_owned(), Some(Action::ManageMembers)),
        ("/actions/archive_subtenant", archive, Some(Action::ManageMembers)),
        ("/actions/audit_log", String::new(), Some(Action::ViewAudit)),
        ("/actions/accept_invitation", "token=x&new=correct+horse".to_owned(), None),
        ("/actions/invitation", "token=x".to_owned(), None),
        ("/actions/members", String::new(), Some(Action::ViewMembers)),
        ("/actions/invite_member", invite, Some(Action::ManageMembers)),
        ("/actions/save_member", person, Some(Action::ManageMembers)),
        ("/actions/change_membership", membership, Some(Action::ManageMembers)),
        ("/actions/draft_member_import", list, Some(Action::ManageMembers)),
        ("/actions/member_import", draft.to_owned(), Some(Action::ManageMembers)),
        ("/actions/import_members", draft.to_owned(), Some(Action::ManageMembers)),
        ("/actions/usage_quotas", String::new(), Some(Action::ViewUsageQuotas)),
        ("/actions/user_quotas", String::new(), Some(Action::ViewUserQuotas)),
        ("/actions/create_quota", "daily=1".to_owned(), Some(Action::EditUsageQuotas)),
        ("/actions/create_quota", of_member, Some(Action::EditUserQuotas)),
        ("/actions/edit_quota", stale(usage_quota), Some(Action::EditUsageQuotas)),
        ("/actions/edit_quota", stale(user_quota), Some(Action::EditUserQuotas)),
        ("/actions/delete_quota", stale(usage_quota), Some(Action::EditUsageQuotas)),
        ("/actions/delete_quota", stale(user_quota), Some(Action::EditUserQuotas)),
        ("/actions/identity", String::new(), None),
        ("/actions/login", "email=a%40b.test&password=x".to_owned(), None),
        ("/actions/my_usage", String::new(), Some(Action::ViewOwnUsage)),
        ("/actions/plan_view", String::new(), Some(Action::ViewCredits)),
        ("/actions/quota_management", String::new(), Some(Action::ViewCredits)),
        ("/actions/request_plan", "plan=team&note=".to_owned(), Some(Action::RequestPlan)),
        ("/actions/save_cap", cap, Some(Action::EditMemberLimits)),
        ("/actions/rename_subtenant", rename, Some(Action::ManageMembers)),
        ("/actions/save_credit_settings", settings.to_owned(), Some(Action::EditCreditSettings)),
        ("/actions/save_default_limits", "version=1".to_owned(), Some(Action::EditMemberLimits)),
        ("/actions/save_member_limit", limit, Some(Action::EditMemberLimits)),
        ("/actions/save_member_limits", limits, Some(Action::EditMemberLimits)),
        ("/actions/set_password", password.to_owned(), Some(Action::ViewOwnUsage)),
        ("/actions/undo_limits", change, Some(Action::EditMemberLimits)),
        ("/actions/subtenants", String::new(), Some(Action::ViewMembers)),
        ("/actions/withdraw_plan_request", String::new(), Some(Action::RequestPlan)),
        ("/actions/logout", String::new(), None),
    ]
}

#[sqlx::test(migrations = "../migrations")]
async fn a_role_calls_the_functions_that_it_may_and_no_others(pool: PgPool) {
    let api = Api::new(pool).await;
    let called = Called::of(&api).await;
    let mut all: Vec<&str> = server_fn_paths().map(|(path, _)| path).collect();
    let mut listed: Vec<&str> = functions(&called).iter().map(|function| function.0).collect();
    listed.extend(operator_functions(&api).iter().map(|function| function.0));
    listed.extend(OPERATORS_DOOR);
    all.sort_unstable();
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(all, listed, "every server function is walked through");

    let mut signed_in = Browser::signed_in(&api).await;
    for role in Role::ALL {
        for sql in [
            "DELETE FROM member_roles WHERE role <> $1",
            "INSERT INTO member_roles SELECT organization_id, member_id, $1 FROM members
                ON CONFLICT DO NOTHING",
        ] {
            sqlx::query(sql).bind(role.code()).execute(&api.pool).await.unwrap();
        }
        let mut stranger = Browser::new(&api);
        for (path, form, needs) in functions(&called) {
            let Some(action) = needs else { continue };
            assert_eq!(stranger.call(path, &form).await.status, 401, "a stranger, {path}");
            let reply = signed_in.call(path, &form).await;
            // What another role has saved makes an edit stale: that is past the question of rights.
            let refused = reply.status == 403;
            assert_eq!(refused, !role.allows(action), "{role}, {path}: {}", reply.body);
        }
    }
}
