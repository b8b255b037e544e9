//! What becomes of messages to channels: how often they are sent, what is tried again and what is not.

use crate::{
    receiver::{Mood, Receiver},
    support::{Api, NOON, at},
};
use channels::{Courier, CourierConfig};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{collections::HashSet, sync::Arc};

const CHANNELS: &str = "/api/v1/channels";
const DELIVERIES: &str = "/api/v1/deliveries";

/// A channel to a receiver, told of limits of the organization; its id.
pub(crate) async fn channel(api: &Api, name: &str, kind: &str, url: &str) -> String {
    let body = json!({"name": name, "kind": kind, "url": url, "kinds": ["limit.reached"],
        "levels": ["organization"]});
    let channel = api.call("POST", CHANNELS, body).await.expect(201);
    channel["id"].as_str().unwrap().to_owned()
}

/// Consumes one after the other, and so reaches the thresholds of a limit of 100.
async fn reach(api: &Api, percent: &[i64]) {
    let mut used = 0;
    for to in percent {
        api.consume("ann@acme.test", "prospect_search", to - used).await.expect(200);
        used = *to;
    }
    api.service.tell().await.unwrap();
}

async fn deliveries(api: &Api, state: &str) -> Vec<Value> {
    let path = format!("{DELIVERIES}?state={state}");
    let list = api.call("GET", &path, Value::Null).await.expect(200);
    list["deliveries"].as_array().unwrap().clone()
}

async fn later(api: &Api, seconds: i64) {
    api.clock.set(at(NOON) + TimeDelta::seconds(seconds));
    api.service.deliver().await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn each_threshold_is_told_to_each_channel_once(pool: PgPool) {
    let api = Arc::new(Api::new(pool).await);
    api.limit(json!(100)).await;
    let (mut first, mut second) = (Receiver::new().await, Receiver::new().await);
    channel(&api, "First", "webhook", &first.url).await;
    channel(&api, "Second", "slack", &second.url).await;
    reach(&api, &[79, 80, 81, 95, 100]).await;
    // Two servers look for work at the same time.
    let other = api.another_server();
    let (one, two) = tokio::join!(api.service.deliver(), other.service.deliver());
    assert_eq!(one.unwrap() + two.unwrap(), 6);
    assert_eq!(second.count(), 3);
    let mut told = HashSet::new();
    for threshold in [80, 95, 100] {
        let got = first.next().await;
        assert_eq!(got.body["type"], "limit.reached");
        assert_eq!(got.body["data"]["threshold"], threshold);
        assert!(told.insert(got.id()));
    }
    assert_eq!(first.count(), 0);
    assert_eq!(deliveries(&api, "delivered").await.len(), 6);
    // Whoever asks again finds nothing to do.
    api.service.tell().await.unwrap();
    assert_eq!(api.service.deliver().await.unwrap(), 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_channel_gets_what_it_carries_while_it_is_switched_on(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    let id = channel(&api, "Ops", "webhook", &receiver.url).await;
    let path = format!("{CHANNELS}/{id}");
    api.call("PATCH", &path, json!({"levels": ["member"]})).await.expect(200);
    reach(&api, &[80]).await;
    api.call("PATCH", &path, json!({"levels": ["organization"], "enabled": false}))
        .await
        .expect(200);
    api.consume("ann@acme.test", "prospect_search", 15).await.expect(200);
    api.service.tell().await.unwrap();
    assert_eq!(api.service.deliver().await.unwrap(), 0);
    api.call("PATCH", &path, json!({"enabled": true})).await.expect(200);
    api.consume("ann@acme.test", "prospect_search", 5).await.expect(200);
    api.service.tell().await.unwrap();
    assert_eq!(api.service.deliver().await.unwrap(), 1);
    assert_eq!(receiver.next().await.body["data"]["threshold"], 100);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_waits_for_a_channel_that_is_switched_off_is_given_up(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    let id = channel(&api, "Ops", "webhook", &receiver.url).await;
    reach(&api, &[80]).await;
    let path = format!("{CHANNELS}/{id}");
    api.call("PATCH", &path, json!({"enabled": false})).await.expect(200);
    api.service.deliver().await.unwrap();
    assert_eq!(receiver.count(), 0);
    let given_up = &deliveries(&api, "undelivered").await[0];
    assert_eq!(given_up["error"], "The channel is switched off.");
    let channel = api.call("GET", &path, Value::Null).await.expect(200);
    assert_eq!((&channel["failures"], &channel["failed_at"]), (&json!(0), &Value::Null));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_dead_channel_costs_one_attempt_at_a_time_however_much_waits(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    receiver.is(Mood::Status(500));
    let id = channel(&api, "Ops", "webhook", &receiver.url).await;
    reach(&api, &[80, 95, 100]).await;
    later(&api, 0).await;
    assert_eq!(receiver.count(), 1);
    later(&api, 23).await;
    assert_eq!(receiver.count(), 0, "it rests for 30 seconds, less a fifth");
    later(&api, 37).await;
    assert_eq!(receiver.count(), 1);
    let path = format!("{CHANNELS}/{id}");
    let channel = api.call("GET", &path, Value::Null).await.expect(200);
    assert_eq!((&channel["failures"], &channel["waiting"]), (&json!(2), &json!(3)));
    assert!(channel["error"].as_str().unwrap().contains("500"), "{channel}");

    receiver.is(Mood::Status(200));
    later(&api, 37 + 145).await;
    assert_eq!(receiver.count(), 3, "it is alive, so all that waits follows");
    let channel = api.call("GET", &path, Value::Null).await.expect(200);
    assert_eq!((&channel["failures"], &channel["waiting"]), (&json!(0), &json!(0)));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_nobody_takes_for_a_day_is_given_up_and_can_be_sent_again(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    receiver.is(Mood::Status(503));
    channel(&api, "Ops", "webhook", &receiver.url).await;
    reach(&api, &[80, 95, 100]).await;
    let mut tries = 0;
    for hour in 0..40 {
        later(&api, hour * 3_600).await;
        tries += receiver.count();
    }
    let given_up = deliveries(&api, "undelivered").await;
    assert_eq!(given_up.len(), 3);
    assert!(tries < 12, "{tries} tries for three messages to one dead channel");
    assert!(given_up.iter().all(|of| of["error"].as_str().unwrap().contains("503")));

    receiver.is(Mood::Status(204));
    let id = given_up[0]["id"].as_str().unwrap();
    let path = format!("{DELIVERIES}/{id}/send");
    let again = api.call("POST", &path, Value::Null).await.expect(200);
    assert_eq!((&again["state"], &again["attempts"]), (&json!("waiting"), &json!(0)));
    // Asking twice is asking once.
    api.call("POST", &path, Value::Null).await.expect(200);
    api.service.deliver().await.unwrap();
    assert_eq!(receiver.next().await.id(), given_up[0]["event"].as_str().unwrap());
    let sent = api.call("GET", &format!("{DELIVERIES}/{id}"), Value::Null).await.expect(200);
    assert_eq!((&sent["state"], &sent["error"]), (&json!("delivered"), &Value::Null));
    assert_eq!(deliveries(&api, "undelivered").await.len(), 2);
    assert_eq!(receiver.count(), 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_channel_that_is_gone_is_not_tried_again(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    receiver.is(Mood::Status(410));
    channel(&api, "Ops", "webhook", &receiver.url).await;
    reach(&api, &[80]).await;
    later(&api, 0).await;
    later(&api, 3_600).await;
    assert_eq!(receiver.count(), 1);
    assert_eq!(deliveries(&api, "undelivered").await[0]["attempts"], 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_channel_that_asks_to_wait_is_let_wait(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut receiver = Receiver::new().await;
    receiver.is(Mood::Wait(429, 600));
    channel(&api, "Ops", "webhook", &receiver.url).await;
    reach(&api, &[80]).await;
    later(&api, 0).await;
    later(&api, 599).await;
    assert_eq!(receiver.count(), 1);
    later(&api, 601).await;
    assert_eq!(receiver.count(), 1);
}

/// As if a server had vanished while it sent a message.
async fn interrupt(api: &Api) {
    api.sql("UPDATE deliveries SET state = 'sending', attempts = 1, tried_at = due_at").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_interrupted_is_sent_again_to_programs_and_never_to_people(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let (mut program, mut team) = (Receiver::new().await, Receiver::new().await);
    channel(&api, "Program", "webhook", &program.url).await;
    channel(&api, "Team", "slack", &team.url).await;
    reach(&api, &[80]).await;
    interrupt(&api).await;
    api.service.deliver().await.unwrap();
    assert_eq!((program.count(), team.count()), (1, 0));
    let given_up = deliveries(&api, "undelivered").await;
    assert_eq!((given_up.len(), &given_up[0]["name"]), (1, &json!("Team")));
    assert!(given_up[0]["error"].as_str().unwrap().contains("may have arrived"));
    // Somebody who looks can send it again.
    let path = format!("{DELIVERIES}/{}/send", given_up[0]["id"].as_str().unwrap());
    api.call("POST", &path, Value::Null).await.expect(200);
    api.service.deliver().await.unwrap();
    assert_eq!(team.count(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_channel_that_hangs_holds_up_no_other(pool: PgPool) {
    let api = Arc::new(Api::new(pool).await);
    api.limit(json!(100)).await;
    let (mut hangs, mut works) = (Receiver::new().await, Receiver::new().await);
    hangs.is(Mood::Hangs);
    channel(&api, "Hangs", "webhook", &hangs.url).await;
    channel(&api, "Works", "webhook", &works.url).await;
    reach(&api, &[80]).await;
    let delivering = {
        let api = Arc::clone(&api);
        tokio::spawn(async move { api.service.keep_delivering().await })
    };
    hangs.next().await;
    works.next().await;
    // What happens meanwhile finds its way past it, too.
    api.consume("ann@acme.test", "prospect_search", 15).await.expect(200);
    api.service.tell().await.unwrap();
    works.next().await;
    assert_eq!(hangs.count(), 0, "one message at a time is on its way to it");
    let sending = deliveries(&api, "sending").await;
    assert_eq!(sending.iter().filter(|of| of["name"] == "Hangs").count(), 1);
    // A server that stops waits for it, but not for long.
    api.service.end_delivering();
    delivering.await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn messages_are_forgotten_long_after_they_ended(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let receiver = Receiver::new().await;
    channel(&api, "Ops", "webhook", &receiver.url).await;
    reach(&api, &[80]).await;
    api.service.deliver().await.unwrap();
    api.set_time("2027-02-19T11:59:00Z").await;
    assert_eq!(deliveries(&api, "delivered").await.len(), 1);
    api.set_time("2027-02-19T12:01:00Z").await;
    assert_eq!(deliveries(&api, "delivered").await.len(), 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn lists_of_deliveries_go_on_where_they_ended(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = channel(&api, "Ops", "webhook", "http://127.0.0.1:9/").await;
    sqlx::query(
        r#"WITH ids AS (SELECT gen_random_uuid() AS id FROM generate_series(1, 60)), e AS (
            INSERT INTO events (organization_id, event_id, kind, happened_at, news, told_at)
            SELECT $1, id, 'channel.test', now(),
                '{"type": "channel.test", "data": {"channel": "Ops"}}', now() FROM ids
        ), l AS (
            INSERT INTO lanes (organization_id, lane_id, channel_id, failures) VALUES ($1, $2, $2, 0)
        )
        INSERT INTO deliveries (organization_id, delivery_id, event_id, lane_id, state, queued_at,
            due_at, attempts, ended_at)
        SELECT $1, id, id, $2, 'delivered', now(), now(), 1, now() FROM ids"#,
    )
    .bind(api.organization.id.0)
    .bind(id.parse::<uuid::Uuid>().unwrap())
    .execute(&api.pool)
    .await
    .unwrap();
    let first = api.call("GET", DELIVERIES, Value::Null).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("{DELIVERIES}?cursor={cursor}");
    let rest = api.call("GET", &path, Value::Null).await.expect(200);
    let ids = |list: &Value| -> Vec<String> {
        let list = list["deliveries"].as_array().unwrap().iter();
        list.map(|of| of["id"].as_str().unwrap().to_owned()).collect()
    };
    let all: HashSet<String> = ids(&first).into_iter().chain(ids(&rest)).collect();
    assert_eq!((ids(&first).len(), all.len(), &rest["next_cursor"]), (50, 60, &Value::Null));
    for bad in ["state=lost", "cursor=x", "channel=1"] {
        let reply = api.call("GET", &format!("{DELIVERIES}?{bad}"), Value::Null).await;
        assert_eq!(reply.expect(422)["field"], bad.split('=').next().unwrap());
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn people_get_one_email_each_in_their_language_while_they_are_active(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let folder = std::env::temp_dir().join(format!("allot-mail-{}", uuid::Uuid::now_v7()));
    let courier = Courier::new(CourierConfig {
        mail_folder: Some(folder.clone()),
        ..CourierConfig::default()
    });
    let service = api.service.clone().delivering_by(courier.unwrap());
    api.sql("UPDATE users SET language = 'de'").await;
    let mails = || {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let texts = files.map(|file| std::fs::read_to_string(file.path()).unwrap());
        texts.filter(|text| text.contains("ann@acme.test")).count()
    };
    for (consumed, sent) in [(80, 1), (15, 2)] {
        api.consume("ann@acme.test", "prospect_search", consumed).await.expect(200);
        service.tell().await.unwrap();
        service.deliver().await.unwrap();
        assert_eq!(mails(), sent);
    }
    let mailed = deliveries(&api, "delivered").await;
    assert!(mailed.iter().all(|of| of["member"].is_string() && of["channel"].is_null()));
    api.consume("ann@acme.test", "prospect_search", 5).await.expect(200);
    service.tell().await.unwrap();
    api.sql("UPDATE members SET status = 'inactive'").await;
    service.deliver().await.unwrap();
    assert_eq!(mails(), 2);
    let given_up = deliveries(&api, "undelivered").await;
    assert_eq!(given_up[0]["error"], "This member is not active any more.");
    std::fs::remove_dir_all(folder).unwrap();
}
