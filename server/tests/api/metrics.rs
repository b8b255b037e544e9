//! `/metrics`: who may read it, what is in it, and that Prometheus understands it.

use crate::support::{Api, Reply};
use axum::{body::Body, extract::ConnectInfo, http::Request};
use serde_json::json;
use sqlx::PgPool;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

const HERE: &str = "127.0.0.1:4711";

async fn metrics(api: &Api, address: Option<&str>, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().uri("/metrics");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(address) = address {
        let address: SocketAddr = address.parse().unwrap();
        request = request.extension(ConnectInfo(address));
    }
    api.send(request.body(Body::empty()).unwrap()).await
}

/// The samples, by their names with labels.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name, value.parse().unwrap())
        })
        .collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn metrics_are_for_this_machine_or_for_whoever_has_the_token(pool: PgPool) {
    let api = Api::new(pool).await;
    for here in [HERE, "[::1]:4711", "[::ffff:127.0.0.1]:4711"] {
        assert_eq!(metrics(&api, Some(here), &[]).await.status, 200, "{here}");
    }
    for elsewhere in [None, Some("192.0.2.7:4711"), Some("[::ffff:192.0.2.7]:4711")] {
        let refused = metrics(&api, elsewhere, &[]).await;
        assert_eq!(refused.expect(403)["code"], "FORBIDDEN");
    }
    // A proxy on this machine passes on what comes from anywhere.
    for header in ["forwarded", "x-forwarded-for", "via"] {
        let refused = metrics(&api, Some(HERE), &[(header, "192.0.2.7")]).await;
        assert_eq!(refused.status, 403, "{header}");
    }

    let api = api.configured(&["--metrics-token", "a-token-of-24-characters"]);
    let with = async |header: &str| metrics(&api, None, &[("authorization", header)]).await;
    assert_eq!(with("Bearer a-token-of-24-characters").await.status, 200);
    for wrong in ["Bearer a-token-of-24-character", "Bearer ", "a-token-of-24-characters"] {
        assert_eq!(with(wrong).await.expect(401)["code"], "UNAUTHENTICATED", "{wrong}");
    }
    assert_eq!(metrics(&api, Some(HERE), &[]).await.status, 401);
}

#[sqlx::test(migrations = "../migrations")]
async fn decisions_and_what_waits_are_counted(pool: PgPool) {
    let api = Api::new(pool).await;
    let read = async || metrics(&api, Some(HERE), &[]).await.expect(200);
    let before = read().await;
    let decide = async |key: &str, operation: &str, quantity: i64, partial: bool| {
        let body = json!({"operation": operation, "quantity": quantity, "allow_partial": partial});
        api.post_once(key, "/api/v1/consume", body).await.status
    };
    api.limit(json!(100)).await;
    assert_eq!(decide("1", "prospect_search", 60, false).await, 200);
    assert_eq!(decide("1", "prospect_search", 60, false).await, 200);
    assert_eq!(decide("2", "prospect_search", 60, false).await, 429);
    assert_eq!(decide("3", "prospect_search", 60, true).await, 200);
    assert_eq!(decide("4", "no_such_operation", 1, false).await, 422);
    api.call("GET", &format!("/api/v1/members/{}", uuid::Uuid::now_v7()), json!(null))
        .await
        .expect(404);
    let after = read().await;
    let (before, after) = (before.as_str().unwrap(), after.as_str().unwrap());
    let (before, after) = (samples(before), samples(after));
    // Other tests count in the same program.
    let more = |name: &str| after[name] - before.get(name).copied().unwrap_or_default();
    for outcome in ["allowed", "partial", "denied", "refused", "replayed"] {
        let name = format!("allot_decisions_total{{outcome=\"{outcome}\"}}");
        assert!(more(&name) >= 1.0, "{name}");
    }
    for (name, least) in [
        ("allot_decision_duration_seconds_count", 5.0),
        ("allot_batch_size_count", 5.0),
        ("allot_batch_transaction_duration_seconds_count", 3.0),
        (
            "allot_http_requests_total{method=\"POST\",route=\"/api/v1/consume\",status=\"4xx\"}",
            2.0,
        ),
        (
            "allot_http_requests_total{method=\"GET\",route=\"/api/v1/members/{id}\",status=\"4xx\"}",
            1.0,
        ),
        (
            "allot_http_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/consume\"}",
            5.0,
        ),
    ] {
        assert!(more(name) >= least, "{name}: {}", more(name));
    }
    for name in ["allot_queue_depth", "allot_reservations_open", "allot_outbox_age_seconds"] {
        assert!(after[name] >= 0.0, "{name}");
    }
}

/// What `promtool check metrics` looks for: a help text and a type of each metric, units and suffixes in
/// names; and that no label has a value of which there is no end.
#[sqlx::test(migrations = "../migrations")]
async fn metrics_are_as_prometheus_wants_them(pool: PgPool) {
    let api = Api::new(pool).await;
    let organization = api.organization.id.to_string();
    api.call("GET", &format!("/api/v1/nothing/{organization}"), json!(null)).await.expect(404);
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    let text = metrics(&api, Some(HERE), &[]).await.expect(200);
    let text = text.as_str().unwrap();
    let comment = |kind: &str| -> BTreeMap<&str, &str> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(kind));
        lines.filter_map(|line| line.split_once(' ')).collect()
    };
    let (helps, types) = (comment("# HELP "), comment("# TYPE "));
    assert!(types.len() >= 18, "{types:?}");
    for (name, kind) in &types {
        assert!(helps.get(name).is_some_and(|help| help.ends_with('.')), "{name} has no help");
        assert_eq!(name.ends_with("_total"), *kind == "counter", "{name} is a {kind}");
        assert!(name.starts_with("allot_") && !name.contains("milli"), "{name}");
        assert_eq!(name.contains("duration"), *kind == "histogram" && name.ends_with("_seconds"));
    }
    let known: BTreeSet<&str> = types.keys().copied().collect();
    for sample in samples(text).keys() {
        let name = sample.split('{').next().unwrap();
        let parts = ["_bucket", "_sum", "_count"];
        let base = parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        assert!(known.contains(name) || known.contains(base), "{sample} has no type");
    }
    assert!(!text.contains(&organization), "an organization is a label");
}
