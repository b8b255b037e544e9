//! The plan of an organization, and asking for another one.

use crate::{
    browser::Browser,
    support::{Api, create},
};
use domain::access::Role;
use serde_json::{Value, json};
use service::Operator;
use sqlx::PgPool;

const PATH: &str = "/api/v1/plan";
const REQUEST: &str = "/api/v1/plan/request";
const PAGE: &str = "/enterprise/plan";
const OURS: &str = "http://allot.test";

async fn plan(api: &Api) -> Value {
    api.call("GET", PATH, Value::Null).await.expect(200)
}

/// What the plan says about a meter.
async fn meter(api: &Api, code: &str) -> Value {
    let plan = plan(api).await;
    let meters = plan["meters"].as_array().unwrap().clone();
    meters.into_iter().find(|meter| meter["meter"] == code).unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_plan_says_what_it_includes_in_three_groups(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let plan = plan(&api).await;
    assert_eq!((&plan["plan"], &plan["request"]), (&json!("team"), &Value::Null));
    let codes: Vec<&str> =
        plan["plans"].as_array().unwrap().iter().map(|of| of["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["starter", "team", "enterprise"]);
    let in_group = |group: Value| -> Vec<&str> {
        let meters = plan["meters"].as_array().unwrap().iter();
        meters.filter(|of| of["group"] == group).map(|of| of["meter"].as_str().unwrap()).collect()
    };
    assert_eq!(in_group(json!("core_limits")), ["users", "contacts", "companies", "storage"]);
    assert_eq!(
        in_group(json!("monthly_activity")),
        ["emails", "ai_tokens", "enrichments", "workflow_executions"]
    );
    assert_eq!(
        in_group(json!("data_operations")),
        ["import_rows", "export_rows", "lead_captures", "api_calls"]
    );
    assert_eq!(in_group(Value::Null), ["spend"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn its_numbers_are_those_that_decisions_go_by(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    api.sql("UPDATE plan_limits SET limit_amount = 1000 WHERE meter_code = 'contacts'").await;
    let body = json!({"operation": "ai_generate", "quantity": 500});
    let decided = api.call("POST", "/api/v1/consume", body).await.expect(200);
    let tokens = meter(&api, "ai_tokens").await;
    let limits = decided["limits"].as_array().unwrap();
    let by_plan = limits.iter().find(|of| of["meter"] == "ai_tokens").unwrap();
    assert_eq!((&tokens["used"], &tokens["limit"]), (&by_plan["used"], &by_plan["limit"]));
    assert_eq!((&tokens["used"], &tokens["cap"]), (&json!(500), &json!("hard")));
    assert_eq!(meter(&api, "spend").await["used"], 7_500);

    api.call("PUT", "/api/v1/gauges/contacts", json!({"level": 900})).await.expect(200);
    let contacts = meter(&api, "contacts").await;
    assert_eq!((&contacts["used"], &contacts["cap"]), (&json!(900), &json!("soft")));
    assert_eq!(contacts["allowed_to"], 1_100);
    api.consume("ann@acme.test", "prospect_search", 12).await.expect(200);
    let credits = plan(&api).await;
    assert_eq!((&credits["credits_used"], &credits["credits_left"]), (&json!(12), &json!(4_988)));

    // A month starts anew; the level of a gauge stays.
    api.set_time("2026-12-01T00:00:00Z").await;
    assert_eq!(meter(&api, "ai_tokens").await["used"], 0);
    assert_eq!(meter(&api, "contacts").await["used"], 900);
    // As before after everything was summed up anew.
    api.service.rebuild(true).await.unwrap();
    assert_eq!(meter(&api, "contacts").await["used"], 900);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn people_are_counted_by_their_seats(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    api.member("bob@acme.test").await;
    let invited = json!({"email": "eve@acme.test", "name": "Eve"});
    api.call("POST", "/api/v1/members", invited.clone()).await.expect(201);
    let users = meter(&api, "users").await;
    assert_eq!((&users["used"], &users["limit"]), (&json!(3), &json!(3)));
    api.sql("UPDATE members SET status = 'inactive' WHERE email = 'bob@acme.test'").await;
    assert_eq!(meter(&api, "users").await["used"], 2);
    // A plan that limits the meter itself goes by what the product says.
    api.sql("INSERT INTO plan_limits VALUES ('starter', 'users', 40, 'hard')").await;
    api.call("PUT", "/api/v1/gauges/users", json!({"level": 7})).await.expect(200);
    let users = meter(&api, "users").await;
    assert_eq!((&users["used"], &users["limit"]), (&json!(7), &json!(40)));
}

#[sqlx::test(migrations = "../migrations")]
async fn one_request_waits_for_its_answer(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let body = json!({"plan": "team", "note": "We are five by now"});
    let made = api.post_once("ask", REQUEST, body.clone()).await.expect(201);
    assert_eq!((&made["plan"], &made["from"]), (&json!("team"), &json!("starter")));
    assert_eq!(api.post_once("ask", REQUEST, body.clone()).await.expect(201), made);
    assert_eq!(api.call("POST", REQUEST, body.clone()).await.expect(409)["code"], "PLAN_REQUESTED");
    assert_eq!(plan(&api).await["request"], made);
    let open = api.service.open_plan_requests(&Operator::command_line()).await.unwrap();
    assert_eq!(json!(open), json!([made]));

    let withdrawn = api.call("DELETE", REQUEST, Value::Null).await.expect(200);
    assert_eq!(withdrawn, made);
    assert_eq!(api.call("DELETE", REQUEST, Value::Null).await.expect(404)["code"], "NOT_FOUND");
    assert_eq!(plan(&api).await["request"], Value::Null);
    api.call("POST", REQUEST, body).await.expect(201);
    let audited = "SELECT count(*) FROM audit_log WHERE action LIKE 'plan_request.%'";
    assert_eq!(api.count(audited).await, 3);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_granted_request_changes_the_plan_at_once(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let id = api.organization.id;
    let bob = api.member("bob@acme.test").await;
    let share = json!({"kind": "percent", "basis_points": 2_000});
    assert_eq!(api.member_limit(&bob, share).await["credits"], 400);
    api.consume("ann@acme.test", "prospect_search", 1_601).await.expect(429);
    api.call("POST", REQUEST, json!({"plan": "team"})).await.expect(201);
    api.service.answer_plan_request(&Operator::command_line(), id, true).await.unwrap();
    api.consume("ann@acme.test", "prospect_search", 1_601).await.expect(200);
    assert_eq!(plan(&api).await["plan"], "team");
    let path = format!("/api/v1/members/{bob}/credit-limit");
    assert_eq!(api.call("GET", &path, Value::Null).await.expect(200)["credits"], 1_000);
    let set = "SELECT count(*) FROM audit_log WHERE action = 'organization.plan_changed'
        AND actor_kind = 'operator'";
    assert_eq!(api.count(set).await, 1);
    assert!(
        api.service.answer_plan_request(&Operator::command_line(), id, true).await.is_err(),
        "answered already"
    );

    api.call("POST", REQUEST, json!({"plan": "enterprise"})).await.expect(201);
    api.service.answer_plan_request(&Operator::command_line(), id, false).await.unwrap();
    let plan = plan(&api).await;
    assert_eq!((&plan["plan"], &plan["request"]), (&json!("team"), &Value::Null));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_request_belongs_to_its_organization(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let other = create(&api.service, "starter", "eve@other.test").await;
    api.call("POST", REQUEST, json!({"plan": "team"})).await.expect(201);
    let theirs = api.call_as(&other.api_key, "GET", PATH, Value::Null, &[]).await.expect(200);
    assert_eq!(theirs["request"], Value::Null);
    api.call_as(&other.api_key, "DELETE", REQUEST, Value::Null, &[]).await.expect(404);
    assert_eq!(api.service.open_plan_requests(&Operator::command_line()).await.unwrap().len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_plan_is_asked_for_without_scripts(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let mut browser = Browser::signed_in(&api).await;
    let page = browser.get(&format!("{PAGE}?ask=plan")).await.body;
    let html = page.as_str().unwrap();
    assert!(html.contains("0 of 200,000") && html.contains("Blocked at the limit"));
    assert!(html.contains("5,000 credits a month, 25 seats"));

    let form = "plan=team&note=We+are+five%0D%0A%3Cb%3Eby+now%3C%2Fb%3E";
    let reply = browser.post("/actions/request_plan", form, OURS).await;
    assert_eq!(reply.header("location"), Some("/enterprise/plan?saved=plan-requested"));
    let page = browser.get(PAGE).await.body;
    let html = page.as_str().unwrap();
    assert!(html.contains("Team was asked for by Ann, 21 Nov 2026, 13:00 CET"));
    assert!(html.contains("&lt;b&gt;by now"), "text stays text");
    let asked = browser.get(&format!("{PAGE}?ask=plan")).await.body;
    assert!(!asked.as_str().unwrap().contains("<dialog"), "one request at a time");

    let reply = browser.post("/actions/withdraw_plan_request", "", OURS).await;
    assert_eq!(reply.header("location"), Some("/enterprise/plan?saved=plan-withdrawn"));
    assert_eq!(plan(&api).await["request"], Value::Null);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_may_not_ask_sees_why(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let mut browser = Browser::signed_in(&api).await;
    let sql = "UPDATE member_roles SET role = $1 WHERE role = 'tenant_administrator'";
    let role = Role::QuotaAdministrator.code();
    sqlx::query(sql).bind(role).execute(&api.pool).await.unwrap();
    let page = browser.get(&format!("{PAGE}?ask=plan")).await.body;
    let html = page.as_str().unwrap();
    assert!(html.contains("Needs the role Tenant Administrator"));
    assert!(!html.contains("<dialog"));
    api.sql("DELETE FROM member_roles WHERE role <> 'member'").await;
    assert_eq!(browser.get(PAGE).await.status, 403);
}

#[sqlx::test(migrations = "../migrations")]
async fn operators_answer_requests_by_their_api(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let key = api.operator_key().await;
    let organizations = "/api/v1/operator/organizations";
    let path = format!("{organizations}/{}/plan-request", api.organization.id);
    let answer =
        async |answer: &str| api.call_as(&key, "PUT", &path, json!({"answer": answer}), &[]).await;
    answer("granted").await.expect(404);
    api.call("POST", REQUEST, json!({"plan": "team", "note": "We grow"})).await.expect(201);
    assert_eq!(answer("maybe").await.expect(422)["field"], "answer");
    let open = api.call_as(&key, "GET", "/api/v1/operator/plan-requests", Value::Null, &[]).await;
    assert_eq!(open.expect(200)["plan_requests"][0]["note"], "We grow");
    answer("granted").await.expect(200);
    assert_eq!(plan(&api).await["plan"], "team");
    answer("granted").await.expect(404);
}
