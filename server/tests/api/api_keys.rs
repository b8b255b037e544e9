//! The life of API keys: made, used, changed, replaced, ended (SPEC section 11).

use crate::support::Api;
use domain::access::Scope;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::HashSet;

const KEYS: &str = "/api/v1/api-keys";

impl Api {
    /// Makes a key; what was answered.
    async fn key(&self, body: Value) -> Value {
        self.call("POST", KEYS, body).await.expect(201)
    }

    /// What a call with `key` that needs the scope `read` is answered with.
    async fn tried(&self, key: &Value) -> u16 {
        self.call_as(text(key), "GET", "/api/usage", Value::Null, &[]).await.status
    }

    /// The same for a decision.
    async fn decided(&self, key: &Value) -> u16 {
        let body = json!({"member": "ann@acme.test", "operation": "send_email", "quantity": 1});
        self.call_as(text(key), "POST", "/api/v1/consume", body, &[]).await.status
    }

    /// The names of the keys in a state.
    async fn names(&self, state: &str) -> Vec<String> {
        let path = format!("{KEYS}?state={state}");
        let list = self.call("GET", &path, Value::Null).await.expect(200);
        let keys = list["api_keys"].as_array().unwrap().iter();
        keys.map(|key| text(&key["name"]).to_owned()).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn path(key: &Value) -> String {
    format!("{KEYS}/{}", text(&key["id"]))
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_is_shown_once_and_stored_as_a_hash(pool: PgPool) {
    let api = Api::new(pool).await;
    let new =
        json!({"name": "CI", "scopes": ["read", "consume"], "expires_at": "2027-01-01T00:00:00Z"});
    let made = api.key(new).await;
    let key = text(&made["key"]);
    assert!(key.starts_with(text(&made["prefix"])), "{made}");
    assert_eq!((api.tried(&made["key"]).await, api.decided(&made["key"]).await), (200, 200));
    let reply = api.call("GET", &path(&made), Value::Null).await;
    assert_eq!(reply.header("etag"), Some("\"1\""));
    let found = reply.expect(200);
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("key");
    shown["last_used_at"] = found["last_used_at"].clone();
    assert_eq!(found, shown);
    assert_eq!(found["scopes"], json!(["consume", "read"]));
    assert_eq!(found["state"], "active");
    assert_eq!(found["made_by"]["name"], "First key");
    let secret = key.rsplit('_').next().unwrap();
    let stored = sqlx::query_scalar::<_, String>(
        "SELECT string_agg(row_to_json(k)::text, ' ') || (SELECT string_agg(
            row_to_json(i)::text, ' ') FROM audit_log i) FROM api_keys k",
    );
    assert!(!stored.fetch_one(&api.pool).await.unwrap().contains(secret));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_is_refused_from_its_end_on(pool: PgPool) {
    let api = Api::new(pool).await;
    let end = "2026-11-21T12:00:10Z";
    let made = api.key(json!({"name": "Short", "scopes": Scope::ALL, "expires_at": end})).await;
    api.set_time("2026-11-21T12:00:09Z").await;
    assert_eq!((api.tried(&made["key"]).await, api.decided(&made["key"]).await), (200, 200));
    api.set_time(end).await;
    assert_eq!((api.tried(&made["key"]).await, api.decided(&made["key"]).await), (401, 401));
    assert_eq!(api.names("expired").await, ["Short"]);
    let edited = api.call("PATCH", &path(&made), json!({"expires_at": null})).await;
    assert_eq!(edited.expect(409)["code"], "API_KEY_ENDED", "a key does not come back");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_revoked_key_is_refused_at_once_by_every_server(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = api.another_server();
    let made = api.key(json!({"name": "Leaked", "scopes": Scope::ALL})).await;
    for server in [&api, &other] {
        // Both remember it from now on.
        assert_eq!(
            (server.tried(&made["key"]).await, server.decided(&made["key"]).await),
            (200, 200)
        );
    }
    api.call("DELETE", &path(&made), Value::Null).await.expect(204);
    let check = json!({"operation": "view_contacts", "quantity": 1});
    for server in [&api, &other] {
        assert_eq!(
            (server.tried(&made["key"]).await, server.decided(&made["key"]).await),
            (401, 401)
        );
        let key = text(&made["key"]);
        server.call_as(key, "POST", "/api/v1/check", check.clone(), &[]).await.expect(401);
    }
    assert_eq!(api.names("revoked").await, ["Leaked"]);
    let logged = api.count("SELECT count(*) FROM audit_log").await;
    api.call("DELETE", &path(&made), Value::Null).await.expect(204);
    assert_eq!(api.count("SELECT count(*) FROM audit_log").await, logged, "once is enough");
    let rotate = format!("{}/rotate", path(&made));
    let rotated = api.call("POST", &rotate, json!({"overlap_seconds": 60})).await;
    assert_eq!(rotated.expect(409)["code"], "API_KEY_ENDED");
}

#[sqlx::test(migrations = "../migrations")]
async fn while_a_key_is_replaced_both_work_until_the_overlap_is_over(pool: PgPool) {
    let api = Api::new(pool).await;
    let part = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    let old = json!({"name": "Worker", "scopes": ["consume", "read"], "subtenant": part["id"],
        "expires_at": "2026-12-21T12:00:00Z"});
    let old = api.key(old).await;
    api.set_time("2026-11-22T12:00:00Z").await;
    let rotate = format!("{}/rotate", path(&old));
    let new = api.call("POST", &rotate, json!({"overlap_seconds": 3_600})).await.expect(201);
    for same in ["name", "scopes", "subtenant", "subtenant_name"] {
        assert_eq!(new[same], old[same], "{same}");
    }
    assert_eq!(new["replaces"], old["id"]);
    assert_eq!(new["expires_at"], "2026-12-22T12:00:00Z", "as long a life as the old one had");
    let ends = api.call("GET", &path(&old), Value::Null).await.expect(200);
    assert_eq!(ends["expires_at"], "2026-11-22T13:00:00Z");
    let member = json!({"email": "bob@acme.test", "name": "Bob", "subtenant": part["id"],
        "status": "active"});
    api.call("POST", "/api/v1/members", member).await.expect(201);
    let body = json!({"member": "bob@acme.test", "operation": "send_email", "quantity": 1});
    let used = async |key: &Value| {
        api.call_as(text(&key["key"]), "POST", "/api/v1/consume", body.clone(), &[]).await.status
    };
    assert_eq!((used(&old).await, used(&new).await), (200, 200));
    api.set_time("2026-11-22T13:00:00Z").await;
    assert_eq!((used(&old).await, used(&new).await), (401, 200));

    // Without an overlap the old one ends with the answer; a later end makes no life longer.
    let rotate = format!("{}/rotate", path(&new));
    let newest = json!({"overlap_seconds": 0, "expires_at": null});
    let newest = api.call("POST", &rotate, newest).await.expect(201);
    assert_eq!((used(&new).await, used(&newest).await), (401, 200));
    assert_eq!(newest["expires_at"], Value::Null);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_is_renamed_and_its_end_changed_by_who_has_seen_it_as_it_is(pool: PgPool) {
    let api = Api::new(pool).await;
    let made = api.key(json!({"name": "Old", "scopes": ["read"]})).await;
    let edit = json!({"name": "New", "expires_at": "2026-12-01T00:00:00Z", "version": 1});
    let edited = api.call("PATCH", &path(&made), edit.clone()).await.expect(200);
    assert_eq!(edited["name"], "New");
    assert_eq!(
        (&edited["expires_at"], &edited["version"]),
        (&json!("2026-12-01T00:00:00Z"), &json!(2))
    );
    let stale = api.call("PATCH", &path(&made), edit).await.expect(409);
    assert_eq!((&stale["code"], &stale["current"]["name"]), (&json!("STALE"), &json!("New")));
    let key = &api.organization.api_key;
    let old = [("if-match", "\"1\"")];
    for (method, at, body) in [
        ("PATCH", path(&made), json!({"name": "Newer"})),
        ("POST", format!("{}/rotate", path(&made)), json!({"overlap_seconds": 0})),
        ("DELETE", path(&made), Value::Null),
    ] {
        let reply = api.call_as(key, method, &at, body, &old).await;
        assert_eq!(reply.expect(412)["current"]["version"], 2, "{method}");
    }
    let current = [("if-match", "\"2\"")];
    let kept = api.call_as(key, "PATCH", &path(&made), json!({"expires_at": null}), &current).await;
    assert_eq!(kept.header("etag"), Some("\"3\""));
    assert_eq!(kept.expect(200)["expires_at"], Value::Null);
    assert_eq!(api.tried(&made["key"]).await, 200);
}

#[sqlx::test(migrations = "../migrations")]
async fn no_key_makes_one_that_may_do_more_than_itself(pool: PgPool) {
    let api = Api::new(pool).await;
    let admin = api.key(json!({"name": "Admin", "scopes": ["admin"]})).await;
    let wider = api.key(json!({"name": "Wider", "scopes": ["consume"]})).await;
    let call =
        async |at: &str, body: Value| api.call_as(text(&admin["key"]), "POST", at, body, &[]).await;
    call(KEYS, json!({"name": "Same", "scopes": ["admin"]})).await.expect(201);
    for scopes in [&["read"][..], &["consume", "admin"]] {
        let refused = call(KEYS, json!({"name": "More", "scopes": scopes})).await;
        assert_eq!(refused.expect(422)["field"], "scopes");
    }
    let rotate = json!({"overlap_seconds": 60});
    let refused = call(&format!("{}/rotate", path(&wider)), rotate.clone()).await;
    assert_eq!(refused.expect(422)["field"], "scopes", "it would be given the new one");
    call(&format!("{}/rotate", path(&admin)), rotate).await.expect(201);
    assert_eq!(api.names("active").await, ["Admin", "Same", "Wider", "Admin", "First key"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_request_is_answered_with_the_same_key_which_is_not_stored_in_clear(pool: PgPool) {
    let api = Api::new(pool).await;
    let new = json!({"name": "CI", "scopes": ["read"]});
    let made = api.post_once("make", KEYS, new.clone()).await.expect(201);
    let again = api.another_server().post_once("make", KEYS, new).await.expect(201);
    assert_eq!(again, made);
    let other = json!({"name": "Other", "scopes": ["read"]});
    let reused = api.post_once("make", KEYS, other).await;
    assert_eq!(reused.expect(422)["code"], "IDEMPOTENCY_KEY_REUSED");
    let rotate = format!("{}/rotate", path(&made));
    let body = json!({"overlap_seconds": 60});
    let rotated = api.post_once("rotate", &rotate, body.clone()).await.expect(201);
    assert_eq!(api.post_once("rotate", &rotate, body).await.expect(201), rotated);
    assert_eq!(api.names("active").await, ["CI", "CI", "First key"]);
    let stored = sqlx::query_scalar("SELECT string_agg(answer::text, ' ') FROM idempotency_keys");
    let stored: String = stored.fetch_one(&api.pool).await.unwrap();
    for key in [&made, &rotated] {
        let secret = text(&key["key"]).rsplit('_').next().unwrap();
        assert!(!stored.contains(secret), "{stored}");
    }
    // Who could not have made it is not answered with it, whatever they send.
    let narrow = api.key(json!({"name": "Narrow", "scopes": ["admin"]})).await;
    let headers = [("idempotency-key", "make")];
    let new = json!({"name": "CI", "scopes": ["read"]});
    let reply = api.call_as(text(&narrow["key"]), "POST", KEYS, new, &headers).await;
    assert_eq!(reply.expect(422)["field"], "scopes");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_organization_has_two_hundred_keys_at_most(pool: PgPool) {
    let api = Api::new(pool).await;
    api.sql(
        "INSERT INTO api_keys (organization_id, api_key_id, name, prefix, secret_hash, scopes,
            created_at)
        SELECT organization_id, gen_random_uuid(), 'Key', 'x', '', '{read}', '2026-11-21 12:00+00'
        FROM organizations, generate_series(1, 198)",
    )
    .await;
    let last = api.key(json!({"name": "Last", "scopes": ["read"]})).await;
    let rotate = format!("{}/rotate", path(&last));
    for (at, body) in [
        (KEYS, json!({"name": "More", "scopes": ["read"]})),
        (&*rotate, json!({"overlap_seconds": 60})),
    ] {
        assert_eq!(api.call("POST", at, body).await.expect(422)["field"], "name");
    }
    api.call("DELETE", &path(&last), Value::Null).await.expect(204);
    api.key(json!({"name": "Last", "scopes": ["read"]})).await;

    let (mut seen, mut at) = (HashSet::new(), format!("{KEYS}?state=active"));
    loop {
        let list = api.call("GET", &at, Value::Null).await.expect(200);
        for key in list["api_keys"].as_array().unwrap() {
            assert!(seen.insert(text(&key["id"]).to_owned()), "listed once");
        }
        let Some(cursor) = list["next_cursor"].as_str() else { break };
        at = format!("{KEYS}?state=active&cursor={cursor}");
    }
    assert_eq!(seen.len(), 200);
}

#[sqlx::test(migrations = "../migrations")]
async fn when_a_key_was_used_last_is_written_down_once_for_all_its_uses(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = api.another_server();
    let made = api.key(json!({"name": "Busy", "scopes": ["consume"]})).await;
    let last_use = async || {
        api.call("GET", &path(&made), Value::Null).await.expect(200)["last_used_at"].clone()
    };
    assert_eq!(last_use().await, Value::Null);
    for _ in 0..3 {
        assert_eq!(api.decided(&made["key"]).await, 200);
    }
    assert_eq!(last_use().await, Value::Null, "no decision writes it");
    api.set_time("2026-11-21T12:01:00Z").await;
    api.service.record_key_uses().await.unwrap();
    assert_eq!(last_use().await, "2026-11-21T12:01:00Z");
    // Nothing was used since; and of two servers the later one counts.
    api.set_time("2026-11-21T12:02:00Z").await;
    api.service.record_key_uses().await.unwrap();
    assert_eq!(last_use().await, "2026-11-21T12:01:00Z");
    assert_eq!(other.decided(&made["key"]).await, 200);
    let held = api.pool.begin().await.unwrap();
    other.service.record_key_uses().await.unwrap();
    drop(held);
    assert_eq!(last_use().await, "2026-11-21T12:02:00Z");
    // Somebody who changes a key keeps nobody from writing that down of others.
    let first = async || -> Option<chrono::DateTime<chrono::Utc>> {
        let sql = "SELECT last_used_at FROM api_keys WHERE name = 'First key'";
        sqlx::query_scalar(sql).fetch_one(&api.pool).await.unwrap()
    };
    let before = first().await;
    let mut held = api.pool.begin().await.unwrap();
    let lock = "SELECT 1 FROM api_keys WHERE name = 'Busy' FOR UPDATE";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    api.set_time("2026-11-21T12:03:00Z").await;
    assert_eq!(api.decided(&made["key"]).await, 200, "no decision waits for it either");
    api.usage().await;
    api.service.record_key_uses().await.unwrap();
    held.rollback().await.unwrap();
    assert_eq!(last_use().await, "2026-11-21T12:02:00Z");
    assert!(first().await > before);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_becomes_of_keys_is_in_the_audit_log(pool: PgPool) {
    let api = Api::new(pool).await;
    let made = api.key(json!({"name": "CI", "scopes": ["read"]})).await;
    api.call("PATCH", &path(&made), json!({"name": "Build"})).await.expect(200);
    let rotate = format!("{}/rotate", path(&made));
    api.call("POST", &rotate, json!({"overlap_seconds": 60})).await.expect(201);
    api.call("DELETE", &path(&made), Value::Null).await.expect(204);
    let log = api.call("GET", "/api/v1/audit?kind=api_keys", Value::Null).await.expect(200);
    let entries = log["entries"].as_array().unwrap().iter();
    let mut told: Vec<&str> = entries.map(|entry| text(&entry["summary"])).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "Changed the API key Build",
            "Made the API key Build",
            "Made the API key Build",
            "Replaced the API key Build",
            "Revoked the API key Build",
        ]
    );
}
