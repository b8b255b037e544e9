//! Personal budgets: monthly ceilings of members on AI tokens and enrichments (SPEC section 7).

use crate::{
    browser::Browser,
    support::{Api, Reply},
};
use serde_json::{Value, json};
use sqlx::PgPool;

const QUOTAS: &str = "/api/v1/quotas";

/// Gives a member a budget by the API; the quota.
async fn budget(api: &Api, meter: &str, member: &str, monthly: i64) -> Value {
    let body = json!({"meter": meter, "member": member, "monthly": monthly});
    api.call("POST", QUOTAS, body).await.expect(201)
}

/// How much of an operation a member could do right now; `None` is as much as they like.
async fn fits(api: &Api, member: &str, operation: &str) -> Option<i64> {
    let body = json!({"member": member, "operation": operation, "quantity": 5_000_000});
    let check = api.call("POST", "/api/v1/check", body).await.expect(200);
    check["would_fit"].as_i64()
}

/// What the form that changes the budgets of a member has seen of a meter.
async fn seen(browser: &mut Browser<'_>, page: &str, meter: &str) -> String {
    let html = browser.get(page).await.expect(200).as_str().unwrap().to_owned();
    let (_, rest) = html.split_once(&format!("name=\"{meter}_seen\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn dialog(member: &str) -> String {
    format!("/settings/user-quotas?member={member}&budgets=1")
}

/// Posts what was typed into the form as it is now, as the page's own code does.
async fn save(browser: &mut Browser<'_>, member: &str, typed: [&str; 2]) -> Reply {
    let page = dialog(member);
    let seen = [seen(browser, &page, "ai_tokens").await, seen(browser, &page, "enrichments").await];
    post(browser, member, typed, &seen).await
}

async fn post(
    browser: &mut Browser<'_>,
    member: &str,
    typed: [&str; 2],
    seen: &[String; 2],
) -> Reply {
    let [tokens, enrichments] = typed;
    let form = format!(
        "member={member}&ai_tokens={tokens}&ai_tokens_seen={}&enrichments={enrichments}&\
         enrichments_seen={}&back=/settings/user-quotas?member={member}",
        seen[0], seen[1],
    );
    browser.call("/actions/save_budgets", &form).await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_budget_is_a_ceiling_for_a_month_of_the_organizations_zone(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let made = budget(&api, "ai_tokens", &bob, 1_000).await;
    assert_eq!((&made["monthly"], &made["member"]), (&json!(1_000), &json!(bob)));

    let denied = api.consume("bob@acme.test", "ai_generate", 1_001).await.expect(429);
    assert_eq!((&denied["code"], &denied["would_fit"]), (&json!("QUOTA_EXCEEDED"), &json!(1_000)));
    let failed = &denied["failed"][0];
    assert_eq!((&failed["scope"], &failed["scope_id"]), (&json!("member"), &json!(bob)));
    assert_eq!((&failed["meter"], &failed["period"]), (&json!("ai_tokens"), &json!("monthly")));
    assert_eq!(failed["resets_at"], "2026-11-30T23:00:00Z", "midnight in Berlin");
    let who = ["tenant_administrator", "subtenant_administrator", "user_quota_administrator"];
    assert_eq!(failed["raised_by"], json!(who));

    api.consume("bob@acme.test", "ai_generate", 1_000).await.expect(200);
    api.consume("bob@acme.test", "ai_generate", 1).await.expect(429);
    assert_eq!(fits(&api, "ann@acme.test", "ai_generate").await, None, "shares the pool");
    assert_eq!(fits(&api, "bob@acme.test", "enrich").await, Some(100_000), "credits limit that");

    let path = format!("{QUOTAS}/{}", made["id"].as_str().unwrap());
    api.set_time("2026-11-21T12:00:01Z").await;
    api.call("PATCH", &path, json!({"monthly": 1_200})).await.expect(200);
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(200));
    api.set_time("2026-11-30T22:59:59Z").await;
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(200));
    api.set_time("2026-11-30T23:00:00Z").await;
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(1_200));
    api.call("DELETE", &path, Value::Null).await.expect(200);
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, None);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_budget_leaves_the_limits_above_it_in_force(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let bob = api.member("bob@acme.test").await;
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(33_333), "of 0.50 a day");
    api.sql("DELETE FROM quota_limits").await;
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(200_000), "of the plan");
    budget(&api, "ai_tokens", &bob, 150_000).await;
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(150_000));
    api.consume("ann@acme.test", "ai_generate", 199_000).await.expect(200);
    assert_eq!(
        fits(&api, "bob@acme.test", "ai_generate").await,
        Some(1_000),
        "nothing is promised"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn budgets_are_made_changed_and_ended_in_a_form(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let mut browser = Browser::signed_in(&api).await;
    let html = browser.get(&dialog(&bob)).await.expect(200).as_str().unwrap().to_owned();
    assert!(html.contains("Personal budgets of Somebody"), "{html}");

    save(&mut browser, &bob, ["1,000", ""]).await.expect(200);
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(1_000));
    api.set_time("2026-11-21T12:00:01Z").await;
    save(&mut browser, &bob, ["2000", "30"]).await.expect(200);
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(2_000));
    assert_eq!(fits(&api, "bob@acme.test", "enrich").await, Some(30));
    api.set_time("2026-11-21T12:00:02Z").await;
    save(&mut browser, &bob, ["2,000", " "]).await.expect(200);
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(2_000), "as it was");
    assert_eq!(fits(&api, "bob@acme.test", "enrich").await, Some(100_000), "credits limit that");
    api.set_time("2026-11-21T12:00:03Z").await;
    save(&mut browser, &bob, ["2,000", "0"]).await.expect(200);
    assert_eq!(fits(&api, "bob@acme.test", "enrich").await, Some(0), "and not unlimited");

    let audited = "SELECT count(*) FROM audit_log WHERE action LIKE 'quota.%'";
    assert_eq!(api.count(audited).await, 5, "what stayed as it was is no change");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stale_edit_of_budgets_changes_none(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let mut browser = Browser::signed_in(&api).await;
    let none = ["none".to_owned(), "none".to_owned()];
    let made = budget(&api, "enrichments", &bob, 70).await;
    let refused = post(&mut browser, &bob, ["5", "6"], &none).await;
    assert_eq!(refused.status, 409);
    let body = refused.body.to_string();
    assert!(body.contains("Enrichments is 70 a month"), "{body}");
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, None, "nothing was saved");

    let first = [none[0].clone(), seen(&mut browser, &dialog(&bob), "enrichments").await];
    api.set_time("2026-11-21T12:00:01Z").await;
    let path = format!("{QUOTAS}/{}", made["id"].as_str().unwrap());
    api.call("PATCH", &path, json!({"monthly": 80})).await.expect(200);
    assert_eq!(post(&mut browser, &bob, ["5", "6"], &first).await.status, 409);
    assert_eq!(fits(&api, "bob@acme.test", "enrich").await, Some(80));
    save(&mut browser, &bob, ["5", "6"]).await.expect(200);
    assert_eq!(fits(&api, "bob@acme.test", "enrich").await, Some(6));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_typed_wrong_is_refused_whole_and_named(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let body = json!({"meter": "ai_tokens", "member": bob, "daily": 100});
    api.call("POST", QUOTAS, body).await.expect(201);
    let mut browser = Browser::signed_in(&api).await;
    for (typed, field) in [
        (["-1", ""], "ai_tokens"),
        (["1.5", ""], "ai_tokens"),
        (["", "many"], "enrichments"),
        (["1000000000000001", ""], "ai_tokens"),
        // Less in a month than a program allows in a day.
        (["99", "5"], "ai_tokens"),
    ] {
        let reply = save(&mut browser, &bob, typed).await;
        assert_eq!(reply.status, 422, "{typed:?}: {}", reply.body);
        assert_eq!(reply.body["field"], field, "{typed:?}");
    }
    let nothing_seen = [String::new(), String::new()];
    assert_eq!(post(&mut browser, &bob, ["5", ""], &nothing_seen).await.status, 422);
    let nobody = uuid::Uuid::nil().to_string();
    let none = ["none".to_owned(), "none".to_owned()];
    assert_eq!(post(&mut browser, &nobody, ["5", ""], &none).await.status, 404);
    assert_eq!(api.count("SELECT count(*) FROM quotas WHERE member_id IS NOT NULL").await, 1);
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(100), "a day");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_dialog_of_a_member_saves_their_budgets_with_all_else_or_nothing(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let mut browser = Browser::signed_in(&api).await;
    let page = format!("/enterprise/members?edit={bob}");
    assert_eq!(seen(&mut browser, &page, "ai_tokens").await, "none");
    let name = "SELECT count(*) FROM members WHERE name = 'Bob'";
    for (budgets, status, named) in [
        ("&ai_tokens=x&ai_tokens_seen=none&enrichments=&enrichments_seen=none", 422, 0),
        ("&ai_tokens=70&ai_tokens_seen=none&enrichments=&enrichments_seen=none", 200, 1),
        ("&ai_tokens=80&ai_tokens_seen=none&enrichments=&enrichments_seen=none", 409, 1),
    ] {
        let version = api.count("SELECT max(version) FROM members WHERE email LIKE 'bob%'").await;
        let form =
            format!("id={bob}&version={version}&name=Bob&job_role=other&member=true{budgets}");
        let reply = browser.call("/actions/save_member", &form).await;
        assert_eq!(reply.status, status, "{budgets}: {}", reply.body);
        assert_eq!(api.count(name).await, named, "{budgets}");
    }
    assert_eq!(fits(&api, "bob@acme.test", "ai_generate").await, Some(70));
}
