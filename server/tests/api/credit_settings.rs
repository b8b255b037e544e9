use crate::support::Api;
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/credit-settings";

#[expect(clippy::needless_pass_by_value, reason = "callers write the values where they stand")]
fn settings(cycle: Value, limit: Value) -> Value {
    json!({"cycle": cycle, "limit": limit, "set_aside": true, "packs_extend": true})
}

#[sqlx::test(migrations = "../migrations")]
async fn settings_are_read_back_as_they_were_saved(pool: PgPool) {
    let api = Api::new(pool).await;
    let initial = api.call("GET", PATH, Value::Null).await.expect(200);
    assert_eq!((&initial["limit"], &initial["version"]), (&Value::Null, &json!(1)));
    for cycle in [
        json!({"kind": "weekly"}),
        json!({"kind": "custom", "first_day": "2026-11-16", "last_day": "2026-12-31",
            "repeat": true}),
        json!({"kind": "monthly"}),
    ] {
        let reply = api.call("PUT", PATH, settings(cycle.clone(), json!(9_000))).await;
        let tag = reply.header("etag").unwrap().to_owned();
        let saved = reply.expect(200);
        assert_eq!((&saved["cycle"], &saved["limit"]), (&cycle, &json!(9_000)));
        assert_eq!(tag, format!("\"{}\"", saved["version"]));
        assert_eq!(api.call("GET", PATH, Value::Null).await.expect(200), saved);
        api.set_time("2026-11-21T12:00:05Z").await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stale_edit_is_refused_with_the_current_values(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(7_000)).await;
    let mut edit = settings(json!({"kind": "monthly"}), json!(1));
    edit["version"] = json!(1);
    let stale = api.call("PUT", PATH, edit.clone()).await.expect(409);
    assert_eq!((&stale["code"], &stale["current"]["limit"]), (&json!("STALE"), &json!(7_000)));

    edit.as_object_mut().unwrap().remove("version");
    let token = api.organization.api_key.clone();
    let if_match = |tag: &'static str| {
        let (api, token, edit) = (&api, &token, edit.clone());
        async move { api.call_as(token, "PUT", PATH, edit, &[("if-match", tag)]).await }
    };
    let stale = if_match("\"1\"").await.expect(412);
    assert_eq!(stale["current"]["limit"], 7_000);
    if_match("\"nonsense\"").await.expect(412);
    let unchanged = api.call("GET", PATH, Value::Null).await.expect(200);
    assert_eq!((&unchanged["limit"], &unchanged["version"]), (&json!(7_000), &json!(2)));
    if_match("\"2\"").await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_cycle_counts_what_was_used_before_it(pool: PgPool) {
    let api = Api::new(pool).await;
    // Friday is in this week, the 2nd is only in this month.
    api.set_time("2026-11-02T12:00:00Z").await;
    api.consume("ann@acme.test", "prospect_search", 1_000).await.expect(200);
    api.set_time("2026-11-20T12:00:00Z").await;
    api.consume("ann@acme.test", "prospect_search", 30).await.expect(200);

    api.set_time("2026-11-21T12:00:00Z").await;
    let weekly = settings(json!({"kind": "weekly"}), json!(100));
    api.call("PUT", PATH, weekly).await.expect(200);
    let denied = api.consume("ann@acme.test", "prospect_search", 71).await.expect(429);
    assert_eq!(
        (&denied["would_fit"], &denied["failed"][0]["period"]),
        (&json!(70), &json!("weekly"))
    );
    api.consume("ann@acme.test", "prospect_search", 70).await.expect(200);

    api.set_time("2026-11-21T12:00:01Z").await;
    let monthly = settings(json!({"kind": "monthly"}), json!(1_100));
    api.call("PUT", PATH, monthly).await.expect(200);
    let denied = api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["used"], 1_100);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn usage_counts_on_when_a_cycle_is_left_and_entered_again(pool: PgPool) {
    let api = Api::new(pool).await;
    let use_one = async || api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    let used = |body: &Value| body["limits"][1]["used"].as_i64();
    let (week, month) = (json!({"kind": "weekly"}), json!({"kind": "monthly"}));
    for (day, cycle, expected) in [(23, &week, 1), (24, &month, 2), (25, &week, 3)] {
        api.set_time(&format!("2026-11-{day}T12:00:00Z")).await;
        api.call("PUT", PATH, settings(cycle.clone(), json!(100))).await.expect(200);
        assert_eq!(used(&use_one().await), Some(expected), "{cycle}");
    }
    // On the 27th there is a limit, before and after it there is none.
    let days = json!({"kind": "custom", "first_day": "2026-11-27", "last_day": "2026-11-27"});
    api.call("PUT", PATH, settings(days, json!(100))).await.expect(200);
    for (day, expected) in [(26, None), (27, Some(1)), (28, None)] {
        api.set_time(&format!("2026-11-{day}T12:00:00Z")).await;
        assert_eq!(used(&use_one().await), expected, "on the {day}th");
        api.verify().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn percentages_follow_their_base_in_the_same_transaction(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let ids = [api.member("a@acme.test").await, api.member("b@acme.test").await];
    let third = json!({"kind": "percent", "basis_points": 3_333});
    assert_eq!(api.member_limit(&ids[0], third.clone()).await["credits"], 1_666);
    api.set_time("2026-11-21T12:00:01Z").await;
    // Together 66.66% of 5,000 are 3,333: the largest remainder gets the credit that rounding lost.
    api.member_limit(&ids[1], third).await;
    let credits = async |id: &str| {
        let path = format!("/api/v1/members/{id}/credit-limit");
        api.call("GET", &path, Value::Null).await.expect(200)["credits"].as_i64().unwrap()
    };
    assert_eq!(credits(&ids[0]).await + credits(&ids[1]).await, 3_333);

    api.set_time("2026-11-21T12:00:02Z").await;
    api.limit(json!(1_000)).await;
    assert_eq!(credits(&ids[0]).await + credits(&ids[1]).await, 666);
    let used = api.consume("a@acme.test", "prospect_search", 334).await.expect(429);
    assert_eq!(used["would_fit"], 333);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_limit_above_what_the_plan_provides_is_refused(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let month = json!({"kind": "monthly"});
    let refused = api.call("PUT", PATH, settings(month.clone(), json!(5_001))).await.expect(422);
    assert_eq!(refused["field"], "limit");
    assert!(refused["detail"].as_str().unwrap().contains("5000"), "{refused}");
    api.call("PUT", PATH, settings(month, json!(5_000))).await.expect(200);
    // A quarter has three allowances.
    let quarter = json!({"kind": "custom", "first_day": "2026-10-01", "last_day": "2026-12-31"});
    api.call("PUT", PATH, settings(quarter.clone(), json!(15_000))).await.expect(200);
    api.call("PUT", PATH, settings(quarter, json!(15_001))).await.expect(422);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_limit_below_what_is_used_denies_more_and_can_be_lifted(pool: PgPool) {
    let api = Api::new(pool).await;
    api.consume("ann@acme.test", "prospect_search", 100).await.expect(200);
    api.set_time("2026-11-21T12:00:01Z").await;
    api.limit(json!(50)).await;
    let denied = api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(
        (&denied["failed"][0]["used"], &denied["failed"][0]["remaining"]),
        (&json!(100), &json!(0))
    );
    api.limit(json!(0)).await;
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    api.set_time("2026-11-21T12:00:02Z").await;
    api.limit(Value::Null).await;
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_change_is_in_the_audit_log(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(700)).await;
    let member = api.member("bob@acme.test").await;
    api.member_limit(&member, json!({"kind": "percent", "basis_points": 2_000})).await;
    let actions: Vec<(String, Option<Value>, Option<Value>)> = sqlx::query_as(
        "SELECT action, before, after FROM audit_log WHERE actor_kind = 'api_key'
        ORDER BY audit_id",
    )
    .fetch_all(&api.pool)
    .await
    .unwrap();
    let names: Vec<&str> = actions.iter().map(|entry| entry.0.as_str()).collect();
    assert_eq!(names, ["credit_settings.saved", "member.added", "member.credit_limit.saved"]);
    let limit = |value: &Option<Value>| value.as_ref().unwrap()["limit"].clone();
    assert_eq!((limit(&actions[0].1), limit(&actions[0].2)), (Value::Null, json!(700)));
    assert_eq!(actions[2].2.as_ref().unwrap()["credits"], 140);
}
