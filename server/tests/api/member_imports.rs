//! Adding members from a list.

use crate::{browser::Browser, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

const OURS: &str = "http://allot.test";
const IMPORT: &str = "/enterprise/members/import";

/// Checks a list; the path of the page that says what importing it would do.
async fn check(browser: &mut Browser<'_>, list: &str) -> String {
    let form = format!("csv={}", encoded(list));
    let reply = browser.post("/actions/draft_member_import", &form, OURS).await;
    reply.header("location").unwrap().to_owned()
}

async fn import(browser: &mut Browser<'_>, draft: &str) -> Option<String> {
    let id = draft.rsplit('=').next().unwrap();
    let reply = browser.post("/actions/import_members", &format!("draft={id}"), OURS).await;
    reply.header("location").map(str::to_owned)
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"))
}

async fn html(browser: &mut Browser<'_>, path: &str) -> String {
    browser.get(path).await.expect(200).as_str().unwrap().to_owned()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_is_looked_through_and_then_imported(pool: PgPool) {
    let api = Api::new(pool).await;
    api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    api.limit(json!(1_000)).await;
    let mut browser = Browser::signed_in(&api).await;
    let list = "email,name,job_role,subtenant,roles,external_id,limit,status\n\
        bo@acme.test,=Bo,sales,North,member;quota_administrator,e-1,20%,\n\
        cy@acme.test,Cy,,,,,300,active\n\
        di@acme.test,Di,,,,,,invited\n";
    let draft = check(&mut browser, list).await;
    assert!(draft.starts_with("/enterprise/members/import?draft="), "{draft}");
    let page = html(&mut browser, &draft).await;
    assert!(page.contains("3 new members") && page.contains("Import 3 members"), "{page}");
    assert_eq!(api.count("SELECT count(*) FROM members").await, 1, "nobody is added yet");

    let after = import(&mut browser, &draft).await;
    assert_eq!(after.as_deref(), Some("/enterprise/members?saved=import"));
    let list = api.call("GET", "/api/v1/members?search=acme", Value::Null).await.expect(200);
    let bo = &list["members"][1];
    assert_eq!((&bo["name"], &bo["external_id"]), (&json!("=Bo"), &json!("e-1")));
    assert_eq!(bo["roles"], json!(["quota_administrator", "member"]));
    assert_eq!(list["members"][3]["status"], "invited");
    api.consume("e-1", "prospect_search", 201).await.expect(429);
    api.consume("e-1", "prospect_search", 200).await.expect(200);
    // 300 are set aside for Cy.
    api.consume("ann@acme.test", "prospect_search", 501).await.expect(429);
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'member.added'";
    assert_eq!(api.count(audited).await, 3);
    // Once more: the list is gone, and nobody is added twice.
    assert_ne!(import(&mut browser, &draft).await, after);
    assert_eq!(api.count("SELECT count(*) FROM members").await, 4);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn errors_are_listed_by_row_and_nothing_is_imported(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let list = "email,name,limit\nbo@acme.test,Bo,\nann@acme.test,Ann,\nnobody,X,120%\n";
    let draft = check(&mut browser, list).await;
    let page = html(&mut browser, &draft).await;
    for text in ["3 errors", "Line 3", "belongs to a member already", "Line 4"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Import 3 members"));
    import(&mut browser, &draft).await;
    assert_eq!(api.count("SELECT count(*) FROM members").await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_wrong_by_now_is_noticed_when_it_is_imported(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let mut browser = Browser::signed_in(&api).await;
    let list = "email,name\nbo@acme.test,Bo\ncy@acme.test,Cy\n";
    let draft = check(&mut browser, list).await;
    assert!(html(&mut browser, &draft).await.contains("2 seats needed, 2 free"));
    api.member("bo@acme.test").await;
    import(&mut browser, &draft).await;
    assert_eq!(api.count("SELECT count(*) FROM members").await, 2);
    let other = check(&mut browser, "email,name\nd1@acme.test,D\nd2@acme.test,D\n").await;
    let page = html(&mut browser, &other).await;
    assert!(page.contains("The plan lacks 1 seat") && !page.contains("Import 2 members"));
    import(&mut browser, &other).await;
    assert_eq!(api.count("SELECT count(*) FROM members").await, 2);
    // A list is kept for a day.
    api.set_time("2026-11-22T12:00:00Z").await;
    assert_eq!(browser.get(&draft).await.status, 404);
    api.set_time("2026-11-22T12:00:01Z").await;
    assert_eq!(api.count("SELECT count(*) FROM member_imports").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_that_is_too_long_is_told_so(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let rows = |count: usize| {
        (0..count).fold("email,name\n".to_owned(), |list, n| list + &format!("m{n}@a.test,M\n"))
    };
    let begin = std::time::Instant::now();
    for (list, said) in [
        ("name\nBo\n".to_owned(), "column email"),
        (rows(5_001), "more than 5000 rows"),
        (rows(100_000), "larger than 1 MiB"),
    ] {
        // As a browser encodes it: letters and digits stay.
        let form =
            format!("csv={}", list.replace('@', "%40").replace(',', "%2C").replace('\n', "%0D%0A"));
        let reply = browser.call("/actions/draft_member_import", &form).await;
        assert_eq!(reply.status, 422, "{}", reply.body);
        assert_eq!(reply.body["field"], "csv");
        assert!(reply.body["message"].as_str().unwrap().contains(said), "{}", reply.body);
    }
    assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{:?}", begin.elapsed());
    assert_eq!(api.count("SELECT count(*) FROM member_imports").await, 0);
    // Five thousand at once are no problem.
    let draft = check(&mut browser, &rows(5_000)).await;
    let after = import(&mut browser, &draft).await;
    assert_eq!(after.as_deref(), Some("/enterprise/members?saved=import"));
    assert_eq!(api.count("SELECT count(*) FROM members").await, 5_001);
    assert_eq!(browser.get(IMPORT).await.status, 200);
    api.verify().await;
}
