//! Limits that are nearly used up: recorded with the decision, once, and told to the right people.

use crate::{browser::Browser, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

const SETTINGS: &str = "/api/v1/alert-settings";
const PAGE: &str = "/settings/alerts";
const OURS: &str = "http://allot.test";

/// What limits reached, oldest first: level and threshold.
async fn reached(api: &Api) -> Vec<(String, i64)> {
    api.service.tell().await.unwrap();
    let alerts = api.call("GET", "/api/v1/alerts", Value::Null).await.expect(200);
    let alerts = alerts["alerts"].as_array().unwrap().iter().rev();
    let told = |alert: &Value| {
        let scope = alert["scope"].as_str().unwrap().to_owned();
        (scope, alert["threshold"].as_i64().unwrap())
    };
    alerts.map(told).collect()
}

fn of(scope: &str, thresholds: &[i64]) -> Vec<(String, i64)> {
    thresholds.iter().map(|threshold| (scope.to_owned(), *threshold)).collect()
}

/// Who was told of how much, by email.
async fn told(api: &Api) -> Vec<(String, i64)> {
    api.service.tell().await.unwrap();
    let rows = sqlx::query_as(
        "SELECT m.email, count(*) FROM notifications JOIN members m USING (organization_id, member_id)
        GROUP BY m.email ORDER BY m.email",
    );
    rows.fetch_all(&api.pool).await.unwrap()
}

fn settings(organization: &Value, members: &Value) -> Value {
    let subtenants = json!({"thresholds": [80, 95], "administrators": false, "concerned": true});
    json!({"organization": organization, "subtenants": subtenants, "members": members})
}

#[sqlx::test(migrations = "../migrations")]
async fn each_threshold_is_told_once_whoever_uses_on_whatever_server(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let other = api.another_server();
    for step in 0..100 {
        let server = if step % 2 == 0 { &api } else { &other };
        server.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    }
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(reached(&api).await, of("organization", &[80, 95, 100]));
    assert_eq!(told(&api).await, [("ann@acme.test".to_owned(), 3)]);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn requests_that_come_together_are_told_of_once(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let other = api.another_server();
    let requests = (0..120).map(|step| {
        let server = if step % 3 == 0 { &other } else { &api };
        server.consume("ann@acme.test", "prospect_search", 1)
    });
    let answers = futures_util::future::join_all(requests).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 100);
    let (one, two) = tokio::join!(api.service.tell(), other.service.tell());
    assert_eq!(one.unwrap() + two.unwrap(), 3, "each is told by one of the servers");
    assert_eq!(reached(&api).await, of("organization", &[80, 95, 100]));
    assert_eq!(told(&api).await, [("ann@acme.test".to_owned(), 3)]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refund_tells_nothing_again_and_a_raise_does(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 100})).await;
    let used = api.consume("bob@acme.test", "prospect_search", 85).await.expect(200);
    let refund = json!({"consumption_id": used["consumption_id"], "quantity": 50});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    api.consume("bob@acme.test", "prospect_search", 50).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[80]));
    api.member_limit(&id, json!({"kind": "credits", "amount": 200})).await;
    api.consume("bob@acme.test", "prospect_search", 75).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[80, 80]));
    api.consume("bob@acme.test", "prospect_search", 40).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[80, 80, 100]));
    assert_eq!(told(&api).await, [("bob@acme.test".to_owned(), 3)]);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_period_tells_anew(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 10})).await;
    api.consume("bob@acme.test", "prospect_search", 9).await.expect(200);
    api.set_time("2026-12-02T00:00:00Z").await;
    api.consume("bob@acme.test", "prospect_search", 7).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[80]));
    api.consume("bob@acme.test", "prospect_search", 1).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[80, 80]));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_limit_lowered_below_what_is_used_is_told_at_the_next_denial(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 100})).await;
    api.consume("bob@acme.test", "prospect_search", 50).await.expect(200);
    api.member_limit(&id, json!({"kind": "credits", "amount": 40})).await;
    let other = api.another_server();
    for server in [&api, &other, &api, &other] {
        server.consume("bob@acme.test", "prospect_search", 1).await.expect(429);
    }
    assert_eq!(reached(&api).await, of("member", &[100]));
}

#[sqlx::test(migrations = "../migrations")]
async fn held_credits_count_and_a_release_tells_nothing(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 10})).await;
    let hold = json!({"member": "bob@acme.test", "operation": "prospect_search", "quantity": 10});
    let held = api.call("POST", "/api/v1/reservations", hold).await.expect(201);
    assert_eq!(reached(&api).await, of("member", &[100]));
    let path = format!("/api/v1/reservations/{}/release", held["reservation_id"].as_str().unwrap());
    api.call("POST", &path, Value::Null).await.expect(200);
    api.consume("bob@acme.test", "prospect_search", 10).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[100]));
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_is_told_of_a_check_or_an_import(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 10})).await;
    let request =
        json!({"member": "bob@acme.test", "operation": "prospect_search", "quantity": 10});
    api.call("POST", "/api/v1/check", request).await.expect(200);
    let event = json!({"specversion": "1.0", "type": "allot.usage", "source": "/crm", "id": "1",
        "time": "2026-11-20T09:00:00Z", "subject": "bob@acme.test",
        "data": {"operation": "prospect_search", "quantity": 9}});
    api.call("POST", "/api/v1/usage/import", json!({"events": [event]})).await.expect(200);
    assert_eq!(reached(&api).await, []);
    api.consume("bob@acme.test", "prospect_search", 1).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[100]));
}

#[sqlx::test(migrations = "../migrations")]
async fn who_is_told_is_as_it_is_set(pool: PgPool) {
    let api = Api::new(pool).await;
    let (bob, eve) = (api.member("bob@acme.test").await, api.member("eve@acme.test").await);
    let organization = json!({"thresholds": [], "administrators": false, "people": [eve]});
    let members =
        json!({"thresholds": [50], "administrators": true, "concerned": false, "people": []});
    let own = json!({"meter": "credits", "member": bob, "thresholds": [10, 20]});
    let mut all = settings(&organization, &members);
    all["overrides"] = json!([own]);
    let saved = api.call("PUT", SETTINGS, all).await.expect(200);
    assert_eq!(
        (saved["version"].as_i64(), &saved["overrides"][0]["thresholds"]),
        (Some(1), &json!([10, 20]))
    );
    api.limit(json!(100)).await;
    for id in [&bob, &eve] {
        api.member_limit(id, json!({"kind": "credits", "amount": 50})).await;
    }
    api.consume("bob@acme.test", "prospect_search", 10).await.expect(200);
    api.consume("eve@acme.test", "prospect_search", 25).await.expect(200);
    assert_eq!(reached(&api).await, of("member", &[20, 50]));
    assert_eq!(told(&api).await, [("ann@acme.test".to_owned(), 2)]);
    api.consume("bob@acme.test", "prospect_search", 40).await.expect(200);
    api.consume("eve@acme.test", "prospect_search", 25).await.expect(200);
    let later = reached(&api).await.split_off(2);
    let member = || of("member", &[100]);
    assert_eq!(later, [member(), of("organization", &[100]), member()].concat());
    let told = told(&api).await;
    assert_eq!(told, [("ann@acme.test".to_owned(), 4), ("eve@acme.test".to_owned(), 1)]);
}

#[sqlx::test(migrations = "../migrations")]
async fn settings_that_make_no_sense_are_refused_whole(pool: PgPool) {
    let api = Api::new(pool).await;
    let good = json!({"thresholds": [80], "administrators": true});
    let nobody = uuid::Uuid::nil();
    let with = |thresholds: Value| {
        settings(&json!({"thresholds": thresholds, "administrators": true}), &good)
    };
    let mut unknown_person = settings(&good, &good);
    unknown_person["members"]["people"] = json!([nobody]);
    let mut unknown_limit = settings(&good, &good);
    unknown_limit["overrides"] = json!([{"meter": "credits", "member": nobody, "thresholds": [5]}]);
    let mut unknown_meter = settings(&good, &good);
    unknown_meter["overrides"] = json!([{"meter": "faxes", "thresholds": [5]}]);
    let cases = [
        (with(json!([0])), "organization.thresholds"),
        (with(json!([101])), "organization.thresholds"),
        (with(json!([80, 80])), "organization.thresholds"),
        (with(json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])), "organization.thresholds"),
        (with(json!("80")), "organization.thresholds"),
        (unknown_person, "members.people"),
        (unknown_limit, "overrides.0.member"),
        (unknown_meter, "overrides.0.meter"),
    ];
    for (body, field) in cases {
        let problem = api.call("PUT", SETTINGS, body).await.expect(422);
        assert_eq!(problem["field"], field, "{problem}");
    }
    assert_eq!(api.count("SELECT count(*) FROM alert_settings").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stale_edit_of_the_settings_is_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let level = json!({"thresholds": [80], "administrators": true});
    let mut edit = settings(&level, &level);
    edit["version"] = json!(0);
    api.call("PUT", SETTINGS, edit.clone()).await.expect(200);
    edit["weekly_digest"] = json!(true);
    let problem = api.call("PUT", SETTINGS, edit.clone()).await.expect(409);
    assert_eq!(problem["current"]["version"], 1);
    let headers = [("if-match", "\"0\"")];
    let key = &api.organization.api_key;
    api.call_as(key, "PUT", SETTINGS, edit.clone(), &headers).await.expect(412);
    let headers = [("if-match", "\"1\"")];
    api.call_as(key, "PUT", SETTINGS, edit, &headers).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_works_without_javascript(pool: PgPool) {
    let api = Api::new(pool).await;
    api.member("bob@acme.test").await;
    let mut browser = Browser::signed_in(&api).await;
    let page = browser.get(PAGE).await.expect(200).to_string();
    assert!(
        page.contains("80, 95") && page.contains("No limit has reached a threshold yet"),
        "{page}"
    );
    let form = "organization[thresholds]=70&organization[administrators]=true\
        &organization[people]=bob%40acme.test&subtenants[thresholds]=80&members[thresholds]=\
        &members[concerned]=true&weekly_digest=true&version=0";
    let reply = browser.post("/actions/save_alerts", form, OURS).await;
    assert_eq!(reply.header("location"), Some("/settings/alerts?saved=alerts"));
    let saved = api.call("GET", SETTINGS, Value::Null).await.expect(200);
    assert_eq!(saved["organization"]["thresholds"], json!([70]));
    assert_eq!(saved["members"]["thresholds"], json!([]));
    assert_eq!(saved["weekly_digest"], true);

    let own = "subtenant=&member=bob%40acme.test&meter=credits&own_thresholds=50&version=1";
    browser.post("/actions/set_limit_thresholds", own, OURS).await;
    let page = browser.get(PAGE).await.expect(200).to_string();
    assert!(page.contains("50 %"), "{page}");
    browser.post("/actions/remove_limit_thresholds", "place=0&version=2", OURS).await;
    let saved = api.call("GET", SETTINGS, Value::Null).await.expect(200);
    assert_eq!((&saved["overrides"], &saved["version"]), (&json!([]), &json!(3)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_wrong_threshold_comes_back_at_its_field(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let form =
        "organization[thresholds]=120&subtenants[thresholds]=80&members[thresholds]=80&version=0";
    let reply = browser.post("/actions/save_alerts", form, OURS).await;
    let back = reply.header("location").unwrap().to_owned();
    let query = back.split_once('?').unwrap().1;
    let page = browser.get(&format!("{PAGE}?{query}")).await.expect(200).to_string();
    assert!(page.contains("Must be between 1 and 100."), "{page}");
    assert!(page.contains(r#"value=\"120\""#), "what was typed is still there");
    assert_eq!(api.count("SELECT count(*) FROM alert_settings").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_somebody_was_told_is_theirs_alone_and_can_be_read(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(10)).await;
    api.consume("ann@acme.test", "prospect_search", 10).await.expect(200);
    api.service.tell().await.unwrap();
    let mut browser = Browser::signed_in(&api).await;
    assert_eq!(browser.call("/actions/unread_notifications", "").await.expect(200), 1);
    let page = browser.get("/notifications").await.expect(200).to_string();
    assert!(page.contains("Mark all as read") && page.contains("1 new"), "{page}");
    browser.post("/actions/read_notifications", "", OURS).await;
    assert_eq!(browser.call("/actions/unread_notifications", "").await.expect(200), 0);
    let page = browser.get("/notifications").await.expect(200).to_string();
    assert!(!page.contains("Mark all as read"), "{page}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_test_email_says_why_it_did_not_leave(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let page = browser.get(PAGE).await.expect(200).to_string();
    assert!(page.contains("This installation sends no email"), "{page}");
    let refused = browser.call("/actions/try_mail", "").await.expect(422);
    assert_eq!(refused["message"], "No mail server is configured.");
}
