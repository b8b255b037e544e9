//! Past usage that is imported: what it counts in, and what is refused of it.

use crate::{
    bad_input::everything,
    support::{Api, Reply, at, create},
};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use service::{Clock, Service, Store};
use sqlx::PgPool;

const PATH: &str = "/api/v1/usage/import";
const MARKUP: &str = "<script>alert(1)</script>";

/// Ann uses an operation in the past.
fn event(id: &str, time: &str, operation: &str, quantity: i64) -> Value {
    json!({"specversion": "1.0", "type": "allot.usage", "source": "/crm", "id": id,
        "time": time, "subject": "ann@acme.test",
        "data": {"operation": operation, "quantity": quantity}})
}

/// The same by somebody else.
fn by(subject: &str, mut event: Value) -> Value {
    event["subject"] = json!(subject);
    event
}

/// The same without somebody: the organization itself.
fn by_nobody(mut event: Value) -> Value {
    event.as_object_mut().unwrap().remove("subject");
    event
}

async fn import(api: &Api, events: &[Value]) -> Reply {
    api.call("POST", PATH, json!({"events": events})).await
}

async fn keep_valid(api: &Api, events: &[Value]) -> Value {
    let body = json!({"events": events, "on_error": "keep_valid"});
    api.call("POST", PATH, body).await.expect(200)
}

/// Everything that is stored agrees with the ledger, and what is worked out anew from it is the same.
async fn agree(api: &Api) {
    api.verify().await;
    let periods = "SELECT COALESCE(sum((SELECT sum(n) FROM unnest(periods) n)), 0)::bigint
        FROM balances WHERE holder_kind = 'organization'";
    let before = api.count(periods).await;
    assert_eq!(api.service.rebuild(true).await.unwrap().differences, Vec::<String>::new());
    assert_eq!(api.count(periods).await, before);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn it_counts_when_it_happened_and_the_next_decision_sees_it(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    let bob = api.member("bob@acme.test").await;
    let path = format!("/api/v1/members/{bob}/subtenant");
    api.call("PUT", &path, json!({"subtenant": north["id"]})).await.expect(200);
    for quota in [
        json!({"meter": "emails", "daily": 100, "monthly": 1_000, "yearly": 2_000}),
        json!({"meter": "emails", "subtenant": north["id"], "weekly": 50}),
        json!({"meter": "emails", "member": bob, "daily": 30, "custom":
            {"limit": 200, "first_day": "2026-10-01", "last_day": "2026-12-31", "repeat": false}}),
    ] {
        api.call("POST", "/api/v1/quotas", quota).await.expect(201);
    }
    // What is stored, and what is not yet, has to be right afterwards.
    api.consume("bob@acme.test", "send_email", 1).await.expect(200);
    let bobs = |id: &str, time: &str, quantity| {
        by("bob@acme.test", event(id, time, "send_email", quantity))
    };
    let events = [
        bobs("today", "2026-11-21T08:00:00+01:00", 10),
        bobs("thursday", "2026-11-19T12:00:00Z", 5),
        bobs("october", "2026-10-15T12:00:00Z", 150),
        bobs("spring", "2026-03-29T01:30:00Z", 700),
        bobs("last year", "2025-12-31T12:00:00Z", 100_000),
    ];
    let done = import(&api, &events).await.expect(200);
    assert_eq!(done, json!({"imported": 5, "duplicates": 0, "rejected": [], "rejected_total": 0}));
    let allowed = api.consume("bob@acme.test", "send_email", 1).await.expect(200);
    let used = |scope: &str, period: &str| {
        let limits = allowed["limits"].as_array().unwrap();
        let is = |limit: &&Value| limit["scope"] == scope && limit["period"] == period;
        limits.iter().find(is).unwrap()["used"].clone()
    };
    assert_eq!(used("plan", "monthly"), 17);
    assert_eq!(used("organization", "daily"), 12);
    assert_eq!(used("organization", "monthly"), 17);
    assert_eq!(used("organization", "yearly"), 867);
    assert_eq!(used("subtenant", "weekly"), 17);
    assert_eq!(used("member", "daily"), 12);
    assert_eq!(used("member", "custom"), 167);
    agree(&api).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn it_may_pass_limits_and_later_decisions_are_denied_by_it(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    api.limit(json!(1_000)).await;
    api.member_limit(&bob, json!({"kind": "credits", "amount": 300})).await;
    api.grant_pack(50).await;
    let set_aside = |answer: &Value| {
        let limits = answer["limits"].as_array().unwrap();
        limits.iter().find(|limit| limit["scope"] == "organization").unwrap()["set_aside"].clone()
    };
    let before = api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    assert_eq!(set_aside(&before), 300);

    let then = "2026-11-02T09:00:00Z";
    let of_bob = by("bob@acme.test", event("1", then, "prospect_search", 120));
    import(&api, &[of_bob]).await.expect(200);
    let after = api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    assert_eq!(set_aside(&after), 180, "Bob has used a part of what was promised");
    agree(&api).await;

    let events = [
        by("bob@acme.test", event("2", then, "prospect_search", 500)),
        by_nobody(event("3", then, "prospect_search", 2_000)),
    ];
    import(&api, &events).await.expect(200);
    let denied = api.consume("bob@acme.test", "prospect_search", 1).await.expect(429);
    assert!(denied["failed"].as_array().unwrap().iter().any(|of| of["scope"] == "member"));
    // Packs did not pay what was imported, so they still can.
    let paid = api.consume("ann@acme.test", "prospect_search", 50).await.expect(200);
    assert_eq!(paid["charges"][0]["from_packs"], 50);
    assert_eq!(set_aside(&paid), 0);
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(api.usage().await["quota_used"], 2_622);
    agree(&api).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_event_counts_once_for_ever(pool: PgPool) {
    let api = Api::new(pool).await;
    let of = |id: &str| event(id, "2026-11-02T09:00:00Z", "prospect_search", 7);
    let mut elsewhere = of("a");
    elsewhere["source"] = json!("/mailer");
    let done = import(&api, &[of("a"), of("b"), of("a"), elsewhere]).await.expect(200);
    assert_eq!((&done["imported"], &done["duplicates"]), (&json!(3), &json!(1)));
    // Whatever would be said to it today.
    api.set_time("2032-02-01T00:00:00Z").await;
    api.sql("UPDATE members SET email = 'gone@acme.test' WHERE email = 'ann@acme.test'").await;
    let done = import(&api, &[of("b"), of("a")]).await.expect(200);
    assert_eq!((&done["imported"], &done["duplicates"]), (&json!(0), &json!(2)));
    assert_eq!(api.count("SELECT sum(amount)::bigint FROM ledger").await, 21);
    api.verify().await;

    let other = create(&api.service, "team", "eve@other.test").await;
    let theirs = by_nobody(event("a", "2032-01-31T09:00:00Z", "prospect_search", 7));
    let body = json!({"events": [theirs]});
    let done = api.call_as(&other.api_key, "POST", PATH, body, &[]).await.expect(200);
    assert_eq!(done["imported"], 1, "another organization's event of this name is another one");
}

#[sqlx::test(migrations = "../migrations")]
async fn one_bad_event_among_ten_thousand_is_named_by_its_number(pool: PgPool) {
    let api = Api::new(pool).await;
    let good = |id: usize| event(&id.to_string(), "2026-05-02T09:00:00Z", "mass_send", 1);
    let mut events: Vec<Value> = (1..=10_000).map(good).collect();
    events[6_789]["time"] = json!("2026-11-21T12:00:01Z");
    let refused = json!([{"number": 6_790, "id": "6790", "field": "time",
        "detail": "time must not be in the future."}]);

    let before = everything(&api).await;
    let problem = import(&api, &events).await.expect(422);
    assert_eq!(
        (&problem["code"], &problem["field"]),
        (&json!("EVENTS_REJECTED"), &json!("events"))
    );
    assert_eq!((&problem["rejected"], &problem["rejected_total"]), (&refused, &json!(1)));
    assert_eq!(everything(&api).await, before, "nothing was recorded");

    let done = keep_valid(&api, &events).await;
    assert_eq!(
        done,
        json!({"imported": 9_999, "duplicates": 0, "rejected": refused, "rejected_total": 1})
    );
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 2 * 9_999);
    events[6_789] = good(6_790);
    let done = import(&api, &events).await.expect(200);
    assert_eq!((&done["imported"], &done["duplicates"]), (&json!(1), &json!(9_999)));
    events.push(good(10_001));
    assert_eq!(import(&api, &events).await.expect(422)["field"], "events", "one too many");
    agree(&api).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_bad_event_is_refused_with_its_field(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let eve = sqlx::query_scalar::<_, String>(
        "SELECT member_id::text FROM members WHERE email = 'eve@other.test'",
    );
    let eve = eve.fetch_one(&api.pool).await.unwrap();
    let good = || event("x", "2026-11-02T09:00:00Z", "prospect_search", 1);
    let with = |path: &str, value: Value| {
        let mut event = good();
        *event.pointer_mut(path).unwrap() = value;
        event
    };
    let without = |field: &str| {
        let mut event = good();
        event.as_object_mut().unwrap().remove(field);
        event
    };
    let unknown = |field: &str| {
        let mut event = good();
        event["data"][field] = json!(1);
        event
    };
    let cases = [
        (json!(1), "event"),
        (json!([good()]), "event"),
        (Value::Null, "event"),
        (with("/specversion", json!("0.3")), "specversion"),
        (with("/specversion", json!(1.0)), "specversion"),
        (without("specversion"), "specversion"),
        (without("id"), "id"),
        (with("/id", json!("")), "id"),
        (with("/id", json!("i".repeat(201))), "id"),
        (with("/id", json!("a\u{0}b")), "id"),
        (without("source"), "source"),
        (with("/source", json!("s".repeat(201))), "source"),
        (without("type"), "type"),
        (without("time"), "time"),
        (with("/time", json!("2026-11-02")), "time"),
        (with("/time", json!("2026-11-02 09:00:00")), "time"),
        (with("/time", json!(1_793_000_000)), "time"),
        (with("/time", json!("2026-11-21T12:00:00.001Z")), "time"),
        (with("/time", json!("9999-01-01T00:00:00Z")), "time"),
        (with("/time", json!("2021-11-21T11:59:59Z")), "time"),
        (with("/time", json!("0001-01-01T00:00:00Z")), "time"),
        (with("/subject", json!("nobody@acme.test")), "subject"),
        (with("/subject", json!(eve)), "subject"),
        (with("/subject", json!("eve@other.test")), "subject"),
        (with("/subject", json!("")), "subject"),
        (with("/subject", json!(MARKUP)), "subject"),
        (without("data"), "data"),
        (with("/data", json!(["prospect_search", 1])), "data"),
        (with("/data/operation", json!("fax")), "data.operation"),
        (with("/data/operation", json!(MARKUP)), "data.operation"),
        (with("/data/operation", json!("save")), "data.operation"),
        (unknown("meter"), "data.meter"),
        (with("/data/quantity", json!(0)), "data.quantity"),
        (with("/data/quantity", json!(-1)), "data.quantity"),
        (with("/data/quantity", json!(1.5)), "data.quantity"),
        (with("/data/quantity", json!("1")), "data.quantity"),
        (with("/data/quantity", json!(i64::MAX)), "data.quantity"),
        (with("/data/quantity", json!(1e30)), "data.quantity"),
    ];
    api.sql("INSERT INTO operations (code, name) VALUES ('save', 'Save')").await;
    api.sql(
        "INSERT INTO prices (operation_code, meter_code, amount) VALUES ('save', 'contacts', 1)",
    )
    .await;
    let before = everything(&api).await;
    let events: Vec<Value> = cases.iter().map(|(event, _)| event.clone()).collect();
    let problem = import(&api, &events).await.expect(422);
    for (list, what) in [(problem, "all"), (keep_valid(&api, &events).await, "valid")] {
        assert_eq!(list["rejected_total"], cases.len(), "{what}");
        for ((event, field), (number, rejected)) in
            cases.iter().zip((1..).zip(list["rejected"].as_array().unwrap()))
        {
            assert_eq!(rejected["number"], number, "{rejected}");
            assert_eq!(rejected["field"], *field, "{event} {rejected}");
            assert!(!rejected["detail"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(everything(&api).await, before);
    drop(other);

    for (body, field) in [
        (json!({}), "events"),
        (json!({"events": good()}), "events"),
        (json!({"events": [], "on_error": "ignore"}), "on_error"),
        (json!({"events": [], "mode": 1}), "mode"),
        (json!([good()]), "body"),
        (Value::String(MARKUP.to_owned()), "body"),
    ] {
        let refused = api.call("POST", PATH, body.clone()).await.expect(422);
        assert_eq!(refused["field"], field, "{body}");
    }
    let of_query = format!("{PATH}?on_eror=keep_valid");
    let refused = api.call("POST", &of_query, json!({"events": []})).await.expect(422);
    assert_eq!(refused["field"], "on_eror");
    assert_eq!(everything(&api).await, before);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_can_be_a_batch_of_cloudevents_and_as_large_as_it_may_get(pool: PgPool) {
    let api = Api::new(pool).await;
    let send = async |path: &str, content_type: &str, body: String| {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", api.organization.api_key))
            .header("content-type", content_type);
        api.send(request.body(Body::from(body)).unwrap()).await
    };
    let batch = "application/cloudevents-batch+json; charset=utf-8";
    let good = event(MARKUP, "2026-11-02T09:00:00Z", "prospect_search", 1);
    let bad = event("bad", "tomorrow", "prospect_search", 1);
    let both = json!([good, bad]).to_string();
    send(PATH, batch, both.clone()).await.expect(422);
    let done = send(&format!("{PATH}?on_error=keep_valid"), batch, both).await.expect(200);
    assert_eq!((&done["imported"], &done["rejected"][0]["number"]), (&json!(1), &json!(2)));
    assert_eq!(send(PATH, batch, "{}".to_owned()).await.expect(422)["field"], "body");
    assert_eq!(send(PATH, batch, "[".to_owned()).await.expect(400)["code"], "MALFORMED_JSON");
    let unknown = send(PATH, "text/plain", "[]".to_owned()).await.expect(415);
    assert_eq!(unknown["code"], "UNSUPPORTED_MEDIA_TYPE");
    let spaces = |size| format!("{}[]", " ".repeat(size));
    send(PATH, batch, spaces(8_000_000)).await.expect(200);
    let large = send(PATH, batch, spaces(8_500_000)).await.expect(413);
    assert_eq!(large["code"], "BODY_TOO_LARGE");
    let kept = "SELECT count(*) FROM imported_events WHERE event_id LIKE '<script>%'";
    assert_eq!(api.count(kept).await, 1, "text is kept as text");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_key_is_answered_the_same_again(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = |id: &str| {
        let bad = event("bad", "tomorrow", id, 1);
        json!({"on_error": "keep_valid", "events":
            [event("a", "2026-11-02T09:00:00Z", "prospect_search", 1), bad]})
    };
    let first = api.post_once("k", PATH, body("x")).await.expect(200);
    assert_eq!(api.post_once("k", PATH, body("x")).await.expect(200), first);
    let other = api.post_once("k", PATH, body("y")).await.expect(422);
    assert_eq!(other["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(api.usage().await["quota_used"], 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn people_who_left_have_a_past(pool: PgPool) {
    let api = Api::new(pool).await;
    let (bob, cy) = (api.member("bob@acme.test").await, api.member("cy@acme.test").await);
    api.member_limit(&bob, json!({"kind": "credits", "amount": 10})).await;
    api.call("PATCH", &format!("/api/v1/members/{bob}"), json!({"status": "inactive"}))
        .await
        .expect(200);
    api.call("DELETE", &format!("/api/v1/members/{cy}"), Value::Null).await.expect(204);
    let of = |who: &str| by(who, event(who, "2026-11-02T09:00:00Z", "prospect_search", 25));
    import(&api, &[of("bob@acme.test"), of(&cy)]).await.expect(200);
    // Who was removed has no email any more that could be meant.
    let refused = import(&api, &[of("cy@acme.test")]).await.expect(422);
    assert_eq!(refused["rejected"][0]["field"], "subject");
    assert_eq!(api.usage().await["quota_used"], 50);
    agree(&api).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_free_operation_is_known_and_moves_nothing(pool: PgPool) {
    let api = Api::new(pool).await;
    let of = [event("v", "2026-11-02T09:00:00Z", "view_contacts", 5)];
    assert_eq!(import(&api, &of).await.expect(200)["imported"], 1);
    assert_eq!(import(&api, &of).await.expect(200)["duplicates"], 1);
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    agree(&api).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_imported_can_be_refunded_in_its_own_period(pool: PgPool) {
    let api = Api::new(pool).await;
    let events = [
        event("november", "2026-11-02T09:00:00Z", "mass_send", 10),
        event("may", "2026-05-02T09:00:00Z", "mass_send", 10),
    ];
    import(&api, &events).await.expect(200);
    for (name, most) in [("november", 10), ("may", 10)] {
        let id = sqlx::query_scalar::<_, String>(
            "SELECT consumption_id::text FROM imported_events WHERE event_id = $1",
        );
        let id = id.bind(name).fetch_one(&api.pool).await.unwrap();
        let refund = |quantity: i64| json!({"consumption_id": id, "quantity": quantity});
        let path = "/api/v1/refunds";
        api.call("POST", path, refund(most + 1)).await.expect(422);
        let done = api.call("POST", path, refund(4)).await.expect(200);
        assert_eq!(done["charges"].as_array().unwrap().len(), 2, "credits and emails");
        assert_eq!(api.usage().await["quota_used"], 6, "{name}");
        api.call("POST", path, refund(7)).await.expect(422);
    }
    agree(&api).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn sums_stay_countable_however_much_is_imported(pool: PgPool) {
    let api = Api::new(pool).await;
    let most = 1_000_000_000_000_000;
    let of =
        |id: i64, quantity| event(&id.to_string(), "2026-11-02T09:00:00Z", "send_email", quantity);
    let list = keep_valid(&api, &[of(1, most), of(2, 1)]).await;
    assert_eq!(list["rejected"][0]["number"], 2);
    assert_eq!(list["rejected"][0]["field"], "data.quantity");
    // A price makes it more than a meter can count.
    let tokens = event("3", "2026-11-02T09:00:00Z", "ai_generate", most);
    assert_eq!(import(&api, &[tokens]).await.expect(422)["rejected"][0]["field"], "data.quantity");
    api.sql("UPDATE balances SET periods[3] = 9223372036854775807 / 4 WHERE meter_code = 'emails'")
        .await;
    assert_eq!(
        import(&api, &[of(4, 1)]).await.expect(422)["rejected"][0]["field"],
        "data.quantity"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn imports_and_decisions_of_two_servers_take_turns(pool: PgPool) {
    let api = Api::new(pool.clone()).await;
    api.limit(json!(500)).await;
    let other = Service::new(Store::from_pool(pool), Clock::at(at(crate::support::NOON)));
    let caller = other.decision_caller_of_key(&api.organization.api_key).await.unwrap();
    let decide = async || {
        let mut granted = 0;
        for _ in 0..40 {
            let request = service::ConsumeRequest {
                member: None,
                operation: "prospect_search".parse().unwrap(),
                quantity: domain::amount::Quantity::parse("quantity", 5).unwrap(),
                allow_partial: false,
            };
            let answer = other.consume(&caller, request, None).await.unwrap();
            granted += i64::from(answer.consumption_id.is_some());
        }
        granted
    };
    let record = async || {
        for round in 0..10 {
            let of = |id: i64| {
                event(&format!("{round}-{id}"), "2026-11-21T09:00:00Z", "prospect_search", 1)
            };
            import(&api, &(0..40).map(of).collect::<Vec<_>>()).await.expect(200);
        }
    };
    let (granted, ()) = tokio::join!(decide(), record());
    assert_eq!(api.usage().await["quota_used"], 400 + 5 * granted);
    agree(&api).await;
}
