//! How often one key may call, which no quota has a say in.

use crate::support::{Api, Reply, create};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::net::SocketAddr;

/// Calls at the same time: far more than any limit here allows within the time that they take.
const AT_ONCE: usize = 60;

/// Calls so many times at once; how many were answered, and one of the refusals.
async fn at_once(call: impl AsyncFn() -> Reply) -> (i64, Reply) {
    let replies = join_all((0..AT_ONCE).map(|_| call())).await;
    let is_refused = |reply: &Reply| reply.status == StatusCode::TOO_MANY_REQUESTS.as_u16();
    let (refused, answered): (Vec<Reply>, Vec<Reply>) = replies.into_iter().partition(is_refused);
    let refused = refused.into_iter().next().expect("all calls were answered");
    (i64::try_from(answered.len()).unwrap(), refused)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_that_calls_too_often_is_told_that_this_is_no_quota(pool: PgPool) {
    let api = Api::new(pool).await.configured(&["--requests-per-second", "2"]);
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let call = async || api.call("POST", "/api/v1/consume", one.clone()).await;
    let (answered, refused) = at_once(call).await;
    assert!(answered >= 2, "{answered}");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("ratelimit-policy"), Some("\"requests\";q=2;w=1"));
    assert_eq!(refused.header("ratelimit"), Some("\"requests\";r=0;t=1"));
    let problem = refused.expect(429);
    assert_eq!(problem["code"], "RATE_LIMITED");
    assert!(problem["detail"].as_str().unwrap().contains("This is no quota"), "{problem}");
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, answered);

    // Another key has its own limit, and so has another server.
    let other = create(&api.service, "team", "bea@other.test").await;
    api.call_as(&other.api_key, "GET", "/api/usage", Value::Null, &[]).await.expect(200);
    api.configured(&[]).call("GET", "/api/usage", Value::Null).await.expect(200);
    api.verify().await;
}

/// One list for both, so that a client that knows the header sees what it comes near to.
#[sqlx::test(migrations = "../migrations")]
async fn the_limit_is_listed_beside_quotas(pool: PgPool) {
    let api = Api::new(pool).await;
    let one = json!({"operation": "prospect_search", "quantity": 1});
    let reply = api.call("POST", "/api/v1/consume", one).await;
    let lists = |name| reply.header(name).unwrap().split(", ").map(str::to_owned).collect();
    let (policies, states): (Vec<_>, Vec<_>) = (lists("ratelimit-policy"), lists("ratelimit"));
    assert_eq!(policies.len(), states.len());
    assert!(policies.len() > 1, "{policies:?}");
    assert_eq!(policies.last().unwrap(), "\"requests\";q=20000;w=1");
    assert_eq!(states.last().unwrap(), "\"requests\";r=19999;t=1");
    // What is about no quota has the limit alone.
    let usage = api.call("GET", "/api/usage", Value::Null).await;
    assert_eq!(usage.header("ratelimit-policy"), Some("\"requests\";q=20000;w=1"));
    let unlimited = api.configured(&["--requests-per-second", "0"]);
    let usage = unlimited.call("GET", "/api/usage", Value::Null).await;
    assert_eq!((usage.status, usage.header("ratelimit")), (200, None));
}

/// Many programs share an address: those with a valid key are not in the way of one without.
#[sqlx::test(migrations = "../migrations")]
async fn an_address_without_valid_keys_has_to_wait(pool: PgPool) {
    let api = Api::new(pool).await;
    let call = async |key: &str, address: &str| {
        let address: SocketAddr = address.parse().unwrap();
        let request = Request::builder()
            .uri("/api/usage")
            .header("authorization", format!("Bearer {key}"))
            .extension(ConnectInfo(address));
        api.send(request.body(Body::empty()).unwrap()).await
    };
    let stranger = async || call("allot_no_key", "192.0.2.7:4711").await;
    let (answered, refused) = at_once(stranger).await;
    assert!(answered >= 10, "{answered}");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.expect(429)["code"], "RATE_LIMITED");
    call("allot_no_key", "192.0.2.8:4711").await.expect(401);
    call(&api.organization.api_key, "192.0.2.7:4711").await.expect(200);
}
