//! What pages are told of changes, by server-sent events.

use crate::{
    browser::Browser,
    support::{Api, NOON, at, create},
};
use axum::{
    body::{Body, BodyDataStream},
    http::Request,
};
use domain::amount::Quantity;
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};
use service::{Clock, ConsumeRequest, CreatedOrganization, Service, Store};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::timeout;
use tower::ServiceExt as _;

/// How long it takes at most until a change is told, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of `/live`.
struct Stream(BodyDataStream);

impl Stream {
    async fn open(api: &Api, browser: &Browser<'_>, path: &str) -> Self {
        let request = Request::get(path).header("cookie", browser.cookie());
        let request = request.body(Body::empty()).unwrap();
        let reply = api.router.clone().oneshot(request).await.unwrap();
        assert_eq!(reply.status(), 200);
        let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        let mut stream = Self(reply.into_body().into_data_stream());
        assert_eq!(stream.next().await.as_deref(), Some("retry: 1000\n\n"));
        stream
    }

    /// What is sent next; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let sent = timeout(PATIENCE, self.0.next()).await.expect("nothing is told")?;
        Some(String::from_utf8(sent.unwrap().to_vec()).unwrap())
    }

    /// Waits until it is told that something has changed.
    async fn changed(&mut self) {
        assert_eq!(self.next().await.as_deref(), Some("data: changed\n\n"));
    }

    fn is_quiet(&mut self) -> bool {
        self.0.next().now_or_never().is_none()
    }
}

/// Lets this server say and hear what changes.
fn run(service: &Service) {
    let (announcing, hearing) = (service.clone(), service.clone());
    tokio::spawn(async move { announcing.announce_changes().await });
    tokio::spawn(async move { hearing.hear_changes().await });
}

/// One credit of an organization is used, decided by this server.
async fn consume(server: &Service, organization: &CreatedOrganization) {
    let request = ConsumeRequest {
        member: None,
        operation: "prospect_search".parse().unwrap(),
        quantity: Quantity::parse("quantity", 1).unwrap(),
        allow_partial: false,
    };
    let caller = server.decision_caller_of_key(&organization.api_key).await.unwrap();
    server.consume(&caller, request, None).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn only_who_is_signed_in_is_told(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut stranger, mut ann) = (Browser::new(&api), Browser::signed_in(&api).await);
    let mut operator = Browser::operating(&api).await;
    for nobody in [&mut stranger, &mut operator] {
        let refused = nobody.request("GET", "/live").await.expect(401);
        assert_eq!(refused["code"], "UNAUTHENTICATED");
    }
    api.call("GET", "/live", Value::Null).await.expect(401);
    for since in ["x", "-1", "1.5", ""] {
        let refused = ann.request("GET", &format!("/live?since={since}")).await.expect(422);
        assert_eq!(refused["field"], "since");
    }
    assert_eq!(ann.request("GET", "/live?of=all").await.expect(422)["field"], "of");
    let foreign = Request::get("/live")
        .header("cookie", ann.cookie())
        .header("sec-fetch-site", "cross-site")
        .body(Body::empty());
    let refused = api.send(foreign.unwrap()).await.expect(403);
    assert_eq!(refused["code"], "FOREIGN_ORIGIN");
    api.sql("UPDATE members SET status = 'inactive'").await;
    ann.request("GET", "/live").await.expect(401);
}

#[sqlx::test(migrations = "../migrations")]
async fn changes_by_other_servers_are_told_to_whom_they_concern(pool: PgPool) {
    let api = Api::new(pool.clone()).await;
    let other = create(&api.service, "enterprise", "eve@umbrella.test").await;
    let ann = Browser::signed_in(&api).await;
    let eve = Browser::by_link(&api, &other.sign_in_token).await;
    let mut of_ann = Stream::open(&api, &ann, "/live").await;
    let mut of_eve = Stream::open(&api, &eve, "/live").await;
    let server = Service::new(Store::from_pool(pool), Clock::at(at(NOON)));
    run(&api.service);
    run(&server);
    // Nobody knows what was before changes are heard.
    of_ann.changed().await;
    of_eve.changed().await;

    consume(&server, &api.organization).await;
    of_ann.changed().await;
    assert!(of_eve.is_quiet(), "what others use is nobody else's");
    consume(&server, &other).await;
    of_eve.changed().await;
    assert!(of_ann.is_quiet());

    // Edits too, whoever makes them, and imports, which are no decisions.
    api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    api.limit(json!(500)).await;
    of_ann.changed().await;
    api.sql("UPDATE members SET status = 'inactive' WHERE email = 'eve@umbrella.test'").await;
    of_eve.changed().await;
    let event = json!({"specversion": "1.0", "type": "allot.usage", "source": "/crm", "id": "1",
        "time": "2026-11-02T09:00:00Z", "data": {"operation": "send_email", "quantity": 1}});
    api.call("POST", "/api/v1/usage/import", json!({"events": [event]})).await.expect(200);
    of_ann.changed().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_missed_is_told_at_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let ann = Browser::signed_in(&api).await;
    let mut first = Stream::open(&api, &ann, "/live").await;
    run(&api.service);
    first.changed().await;
    consume(&api.service, &api.organization).await;
    first.changed().await;
    let mut late = Stream::open(&api, &ann, "/live?since=60").await;
    late.changed().await;
    assert!(late.is_quiet() && first.is_quiet());
    let mut knows = Stream::open(&api, &ann, "/live?since=0").await;
    assert!(knows.is_quiet(), "it was read just now");
    // A number that no clock can go back by.
    let mut ever = Stream::open(&api, &ann, &format!("/live?since={}", u64::MAX)).await;
    ever.changed().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn streams_are_limited_and_end_with_the_server(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut ann = Browser::signed_in(&api).await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(Stream::open(&api, &ann, "/live").await);
    }
    let refused = ann.request("GET", "/live").await;
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(refused.expect(503)["code"], "TOO_MANY_FOLLOW");
    streams.pop();
    streams.push(Stream::open(&api, &ann, "/live").await);
    api.service.end_following();
    for stream in &mut streams {
        assert_eq!(stream.next().await, None);
    }
    assert_eq!(Stream::open(&api, &ann, "/live").await.next().await, None, "it stops");
}
