//! SPEC section 12: refused whole, with the field named, and nothing changed.

use crate::support::Api;
use serde_json::{Value, json};
use sqlx::PgPool;

/// Everything that a refused request could have changed.
pub(crate) async fn everything(api: &Api) -> Vec<i64> {
    let mut numbers = Vec::new();
    for sql in [
        "SELECT count(*) FROM ledger",
        "SELECT count(*) FROM imported_events",
        "SELECT count(*) FROM balances",
        "SELECT count(*) FROM members",
        "SELECT count(*) FROM users",
        "SELECT count(*) FROM member_limits",
        "SELECT count(*) FROM credit_settings",
        "SELECT count(*) FROM reservations",
        "SELECT count(*) FROM jobs",
        "SELECT COALESCE(sum(processed), 0)::bigint FROM jobs",
        "SELECT count(*) FROM subtenants",
        "SELECT count(*) FROM quotas",
        "SELECT count(*) FROM quota_limits",
        "SELECT count(*) FROM plan_requests",
        "SELECT count(*) FROM raise_requests WHERE status = 'open'",
        "SELECT count(*) FROM events",
        "SELECT count(*) FROM channels",
        "SELECT count(*) FROM deliveries",
        "SELECT COALESCE(sum(version), 0)::bigint FROM channels",
        "SELECT count(*) FROM api_keys",
        "SELECT sum(version)::bigint FROM api_keys",
        "SELECT count(*) FROM audit_log",
        "SELECT count(*) FROM idempotency_keys",
        "SELECT count(*) FROM invitations",
        "SELECT count(*) FROM member_roles",
        "SELECT count(*) FROM operator_log",
        "SELECT count(*) FROM credit_packs",
        "SELECT sum(version)::bigint FROM organizations",
        "SELECT sum(version)::bigint FROM plans",
        "SELECT sum(version)::bigint FROM operations",
        "SELECT sum(version)::bigint FROM meters",
        "SELECT sum(version)::bigint FROM members",
        "SELECT COALESCE(sum(version), 0)::bigint FROM quotas",
        "SELECT COALESCE(sum(version), 0)::bigint FROM subtenants",
    ] {
        numbers.push(api.count(sql).await);
    }
    numbers
}

/// Sends every case; each must be refused with the status and the field, and change nothing.
pub(crate) async fn refuse_all(api: &Api, method: &str, path: &str, cases: &[(Value, u16, &str)]) {
    refuse_all_as(api, &api.organization.api_key, (method, path), cases).await;
}

pub(crate) async fn refuse_all_as(
    api: &Api,
    key: &str,
    (method, path): (&str, &str),
    cases: &[(Value, u16, &str)],
) {
    let before = everything(api).await;
    for (body, status, field) in cases {
        let answer = api.call_as(key, method, path, body.clone(), &[]).await;
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{body}");
        let problem = answer.body.clone();
        assert_eq!(answer.status, *status, "{body} -> {problem}");
        assert_eq!(problem["field"], *field, "{body} -> {problem}");
        for member in ["type", "title", "status", "code", "detail"] {
            assert!(!problem[member].is_null(), "{member} is missing: {problem}");
        }
    }
    assert_eq!(everything(api).await, before, "{path} changed something");
    api.verify().await;
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
        (json!(["ann@acme.test", "prospect_search", 1]), 422, "body"),
        (json!("text"), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    for path in ["consume", "check", "reservations"] {
        refuse_all(&api, "POST", &format!("/api/v1/{path}"), &cases).await;
    }
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
        (with("cycle", json!(["monthly"])), 422, "cycle"),
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
        (with("status", json!("removed")), 422, "status"),
        (with("roles", json!([])), 422, "roles"),
        (with("roles", json!(["king"])), 422, "roles"),
        (with("role", json!("member")), 422, "role"),
    ];
    refuse_all(&api, "POST", "/api/v1/members", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_edits_of_members(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    let other = json!({"email": "cy@acme.test", "name": "Cy", "external_id": "x"});
    api.call("POST", "/api/v1/members", other).await.expect(201);
    let cases = [
        (json!({"name": ""}), 422, "name"),
        (json!({"name": null, "version": "x"}), 422, "version"),
        (json!({"roles": []}), 422, "roles"),
        (json!({"roles": ["king"]}), 422, "roles"),
        (json!({"roles": "member"}), 422, "roles"),
        (json!({"job_role": "wizard"}), 422, "job_role"),
        (json!({"job_role": "A B"}), 422, "job_role"),
        (json!({"subtenant": "x"}), 422, "subtenant"),
        (json!({"subtenant": uuid::Uuid::from_u128(5)}), 422, "subtenant"),
        (json!({"external_id": ""}), 422, "external_id"),
        (json!({"external_id": "x"}), 422, "external_id"),
        (json!({"status": "invited"}), 422, "status"),
        (json!({"email": "new@acme.test"}), 422, "email"),
        (json!([]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "PATCH", &format!("/api/v1/members/{id}"), &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_refunds(pool: PgPool) {
    let api = Api::new(pool).await;
    let consumed = api.consume("ann@acme.test", "prospect_search", 5).await.expect(200);
    let with = |name: &str, value: Value| {
        let mut body = json!({"consumption_id": consumed["consumption_id"], "quantity": 1});
        body[name] = value;
        body
    };
    let cases = [
        (with("quantity", json!(6)), 422, "quantity"),
        (with("quantity", json!(0)), 422, "quantity"),
        (with("quantity", json!(-1)), 422, "quantity"),
        (with("quantity", json!(i64::MAX)), 422, "quantity"),
        (with("quantity", json!("1")), 422, "quantity"),
        (with("quantity", json!(0.5)), 422, "quantity"),
        (with("consumption_id", json!("x")), 422, "consumption_id"),
        (with("consumption_id", json!(5)), 422, "consumption_id"),
        (with("member", json!("ann@acme.test")), 422, "member"),
        (json!({"quantity": 1}), 422, "consumption_id"),
        (json!([]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "POST", "/api/v1/refunds", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_levels(pool: PgPool) {
    let api = Api::new(pool).await;
    let cases = [
        (json!({"level": -1}), 422, "level"),
        (json!({"level": i64::MAX}), 422, "level"),
        (json!({"level": "5"}), 422, "level"),
        (json!({"level": 1.5}), 422, "level"),
        (json!({"level": null}), 422, "level"),
        (json!({}), 422, "level"),
        (json!({"level": 5, "member": ""}), 422, "member"),
        (json!({"level": 5, "member": 7}), 422, "member"),
        (json!({"level": 5, "meter": "storage"}), 422, "meter"),
        (json!([5]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "PUT", "/api/v1/gauges/contacts", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_subtenants(pool: PgPool) {
    let api = Api::new(pool).await;
    let cases = [
        (json!({"name": ""}), 422, "name"),
        (json!({"name": "   "}), 422, "name"),
        (json!({"name": "x".repeat(201)}), 422, "name"),
        (json!({"name": "two\nlines"}), 422, "name"),
        (json!({"name": 5}), 422, "name"),
        (json!({}), 422, "name"),
        (json!({"name": "North", "parent": 1}), 422, "parent"),
        (json!(["North"]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "POST", "/api/v1/subtenants", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_edits_of_subtenants(pool: PgPool) {
    let api = Api::new(pool).await;
    let add = async |name: &str| {
        let added = api.call("POST", "/api/v1/subtenants", json!({"name": name})).await;
        added.expect(201)["id"].as_str().unwrap().to_owned()
    };
    let north = add("North").await;
    add("South").await;
    let cases = [
        (json!({"name": ""}), 422, "name"),
        (json!({"name": "x".repeat(201)}), 422, "name"),
        (json!({"name": "two\nlines"}), 422, "name"),
        (json!({"name": "South"}), 422, "name"),
        (json!({"name": 5}), 422, "name"),
        (json!({"archived": "yes"}), 422, "archived"),
        (json!({"archived": 1}), 422, "archived"),
        (json!({"version": "one"}), 422, "version"),
        (json!({"name": "West", "parent": 1}), 422, "parent"),
        (json!(["West"]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "PATCH", &format!("/api/v1/subtenants/{north}"), &cases).await;
    let member = api.member("bob@acme.test").await;
    let cases = [
        (json!({}), 422, "subtenant"),
        (json!({"subtenant": "x"}), 422, "subtenant"),
        (json!({"subtenant": ""}), 422, "subtenant"),
        (json!({"subtenant": uuid::Uuid::from_u128(5)}), 422, "subtenant"),
        (json!({"subtenant": null, "version": "one"}), 422, "version"),
        (json!({"subtenant": null, "member": 1}), 422, "member"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "PUT", &format!("/api/v1/members/{member}/subtenant"), &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_filters_of_lists(pool: PgPool) {
    let api = Api::new(pool).await;
    let long = "x".repeat(101);
    let cases = [
        ("audit?kind=everything".to_owned(), "kind"),
        ("audit?from=2026-11-02&to=2026-11-01".to_owned(), "to"),
        ("audit?from=2026-02-30".to_owned(), "from"),
        ("audit?to=%2B99999-01-01".to_owned(), "to"),
        (format!("audit?search={long}"), "search"),
        ("audit?search=a%00b".to_owned(), "search"),
        ("audit?cursor=".to_owned(), "cursor"),
        ("audit?cursor=AAAA".to_owned(), "cursor"),
        (format!("audit?cursor={}", "A".repeat(5_000)), "cursor"),
        ("audit?who=ann".to_owned(), "who"),
        ("audit?kind=limits&kind=members".to_owned(), "kind"),
        (format!("subtenants?search={long}"), "search"),
        ("subtenants?archived=perhaps".to_owned(), "archived"),
        ("subtenants?cursor=%00".to_owned(), "cursor"),
        ("subtenants?size=5".to_owned(), "size"),
    ];
    for (path, field) in cases {
        let refused = api.call("GET", &format!("/api/v1/{path}"), Value::Null).await.expect(422);
        assert_eq!(refused["field"], field, "{path}: {refused}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_cursors(pool: PgPool) {
    let api = Api::new(pool).await;
    let pack = api.grant_pack(200).await;
    for (query, field) in [
        ("cursor=", "cursor"),
        ("cursor=last", "cursor"),
        ("cursor=99999999999999999999", "cursor"),
        ("cursor=1&cursor=2", "cursor"),
        ("page=2", "page"),
    ] {
        let path = format!("/api/v1/packs/{pack}/ledger?{query}");
        refuse_all(&api, "GET", &path, &[(Value::Null, 422, field)]).await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_channels(pool: PgPool) {
    let api = Api::new(pool).await;
    let good = json!({"name": "Ops", "kind": "webhook", "url": "http://127.0.0.1:9/",
        "kinds": ["limit.reached"], "levels": ["organization"]});
    let made = api.call("POST", "/api/v1/channels", good.clone()).await.expect(201);
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body["name"] = json!("Other");
        body[name] = value;
        body
    };
    let cases = [
        (with("name", json!("")), 422, "name"),
        (with("name", json!("x".repeat(201))), 422, "name"),
        (with("name", json!("Ops")), 422, "name"),
        (with("kind", json!("irc")), 422, "kind"),
        (with("url", json!("")), 422, "url"),
        (with("url", json!("ftp://127.0.0.1/")), 422, "url"),
        (with("url", json!("not a url")), 422, "url"),
        (with("url", json!(format!("http://127.0.0.1/{}", "x".repeat(2_000)))), 422, "url"),
        (with("secret", json!("whsec_abc")), 422, "secret"),
        (with("kinds", json!([])), 422, "kinds"),
        (with("kinds", json!(["limit.gone"])), 422, "kinds"),
        (with("kinds", json!(["channel.test"])), 422, "kinds"),
        (with("levels", json!([])), 422, "levels"),
        (with("levels", json!(["plan"])), 422, "levels"),
        (with("language", json!("fr")), 422, "language"),
        (with("enabled", json!("yes")), 422, "enabled"),
        (with("color", json!("red")), 422, "color"),
    ];
    refuse_all(&api, "POST", "/api/v1/channels", &cases).await;
    let slack = json!({"name": "S", "kind": "slack", "url": "http://127.0.0.1:9/", "secret": "s",
        "kinds": ["digest.weekly"]});
    refuse_all(&api, "POST", "/api/v1/channels", &[(slack, 422, "secret")]).await;
    let path = format!("/api/v1/channels/{}", made["id"].as_str().unwrap());
    let cases = [
        (json!({"name": ""}), 422, "name"),
        (json!({"url": "http://"}), 422, "url"),
        (json!({"kinds": []}), 422, "kinds"),
        (json!({"levels": []}), 422, "levels"),
        (json!({"secret": "mine"}), 422, "secret"),
        (json!({"kind": "slack"}), 422, "kind"),
    ];
    refuse_all(&api, "PATCH", &path, &cases).await;
}
