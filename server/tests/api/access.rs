//! Who may call what, and that organizations never see each other.

mod functions;
mod keys_of_subtenants;
mod matrix;
mod operations;
mod replays;

use crate::{
    browser::Browser,
    support::{Api, create},
};
use domain::access::{Action, Scope};
use functions::{functions_at_large, functions_on, operator_functions};
use operations::{Things, operations, operations_on, operator_operations};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Every operation of the document, which the router is made of, is in a table below, with the scope
/// that its right takes. And every one of the tables is in the document.
#[sqlx::test(migrations = "../migrations")]
async fn every_operation_is_described_with_the_scope_that_it_takes(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api, &api.organization, "acme").await;
    let of_operators = operator_operations(&api).map(|(method, path, _)| (method, path, None));
    let of_customers = operations(&things).into_iter();
    let of_customers = of_customers.map(|(method, path, _, action)| (method, path, Some(action)));
    let mut listed: Vec<_> = of_customers.chain(of_operators).collect();
    let document = server::http::document();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is = |(listed, path, _): &(&str, String, Option<Action>)| {
                listed.eq_ignore_ascii_case(method) && fits(template, path)
            };
            let (these, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(is);
            assert!(!these.is_empty(), "{method} {template} is in no table");
            let security = &operation["security"][0];
            for (_, path, action) in these {
                let says = security["key"].as_array().map(|scopes| scopes[0].as_str().unwrap());
                let takes = action.map(|action| {
                    let scope = Scope::ALL.into_iter().find(|scope| scope.allows(action));
                    scope.unwrap().code()
                });
                assert_eq!(says, takes, "{method} {path}");
                assert_eq!(security["operator_key"].is_array(), takes.is_none(), "{path}");
            }
            listed = others;
        }
    }
    assert!(listed.is_empty(), "the document lacks {listed:?}");
}

/// Whether a path, with or without a query, is one that the template stands for.
fn fits(template: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap();
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    let same = |(of, part): (&&str, &&str)| of.starts_with('{') || part == of;
    template.len() == path.len() && template.iter().zip(&path).all(same)
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
        for (method, path, body, _) in operations(&things) {
            let reply = api.call(method, &path, body).await;
            assert_eq!(reply.expect(401)["code"], "UNAUTHENTICATED", "{ended} {path}");
        }
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
