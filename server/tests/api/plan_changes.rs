//! Plans, prices and meters that change under use: the next request is decided by them, and what
//! was decided before stays right.

use crate::{
    browser::Browser,
    support::{Api, create},
};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Puts the organization of the tests on another plan.
async fn put_on(api: &Api, key: &str, plan: &str) -> Value {
    let path = format!("/api/v1/operator/organizations/{}", api.organization.id);
    api.call_as(key, "PATCH", &path, json!({"plan": plan}), &[]).await.expect(200)
}

/// Saves the plan `team` with other credits.
async fn team(api: &Api, key: &str, credits: i64) -> Value {
    let body = json!({"name": "Team", "monthly_credits": credits, "seats": 25,
        "usage_quota_feature": true});
    api.call_as(key, "PUT", "/api/v1/operator/plans/team", body, &[]).await.expect(200)
}

async fn limit_emails(api: &Api, key: &str, limit: Value, cap: &str) {
    let path = "/api/v1/operator/plans/team/limits/emails";
    let body = json!({"limit": limit, "cap": cap});
    api.call_as(key, "PUT", path, body, &[]).await.expect(200);
}

/// The clock stands still in all of this: entries of one instant go by different terms.
#[sqlx::test(migrations = "../migrations")]
async fn verify_agrees_after_a_smaller_plan_under_use(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    api.consume("ann@acme.test", "prospect_search", 50_000).await.expect(200);
    let small = put_on(&api, &key, "starter").await;
    assert_eq!((&small["allowance"], &small["allowance_used"]), (&json!(2_000), &json!(50_000)));
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    api.verify().await;
    put_on(&api, &key, "enterprise").await;
    api.consume("ann@acme.test", "prospect_search", 50_000).await.expect(200);
    api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    api.verify().await;

    // And it still finds what went past a plan that is over.
    put_on(&api, &key, "starter").await;
    api.sql("UPDATE plan_versions SET monthly_credits = 10 WHERE plan_code = 'enterprise'").await;
    let found = api.service.verify().await.unwrap();
    assert!(found.disagreements.iter().any(|text| text.contains("limit of the plan of 10")));
}

#[sqlx::test(migrations = "../migrations")]
async fn lower_terms_of_a_plan_count_for_all_on_it_from_the_next_request_on(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let key = api.operator_key().await;
    let use_as = async |key: &str, operation: &str, quantity: i64| {
        let body = json!({"operation": operation, "quantity": quantity});
        api.call_as(key, "POST", "/api/v1/consume", body, &[]).await
    };
    for of in [&api.organization.api_key, &other.api_key] {
        use_as(of, "prospect_search", 4_000).await.expect(200);
        use_as(of, "send_email", 300).await.expect(200);
    }
    team(&api, &key, 3_000).await;
    limit_emails(&api, &key, json!(100), "hard").await;
    for of in [&api.organization.api_key, &other.api_key] {
        use_as(of, "prospect_search", 1).await.expect(429);
        use_as(of, "send_email", 1).await.expect(429);
    }
    api.verify().await;
    // 303 of a soft 280: a tenth more is 308.
    limit_emails(&api, &key, json!(280), "soft").await;
    use_as(&other.api_key, "send_email", 8).await.expect(200);
    use_as(&other.api_key, "send_email", 1).await.expect(429);
    limit_emails(&api, &key, Value::Null, "soft").await;
    team(&api, &key, 4_001).await;
    use_as(&other.api_key, "send_email", 1_000).await.expect(200);
    use_as(&other.api_key, "prospect_search", 1).await.expect(200);
    use_as(&other.api_key, "prospect_search", 1).await.expect(429);
    api.verify().await;
    let listed = api.call_as(&key, "GET", "/api/v1/operator/plans/team", Value::Null, &[]).await;
    assert_eq!(listed.expect(200)["organizations"], 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn percentages_follow_the_plan(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let key = api.operator_key().await;
    let bob = api.member("bob@acme.test").await;
    let credits = async || {
        let path = format!("/api/v1/members/{bob}/credit-limit");
        api.call("GET", &path, Value::Null).await.expect(200)["credits"].clone()
    };
    api.member_limit(&bob, json!({"kind": "percent", "basis_points": 2_000})).await;
    assert_eq!(credits().await, 1_000);

    put_on(&api, &key, "starter").await;
    assert_eq!(credits().await, 400, "at once");
    api.consume("bob@acme.test", "prospect_search", 401).await.expect(429);
    put_on(&api, &key, "team").await;
    api.consume("bob@acme.test", "prospect_search", 500).await.expect(200);
    api.verify().await;

    // Terms that change reach everyone with the next request.
    team(&api, &key, 4_000).await;
    api.consume("bob@acme.test", "prospect_search", 301).await.expect(429);
    api.consume("bob@acme.test", "prospect_search", 300).await.expect(200);
    assert_eq!(credits().await, 800);
    // Ann shares what is not promised to Bob: he has used all that he may.
    api.consume("ann@acme.test", "prospect_search", 3_201).await.expect(429);
    api.consume("ann@acme.test", "prospect_search", 3_200).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_enterprise_limit_stays_and_the_smaller_allowance_binds(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    api.limit(json!(10_000)).await;
    let small = put_on(&api, &key, "team").await;
    let said = (&small["enterprise_limit"], &small["limit_above_pool"]);
    assert_eq!(said, (&json!(10_000), &json!(true)));
    api.consume("ann@acme.test", "prospect_search", 5_001).await.expect(429);
    api.consume("ann@acme.test", "prospect_search", 5_000).await.expect(200);
    let settings = json!({"cycle": {"kind": "monthly"}, "limit": 10_000, "set_aside": true,
        "packs_extend": true});
    api.call("PUT", "/api/v1/credit-settings", settings).await.expect(422);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_plan_is_made_and_given(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let path = "/api/v1/operator/plans/team_plus";
    let body = json!({"name": "Team Plus", "monthly_credits": 7_000, "seats": null,
        "usage_quota_feature": true, "version": 0});
    let made = api.call_as(&key, "PUT", path, body.clone(), &[]).await;
    let tag = made.header("etag").unwrap().to_owned();
    let made = made.expect(200);
    assert_eq!((&made["seats"], &made["organizations"]), (&Value::Null, &json!(0)));
    let twice = api.call_as(&key, "PUT", path, body.clone(), &[]).await.expect(409);
    assert_eq!(twice["code"], "STALE", "it was to be new");
    put_on(&api, &key, "team_plus").await;
    api.consume("ann@acme.test", "prospect_search", 7_001).await.expect(429);
    api.consume("ann@acme.test", "prospect_search", 7_000).await.expect(200);

    let mut smaller = body;
    smaller.as_object_mut().unwrap().remove("version");
    smaller["monthly_credits"] = json!(100);
    api.call_as(&key, "PUT", path, smaller.clone(), &[("if-match", &tag)]).await.expect(200);
    smaller["monthly_credits"] = json!(200);
    let stale = api.call_as(&key, "PUT", path, smaller, &[("if-match", &tag)]).await.expect(412);
    assert_eq!(stale["current"]["monthly_credits"], 100);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_operation_and_a_meter_need_no_release(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let put = async |path: &str, body: Value| {
        api.call_as(&key, "PUT", &format!("/api/v1/operator/{path}"), body, &[]).await
    };
    let meter = json!({"name": "Faxes", "unit": "pages", "scale": 0, "kind": "counter"});
    put("meters/faxes", meter).await.expect(200);
    api.consume("ann@acme.test", "send_fax", 1).await.expect(422);
    put("operations/send_fax", json!({"name": "Send fax"})).await.expect(200);
    let free = api.consume("ann@acme.test", "send_fax", 1).await.expect(200);
    assert_eq!(free["charges"], json!([]));
    put("operations/send_fax/prices/faxes", json!({"amount": 3})).await.expect(200);
    put("plans/enterprise/limits/faxes", json!({"limit": 10, "cap": "hard"})).await.expect(200);
    api.consume("ann@acme.test", "send_fax", 3).await.expect(200);
    api.consume("ann@acme.test", "send_fax", 1).await.expect(429);
    let card = put("operations/send_fax/prices/faxes", json!({"amount": 0})).await.expect(200);
    assert_eq!(card["prices"], json!({}), "nothing and 0 are the same");
    api.consume("ann@acme.test", "send_fax", 1_000).await.expect(200);

    let gauge = json!({"name": "Faxes", "unit": "pages", "scale": 0, "kind": "gauge"});
    assert_eq!(put("meters/faxes", gauge).await.expect(422)["field"], "kind");
    let renamed = json!({"name": "Fax pages", "unit": "pages", "scale": 0, "kind": "counter",
        "version": 1});
    assert_eq!(put("meters/faxes", renamed.clone()).await.expect(200)["version"], 2);
    put("meters/faxes", renamed).await.expect(409);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_console_saves_a_plan_and_a_price_with_plain_forms(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let mut operator = Browser::operating(&api).await;
    let ours = "http://allot.test";
    let form = "code=team&version=1&name=Team&monthly_credits=4%2C000&seats=&usage_quota_feature=true\
        &limits%5Bemails%5D=5&caps%5Bemails%5D=hard&limits%5Bstorage%5D=&caps%5Bstorage%5D=hard";
    let saved = operator.post("/actions/operator_save_plan", form, ours).await;
    let page = saved.header("location").unwrap();
    assert!(page.starts_with("/operator/plans/team?saved=plan"), "{page}");
    assert_eq!(api.usage().await["quota_total"], 4_000);
    api.consume("ann@acme.test", "send_email", 6).await.expect(429);

    let stale = operator.post("/actions/operator_save_plan", form, ours).await;
    assert!(stale.header("location").unwrap().contains("__err="), "somebody saved it since");

    let form =
        "code=send_email&version=1&name=Send+email&prices%5Bemails%5D=2&prices%5Bcredits%5D=";
    operator.post("/actions/operator_save_operation", form, ours).await;
    api.consume("ann@acme.test", "send_email", 3).await.expect(429);
    api.consume("ann@acme.test", "send_email", 2).await.expect(200);
    for page in [
        "plans",
        "plans?new",
        "plans/team",
        "rate-card",
        "rate-card?operation=send_email",
        "rate-card?meter=emails",
        "rate-card?new=meter",
        "log",
        "organizations?new",
    ] {
        assert_eq!(operator.get(&format!("/operator/{page}")).await.status, 200, "{page}");
    }
    api.verify().await;
}
