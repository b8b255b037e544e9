//! Who may call what, and that organizations never see each other.

use crate::support::{Api, create};
use domain::access::{Action, Scope};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Every operation of the API with the right that it needs.
fn operations(member: &str) -> Vec<(&'static str, String, Value, Action)> {
    let request = json!({"operation": "view_contacts", "quantity": 1});
    let settings = json!({"cycle": {"kind": "monthly"}, "limit": 10, "set_aside": true,
        "packs_extend": true});
    let limit = format!("/api/v1/members/{member}/credit-limit");
    let new = json!({"email": "n@acme.test", "name": "N"});
    vec![
        ("GET", "/api/usage".to_owned(), Value::Null, Action::ViewCredits),
        ("POST", "/api/v1/check".to_owned(), request.clone(), Action::Consume),
        ("POST", "/api/v1/consume".to_owned(), request, Action::Consume),
        ("GET", "/api/v1/credit-settings".to_owned(), Value::Null, Action::ViewCredits),
        ("PUT", "/api/v1/credit-settings".to_owned(), settings, Action::EditCreditSettings),
        ("POST", "/api/v1/members".to_owned(), new, Action::ManageMembers),
        ("GET", limit.clone(), Value::Null, Action::ViewCredits),
        ("PUT", limit, json!({"kind": "none"}), Action::EditMemberLimits),
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
    let member = api.member("bob@acme.test").await;
    for scope in Scope::ALL {
        restrict(&api, scope).await;
        for (method, path, body, action) in operations(&member) {
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
    let member = api.member("bob@acme.test").await;
    let (prefix, secret) = api.organization.api_key.split_at(20);
    let other_secret = format!("{prefix}{}", secret.chars().rev().collect::<String>());
    for key in ["", "allot_", "allot_x_y", "Bearer", &other_secret] {
        for (method, path, body, _) in operations(&member) {
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
    let member = api.member("bob@acme.test").await;
    let other = create(&api.service, "team", "eve@other.test").await;
    for (method, path, body, _) in operations(&member).into_iter().skip(6) {
        let reply = api.call_as(&other.api_key, method, &path, body, &[]).await;
        assert_eq!(reply.expect(404)["code"], "NOT_FOUND", "{method} {path}");
    }
    for name in [member.as_str(), "bob@acme.test"] {
        let body = json!({"member": name, "operation": "prospect_search", "quantity": 1});
        let reply = api.call_as(&other.api_key, "POST", "/api/v1/consume", body, &[]).await;
        assert_eq!(reply.expect(404)["code"], "MEMBER_NOT_FOUND");
    }
    api.consume("bob@acme.test", "prospect_search", 5).await.expect(200);
    let usage = api.call_as(&other.api_key, "GET", "/api/usage", Value::Null, &[]).await;
    assert_eq!(usage.expect(200)["quota_used"], 0);
}
