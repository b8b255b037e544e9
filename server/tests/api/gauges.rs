//! Gauges: what is cumulative, goes up and down, and can be set (SPEC sections 1 and 3).

use crate::support::{Api, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Adds operations that count on gauges: an installation starts with none.
async fn with_gauges(pool: PgPool, plan: &str) -> Api {
    let api = Api::on_plan(pool, plan).await;
    api.sql("INSERT INTO operations VALUES ('add_contact', 'Add contact'), ('store', 'Store')")
        .await;
    api.sql("INSERT INTO prices VALUES ('add_contact', 'contacts', 1), ('store', 'storage', 10)")
        .await;
    api.sql(
        "UPDATE plan_limits SET limit_amount = 100 WHERE meter_code IN ('contacts', 'storage')",
    )
    .await;
    api
}

/// Sets the level of the whole organization.
async fn set(api: &Api, meter: &str, level: i64) -> Reply {
    api.call("PUT", &format!("/api/v1/gauges/{meter}"), json!({"level": level})).await
}

/// Sets the part of a member.
async fn set_part(api: &Api, member: &str, level: i64) -> Reply {
    let body = json!({"level": level, "member": member});
    api.call("PUT", "/api/v1/gauges/contacts", body).await
}

/// Where the organization stands, by the plan's limit in an answer.
fn used(answer: &Value) -> i64 {
    answer["limits"][0]["used"].as_i64().unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_level_goes_up_and_down(pool: PgPool) {
    let api = Api::new(pool).await;
    for level in [10, 3, 3, 0, 7] {
        assert_eq!(
            set(&api, "contacts", level).await.expect(200),
            json!({"meter": "contacts", "level": level, "limits": [
                {"scope": "plan", "scope_id": "enterprise", "meter": "contacts", "period": "level",
                    "limit": null, "used": level, "reserved": 0, "set_aside": 0,
                    "remaining": null, "resets_at": null},
            ]})
        );
    }
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 4, "no change, no entry");
    api.set_time("2027-03-01T12:00:00Z").await;
    let later = set(&api, "contacts", 8).await.expect(200);
    assert_eq!(used(&later), 8);
    assert_eq!(api.count("SELECT sum(amount)::bigint FROM ledger").await, 8);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_organization_has_at_least_what_its_members_have(pool: PgPool) {
    let api = Api::new(pool).await;
    api.member("bob@acme.test").await;
    assert_eq!(used(&set_part(&api, "ann@acme.test", 10).await.expect(200)), 10);
    let both = set_part(&api, "bob@acme.test", 5).await.expect(200);
    assert_eq!((&both["level"], used(&both)), (&json!(5), 15));
    set(&api, "contacts", 20).await.expect(200);
    let refused = set(&api, "contacts", 14).await.expect(422);
    assert_eq!(refused["field"], "level");
    assert!(refused["detail"].as_str().unwrap().contains("15"), "{refused}");
    assert_eq!(used(&set_part(&api, "ann@acme.test", 4).await.expect(200)), 14);
    assert_eq!(set(&api, "contacts", 8).await.expect(422)["field"], "level");
    set(&api, "contacts", 9).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn so_it_stays_when_both_change_at_the_same_time(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    // The first is decided alone, and meanwhile the other two become one batch.
    let (free, add, lower) = tokio::join!(
        api.consume("ann@acme.test", "view_contacts", 1),
        api.consume("ann@acme.test", "add_contact", 10),
        set(&api, "contacts", 5),
    );
    free.expect(200);
    add.expect(200);
    assert!(matches!(lower.status, 200 | 422), "{}", lower.body);
    let beyond_members =
        "SELECT COALESCE(sum(amount), 0)::bigint FROM ledger WHERE member_id IS NULL";
    assert!(api.count(beyond_members).await >= 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_gauges_are_set(pool: PgPool) {
    let api = Api::new(pool).await;
    for counter in ["credits", "emails", "spend"] {
        assert_eq!(set(&api, counter, 5).await.expect(422)["field"], "meter", "{counter}");
    }
    for unknown in ["nothing", "NOT-A-CODE", "%00"] {
        assert_eq!(set(&api, unknown, 5).await.expect(404)["code"], "NOT_FOUND", "{unknown}");
    }
    assert_eq!(set_part(&api, "nobody@acme.test", 5).await.expect(404)["code"], "NOT_FOUND");
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_soft_limit_of_the_plan_lets_a_tenth_more_through(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    let body = api.consume("ann@acme.test", "add_contact", 110).await.expect(200);
    assert_eq!(
        body["limits"][0],
        json!({"scope": "plan", "scope_id": "team", "meter": "contacts", "period": "level",
            "limit": 100, "allowed_to": 110, "used": 110, "reserved": 0, "set_aside": 0,
            "remaining": 0, "resets_at": null})
    );
    let reply = api.consume("ann@acme.test", "add_contact", 1).await;
    assert_eq!(reply.header("retry-after"), None, "a gauge never starts anew");
    let denied = reply.expect(429);
    assert_eq!((&denied["code"], &denied["would_fit"]), (&json!("QUOTA_EXCEEDED"), &json!(0)));
    assert_eq!(denied["failed"][0]["resets_at"], Value::Null);
    // Not in the next month either.
    api.set_time("2026-12-05T12:00:00Z").await;
    api.consume("ann@acme.test", "add_contact", 1).await.expect(429);
    set_part(&api, "ann@acme.test", 109).await.expect(200);
    api.consume("ann@acme.test", "add_contact", 1).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_hard_limit_of_the_plan_is_the_end(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    let denied = api.consume("ann@acme.test", "store", 11).await.expect(429);
    assert_eq!(
        (&denied["would_fit"], &denied["failed"][0]["requested"]),
        (&json!(10), &json!(110))
    );
    api.consume("ann@acme.test", "store", 10).await.expect(200);
    api.consume("ann@acme.test", "store", 1).await.expect(429);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_level_past_the_limit_is_how_things_are_and_denies_more(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    let passed = set(&api, "contacts", 150).await.expect(200);
    let limit = &passed["limits"][0];
    assert_eq!((&limit["used"], &limit["remaining"]), (&json!(150), &json!(0)));
    let denied = api.consume("ann@acme.test", "add_contact", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["used"], 150);
    set(&api, "contacts", 99).await.expect(200);
    api.consume("ann@acme.test", "add_contact", 11).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_quota_limits_the_level_of_a_member(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    let bob = api.member("bob@acme.test").await;
    let quota = json!({"meter": "contacts", "member": bob, "level": 5});
    api.call("POST", "/api/v1/quotas", quota).await.expect(201);
    api.consume("bob@acme.test", "add_contact", 5).await.expect(200);
    let denied = api.consume("bob@acme.test", "add_contact", 1).await.expect(429);
    let failed = &denied["failed"][0];
    assert_eq!((&failed["scope"], &failed["period"]), (&json!("member"), &json!("level")));
    assert_eq!((&failed["scope_id"], &failed["resets_at"]), (&json!(bob), &Value::Null));
    api.consume("ann@acme.test", "add_contact", 50).await.expect(200);
    set_part(&api, "bob@acme.test", 4).await.expect(200);
    api.consume("bob@acme.test", "add_contact", 1).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reservation_holds_room_in_a_gauge(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    let body = json!({"member": "ann@acme.test", "operation": "store", "quantity": 8});
    let held = api.call("POST", "/api/v1/reservations", body).await.expect(201);
    assert_eq!(held["limits"][0]["reserved"], 80);
    let denied = api.consume("ann@acme.test", "store", 3).await.expect(429);
    assert_eq!(denied["would_fit"], 2);
    let id = held["reservation_id"].as_str().unwrap();
    let commit = format!("/api/v1/reservations/{id}/commit");
    // A month later it is the same gauge.
    let renew = format!("/api/v1/reservations/{id}/renew");
    api.set_time("2026-11-21T12:14:00Z").await;
    api.call("POST", &renew, json!({"ttl_seconds": 60})).await.expect(200);
    api.call("POST", &commit, json!({"quantity": 5})).await.expect(200);
    api.set_time("2026-12-21T12:00:00Z").await;
    let body = api.consume("ann@acme.test", "store", 5).await.expect(200);
    assert_eq!(used(&body), 100);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refund_lowers_the_level_to_nothing_at_most(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    let body = api.consume("ann@acme.test", "add_contact", 10).await.expect(200);
    let refund = |quantity: i64| {
        let body = json!({"consumption_id": body["consumption_id"], "quantity": quantity});
        api.call("POST", "/api/v1/refunds", body)
    };
    assert_eq!(refund(4).await.expect(200)["charges"][0]["amount"], 4);
    // Ann has removed most of her contacts herself meanwhile.
    set_part(&api, "ann@acme.test", 1).await.expect(200);
    assert_eq!(refund(3).await.expect(200)["charges"][0]["amount"], 1);
    let answer = set(&api, "contacts", 20).await.expect(200);
    assert_eq!(used(&answer), 20);
    set_part(&api, "ann@acme.test", 20).await.expect(200);
    assert_eq!(refund(1).await.expect(200)["charges"][0]["amount"], 1, "one contact, one less");
    assert_eq!(refund(2).await.expect(200)["charges"][0]["amount"], 2);
    refund(1).await.expect(422);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refund_to_the_organization_leaves_members_what_they_have(pool: PgPool) {
    let api = with_gauges(pool, "team").await;
    let own = json!({"operation": "add_contact", "quantity": 10});
    let own = api.call("POST", "/api/v1/consume", own).await.expect(200);
    set_part(&api, "ann@acme.test", 8).await.expect(200);
    set(&api, "contacts", 11).await.expect(200);
    let refund = json!({"consumption_id": own["consumption_id"], "quantity": 10});
    let refunded = api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    assert_eq!((&refunded["refunded"], &refunded["charges"][0]["amount"]), (&json!(10), &json!(3)));
    assert_eq!(used(&set_part(&api, "ann@acme.test", 0).await.expect(200)), 0);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_retried_level_is_set_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let token = api.organization.api_key.clone();
    let put = async |level: i64| {
        let headers = [("idempotency-key", "level")];
        let body = json!({"level": level});
        api.call_as(&token, "PUT", "/api/v1/gauges/contacts", body, &headers).await
    };
    let first = put(10).await.expect(200);
    set(&api, "contacts", 30).await.expect(200);
    assert_eq!(put(10).await.expect(200), first, "and the later level stays");
    put(11).await.expect(422);
    assert_eq!(api.count("SELECT sum(amount)::bigint FROM ledger").await, 30);
    api.verify().await;
}
