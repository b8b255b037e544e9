//! Credit packs and the ledger behind them.

use crate::{
    browser::Browser,
    support::{Api, create},
};
use domain::ids::PackId;
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/packs";
const PAGE: &str = "/enterprise/credit-packs";

/// An organization whose limit is 10 credits, so that packs soon pay.
async fn limited(pool: PgPool) -> Api {
    let api = Api::new(pool).await;
    api.limit(json!(10)).await;
    api.consume("ann@acme.test", "prospect_search", 10).await.expect(200);
    api
}

async fn packs(api: &Api) -> Vec<Value> {
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    list["packs"].as_array().unwrap().clone()
}

/// All entries of a pack's ledger, page by page, and how many pages there were.
async fn ledger(api: &Api, pack: PackId) -> (Vec<Value>, usize) {
    let (mut entries, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let path = format!("{PATH}/{pack}/ledger{cursor}");
        let page = api.call("GET", &path, Value::Null).await.expect(200);
        entries.extend(page["entries"].as_array().unwrap().clone());
        pages += 1;
        match page["next_cursor"].as_str() {
            None => return (entries, pages),
            Some(next) => cursor = format!("?cursor={next}"),
        }
    }
}

fn sum(entries: &[Value]) -> i64 {
    entries.iter().map(|entry| entry["credits"].as_i64().unwrap()).sum()
}

#[sqlx::test(migrations = "../migrations")]
async fn packs_are_listed_in_the_order_in_which_they_pay(pool: PgPool) {
    let api = limited(pool).await;
    assert_eq!(packs(&api).await, Vec::<Value>::new());
    let first = api.grant_pack(100).await;
    let ends = api.grant_pack_until(50, Some("2026-11-30")).await;
    let listed = packs(&api).await;
    let column = |name: &str| -> Vec<Value> { listed.iter().map(|of| of[name].clone()).collect() };
    assert_eq!(column("id"), [json!(ends), json!(first)]);
    assert_eq!(column("turn"), [json!(1), json!(2)]);
    assert_eq!(column("left"), [json!(50), json!(100)]);
    assert_eq!(column("bought_by"), [json!("Ann Moreau"), json!("Ann Moreau")]);
    assert_eq!(column("ends_at"), [json!("2026-11-30T23:00:00Z"), Value::Null]);

    api.consume("ann@acme.test", "prospect_search", 60).await.expect(200);
    let listed = packs(&api).await;
    assert_eq!((&listed[0]["id"], &listed[0]["left"]), (&json!(first), &json!(90)));
    assert_eq!((&listed[1]["state"], &listed[1]["turn"]), (&json!("used_up"), &Value::Null));
    api.set_time("2026-12-01T00:00:00Z").await;
    assert_eq!(packs(&api).await[1]["state"], "ended");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_ledger_behind_a_pack_adds_up_to_what_was_taken(pool: PgPool) {
    let api = limited(pool).await;
    let (one, other) = (api.grant_pack(100).await, api.grant_pack(100).await);
    let used = api.consume("ann@acme.test", "prospect_search", 90).await.expect(200);
    // Uses up the first pack and goes on with the second.
    api.consume("ann@acme.test", "prospect_search", 30).await.expect(200);
    let held = json!({"operation": "enrich", "quantity": 40});
    let held = api.call("POST", "/api/v1/reservations", held).await.expect(201);
    let refund = json!({"consumption_id": used["consumption_id"], "quantity": 5});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    let listed = packs(&api).await;
    assert_eq!((&listed[0]["left"], &listed[1]["left"]), (&json!(5), &json!(40)));
    assert_eq!((&listed[0]["held"], &listed[1]["held"]), (&json!(0), &json!(40)));

    let (entries, _) = ledger(&api, one).await;
    let column = |entries: &[Value], name: &str| -> Vec<Value> {
        entries.iter().map(|entry| entry[name].clone()).collect()
    };
    assert_eq!(column(&entries, "kind"), ["refund", "consumption", "consumption"]);
    assert_eq!(column(&entries, "credits"), [-5, 10, 90]);
    assert_eq!(entries[2]["consumption_id"], used["consumption_id"]);
    assert_eq!(entries[2]["member_name"], "Ann");
    assert_eq!(entries[2]["operation_name"], "Prospect search");
    assert_eq!(sum(&entries), 95);

    let commit =
        format!("/api/v1/reservations/{}/commit", held["reservation_id"].as_str().unwrap());
    api.call("POST", &commit, json!({"quantity": 25})).await.expect(200);
    let (entries, _) = ledger(&api, other).await;
    assert_eq!(column(&entries, "kind"), ["commit", "hold", "consumption"]);
    assert_eq!(column(&entries, "credits"), [-15, 40, 20]);
    assert_eq!(packs(&api).await[1]["left"], 100 - sum(&entries));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn fifty_entries_fill_a_page_and_none_is_shown_twice(pool: PgPool) {
    let api = limited(pool).await;
    let pack = api.grant_pack(1_000).await;
    let requests = vec![json!({"operation": "prospect_search", "quantity": 2}); 120];
    let batch = json!({"requests": requests});
    api.call("POST", "/api/v1/consume/batch", batch).await.expect(200);
    let (entries, pages) = ledger(&api, pack).await;
    let numbers: Vec<i64> = entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, next| one > next), "newest first: {numbers:?}");
    assert_eq!((entries.len(), pages, sum(&entries)), (120, 3, 240));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn another_organizations_pack_is_not_found(pool: PgPool) {
    let api = limited(pool).await;
    let pack = api.grant_pack(100).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    for id in [pack.to_string(), "nothing".to_owned(), uuid::Uuid::nil().to_string()] {
        let path = format!("{PATH}/{id}/ledger");
        let reply = api.call_as(&other.api_key, "GET", &path, Value::Null, &[]).await;
        assert_eq!(reply.expect(404)["code"], "NOT_FOUND", "{id}");
    }
    let theirs = api.call_as(&other.api_key, "GET", PATH, Value::Null, &[]).await.expect(200);
    assert_eq!(theirs, json!({"packs": []}));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_works_without_scripts(pool: PgPool) {
    let api = limited(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let html = async |browser: &mut Browser<'_>, query: &str| {
        let page = browser.get(&format!("{PAGE}{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        page.body.as_str().unwrap().to_owned()
    };
    assert!(html(&mut browser, "").await.contains("No packs yet"));

    let pack = api.grant_pack_until(100, Some("2026-12-31")).await;
    api.consume("ann@acme.test", "prospect_search", 100).await.expect(200);
    let all = html(&mut browser, "").await;
    assert!(all.contains("by Ann Moreau") && all.contains("Used up"));
    assert!(all.contains("1 Jan 2027, 00:00 CET") && all.contains("in 40 days 11 h"));
    assert!(html(&mut browser, "?show=open").await.contains("No pack has credits left"));
    let opened = html(&mut browser, &format!("?pack={pack}")).await;
    assert!(opened.contains("100 bought − 100 taken = 0 left"));
    assert!(opened.contains("Ann · Prospect search"));
    let unknown = browser.get(&format!("{PAGE}?pack={}", uuid::Uuid::nil())).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(browser.get(&format!("{PAGE}?pack=nonsense&before=x")).await.status, 200);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_says_what_packs_do_and_who_may_see_them(pool: PgPool) {
    let api = limited(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let page = browser.get(PAGE).await;
    assert!(page.body.as_str().unwrap().contains("do not count against that limit"));
    let settings = json!({"cycle": {"kind": "monthly"}, "limit": 10, "set_aside": true,
        "packs_extend": false});
    api.call("PUT", "/api/v1/credit-settings", settings).await.expect(200);
    let page = browser.get(PAGE).await;
    assert!(page.body.as_str().unwrap().contains("and count against the enterprise limit"));
    api.sql("DELETE FROM member_roles WHERE role <> 'member'").await;
    assert_eq!(browser.get(PAGE).await.status, 403);
}
