//! The client against a small server that answers what each test tells it to.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use allot_client::{
    Client, Decision, Error, JobDecision, JobFailure, JobFilter, JobRequest, JobState, Key,
    LimitFilter, Outcome, Period, Request, ReservationDecision, Retries, Scope, WhenUnreachable,
};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const QUICK: Retries = Retries {
    budget: Duration::from_secs(10),
    attempt: Duration::from_secs(10),
    first_pause: Duration::from_micros(10),
    longest_pause: Duration::from_micros(100),
    longest_retry_after: Duration::from_micros(100),
};

/// The first pause is longer than the budget, so that one attempt is all there is.
const ONCE: Retries =
    Retries { first_pause: Duration::from_mins(1), longest_pause: Duration::from_mins(1), ..QUICK };

/// An answer to give: its status, `Retry-After` and body.
type Planned = (u16, Option<u64>, String);

/// A request that arrived.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    call: String,
    key: Option<String>,
    authorization: String,
    body: Value,
}

/// A server with the answers that it will give, one after the other; the last one stays.
#[derive(Clone)]
struct Server {
    url: String,
    answers: Arc<Mutex<VecDeque<Planned>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    async fn start(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let plain = |(status, body): (u16, Value)| (status, None, body.to_string());
        Self::start_with(answers.into_iter().map(plain)).await
    }

    async fn start_with(answers: impl IntoIterator<Item = Planned>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            seen: Arc::default(),
        };
        let state = server.clone();
        let router = Router::new().fallback(
            async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                state.answer(&method, &uri, &headers, &body)
            },
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
        let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap().to_owned());
        self.seen.lock().unwrap().push(Seen {
            call: format!("{method} {uri}"),
            key: text("idempotency-key"),
            authorization: text("authorization").unwrap(),
            body: serde_json::from_slice(body).unwrap_or_default(),
        });
        let mut answers = self.answers.lock().unwrap();
        let last = answers.len() == 1;
        let answer = if last { answers.front().cloned() } else { answers.pop_front() };
        let (status, retry_after, body) = answer.unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let mut response = (status, body).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn client(&self) -> Client {
        self.client_with(QUICK)
    }

    fn client_with(&self, retries: Retries) -> Client {
        Client::builder(&self.url, "allot_test").no_proxy().retries(retries).build().unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn limit() -> Value {
    json!({
        "scope": "subtenant", "scope_id": "s-1", "meter": "credits", "period": "yearly",
        "limit": 100, "used": 25, "reserved": 0, "set_aside": 0, "remaining": 75,
        "resets_at": "2027-01-01T00:00:00Z",
    })
}

fn allowed() -> Value {
    let charge = json!({"meter": "credits", "amount": 25, "from_allowance": 20, "from_packs": 5});
    json!({
        "decision": "allowed", "consumption_id": "c-1", "granted": 25, "charges": [charge],
        "limits": [limit()], "a_field_of_tomorrow": 1,
    })
}

fn denied() -> Value {
    let mut failed = limit();
    for (name, value) in [("requested", json!(80)), ("would_fit", json!(75))] {
        failed[name] = value;
    }
    failed["raised_by"] = json!(["quota_administrator"]);
    json!({
        "type": "about:blank", "title": "Quota exceeded", "status": 429, "code": "QUOTA_EXCEEDED",
        "detail": "No.", "would_fit": 75, "failed": [failed],
    })
}

fn problem(status: u16, code: &str) -> Value {
    json!({"status": status, "code": code, "detail": "Because.", "field": "quantity"})
}

fn request() -> Request {
    Request::new("prospect_search", 25).member("ann@acme.test")
}

async fn consume(client: &Client, key: &Key) -> Result<Outcome, Error> {
    client.consume(key, &request(), WhenUnreachable::FailClosed).await
}

#[tokio::test]
async fn what_was_allowed_is_typed() {
    let server = Server::start([(200, allowed())]).await;
    let key = Key::new("order-17").unwrap();
    let outcome = consume(&server.client(), &key).await.unwrap();
    let Outcome::Decided(Decision::Allowed(allowed)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(allowed.consumption_id.as_deref(), Some("c-1"));
    assert_eq!((allowed.granted, allowed.charges[0].from_packs), (25, 5));
    let limit = &allowed.limits[0];
    assert_eq!((limit.scope, limit.period), (Scope::Subtenant, Period::Yearly));
    assert_eq!((limit.limit, limit.remaining), (Some(100), Some(75)));
    let seen = Seen {
        call: "POST /api/v1/consume".to_owned(),
        key: Some("order-17".to_owned()),
        authorization: "Bearer allot_test".to_owned(),
        body: json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": 25}),
    };
    assert_eq!(server.seen(), [seen]);
}

#[tokio::test]
async fn a_denial_is_a_decision() {
    let server = Server::start_with([(429, Some(60), denied().to_string())]).await;
    let outcome = consume(&server.client(), &Key::random()).await.unwrap();
    let Outcome::Decided(Decision::Denied(denied)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((denied.would_fit, denied.retry_after), (75, Some(Duration::from_mins(1))));
    let failed = &denied.failed[0];
    assert_eq!((failed.limit.scope, failed.requested), (Scope::Subtenant, 80));
    assert_eq!(failed.raised_by, ["quota_administrator"]);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn checks_are_answered_in_one_shape() {
    let mut allows = allowed();
    allows.as_object_mut().unwrap().remove("consumption_id");
    let mut refusal = json!({"decision": "denied", "would_fit": 75});
    refusal["failed"] = denied()["failed"].clone();
    let server = Server::start([(200, allows), (200, refusal)]).await;
    let client = server.client();
    let partial = request().allow_partial();
    let first = client.check(&partial, WhenUnreachable::FailOpen).await.unwrap();
    let second = client.check(&partial, WhenUnreachable::FailOpen).await.unwrap();
    let Outcome::Decided(Decision::Allowed(allowed)) = first else { panic!("{first:?}") };
    assert_eq!(allowed.consumption_id, None);
    let Outcome::Decided(Decision::Denied(denied)) = second else { panic!("{second:?}") };
    assert_eq!(denied.would_fit, 75);
    assert_eq!(server.seen()[0].body["allow_partial"], true);
}

#[tokio::test]
async fn every_attempt_has_the_same_key_and_body() {
    let away = problem(503, "UNAVAILABLE");
    let answers = [500, 502, 503, 504].map(|status| (status, away.clone()));
    let server = Server::start(answers.into_iter().chain([(200, allowed())])).await;
    let client = server.client();
    let outcome = consume(&client, &Key::random()).await.unwrap();
    assert!(matches!(outcome, Outcome::Decided(Decision::Allowed(_))), "{outcome:?}");
    let seen = server.seen();
    assert_eq!(seen.len(), 5);
    assert!(seen[0].key.is_some());
    assert!(seen.iter().all(|it| *it == seen[0]), "{seen:?}");
    assert_eq!(client.sent_again(), 1);
}

#[tokio::test]
async fn a_lost_connection_is_no_answer() {
    // Takes the first connection and hangs up; then it is a server.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        drop(listener.accept().await);
        let router = Router::new().fallback(async || allowed().to_string());
        axum::serve(listener, router).await
    });
    let client = Client::builder(&url, "allot_test").no_proxy().retries(QUICK).build().unwrap();
    let outcome = consume(&client, &Key::random()).await.unwrap();
    assert!(matches!(outcome, Outcome::Decided(Decision::Allowed(_))), "{outcome:?}");
    assert_eq!(client.sent_again(), 1);
}

#[tokio::test]
async fn a_refusal_is_not_sent_again() {
    for status in [400, 401, 403, 404, 409, 413, 422, 429] {
        let server = Server::start([(status, problem(status, "NO"))]).await;
        let error = consume(&server.client(), &Key::random()).await.unwrap_err();
        let Error::Problem(problem) = error else { panic!("{error:?}") };
        assert_eq!((problem.status, problem.code.as_str()), (status, "NO"));
        assert_eq!(problem.field.as_deref(), Some("quantity"));
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_caller_chooses_what_an_unreachable_allot_means() {
    let server = Server::start([(503, problem(503, "UNAVAILABLE"))]).await;
    let client = server.client_with(ONCE);
    let choices = [(WhenUnreachable::FailOpen, true), (WhenUnreachable::FailClosed, false)];
    for (choice, expected) in choices {
        let consumed = client.consume(&Key::random(), &request(), choice).await.unwrap();
        let checked = client.check(&request(), choice).await.unwrap();
        for outcome in [consumed, checked] {
            let Outcome::Undecided { go_ahead, unreachable } = outcome else {
                panic!("{outcome:?}")
            };
            assert_eq!(go_ahead, expected);
            assert!(unreachable.cause.contains("UNAVAILABLE"), "{unreachable}");
        }
    }
    let error = client.refund(&Key::random(), "c-1", 1).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_at_all_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder(&url, "allot_test").no_proxy().retries(ONCE).build().unwrap();
    let outcome = client.check(&request(), WhenUnreachable::FailOpen).await.unwrap();
    let Outcome::Undecided { go_ahead: true, unreachable } = outcome else { panic!("{outcome:?}") };
    assert_eq!(unreachable.attempts, 1);
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_gets_it() {
    let pause = Duration::from_millis(20);
    let busy = (503, Some(3600), problem(503, "BUSY").to_string());
    let server = Server::start_with([busy, (200, None, allowed().to_string())]).await;
    let client = server.client_with(Retries { longest_retry_after: pause, ..QUICK });
    let begin = Instant::now();
    let outcome = consume(&client, &Key::random()).await.unwrap();
    assert!(matches!(outcome, Outcome::Decided(_)), "{outcome:?}");
    assert!(begin.elapsed() >= pause);
}

#[tokio::test]
async fn a_server_that_never_answers_costs_no_more_than_the_budget() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let budget = Duration::from_millis(50);
    let retries = Retries { budget, attempt: Duration::from_millis(10), ..QUICK };
    let client = Client::builder(&url, "allot_test").no_proxy().retries(retries).build().unwrap();
    let outcome = consume(&client, &Key::random()).await.unwrap();
    let Outcome::Undecided { go_ahead: false, unreachable } = outcome else {
        panic!("{outcome:?}")
    };
    assert!((1..=6).contains(&unreachable.attempts), "{unreachable}");
}

#[tokio::test]
async fn a_batch_has_one_answer_for_each_request() {
    let mut first = allowed();
    first.as_object_mut().unwrap().remove("limits");
    first["status"] = json!(200);
    let answers = json!({"answers": [first, denied(), problem(404, "MEMBER_NOT_FOUND")]});
    let server = Server::start([(200, answers)]).await;
    let requests = [request(), request(), Request::new("enrich", 1)];
    let answers = server.client().consume_batch(&Key::random(), &requests).await.unwrap();
    let [Ok(Decision::Allowed(first)), Ok(Decision::Denied(second)), Err(third)] = &answers[..]
    else {
        panic!("{answers:?}")
    };
    assert_eq!((first.granted, first.limits.len()), (25, 0));
    assert_eq!(second.failed[0].would_fit, 75);
    assert_eq!(third.code, "MEMBER_NOT_FOUND");
    assert_eq!(server.seen()[0].body["requests"][2], json!({"operation": "enrich", "quantity": 1}));
}

#[tokio::test]
async fn a_reservation_is_held_and_settled() {
    let held = json!({
        "decision": "allowed", "reservation_id": "r-1", "expires_at": "2026-12-01T00:00:00Z",
        "granted": 25, "charges": [], "limits": [],
    });
    let committed = json!({"consumption_id": "c-1", "committed": 20, "released": 5, "charges": []});
    let server = Server::start([
        (201, held),
        (200, json!({"reservation_id": "r-1", "expires_at": "2026-12-01T00:15:00Z"})),
        (200, committed),
        (200, json!({"reservation_id": "r-2", "released": 25})),
        (200, json!({"consumption_id": "c-1", "refunded": 3, "charges": []})),
        (429, denied()),
    ])
    .await;
    let (client, key, minute) = (server.client(), Key::random(), Duration::from_mins(1));
    let held = client.reserve(&key, &request(), minute).await.unwrap();
    let ReservationDecision::Held(held) = held else { panic!("{held:?}") };
    let renewed = client.renew(&key, &held.reservation_id, minute).await.unwrap();
    assert!(renewed.expires_at > held.expires_at);
    let committed = client.commit(&key, &held.reservation_id, 20).await.unwrap();
    assert_eq!((committed.committed, committed.released), (20, 5));
    assert_eq!(client.release(&key, "r-2").await.unwrap().released, 25);
    assert_eq!(client.refund(&key, &committed.consumption_id, 3).await.unwrap().refunded, 3);
    let denied = client.reserve(&key, &request(), minute).await.unwrap();
    assert!(matches!(denied, ReservationDecision::Denied(_)), "{denied:?}");

    let calls: Vec<_> = server.seen().into_iter().map(|it| (it.call, it.body)).collect();
    let of = |what: &str, body| (format!("POST /api/v1/{what}"), body);
    let mut reserve = json!({"member": "ann@acme.test", "operation": "prospect_search"});
    reserve["quantity"] = json!(25);
    reserve["ttl_seconds"] = json!(60);
    let expected = [
        of("reservations", reserve.clone()),
        of("reservations/r-1/renew", json!({"ttl_seconds": 60})),
        of("reservations/r-1/commit", json!({"quantity": 20})),
        of("reservations/r-2/release", json!({})),
        of("refunds", json!({"consumption_id": "c-1", "quantity": 3})),
        of("reservations", reserve),
    ];
    assert_eq!(calls, expected);
}

/// A job as the API shows it.
fn job(state: &str, processed: i64) -> Value {
    json!({
        "id": "j-1", "name": "Leads", "member_id": null, "subtenant_id": null,
        "operation": "enrich", "state": state, "reason": null, "detail": null, "rows": 100,
        "granted": 80, "processed": processed, "charges": [], "limits": [limit()],
        "started_at": "2026-12-01T00:00:00Z", "expires_at": null, "ended_at": null,
        "a_field_of_tomorrow": 1,
    })
}

#[tokio::test]
async fn a_job_is_started_and_ended() {
    let mut failed = job("failed", 60);
    failed["reason"] = json!("server_error");
    let mut paused = job("paused", 0);
    paused["reason"] = json!("boredom");
    let list = json!({"jobs": [job("running", 5), paused], "next_cursor": "c-2"});
    let server = Server::start([
        (201, job("running", 0)),
        (429, denied()),
        (200, job("running", 60)),
        (200, failed),
        (200, job("completed", 70)),
        (200, job("completed", 70)),
        (200, list),
    ])
    .await;
    let (client, key) = (server.client(), Key::random());
    let request = JobRequest::new("enrich", 100).member("ann@acme.test").name("Leads");
    let request = request.allow_partial().time_to_live(Duration::from_mins(1));
    let started = client.start_job(&key, &request).await.unwrap();
    let JobDecision::Started(started) = started else { panic!("{started:?}") };
    assert_eq!((started.job.granted, started.limits[0].scope), (80, Scope::Subtenant));
    let refused = client.start_job(&key, &JobRequest::new("enrich", 1)).await.unwrap();
    assert!(matches!(&refused, JobDecision::Denied(denied) if denied.would_fit == 75));
    assert_eq!(client.report_progress(&key, "j-1", 60).await.unwrap().processed, 60);
    let reason = JobFailure::ServerError;
    let failed = client.fail_job(&key, "j-1", reason, Some("No more.")).await.unwrap();
    assert_eq!((failed.state, failed.reason), (JobState::Failed, Some(reason)));
    assert_eq!(client.complete_job(&key, "j-1", 70).await.unwrap().state, JobState::Completed);
    assert_eq!(client.job("j-1").await.unwrap().name.as_deref(), Some("Leads"));
    let filter = JobFilter {
        state: Some(JobState::Running),
        operation: Some("a b&c".to_owned()),
        ..JobFilter::default()
    };
    let list = client.jobs(&filter).await.unwrap();
    assert_eq!((list.jobs.len(), list.next_cursor.as_deref()), (2, Some("c-2")));
    let tomorrow = (list.jobs[1].state, list.jobs[1].reason);
    assert_eq!(tomorrow, (JobState::Other, Some(JobFailure::Other)));

    let calls: Vec<_> = server.seen().into_iter().map(|it| (it.call, it.body)).collect();
    let of = |what: &str, body| (format!("POST /api/v1/jobs{what}"), body);
    let get = |what: &str| (format!("GET /api/v1/jobs{what}"), Value::Null);
    let mut whole = json!({"member": "ann@acme.test", "operation": "enrich", "rows": 100});
    for (name, value) in
        [("name", json!("Leads")), ("allow_partial", json!(true)), ("ttl_seconds", json!(60))]
    {
        whole[name] = value;
    }
    let expected = [
        of("", whole),
        of("", json!({"operation": "enrich", "rows": 1})),
        of("/j-1/progress", json!({"processed": 60})),
        of("/j-1/fail", json!({"reason": "server_error", "detail": "No more."})),
        of("/j-1/complete", json!({"succeeded": 70})),
        get("/j-1"),
        get("?operation=a+b%26c&state=running"),
    ];
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn where_things_stand_is_typed() {
    let usage = json!({"quota_total": 2_000, "quota_used": 1_543, "quota_remaining": 457,
        "credits_remaining": 150, "reset_date": "2024-02-01T00:00:00Z"});
    let consumption = json!({"consumption_id": "c-1", "member_id": "m-1", "subtenant_id": null,
        "operation": "enrich", "quantity": 25, "refunded": 5, "charges": [],
        "recorded_at": "2026-12-01T00:00:00Z", "counts_at": "2026-12-01T00:00:00Z"});
    let gauge = json!({"meter": "contacts", "level": 70, "limits": [limit()]});
    let server = Server::start([
        (200, usage),
        (200, json!({"limits": [limit(), limit()]})),
        (200, consumption),
        (200, gauge.clone()),
        (200, gauge),
    ])
    .await;
    let client = server.client();
    let usage = client.usage().await.unwrap();
    assert_eq!((usage.quota_remaining, usage.credits_remaining), (457, 150));
    let of_ann = LimitFilter { member: Some("m-1".to_owned()), ..LimitFilter::default() };
    assert_eq!(client.limits(&of_ann).await.unwrap().len(), 2);
    let consumption = client.consumption("c-1").await.unwrap();
    assert_eq!((consumption.quantity, consumption.refunded), (25, 5));
    assert_eq!(client.set_gauge("contacts", 70, Some("m-1")).await.unwrap().level, 70);
    assert_eq!(client.set_gauge("contacts", 70, None).await.unwrap().limits.len(), 1);
    let calls: Vec<_> = server.seen().into_iter().map(|it| (it.call, it.body)).collect();
    let get = |path: &str| (format!("GET {path}"), Value::Null);
    let put = |body| ("PUT /api/v1/gauges/contacts".to_owned(), body);
    let expected = [
        get("/api/usage"),
        get("/api/v1/limits?member=m-1"),
        get("/api/v1/consumptions/c-1"),
        put(json!({"level": 70, "member": "m-1"})),
        put(json!({"level": 70})),
    ];
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn the_rest_of_the_api_is_called_by_path() {
    let server = Server::start([(503, json!({})), (200, json!({"id": "m-1"}))]).await;
    let client = server.client();
    let got: Value = client.put("/api/v1/members/m-1/credit-limit", &json!({})).await.unwrap();
    let made: Value = client.post("/api/v1/members", &Key::random(), &json!({})).await.unwrap();
    let read: Value = client.get("/api/usage").await.unwrap();
    assert!([got, made, read].iter().all(|it| it["id"] == "m-1"));
    let seen = server.seen();
    let keys: Vec<bool> = seen.iter().map(|it| it.key.is_some()).collect();
    assert_eq!(keys, [false, false, true, false]);
    assert_eq!(seen[3].call, "GET /api/usage");
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_an_error() {
    for (status, body) in [(200, "<html>"), (404, "<html>"), (200, "{}")] {
        let server = Server::start_with([(status, None, body.to_owned())]).await;
        let error = consume(&server.client(), &Key::random()).await.unwrap_err();
        assert!(matches!(error, Error::Unexpected { .. }), "{error:?}");
    }
}

#[test]
fn what_cannot_be_used_is_said_before_anything_is_sent() {
    for (url, key) in [("not a url", "allot_test"), ("http://localhost", "a\nb")] {
        let error = Client::new(url, key).unwrap_err();
        assert!(matches!(error, Error::Setup(_)), "{error:?}");
    }
}
