//! Quotas on the organization, its subtenants and its members (SPEC sections 3 and 6).

use crate::support::{Api, create};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/quotas";
/// A Euro in the unit of `spend`.
const EUR: i64 = 1_000_000;
/// What a token of `ai_generate` costs in that unit.
const TOKEN: i64 = 15;

/// Makes a quota; its id.
async fn quota(api: &Api, body: Value) -> String {
    let made = api.call("POST", PATH, body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

/// Adds a subtenant with one member, who goes by its name; its id.
async fn subtenant(api: &Api, name: &str) -> String {
    let body = json!({"name": name});
    let added = api.call("POST", "/api/v1/subtenants", body).await.expect(201);
    let member = json!({"email": format!("{name}@acme.test"), "name": name, "external_id": name,
        "subtenant": added["id"], "status": "active"});
    api.call("POST", "/api/v1/members", member).await.expect(201);
    added["id"].as_str().unwrap().to_owned()
}

/// The scopes that said no, from the plan down.
fn scopes(denied: &Value) -> Vec<&str> {
    let failed = denied["failed"].as_array().unwrap();
    failed.iter().map(|failed| failed["scope"].as_str().unwrap()).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn worked_example_c(pool: PgPool) {
    let api = Api::new(pool).await;
    let a = subtenant(&api, "a").await;
    subtenant(&api, "b").await;
    subtenant(&api, "c").await;
    quota(&api, json!({"meter": "spend", "subtenant": a, "monthly": 100 * EUR})).await;
    let all_of_a = 100 * EUR / TOKEN;
    let denied = api.consume("a", "ai_generate", all_of_a + 1).await.expect(429);
    assert_eq!((&denied["would_fit"], scopes(&denied)), (&json!(all_of_a), vec!["subtenant"]));
    assert_eq!(denied["failed"][0]["scope_id"], json!(a));
    api.consume("a", "ai_generate", all_of_a).await.expect(200);
    api.consume("a", "ai_generate", 1).await.expect(429);
    for unrestricted in ["b", "c", "ann@acme.test"] {
        api.consume(unrestricted, "ai_generate", 1_000).await.expect(200);
    }

    api.set_time("2026-11-21T12:00:01Z").await;
    quota(&api, json!({"meter": "spend", "monthly": 150 * EUR})).await;
    // What was used before counts; 150 EUR are 10 million tokens.
    let left = 150 * EUR / TOKEN - all_of_a - 3_000;
    let denied = api.consume("b", "ai_generate", left + 1).await.expect(429);
    assert_eq!((&denied["would_fit"], scopes(&denied)), (&json!(left), vec!["organization"]));
    api.consume("c", "ai_generate", left).await.expect(200);
    for (member, by) in [("a", vec!["organization", "subtenant"]), ("b", vec!["organization"])] {
        let denied = api.consume(member, "ai_generate", 1).await.expect(429);
        assert_eq!(scopes(&denied), by, "{member}");
    }
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_more_specific_quota_lifts_no_less_specific_one(pool: PgPool) {
    let api = Api::new(pool).await;
    let a = subtenant(&api, "a").await;
    quota(&api, json!({"meter": "spend", "monthly": 60 * EUR})).await;
    quota(&api, json!({"meter": "spend", "subtenant": a, "monthly": 100 * EUR})).await;
    let denied = api.consume("a", "ai_generate", 60 * EUR / TOKEN + 1).await.expect(429);
    assert_eq!(scopes(&denied), ["organization"]);
    api.consume("a", "ai_generate", 60 * EUR / TOKEN).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_quota_is_answered_as_it_was_made_and_listed_newest_first(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let reply = api.call("POST", PATH, json!({"meter": "spend", "daily": 5, "yearly": 50})).await;
    assert_eq!(reply.header("etag"), Some("\"1\""));
    let mut whole = reply.expect(201);
    let id = whole["id"].clone();
    let made_by = whole["made_by"].clone();
    assert_eq!(made_by["kind"], "api_key");
    assert_eq!(
        whole,
        json!({"id": id, "meter": "spend", "daily": 5, "yearly": 50, "made_by": made_by,
            "from": "2026-11-21T12:00:00Z", "to": null, "version": 1})
    );
    api.set_time("2026-11-21T12:00:01Z").await;
    let custom = json!({"limit": 7, "first_day": "2026-11-20", "last_day": "2026-11-25",
        "repeat": false});
    let body = json!({"meter": "emails", "member": bob, "custom": custom});
    let of_bob = api.call("POST", PATH, body).await.expect(201);
    assert_eq!((&of_bob["member"], &of_bob["custom"]), (&json!(bob), &custom));
    assert_eq!(
        api.call("GET", PATH, Value::Null).await.expect(200),
        json!({"quotas": [of_bob, whole.take()], "next_cursor": null})
    );
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_of_quotas_goes_on_where_it_ended(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let mut made = Vec::new();
    for number in 0..4 {
        api.set_time(&format!("2026-11-21T12:00:0{number}Z")).await;
        // Each is closed by the next.
        made.push(quota(&api, json!({"meter": "spend", "daily": number})).await);
        if number == 1 {
            // At the same moment as another one: the id decides.
            made.push(quota(&api, json!({"meter": "emails", "daily": 9, "member": bob})).await);
        }
    }
    made.reverse();
    let listed = async |query: &str| {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{PATH}?limit=2{query}{cursor}");
            let list = api.call("GET", &path, Value::Null).await.expect(200);
            let part = list["quotas"].as_array().unwrap().iter();
            ids.extend(part.map(|quota| quota["id"].as_str().unwrap().to_owned()));
            let Some(next) = list["next_cursor"].as_str() else { return ids };
            cursor = format!("&cursor={next}");
        }
    };
    assert_eq!(listed("").await, made);
    assert_eq!(listed(&format!("&member={bob}")).await, [made[2].clone()]);
    assert_eq!(listed(&format!("&subtenant={bob}")).await, Vec::<String>::new());
    let spend: Vec<_> = made.iter().filter(|id| **id != made[2]).cloned().collect();
    assert_eq!(listed("&meter=spend").await, spend);
    for bad in ["limit=0", "limit=201", "limit=x", "page=2"] {
        api.call("GET", &format!("{PATH}?{bad}"), Value::Null).await.expect(422);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_period_limits_by_itself_from_local_midnight(pool: PgPool) {
    let api = Api::new(pool).await;
    let custom = json!({"limit": 55, "first_day": "2026-11-20", "last_day": "2026-11-25"});
    let body = json!({"meter": "emails", "daily": 10, "weekly": 20, "monthly": 30, "yearly": 40,
        "custom": custom});
    quota(&api, body).await;
    let denied = api.consume("ann@acme.test", "send_email", 60).await.expect(429);
    assert_eq!(denied["would_fit"], 10);
    let failed: Vec<(&str, i64, &str)> = denied["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| {
            let text = |name: &str| of[name].as_str().unwrap();
            (text("period"), of["limit"].as_i64().unwrap(), text("resets_at"))
        })
        .collect();
    assert_eq!(
        failed,
        [
            ("daily", 10, "2026-11-21T23:00:00Z"),
            ("weekly", 20, "2026-11-22T23:00:00Z"),
            ("monthly", 30, "2026-11-30T23:00:00Z"),
            ("yearly", 40, "2026-12-31T23:00:00Z"),
            ("custom", 55, "2026-11-25T23:00:00Z"),
        ]
    );
    // From Saturday on ten a day fit until the week's, the month's and the year's are gone.
    for (time, fits) in [
        ("2026-11-21T12:00:00Z", 10),
        ("2026-11-21T23:00:00Z", 10),
        ("2026-11-22T23:00:00Z", 10),
        ("2026-11-23T23:00:00Z", 0),
        ("2026-11-30T23:00:00Z", 10),
        ("2026-12-02T23:00:00Z", 0),
        ("2026-12-31T23:00:00Z", 10),
    ] {
        api.set_time(time).await;
        if fits > 0 {
            api.consume("ann@acme.test", "send_email", fits).await.expect(200);
        }
        api.consume("ann@acme.test", "send_email", 1).await.expect(429);
        api.verify().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_quota_of_a_member_denies_only_them(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    quota(&api, json!({"meter": "ai_tokens", "member": bob, "monthly": 1_000})).await;
    api.consume("bob@acme.test", "ai_generate", 1_000).await.expect(200);
    let reply = api.consume("bob@acme.test", "ai_generate", 1).await;
    let seconds = 9 * 86_400 + 11 * 3_600;
    assert_eq!(reply.header("retry-after"), Some(seconds.to_string().as_str()));
    let denied = reply.expect(429);
    let failed = &denied["failed"][0];
    assert_eq!(scopes(&denied), ["member"]);
    assert_eq!((&failed["scope_id"], &failed["period"]), (&json!(bob), &json!("monthly")));
    assert_eq!((&failed["meter"], &failed["used"]), (&json!("ai_tokens"), &json!(1_000)));
    let roles = failed["raised_by"].as_array().unwrap();
    assert!(roles.contains(&json!("user_quota_administrator")), "{roles:?}");
    api.consume("ann@acme.test", "ai_generate", 5_000).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_custom_period_ends_with_its_last_day_or_begins_anew(pool: PgPool) {
    let api = Api::new(pool).await;
    for repeat in [false, true] {
        api.set_time(if repeat { "2026-12-21T12:00:00Z" } else { "2026-11-21T12:00:00Z" }).await;
        let month = if repeat { "12" } else { "11" };
        let custom = json!({"limit": 10, "first_day": format!("2026-{month}-20"),
            "last_day": format!("2026-{month}-22"), "repeat": repeat});
        quota(&api, json!({"meter": "emails", "custom": custom})).await;
        api.consume("ann@acme.test", "send_email", 10).await.expect(200);
        api.set_time(&format!("2026-{month}-22T22:59:59Z")).await;
        api.consume("ann@acme.test", "send_email", 1).await.expect(429);
        api.set_time(&format!("2026-{month}-22T23:00:00Z")).await;
        api.consume("ann@acme.test", "send_email", 10).await.expect(200);
        let next = api.consume("ann@acme.test", "send_email", 1).await;
        assert_eq!(next.status, if repeat { 429 } else { 200 }, "{}", next.body);
    }
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_quota_with_a_last_day_is_over_after_it(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = |last_day: &str| json!({"meter": "emails", "daily": 5, "last_day": last_day});
    for past in ["2026-11-20", "1999-01-01"] {
        assert_eq!(api.call("POST", PATH, body(past)).await.expect(422)["field"], "last_day");
    }
    let made = api.call("POST", PATH, body("2026-11-22")).await.expect(201);
    assert_eq!(made["to"], "2026-11-22T23:00:00Z");
    api.consume("ann@acme.test", "send_email", 6).await.expect(429);
    api.set_time("2026-11-22T22:59:59Z").await;
    api.consume("ann@acme.test", "send_email", 6).await.expect(429);
    api.set_time("2026-11-22T23:00:00Z").await;
    api.consume("ann@acme.test", "send_email", 6).await.expect(200);
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(api.call("DELETE", &path, Value::Null).await.expect(409)["code"], "QUOTA_CLOSED");
    // Today is not in the past: in Berlin it is the 23rd.
    api.set_time("2026-11-22T23:00:01Z").await;
    let made = api.call("POST", PATH, body("2026-11-23")).await.expect(201);
    assert_eq!(made["to"], "2026-11-23T23:00:00Z");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_belongs_to_another_organization_is_not_found(pool: PgPool) {
    let api = Api::new(pool).await;
    let a = subtenant(&api, "a").await;
    let bob = api.member("bob@acme.test").await;
    let id = quota(&api, json!({"meter": "spend", "daily": 5})).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let path = format!("{PATH}/{id}");
    for (method, path, body) in [
        ("POST", PATH, json!({"meter": "spend", "subtenant": a, "daily": 1})),
        ("POST", PATH, json!({"meter": "spend", "member": bob, "daily": 1})),
        ("PATCH", &path, json!({"daily": 1})),
        ("DELETE", &path, Value::Null),
    ] {
        let reply = api.call_as(&other.api_key, method, path, body.clone(), &[]).await;
        assert_eq!(reply.expect(404)["code"], "NOT_FOUND", "{method} {body}");
    }
    let theirs = api.call_as(&other.api_key, "GET", PATH, Value::Null, &[]).await;
    assert_eq!(theirs.expect(200), json!({"quotas": [], "next_cursor": null}));
    for id in ["not-an-id", "%00", &uuid::Uuid::from_u128(7).to_string()] {
        let path = format!("{PATH}/{id}");
        api.call("PATCH", &path, json!({"daily": 1})).await.expect(404);
        api.call("DELETE", &path, Value::Null).await.expect(404);
    }
    assert_eq!(api.count("SELECT count(*) FROM quotas").await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_for_decisions_edits_no_quotas(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = quota(&api, json!({"meter": "spend", "daily": 5})).await;
    api.sql("UPDATE api_keys SET scopes = ARRAY['consume']").await;
    let path = format!("{PATH}/{id}");
    for (method, path, body) in [
        ("GET", PATH, Value::Null),
        ("POST", PATH, json!({"meter": "spend", "daily": 6})),
        ("PATCH", &path, json!({"daily": 6})),
        ("DELETE", &path, Value::Null),
        ("POST", "/api/v1/subtenants", json!({"name": "North"})),
    ] {
        assert_eq!(api.call(method, path, body).await.expect(403)["code"], "FORBIDDEN", "{method}");
    }
    let denied = api.consume("ann@acme.test", "ai_generate", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["limit"], 5);
    api.verify().await;
}
