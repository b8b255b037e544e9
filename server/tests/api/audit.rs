//! The audit log: who sees which changes, how they are told, and how they are looked for.

use crate::{browser::Browser, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

/// The entries that the API answers for a query, newest first.
async fn entries(api: &Api, query: &str) -> Vec<Value> {
    let list = api.call("GET", &format!("/api/v1/audit{query}"), Value::Null).await.expect(200);
    list["entries"].as_array().unwrap().clone()
}

/// The summaries of the entries for a query.
async fn summaries(api: &Api, query: &str) -> Vec<String> {
    let entries = entries(api, query).await;
    entries.iter().map(|entry| entry["summary"].as_str().unwrap().to_owned()).collect()
}

/// An organization in which something of each kind has happened; the ids of Bob and of North.
async fn eventful(api: &Api) -> (String, String) {
    let bob = api.member("bob@acme.test").await;
    api.sql("UPDATE members SET name = 'Bob Stone' WHERE email = 'bob@acme.test'").await;
    api.limit(json!(10_000)).await;
    api.member_limit(&bob, json!({"kind": "credits", "amount": 500})).await;
    api.member_limit(&bob, json!({"kind": "percent", "basis_points": 2_000})).await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    let north = north["id"].as_str().unwrap().to_owned();
    let body = json!({"subtenant": north});
    api.call("PUT", &format!("/api/v1/members/{bob}/subtenant"), body).await.expect(200);
    let quota = json!({"meter": "spend", "subtenant": north, "daily": 500_000});
    api.call("POST", "/api/v1/quotas", quota).await.expect(201);
    api.grant_pack(200).await;
    (bob, north)
}

#[sqlx::test(migrations = "../migrations")]
async fn changes_are_told_in_words_with_what_differs(pool: PgPool) {
    let api = Api::new(pool).await;
    let (bob, _) = eventful(&api).await;
    assert_eq!(
        summaries(&api, "").await,
        [
            "Granted a credit pack",
            "Created the quota on Spend for North",
            "Moved Bob Stone to another subtenant",
            "Added the subtenant North",
            "Set the credit limit of Bob Stone",
            "Set the credit limit of Bob Stone",
            "Changed the credit settings",
            "Added the member Bob Stone",
            "Made the organization",
        ]
    );
    let all = entries(&api, "").await;
    let limit = &all[4];
    assert_eq!(limit["subject"], json!({"id": bob, "name": "Bob Stone"}));
    assert_eq!(limit["actor"]["name"], "First key");
    assert_eq!(limit["at_text"], "21 Nov 2026, 13:00 CET");
    assert_eq!(limit["kind"], "limits");
    let change = |field: &str, before: &str, after: &str| json!({"field": field, "before": before, "after": after});
    assert_eq!(
        limit["changes"],
        json!([change("Credits", "500", "2,000"), change("Limit", "500 credits", "20%")])
    );
    assert_eq!(limit["before"]["limit"]["amount"], 500, "as it was recorded, for programs");
    assert_eq!(all[2]["changes"], json!([change("Subtenant", "none", "North")]));
    let made = json!({"field": "Daily", "before": null, "after": "0,50\u{a0}€"});
    assert!(all[1]["changes"].as_array().unwrap().contains(&made), "{}", all[1]);
    assert_eq!(
        (&all[0]["actor"]["kind"], &all[0]["actor"]["name"]),
        (&json!("operator"), &json!("Operator"))
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn actions_that_nobody_has_words_for_can_still_be_read(pool: PgPool) {
    let api = Api::new(pool).await;
    api.sql(
        r#"INSERT INTO audit_log (organization_id, audit_id, recorded_at, actor_kind, actor_id,
            action, subject_id, before, after)
        SELECT organization_id, gen_random_uuid(), '2026-11-21 13:00+00', 'member', member_id,
            'pet.fed_twice', gen_random_uuid(), '{"name": "Rex", "weight": 5000}',
            '{"name": "Rex", "weight": 5100, "tags": ["a", "=b"]}'
        FROM members"#,
    )
    .await;
    let fed = &entries(&api, "?from=2026-11-21").await[0];
    assert_eq!(fed["summary"], "Pet fed twice: Rex");
    assert_eq!(
        fed["changes"],
        json!([{"field": "Tags", "before": "none", "after": "a, =b"},
            {"field": "Weight", "before": "5,000", "after": "5,100"}])
    );
    assert_eq!(fed["actor"]["detail"], "ann@acme.test");
}

#[sqlx::test(migrations = "../migrations")]
async fn filters_find_by_person_kind_and_day(pool: PgPool) {
    let api = Api::new(pool).await;
    eventful(&api).await;
    assert_eq!(summaries(&api, "?search=BOB").await.len(), 4);
    assert_eq!(summaries(&api, "?search=north").await.len(), 2, "itself, and the quota on it");
    assert_eq!(summaries(&api, "?search=first%20key").await.len(), 7);
    assert_eq!(summaries(&api, "?search=operator").await.len(), 2);
    assert_eq!(summaries(&api, "?search=%25").await.len(), 0, "no pattern, but a text");
    for (kind, count) in [
        ("credit_settings", 1),
        ("limits", 2),
        ("members", 2),
        ("subtenants", 1),
        ("quotas", 1),
        ("packs", 1),
        ("plan", 1),
        ("sign_in", 0),
        ("operator", 2),
    ] {
        assert_eq!(summaries(&api, &format!("?kind={kind}")).await.len(), count, "{kind}");
    }
    // Days begin at midnight in Berlin, an hour before that in UTC.
    api.set_time("2026-11-21T23:30:00Z").await;
    api.member("eve@acme.test").await;
    assert_eq!(summaries(&api, "?from=2026-11-22").await, ["Added the member Somebody"]);
    assert_eq!(summaries(&api, "?to=2026-11-21").await.len(), 9);
    assert_eq!(summaries(&api, "?from=2026-11-22&to=2026-11-22&kind=limits").await.len(), 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_follow_each_other_without_gaps_while_more_is_recorded(pool: PgPool) {
    let api = Api::new(pool).await;
    // All at one instant, so that only their ids tell them apart.
    for number in 0..120 {
        let body = json!({"name": format!("Part {number}")});
        api.call("POST", "/api/v1/subtenants", body).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/audit?kind=subtenants".to_owned();
    loop {
        let list = api.call("GET", &path, Value::Null).await.expect(200);
        let found = list["entries"].as_array().unwrap();
        assert!(found.len() <= 50);
        seen.extend(
            found.iter().map(|entry| entry["subject"]["name"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = list["next_cursor"].as_str() else { break };
        path = format!("/api/v1/audit?kind=subtenants&cursor={cursor}");
        let late = json!({"name": format!("Late {}", seen.len())});
        api.call("POST", "/api/v1/subtenants", late).await.expect(201);
    }
    let expected: Vec<String> = (0..120).rev().map(|number| format!("Part {number}")).collect();
    assert_eq!(seen, expected);
}

/// Leaves everybody one role only, and opens the page as the administrator; its HTML.
async fn page_as(api: &Api, browser: &mut Browser<'_>, role: &str, query: &str) -> String {
    for sql in [
        "DELETE FROM member_roles WHERE role <> $1",
        "INSERT INTO member_roles SELECT organization_id, member_id, $1 FROM members
            ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(sql).bind(role).execute(&api.pool).await.unwrap();
    }
    let page = browser.get(&format!("/audit{query}")).await;
    page.expect(200).as_str().unwrap().to_owned()
}

#[sqlx::test(migrations = "../migrations")]
async fn each_role_sees_what_concerns_it(pool: PgPool) {
    let api = Api::new(pool).await;
    let (_, north) = eventful(&api).await;
    let mut browser = Browser::signed_in(&api).await;
    let own = "current=&new=correct+horse+battery";
    browser.post("/actions/set_password", own, "http://allot.test").await;
    let parts = [
        "Changed the credit settings",
        "Set the credit limit of Bob Stone",
        "Created the quota on Spend for North",
        "Added the member Bob Stone",
        "Added the subtenant North",
        "Granted a credit pack",
        "Set the password of Ann",
    ];
    let seen = |html: &str| parts.map(|part| html.contains(part));
    let html = page_as(&api, &mut browser, "tenant_administrator", "").await;
    assert_eq!(seen(&html), [true; 7]);
    assert!(html.contains("500 credits"), "{html}");
    let html = page_as(&api, &mut browser, "quota_administrator", "").await;
    assert_eq!(seen(&html), [true, true, true, false, false, false, false]);
    assert!(html.contains("Your roles show changes of quotas"), "{html}");
    let html = page_as(&api, &mut browser, "user_quota_administrator", "").await;
    assert_eq!(seen(&html), [false, false, false, false, false, false, true]);
    let html = page_as(&api, &mut browser, "subtenant_administrator", "").await;
    assert_eq!(seen(&html), [false; 7], "of no subtenant");
    let moved = format!("/api/v1/members/{}/subtenant", api.organization.admin);
    api.call("PUT", &moved, json!({"subtenant": north})).await.expect(200);
    let html = page_as(&api, &mut browser, "subtenant_administrator", "").await;
    assert_eq!(seen(&html), [false, true, true, true, true, false, true]);
    let csv = browser.get("/audit.csv").await.expect(200);
    assert!(!csv.as_str().unwrap().contains("credit settings"), "{csv}");

    sqlx::query("DELETE FROM member_roles").execute(&api.pool).await.unwrap();
    api.sql("INSERT INTO member_roles SELECT organization_id, member_id, 'member' FROM members")
        .await;
    assert_eq!(browser.get("/audit").await.status, 403);
    assert_eq!(browser.get("/audit.csv").await.status, 403);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_file_has_exactly_what_was_filtered(pool: PgPool) {
    let api = Api::new(pool).await;
    let (bob, _) = eventful(&api).await;
    let rename = "UPDATE members SET name = '=cmd()' WHERE member_id = $1::uuid";
    sqlx::query(rename).bind(&bob).execute(&api.pool).await.unwrap();
    let mut browser = Browser::signed_in(&api).await;
    let reply = browser.get("/audit.csv?kind=limits&to=2026-11-21").await;
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"audit-log.csv\""));
    let text = reply.expect(200).as_str().unwrap().to_owned();
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[1],
        "\"21 Nov 2026, 13:00 CET\",2026-11-21T12:00:00+00:00,First key,API key,Credit limits,\
         Set the credit limit of =cmd(),\"Credits: 500 → 2,000; Limit: 500 credits → 20%\","
    );
    assert_eq!(browser.get("/audit.csv?from=2026-11-02&to=2026-11-01").await.status, 422);
    assert_eq!(Browser::new(&api).get("/audit.csv").await.status, 401);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_file_that_was_cut_says_so(pool: PgPool) {
    let api = Api::new(pool).await;
    api.sql(
        "INSERT INTO audit_log (organization_id, audit_id, recorded_at, actor_kind, action, subject_id)
        SELECT organization_id, gen_random_uuid(), '2026-11-21 12:00+00', 'operator',
            'pack.granted', gen_random_uuid() FROM organizations, generate_series(1, 10000)",
    )
    .await;
    let mut browser = Browser::signed_in(&api).await;
    let text = browser.get("/audit.csv").await.expect(200).as_str().unwrap().to_owned();
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 10_002);
    assert!(
        lines[10_001].starts_with("\"This file has the newest 10,000")
            || lines[10_001].starts_with("This file"),
        "{}",
        lines[10_001]
    );
    let whole = browser.get("/audit.csv?kind=packs").await.expect(200);
    assert_eq!(whole.as_str().unwrap().trim_end().split("\r\n").count(), 10_001);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_filter_that_makes_no_sense_is_explained_on_the_page(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    for (query, said) in [
        ("from=2026-11-02&to=2026-11-01", "Must not be before the first day."),
        ("from=soon", "Must be a date such as 2026-11-30."),
        (&format!("search={}", "x".repeat(101)), "Must have at most 100 characters."),
    ] {
        let page = browser.get(&format!("/audit?{query}")).await;
        let html = page.body.as_str().unwrap();
        assert!(html.contains(said), "{query}: {html}");
        assert!(html.contains("Kind of change"), "the form is still there");
    }
    let html = browser.get("/audit?search=nobody").await.expect(200);
    assert!(html.as_str().unwrap().contains("No change matches"));
}
