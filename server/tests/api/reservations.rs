//! Reservations: hold, then take a part or all of it (SPEC section 5).

use crate::support::{Api, Reply, create};
use serde_json::{Value, json};
use sqlx::PgPool;

pub(crate) const PATH: &str = "/api/v1/reservations";

/// A job of Ann's with so many rows.
fn job(rows: i64) -> Value {
    json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": rows})
}

/// Holds the rows of a job of Ann's; the reservation's id.
async fn reserve(api: &Api, rows: i64) -> String {
    let held = api.call("POST", PATH, job(rows)).await.expect(201);
    held["reservation_id"].as_str().unwrap().to_owned()
}

/// Commits, releases or renews.
pub(crate) async fn settle(api: &Api, id: &str, how: &str, body: Value) -> Reply {
    api.call("POST", &format!("{PATH}/{id}/{how}"), body).await
}

/// What each call on a reservation takes.
fn calls() -> [(&'static str, Value); 3] {
    [("commit", json!({"quantity": 1})), ("release", json!({})), ("renew", json!({}))]
}

/// An organization with 1,000 credits a month.
async fn limited(pool: PgPool) -> Api {
    let api = Api::new(pool).await;
    api.limit(json!(1_000)).await;
    api
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reservation_is_answered_in_the_documented_shape(pool: PgPool) {
    let api = limited(pool).await;
    let reply = api.call("POST", PATH, job(100)).await;
    assert!(reply.header("ratelimit").is_some() && reply.header("ratelimit-policy").is_some());
    let mut body = reply.expect(201);
    let id = body.as_object_mut().unwrap().remove("reservation_id").unwrap();
    assert!(id.as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    assert_eq!(
        body,
        json!({"decision": "allowed", "expires_at": "2026-11-21T12:15:00Z", "granted": 100,
        "charges": [
            {"meter": "credits", "amount": 100, "from_allowance": 100, "from_packs": 0},
        ],
        "limits": [
            {"scope": "plan", "scope_id": "enterprise", "meter": "credits",
                "period": "monthly", "limit": 100_000, "used": 0, "reserved": 100,
                "set_aside": 0, "remaining": 99_900, "resets_at": "2026-12-01T00:00:00Z"},
            {"scope": "organization", "scope_id": api.organization.id.to_string(),
                "meter": "credits", "period": "monthly", "limit": 1_000, "used": 0,
                "reserved": 100, "set_aside": 0, "remaining": 900,
                "resets_at": "2026-11-30T23:00:00Z"},
        ]})
    );
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_held_is_denied_to_everybody_else(pool: PgPool) {
    let api = limited(pool).await;
    api.member("bob@acme.test").await;
    reserve(&api, 900).await;
    let denied = api.consume("bob@acme.test", "prospect_search", 101).await.expect(429);
    assert_eq!((&denied["code"], &denied["would_fit"]), (&json!("QUOTA_EXCEEDED"), &json!(100)));
    let failed = &denied["failed"][0];
    assert_eq!((&failed["scope"], &failed["reserved"]), (&json!("organization"), &json!(900)));
    assert_eq!((&failed["used"], &failed["remaining"]), (&json!(0), &json!(100)));
    api.call("POST", PATH, job(101)).await.expect(429);
    api.consume("bob@acme.test", "prospect_search", 100).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_commit_of_a_part_gives_the_rest_back(pool: PgPool) {
    let api = limited(pool).await;
    let id = reserve(&api, 900).await;
    let settled = settle(&api, &id, "commit", json!({"quantity": 600})).await.expect(200);
    assert_eq!(
        settled,
        json!({"consumption_id": id, "committed": 600, "released": 300, "charges": [
            {"meter": "credits", "amount": 600, "from_allowance": 600, "from_packs": 0},
        ]})
    );
    assert_eq!(api.usage().await["quota_used"], 600);
    let body = api.consume("ann@acme.test", "prospect_search", 400).await.expect(200);
    assert_eq!(
        (&body["limits"][1]["used"], &body["limits"][1]["reserved"]),
        (&json!(1_000), &json!(0))
    );
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_commit_of_all_and_a_release_of_all(pool: PgPool) {
    let api = limited(pool).await;
    let (first, second) = (reserve(&api, 600).await, reserve(&api, 400).await);
    let all = settle(&api, &first, "commit", json!({"quantity": 600})).await.expect(200);
    assert_eq!((&all["committed"], &all["released"]), (&json!(600), &json!(0)));
    let released = settle(&api, &second, "release", Value::Null).await.expect(200);
    assert_eq!(released, json!({"reservation_id": second, "released": 400}));
    assert_eq!(api.usage().await["quota_used"], 600);
    reserve(&api, 400).await;
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reservation_is_resolved_once(pool: PgPool) {
    let api = limited(pool).await;
    for (first, body) in [("commit", json!({"quantity": 10})), ("release", json!({}))] {
        let id = reserve(&api, 10).await;
        settle(&api, &id, first, body).await.expect(200);
        for (second, body) in calls() {
            let closed = settle(&api, &id, second, body).await.expect(409);
            assert_eq!(closed["code"], "RESERVATION_CLOSED", "{second} after {first}");
        }
    }
    assert_eq!(api.usage().await["quota_used"], 10);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn two_commits_at_the_same_time_count_once(pool: PgPool) {
    let api = limited(pool).await;
    let id = reserve(&api, 10).await;
    let commit = |quantity| settle(&api, &id, "commit", json!({"quantity": quantity}));
    let (first, second) = tokio::join!(commit(4), commit(6));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let used = api.usage().await["quota_used"].as_i64().unwrap();
    assert_eq!(used, if first.status == 200 { 4 } else { 6 });
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn two_jobs_that_do_not_fit_together_do_not_both_get_their_rows(pool: PgPool) {
    let api = limited(pool).await;
    let reserve = || api.call("POST", PATH, job(501));
    let (first, second) = tokio::join!(reserve(), reserve());
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 429]);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn no_more_is_committed_than_was_held(pool: PgPool) {
    let api = limited(pool).await;
    let id = reserve(&api, 10).await;
    for wrong in [json!(11), json!(i64::MAX), json!(0), json!(-1), json!("5"), Value::Null] {
        let body = json!({"quantity": wrong});
        let refused = settle(&api, &id, "commit", body).await.expect(422);
        assert_eq!(refused["field"], "quantity", "{wrong}");
    }
    assert_eq!(settle(&api, &id, "commit", json!({})).await.expect(422)["field"], "quantity");
    assert_eq!(api.usage().await["quota_used"], 0);
    settle(&api, &id, "commit", json!({"quantity": 10})).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_that_does_not_fit_holds_nothing_or_what_fits(pool: PgPool) {
    let api = limited(pool).await;
    let denied = api.call("POST", PATH, job(1_500)).await.expect(429);
    assert_eq!((&denied["code"], &denied["would_fit"]), (&json!("QUOTA_EXCEEDED"), &json!(1_000)));
    assert_eq!(api.count("SELECT count(*) FROM reservations").await, 0);
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);

    let mut part = job(1_500);
    part["allow_partial"] = json!(true);
    let held = api.call("POST", PATH, part.clone()).await.expect(201);
    assert_eq!((&held["granted"], &held["charges"][0]["amount"]), (&json!(1_000), &json!(1_000)));
    // Nothing fits any more, so there is no part to hold.
    api.call("POST", PATH, part).await.expect(429);
    let id = held["reservation_id"].as_str().unwrap();
    settle(&api, id, "commit", json!({"quantity": 1_001})).await.expect(422);
    settle(&api, id, "commit", json!({"quantity": 1_000})).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn ids_that_name_no_reservation_of_the_organization_are_not_found(pool: PgPool) {
    let api = limited(pool).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let theirs = json!({"operation": "prospect_search", "quantity": 5});
    let theirs = api.call_as(&other.api_key, "POST", PATH, theirs, &[]).await.expect(201);
    let theirs = theirs["reservation_id"].as_str().unwrap();
    let consumed = api.consume("ann@acme.test", "prospect_search", 5).await.expect(200);
    let consumed = consumed["consumption_id"].as_str().unwrap();
    let unknown = uuid::Uuid::from_u128(7).to_string();
    for id in ["not-an-id", "%00", unknown.as_str(), consumed, theirs] {
        for (how, body) in calls() {
            let missing = settle(&api, id, how, body).await.expect(404);
            assert_eq!(missing["code"], "NOT_FOUND", "{how} {id}");
        }
    }
    let path = format!("{PATH}/{theirs}/commit");
    let body = json!({"quantity": 5});
    api.call_as(&other.api_key, "POST", &path, body, &[]).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_became_inactive_starts_no_job_but_one_under_way_ends(pool: PgPool) {
    let api = limited(pool).await;
    let ids = [reserve(&api, 10).await, reserve(&api, 10).await];
    api.sql("UPDATE members SET status = 'inactive'").await;
    let refused = api.call("POST", PATH, job(1)).await.expect(403);
    assert_eq!(refused["code"], "MEMBER_INACTIVE");
    settle(&api, &ids[0], "renew", Value::Null).await.expect(200);
    settle(&api, &ids[0], "commit", json!({"quantity": 7})).await.expect(200);
    settle(&api, &ids[1], "release", Value::Null).await.expect(200);
    assert_eq!(api.usage().await["quota_used"], 7);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_free_operation_can_be_a_job_too(pool: PgPool) {
    let api = limited(pool).await;
    let body = json!({"member": "ann@acme.test", "operation": "view_contacts", "quantity": 10});
    let held = api.call("POST", PATH, body).await.expect(201);
    assert_eq!((&held["charges"], &held["limits"]), (&json!([]), &json!([])));
    let id = held["reservation_id"].as_str().unwrap();
    settle(&api, id, "renew", Value::Null).await.expect(200);
    settle(&api, id, "commit", json!({"quantity": 11})).await.expect(422);
    let settled = settle(&api, id, "commit", json!({"quantity": 4})).await.expect(200);
    assert_eq!(
        settled,
        json!({"consumption_id": id, "committed": 4, "released": 6, "charges": []})
    );
    settle(&api, id, "release", Value::Null).await.expect(409);
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_key_is_answered_the_same_again(pool: PgPool) {
    let api = limited(pool).await;
    let held = api.post_once("hold", PATH, job(100)).await.expect(201);
    assert_eq!(api.post_once("hold", PATH, job(100)).await.expect(201), held);
    let reused = api.post_once("hold", PATH, job(101)).await.expect(422);
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");

    let second = reserve(&api, 50).await;
    let first = held["reservation_id"].as_str().unwrap();
    for (id, how, body) in [
        (first, "renew", json!({"ttl_seconds": 1_200})),
        (first, "commit", json!({"quantity": 40})),
        (second.as_str(), "release", json!({})),
    ] {
        let path = format!("{PATH}/{id}/{how}");
        let answer = api.post_once(how, &path, body.clone()).await.expect(200);
        // Also where a new request would be refused by now.
        assert_eq!(api.post_once(how, &path, body).await.expect(200), answer, "{how}");
    }
    let other = format!("{PATH}/{second}/commit");
    let reused = api.post_once("commit", &other, json!({"quantity": 40})).await.expect(422);
    assert_eq!(reused["field"], "Idempotency-Key", "of another reservation");
    assert_eq!(api.count("SELECT count(*) FROM reservations").await, 2);
    assert_eq!(api.count("SELECT sum(amount)::bigint FROM ledger").await, 40);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_release_and_a_renewal_need_no_body(pool: PgPool) {
    let api = limited(pool).await;
    for how in ["renew", "release"] {
        for body in [Value::Null, json!({})] {
            let id = reserve(&api, 10).await;
            settle(&api, &id, how, body).await.expect(200);
        }
        let id = reserve(&api, 10).await;
        let field = |refused: Value| refused["field"].as_str().map(str::to_owned);
        let unknown = settle(&api, &id, how, json!({"quantity": 1})).await.expect(422);
        assert_eq!(field(unknown).as_deref(), Some("quantity"), "{how}");
        let list = settle(&api, &id, how, json!([])).await.expect(422);
        assert_eq!(field(list).as_deref(), Some("body"), "{how}");
    }
    api.verify().await;
}
