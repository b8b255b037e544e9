//! `consume/batch`: many requests, each decided on its own.

use crate::support::{Api, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/consume/batch";

/// A request of Ann's.
fn search(quantity: i64) -> Value {
    json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": quantity})
}

async fn send(api: &Api, requests: &[Value]) -> Reply {
    api.call("POST", PATH, json!({"requests": requests})).await
}

/// The answers, one for each request.
fn answers(body: &Value) -> &Vec<Value> {
    body["answers"].as_array().unwrap()
}

fn statuses(body: &Value) -> Vec<i64> {
    answers(body).iter().map(|answer| answer["status"].as_i64().unwrap()).collect()
}

/// Every way in which one item can be wrong, with its status and the field.
fn wrong_items() -> Vec<(Value, i64, Value)> {
    let with = |name: &str, value: Value| {
        let mut item = search(1);
        item[name] = value;
        item
    };
    vec![
        (search(901), 429, Value::Null),
        (with("member", json!("nobody@acme.test")), 404, json!("member")),
        (with("member", json!(7)), 422, json!("member")),
        (with("operation", json!("nope")), 422, json!("operation")),
        (with("operation", json!("")), 422, json!("operation")),
        (search(-1), 422, json!("quantity")),
        (search(0), 422, json!("quantity")),
        (with("quantity", json!("1")), 422, json!("quantity")),
        (with("quantity", json!(1e30)), 422, json!("quantity")),
        (with("ttl_seconds", json!(5)), 422, json!("ttl_seconds")),
        (json!({"operation": "prospect_search"}), 422, json!("quantity")),
        (json!([]), 422, json!("body")),
        (json!("text"), 422, json!("body")),
        (Value::Null, 422, json!("body")),
    ]
}

#[sqlx::test(migrations = "../migrations")]
async fn one_item_that_is_wrong_spoils_no_other(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(900)).await;
    let wrong = wrong_items();
    let requests: Vec<Value> =
        wrong.iter().flat_map(|(item, ..)| [search(1), item.clone()]).chain([search(1)]).collect();
    let body = send(&api, &requests).await.expect(200);
    assert_eq!(answers(&body).len(), requests.len());
    for (answer, request) in answers(&body).iter().zip(&requests).step_by(2) {
        assert_eq!((&answer["status"], &answer["decision"]), (&json!(200), &json!("allowed")));
        assert_eq!((&answer["granted"], request), (&json!(1), &search(1)));
    }
    for ((item, status, field), answer) in
        wrong.iter().zip(answers(&body).iter().skip(1).step_by(2))
    {
        assert_eq!((&answer["status"], &answer["field"]), (&json!(status), field), "{item}");
        for member in ["type", "title", "status", "code", "detail"] {
            assert!(!answer[member].is_null(), "{member} is missing: {answer}");
        }
    }
    let recorded = i64::try_from(wrong.len()).unwrap() + 1;
    assert_eq!(api.usage().await["quota_used"], recorded);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn each_is_decided_on_what_the_one_before_left(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let mut part = search(50);
    part["allow_partial"] = json!(true);
    let body = send(&api, &[search(60), search(60), search(30), part, search(1)]).await.expect(200);
    assert_eq!(statuses(&body), [200, 429, 200, 200, 429]);
    let answers = answers(&body);
    assert_eq!(
        (&answers[1]["code"], &answers[1]["would_fit"]),
        (&json!("QUOTA_EXCEEDED"), &json!(40))
    );
    assert_eq!(answers[1]["failed"][0]["scope"], "organization");
    assert_eq!(
        (&answers[3]["granted"], &answers[3]["charges"][0]["amount"]),
        (&json!(10), &json!(10))
    );
    let expected = ["status", "decision", "consumption_id", "granted", "charges"];
    let fields: Vec<&String> = answers[0].as_object().unwrap().keys().collect();
    assert_eq!(fields.len(), expected.len(), "{fields:?}");
    assert!(expected.iter().all(|name| !answers[0][*name].is_null()), "{}", answers[0]);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_thousand_are_recorded_once_each_and_more_are_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let members = ["ann@acme.test", "bob@acme.test"];
    api.member(members[1]).await;
    let mut requests: Vec<Value> = (0..1_000)
        .map(|n| json!({"member": members[n % 2], "operation": "mass_send", "quantity": 1}))
        .collect();
    let body = send(&api, &requests).await.expect(200);
    assert!(statuses(&body).iter().all(|status| *status == 200));
    let ids: std::collections::HashSet<&str> =
        answers(&body).iter().map(|answer| answer["consumption_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1_000);
    let recorded = "SELECT count(DISTINCT consumption_id) FROM ledger";
    assert_eq!(api.count(recorded).await, 1_000);
    assert_eq!(api.usage().await["quota_used"], 1_000);
    api.verify().await;

    requests.push(search(1));
    assert_eq!(send(&api, &requests).await.expect(422)["field"], "requests");
    // Also where some could not be read.
    requests[0] = json!("text");
    assert_eq!(send(&api, &requests).await.expect(422)["field"], "requests");
    assert_eq!(api.usage().await["quota_used"], 1_000);
}

#[sqlx::test(migrations = "../migrations")]
async fn no_requests_get_no_answers(pool: PgPool) {
    let api = Api::new(pool).await;
    assert_eq!(send(&api, &[]).await.expect(200), json!({"answers": []}));
    let body = json!({"requests": []});
    for _ in 0..2 {
        let again = api.post_once("none", PATH, body.clone()).await.expect(200);
        assert_eq!(again, json!({"answers": []}));
    }
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_retried_list_is_answered_the_same_and_counts_once(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(100)).await;
    let list = |items: &[Value]| json!({"requests": items});
    let items = [search(60), json!("text"), search(60), search(40)];
    let first = api.post_once("list", PATH, list(&items)).await.expect(200);
    assert_eq!(statuses(&first), [200, 422, 429, 200]);
    api.set_time("2026-11-21T12:00:01Z").await;
    api.limit(Value::Null).await;
    let (second, third) = tokio::join!(
        api.post_once("list", PATH, list(&items)),
        api.post_once("list", PATH, list(&items)),
    );
    for again in [second, third] {
        assert_eq!(again.expect(200), first, "also what a limit has denied that is gone");
    }
    assert_eq!(api.usage().await["quota_used"], 100);

    let others: [&[Value]; 4] = [
        &items[..3],
        &[search(60), json!("text"), search(60), search(41)],
        // Another list too, though the items that can be read are the same.
        &[search(60), json!("words"), search(60), search(40)],
        &[json!("text"), search(60), search(60), search(40)],
    ];
    for other in others {
        let reused = api.post_once("list", PATH, list(other)).await.expect(422);
        assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED", "{other:?}");
        assert_eq!(reused["field"], "Idempotency-Key");
    }
    let single = api.post_once("list", "/api/v1/consume", search(60)).await.expect(422);
    assert_eq!(single["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(api.usage().await["quota_used"], 100);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn lists_at_the_same_time_never_pass_a_limit_together(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(500)).await;
    let list = vec![search(3); 200];
    let (one, two, three) = tokio::join!(send(&api, &list), send(&api, &list), send(&api, &list));
    let allowed = [one, two, three].map(|reply| {
        let body = reply.expect(200);
        statuses(&body).into_iter().filter(|status| *status == 200).count()
    });
    assert_eq!(allowed.iter().sum::<usize>(), 166);
    assert_eq!(api.usage().await["quota_used"], 498);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_list_itself_must_be_one(pool: PgPool) {
    let api = Api::new(pool).await;
    for (body, field) in [
        (json!({}), "requests"),
        (json!({"requests": {}}), "requests"),
        (json!({"requests": null}), "requests"),
        (json!({"requests": [], "more": 1}), "more"),
        (json!([search(1)]), "body"),
    ] {
        let refused = api.call("POST", PATH, body.clone()).await.expect(422);
        assert_eq!(refused["field"], field, "{body}");
    }
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_may_be_a_mebibyte_long_and_other_bodies_64_kibibytes(pool: PgPool) {
    let api = Api::new(pool).await;
    // White space within JSON says nothing, and counts.
    let padded = async |path: &str, body: &Value, size: usize| {
        let mut text = body.to_string();
        text.push_str(&" ".repeat(size - text.len()));
        let request = axum::http::Request::post(path)
            .header("authorization", format!("Bearer {}", api.organization.api_key))
            .header("content-type", "application/json");
        api.send(request.body(axum::body::Body::from(text)).unwrap()).await
    };
    let list = json!({"requests": [search(1)]});
    padded(PATH, &list, 1_048_576).await.expect(200);
    assert_eq!(padded(PATH, &list, 1_048_577).await.expect(413)["code"], "BODY_TOO_LARGE");
    assert_eq!(padded(PATH, &list, 100_000_000).await.expect(413)["code"], "BODY_TOO_LARGE");
    for path in ["/api/v1/consume", "/api/v1/reservations"] {
        let status = if path.ends_with("consume") { 200 } else { 201 };
        padded(path, &search(1), 65_536).await.expect(status);
        let refused = padded(path, &search(1), 65_537).await.expect(413);
        assert_eq!(refused["code"], "BODY_TOO_LARGE", "{path}");
    }
    assert_eq!(api.usage().await["quota_used"], 2);
    api.verify().await;
}
