//! What was used when: every number is the ledger's, in every time zone.

use crate::support::Api;
use chrono::{DateTime, NaiveDate, Utc};
use domain::period::TimeZone;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::BTreeMap;

const PATH: &str = "/api/v1/usage";

/// Entries for eight members and the organization itself, one about every hour and a quarter, so at every
/// time of the day; every ninth gives something back. 3,600 are half a year.
async fn use_emails(api: &Api, from: i64, to: i64) {
    sqlx::query(
        "INSERT INTO ledger (organization_id, seq, recorded_at, counts_at, kind, consumption_id,
            member_id, subtenant_id, operation_code, quantity, meter_code, amount, from_allowance,
            from_packs)
        SELECT o.organization_id, n, '2026-11-21 12:00Z',
            '2026-05-20 00:00Z'::timestamptz + n * interval '74 minutes 13 seconds',
            CASE WHEN n % 9 = 0 THEN 'refund' ELSE 'consumption' END, gen_random_uuid(),
            m.member_id, m.subtenant_id,
            CASE n % 3 WHEN 0 THEN 'send_email' ELSE 'mass_send' END, 1, 'emails',
            amount, amount, 0
        FROM organizations o, generate_series($1, $2) n
        LEFT JOIN LATERAL (
            SELECT member_id, subtenant_id FROM members ORDER BY email OFFSET n % 9 LIMIT 1
        ) m ON true
        CROSS JOIN LATERAL (
            SELECT CASE WHEN n % 9 = 0 THEN -(n % 5) - 1 ELSE n * 7919 % 1000 END AS amount) a",
    )
    .bind(from)
    .bind(to)
    .execute(&api.pool)
    .await
    .unwrap();
    api.sql("UPDATE organization_states SET last_seq = (SELECT max(seq) FROM ledger)").await;
}

/// An organization in `zone` with eight members, some of them in a subtenant.
async fn organization_in(pool: PgPool, zone: &'static str) -> Api {
    let api = Api::new(pool).await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    for number in 1..8 {
        let subtenant = if number % 2 == 0 { north["id"].clone() } else { Value::Null };
        let email = format!("m{number}@acme.test");
        let member = json!({"email": email, "name": format!("Member {number}"),
            "status": "active", "subtenant": subtenant});
        api.call("POST", "/api/v1/members", member).await.expect(201);
    }
    sqlx::query("UPDATE organizations SET time_zone = $1")
        .bind(zone)
        .execute(&api.pool)
        .await
        .unwrap();
    api
}

/// What the ledger says, added up here: by day of `zone` and by what `key` is, in SQL.
async fn ledger(api: &Api, zone: &str, key: &str) -> BTreeMap<(NaiveDate, String), i64> {
    let zone: TimeZone = zone.parse().unwrap();
    let rows: Vec<(DateTime<Utc>, String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT counts_at, COALESCE({key}, 'none'), amount FROM ledger WHERE meter_code = 'emails'"
    )))
    .fetch_all(&api.pool)
    .await
    .unwrap();
    let mut sums = BTreeMap::new();
    for (at, key, amount) in rows {
        *sums.entry((zone.local_day(at), key)).or_default() += amount;
    }
    sums
}

/// What the API says of the same days.
async fn history(api: &Api, query: &str) -> Value {
    let path = format!("{PATH}?meter=emails&from=2026-05-19&to=2026-11-21&{query}");
    api.call("GET", &path, Value::Null).await.expect(200)
}

fn numbers(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

fn days(history: &Value) -> Vec<NaiveDate> {
    serde_json::from_value(history["days"].clone()).unwrap()
}

/// Every day and every part, to the unit.
async fn expect_the_ledgers_numbers(api: &Api, zone: &str, query: &str) {
    let all = history(api, query).await;
    let expected = ledger(api, zone, "'all'").await;
    let of = |day: &NaiveDate| expected.get(&(*day, "all".to_owned())).copied().unwrap_or_default();
    let right: Vec<i64> = days(&all).iter().map(of).collect();
    assert_eq!(numbers(&all["amounts"]), right, "{zone} {query}");
    assert_eq!(right.iter().sum::<i64>(), expected.values().sum::<i64>(), "no day is missing");

    for (by, key) in [
        ("member", "member_id::text"),
        ("subtenant", "subtenant_id::text"),
        ("operation", "operation_code"),
    ] {
        let parts = history(api, &format!("by={by}&{query}")).await;
        let expected = ledger(api, zone, key).await;
        let mut together = vec![0; right.len()];
        for series in parts["series"].as_array().unwrap() {
            let amounts = numbers(&series["amounts"]);
            together.iter_mut().zip(&amounts).for_each(|(sum, amount)| *sum += amount);
            let Some(part) = series["part"]["key"].as_str() else { continue };
            let of = |day: &NaiveDate| expected.get(&(*day, part.into())).copied().unwrap_or(0);
            assert_eq!(amounts, days(&parts).iter().map(of).collect::<Vec<i64>>(), "{by} {part}");
        }
        assert_eq!(together, right, "the parts and the others are everything: {by}");
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for ((_, part), amount) in &expected {
            *sums.entry(part).or_default() += amount;
        }
        let listed = parts["parts"].as_array().unwrap().iter();
        let listed: BTreeMap<&str, i64> = listed
            .map(|part| (part["key"].as_str().unwrap(), part["used"].as_i64().unwrap()))
            .collect();
        assert_eq!(listed, sums, "{by}");
    }
}

/// The entries of one day of one member, page by page, add up to what the history says.
async fn expect_the_entries_behind_a_number(api: &Api) {
    let history = history(api, "by=member").await;
    let series = &history["series"][0];
    let (key, amounts) = (series["part"]["key"].as_str().unwrap(), numbers(&series["amounts"]));
    let last = amounts.iter().rposition(|amount| *amount > 0).unwrap();
    let days = days(&history);
    let (from, to) = (days[last - 20], days[last]);
    let (mut sum, mut seen, mut cursor) = (0, Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/ledger?meter=emails&member={key}&from={from}&to={to}{cursor}");
        let page = api.call("GET", &path, Value::Null).await.expect(200);
        for entry in page["entries"].as_array().unwrap() {
            sum += entry["amount"].as_i64().unwrap();
            seen.push(entry["seq"].as_i64().unwrap());
        }
        match page["next_cursor"].as_str() {
            None => break,
            Some(next) => cursor = format!("&cursor={next}"),
        }
    }
    assert_eq!(sum, amounts[last - 20..=last].iter().sum::<i64>());
    assert!(seen.is_sorted_by(|one, next| one > next), "newest first, none twice: {seen:?}");
}

/// In the organization's own zone, before the ledger is summed up, after it, and where it got more since.
async fn expect_right_in(pool: PgPool, zone: &'static str) {
    let api = organization_in(pool, zone).await;
    for (from, to) in [(1, 2_000), (2_001, 3_550)] {
        use_emails(&api, from, to).await;
        expect_the_ledgers_numbers(&api, zone, "").await;
        expect_the_entries_behind_a_number(&api).await;
        assert_eq!(api.service.roll_up().await.unwrap(), 1);
        expect_the_ledgers_numbers(&api, zone, "").await;
        expect_the_entries_behind_a_number(&api).await;
        assert_eq!(api.service.roll_up().await.unwrap(), 0, "nothing is summed up twice");
    }
    assert_eq!(wrong_history(&api).await, 0);
    // As another zone cuts the days.
    expect_the_ledgers_numbers(&api, "Pacific/Chatham", "zone=Pacific/Chatham").await;
    // What is wrong is found.
    api.sql("UPDATE usage_quarters SET used = used + 1 WHERE ctid = (SELECT ctid FROM usage_quarters LIMIT 1)").await;
    assert_eq!(wrong_history(&api).await, 2, "one quarter, and what its meter's days add up to");
}

/// How many disagreements there are about the past.
async fn wrong_history(api: &Api) -> usize {
    let found = api.service.verify().await.unwrap().disagreements;
    found.iter().filter(|text| text.contains("history of")).count()
}

#[sqlx::test(migrations = "../migrations")]
async fn every_day_is_the_ledgers_in_utc(pool: PgPool) {
    expect_right_in(pool, "UTC").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_day_is_the_ledgers_in_shanghai(pool: PgPool) {
    expect_right_in(pool, "Asia/Shanghai").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_day_is_the_ledgers_in_kathmandu(pool: PgPool) {
    expect_right_in(pool, "Asia/Kathmandu").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_day_is_the_ledgers_in_sao_paulo(pool: PgPool) {
    expect_right_in(pool, "America/Sao_Paulo").await;
}

/// Uses one email at each full hour of two days, and asks for the number of hours of each day.
async fn hours_of(api: &Api, from: &str, to: &str) -> Vec<i64> {
    for hours in 0..72 {
        let time = format!("{from}T00:00:00Z").parse::<DateTime<Utc>>().unwrap();
        let time = time - chrono::TimeDelta::hours(12) + chrono::TimeDelta::hours(hours);
        api.set_time(&time.to_rfc3339()).await;
        api.consume("ann@acme.test", "send_email", 1).await.expect(200);
    }
    api.service.roll_up().await.unwrap();
    let path = format!("{PATH}?meter=emails&from={from}&to={to}");
    numbers(&api.call("GET", &path, Value::Null).await.expect(200)["amounts"])
}

#[sqlx::test(migrations = "../migrations")]
async fn the_days_on_which_clocks_change_have_23_and_25_hours(pool: PgPool) {
    let api = Api::new(pool).await;
    assert_eq!(hours_of(&api, "2027-03-28", "2027-03-29").await, [23, 24]);
    assert_eq!(hours_of(&api, "2027-10-31", "2027-11-01").await, [25, 24]);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_given_back_is_taken_off_where_it_was_used(pool: PgPool) {
    let api = Api::new(pool).await;
    let used = api.consume("ann@acme.test", "send_email", 10).await.expect(200);
    api.set_time("2026-11-22T12:00:00Z").await;
    let refund = json!({"consumption_id": used["consumption_id"], "quantity": 4});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    let held = json!({"member": "ann@acme.test", "operation": "send_email", "quantity": 8});
    let held = api.call("POST", "/api/v1/reservations", held).await.expect(201);
    let query = format!("{PATH}?meter=emails&from=2026-11-21&to=2026-11-22");
    let before = api.call("GET", &query, Value::Null).await.expect(200);
    assert_eq!(numbers(&before["amounts"]), [6, 0], "what is held is not used");
    assert_eq!(numbers(&before["refunded"]), [4, 0]);
    let commit =
        format!("/api/v1/reservations/{}/commit", held["reservation_id"].as_str().unwrap());
    api.call("POST", &commit, json!({"quantity": 3})).await.expect(200);
    for _ in 0..2 {
        let after = api.call("GET", &query, Value::Null).await.expect(200);
        assert_eq!(numbers(&after["amounts"]), [6, 3]);
        api.service.roll_up().await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_gauge_has_its_level_at_the_end_of_each_day(pool: PgPool) {
    let api = Api::new(pool).await;
    let set = async |time: &str, member: Value, level: i64| {
        api.set_time(time).await;
        let body = json!({"level": level, "member": member});
        api.call("PUT", "/api/v1/gauges/contacts", body).await.expect(200);
    };
    set("2026-11-21T12:00:00Z", Value::Null, 100).await;
    set("2026-11-22T12:00:00Z", json!("ann@acme.test"), 30).await;
    set("2026-11-22T22:00:00Z", json!("ann@acme.test"), 20).await;
    set("2026-11-24T12:00:00Z", Value::Null, 90).await;
    for _ in 0..2 {
        let query = format!("{PATH}?meter=contacts&from=2026-11-22&to=2026-11-24&by=member");
        let levels = api.call("GET", &query, Value::Null).await.expect(200);
        assert_eq!(numbers(&levels["amounts"]), [120, 120, 90]);
        let of = |part: usize| numbers(&levels["series"][part]["amounts"]);
        assert_eq!((of(0), of(1)), (vec![100, 100, 70], vec![20, 20, 20]));
        assert_eq!(levels["parts"][0]["used"], 70);
        api.service.roll_up().await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_cannot_be_asked_is_refused_with_its_field(pool: PgPool) {
    let api = Api::new(pool).await;
    for (query, field) in [
        ("from=2026-11-21&to=2026-11-20", "from"),
        ("from=2021-11-20&to=2026-11-21", "from"),
        ("to=2026-11-22", "to"),
        ("from=soon", "from"),
        ("zone=Mars/Base", "zone"),
        ("meter=miles", "meter"),
        ("meter=%3Cb%3E", "meter"),
        ("operation=fly", "operation"),
        ("by=hour", "by"),
        ("member=ann", "member"),
        ("subtenant=north", "subtenant"),
        ("color=red", "color"),
        ("by=day&by=member", "by"),
    ] {
        let refused = api.call("GET", &format!("{PATH}?{query}"), Value::Null).await;
        assert_eq!(refused.status, 422, "{query}: {}", refused.body);
        assert_eq!(refused.body["field"], field, "{query}: {}", refused.body);
    }
    let stranger = "0192a000-0000-7000-8000-000000000000";
    for name in ["member", "subtenant"] {
        api.call("GET", &format!("{PATH}?{name}={stranger}"), Value::Null).await.expect(404);
    }
}
