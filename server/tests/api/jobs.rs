//! Jobs: rows are held before the work starts, those that succeed count, and those of a job that fails
//! do not (SPEC section 5).

use crate::support::{Api, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;

pub(crate) const PATH: &str = "/api/v1/jobs";

/// A job of Ann's with so many rows.
pub(crate) fn job(rows: i64) -> Value {
    json!({"member": "ann@acme.test", "operation": "prospect_search", "rows": rows})
}

/// Starts a job of Ann's; its id.
pub(crate) async fn start(api: &Api, rows: i64) -> String {
    id(&api.call("POST", PATH, job(rows)).await.expect(201))
}

pub(crate) fn id(job: &Value) -> String {
    job["id"].as_str().unwrap().to_owned()
}

/// Reports progress, completes or fails.
pub(crate) async fn say(api: &Api, id: &str, what: &str, body: Value) -> Reply {
    api.call("POST", &format!("{PATH}/{id}/{what}"), body).await
}

pub(crate) async fn complete(api: &Api, id: &str, succeeded: i64) -> Reply {
    say(api, id, "complete", json!({"succeeded": succeeded})).await
}

pub(crate) async fn fail(api: &Api, id: &str, reason: &str) -> Reply {
    say(api, id, "fail", json!({"reason": reason})).await
}

pub(crate) async fn get(api: &Api, id: &str) -> Value {
    api.call("GET", &format!("{PATH}/{id}"), Value::Null).await.expect(200)
}

/// What each call on a job takes.
pub(crate) fn calls() -> [(&'static str, Value); 3] {
    [
        ("progress", json!({"processed": 1})),
        ("complete", json!({"succeeded": 1})),
        ("fail", json!({"reason": "server_error"})),
    ]
}

/// What the month's allowance and the packs have left.
async fn left(api: &Api) -> (Value, Value) {
    let usage = api.usage().await;
    (usage["quota_remaining"].clone(), usage["credits_remaining"].clone())
}

/// The organization of the seed's example: 50 of the month's credits are left, and 200 in a pack.
async fn fifty_and_two_hundred(pool: PgPool) -> Api {
    let api = Api::on_plan(pool, "starter").await;
    api.consume("ann@acme.test", "prospect_search", 1_950).await.expect(200);
    api.grant_pack(200).await;
    api
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_is_answered_in_the_documented_shape(pool: PgPool) {
    let api = Api::new(pool).await;
    let ann = api.organization.admin.to_string();
    let mut body = job(100);
    body["name"] = json!("Spring leads");
    let reply = api.call("POST", PATH, body).await;
    assert!(reply.header("ratelimit").is_some() && reply.header("ratelimit-policy").is_some());
    let location = reply.header("location").unwrap().to_owned();
    let mut started = reply.expect(201);
    let limits = started.as_object_mut().unwrap().remove("limits").unwrap();
    assert_eq!((&limits[0]["scope"], &limits[0]["reserved"]), (&json!("plan"), &json!(100)));
    let id = id(&started);
    assert_eq!(location, format!("{PATH}/{id}"));
    assert_eq!(
        started,
        json!({"id": id, "name": "Spring leads", "member_id": ann, "subtenant_id": null,
            "operation": "prospect_search", "state": "running", "reason": null, "detail": null,
            "rows": 100, "granted": 100, "processed": 0,
            "charges": [{"meter": "credits", "amount": 100, "from_allowance": 100, "from_packs": 0}],
            "started_at": "2026-11-21T12:00:00Z", "expires_at": "2026-11-21T12:15:00Z",
            "ended_at": null})
    );
    assert_eq!(get(&api, &id).await, started);
    api.verify().await;
}

/// The seed's example: the allowance pays first, and packs pay the rest.
#[sqlx::test(migrations = "../migrations")]
async fn a_hundred_rows_take_fifty_of_the_month_and_fifty_of_the_pack(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let started = api.call("POST", PATH, job(100)).await.expect(201);
    let charges =
        json!([{"meter": "credits", "amount": 100, "from_allowance": 50, "from_packs": 50}]);
    assert_eq!(started["charges"], charges);
    let done = complete(&api, &id(&started), 100).await.expect(200);
    assert_eq!((&done["state"], &done["charges"]), (&json!("completed"), &charges));
    assert_eq!(left(&api).await, (json!(0), json!(150)));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_rows_that_succeed_count(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let id = start(&api, 100).await;
    say(&api, &id, "progress", json!({"processed": 60})).await.expect(200);
    api.set_time("2026-11-21T12:05:00Z").await;
    let done = complete(&api, &id, 70).await.expect(200);
    let used = json!([{"meter": "credits", "amount": 70, "from_allowance": 50, "from_packs": 20}]);
    assert_eq!((&done["processed"], &done["charges"]), (&json!(70), &used));
    assert_eq!(done["ended_at"], "2026-11-21T12:05:00Z");
    assert_eq!(done["expires_at"], Value::Null);
    assert_eq!(get(&api, &id).await, done);
    assert_eq!(left(&api).await, (json!(0), json!(180)));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_of_which_no_row_succeeds_is_completed_and_uses_nothing(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let id = start(&api, 100).await;
    let done = complete(&api, &id, 0).await.expect(200);
    assert_eq!((&done["state"], &done["charges"]), (&json!("completed"), &json!([])));
    assert_eq!(left(&api).await, (json!(50), json!(200)));
    complete(&api, &id, 0).await.expect(409);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_that_fails_its_validation_consumes_nothing(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let first = start(&api, 100).await;
    let body = json!({"reason": "validation", "detail": "Column 3 is no email."});
    let failed = say(&api, &first, "fail", body).await.expect(200);
    let shown = (&failed["state"], &failed["reason"], &failed["detail"], &failed["charges"]);
    let detail = json!("Column 3 is no email.");
    assert_eq!(shown, (&json!("failed"), &json!("validation"), &detail, &json!([])));
    assert_eq!(left(&api).await, (json!(50), json!(200)));

    let second = start(&api, 100).await;
    say(&api, &second, "progress", json!({"processed": 1})).await.expect(200);
    let late = fail(&api, &second, "validation").await.expect(422);
    assert_eq!(late["field"], "reason", "rows were processed, so the file was valid");
    assert_eq!(get(&api, &second).await["state"], "running");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_error_midway_gives_everything_back_at_once(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let id = start(&api, 250).await;
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    say(&api, &id, "progress", json!({"processed": 120})).await.expect(200);
    let failed = fail(&api, &id, "server_error").await.expect(200);
    let shown = (&failed["state"], &failed["reason"], &failed["processed"]);
    assert_eq!(shown, (&json!("failed"), &json!("server_error"), &json!(120)));
    assert_eq!(left(&api).await, (json!(50), json!(200)));
    api.consume("ann@acme.test", "prospect_search", 250).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_that_does_not_fit_holds_nothing_or_what_fits(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let reply = api.call("POST", PATH, job(251)).await;
    assert!(reply.header("ratelimit").is_some());
    let denied = reply.expect(429);
    assert_eq!((&denied["code"], &denied["would_fit"]), (&json!("QUOTA_EXCEEDED"), &json!(250)));
    assert_eq!(api.count("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(api.count("SELECT count(*) FROM reservations").await, 0);
    assert_eq!(left(&api).await, (json!(50), json!(200)));

    let mut part = job(251);
    part["allow_partial"] = json!(true);
    let started = api.call("POST", PATH, part.clone()).await.expect(201);
    assert_eq!((&started["rows"], &started["granted"]), (&json!(251), &json!(250)));
    // No quota and no credits: not even a part.
    assert_eq!(api.call("POST", PATH, part).await.expect(429)["code"], "QUOTA_EXCEEDED");
    assert_eq!(complete(&api, &id(&started), 251).await.expect(422)["field"], "succeeded");
    complete(&api, &id(&started), 250).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn progress_only_goes_up_and_holds_the_rows_on(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut body = job(100);
    body["ttl_seconds"] = json!(60);
    let id = id(&api.call("POST", PATH, body).await.expect(201));
    let progress =
        async |processed: i64| say(&api, &id, "progress", json!({"processed": processed})).await;
    for (time, processed, end) in [
        ("2026-11-21T12:00:30Z", 0, "2026-11-21T12:01:30Z"),
        ("2026-11-21T12:01:29Z", 40, "2026-11-21T12:02:29Z"),
        // A worker that has nothing new to say is alive all the same.
        ("2026-11-21T12:02:28Z", 40, "2026-11-21T12:03:28Z"),
    ] {
        api.set_time(time).await;
        let job = progress(processed).await.expect(200);
        assert_eq!((&job["processed"], &job["expires_at"]), (&json!(processed), &json!(end)));
    }
    assert_eq!(progress(39).await.expect(422)["field"], "processed");
    assert_eq!(progress(101).await.expect(422)["field"], "processed");
    let fewer = complete(&api, &id, 39).await.expect(422);
    assert_eq!(fewer["field"], "succeeded", "40 have succeeded already");
    assert_eq!(get(&api, &id).await["expires_at"], "2026-11-21T12:03:28Z");
    assert_eq!(api.usage().await["quota_used"], 0, "what has succeeded is still only held");
    complete(&api, &id, 40).await.expect(200);
    assert_eq!(api.usage().await["quota_used"], 40);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_whose_worker_vanished_fails_by_itself(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let (silent, long) = (start(&api, 100).await, {
        let mut body = job(100);
        body["ttl_seconds"] = json!(3_600);
        id(&api.call("POST", PATH, body).await.expect(201))
    });
    for id in [&silent, &long] {
        say(&api, id, "progress", json!({"processed": 30})).await.expect(200);
    }
    api.set_time("2026-11-21T12:15:00Z").await;
    api.service.expire_reservations().await.unwrap();
    let failed = get(&api, &silent).await;
    let shown = (&failed["state"], &failed["reason"], &failed["ended_at"]);
    assert_eq!(shown, (&json!("failed"), &json!("expired"), &json!("2026-11-21T12:15:00Z")));
    assert_eq!(get(&api, &long).await["state"], "running");
    // At most an hour after it was heard of, nothing is held any more.
    api.set_time("2026-11-21T13:00:00Z").await;
    for (what, body) in calls() {
        let late = say(&api, &long, what, body).await.expect(409);
        assert_eq!(late["code"], "JOB_ENDED", "{what}");
    }
    api.service.expire_reservations().await.unwrap();
    assert_eq!(get(&api, &long).await["reason"], "expired");
    assert_eq!(left(&api).await, (json!(50), json!(200)));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_over_a_reset_counts_in_the_month_in_which_it_was_held(pool: PgPool) {
    let api = Api::new(pool).await;
    api.set_time("2026-11-30T23:50:00Z").await;
    let id = start(&api, 100).await;
    api.set_time("2026-12-01T00:04:00Z").await;
    complete(&api, &id, 80).await.expect(200);
    assert_eq!(api.usage().await["quota_used"], 0, "of December");
    let november = "/api/v1/usage?from=2026-11-01&to=2026-11-30&zone=UTC";
    let usage = api.call("GET", november, Value::Null).await.expect(200);
    let days = usage["amounts"].as_array().unwrap().iter();
    assert_eq!(days.filter_map(Value::as_i64).sum::<i64>(), 80, "of November");
    let refund = json!({"consumption_id": id, "quantity": 30});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    assert_eq!(api.usage().await["quota_used"], 0, "a refund lands in no later month");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn rows_of_a_finished_job_are_refunded_by_its_id(pool: PgPool) {
    let api = fifty_and_two_hundred(pool).await;
    let id = start(&api, 100).await;
    let refund = async |quantity: i64| {
        let body = json!({"consumption_id": id, "quantity": quantity});
        api.call("POST", "/api/v1/refunds", body).await
    };
    refund(1).await.expect(404);
    complete(&api, &id, 100).await.expect(200);
    refund(20).await.expect(200);
    refund(81).await.expect(422);
    assert_eq!(left(&api).await, (json!(0), json!(170)));
    assert_eq!(get(&api, &id).await["processed"], 100, "the job was what it was");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_reservation_of_a_job_ends_only_with_the_job(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = start(&api, 100).await;
    let directly = async |what: &str, body: Value| {
        api.call("POST", &format!("/api/v1/reservations/{id}/{what}"), body).await.expect(409)
    };
    let calls =
        || [("commit", json!({"quantity": 1})), ("release", json!({})), ("renew", json!({}))];
    for (what, body) in calls() {
        assert_eq!(directly(what, body).await["code"], "RESERVATION_OF_JOB", "{what}");
    }
    assert_eq!(get(&api, &id).await["state"], "running");
    complete(&api, &id, 100).await.expect(200);
    for (what, body) in calls() {
        assert_eq!(directly(what, body).await["code"], "RESERVATION_CLOSED", "{what}");
    }
    let held = json!({"operation": "prospect_search", "quantity": 1});
    let held = api.call("POST", "/api/v1/reservations", held).await.expect(201);
    for (what, body) in self::calls() {
        let none = say(&api, held["reservation_id"].as_str().unwrap(), what, body).await;
        assert_eq!(none.expect(404)["code"], "NOT_FOUND", "{what}: a reservation without a job");
    }
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_ends_at_the_same_time_on_two_servers_one_wins(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = api.another_server();
    let mut used = 0;
    for _ in 0..8 {
        let id = start(&api, 10).await;
        let (completed, failed, again, expired) = tokio::join!(
            complete(&api, &id, 7),
            fail(&other, &id, "server_error"),
            complete(&other, &id, 9),
            other.service.expire_reservations(),
        );
        expired.unwrap();
        let statuses = [&completed, &failed, &again].map(|reply| reply.status);
        let won = statuses.iter().filter(|status| **status == 200).count();
        let lost = statuses.iter().filter(|status| **status == 409).count();
        assert_eq!((won, lost), (1, 2), "{statuses:?}");
        let ended = get(&api, &id).await;
        let winner = [completed, failed, again].into_iter().find(|reply| reply.status == 200);
        assert_eq!(winner.unwrap().body, ended);
        used +=
            if ended["state"] == "completed" { ended["processed"].as_i64().unwrap() } else { 0 };
    }
    assert_eq!(api.usage().await["quota_used"], used);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn once_its_time_is_over_expiry_wins_on_every_server(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = api.another_server();
    let id = start(&api, 10).await;
    api.set_time("2026-11-21T12:15:00Z").await;
    let (completed, failed, expired) = tokio::join!(
        complete(&api, &id, 7),
        fail(&other, &id, "server_error"),
        other.service.expire_reservations(),
    );
    expired.unwrap();
    assert_eq!((completed.status, failed.status), (409, 409));
    assert_eq!(get(&api, &id).await["reason"], "expired");
    assert_eq!(api.count("SELECT count(*) FROM ledger WHERE kind = 'expiry'").await, 1);
    assert_eq!(api.usage().await["quota_used"], 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_key_is_answered_the_same_again(pool: PgPool) {
    let api = Api::new(pool).await;
    let first = api.post_once("start", PATH, job(100)).await;
    let location = first.header("location").unwrap().to_owned();
    let again = api.another_server().post_once("start", PATH, job(100)).await;
    assert_eq!(again.header("location"), Some(location.as_str()));
    let started = first.expect(201);
    assert_eq!(again.expect(201), started);
    let reused = api.post_once("start", PATH, job(101)).await.expect(422);
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");

    let (first, second) = (id(&started), start(&api, 50).await);
    for (id, what, body) in [
        (&first, "progress", json!({"processed": 10})),
        (&first, "complete", json!({"succeeded": 40})),
        (&second, "fail", json!({"reason": "server_error"})),
    ] {
        let path = format!("{PATH}/{id}/{what}");
        let answer = api.post_once(what, &path, body.clone()).await.expect(200);
        // Also where a new request would be refused by now.
        assert_eq!(api.post_once(what, &path, body).await.expect(200), answer, "{what}");
    }
    assert_eq!(api.count("SELECT count(*) FROM jobs").await, 2);
    assert_eq!(api.usage().await["quota_used"], 40);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_free_operation_can_be_a_job_and_one_that_costs_on_two_meters(pool: PgPool) {
    let api = Api::new(pool).await;
    let free = json!({"operation": "view_contacts", "rows": 10});
    let free = id(&api.call("POST", PATH, free).await.expect(201));
    let done = complete(&api, &free, 4).await.expect(200);
    assert_eq!((&done["processed"], &done["charges"]), (&json!(4), &json!([])));
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);

    let both = json!({"operation": "enrich", "rows": 10});
    let both = id(&api.call("POST", PATH, both).await.expect(201));
    let done = complete(&api, &both, 6).await.expect(200);
    let amounts = done["charges"].as_array().unwrap().iter();
    assert_eq!(amounts.map(|charge| &charge["amount"]).collect::<Vec<_>>(), [6, 6]);
    api.verify().await;
}
