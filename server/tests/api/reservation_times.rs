//! How long reservations hold, and what pays for them meanwhile (SPEC section 5).

use crate::{
    reservations::{PATH, settle},
    support::Api,
};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Holds rows of a job of Ann's.
async fn hold(api: &Api, rows: i64) -> Value {
    let body = json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": rows});
    api.call("POST", PATH, body).await.expect(201)
}

/// The same for a time to live; the reservation's id.
async fn hold_for(api: &Api, rows: i64, seconds: i64) -> String {
    let body = json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": rows,
        "ttl_seconds": seconds});
    id(&api.call("POST", PATH, body).await.expect(201))
}

fn id(held: &Value) -> String {
    held["reservation_id"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrations = "../migrations")]
async fn it_lives_for_a_second_to_an_hour(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = |seconds: Value| json!({"operation": "prospect_search", "quantity": 1, "ttl_seconds": seconds});
    for (seconds, end) in [
        (json!(1), "2026-11-21T12:00:01Z"),
        (json!(3_600), "2026-11-21T13:00:00Z"),
        (Value::Null, "2026-11-21T12:15:00Z"),
    ] {
        let held = api.call("POST", PATH, body(seconds)).await.expect(201);
        assert_eq!(held["expires_at"], end);
    }
    let id = id(&hold(&api, 1).await);
    for wrong in [json!(0), json!(3_601), json!(-1), json!("900"), json!(1.5), json!(i64::MAX)] {
        let refused = api.call("POST", PATH, body(wrong.clone())).await.expect(422);
        assert_eq!(refused["field"], "ttl_seconds", "{wrong}");
        let renewal = json!({"ttl_seconds": wrong});
        let refused = settle(&api, &id, "renew", renewal).await.expect(422);
        assert_eq!(refused["field"], "ttl_seconds", "{wrong}");
    }
    assert_eq!(api.count("SELECT count(*) FROM reservations").await, 4);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn past_its_end_it_is_closed(pool: PgPool) {
    let api = Api::new(pool).await;
    let (in_time, late) = (id(&hold(&api, 10).await), id(&hold(&api, 10).await));
    api.set_time("2026-11-21T12:14:59Z").await;
    settle(&api, &in_time, "commit", json!({"quantity": 10})).await.expect(200);
    api.set_time("2026-11-21T12:15:00Z").await;
    for (how, body) in
        [("renew", json!({})), ("commit", json!({"quantity": 1})), ("release", json!({}))]
    {
        let closed = settle(&api, &late, how, body).await.expect(409);
        assert_eq!(closed["code"], "RESERVATION_CLOSED", "{how}");
        assert!(closed["detail"].as_str().unwrap().contains("expired"), "{closed}");
    }
    assert_eq!(api.usage().await["quota_used"], 10);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_renewal_begins_its_time_anew(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let id = id(&hold(&api, 100).await);
    api.set_time("2026-11-21T12:10:00Z").await;
    let renewed = settle(&api, &id, "renew", Value::Null).await.expect(200);
    assert_eq!(renewed, json!({"reservation_id": id, "expires_at": "2026-11-21T12:25:00Z"}));
    api.set_time("2026-11-21T12:24:59Z").await;
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    // It can be shortened too: a job that knows when it will be done.
    let body = json!({"ttl_seconds": 61});
    let renewed = settle(&api, &id, "renew", body).await.expect(200);
    assert_eq!(renewed["expires_at"], "2026-11-21T12:26:00Z");
    api.set_time("2026-11-21T12:26:00Z").await;
    api.consume("ann@acme.test", "prospect_search", 100).await.expect(200);
    settle(&api, &id, "renew", Value::Null).await.expect(409);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_whose_worker_vanished_frees_its_credits_at_the_next_decision(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    hold(&api, 60).await;
    hold_for(&api, 40, 3_600).await;
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    api.set_time("2026-11-21T12:15:00Z").await;
    let request =
        json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": 60});
    let check = api.call("POST", "/api/v1/check", request).await.expect(200);
    assert_eq!(check["decision"], "allowed", "a check sees it before it is recorded");
    api.verify().await;
    api.consume("ann@acme.test", "prospect_search", 61).await.expect(429);
    let body = api.consume("ann@acme.test", "prospect_search", 60).await.expect(200);
    assert_eq!(
        (&body["limits"][1]["used"], &body["limits"][1]["reserved"]),
        (&json!(60), &json!(40))
    );
    let expired = "SELECT count(*) FROM reservations WHERE status = 'expired'";
    assert_eq!(api.count(expired).await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_whose_worker_vanished_is_given_back_though_nobody_asks(pool: PgPool) {
    let api = Api::new(pool).await;
    let (first, second) = (id(&hold(&api, 60).await), hold_for(&api, 40, 3_600).await);
    let given_back = "SELECT COALESCE(-sum(reserved), 0)::bigint FROM ledger WHERE kind = 'expiry'";
    for (time, expected) in [
        ("2026-11-21T12:14:59Z", 0),
        ("2026-11-21T12:15:00Z", 60),
        ("2026-11-21T12:59:59Z", 60),
        ("2026-11-21T13:00:00Z", 100),
        ("2026-11-21T14:00:00Z", 100),
    ] {
        api.set_time(time).await;
        api.service.expire_reservations().await.unwrap();
        assert_eq!(api.count(given_back).await, expected, "{time}");
        api.verify().await;
    }
    for id in [first, second] {
        settle(&api, &id, "release", Value::Null).await.expect(409);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn it_settles_in_the_month_in_which_it_was_held(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    api.set_time("2026-11-30T23:50:00Z").await;
    let (first, second) = (hold_for(&api, 500, 3_600).await, hold_for(&api, 100, 3_600).await);
    let third = hold_for(&api, 50, 600).await;
    api.set_time("2026-12-01T00:30:00Z").await;
    // What is held of November's allowance takes nothing of December's.
    api.consume("ann@acme.test", "prospect_search", 2_000).await.expect(200);
    settle(&api, &first, "commit", json!({"quantity": 300})).await.expect(200);
    settle(&api, &second, "release", Value::Null).await.expect(200);
    settle(&api, &third, "commit", json!({"quantity": 1})).await.expect(409);
    let usage = api.usage().await;
    assert_eq!((&usage["quota_used"], &usage["quota_remaining"]), (&json!(2_000), &json!(0)));
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    let november = "SELECT sum(amount)::bigint FROM ledger WHERE counts_at < '2026-12-01 00:00+00'";
    assert_eq!(api.count(november).await, 300);
    let held = "SELECT sum(reserved)::bigint FROM ledger WHERE counts_at < '2026-12-01 00:00+00'";
    assert_eq!(api.count(held).await, 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_member_holds_uses_up_what_was_promised_to_them(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(1_000)).await;
    let intern = api.member("intern@acme.test").await;
    api.member_limit(&intern, json!({"kind": "credits", "amount": 500})).await;
    let body = json!({"member": intern, "operation": "prospect_search", "quantity": 200});
    let held = api.call("POST", PATH, body).await.expect(201);
    let set_aside = async || {
        let body = api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
        body["limits"][1]["set_aside"].as_i64().unwrap()
    };
    assert_eq!(set_aside().await, 300);
    api.consume("intern@acme.test", "prospect_search", 301).await.expect(429);
    settle(&api, &id(&held), "commit", json!({"quantity": 50})).await.expect(200);
    assert_eq!(set_aside().await, 450);

    let body = json!({"member": intern, "operation": "prospect_search", "quantity": 200});
    api.call("POST", PATH, body).await.expect(201);
    assert_eq!(set_aside().await, 250);
    api.set_time("2026-11-21T12:15:00Z").await;
    assert_eq!(set_aside().await, 450, "it has expired");
    api.verify().await;
}

/// A starter with 50 credits of the allowance left and a pack of 200.
async fn fifty_and_a_pack(pool: PgPool) -> Api {
    let api = Api::on_plan(pool, "starter").await;
    api.consume("ann@acme.test", "prospect_search", 1_950).await.expect(200);
    api.grant_pack(200).await;
    api
}

fn funding(answer: &Value) -> (i64, i64) {
    let charge = &answer["charges"][0];
    (charge["from_allowance"].as_i64().unwrap(), charge["from_packs"].as_i64().unwrap())
}

#[sqlx::test(migrations = "../migrations")]
async fn credits_of_packs_that_are_held_pay_for_nobody_else(pool: PgPool) {
    let api = fifty_and_a_pack(pool).await;
    api.member("bob@acme.test").await;
    let held = hold(&api, 100).await;
    assert_eq!(funding(&held), (50, 50));
    assert_eq!(api.usage().await["credits_remaining"], 150);
    let denied = api.consume("bob@acme.test", "prospect_search", 151).await.expect(429);
    assert_eq!(denied["would_fit"], 150);
    let body = api.consume("bob@acme.test", "prospect_search", 150).await.expect(200);
    assert_eq!(funding(&body), (0, 150));
    let denied = api.consume("bob@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!((&denied["code"], &denied["would_fit"]), (&json!("QUOTA_EXCEEDED"), &json!(0)));
    let settled = settle(&api, &id(&held), "commit", json!({"quantity": 100})).await.expect(200);
    assert_eq!(funding(&settled), (50, 50));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_allowance_pays_first_for_a_part_and_the_rest_of_the_packs_goes_back(pool: PgPool) {
    let api = fifty_and_a_pack(pool).await;
    for (taken, paid, credits) in [(60, (50, 10), 190), (40, (0, 40), 150)] {
        let held = hold(&api, 100).await;
        let settled = settle(&api, &id(&held), "commit", json!({"quantity": taken})).await;
        assert_eq!(funding(&settled.expect(200)), paid);
        assert_eq!(api.usage().await["credits_remaining"], credits);
        api.verify().await;
    }
    let held = hold(&api, 150).await;
    api.call("POST", PATH, json!({"operation": "prospect_search", "quantity": 1}))
        .await
        .expect(429);
    settle(&api, &id(&held), "release", Value::Null).await.expect(200);
    assert_eq!(api.usage().await["credits_remaining"], 150);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_holds_every_meter_that_it_touches(pool: PgPool) {
    let api = Api::new(pool).await;
    let quota = json!({"meter": "emails", "monthly": 100});
    api.call("POST", "/api/v1/quotas", quota).await.expect(201);
    let body = json!({"operation": "mass_send", "quantity": 80});
    let held = api.call("POST", PATH, body).await.expect(201);
    let meters: Vec<_> =
        held["charges"].as_array().unwrap().iter().map(|of| &of["meter"]).collect();
    assert_eq!(meters, ["credits", "emails"]);
    let denied = api.consume("ann@acme.test", "send_email", 21).await.expect(429);
    assert_eq!(
        (&denied["failed"][0]["meter"], &denied["would_fit"]),
        (&json!("emails"), &json!(20))
    );
    let settled = settle(&api, &id(&held), "commit", json!({"quantity": 30})).await.expect(200);
    assert_eq!(settled["charges"][1]["amount"], 30);
    api.consume("ann@acme.test", "send_email", 70).await.expect(200);
    api.verify().await;
}
