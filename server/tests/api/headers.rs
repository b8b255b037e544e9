//! What goes with every answer: the id of the request, what could have been asked instead, and how the
//! answer is packed.

use crate::{
    browser::Browser,
    support::{Api, Reply},
};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use sqlx::PgPool;

/// A call without a key and without a body.
async fn ask(api: &Api, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    api.send(request.body(Body::empty()).unwrap()).await
}

#[sqlx::test(migrations = "../migrations")]
async fn every_answer_has_the_id_of_its_request(pool: PgPool) {
    let api = Api::new(pool).await;
    let given = [("x-request-id", "job-7/try:2")];
    for path in ["/healthz", "/readyz", "/login", "/nowhere", "/api/usage", "/pkg/nothing.js"] {
        let kept = ask(&api, "GET", path, &given).await;
        assert_eq!(kept.header("x-request-id"), Some("job-7/try:2"), "{path}");
        let (one, other) = (ask(&api, "GET", path, &[]).await, ask(&api, "GET", path, &[]).await);
        let id: uuid::Uuid = one.header("x-request-id").unwrap().parse().unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_ne!(one.header("x-request-id"), other.header("x-request-id"), "{path}");
    }
    let key = &api.organization.api_key;
    for (method, path, body, status) in [
        ("GET", "/api/v1/nothing", Value::Null, 404),
        ("DELETE", "/api/v1/consume", Value::Null, 405),
        ("POST", "/api/v1/consume", json!({"operation": "prospect_search", "quantity": 0}), 422),
        (
            "POST",
            "/api/v1/consume",
            json!({"operation": "prospect_search", "quantity": 900_000}),
            429,
        ),
    ] {
        let refused = api.call_as(key, method, path, body, &given).await;
        assert_eq!(refused.header("x-request-id"), Some("job-7/try:2"), "{method} {path}");
        // What was decided is answered the same again, by which request ever it is asked for.
        let named = refused.expect(status)["request_id"].clone();
        assert_eq!(named == "job-7/try:2", status != 429, "{method} {path}: {named}");
    }
    let stranger = ask(&api, "GET", "/api/usage", &[("x-request-id", "two words")]).await;
    let id = stranger.header("x-request-id").unwrap().to_owned();
    assert_ne!(id, "two words");
    assert_eq!(stranger.expect(401)["request_id"], id);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_wrong_method_is_told_the_right_ones(pool: PgPool) {
    let api = Api::new(pool).await;
    for (method, path, allowed) in [
        ("GET", "/api/v1/consume", "POST"),
        ("POST", "/api/usage", "GET,HEAD"),
        ("DELETE", "/api/v1/members", "GET,HEAD,POST"),
    ] {
        let reply = ask(&api, method, path, &[]).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allowed)), "{method} {path}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!(reply.body["code"], "METHOD_NOT_ALLOWED");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_takes_no_json_is_told_that_there_is_nothing_else(pool: PgPool) {
    let api = Api::new(pool).await;
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let accept = |types| [("accept", types)];
    let consume = async |types| {
        let key = &api.organization.api_key;
        api.call_as(key, "POST", "/api/v1/consume", one.clone(), &accept(types)).await
    };
    for types in ["text/html", "application/xml", "application/json;q=0"] {
        let refused = consume(types).await;
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        assert_eq!(refused.expect(406)["code"], "NOT_ACCEPTABLE", "{types}");
    }
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    for types in ["*/*", "application/json", "application/problem+json", "text/html, */*;q=0.1"] {
        consume(types).await.expect(200);
    }
    // Pages are another matter.
    assert_eq!(ask(&api, "GET", "/login", &accept("text/html")).await.status, 200);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_long_is_compressed_for_whoever_takes_that(pool: PgPool) {
    let api = Api::new(pool).await;
    for number in 0..20 {
        api.member(&format!("member-{number}@acme.test")).await;
    }
    let key = format!("Bearer {}", api.organization.api_key);
    for path in ["/api/v1/members", "/login"] {
        let get = async |encodings| {
            let headers = [("authorization", key.as_str()), ("accept-encoding", encodings)];
            let mut request = Request::builder().uri(path);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let request = request.body(Body::empty()).unwrap();
            let reply = tower::ServiceExt::oneshot(api.router.clone(), request).await.unwrap();
            let encoding = reply.headers().get("content-encoding").cloned();
            let encoding = encoding.map(|value| value.to_str().unwrap().to_owned());
            assert!(encoding.is_none() || reply.headers()["vary"] == "accept-encoding");
            let body = axum::body::to_bytes(reply.into_body(), 1_000_000).await.unwrap();
            (encoding, body)
        };
        let (none, plain) = get("identity").await;
        assert_eq!(none, None);
        for (encodings, expected) in [("gzip, br", "br"), ("gzip", "gzip")] {
            let (encoding, packed) = get(encodings).await;
            assert_eq!(encoding.as_deref(), Some(expected), "{path}");
            assert!(packed.len() * 2 < plain.len(), "{path}: {} of {}", packed.len(), plain.len());
        }
    }
}

/// A decision is small: packing it would only take time.
#[sqlx::test(migrations = "../migrations")]
async fn a_decision_and_a_stream_are_not_compressed(pool: PgPool) {
    let api = Api::new(pool).await;
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let (key, takes) = (&api.organization.api_key, [("accept-encoding", "gzip, br")]);
    let decided = api.call_as(key, "POST", "/api/v1/consume", one, &takes).await;
    assert_eq!((decided.status, decided.header("content-encoding")), (200, None));
    let browser = Browser::signed_in(&api).await;
    let request = Request::builder()
        .uri("/live?since=0")
        .header("cookie", browser.cookie())
        .header("accept-encoding", "gzip, br")
        .body(Body::empty());
    let stream = tower::ServiceExt::oneshot(api.router.clone(), request.unwrap()).await.unwrap();
    assert_eq!((stream.status().as_u16(), stream.headers().get("content-encoding")), (200, None));
}

#[sqlx::test(migrations = "../migrations")]
async fn head_answers_like_get_without_the_body(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = format!("Bearer {}", api.organization.api_key);
    for path in ["/healthz", "/login", "/api/usage", "/api/v1/members"] {
        let headers = [("authorization", key.as_str())];
        let (get, head) =
            (ask(&api, "GET", path, &headers).await, ask(&api, "HEAD", path, &headers).await);
        assert_eq!(
            (head.status, &head.body),
            (get.status, &Value::String(String::new())),
            "{path}"
        );
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}
