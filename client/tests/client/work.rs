//! Reservations, jobs, and where limits stand.

use std::time::Duration;

use allot_client::{
    JobDecision, JobFailure, JobFilter, JobRequest, JobState, Key, LimitFilter,
    ReservationDecision, Scope,
};
use serde_json::{Value, json};

use crate::support::{Server, denied, limit, request};

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
