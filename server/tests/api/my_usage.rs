//! *My Usage*: what is left and why, what was done, what was denied.

use crate::{
    browser::Browser,
    reservations::{PATH as RESERVATIONS, settle},
    support::Api,
};
use serde_json::{Value, json};
use sqlx::PgPool;

const ANN: &str = "ann@acme.test";

/// The page as its reader sees it: its text without markup, in one line.
async fn page(browser: &mut Browser<'_>) -> String {
    let html = browser.get("/my-usage").await.expect(200).as_str().unwrap().to_owned();
    let main = html.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let texts = main.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
    texts.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn expect(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text:?} is missing in: {page}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_left_is_what_would_be_let_through(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let empty = page(&mut browser).await;
    expect(
        &empty,
        &[
            "100,000 credits left",
            "You have no limit of your own and share the organization’s pool.",
            "You have no personal budget and share the organization’s pool.",
            "You have not used anything yet.",
            "Nothing of yours was refused in the last 30 days.",
        ],
    );
    api.limit(json!(1_000)).await;
    let ann = api.organization.admin.to_string();
    api.member_limit(&ann, json!({"kind": "credits", "amount": 500})).await;
    let budget = json!({"meter": "ai_tokens", "member": ann, "monthly": 2_000});
    api.call("POST", "/api/v1/quotas", budget).await.expect(201);
    let emails = json!({"meter": "emails", "member": ann, "daily": 10});
    api.call("POST", "/api/v1/quotas", emails).await.expect(201);
    api.consume(ANN, "prospect_search", 88).await.expect(200);
    api.consume(ANN, "ai_generate", 800).await.expect(200);
    let shown = page(&mut browser).await;
    expect(
        &shown,
        &[
            "412 credits left",
            "Your own limit is 500 a month. Limited by your own limit, resets 1 Dec 2026, 00:00 CET, in \
             9 days 11 h.",
            "1,200 tokens left",
            "Your personal budget is 2,000 a month.",
            "Emails sent 10 left, limited by your own limit",
        ],
    );
    // Others use up the pool: what is left of it is what Ann gets of enrichments.
    api.member("bob@acme.test").await;
    api.consume("bob@acme.test", "prospect_search", 500).await.expect(200);
    let denied = api.consume("bob@acme.test", "prospect_search", 1).await;
    assert_eq!(denied.status, 429, "412 are set aside for Ann");
    expect(&page(&mut browser).await, &["412 credits left"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn recent_operations_say_what_they_cost_and_what_became_of_them(pool: PgPool) {
    let api = Api::new(pool).await;
    let used = api.consume(ANN, "mass_send", 25).await.expect(200);
    let refund = json!({"consumption_id": used["consumption_id"], "quantity": 5});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    let hold = json!({"member": ANN, "operation": "enrich", "quantity": 7});
    let mut held = Vec::new();
    for _ in 0..3 {
        let body = api.call("POST", RESERVATIONS, hold.clone()).await.expect(201);
        held.push(body["reservation_id"].as_str().unwrap().to_owned());
    }
    settle(&api, &held[0], "commit", json!({"quantity": 4})).await.expect(200);
    settle(&api, &held[1], "release", json!({})).await.expect(200);
    let mut browser = Browser::signed_in(&api).await;
    expect(
        &page(&mut browser).await,
        &[
            "Mass send 21 Nov 2026, 13:00 CET 25 25 credits · 25 emails 5 refunded",
            "Enrich 21 Nov 2026, 13:00 CET 4 4 credits · 4 enrichments Used",
            "Enrich 21 Nov 2026, 13:00 CET 7 7 credits · 7 enrichments Given back unused",
            "Enrich 21 Nov 2026, 13:00 CET 7 7 credits · 7 enrichments Held until 21 Nov 2026, 13:15 CET",
        ],
    );
    api.set_time("2026-11-21T12:20:00Z").await;
    api.service.expire_reservations().await.unwrap();
    for _ in 0..19 {
        api.consume(ANN, "prospect_search", 1).await.expect(200);
    }
    let later = page(&mut browser).await;
    expect(&later, &["Enrich 21 Nov 2026, 13:00 CET 7 7 credits · 7 enrichments Expired unused"]);
    assert!(!later.contains("Mass send"), "twenty are listed: {later}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refusal_card_shows_the_chain_of_limits_and_the_one_that_binds(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(1_000)).await;
    let ann = api.organization.admin.to_string();
    api.member_limit(&ann, json!({"kind": "credits", "amount": 500})).await;
    api.consume(ANN, "prospect_search", 495).await.expect(200);
    for (time, quantity) in [("12:16:00", 6), ("12:20:00", 7), ("12:28:59", 1_025)] {
        api.set_time(&format!("2026-11-21T{time}Z")).await;
        api.consume(ANN, "prospect_search", quantity).await.expect(429);
    }
    let mut browser = Browser::signed_in(&api).await;
    let shown = page(&mut browser).await;
    expect(
        &shown,
        &[
            "Prospect search 21 Nov 2026, 3 times between 13:16 and 13:28 CET limited by your own limit",
            "Asked for 1,025 × Prospect search. 5 would have fitted.",
            "Your own limit of 500 a month on Credits binds. It resets 1 Dec 2026, 00:00 CET",
            "A Tenant Administrator or a Quota Administrator can raise it.",
            "The plan 100,000 a month Had room",
            "The organization 1,000 a month Too little left",
            "You 500 a month Binds",
        ],
    );
    let raise = json!({"kind": "credits", "amount": 900});
    api.member_limit(&ann, raise).await;
    expect(&page(&mut browser).await, &["Your own limit of 500 a month on Credits binds."]);

    let emails = json!({"meter": "emails", "member": ann, "daily": 1});
    api.call("POST", "/api/v1/quotas", emails).await.expect(201);
    api.consume(ANN, "send_email", 2).await.expect(429);
    expect(&page(&mut browser).await, &["It resets 22 Nov 2026, 00:00 CET, in 10 h 31 min."]);
    api.set_time("2026-11-22T12:00:00Z").await;
    expect(&page(&mut browser).await, &["It was reset 22 Nov 2026, 00:00 CET."]);
    api.sql("UPDATE refusals SET starts_at = starts_at - interval '30 days'").await;
    expect(&page(&mut browser).await, &["Nothing of yours was refused in the last 30 days."]);
}

#[sqlx::test(migrations = "../migrations")]
async fn names_are_no_markup(pool: PgPool) {
    let api = Api::new(pool).await;
    api.sql("UPDATE operations SET name = '<b>Bold</b>' WHERE code = 'prospect_search'").await;
    api.consume(ANN, "prospect_search", 1).await.expect(200);
    api.consume(ANN, "prospect_search", 200_000).await.expect(429);
    let mut browser = Browser::signed_in(&api).await;
    let html = browser.get("/my-usage").await.expect(200).as_str().unwrap().to_owned();
    assert!(html.contains("&lt;b&gt;Bold&lt;/b&gt;") && !html.contains("<b>Bold"), "{html}");
    let answer = browser.call("/actions/my_usage", "").await.expect(200);
    assert!(matches!(answer, Value::String(_)), "the page alone: {answer}");
}
