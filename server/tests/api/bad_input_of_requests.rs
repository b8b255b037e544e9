//! SPEC section 12, for what is asked for and answered: other plans, and more of a limit.

use crate::{bad_input::refuse_all, browser::Browser, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrations = "../migrations")]
async fn bad_plan_requests(pool: PgPool) {
    let api = Api::new(pool).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({"plan": "team", "note": "More seats"});
        body[name] = value;
        body
    };
    let cases = [
        (with("plan", json!("enterprise")), 422, "plan"),
        (with("plan", json!("none")), 422, "plan"),
        (with("plan", json!("NOT A CODE")), 422, "plan"),
        (with("plan", json!(5)), 422, "plan"),
        (with("plan", Value::Null), 422, "plan"),
        (with("note", json!("")), 422, "note"),
        (with("note", json!("x".repeat(501))), 422, "note"),
        (with("note", json!("a\u{0}b")), 422, "note"),
        (with("note", json!(5)), 422, "note"),
        (with("seats", json!(5)), 422, "seats"),
        (json!({}), 422, "plan"),
        (json!(["team"]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "POST", "/api/v1/plan/request", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_answers_to_raise_requests(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut ann = Browser::signed_in(&api).await;
    let asked = "own_limit=credits&limit=500&reason=More";
    assert!(ann.call("/actions/ask_for_raise", asked).await.status < 400);
    let list = api.call("GET", "/api/v1/raise-requests", Value::Null).await.expect(200);
    let path = format!("/api/v1/raise-requests/{}", list["requests"][0]["id"].as_str().unwrap());
    let long = "x".repeat(501);
    let cases = [
        (json!({"limit": 0}), 422, "limit"),
        (json!({"limit": -5}), 422, "limit"),
        (json!({"limit": "5"}), 422, "limit"),
        (json!({"limit": 0.5}), 422, "limit"),
        (json!({"limit": i64::MAX}), 422, "limit"),
        (json!({"last_day": "2026-11-20"}), 422, "last_day"),
        (json!({"last_day": "9999-12-31"}), 422, "last_day"),
        (json!({"last_day": "Friday"}), 422, "last_day"),
        (json!({"last_day": 5}), 422, "last_day"),
        (json!({"answer": ""}), 422, "answer"),
        (json!({"answer": long}), 422, "answer"),
        (json!({"answer": "a\u{0}b"}), 422, "answer"),
        (json!({"answer": 5}), 422, "answer"),
        (json!({"until": "2026-11-27"}), 422, "until"),
        (json!([500]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "POST", &format!("{path}/approve"), &cases).await;
    let cases = [
        (json!({"answer": " "}), 422, "answer"),
        (json!({"answer": long}), 422, "answer"),
        (json!({"answer": Value::Null}), 422, "answer"),
        (json!({"reason": "No"}), 422, "reason"),
        (json!({}), 422, "answer"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "POST", &format!("{path}/decline"), &cases).await;
    for (query, field) in [
        ("status=closed", "status"),
        ("page=2", "page"),
        ("limit=0", "limit"),
        ("cursor=1", "cursor"),
    ] {
        let path = format!("/api/v1/raise-requests?{query}");
        refuse_all(&api, "GET", &path, &[(Value::Null, 422, field)]).await;
    }
}
