//! What operators do to organizations, by API and in their console.

use crate::{
    browser::Browser,
    support::{Api, create},
};
use serde_json::{Value, json};
use sqlx::PgPool;

const ORGANIZATIONS: &str = "/api/v1/operator/organizations";
const OURS: &str = "http://allot.test";

/// The path of the organization of the tests.
fn path(api: &Api) -> String {
    format!("{ORGANIZATIONS}/{}", api.organization.id)
}

#[sqlx::test(migrations = "../migrations")]
async fn organizations_are_listed_searched_and_filtered(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let list = async |query: &str| {
        let path = format!("{ORGANIZATIONS}{query}");
        api.call_as(&key, "GET", &path, Value::Null, &[]).await.expect(200)
    };
    let other = create(&api.service, "team", "eve@other.test").await;
    let rename = json!({"name": "zebra"});
    let theirs = format!("{ORGANIZATIONS}/{}", other.id);
    api.call_as(&key, "PATCH", &theirs, rename, &[]).await.expect(200);
    api.consume("ann@acme.test", "prospect_search", 40).await.expect(200);

    let all = list("").await;
    assert_eq!(all["next_cursor"], Value::Null);
    let [acme, zebra] = [&all["organizations"][0], &all["organizations"][1]];
    assert_eq!((&acme["name"], &zebra["name"]), (&json!("Acme"), &json!("zebra")));
    assert_eq!((&acme["allowance_used"], &acme["members"]), (&json!(40), &json!(1)));
    assert_eq!((&zebra["allowance_used"], &zebra["plan"]), (&json!(0), &json!("team")));
    for (query, found) in [
        ("?search=ZEB", 1),
        ("?search=ann@acme.test", 1),
        ("?search=%25", 0),
        ("?plan=team", 1),
        ("?plan=starter", 0),
        ("?status=suspended", 0),
        (&format!("?search={}", other.id), 1),
    ] {
        let listed = list(query).await["organizations"].as_array().unwrap().len();
        assert_eq!(listed, found, "{query}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn fifty_organizations_are_one_part_of_the_list(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    api.sql(
        "INSERT INTO organizations (organization_id, name, plan_code, currency, time_zone, created_at)
        SELECT gen_random_uuid(), 'Same name', 'team', 'EUR', 'UTC', now() FROM generate_series(1, 60)",
    )
    .await;
    let mut seen = std::collections::HashSet::new();
    let mut parts = Vec::new();
    let mut query = String::new();
    loop {
        let path = format!("{ORGANIZATIONS}{query}");
        let part = api.call_as(&key, "GET", &path, Value::Null, &[]).await.expect(200);
        let rows = part["organizations"].as_array().unwrap();
        parts.push(rows.len());
        seen.extend(rows.iter().map(|row| row["id"].to_string()));
        let Some(cursor) = part["next_cursor"].as_str() else { break };
        query = format!("?cursor={cursor}");
    }
    assert_eq!((parts, seen.len()), (vec![50, 11], 61), "none twice, none left out");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_organization_is_made_once_under_one_key(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let body = json!({"name": "New", "plan": "team", "time_zone": "Europe/Berlin",
        "currency": "EUR", "admin": "nia@new.test"});
    let make = async |body: Value| {
        api.call_as(&key, "POST", ORGANIZATIONS, body, &[("idempotency-key", "new")]).await
    };
    let first = make(body.clone()).await.expect(201);
    let again = make(body.clone()).await.expect(201);
    assert_eq!(first["organization_id"], again["organization_id"]);
    assert_ne!(first["api_key"], again["api_key"], "the first is kept nowhere");
    for made in [&first, &again] {
        let api_key = made["api_key"].as_str().unwrap();
        let usage = api.call_as(api_key, "GET", "/api/usage", Value::Null, &[]).await;
        assert_eq!(usage.expect(200)["quota_total"], 5_000);
        let link = made["sign_in_url"].as_str().unwrap();
        let path = link.strip_prefix("http://127.0.0.1:3000").expect("the server's own address");
        assert_eq!(Browser::new(&api).get(path).await.header("location"), Some("/"));
    }
    let other = json!({"name": "Other", "plan": "team", "admin": "nia@new.test"});
    assert_eq!(make(other).await.expect(422)["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(api.count("SELECT count(*) FROM organizations").await, 2);
    assert_eq!(api.count("SELECT count(*) FROM members WHERE email = 'nia@new.test'").await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_suspended_neither_sign_in_nor_use_anything_until_resumed(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let mut ann = Browser::signed_in(&api).await;
    let set = async |status: &str| {
        let body = json!({"status": status});
        api.call_as(&key, "PATCH", &path(&api), body, &[]).await.expect(200)
    };
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    assert_eq!(set("suspended").await["status"], "suspended");
    let refused = api.consume("ann@acme.test", "prospect_search", 1).await.expect(403);
    assert_eq!(refused["code"], "ORGANIZATION_SUSPENDED");
    for (method, path) in [("GET", "/api/usage"), ("POST", "/api/v1/subtenants")] {
        let refused = api.call(method, path, json!({"name": "North"})).await.expect(403);
        assert_eq!(refused["code"], "ORGANIZATION_SUSPENDED", "{path}");
    }
    assert_eq!(ann.get("/my-usage").await.header("location"), Some("/login"));
    assert_eq!(set("active").await["status"], "active");
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    assert_eq!(ann.get("/my-usage").await.status, 200);

    // Nothing changes, and nothing is said to have changed.
    set("active").await;
    let said =
        "SELECT count(*) FROM audit_log WHERE actor_kind = 'operator' AND actor_id IS NOT NULL
        AND action IN ('organization.suspended', 'organization.resumed')";
    assert_eq!(api.count(said).await, 2);
    assert_eq!(
        api.count(
            "SELECT count(*) FROM operator_log WHERE operator_id IS NOT NULL AND
        action LIKE 'organization.%'"
        )
        .await,
        2
    );
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stale_edit_of_an_operator_is_refused_with_the_current_values(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let read = api.call_as(&key, "GET", &path(&api), Value::Null, &[]).await;
    let tag = read.header("etag").unwrap().to_owned();
    let version = read.expect(200)["version"].clone();
    let rename = json!({"name": "Ours"});
    api.call_as(&key, "PATCH", &path(&api), rename, &[("if-match", &tag)]).await.expect(200);
    let suspend = json!({"status": "suspended"});
    let stale = api.call_as(&key, "PATCH", &path(&api), suspend, &[("if-match", &tag)]).await;
    let stale = stale.expect(412);
    assert_eq!((&stale["code"], &stale["current"]["name"]), (&json!("STALE"), &json!("Ours")));
    let in_body = json!({"status": "suspended", "version": version});
    api.call_as(&key, "PATCH", &path(&api), in_body, &[]).await.expect(409);
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pack_is_granted_once_under_one_key(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let packs = format!("{}/packs", path(&api));
    let grant = async |body: Value| {
        api.call_as(&key, "POST", &packs, body, &[("idempotency-key", "p")]).await
    };
    let body = json!({"credits": 200, "ends": "2027-01-31"});
    let first = grant(body.clone()).await.expect(201);
    assert_eq!(first["ends_at"], "2027-01-31T23:00:00Z", "the last day ends in Berlin");
    assert_eq!(grant(body).await.expect(201), first);
    grant(json!({"credits": 300})).await.expect(422);
    // The organization's own key of that name is another one.
    api.post_once("p", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    let listed = api.call_as(&key, "GET", &packs, Value::Null, &[]).await.expect(200);
    let listed = listed["packs"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["remaining"], &listed[0]["ended"]), (&json!(200), &json!(false)));
    assert_eq!(api.usage().await["credits_remaining"], 200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_operator_who_was_disabled_is_out_at_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let mut browser = Browser::operating(&api).await;
    assert_eq!(browser.get("/operator/organizations").await.status, 200);
    let operator = service::Operator::command_line();
    for email in ["op@allot.test", "console@allot.test"] {
        api.service.disable_operator(&operator, &email.parse().unwrap()).await.unwrap();
    }
    api.call_as(&key, "GET", ORGANIZATIONS, Value::Null, &[]).await.expect(401);
    let page = browser.get("/operator/organizations").await;
    assert_eq!(page.header("location"), Some("/operator/login"));
}

#[sqlx::test(migrations = "../migrations")]
async fn operators_sign_in_by_password_and_guessing_is_slowed_down(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::operating(&api).await;
    let form = "current=&new=correct+horse+battery";
    assert_eq!(browser.post("/actions/operator_set_password", form, OURS).await.status, 302);
    let mut other = Browser::new(&api);
    let login = |password: &str| format!("email=console%40allot.test&password={password}");
    let good = login("correct+horse+battery");
    let reply = other.post("/actions/operator_login", &good, OURS).await;
    assert_eq!(reply.header("location"), Some("/operator/organizations"));
    assert_eq!(other.get("/operator/account").await.status, 200);
    other.post("/actions/operator_logout", "", OURS).await;
    assert_eq!(other.get("/operator/account").await.status, 302);
    // Whoever guesses as a customer does not lock the operator out.
    for _ in 0..10 {
        other.post("/actions/login", &login("wrong"), OURS).await;
    }
    other.post("/actions/operator_login", &good, OURS).await;
    assert_eq!(other.get("/operator/account").await.status, 200);
    for _ in 0..10 {
        other.post("/actions/operator_login", &login("wrong"), OURS).await;
    }
    let mut third = Browser::new(&api);
    third.post("/actions/operator_login", &good, OURS).await;
    assert_eq!(third.get("/operator/account").await.status, 302, "it has to wait too");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_is_a_customers_or_an_operators_and_never_both(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut ann = Browser::signed_in(&api).await;
    for path in ["/operator/organizations", "/operator/plans", "/operator/rate-card"] {
        assert_eq!(ann.get(path).await.header("location"), Some("/operator/login"), "{path}");
    }
    let mut operator = Browser::operating(&api).await;
    assert_eq!(operator.get("/operator").await.header("location"), Some("/operator/organizations"));
    for path in ["/", "/enterprise/quota-management", "/my-usage", "/account"] {
        assert_eq!(operator.get(path).await.header("location"), Some("/login"), "{path}");
    }
    // Signing in as the other ends the one.
    let link = api.operator_link("second@allot.test").await;
    ann.get(&link).await;
    assert_eq!(ann.get("/operator/organizations").await.status, 200);
    assert_eq!(ann.get("/my-usage").await.header("location"), Some("/login"));
    assert_eq!(ann.get(&link).await.header("location"), Some("/operator/login?link=used"));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_console_makes_an_organization_and_shows_its_secrets_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut operator = Browser::operating(&api).await;
    let form = "name=New+%3Cb%3E&plan=team&time_zone=UTC&currency=eur&admin=nia%40new.test";
    let made = operator.post("/actions/operator_create_organization", form, OURS).await;
    let page = made.header("location").unwrap().to_owned();
    let shown = operator.get(&page).await;
    let html = shown.body.as_str().unwrap();
    assert!(html.contains("/sign-in/") && html.contains("allot_"), "the secrets are shown");
    assert!(html.contains("New &lt;b&gt;") && !html.contains("New <b>"), "text stays text");
    let again = operator.get(&page).await;
    assert!(!again.body.as_str().unwrap().contains("/sign-in/"), "once");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_of_an_organization_says_what_another_plan_changes(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(10_000)).await;
    let mut operator = Browser::operating(&api).await;
    let page = format!("/operator/organizations/{}", api.organization.id);
    let html = operator.get(&format!("{page}?plan=starter")).await.body;
    let html = html.as_str().unwrap();
    for said in ["200,000", "more than this plan provides", "Change plan"] {
        assert!(html.contains(said), "{said}");
    }
    let form = format!("id={}&version=1&plan=starter", api.organization.id);
    operator.post("/actions/operator_edit_organization", &form, OURS).await;
    assert_eq!(api.usage().await["quota_total"], 2_000);
    // The same form again is stale by now.
    let form = format!("id={}&version=1&status=suspended", api.organization.id);
    operator.post("/actions/operator_edit_organization", &form, OURS).await;
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    let html = operator.get("/operator/log").await.body;
    assert!(html.as_str().unwrap().contains("organization.plan_changed"));
    assert_eq!(operator.get("/operator/organizations/nothing").await.status, 422);
    let nobody = format!("/operator/organizations/{}", uuid::Uuid::from_u128(5));
    assert_eq!(operator.get(&nobody).await.status, 404);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_operators_did_is_listed_newest_first(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    for number in 0..55 {
        let change = json!({"name": format!("Acme {number}")});
        api.call_as(&key, "PATCH", &path(&api), change, &[]).await.expect(200);
    }
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let log = format!("/api/v1/operator/log{cursor}");
        let log = api.call_as(&key, "GET", &log, Value::Null, &[]).await.expect(200);
        listed.extend(log["entries"].as_array().unwrap().clone());
        let Some(next) = log["next_cursor"].as_str() else { break };
        cursor = format!("?cursor={next}");
    }
    assert_eq!(
        listed.len(),
        usize::try_from(api.count("SELECT count(*) FROM operator_log").await).unwrap()
    );
    let newest = &listed[0];
    assert_eq!(
        (&newest["before"]["name"], &newest["after"]["name"]),
        (&json!("Acme 53"), &json!("Acme 54"))
    );
    assert_eq!(newest["subject"], api.organization.id.to_string());
    assert!(newest["operator"].is_string() && newest["at"].is_string(), "{newest}");
    assert_eq!(listed.last().unwrap()["operator"], Value::Null, "the command line is nobody");
}
