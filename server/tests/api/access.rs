//! Who may call what, and that organizations never see each other.

mod functions;
mod matrix;
mod operations;

use crate::{
    browser::Browser,
    support::{Api, create},
};
use domain::access::Scope;
use functions::{functions_at_large, functions_on, operator_functions};
use operations::{Things, operations, operations_on, operator_operations};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Every route is walked through: a path that the router knows and no table names is found here.
#[sqlx::test(migrations = "../migrations")]
async fn every_operation_is_listed(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api, &api.organization, "acme").await;
    let of_operators = operator_operations(&api).map(|(method, path, _)| (method, path));
    let of_customers = operations(&things).into_iter().map(|(method, path, ..)| (method, path));
    let listed: Vec<(&str, String)> = of_customers.chain(of_operators).collect();
    let sources = [
        ("/api/v1", include_str!("../../src/http/v1.rs")),
        ("/api/v1/operator", include_str!("../../src/http/v1/operator/mod.rs")),
    ];
    let mut routes = 0;
    for (begin, source) in sources {
        for route in source.split(".route(").skip(1) {
            let path = route.split('"').nth(1).unwrap();
            let pattern: Vec<&str> = path.split('/').collect();
            let matches = |path: &str| {
                let Some(path) = path.strip_prefix(begin) else { return false };
                let parts: Vec<&str> = path.split('/').collect();
                let same = |(part, of): (&&str, &&str)| of.starts_with('{') || part == of;
                parts.len() == pattern.len() && parts.iter().zip(&pattern).all(same)
            };
            let some = listed.iter().find(|(_, path)| matches(path));
            let (_, some) = some.unwrap_or_else(|| panic!("{begin}{path} is in no table"));
            // The router itself says which methods there are.
            let reply = api.call("TRACE", some, Value::Null).await;
            let methods = reply.header("allow").unwrap().to_owned();
            for method in methods.split(',').filter(|method| *method != "HEAD") {
                let is = |(listed, path): &(&str, String)| *listed == method && matches(path);
                assert!(listed.iter().any(is), "{method} {begin}{path} is in no table");
                routes += 1;
            }
        }
    }
    assert!(routes > 50, "the router was read: {routes}");
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
    let things = Things::of(&api, &api.organization, "acme").await;
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
    let things = Things::of(&api, &api.organization, "acme").await;
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
    let things = Things::of(&api, &api.organization, "acme").await;
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

#[sqlx::test(migrations = "../migrations")]
async fn keys_of_organizations_and_of_operators_are_apart(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api, &api.organization, "acme").await;
    let key = api.operator_key().await;
    api.call("POST", "/api/v1/plan/request", json!({"plan": "team"})).await.expect(201);
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

#[sqlx::test(migrations = "../migrations")]
async fn operators_call_the_functions_of_their_console_and_no_customer_does(pool: PgPool) {
    let api = Api::new(pool).await;
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
    let things = Things::of(&api, &api.organization, "north").await;
    for (path, form, _) in functions_at_large().into_iter().chain(functions_on(&things)) {
        assert_eq!(operator.call(path, &form).await.status, 401, "an operator, {path}");
    }
}
