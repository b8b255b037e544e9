//! Requests that are wrong before anybody looks at their fields: bodies that are no JSON, too large
//! or of another type, keys, paths and methods.

use crate::{
    bad_input::everything,
    support::{Api, Reply},
};
use axum::{body::Body, http::Request};
use futures_util::stream;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::io;

/// Every call that takes a body, and one that it takes.
fn calls(
    member: &str,
    quota: &str,
    held: &str,
    consumed: &str,
) -> Vec<(&'static str, String, Value)> {
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let settings = json!({"cycle": {"kind": "monthly"}, "limit": 1_000, "set_aside": true,
        "packs_extend": true});
    let new = json!({"email": "new@acme.test", "name": "New"});
    let refund = json!({"consumption_id": consumed, "quantity": 1});
    let calls = [
        ("POST", "check".to_owned(), one.clone()),
        ("POST", "consume".to_owned(), one.clone()),
        ("POST", "consume/batch".to_owned(), json!({"requests": [one]})),
        ("POST", "reservations".to_owned(), one),
        ("POST", format!("reservations/{held}/renew"), json!({"ttl_seconds": 60})),
        ("POST", format!("reservations/{held}/commit"), json!({"quantity": 1})),
        ("POST", "refunds".to_owned(), refund),
        ("PUT", "gauges/contacts".to_owned(), json!({"level": 5})),
        ("PUT", "credit-settings".to_owned(), settings),
        ("POST", "members".to_owned(), new),
        ("PUT", format!("members/{member}/credit-limit"), json!({"kind": "none"})),
        ("POST", "subtenants".to_owned(), json!({"name": "North"})),
        ("POST", "quotas".to_owned(), json!({"meter": "emails", "daily": 5})),
        ("PATCH", format!("quotas/{quota}"), json!({"daily": 6})),
    ];
    calls
        .into_iter()
        .map(|(method, path, body)| (method, format!("/api/v1/{path}"), body))
        .collect()
}

/// The calls, on things that exist.
async fn calls_of(api: &Api) -> Vec<(&'static str, String, Value)> {
    let member = api.member("bob@acme.test").await;
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let quota = json!({"meter": "spend", "daily": 5});
    let quota = api.call("POST", "/api/v1/quotas", quota).await.expect(201);
    let held = api.call("POST", "/api/v1/reservations", one.clone()).await.expect(201);
    let consumed = api.call("POST", "/api/v1/consume", one).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (quota, held) = (text(&quota["id"]), text(&held["reservation_id"]));
    calls(&member, &quota, &held, &text(&consumed["consumption_id"]))
}

/// Sends bytes of a content type.
async fn send(api: &Api, method: &str, path: &str, body: Vec<u8>, content_type: &str) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", api.organization.api_key))
        .header("content-type", content_type);
    api.send(request.body(Body::from(body)).unwrap()).await
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_no_json_is_refused_by_every_call(pool: PgPool) {
    let api = Api::new(pool).await;
    let calls = calls_of(&api).await;
    let before = everything(&api).await;
    for (method, path, body) in &calls {
        let good = body.to_string().into_bytes();
        let half = good[..good.len() - 1].to_vec();
        let json = "application/json; charset=utf-8";
        let send = |body: Vec<u8>, content_type| send(&api, method, path, body, content_type);
        for (bad, status, code) in [
            (send(b"{\"\xff\": 1}".to_vec(), json).await, 400, "MALFORMED_JSON"),
            (send(half, json).await, 400, "MALFORMED_JSON"),
            (send([&good[..], b"{}"].concat(), json).await, 400, "MALFORMED_JSON"),
            (send(good.clone(), "text/plain").await, 415, "UNSUPPORTED_MEDIA_TYPE"),
            (send(vec![b' '; 1_100_000], json).await, 413, "BODY_TOO_LARGE"),
        ] {
            assert_eq!(bad.header("content-type"), Some("application/problem+json"), "{path}");
            assert_eq!(bad.expect(status)["code"], code, "{method} {path}");
        }
    }
    assert_eq!(everything(&api).await, before);
    for (method, path, body) in &calls {
        let json = "application/json; charset=utf-8";
        let good = send(&api, method, path, body.to_string().into_bytes(), json).await;
        assert!(good.status < 300, "{method} {path}: {}", good.body);
    }
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_body_that_is_compressed_is_refused_by_every_call(pool: PgPool) {
    let api = Api::new(pool).await;
    let calls = calls_of(&api).await;
    let (before, key) = (everything(&api).await, &api.organization.api_key);
    for (method, path, body) in &calls {
        for encoding in ["gzip", "br", "gzip, identity", "zebra"] {
            let headers = [("content-encoding", encoding)];
            let reply = api.call_as(key, method, path, body.clone(), &headers).await;
            assert_eq!(reply.header("accept-encoding"), Some("identity"));
            let code = &reply.expect(415)["code"];
            assert_eq!(code, "UNSUPPORTED_CONTENT_ENCODING", "{method} {path} {encoding}");
        }
    }
    assert_eq!(everything(&api).await, before);
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let plain = [("content-encoding", "identity")];
    api.call_as(key, "POST", "/api/v1/consume", one, &plain).await.expect(200);
    api.verify().await;
}

/// The connection breaks when half of the body has arrived.
#[sqlx::test(migrations = "../migrations")]
async fn a_body_that_is_cut_off_changes_nothing(pool: PgPool) {
    let api = Api::new(pool).await;
    let calls = calls_of(&api).await;
    let before = everything(&api).await;
    for (method, path, body) in &calls {
        let whole = body.to_string().into_bytes();
        // Also where what has arrived could be read.
        for arrived in [whole[..whole.len() / 2].to_vec(), whole] {
            let broken = io::Error::from(io::ErrorKind::ConnectionReset);
            let request = Request::builder()
                .method(*method)
                .uri(path)
                .header("authorization", format!("Bearer {}", api.organization.api_key))
                .header("content-type", "application/json")
                .body(Body::from_stream(stream::iter([Ok(arrived), Err(broken)])));
            let refused = api.send(request.unwrap()).await.expect(400);
            assert_eq!(refused["code"], "BODY_UNREADABLE", "{method} {path}");
        }
    }
    assert_eq!(everything(&api).await, before);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_no_object_or_has_unknown_fields_is_refused_by_every_call(pool: PgPool) {
    let api = Api::new(pool).await;
    let calls = calls_of(&api).await;
    let before = everything(&api).await;
    for (method, path, body) in &calls {
        let mut more = body.clone();
        more["surprise"] = json!(1);
        for (bad, field) in
            [(more, "surprise"), (json!([body]), "body"), (json!("{}"), "body"), (json!(1), "body")]
        {
            let refused = api.call(method, path, bad.clone()).await.expect(422);
            assert_eq!(refused["field"], field, "{method} {path} {bad}");
        }
    }
    assert_eq!(everything(&api).await, before);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_body_that_is_not_needed_has_its_type_all_the_same(pool: PgPool) {
    let api = Api::new(pool).await;
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let held = api.call("POST", "/api/v1/reservations", one).await.expect(201);
    let path = format!("/api/v1/reservations/{}/release", held["reservation_id"].as_str().unwrap());
    let before = everything(&api).await;
    for (body, content_type, status) in
        [("{}", "text/plain", 415), ("{", "application/json", 400), ("[]", "application/json", 422)]
    {
        let body = body.as_bytes().to_vec();
        send(&api, "POST", &path, body, content_type).await.expect(status);
    }
    assert_eq!(everything(&api).await, before);
    // Without a body there is nothing that could have a type.
    send(&api, "POST", &path, Vec::new(), "text/plain").await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_idempotency_keys_are_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"operation": "prospect_search", "quantity": 1});
    for key in ["", "two words", &"k".repeat(256)] {
        for path in ["/api/v1/consume", "/api/v1/reservations"] {
            let reply = api.post_once(key, path, body.clone()).await;
            assert_eq!(reply.expect(422)["field"], "Idempotency-Key");
        }
    }
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    api.verify().await;
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
    for path in ["/api/v1/reservations/%FF/release", "/api/v1/quotas/%FF", "/api/v1/gauges/%FF"] {
        for method in ["POST", "PUT", "DELETE"] {
            let reply = api.call(method, path, json!({"level": 1})).await;
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{path}");
            assert!(matches!(reply.status, 404 | 405), "{method} {path}: {}", reply.body);
        }
    }
    api.verify().await;
}
