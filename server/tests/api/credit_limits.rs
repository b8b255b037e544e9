//! Members' credit limits: temporary ones, several at once, shared out evenly, undone, by default.

use crate::support::Api;
use serde_json::{Value, json};
use sqlx::PgPool;

const EVENLY: &str = "/api/v1/members/credit-limits/evenly";
const SEVERAL: &str = "/api/v1/members/credit-limits";

async fn limit_of(api: &Api, id: &str) -> Value {
    api.call("GET", &format!("/api/v1/members/{id}/credit-limit"), Value::Null).await.expect(200)
}

/// A team of three with 5,000 credits: the administrator and two more, by id.
async fn team_of_three(pool: PgPool) -> (Api, [String; 3]) {
    let api = Api::on_plan(pool, "team").await;
    let admin = api.organization.admin.to_string();
    let ids = [admin, api.member("bo@acme.test").await, api.member("cy@acme.test").await];
    api.limit(json!(5_000)).await;
    (api, ids)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_temporary_raise_ends_by_itself_and_the_limit_before_it_returns(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(10_000)).await;
    let ivo = api.member("ivo@acme.test").await;
    api.member_limit(&ivo, json!({"kind": "credits", "amount": 500})).await;
    api.consume("ivo@acme.test", "prospect_search", 500).await.expect(200);
    api.consume("ivo@acme.test", "prospect_search", 1).await.expect(429);

    let raise = json!({"kind": "credits", "amount": 800, "last_day": "2026-11-24"});
    let raised = api.member_limit(&ivo, raise).await;
    // Midnight in Berlin.
    assert_eq!(raised["ends_at"], "2026-11-24T23:00:00Z");
    assert_eq!(raised["then"], json!({"kind": "credits", "amount": 500}));
    api.consume("ivo@acme.test", "prospect_search", 100).await.expect(200);

    api.set_time("2026-11-24T22:59:59Z").await;
    api.consume("ivo@acme.test", "prospect_search", 1).await.expect(200);
    api.set_time("2026-11-24T23:00:00Z").await;
    let denied = api.consume("ivo@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["limit"], 500);
    let after = limit_of(&api, &ivo).await;
    assert_eq!((&after["amount"], &after["ends_at"]), (&json!(500), &Value::Null));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_lasting_limit_takes_the_place_of_a_temporary_one(pool: PgPool) {
    let api = Api::new(pool).await;
    let ivo = api.member("ivo@acme.test").await;
    let raise =
        |amount: i64, day: &str| json!({"kind": "credits", "amount": amount, "last_day": day});
    // From the pool for a week, and longer, and then back to the pool.
    api.member_limit(&ivo, raise(300, "2026-11-28")).await;
    let longer = api.member_limit(&ivo, raise(400, "2026-12-05")).await;
    assert_eq!(longer["then"], json!({"kind": "none"}));
    let lasting = api.member_limit(&ivo, json!({"kind": "percent", "basis_points": 1_000})).await;
    assert_eq!(lasting["ends_at"], Value::Null);
    api.set_time("2026-12-06T12:00:00Z").await;
    assert_eq!(limit_of(&api, &ivo).await["kind"], "percent");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_percentage_follows_its_base_while_it_is_temporary(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(10_000)).await;
    let ivo = api.member("ivo@acme.test").await;
    let raise = json!({"kind": "percent", "basis_points": 2_000, "last_day": "2026-11-24"});
    assert_eq!(api.member_limit(&ivo, raise).await["credits"], 2_000);
    api.limit(json!(5_000)).await;
    let halved = limit_of(&api, &ivo).await;
    assert_eq!(
        (&halved["credits"], &halved["ends_at"]),
        (&json!(1_000), &json!("2026-11-24T23:00:00Z"))
    );
    api.set_time("2026-11-25T12:00:00Z").await;
    assert_eq!(limit_of(&api, &ivo).await["kind"], "none");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn shares_that_leave_a_tenth_out_are_distributed_evenly_and_undone(pool: PgPool) {
    let (api, ids) = team_of_three(pool).await;
    for (id, points) in ids.iter().zip([2_000, 3_000, 4_000]) {
        api.member_limit(id, json!({"kind": "percent", "basis_points": points})).await;
    }
    let bo = async |quantity| api.consume("bo@acme.test", "prospect_search", quantity).await;
    bo(1_501).await.expect(429);

    let even = api.call("PUT", EVENLY, Value::Null).await.expect(200);
    let mut credits: Vec<i64> =
        even["limits"].as_array().unwrap().iter().map(|l| l["credits"].as_i64().unwrap()).collect();
    credits.sort_unstable();
    assert_eq!(credits, [1_666, 1_667, 1_667]);
    bo(1_600).await.expect(200);
    api.set_time("2026-11-21T12:00:10Z").await;

    let undo = format!("/api/v1/credit-limit-changes/{}", even["change_id"].as_str().unwrap());
    let undone = api.call("DELETE", &undo, Value::Null).await;
    assert_eq!(undone.expect(200)["limits"].as_array().unwrap().len(), 3);
    assert_eq!(limit_of(&api, &ids[1]).await["basis_points"], 3_000);
    // What was used stays used, and the limit counts it.
    bo(1).await.expect(429);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_that_somebody_built_upon_is_not_undone(pool: PgPool) {
    let (api, ids) = team_of_three(pool).await;
    let even = api.call("PUT", EVENLY, Value::Null).await.expect(200);
    let undo = format!("/api/v1/credit-limit-changes/{}", even["change_id"].as_str().unwrap());
    api.member_limit(&ids[2], json!({"kind": "credits", "amount": 100})).await;
    let refused = api.call("DELETE", &undo, Value::Null).await.expect(409);
    assert_eq!(refused["current"]["limit"], json!({"kind": "credits", "amount": 100}));
    assert_eq!(limit_of(&api, &ids[0]).await["kind"], "percent", "all or nothing");
    api.call("DELETE", "/api/v1/credit-limit-changes/nonsense", Value::Null).await.expect(404);

    // Nor is one that is too long ago.
    let again = api.call("PUT", EVENLY, Value::Null).await.expect(200);
    let undo = format!("/api/v1/credit-limit-changes/{}", again["change_id"].as_str().unwrap());
    api.set_time("2026-11-21T12:11:00Z").await;
    api.call("DELETE", &undo, Value::Null).await.expect(404);
}

#[sqlx::test(migrations = "../migrations")]
async fn several_limits_are_saved_together_or_not_at_all(pool: PgPool) {
    let (api, ids) = team_of_three(pool).await;
    let of = |id: &str, amount: i64| json!({"member": id, "kind": "credits", "amount": amount});
    let body = json!({"limits": [of(&ids[0], 100), of(&ids[1], 200)]});
    let saved = api.call("PUT", SEVERAL, body.clone()).await.expect(200);
    assert_eq!(saved["limits"][1]["amount"], 200);
    assert_eq!(limit_of(&api, &ids[2]).await["kind"], "none");
    let again = api.call("PUT", SEVERAL, body).await.expect(200);
    assert_eq!(again["limits"], json!([]), "nothing was to be changed");

    let mut stale = of(&ids[0], 300);
    stale["version"] = json!(1);
    let refused = api.call("PUT", SEVERAL, json!({"limits": [of(&ids[2], 300), stale]})).await;
    assert_eq!(refused.expect(409)["current"]["limit"]["amount"], 100);
    assert_eq!(limit_of(&api, &ids[2]).await["kind"], "none");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_limits_of_several(pool: PgPool) {
    let (api, ids) = team_of_three(pool).await;
    let of = |id: &str, amount: i64| json!({"member": id, "kind": "credits", "amount": amount});
    let many: Vec<Value> = (0..1_001).map(|_| of(&ids[0], 1)).collect();
    let nobody = of("01999999-0000-7000-8000-000000000000", 1);
    for (limits, status, field) in [
        (json!([of(&ids[0], -1)]), 422, json!("limits[0].amount")),
        (json!([of(&ids[0], 1), {"member": ids[1], "kind": "lots"}]), 422, json!("limits[1].kind")),
        (json!([of(&ids[0], 1), of(&ids[0], 2)]), 422, json!("members")),
        (json!(many), 422, json!("limits")),
        (json!([of(&ids[0], 1), nobody]), 404, Value::Null),
        (json!([of(&ids[0], 1), of("nonsense", 1)]), 404, Value::Null),
        (json!([{"member": ids[0], "kind": "none", "mood": 1}]), 422, json!("limits[0].mood")),
    ] {
        let reply = api.call("PUT", SEVERAL, json!({"limits": limits})).await;
        let problem = reply.expect(status);
        assert_eq!(problem["field"], field, "{problem}");
    }
    let path = format!("/api/v1/members/{}/credit-limit", ids[0]);
    for day in ["2026-11-20", "9999-12-31"] {
        let raise = json!({"kind": "credits", "amount": 5, "last_day": day});
        assert_eq!(api.call("PUT", &path, raise).await.expect(422)["field"], "last_day");
    }
    assert_eq!(limit_of(&api, &ids[0]).await["version"], 1, "nothing changed");
}

#[sqlx::test(migrations = "../migrations")]
async fn defaults_depend_on_the_job_role_and_can_reach_those_who_have_it(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(10_000)).await;
    let add = async |email: &str, job_role: &str| {
        let body = json!({"email": email, "name": "N", "status": "active", "job_role": job_role});
        let added = api.call("POST", "/api/v1/members", body).await.expect(201);
        added["id"].as_str().unwrap().to_owned()
    };
    let before = add("before@acme.test", "intern").await;
    let defaults = json!({
        "default": {"kind": "percent", "basis_points": 500},
        "job_roles": {"intern": {"kind": "credits", "amount": 500}, "sales_lead": {"kind": "none"}},
        "version": 1,
    });
    let saved = api.call("PUT", "/api/v1/default-limits", defaults.clone()).await.expect(200);
    assert_eq!(saved["job_roles"]["intern"]["amount"], 500);
    api.call("PUT", "/api/v1/default-limits", defaults.clone()).await.expect(409);

    for (job_role, kind, credits) in [
        ("intern", "credits", json!(500)),
        ("sales_lead", "none", Value::Null),
        ("sales", "percent", json!(500)),
    ] {
        let id = add(&format!("{job_role}@acme.test"), job_role).await;
        let limit = limit_of(&api, &id).await;
        assert_eq!((&limit["kind"], &limit["credits"]), (&json!(kind), &credits), "{job_role}");
    }
    api.consume("intern@acme.test", "prospect_search", 501).await.expect(429);
    assert_eq!(limit_of(&api, &before).await["kind"], "none", "not by itself");

    let mut reaching = defaults;
    reaching["version"] = json!(2);
    reaching["apply_to"] = json!(["intern"]);
    api.call("PUT", "/api/v1/default-limits", reaching).await.expect(200);
    assert_eq!(limit_of(&api, &before).await["amount"], 500);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_defaults(pool: PgPool) {
    let api = Api::new(pool).await;
    let none = json!({"kind": "none"});
    for (body, field) in [
        (json!({"default": {"kind": "credits", "amount": -1}}), "default.amount"),
        (
            json!({"default": none, "job_roles": {"intern": {"kind": "percent"}}}),
            "job_roles.intern.basis_points",
        ),
        (json!({"default": none, "job_roles": {"wizard": none}}), "job_roles"),
        (json!({"default": none, "apply_to": ["wizard"]}), "job_roles"),
        (json!({"default": none, "apply_to": ["Not a code"]}), "apply_to"),
        (json!({}), "default"),
    ] {
        let problem = api.call("PUT", "/api/v1/default-limits", body).await.expect(422);
        assert_eq!(problem["field"], field, "{problem}");
    }
    let version = api.call("GET", "/api/v1/default-limits", Value::Null).await.expect(200);
    assert_eq!(version["version"], 1);
}
