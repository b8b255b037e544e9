//! SPEC section 12, for what operators send.

use crate::{bad_input::refuse_all_as, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrations = "../migrations")]
async fn bad_input_of_operators_about_organizations(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let organizations = "/api/v1/operator/organizations";
    let ours = format!("{organizations}/{}", api.organization.id);
    let with = |name: &str, value: Value| {
        let mut body = json!({"name": "New", "plan": "team", "admin": "nia@new.test"});
        body[name] = value;
        body
    };
    let cases = [
        (with("name", json!("")), 422, "name"),
        (with("name", json!("x".repeat(201))), 422, "name"),
        (with("plan", json!("gold")), 422, "plan"),
        (with("plan", json!("NO CODE")), 422, "plan"),
        (with("admin", json!("nobody")), 422, "admin"),
        (with("time_zone", json!("Mars/Olympus")), 422, "time_zone"),
        (with("currency", json!("EURO")), 422, "currency"),
        (with("seats", json!(5)), 422, "seats"),
        (json!({"name": "New", "plan": "team"}), 422, "admin"),
        (json!([]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all_as(&api, &key, ("POST", organizations), &cases).await;
    let cases = [
        (json!({"name": ""}), 422, "name"),
        (json!({"plan": "gold"}), 422, "plan"),
        (json!({"plan": 5}), 422, "plan"),
        (json!({"status": "closed"}), 422, "status"),
        (json!({"currency": "USD"}), 422, "currency"),
        (Value::Null, 400, "body"),
    ];
    refuse_all_as(&api, &key, ("PATCH", &ours), &cases).await;
    let cases = [
        (json!({"credits": 0}), 422, "credits"),
        (json!({"credits": -1}), 422, "credits"),
        (json!({"credits": i64::MAX}), 422, "credits"),
        (json!({"credits": "5"}), 422, "credits"),
        (json!({"credits": 5, "ends": "2026-11-20"}), 422, "ends"),
        (json!({"credits": 5, "ends": "soon"}), 422, "ends"),
        (json!({"credits": 5, "price": 1}), 422, "price"),
        (json!({}), 422, "credits"),
    ];
    refuse_all_as(&api, &key, ("POST", &format!("{ours}/packs")), &cases).await;
    for query in ["status=closed", "plan=NO", "cursor=x", "page=2"] {
        let path = format!("{organizations}?{query}");
        api.call_as(&key, "GET", &path, Value::Null, &[]).await.expect(422);
    }
    for nobody in ["x".to_owned(), uuid::Uuid::from_u128(5).to_string()] {
        let path = format!("{organizations}/{nobody}");
        api.call_as(&key, "GET", &path, Value::Null, &[]).await.expect(404);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_input_of_operators_about_plans_and_prices(pool: PgPool) {
    let api = Api::new(pool).await;
    let key = api.operator_key().await;
    let with = |name: &str, value: Value| {
        let mut body = json!({"name": "Team", "monthly_credits": 5_000, "seats": 25,
            "usage_quota_feature": true});
        body[name] = value;
        body
    };
    let mut silent = with("name", json!("Team"));
    silent.as_object_mut().unwrap().remove("seats");
    let cases = [
        (with("name", json!(" ")), 422, "name"),
        (with("monthly_credits", json!(-1)), 422, "monthly_credits"),
        (with("monthly_credits", json!(i64::MAX)), 422, "monthly_credits"),
        (with("monthly_credits", json!(0.5)), 422, "monthly_credits"),
        (with("seats", json!(0)), 422, "seats"),
        (silent, 422, "seats"),
        (with("usage_quota_feature", Value::Null), 422, "usage_quota_feature"),
        (with("limits", json!({})), 422, "limits"),
        (with("version", json!("1")), 422, "version"),
    ];
    refuse_all_as(&api, &key, ("PUT", "/api/v1/operator/plans/team"), &cases).await;
    let cases = [
        (json!({"limit": -1, "cap": "hard"}), 422, "limit"),
        (json!({"limit": "5", "cap": "hard"}), 422, "limit"),
        (json!({"cap": "hard"}), 422, "limit"),
        (json!({"limit": 5, "cap": "medium"}), 422, "cap"),
        (json!({"limit": 5}), 422, "cap"),
    ];
    let limit = "/api/v1/operator/plans/team/limits";
    refuse_all_as(&api, &key, ("PUT", &format!("{limit}/emails")), &cases).await;
    let good = [(json!({"limit": 5, "cap": "hard"}), 422, "meter")];
    for meter in ["credits", "users", "nothing", "NO"] {
        refuse_all_as(&api, &key, ("PUT", &format!("{limit}/{meter}")), &good).await;
    }
    let operation = "/api/v1/operator/operations/enrich";
    let cases =
        [(json!({"name": ""}), 422, "name"), (json!({"name": "E", "price": 1}), 422, "price")];
    refuse_all_as(&api, &key, ("PUT", operation), &cases).await;
    let cases = [(json!({"amount": -1}), 422, "amount"), (json!({}), 422, "amount")];
    refuse_all_as(&api, &key, ("PUT", &format!("{operation}/prices/credits")), &cases).await;
    let good = [(json!({"amount": 1}), 422, "meter")];
    refuse_all_as(&api, &key, ("PUT", &format!("{operation}/prices/nothing")), &good).await;
    let meter = |name: &str, value: Value| {
        let mut body = json!({"name": "Faxes", "unit": "pages", "scale": 0, "kind": "counter"});
        body[name] = value;
        body
    };
    let cases = [
        (meter("unit", json!("")), 422, "unit"),
        (meter("scale", json!(10)), 422, "scale"),
        (meter("scale", json!(-1)), 422, "scale"),
        (meter("kind", json!("clock")), 422, "kind"),
        (meter("price", json!(1)), 422, "price"),
    ];
    refuse_all_as(&api, &key, ("PUT", "/api/v1/operator/meters/faxes"), &cases).await;
    for path in ["plans/NO", "operations/NO", "meters/NO"] {
        let body = json!({"name": "N"});
        let path = format!("/api/v1/operator/{path}");
        let refused = api.call_as(&key, "PUT", &path, body, &[]).await;
        assert_eq!(refused.status, 422, "{path}");
    }
}
