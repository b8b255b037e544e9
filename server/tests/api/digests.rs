//! The digest of a week and the report of a month, written once and told to those who asked for them.

use crate::support::Api;
use serde_json::{Value, json};
use sqlx::PgPool;

/// Switches both on, and uses something in each of two weeks.
async fn with_digests(pool: PgPool) -> Api {
    let api = Api::new(pool).await;
    let level = json!({"thresholds": [], "administrators": true, "concerned": true});
    let settings = json!({"organization": level, "subtenants": level, "members": level,
        "weekly_digest": true, "month_report": true});
    api.call("PUT", "/api/v1/alert-settings", settings).await.expect(200);
    api.member("bob@acme.test").await;
    api.limit(json!(50)).await;
    // Both in the same month: a Saturday, and one of the week after.
    api.consume("ann@acme.test", "prospect_search", 10).await.expect(200);
    api.set_time("2026-11-26T12:00:00Z").await;
    api.consume("bob@acme.test", "prospect_search", 30).await.expect(200);
    api.consume("ann@acme.test", "prospect_search", 4).await.expect(200);
    api.consume("ann@acme.test", "prospect_search", 20).await.expect(429);
    api
}

/// What digests and reports say, oldest first.
async fn digests(api: &Api) -> Vec<Value> {
    let rows =
        sqlx::query_scalar("SELECT news FROM events WHERE once IS NOT NULL ORDER BY event_id");
    rows.fetch_all(&api.pool).await.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_week_is_told_once_by_whatever_server(pool: PgPool) {
    let api = with_digests(pool).await;
    let other = api.another_server();
    assert_eq!(api.service.write_digests().await.unwrap(), 0, "the week is not over");
    api.set_time("2026-11-30T07:00:00Z").await;
    let (one, two) = tokio::join!(api.service.write_digests(), other.service.write_digests());
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    assert_eq!(api.service.write_digests().await.unwrap(), 0);
    let digests = digests(&api).await;
    assert_eq!(digests.len(), 1);
    assert_eq!(digests[0]["type"], "digest.weekly");
    let digest = &digests[0]["data"];
    assert_eq!(
        (&digest["first_day"], &digest["last_day"]),
        (&json!("2026-11-23"), &json!("2026-11-29"))
    );
    let credits = &digest["meters"][0];
    assert_eq!((&credits["used"], &credits["before"]), (&json!(34), &json!(10)));
    assert_eq!((digest["members"][0][1].as_i64(), digest["denied"].as_i64()), (Some(30), Some(1)));
    assert_eq!(digest["tight"], json!([["Credits a month", 88]]));
    api.service.tell().await.unwrap();
    let to_ann =
        "SELECT count(*) FROM notifications JOIN members m USING (organization_id, member_id)
        JOIN events e USING (organization_id, event_id)
        WHERE m.email = 'ann@acme.test' AND e.kind = 'digest.weekly'";
    assert_eq!(api.count(to_ann).await, 1);
    assert_eq!(
        api.count(
            "SELECT count(*) FROM notifications n JOIN events e USING (organization_id, event_id)
        WHERE e.kind = 'digest.weekly'"
        )
        .await,
        1
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_month_is_told_when_it_is_over(pool: PgPool) {
    let api = with_digests(pool).await;
    api.set_time("2026-12-01T07:00:00Z").await;
    // Tuesday: the week that ended on Sunday can still be told.
    assert_eq!(api.service.write_digests().await.unwrap(), 2);
    let digests = digests(&api).await;
    let report = digests.iter().find(|digest| digest["type"] == "report.monthly").unwrap();
    let report = &report["data"];
    assert_eq!(
        (&report["first_day"], &report["last_day"]),
        (&json!("2026-11-01"), &json!("2026-11-30"))
    );
    assert_eq!(report["meters"][0]["used"], 44);
}

#[sqlx::test(migrations = "../migrations")]
async fn nothing_is_written_where_it_is_not_switched_on(pool: PgPool) {
    let api = Api::new(pool).await;
    api.consume("ann@acme.test", "prospect_search", 10).await.expect(200);
    api.set_time("2026-11-23T08:00:00Z").await;
    assert_eq!(api.service.write_digests().await.unwrap(), 0);
    assert_eq!(api.count("SELECT count(*) FROM events").await, 0);
}
