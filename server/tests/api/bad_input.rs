//! SPEC section 12: refused whole, with the field named, and nothing changed.

use crate::support::Api;
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Everything that a refused request could have changed.
async fn everything(api: &Api) -> Vec<i64> {
    let mut numbers = Vec::new();
    for sql in [
        "SELECT count(*) FROM ledger",
        "SELECT count(*) FROM balances",
        "SELECT count(*) FROM members",
        "SELECT count(*) FROM users",
        "SELECT count(*) FROM member_limits",
        "SELECT count(*) FROM credit_settings",
        "SELECT count(*) FROM audit_log",
        "SELECT count(*) FROM idempotency_keys",
        "SELECT sum(version)::bigint FROM members",
    ] {
        numbers.push(api.count(sql).await);
    }
    numbers
}

/// Sends every case; each must be refused with the status and the field, and change nothing.
async fn refuse_all(api: &Api, method: &str, path: &str, cases: &[(Value, u16, &str)]) {
    let before = everything(api).await;
    for (body, status, field) in cases {
        let answer = api.call(method, path, body.clone()).await;
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{body}");
        let problem = answer.body.clone();
        assert_eq!(answer.status, *status, "{body} -> {problem}");
        assert_eq!(problem["field"], *field, "{body} -> {problem}");
        for member in ["type", "title", "status", "code", "detail"] {
            assert!(!problem[member].is_null(), "{member} is missing: {problem}");
        }
    }
    assert_eq!(everything(api).await, before, "{path} changed something");
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_decision_requests(pool: PgPool) {
    let api = Api::new(pool).await;
    let with = |name: &str, value: Value| {
        let mut body =
            json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": 1});
        body[name] = value;
        body
    };
    let cases = [
        (with("quantity", json!(0)), 422, "quantity"),
        (with("quantity", json!(-1)), 422, "quantity"),
        (with("quantity", json!(i64::MAX)), 422, "quantity"),
        (with("quantity", json!(1e30)), 422, "quantity"),
        (with("quantity", json!(1.5)), 422, "quantity"),
        (with("quantity", json!("1")), 422, "quantity"),
        (with("quantity", json!(true)), 422, "quantity"),
        (with("quantity", Value::Null), 422, "quantity"),
        (with("operation", json!("nope")), 422, "operation"),
        (with("operation", json!("")), 422, "operation"),
        (with("operation", json!("DROP TABLE")), 422, "operation"),
        (with("operation", json!("x".repeat(65))), 422, "operation"),
        (with("operation", json!(7)), 422, "operation"),
        (with("member", json!("")), 422, "member"),
        (with("member", json!("x".repeat(255))), 422, "member"),
        (with("member", json!("a\u{0}b")), 422, "member"),
        (with("member", json!(["ann@acme.test"])), 422, "member"),
        (with("member", json!("nobody@acme.test")), 404, "member"),
        (with("unknown", json!(1)), 422, "unknown"),
        (json!({"operation": "prospect_search"}), 422, "quantity"),
        (json!({"quantity": 1}), 422, "operation"),
        (json!([]), 422, "body"),
        (json!("text"), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "POST", "/api/v1/consume", &cases).await;
    refuse_all(&api, "POST", "/api/v1/check", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_credit_settings(pool: PgPool) {
    let api = Api::new(pool).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({"cycle": {"kind": "monthly"}, "limit": 1_000, "set_aside": true,
            "packs_extend": true});
        body[name] = value;
        body
    };
    let custom = |first: &str, last: &str| {
        with("cycle", json!({"kind": "custom", "first_day": first, "last_day": last}))
    };
    let cases = [
        (with("limit", json!(-1)), 422, "limit"),
        (with("limit", json!(100_001)), 422, "limit"),
        (with("limit", json!(i64::MAX)), 422, "limit"),
        (with("limit", json!("1000")), 422, "limit"),
        (with("limit", json!(0.5)), 422, "limit"),
        (with("set_aside", json!("yes")), 422, "set_aside"),
        (with("packs_extend", Value::Null), 422, "packs_extend"),
        (with("version", json!("one")), 422, "version"),
        (with("extra", json!(1)), 422, "extra"),
        (with("cycle", json!("monthly")), 422, "cycle"),
        (with("cycle", json!({})), 422, "cycle.kind"),
        (with("cycle", json!({"kind": "hourly"})), 422, "cycle.kind"),
        (
            with("cycle", json!({"kind": "weekly", "first_day": "2026-01-01"})),
            422,
            "cycle.first_day",
        ),
        (with("cycle", json!({"kind": "weekly", "until": 1})), 422, "cycle.until"),
        (custom("2026-02-02", "2026-02-01"), 422, "cycle.last_day"),
        (custom("2026-01-01", "2031-01-08"), 422, "cycle.last_day"),
        (custom("2026-02-30", "2026-03-01"), 422, "cycle.first_day"),
        (custom("0000-01-01", "2026-03-01"), 422, "cycle.first_day"),
        (
            json!({"cycle": {"kind": "monthly"}, "set_aside": true, "packs_extend": true}),
            422,
            "limit",
        ),
    ];
    refuse_all(&api, "PUT", "/api/v1/credit-settings", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_member_limits(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    let cases = [
        (json!({"kind": "credits", "amount": -1}), 422, "amount"),
        (json!({"kind": "credits", "amount": i64::MAX}), 422, "amount"),
        (json!({"kind": "credits", "amount": "500"}), 422, "amount"),
        (json!({"kind": "credits"}), 422, "amount"),
        (json!({"kind": "percent", "basis_points": 10_001}), 422, "basis_points"),
        (json!({"kind": "percent", "basis_points": -1}), 422, "basis_points"),
        (json!({"kind": "percent", "amount": 5}), 422, "amount"),
        (json!({"kind": "none", "amount": 5}), 422, "amount"),
        (json!({"kind": "unlimited"}), 422, "kind"),
        (json!({"amount": 5}), 422, "kind"),
        (json!({"kind": "none", "who": 5}), 422, "who"),
    ];
    refuse_all(&api, "PUT", &format!("/api/v1/members/{id}/credit-limit"), &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_members(pool: PgPool) {
    let api = Api::new(pool).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({"email": "new@acme.test", "name": "New", "status": "active"});
        body[name] = value;
        body
    };
    let cases = [
        (with("email", json!("not an email")), 422, "email"),
        (with("email", json!("ann@acme.test")), 422, "email"),
        (with("email", json!(format!("{}@acme.test", "x".repeat(250)))), 422, "email"),
        (with("email", Value::Null), 422, "email"),
        (with("name", json!("")), 422, "name"),
        (with("name", json!("x".repeat(201))), 422, "name"),
        (with("name", json!("two\nlines")), 422, "name"),
        (with("external_id", json!("")), 422, "external_id"),
        (with("subtenant", json!("not an id")), 422, "subtenant"),
        (with("subtenant", json!(uuid::Uuid::from_u128(5))), 422, "subtenant"),
        (with("job_role", json!("wizard")), 422, "job_role"),
        (with("status", json!("inactive")), 422, "status"),
        (with("role", json!("member")), 422, "role"),
    ];
    refuse_all(&api, "POST", "/api/v1/members", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bodies_that_are_no_json_are_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let before = everything(&api).await;
    let send = async |body: Vec<u8>, content_type: &str| {
        let request = Request::post("/api/v1/consume")
            .header("authorization", format!("Bearer {}", api.organization.api_key))
            .header("content-type", content_type)
            .body(Body::from(body));
        api.send(request.unwrap()).await
    };
    let good = br#"{"operation": "prospect_search", "quantity": 1}"#.to_vec();
    let json = "application/json; charset=utf-8";
    send(b"{\"operation\": \"\xff\"}".to_vec(), json).await.expect(400);
    send(good[..20].to_vec(), json).await.expect(400);
    send([&good[..], b"{}"].concat(), json).await.expect(400);
    send(good.clone(), "text/plain").await.expect(415);
    send(vec![b' '; 70_000], json).await.expect(413);
    assert_eq!(everything(&api).await, before);
    send(good, json).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_idempotency_keys_are_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"operation": "prospect_search", "quantity": 1});
    let token = api.organization.api_key.clone();
    for key in ["", "two words", &"k".repeat(256)] {
        let headers = [("idempotency-key", key)];
        let reply = api.call_as(&token, "POST", "/api/v1/consume", body.clone(), &headers).await;
        assert_eq!(reply.expect(422)["field"], "Idempotency-Key");
    }
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn unknown_paths_and_methods_answer_with_a_problem(pool: PgPool) {
    let api = Api::new(pool).await;
    assert_eq!(
        api.call("GET", "/api/v1/nothing", Value::Null).await.expect(404)["code"],
        "NOT_FOUND"
    );
    let wrong = api.call("DELETE", "/api/v1/consume", Value::Null).await.expect(405);
    assert_eq!(wrong["code"], "METHOD_NOT_ALLOWED");
}
