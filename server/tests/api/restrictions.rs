//! What plans without the Usage Quota feature restrict, and what they let change (SPEC section 6).

use crate::support::{Api, create};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/quotas";
/// What 0.50 is in the smallest unit of `spend`.
const HALF: i64 = 500_000;

async fn quotas(api: &Api) -> Vec<Value> {
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    list["quotas"].as_array().unwrap().clone()
}

/// The path of the quota in force.
async fn current(api: &Api) -> String {
    let quotas = quotas(api).await;
    assert_eq!(quotas[0]["to"], Value::Null);
    format!("{PATH}/{}", quotas[0]["id"].as_str().unwrap())
}

async fn put_on(api: &Api, key: &str, plan: &str) {
    let path = format!("/api/v1/operator/organizations/{}", api.organization.id);
    api.call_as(key, "PATCH", &path, json!({"plan": plan}), &[]).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn spending_is_restricted_from_the_sign_up_on(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let found = quotas(&api).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["meter"], &found[0]["daily"], &found[0]["made_by"]["kind"]),
        (&json!("spend"), &json!(HALF), &json!("plan"))
    );
    api.consume("ann@acme.test", "ai_generate", 33_333).await.expect(200);
    let denied = api.consume("ann@acme.test", "ai_generate", 1).await.expect(429);
    let failed = &denied["failed"][0];
    assert_eq!((&failed["meter"], &failed["period"]), (&json!("spend"), &json!("daily")));
    assert_eq!(failed["raised_by"], json!([]), "no role raises what the plan restricts");
    assert_eq!(failed["resets_at"], "2026-11-21T23:00:00Z");
    api.set_time("2026-11-22T12:00:00Z").await;
    api.consume("ann@acme.test", "ai_generate", 1).await.expect(200);
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'quota.created'";
    assert_eq!(api.count(audited).await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_plan_with_the_feature_restricts_nothing_by_itself(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    assert!(quotas(&api).await.is_empty());
    api.consume("ann@acme.test", "ai_generate", 100_000).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_restriction_is_lowered_and_nothing_else(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let member = api.member("bob@acme.test").await;
    let restriction = current(&api).await;
    let patch = async |edit: Value| api.call("PATCH", &restriction, edit).await;
    patch(json!({"daily": 400_000})).await.expect(200);
    patch(json!({"monthly": 9_000_000})).await.expect(200);
    for (raised, field) in [
        (json!({"daily": 400_001}), "daily"),
        (json!({"daily": HALF}), "daily"),
        (json!({"daily": null}), "daily"),
        (json!({"monthly": 9_000_001}), "monthly"),
    ] {
        assert_eq!(patch(raised).await.expect(422)["field"], field);
    }
    let before = quotas(&api).await;
    for holder in [json!({}), json!({"member": member})] {
        let mut new = json!({"meter": "spend", "daily": 1});
        new.as_object_mut().unwrap().extend(holder.as_object().unwrap().clone());
        let refused = api.call("POST", PATH, new).await.expect(403);
        assert_eq!(refused["code"], "NOT_IN_PLAN");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("Starter") && detail.contains("Team, Enterprise"), "{detail}");
    }
    let refused = api.call("DELETE", &restriction, Value::Null).await.expect(403);
    assert_eq!(refused["code"], "NOT_IN_PLAN");
    assert_eq!(quotas(&api).await, before, "nothing changed");
    // Limits on other meters are none of the feature.
    api.call("POST", PATH, json!({"meter": "emails", "daily": 5})).await.expect(201);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn after_an_upgrade_it_is_a_quota_like_any_other(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let key = api.operator_key().await;
    let restriction = current(&api).await;
    put_on(&api, &key, "team").await;
    api.call("PATCH", &restriction, json!({"daily": 100 * HALF})).await.expect(200);
    api.consume("ann@acme.test", "ai_generate", 100_000).await.expect(200);
    api.set_time("2026-11-22T12:00:00Z").await;
    let new = json!({"meter": "spend", "daily": 7});
    api.call("POST", PATH, new).await.expect(201);
    let newer = current(&api).await;
    assert_ne!(newer, restriction);
    api.set_time("2026-11-23T12:00:00Z").await;
    api.call("DELETE", &newer, Value::Null).await.expect(200);
    assert_eq!(current(&api).await, restriction, "it is in force again");
    api.call("DELETE", &restriction, Value::Null).await.expect(200);
    assert!(quotas(&api).await.is_empty());
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_plan_without_the_feature_closes_a_quota_that_allows_more(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let key = api.operator_key().await;
    let new = json!({"meter": "spend", "daily": 100 * HALF});
    api.call("POST", PATH, new).await.expect(201);
    api.set_time("2026-11-22T12:00:00Z").await;
    put_on(&api, &key, "starter").await;
    let found = quotas(&api).await;
    assert_eq!((&found[0]["daily"], &found[0]["made_by"]["kind"]), (&json!(HALF), &json!("plan")));
    assert_eq!(found[1]["to"], found[0]["from"], "without a gap");
    api.consume("ann@acme.test", "ai_generate", 33_334).await.expect(429);

    // One that is stricter stays.
    let restriction = current(&api).await;
    put_on(&api, &key, "team").await;
    api.call("PATCH", &restriction, json!({"daily": 5})).await.expect(200);
    put_on(&api, &key, "starter").await;
    assert_eq!(current(&api).await, restriction);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_plan_that_loses_the_feature_restricts_all_who_are_on_it(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let larger = create(&api.service, "enterprise", "liz@larger.test").await;
    let key = api.operator_key().await;
    let terms = json!({"name": "Team", "monthly_credits": 5_000, "seats": 25,
        "usage_quota_feature": false});
    api.call_as(&key, "PUT", "/api/v1/operator/plans/team", terms, &[]).await.expect(200);
    for (key, restricted) in
        [(&api.organization.api_key, true), (&other.api_key, true), (&larger.api_key, false)]
    {
        let list = api.call_as(key, "GET", PATH, Value::Null, &[]).await.expect(200);
        let expected = if restricted { json!("plan") } else { Value::Null };
        assert_eq!(list["quotas"][0]["made_by"]["kind"], expected);
        let use_it = json!({"operation": "ai_generate", "quantity": 33_334});
        let reply = api.call_as(key, "POST", "/api/v1/consume", use_it, &[]).await;
        reply.expect(if restricted { 429 } else { 200 });
    }
    api.verify().await;
}
