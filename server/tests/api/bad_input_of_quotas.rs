//! SPEC section 12, for quotas.

use crate::{bad_input::refuse_all, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrations = "../migrations")]
async fn bad_quotas(pool: PgPool) {
    let api = Api::new(pool).await;
    let member = api.member("bob@acme.test").await;
    let with = |name: &str, value: Value| {
        let mut body = json!({"meter": "spend", "daily": 5, "monthly": 50});
        body[name] = value;
        body
    };
    let gauge = |limits: Value| {
        let mut body = limits;
        body["meter"] = json!("contacts");
        body
    };
    let subtenant = uuid::Uuid::from_u128(5);
    let cases = [
        (with("meter", json!("nothing")), 422, "meter"),
        (with("meter", json!("NOT A CODE")), 422, "meter"),
        (with("meter", json!(5)), 422, "meter"),
        (json!({"daily": 5}), 422, "meter"),
        (with("subtenant", json!("x")), 422, "subtenant"),
        (with("member", json!("bob@acme.test")), 422, "member"),
        (json!({"meter": "spend", "member": member, "subtenant": subtenant}), 422, "member"),
        (with("daily", json!(51)), 422, "daily"),
        (with("daily", json!(-1)), 422, "daily"),
        (with("daily", json!(i64::MAX)), 422, "daily"),
        (with("daily", json!("5")), 422, "daily"),
        (with("daily", json!(0.5)), 422, "daily"),
        (with("weekly", json!(4)), 422, "daily"),
        (with("weekly", json!(51)), 422, "weekly"),
        (with("yearly", json!(49)), 422, "monthly"),
        (with("level", json!(5)), 422, "level"),
        (gauge(json!({"daily": 5})), 422, "daily"),
        (gauge(json!({"level": -5})), 422, "level"),
        (with("hourly", json!(5)), 422, "hourly"),
        (with("version", json!(1)), 422, "version"),
        (json!([]), 422, "body"),
        (Value::Null, 400, "body"),
    ];
    refuse_all(&api, "POST", "/api/v1/quotas", &cases).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bad_dates_of_quotas(pool: PgPool) {
    let api = Api::new(pool).await;
    let custom =
        |first: &str, last: &str| json!({"limit": 5, "first_day": first, "last_day": last});
    let with = |custom: Value| json!({"meter": "spend", "custom": custom});
    let until = |day: Value| json!({"meter": "spend", "daily": 5, "last_day": day});
    let mut negative = custom("2026-11-01", "2026-11-30");
    negative["limit"] = json!(-5);
    let mut unknown = custom("2026-11-01", "2026-11-30");
    unknown["period"] = json!(5);
    let cases = [
        (with(custom("2026-11-02", "2026-11-01")), 422, "custom.last_day"),
        (with(custom("2026-01-01", "2031-01-08")), 422, "custom.last_day"),
        (with(custom("2026-02-30", "2026-03-01")), 422, "custom.first_day"),
        (with(custom("2026-03-01", "soon")), 422, "custom.last_day"),
        (with(json!({"first_day": "2026-11-01", "last_day": "2026-11-30"})), 422, "custom.limit"),
        (with(json!({"limit": 5, "first_day": "2026-11-01"})), 422, "custom.last_day"),
        (with(negative), 422, "custom.limit"),
        (with(unknown), 422, "custom.period"),
        (with(json!("monthly")), 422, "custom"),
        (with(json!([5, "2026-11-01", "2026-11-30"])), 422, "custom"),
        (until(json!("2026-11-20")), 422, "last_day"),
        (until(json!("tomorrow")), 422, "last_day"),
        (until(json!(5)), 422, "last_day"),
    ];
    refuse_all(&api, "POST", "/api/v1/quotas", &cases).await;
}
