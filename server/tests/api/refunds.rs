//! Refunds: what was taken goes back to where it was taken from (SPEC section 5).

use crate::support::{Api, Reply, create};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/refunds";
const RESERVATIONS: &str = "/api/v1/reservations";

/// Consumes as Ann; the consumption's id.
async fn consumed(api: &Api, operation: &str, quantity: i64) -> String {
    let body = api.consume("ann@acme.test", operation, quantity).await.expect(200);
    body["consumption_id"].as_str().unwrap().to_owned()
}

fn request(id: &str, quantity: i64) -> Value {
    json!({"consumption_id": id, "quantity": quantity})
}

async fn refund(api: &Api, id: &str, quantity: i64) -> Reply {
    api.call("POST", PATH, request(id, quantity)).await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_part_is_given_back_and_then_the_rest(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = consumed(&api, "prospect_search", 100).await;
    assert_eq!(
        refund(&api, &id, 30).await.expect(200),
        json!({"consumption_id": id, "refunded": 30, "charges": [
            {"meter": "credits", "amount": 30, "from_allowance": 30, "from_packs": 0},
        ]})
    );
    assert_eq!(api.usage().await["quota_used"], 70);
    api.verify().await;
    refund(&api, &id, 70).await.expect(200);
    assert_eq!(api.usage().await["quota_used"], 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn never_more_is_given_back_than_was_taken(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = consumed(&api, "prospect_search", 100).await;
    consumed(&api, "prospect_search", 500).await;
    assert_eq!(refund(&api, &id, 101).await.expect(422)["field"], "quantity");
    refund(&api, &id, 60).await.expect(200);
    assert_eq!(refund(&api, &id, 41).await.expect(422)["field"], "quantity", "41 + 60");
    // At the same time too.
    let (first, second) = tokio::join!(refund(&api, &id, 30), refund(&api, &id, 30));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    refund(&api, &id, 10).await.expect(200);
    assert_eq!(refund(&api, &id, 1).await.expect(422)["field"], "quantity");
    assert_eq!(api.usage().await["quota_used"], 500);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_given_back_can_be_used_at_once(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(1_000)).await;
    let ann = api.organization.admin.to_string();
    api.member_limit(&ann, json!({"kind": "credits", "amount": 500})).await;
    let id = consumed(&api, "prospect_search", 500).await;
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    refund(&api, &id, 20).await.expect(200);
    let denied = api.consume("ann@acme.test", "prospect_search", 21).await.expect(429);
    assert_eq!((&denied["would_fit"], &denied["failed"][0]["used"]), (&json!(20), &json!(480)));
    api.consume("ann@acme.test", "prospect_search", 20).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn packs_that_paid_get_theirs_back_first(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    consumed(&api, "prospect_search", 1_950).await;
    api.grant_pack(200).await;
    let id = consumed(&api, "prospect_search", 100).await;
    for (quantity, paid, credits, used) in
        [(20, (0, 20), 170, 2_000), (40, (10, 30), 200, 1_990), (40, (40, 0), 200, 1_950)]
    {
        let charge = refund(&api, &id, quantity).await.expect(200)["charges"][0].clone();
        assert_eq!(
            (&charge["from_allowance"], &charge["from_packs"]),
            (&json!(paid.0), &json!(paid.1))
        );
        let usage = api.usage().await;
        assert_eq!(
            (&usage["credits_remaining"], &usage["quota_used"]),
            (&json!(credits), &json!(used))
        );
        api.verify().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn each_pack_gets_back_what_it_paid(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    consumed(&api, "prospect_search", 2_000).await;
    api.grant_pack(30).await;
    api.set_time("2026-11-21T12:00:01Z").await;
    api.grant_pack(100).await;
    let id = consumed(&api, "prospect_search", 50).await;
    let remaining = async || {
        sqlx::query_scalar::<_, i64>("SELECT remaining FROM credit_packs ORDER BY granted_at")
            .fetch_all(&api.pool)
            .await
            .unwrap()
    };
    assert_eq!(remaining().await, [0, 80], "the older one paid first");
    refund(&api, &id, 25).await.expect(200);
    assert_eq!(remaining().await, [5, 100]);
    refund(&api, &id, 25).await.expect(200);
    assert_eq!(remaining().await, [30, 100]);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn it_never_lands_in_a_later_month(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    consumed(&api, "prospect_search", 1_500).await;
    api.grant_pack(200).await;
    let id = consumed(&api, "prospect_search", 600).await;
    api.set_time("2026-12-05T12:00:00Z").await;
    consumed(&api, "prospect_search", 100).await;
    refund(&api, &id, 600).await.expect(200);
    let usage = api.usage().await;
    assert_eq!(
        (&usage["quota_used"], &usage["quota_remaining"]),
        (&json!(100), &json!(1_900)),
        "December's allowance is as it was"
    );
    assert_eq!(usage["credits_remaining"], 200, "the pack has no month");
    let november = "SELECT sum(amount)::bigint FROM ledger WHERE counts_at < '2026-12-01 00:00+00'";
    assert_eq!(api.count(november).await, 1_500);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_a_recorded_consumption_of_the_organization_can_be_given_back(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let body = json!({"operation": "prospect_search", "quantity": 5});
    let theirs = api.call_as(&other.api_key, "POST", "/api/v1/consume", body.clone(), &[]).await;
    let theirs = theirs.expect(200)["consumption_id"].as_str().unwrap().to_owned();
    let free = consumed(&api, "view_contacts", 5).await;
    let held = api.call("POST", RESERVATIONS, body).await.expect(201);
    let held = held["reservation_id"].as_str().unwrap();
    let unknown = uuid::Uuid::from_u128(7).to_string();
    for id in [theirs.as_str(), free.as_str(), held, unknown.as_str()] {
        assert_eq!(refund(&api, id, 1).await.expect(404)["code"], "NOT_FOUND", "{id}");
    }
    assert_eq!(refund(&api, "not-an-id", 1).await.expect(422)["field"], "consumption_id");
    let release = format!("{RESERVATIONS}/{held}/release");
    api.call("POST", &release, Value::Null).await.expect(200);
    assert_eq!(refund(&api, held, 1).await.expect(404)["code"], "NOT_FOUND", "nothing came of it");
    api.call_as(&other.api_key, "POST", PATH, request(&theirs, 5), &[]).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_committed_of_a_job_is_given_back_by_its_reservation(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    consumed(&api, "prospect_search", 1_950).await;
    api.grant_pack(200).await;
    let body = json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": 100});
    let held = api.call("POST", RESERVATIONS, body).await.expect(201);
    let id = held["reservation_id"].as_str().unwrap();
    let commit = format!("{RESERVATIONS}/{id}/commit");
    api.call("POST", &commit, json!({"quantity": 80})).await.expect(200);
    assert_eq!(refund(&api, id, 81).await.expect(422)["field"], "quantity");
    refund(&api, id, 80).await.expect(200);
    let usage = api.usage().await;
    assert_eq!((&usage["credits_remaining"], &usage["quota_used"]), (&json!(200), &json!(1_950)));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_meter_gets_its_part_back(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = consumed(&api, "mass_send", 40).await;
    let charges = refund(&api, &id, 15).await.expect(200)["charges"].clone();
    let of = |index: usize| (charges[index]["meter"].clone(), charges[index]["amount"].clone());
    assert_eq!(of(0), (json!("credits"), json!(15)));
    assert_eq!(of(1), (json!("emails"), json!(15)));
    let body = api.consume("ann@acme.test", "mass_send", 1).await.expect(200);
    let used: Vec<_> = body["limits"].as_array().unwrap().iter().map(|of| &of["used"]).collect();
    assert_eq!(used, [&json!(26), &json!(26)]);

    // A unit of `ai_generate` is a token and 15 millionths of a Euro.
    let id = consumed(&api, "ai_generate", 1_000).await;
    let charges = refund(&api, &id, 400).await.expect(200)["charges"].clone();
    assert_eq!((&charges[0]["amount"], &charges[1]["amount"]), (&json!(400), &json!(6_000)));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_retried_refund_gives_back_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = consumed(&api, "prospect_search", 100).await;
    let first = api.post_once("refund", PATH, request(&id, 100)).await.expect(200);
    assert_eq!(api.post_once("refund", PATH, request(&id, 100)).await.expect(200), first);
    let reused = api.post_once("refund", PATH, request(&id, 50)).await.expect(422);
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(api.usage().await["quota_used"], 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn someone_who_became_inactive_still_gets_back(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = consumed(&api, "prospect_search", 100).await;
    api.sql("UPDATE members SET status = 'inactive'").await;
    refund(&api, &id, 100).await.expect(200);
    assert_eq!(api.usage().await["quota_used"], 0);
    api.verify().await;
}
