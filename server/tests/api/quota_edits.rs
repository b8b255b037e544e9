//! The history of quotas: made, edited in place, closed, deleted and open again (SPEC section 6).

use crate::support::{Api, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/quotas";

/// Makes a quota on emails a month, for the organization.
async fn make(api: &Api, monthly: i64) -> Value {
    let body = json!({"meter": "emails", "monthly": monthly});
    api.call("POST", PATH, body).await.expect(201)
}

fn path(quota: &Value) -> String {
    format!("{PATH}/{}", quota["id"].as_str().unwrap())
}

async fn patch(api: &Api, quota: &Value, edit: Value) -> Reply {
    api.call("PATCH", &path(quota), edit).await
}

/// How many emails Ann can still send.
async fn fits(api: &Api) -> Option<i64> {
    let body = json!({"member": "ann@acme.test", "operation": "send_email", "quantity": 100_000});
    let check = api.call("POST", "/api/v1/check", body).await.expect(200);
    check["would_fit"].as_i64()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_quota_closes_the_one_in_force_and_deleting_it_opens_that_again(pool: PgPool) {
    let api = Api::new(pool).await;
    let first = make(&api, 100).await;
    api.set_time("2026-11-22T12:00:00Z").await;
    let second = make(&api, 50).await;
    assert_eq!(fits(&api).await, Some(50));
    let list = api.call("GET", PATH, Value::Null).await.expect(200)["quotas"].clone();
    assert_eq!((&list[0]["id"], &list[0]["to"]), (&second["id"], &Value::Null));
    assert_eq!((&list[1]["id"], &list[1]["to"]), (&first["id"], &json!("2026-11-22T12:00:00Z")));

    api.set_time("2026-11-23T12:00:00Z").await;
    let deleted = api.call("DELETE", &path(&second), Value::Null).await.expect(200);
    let in_force = &deleted["in_force"];
    assert_eq!((&in_force["id"], &in_force["monthly"]), (&first["id"], &json!(100)));
    assert_eq!(
        (&in_force["from"], &in_force["to"]),
        (&json!("2026-11-21T12:00:00Z"), &Value::Null)
    );
    assert_eq!(fits(&api).await, Some(100));
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    assert_eq!(list["quotas"], json!([in_force]), "the version is the one that counts");

    api.call("DELETE", &path(&second), Value::Null).await.expect(404);
    let deleted = api.call("DELETE", &path(&first), Value::Null).await.expect(200);
    assert_eq!(deleted, json!({"in_force": null}));
    assert_eq!(fits(&api).await, None, "no restriction");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_the_current_one_can_be_edited_or_deleted(pool: PgPool) {
    let api = Api::new(pool).await;
    let closed = make(&api, 100).await;
    api.set_time("2026-11-22T12:00:00Z").await;
    make(&api, 50).await;
    let refused = patch(&api, &closed, json!({"monthly": 200})).await.expect(409);
    assert_eq!(refused["code"], "QUOTA_CLOSED");
    let refused = api.call("DELETE", &path(&closed), Value::Null).await.expect(409);
    assert_eq!(refused["code"], "QUOTA_CLOSED");
    assert_eq!(fits(&api).await, Some(50));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_changes_what_it_names_and_counts_at_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let quota = make(&api, 100).await;
    api.consume("ann@acme.test", "send_email", 40).await.expect(200);
    api.set_time("2026-11-21T13:00:00Z").await;
    let edited = patch(&api, &quota, json!({"daily": 50})).await.expect(200);
    assert_eq!((&edited["daily"], &edited["monthly"]), (&json!(50), &json!(100)));
    assert_eq!((&edited["id"], &edited["from"]), (&quota["id"], &quota["from"]), "in place");
    assert_eq!(edited["version"], 2);
    assert_eq!(fits(&api).await, Some(10));

    for (edit, left) in [
        (json!({"daily": null}), Some(60)),
        (json!({"monthly": 30}), Some(0)),
        (json!({}), Some(0)),
        (json!({"monthly": null}), None),
        (json!({"weekly": 45}), Some(5)),
    ] {
        patch(&api, &quota, edit.clone()).await.expect(200);
        assert_eq!(fits(&api).await, left, "{edit}");
    }
    let edits = "SELECT count(*) FROM audit_log WHERE action = 'quota.edited'";
    assert_eq!(api.count(edits).await, 6);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_of_what_was_changed_meanwhile_is_refused_with_the_current_values(pool: PgPool) {
    let api = Api::new(pool).await;
    let quota = make(&api, 100).await;
    patch(&api, &quota, json!({"monthly": 80, "version": 1})).await.expect(200);
    let stale = patch(&api, &quota, json!({"monthly": 90, "version": 1})).await.expect(409);
    assert_eq!((&stale["code"], &stale["current"]["monthly"]), (&json!("STALE"), &json!(80)));

    let token = &api.organization.api_key;
    let matching = async |method: &str, tag: &str, body: Value| {
        api.call_as(token, method, &path(&quota), body, &[("if-match", tag)]).await
    };
    let stale = matching("PATCH", "\"1\"", json!({"monthly": 90})).await.expect(412);
    assert_eq!((&stale["code"], &stale["current"]["version"]), (&json!("STALE"), &json!(2)));
    matching("DELETE", "\"1\"", Value::Null).await.expect(412);
    let reply = matching("PATCH", "\"2\"", json!({"monthly": 90})).await;
    let tag = reply.header("etag").unwrap().to_owned();
    assert_eq!(reply.expect(200)["monthly"], 90);
    matching("DELETE", &tag, Value::Null).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_that_makes_a_quota_wrong_changes_nothing(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"meter": "emails", "daily": 10, "monthly": 100, "yearly": 200});
    let quota = api.call("POST", PATH, body).await.expect(201);
    for (edit, field) in [
        (json!({"daily": 101}), "daily"),
        (json!({"monthly": 5}), "daily"),
        (json!({"yearly": 99}), "monthly"),
        (json!({"monthly": null, "yearly": 9}), "daily"),
        (json!({"daily": -1}), "daily"),
        (json!({"level": 5}), "level"),
        (json!({"daily": "5"}), "daily"),
        (json!({"custom": [5, "2026-11-01", "2026-11-30"]}), "custom"),
        (json!({"custom": {"limit": 5, "first_day": "2026-11-01"}}), "custom.last_day"),
        (json!({"meter": "spend"}), "meter"),
        (json!([]), "body"),
    ] {
        let refused = patch(&api, &quota, edit.clone()).await.expect(422);
        assert_eq!(refused["field"], field, "{edit}");
    }
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    assert_eq!(list["quotas"][0], quota);
    assert_eq!(fits(&api).await, Some(10));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn each_scope_and_meter_has_a_history_of_its_own(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let north = json!({"name": "North"});
    let north = api.call("POST", "/api/v1/subtenants", north).await.expect(201)["id"].clone();
    for body in [
        json!({"meter": "emails", "monthly": 1}),
        json!({"meter": "spend", "monthly": 1}),
        json!({"meter": "emails", "monthly": 1, "member": bob}),
        json!({"meter": "emails", "monthly": 1, "subtenant": north}),
    ] {
        api.call("POST", PATH, body).await.expect(201);
        api.set_time("2026-11-22T12:00:00Z").await;
    }
    let open = "SELECT count(*) FROM quotas WHERE upper_inf(valid)";
    assert_eq!(api.count(open).await, 4, "none closed another");
    api.verify().await;
}

/// The organization's lock is held until both wait for it: each has read what is in force by then.
#[sqlx::test(migrations = "../migrations")]
async fn of_two_made_at_the_same_time_one_wins_and_the_other_is_told(pool: PgPool) {
    let api = Api::new(pool).await;
    make(&api, 1).await;
    api.set_time("2026-11-22T12:00:00Z").await;
    let mut holding = api.pool.begin().await.unwrap();
    let lock = "SELECT 1 FROM organization_states FOR UPDATE";
    sqlx::query(lock).execute(&mut *holding).await.unwrap();
    let create = async |monthly: i64| {
        api.call("POST", PATH, json!({"meter": "emails", "monthly": monthly})).await
    };
    let release = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while api.count(waiting).await < 2 {
            tokio::task::yield_now().await;
        }
        holding.rollback().await.unwrap();
    };
    let (first, second, ()) = tokio::join!(create(10), create(20), release);
    let (won, told) = if first.status == 201 { (first, second) } else { (second, first) };
    let (won, told) = (won.expect(201), told.expect(409));
    assert_eq!((&told["code"], &told["current"]), (&json!("STALE"), &won));
    assert_eq!(fits(&api).await, won["monthly"].as_i64());
    assert_eq!(api.count("SELECT count(*) FROM quotas").await, 2, "nothing came of the other");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn who_says_what_a_quota_replaces_closes_nothing_else(pool: PgPool) {
    let api = Api::new(pool).await;
    let create = async |replaces: &Value| {
        api.call("POST", PATH, json!({"meter": "emails", "monthly": 5, "replaces": replaces})).await
    };
    let first = create(&Value::Null).await.expect(201);
    api.set_time("2026-11-22T12:00:00Z").await;
    assert_eq!(create(&Value::Null).await.expect(409)["current"], first);
    let second = create(&first["id"]).await.expect(201);
    api.set_time("2026-11-23T12:00:00Z").await;
    assert_eq!(create(&first["id"]).await.expect(409)["current"], second);
    assert_eq!(create(&json!("x")).await.expect(422)["field"], "replaces");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn one_is_made_once_under_one_key(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = |monthly: i64| json!({"meter": "emails", "monthly": monthly});
    let first = api.post_once("quota", PATH, body(10)).await.expect(201);
    api.set_time("2026-11-22T12:00:00Z").await;
    assert_eq!(api.post_once("quota", PATH, body(10)).await.expect(201), first);
    let reused = api.post_once("quota", PATH, body(11)).await.expect(422);
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(api.count("SELECT count(*) FROM quotas").await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_change_of_a_quota_is_in_the_audit_log(pool: PgPool) {
    let api = Api::new(pool).await;
    make(&api, 100).await;
    api.set_time("2026-11-22T12:00:00Z").await;
    let second = make(&api, 50).await;
    patch(&api, &second, json!({"monthly": 60})).await.expect(200);
    api.call("DELETE", &path(&second), Value::Null).await.expect(200);
    let entries: Vec<(String, Option<Value>, Option<Value>)> = sqlx::query_as(
        "SELECT action, before, after FROM audit_log WHERE action LIKE 'quota.%'
        ORDER BY audit_id",
    )
    .fetch_all(&api.pool)
    .await
    .unwrap();
    let monthly = |quota: &Option<Value>| quota.as_ref().and_then(|of| of["monthly"].as_i64());
    let changes: Vec<_> = entries
        .iter()
        .map(|(action, before, after)| (action.as_str(), monthly(before), monthly(after)))
        .collect();
    assert_eq!(
        changes,
        [
            ("quota.created", None, Some(100)),
            ("quota.created", Some(100), Some(50)),
            ("quota.edited", Some(50), Some(60)),
            ("quota.deleted", Some(60), Some(100)),
        ]
    );
    api.verify().await;
}
