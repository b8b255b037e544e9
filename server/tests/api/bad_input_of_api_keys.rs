//! Bad input about API keys: refused whole, and nothing changed (SPEC section 12).

use crate::{
    bad_input::{everything, refuse_all_as},
    support::Api,
};
use serde_json::{Value, json};
use sqlx::PgPool;

const KEYS: &str = "/api/v1/api-keys";

#[sqlx::test(migrations = "../migrations")]
async fn bad_api_keys(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = &api.organization.api_key;
    let good = json!({"name": "CI", "scopes": ["read"]});
    let made = api.call("POST", KEYS, good.clone()).await.expect(201);
    let archived =
        api.call("POST", "/api/v1/subtenants", json!({"name": "Gone"})).await.expect(201);
    let path = format!("/api/v1/subtenants/{}", archived["id"].as_str().unwrap());
    api.call("PATCH", &path, json!({"archived": true})).await.expect(200);
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let nobodys = "00000000-0000-0000-0000-000000000000";
    let cases = [
        (with("name", json!("")), 422, "name"),
        (with("name", json!("x".repeat(201))), 422, "name"),
        (with("name", json!("a\u{0}b")), 422, "name"),
        (with("scopes", json!([])), 422, "scopes"),
        (with("scopes", json!(["write"])), 422, "scopes"),
        (with("scopes", json!(["read", "read"])), 422, "scopes"),
        (with("subtenant", json!("north")), 422, "subtenant"),
        (with("subtenant", json!(nobodys)), 422, "subtenant"),
        (with("subtenant", archived["id"].clone()), 422, "subtenant"),
        (with("expires_at", json!("2026-11-21T12:00:00Z")), 422, "expires_at"),
        (with("expires_at", json!("2036-11-22T12:00:00Z")), 422, "expires_at"),
        (with("expires_at", json!("+262143-01-01T00:00:00Z")), 422, "expires_at"),
        (with("expires_at", json!("tomorrow")), 422, "expires_at"),
        (with("expires_at", json!("2027-02-30T00:00:00Z")), 422, "expires_at"),
    ];
    refuse_all_as(&api, key, ("POST", KEYS), &cases).await;
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let cases = [
        (json!({"name": " "}), 422, "name"),
        (json!({"expires_at": "2026-11-21T11:59:59Z"}), 422, "expires_at"),
    ];
    refuse_all_as(&api, key, ("PATCH", &path), &cases).await;
    let cases = [
        (json!({"overlap_seconds": -1}), 422, "overlap_seconds"),
        (json!({"overlap_seconds": 2_592_001}), 422, "overlap_seconds"),
        (json!({"overlap_seconds": 0, "expires_at": "2026-11-21T12:00:00Z"}), 422, "expires_at"),
    ];
    refuse_all_as(&api, key, ("POST", &format!("{path}/rotate")), &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_can_not_be_read_or_is_not_there(pool: PgPool) {
    let api = Api::new(pool).await;
    let made = api.call("POST", KEYS, json!({"name": "CI", "scopes": ["read"]})).await.expect(201);
    let one = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let before = everything(&api).await;
    for (method, path, body) in [
        ("POST", KEYS.to_owned(), json!({"name": "CI", "scopes": ["read"], "secret": "x"})),
        ("POST", KEYS.to_owned(), json!({"name": "CI"})),
        ("POST", KEYS.to_owned(), json!({"name": "CI", "scopes": "read"})),
        ("PATCH", one.clone(), json!({"scopes": ["admin"]})),
        ("PATCH", one.clone(), json!({"expires_at": 5})),
        ("POST", format!("{one}/rotate"), json!({})),
        ("POST", format!("{one}/rotate"), json!({"overlap_seconds": "60"})),
        ("POST", format!("{one}/rotate"), json!({"overlap_seconds": 1.5})),
    ] {
        let reply = api.call(method, &path, body.clone()).await;
        assert!([400, 422].contains(&reply.status), "{method} {path} {body}: {}", reply.body);
    }
    for query in ["state=old", "cursor=x", "cursor=", "cursor=NQ", "page=2"] {
        let reply = api.call("GET", &format!("{KEYS}?{query}"), Value::Null).await;
        assert!([400, 422].contains(&reply.status), "{query}: {}", reply.body);
    }
    for id in ["x", "00000000-0000-0000-0000-000000000000", "a%00b"] {
        let path = format!("{KEYS}/{id}");
        let rotate = format!("{path}/rotate");
        for (method, path, body) in [
            ("GET", &path, Value::Null),
            ("PATCH", &path, json!({"name": "N"})),
            ("DELETE", &path, Value::Null),
            ("POST", &rotate, json!({"overlap_seconds": 0})),
        ] {
            let reply = api.call(method, path, body).await;
            assert_eq!(reply.expect(404)["code"], "NOT_FOUND", "{method} {path}");
        }
    }
    assert_eq!(everything(&api).await, before);
}
