//! The life of channels: their secrets, edits, tests, and the page *Webhooks*.

use crate::{
    browser::Browser,
    deliveries::channel,
    receiver::{Mood, Receiver},
    support::Api,
};
use serde_json::{Value, json};
use sqlx::PgPool;

const CHANNELS: &str = "/api/v1/channels";
const PAGE: &str = "/settings/webhooks";
const OURS: &str = "http://allot.test";

fn webhook(name: &str) -> Value {
    json!({"name": name, "kind": "webhook", "url": "http://127.0.0.1:9/hook?token=abc",
        "kinds": ["limit.reached"], "levels": ["organization"]})
}

#[sqlx::test(migrations = "../migrations")]
async fn the_secret_of_a_webhook_is_shown_once_and_stored_encrypted(pool: PgPool) {
    let api = Api::new(pool).await;
    let created = api.post_once("first", CHANNELS, webhook("Ops")).await.expect(201);
    let secret = created["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{secret}");
    let path = format!("{CHANNELS}/{}", created["id"].as_str().unwrap());
    let read = api.call("GET", &path, Value::Null).await.expect(200);
    assert_eq!((&read["secret"], &read["signed"]), (&Value::Null, &json!(true)));
    // The same request under its key is answered the same, although the secret is not kept with it.
    let again = api.post_once("first", CHANNELS, webhook("Ops")).await.expect(201);
    assert_eq!((&again["id"], &again["secret"]), (&created["id"], &created["secret"]));
    let renew = format!("{path}/secret");
    let renewed = api.post_once("second", &renew, Value::Null).await.expect(201);
    assert_ne!(renewed["secret"], created["secret"]);
    let again = api.post_once("second", &renew, Value::Null).await.expect(201);
    assert_eq!(again["secret"], renewed["secret"]);
    let plain = api
        .count(
            "SELECT count(*) FROM (
                SELECT c::text AS row FROM channels c UNION ALL SELECT i::text FROM idempotency_keys i
                UNION ALL SELECT a::text FROM audit_log a
            ) rows WHERE strpos(row, 'whsec_') > 0
                OR strpos(row, encode('whsec_', 'hex')) > 0",
        )
        .await;
    assert_eq!(plain, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_address_of_a_chat_is_never_shown(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"name": "Team", "kind": "feishu", "url": "http://127.0.0.1:9/bot/v2/hook/k3y",
        "secret": "s3cret", "kinds": ["digest.weekly"]});
    let created = api.call("POST", CHANNELS, body).await.expect(201);
    assert_eq!(created["url"], "http://127.0.0.1:9/…");
    assert_eq!((&created["secret"], &created["signed"]), (&Value::Null, &json!(true)));
    let path = format!("{CHANNELS}/{}", created["id"].as_str().unwrap());
    let open = api.call("PATCH", &path, json!({"secret": null})).await.expect(200);
    assert_eq!(open["signed"], false);
    for path in [CHANNELS, "/api/v1/audit"] {
        let shown = api.call("GET", path, Value::Null).await.expect(200).to_string();
        assert!(!shown.contains("k3y") && !shown.contains("s3cret"), "{shown}");
    }
    let mut ann = Browser::signed_in(&api).await;
    let page = ann.get(&format!("{PAGE}?channel={}", created["id"].as_str().unwrap())).await;
    assert!(!page.body.as_str().unwrap().contains("k3y"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stale_edit_is_refused_with_the_current_values(pool: PgPool) {
    let api = Api::new(pool).await;
    let created = api.call("POST", CHANNELS, webhook("Ops")).await.expect(201);
    let path = format!("{CHANNELS}/{}", created["id"].as_str().unwrap());
    let edit = json!({"name": "Duty", "kinds": ["limit.reached", "report.monthly"], "version": 1});
    let edited = api.call("PATCH", &path, edit.clone()).await.expect(200);
    assert_eq!((&edited["name"], &edited["version"]), (&json!("Duty"), &json!(2)));
    assert_eq!(edited["kinds"], json!(["limit.reached", "report.monthly"]));
    let stale = api.call("PATCH", &path, edit).await.expect(409);
    assert_eq!((&stale["code"], &stale["current"]["name"]), (&json!("STALE"), &json!("Duty")));
    let key = &api.organization.api_key;
    let old = [("if-match", "\"1\"")];
    api.call_as(key, "DELETE", &path, Value::Null, &old).await.expect(412);
    let now = [("if-match", "\"2\"")];
    api.call_as(key, "DELETE", &path, Value::Null, &now).await.expect(204);
    api.call("GET", &path, Value::Null).await.expect(404);
    let log = api.call("GET", "/api/v1/audit", Value::Null).await.expect(200);
    let log: Vec<&str> = log["entries"].as_array().unwrap()[..3]
        .iter()
        .map(|entry| entry["summary"].as_str().unwrap())
        .collect();
    assert_eq!(
        log,
        ["Removed the channel Duty", "Changed the channel Duty", "Added the channel Ops"]
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn there_are_at_most_fifty_channels(pool: PgPool) {
    let api = Api::new(pool).await;
    for number in 0..50 {
        api.call("POST", CHANNELS, webhook(&format!("Channel {number}"))).await.expect(201);
    }
    let refused = api.call("POST", CHANNELS, webhook("One more")).await.expect(422);
    assert_eq!(refused["field"], "name");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_test_is_answered_at_once(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    let id = channel(&api, "Ops", "webhook", &receiver.url).await;
    let path = format!("{CHANNELS}/{id}/test");
    let tried = api.call("POST", &path, Value::Null).await.expect(200);
    assert_eq!(tried, json!({"delivered": true, "error": null}));
    assert_eq!(receiver.next().await.body["type"], "channel.test");

    receiver.is(Mood::Status(500));
    let tried = api.call("POST", &path, Value::Null).await.expect(200);
    assert!(tried["error"].as_str().unwrap().contains("500"), "{tried}");
    let channel = api.call("GET", &format!("{CHANNELS}/{id}"), Value::Null).await.expect(200);
    assert_eq!(channel["error"], tried["error"]);
    receiver.count();

    // Where it arrives, what has waited for the channel follows.
    api.consume("ann@acme.test", "prospect_search", 80).await.expect(200);
    api.service.tell().await.unwrap();
    api.service.deliver().await.unwrap();
    assert_eq!(receiver.count(), 1);
    receiver.is(Mood::Status(204));
    api.call("POST", &path, Value::Null).await.expect(200);
    api.service.deliver().await.unwrap();
    assert_eq!(receiver.next().await.body["type"], "channel.test");
    assert_eq!(receiver.next().await.body["type"], "limit.reached");
}

#[sqlx::test(migrations = "../migrations")]
async fn channels_are_added_tried_and_removed_without_javascript(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut receiver = Receiver::new().await;
    let mut ann = Browser::signed_in(&api).await;
    let empty = ann.get(PAGE).await;
    assert!(empty.body.as_str().unwrap().contains("No channel yet"));
    let url = receiver.url.replace(':', "%3A").replace('/', "%2F");
    let form = format!(
        "name=Ops+%3Cb%3E&kind=webhook&url={url}&language=de\
        &carried[limit_reached]=true&carried[member]=true"
    );
    let added = ann.post("/actions/add_channel", &form, OURS).await;
    let shown = added.header("location").unwrap().to_owned();
    let page = ann.get(&shown).await;
    let page = page.body.as_str().unwrap();
    assert!(page.contains("whsec_") && page.contains("Ops &lt;b&gt;"), "{page}");
    assert!(!ann.get(&shown).await.body.as_str().unwrap().contains("whsec_"), "once");

    let id = api.call("GET", CHANNELS, Value::Null).await.expect(200)["channels"][0]["id"].clone();
    let id = id.as_str().unwrap();
    let tried = ann.post("/actions/try_channel", &format!("channel={id}"), OURS).await;
    let page = ann.get(tried.header("location").unwrap()).await;
    assert!(page.body.as_str().unwrap().contains("The test arrived."));
    assert_eq!(receiver.count(), 1);

    // What is wrong is said at its field, and nothing that was typed is lost.
    let wrong = format!("channel={id}&version=1&name=Renamed&language=en&enabled=true");
    let refused = ann.post("/actions/edit_channel", &wrong, OURS).await;
    let page = ann.get(refused.header("location").unwrap()).await;
    assert!(page.status == 200, "{}", page.body);
    let form = format!("{wrong}&carried[weekly_digest]=true");
    ann.post("/actions/edit_channel", &form, OURS).await;
    let channel = api.call("GET", &format!("{CHANNELS}/{id}"), Value::Null).await.expect(200);
    assert_eq!(
        (&channel["name"], &channel["kinds"]),
        (&json!("Renamed"), &json!(["digest.weekly"]))
    );

    let form = format!("channel={id}&version=2");
    let renewed = ann.post("/actions/renew_channel_secret", &form, OURS).await;
    let page = ann.get(renewed.header("location").unwrap()).await;
    assert!(page.body.as_str().unwrap().contains("whsec_"));
    ann.post("/actions/remove_channel", &format!("channel={id}&version=3"), OURS).await;
    let list = api.call("GET", CHANNELS, Value::Null).await.expect(200);
    assert_eq!(list["channels"], json!([]));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_not_delivered_is_sent_again_from_the_page_alerts(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    receiver.is(Mood::Status(410));
    channel(&api, "Ops", "webhook", &receiver.url).await;
    api.consume("ann@acme.test", "prospect_search", 80).await.expect(200);
    api.service.tell().await.unwrap();
    api.service.deliver().await.unwrap();
    let mut ann = Browser::signed_in(&api).await;
    let page = ann.get("/settings/alerts").await;
    let page = page.body.as_str().unwrap();
    assert!(page.contains("Send again") && page.contains("410"), "{page}");
    let id = page.split("name=\"delivery\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    receiver.is(Mood::Status(204));
    ann.post("/actions/send_again", &format!("delivery={id}"), OURS).await;
    api.service.deliver().await.unwrap();
    assert_eq!(receiver.count(), 2);
    let page = ann.get("/settings/alerts").await;
    assert!(!page.body.as_str().unwrap().contains("Send again"));
}
