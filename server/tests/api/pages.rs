//! Pages and their forms as a browser without JavaScript uses them.

use crate::{browser::Browser, support::Api};
use serde_json::json;
use sqlx::PgPool;

const OURS: &str = "http://allot.test";
const SETTINGS: &str = "version=1&cycle=monthly&first_day=&last_day=&limited=true&limit=10000&\
    set_aside=true&packs_extend=true";

#[sqlx::test(migrations = "../migrations")]
async fn a_sign_in_link_works_once(pool: PgPool) {
    let api = Api::new(pool).await;
    Browser::signed_in(&api).await;
    let link = format!("/sign-in/{}", api.organization.sign_in_token);
    let reply = Browser::new(&api).get(&link).await;
    assert_eq!(reply.header("location"), Some("/login?link=used"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_sign_in_link_expires_after_a_day(pool: PgPool) {
    let api = Api::new(pool).await;
    api.set_time("2026-11-22T12:00:00Z").await;
    let link = format!("/sign-in/{}", api.organization.sign_in_token);
    let reply = Browser::new(&api).get(&link).await;
    assert_eq!(reply.header("location"), Some("/login?link=used"));
}

#[sqlx::test(migrations = "../migrations")]
async fn strangers_are_led_to_the_login(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::new(&api);
    for path in [
        "/",
        "/enterprise/quota-management",
        "/enterprise/credit-packs",
        "/enterprise/plan",
        "/enterprise/subtenants",
        "/settings/usage-quotas",
        "/settings/user-quotas",
        "/settings/usage",
        "/settings/webhooks",
        "/settings/api-keys",
        "/audit",
        "/enterprise/members",
        "/enterprise/members/import",
        "/usage/history",
        "/usage/ledger",
        "/reports",
        "/reports/reallocation",
        "/requests",
        "/requests/answer",
        "/requests/ask",
        "/my-usage",
        "/settings/alerts",
        "/notifications",
        "/account",
    ] {
        let reply = browser.get(path).await;
        assert_eq!((reply.status, reply.header("location")), (302, Some("/login")), "{path}");
        assert!(!reply.body.as_str().unwrap().contains("ann@acme.test"));
    }
    let here = format!("organizations/{}", api.organization.id);
    for page in ["organizations", &here, "plans", "plans/team", "rate-card", "log", "account"] {
        let reply = browser.get(&format!("/operator/{page}")).await;
        let led = (reply.status, reply.header("location"));
        assert_eq!(led, (302, Some("/operator/login")), "{page}");
        assert!(!reply.body.as_str().unwrap().contains("Acme"));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_carry_a_policy_with_a_nonce_and_are_not_cached(pool: PgPool) {
    let api = Api::new(pool).await;
    let reply = Browser::new(&api).get("/login").await;
    let policy = reply.header("content-security-policy").unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(reply.body.as_str().unwrap().contains(&format!("nonce=\"{nonce}\"")));
    assert!(!policy.contains("unsafe-inline"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_form_saves_and_the_next_request_sees_it(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let reply = browser.post("/actions/save_credit_settings", SETTINGS, OURS).await;
    assert_eq!(reply.status, 302, "{}", reply.body);
    let page = browser.get("/enterprise/quota-management").await;
    assert!(page.body.as_str().unwrap().contains("10,000"));
    api.consume("ann@acme.test", "prospect_search", 10_001).await.expect(429);
    // The same form again is stale by now, and changes nothing.
    let stale = SETTINGS.replace("10000", "5");
    browser.post("/actions/save_credit_settings", &stale, OURS).await;
    api.consume("ann@acme.test", "prospect_search", 10_000).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn forms_of_other_sites_are_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    for origin in ["https://evil.test", "null", "http://allot.test.evil.test"] {
        let reply = browser.post("/actions/save_credit_settings", SETTINGS, origin).await;
        assert_eq!(reply.expect(403)["code"], "FOREIGN_ORIGIN", "{origin}");
    }
    assert_eq!(api.count("SELECT count(*) FROM credit_settings").await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn members_without_the_right_see_and_change_nothing(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    sqlx::query("DELETE FROM member_roles WHERE role <> 'member'")
        .execute(&api.pool)
        .await
        .unwrap();
    let page = browser.get("/enterprise/quota-management").await;
    assert_eq!(page.status, 403);
    assert!(page.body.as_str().unwrap().contains("Tenant Administrator"), "names who may");
    browser.post("/actions/save_credit_settings", SETTINGS, OURS).await;
    assert_eq!(api.count("SELECT count(*) FROM credit_settings").await, 1);
    let first = browser.get("/").await;
    assert_eq!(first.header("location"), Some("/my-usage"));
}

#[sqlx::test(migrations = "../migrations")]
async fn passwords_sign_in_and_guessing_is_slowed_down(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let form = "current=&new=correct+horse+battery";
    assert_eq!(browser.post("/actions/set_password", form, OURS).await.status, 302);

    let mut other = Browser::new(&api);
    let login = |password: &str| format!("email=ann%40acme.test&password={password}");
    let good = login("correct+horse+battery");
    let reply = other.post("/actions/login", &good, OURS).await;
    assert_eq!(reply.header("location"), Some("/"));
    assert_eq!(other.get("/account").await.status, 200);
    other.post("/actions/logout", "", OURS).await;
    assert_eq!(other.get("/account").await.status, 302);

    for _ in 0..10 {
        other.post("/actions/login", &login("wrong"), OURS).await;
    }
    other.post("/actions/login", &good, OURS).await;
    assert_eq!(other.get("/account").await.status, 302, "the right password has to wait too");
    api.set_time("2026-11-21T12:15:01Z").await;
    other.post("/actions/login", &good, OURS).await;
    assert_eq!(other.get("/account").await.status, 200);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_language_of_messages_is_chosen_on_the_page_account(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let chosen = |page: &str| {
        let option = page.split("<option").find(|option| option.contains("selected"));
        option.unwrap().split('"').nth(1).unwrap().to_owned()
    };
    let page = browser.get("/account").await.expect(200);
    assert_eq!(chosen(page.as_str().unwrap()), "en");
    let reply = browser.post("/actions/set_language", "language=zh", OURS).await;
    assert_eq!(reply.header("location"), Some("/account?saved=language"));
    let page = browser.get("/account").await.expect(200);
    assert_eq!(chosen(page.as_str().unwrap()), "zh");

    let reply = browser.post("/actions/set_language", "language=fr", OURS).await;
    // The browser would be led back to the page that it comes from.
    let query = reply.header("location").unwrap().split_once('?').unwrap().1.to_owned();
    let page = browser.get(&format!("/account?{query}")).await.expect(200);
    let page = page.as_str().unwrap();
    assert!(page.contains("Must be en, de or zh"));
    let field = page.split("<select").nth(1).unwrap();
    assert!(field.contains("aria-invalid=\"true\""));
    let page = browser.get("/account").await.expect(200);
    assert_eq!(chosen(page.as_str().unwrap()), "zh");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_users_typed_is_shown_as_text(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"email": "x@acme.test", "name": "<script>alert(1)</script>"});
    api.call("POST", "/api/v1/members", body).await.expect(201);
    let page = Browser::signed_in(&api).await.get("/enterprise/quota-management").await;
    let html = page.body.as_str().unwrap();
    assert!(!html.contains("<script>alert"));
    assert!(html.contains("&lt;script&gt;alert"));
}
