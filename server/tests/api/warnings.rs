//! What *Quota Management* warns of.

use crate::{browser::Browser, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

async fn warned(browser: &mut Browser<'_>, text: &str) -> bool {
    let page = browser.get("/enterprise/quota-management").await;
    assert_eq!(page.status, 200);
    page.body.as_str().unwrap().contains(text)
}

async fn settings(api: &Api, cycle: Value, limit: i64) {
    let body = json!({"cycle": cycle, "limit": limit, "set_aside": true, "packs_extend": true});
    api.call("PUT", "/api/v1/credit-settings", body).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn limits_that_are_reached_or_below_use_are_warned_about(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut admin = Browser::signed_in(&api).await;
    assert!(warned(&mut admin, "No enterprise limit is set").await);
    let bob = api.member("bob@acme.test").await;
    settings(&api, json!({"kind": "monthly"}), 1_000).await;
    assert!(!warned(&mut admin, "No enterprise limit is set").await);

    let limit = |amount: i64| json!({"kind": "credits", "amount": amount});
    api.member_limit(&bob, limit(50)).await;
    api.consume("bob@acme.test", "prospect_search", 49).await.expect(200);
    assert!(!warned(&mut admin, "used all of their own limit").await);
    api.consume("bob@acme.test", "prospect_search", 1).await.expect(200);
    assert!(warned(&mut admin, "Somebody used all of their own limit").await);
    api.member_limit(&bob, limit(40)).await;
    assert!(warned(&mut admin, "Somebody used more than the limit set since").await);
    assert!(!warned(&mut admin, "used all of their own limit").await);

    settings(&api, json!({"kind": "monthly"}), 30).await;
    assert!(warned(&mut admin, "limit of 30 credits is below the 50 used already").await);
}

#[sqlx::test(migrations = "../migrations")]
async fn cycles_that_end_or_do_not_fit_are_warned_about(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut admin = Browser::signed_in(&api).await;
    api.sql("UPDATE sessions SET expires_at = '2099-01-01'").await;
    api.member("bob@acme.test").await;
    api.consume("bob@acme.test", "prospect_search", 90).await.expect(200);
    api.set_time("2026-12-02T12:00:00Z").await;
    api.consume("bob@acme.test", "prospect_search", 10).await.expect(200);
    api.set_time("2026-12-10T12:00:00Z").await;

    settings(&api, json!({"kind": "weekly"}), 1_000).await;
    assert!(warned(&mut admin, "90% of the last four weeks").await);
    settings(&api, json!({"kind": "monthly"}), 1_000).await;
    assert!(!warned(&mut admin, "of the last four weeks").await);

    let custom = |last_day: &str, repeat: bool| json!({"kind": "custom", "first_day": "2026-12-01", "last_day": last_day, "repeat": repeat});
    settings(&api, custom("2026-12-31", false), 1_000).await;
    assert!(!warned(&mut admin, "The custom cycle ends").await);
    settings(&api, custom("2026-12-15", false), 1_000).await;
    assert!(warned(&mut admin, "The custom cycle ends 16 Dec 2026, 00:00 CET").await);
    settings(&api, custom("2026-12-15", true), 1_000).await;
    assert!(!warned(&mut admin, "The custom cycle ends").await, "another follows");
    settings(&api, custom("2026-12-09", false), 1_000).await;
    assert!(warned(&mut admin, "does not apply today").await);
}
