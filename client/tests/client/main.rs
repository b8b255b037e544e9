//! The client against a small server that answers what each test tells it to.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;
mod work;

use std::time::{Duration, Instant};

use allot_client::{
    Client, Decision, Error, Key, Outcome, Period, Request, Retries, Scope, WhenUnreachable,
};
use axum::Router;
use serde_json::{Value, json};
use support::{ONCE, QUICK, Seen, Server, allowed, consume, denied, problem, request};
use tokio::net::TcpListener;

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
