//! The page *Usage*: its numbers are those that decisions go by and those of the ledger, as far as the
//! one who looks may see them.

use crate::{browser::Browser, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

const PAGE: &str = "/settings/usage";

/// The page as text: what stands in tags is left out, and what is next to each other is apart.
async fn page(browser: &mut Browser<'_>) -> String {
    let reply = browser.get(PAGE).await;
    assert_eq!(reply.status, 200);
    let html = reply.body.as_str().unwrap();
    // The data that the page carries along comes after what is shown.
    let shown = html.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let text = shown.split('<').filter_map(|part| part.split_once('>'));
    let text = text.map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
    text.collect::<Vec<_>>().join(" | ")
}

/// What a table says of a day.
fn on(page: &str, day: &str) -> String {
    let row = format!("| {day} | ");
    page.split_once(&row).unwrap().1.split(" | ").next().unwrap().to_owned()
}

async fn consume(api: &Api, member: &str, operation: &str, quantity: i64) {
    api.consume(member, operation, quantity).await.expect(200);
}

/// Adds an active member of a subtenant.
async fn member_of(api: &Api, subtenant: &Value, email: &str) {
    let body = json!({"email": email, "name": "Somebody", "status": "active",
        "subtenant": subtenant});
    api.call("POST", "/api/v1/members", body).await.expect(201);
}

/// Lets Ann have one role and no other.
async fn only(api: &Api, role: &str) {
    for sql in [
        "DELETE FROM member_roles r USING members m
            WHERE m.member_id = r.member_id AND m.email = 'ann@acme.test' AND r.role <> $1",
        "INSERT INTO member_roles SELECT organization_id, member_id, $1 FROM members
            WHERE email = 'ann@acme.test' ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(sql).bind(role).execute(&api.pool).await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn days_weeks_and_months_begin_where_people_expect_it(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let mut ann = Browser::signed_in(&api).await;
    // Saturday; half an hour into Sunday in Berlin; Sunday; Tuesday.
    for (time, quantity) in [
        ("2026-11-21T12:00:00Z", 10),
        ("2026-11-21T23:30:00Z", 5),
        ("2026-11-22T12:00:00Z", 3),
        ("2026-11-24T09:00:00Z", 7),
    ] {
        api.set_time(time).await;
        consume(&api, "ann@acme.test", "prospect_search", quantity).await;
    }
    // Half of it summed up, the rest still in the ledger alone.
    for summed_up in [false, true] {
        if summed_up {
            api.service.roll_up().await.unwrap();
        }
        let page = page(&mut ann).await;
        assert!(page.contains("| 7 | credits today | This week | 7 | This month | 25 |"), "{page}");
        assert!(page.contains("The month resets 1 Dec 2026, 00:00 UTC, in 6 days 15 h."), "{page}");
        assert_eq!(on(&page, "Sat 21 Nov 2026"), "10");
        assert_eq!(on(&page, "Sun 22 Nov 2026"), "8");
        assert_eq!(on(&page, "Mon 23 Nov 2026"), "0");
        assert_eq!(on(&page, "In all"), "25");
        assert!(!page.contains("Wed 25 Nov 2026"), "what is to come is not nothing");
        assert!(page.contains("4,975 | credits left"), "{page}");
        assert!(page.contains("5,000, would last until the reset at an even pace of 166 credits"));
    }
    api.limit(json!(600)).await;
    let page = page(&mut ann).await;
    assert!(page.contains("The enterprise limit, 600, would last"), "{page}");
    assert!(page.contains("Even pace: 20"), "{page}");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn meters_are_those_of_the_plan_and_their_history_is_the_ledgers(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let mut ann = Browser::signed_in(&api).await;
    api.call("PUT", "/api/v1/gauges/contacts", json!({"level": 900})).await.expect(200);
    consume(&api, "ann@acme.test", "ai_generate", 20_000).await;
    api.set_time("2026-11-22T12:00:00Z").await;
    api.call("PUT", "/api/v1/gauges/contacts", json!({"level": 850})).await.expect(200);
    let plan = api.call("GET", "/api/v1/plan", Value::Null).await.expect(200);
    let meters = plan["meters"].as_array().unwrap().iter();
    let tokens = meters.clone().find(|of| of["meter"] == "ai_tokens").unwrap();
    assert_eq!((&tokens["used"], &tokens["limit"]), (&json!(20_000), &json!(200_000)));
    let page = page(&mut ann).await;
    assert!(page.contains("AI tokens | 20,000 of 200,000 | 10% used | Blocked at the limit"));
    for card in ["Core limits", "Monthly activity", "Data operations", "Other meters"] {
        assert!(page.contains(&format!("| {card} |")), "{card}");
    }
    let contacts = page.split_once("Contacts at the end of each day").unwrap().1;
    assert_eq!(on(contacts, "Fri 20 Nov 2026"), "0");
    assert_eq!(on(contacts, "Sat 21 Nov 2026"), "900");
    assert_eq!(on(contacts, "Sun 22 Nov 2026"), "850");
    let own = page.split_once("My usage").unwrap().1;
    assert!(own.contains("AI tokens | 20,000 | No limit of your own"), "{own}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_limit_of_ones_own_has_a_bar(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let mut ann = Browser::signed_in(&api).await;
    let members = api.call("GET", "/api/v1/members", Value::Null).await.expect(200);
    let id = &members["members"][0]["id"];
    let body = json!({"meter": "ai_tokens", "member": id, "monthly": 40_000});
    api.call("POST", "/api/v1/quotas", body).await.expect(201);
    consume(&api, "ann@acme.test", "ai_generate", 36_000).await;
    let page = page(&mut ann).await;
    let own = page.split_once("My usage").unwrap().1;
    assert!(own.contains("AI tokens | 36,000 of 40,000 | 90% used | Blocked at your own limit"));
}

#[sqlx::test(migrations = "../migrations")]
async fn everyone_sees_as_much_as_their_role_lets_them(pool: PgPool) {
    let api = Api::on_plan(pool, "team").await;
    let mut ann = Browser::signed_in(&api).await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    member_of(&api, &north["id"], "bob@acme.test").await;
    member_of(&api, &Value::Null, "cleo@acme.test").await;
    consume(&api, "bob@acme.test", "mass_send", 40).await;
    consume(&api, "cleo@acme.test", "mass_send", 500).await;

    only(&api, "subtenant_administrator").await;
    let nowhere = page(&mut ann).await;
    assert!(nowhere.contains("You see one member at a time"), "{nowhere}");
    let to_north = "UPDATE members SET subtenant_id = (SELECT subtenant_id FROM subtenants)
        WHERE email = 'ann@acme.test'";
    api.sql(to_north).await;
    let own = page(&mut ann).await;
    assert!(own.contains("Acme · North") && own.contains("| 40 | credits today"), "{own}");
    assert!(own.contains("| Emails sent | 40 | this month"), "{own}");
    for hidden in ["540", "Users", "Monthly credits", "Even pace", "Billing period"] {
        assert!(!own.contains(hidden), "{hidden}: {own}");
    }

    only(&api, "user_quota_administrator").await;
    let each = page(&mut ann).await;
    assert!(each.contains("You see one member at a time"), "{each}");
    assert!(each.contains("My usage") && !each.contains("credits today"), "{each}");

    for role in ["quota_administrator", "tenant_administrator"] {
        only(&api, role).await;
        let all = page(&mut ann).await;
        assert!(all.contains("| 540 | credits today"), "{role}: {all}");
        assert!(all.contains("Acme · Team plan"), "{role}: {all}");
    }

    only(&api, "member").await;
    let refused = ann.get(PAGE).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.body.as_str().unwrap().contains("540"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_without_use_says_so_and_names_are_text(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut ann = Browser::signed_in(&api).await;
    let nothing = page(&mut ann).await;
    assert_eq!(nothing.matches("Nothing was used in this time.").count(), 5, "{nothing}");
    api.sql("UPDATE meters SET name = '<script>alert(1)</script>' WHERE code = 'emails'").await;
    consume(&api, "ann@acme.test", "send_email", 5).await;
    let html = ann.get(PAGE).await;
    let html = html.body.as_str().unwrap();
    assert!(!html.contains("<script>alert"));
    assert!(html.contains("&lt;script&gt;alert(1)"));
    assert!(!html.contains("style="), "the policy forbids it");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_short_address_leads_there(pool: PgPool) {
    let api = Api::new(pool).await;
    let reply = Browser::signed_in(&api).await.get("/usage").await;
    assert_eq!((reply.status, reply.header("location")), (302, Some(PAGE)));
}
