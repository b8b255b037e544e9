//! SPEC section 12, for jobs.

use crate::{
    bad_input::refuse_all_as,
    jobs::{PATH, start},
    support::{Api, NOON},
};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use sqlx::PgPool;

async fn refuse_all(api: &Api, path: &str, cases: &[(Value, u16, &str)]) {
    refuse_all_as(api, &api.organization.api_key, ("POST", path), cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_jobs(pool: PgPool) {
    let api = Api::new(pool).await;
    let with = |name: &str, value: Value| {
        let mut body =
            json!({"member": "ann@acme.test", "operation": "prospect_search", "rows": 1});
        body[name] = value;
        body
    };
    let cases = [
        (with("rows", json!(0)), 422, "rows"),
        (with("rows", json!(-1)), 422, "rows"),
        (with("rows", json!(i64::MAX)), 422, "rows"),
        (with("rows", json!(1e30)), 422, "rows"),
        (with("rows", json!(1.5)), 422, "rows"),
        (with("rows", json!("1")), 422, "rows"),
        (with("rows", Value::Null), 422, "rows"),
        (with("quantity", json!(1)), 422, "quantity"),
        (with("operation", json!("nope")), 422, "operation"),
        (with("operation", json!("DROP TABLE")), 422, "operation"),
        (with("operation", json!(7)), 422, "operation"),
        (with("member", json!("")), 422, "member"),
        (with("member", json!("nobody@acme.test")), 404, "member"),
        (with("name", json!("")), 422, "name"),
        (with("name", json!("x".repeat(201))), 422, "name"),
        (with("name", json!("two\nlines")), 422, "name"),
        (with("name", json!(5)), 422, "name"),
        (with("allow_partial", json!("yes")), 422, "allow_partial"),
        (with("ttl_seconds", json!(0)), 422, "ttl_seconds"),
        (with("ttl_seconds", json!(3_601)), 422, "ttl_seconds"),
        (with("ttl_seconds", json!("900")), 422, "ttl_seconds"),
        (json!({"operation": "prospect_search"}), 422, "rows"),
        (json!({"rows": 1}), 422, "operation"),
        (json!([]), 422, "body"),
        (json!("text"), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, PATH, &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_words_of_workers(pool: PgPool) {
    let api = Api::new(pool).await;
    let job = format!("{PATH}/{}", start(&api, 10).await);
    for (what, field) in [("progress", "processed"), ("complete", "succeeded")] {
        let mut cases = vec![
            (json!({}), 422, field),
            (json!({field: 1, "rows": 1}), 422, "rows"),
            (json!([]), 422, "body"),
            (Value::Null, 400, "body"),
        ];
        for wrong in [json!(-1), json!(11), json!(i64::MAX), json!("5"), json!(0.5), Value::Null] {
            cases.push((json!({field: wrong}), 422, field));
        }
        refuse_all(&api, &format!("{job}/{what}"), &cases).await;
    }
    let detail = |detail: Value| json!({"reason": "server_error", "detail": detail});
    let cases = [
        (json!({}), 422, "reason"),
        (json!({"reason": "boredom"}), 422, "reason"),
        (json!({"reason": "expired"}), 422, "reason"),
        (json!({"reason": 5}), 422, "reason"),
        (detail(json!("")), 422, "detail"),
        (detail(json!("x".repeat(501))), 422, "detail"),
        (detail(json!("a\u{0}b")), 422, "detail"),
        (json!({"reason": "validation", "rows": 1}), 422, "rows"),
        (json!([]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, &format!("{job}/fail"), &cases).await;
    let untouched = api.call("GET", &job, Value::Null).await.expect(200);
    assert_eq!((&untouched["state"], &untouched["processed"]), (&json!("running"), &json!(0)));
    assert_eq!(untouched["started_at"], NOON);
}

#[sqlx::test(migrations = "../migrations")]
async fn bodies_that_are_cut_off_or_no_json(pool: PgPool) {
    let api = Api::new(pool).await;
    let job = format!("{PATH}/{}", start(&api, 10).await);
    let send = async |path: &str, media_type: &str, body: Vec<u8>| {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", api.organization.api_key))
            .header("content-type", media_type);
        api.send(request.body(Body::from(body)).unwrap()).await.status
    };
    let json = "application/json";
    for (path, body) in [
        (PATH.to_owned(), r#"{"operation": "prospect_search", "rows": 5}"#),
        (format!("{job}/progress"), r#"{"processed": 5}"#),
        (format!("{job}/complete"), r#"{"succeeded": 5}"#),
        (format!("{job}/fail"), r#"{"reason": "server_error"}"#),
    ] {
        for end in [1, body.len() / 2, body.len() - 1] {
            assert_eq!(send(&path, json, body[..end].into()).await, 400, "{path} {end}");
        }
        assert_eq!(send(&path, json, [body.as_bytes(), b"\xff"].concat()).await, 400, "{path}");
        assert_eq!(send(&path, "text/plain", body.into()).await, 415, "{path}");
        assert_eq!(send(&path, json, vec![b' '; 65 * 1024]).await, 413, "{path}");
    }
    assert_eq!(api.count("SELECT count(*) FROM jobs WHERE state = 'running'").await, 1);
    assert_eq!(api.count("SELECT count(*) FROM jobs").await, 1);
    api.verify().await;
}
