//! The review of a month, limits that fit, and pages about the past.

use crate::{
    browser::Browser,
    support::{Api, NOON},
};
use serde_json::{Value, json};
use sqlx::PgPool;

const OURS: &str = "http://allot.test";

/// October in an organization with three members: Ann with a pool, Bo with a limit that is met, and Cy
/// with one that is barely used. It is November by now, and the links that sign in still work.
async fn october(pool: PgPool) -> (Api, [String; 2]) {
    let api = Api::new(pool).await;
    api.set_time("2026-09-25T12:00:00Z").await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    let mut members = Vec::new();
    for (name, subtenant) in [("Bo", north["id"].clone()), ("Cy", Value::Null)] {
        let email = format!("{}@acme.test", name.to_lowercase());
        let body =
            json!({"email": email, "name": name, "status": "active", "subtenant": subtenant});
        let added = api.call("POST", "/api/v1/members", body).await.expect(201);
        let id = added["id"].as_str().unwrap().to_owned();
        api.member_limit(&id, json!({"kind": "credits", "amount": 500})).await;
        members.push(id);
    }
    api.consume("ann@acme.test", "prospect_search", 40).await.expect(200);
    api.set_time("2026-10-10T22:30:00Z").await;
    let used = api.consume("ann@acme.test", "prospect_search", 900).await.expect(200);
    let refund = json!({"consumption_id": used["consumption_id"], "quantity": 100});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    api.consume("bo@acme.test", "prospect_search", 490).await.expect(200);
    for _ in 0..3 {
        api.consume("bo@acme.test", "prospect_search", 20).await.expect(429);
    }
    api.consume("cy@acme.test", "prospect_search", 20).await.expect(200);
    api.set_time(NOON).await;
    (api, members.try_into().unwrap())
}

/// Lets Ann have this role and no other.
async fn give(api: &Api, role: &'static str) {
    api.sql("DELETE FROM member_roles").await;
    sqlx::query(
        "INSERT INTO member_roles SELECT organization_id, member_id, $1 FROM members
        WHERE email = 'ann@acme.test'",
    )
    .bind(role)
    .execute(&api.pool)
    .await
    .unwrap();
}

/// The rows of a CSV file without its header.
fn rows(csv: &Value) -> Vec<Vec<String>> {
    let lines = csv.as_str().unwrap().lines().skip(1);
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn programs_read_the_same_review(pool: PgPool) {
    let (api, [bo, cy]) = october(pool).await;
    let path = "/api/v1/reports/month";
    let report = api.call("GET", &format!("{path}?month=2026-10"), Value::Null).await.expect(200);
    assert_eq!(
        (&report["first"], &report["last"], &report["over"]),
        (&json!("2026-10-01"), &json!("2026-10-31"), &json!(true))
    );
    let of = |id: &str| {
        let mut members = report["members"].as_array().unwrap().iter();
        members.find(|of| of["member"] == *id).unwrap().clone()
    };
    let (bo, cy) = (of(&bo), of(&cy));
    assert_eq!((&bo["used"], &bo["refused"], &bo["limit"]), (&json!(490), &json!(3), &json!(500)));
    assert_eq!((&bo["subtenant"], &cy["used"]), (&json!("North"), &json!(20)));
    assert_eq!(report["members"][0]["name"], "Ann");
    assert_eq!(
        (report["members"][0]["used"].as_i64(), report["of_organization"].as_i64()),
        (Some(800), Some(0))
    );
    let credits = report["meters"].as_array().unwrap().iter().find(|of| of["meter"] == "credits");
    let credits = credits.unwrap();
    assert_eq!(
        (&credits["used"], &credits["before"], &credits["refunded"]),
        (&json!(1_310), &json!(40), &json!(100))
    );
    let refusal = &report["refusals"][0];
    assert_eq!(
        (&refusal["name"], &refusal["scope"], &refusal["times"]),
        (&json!("Bo"), &json!("member"), &json!(3))
    );
    // What is left out is the last whole month.
    assert_eq!(api.call("GET", path, Value::Null).await.expect(200), report);
    for (query, field) in [("month=2026-13", "month"), ("month=2027-01", "month"), ("day=1", "day")]
    {
        let refused = api.call("GET", &format!("{path}?{query}"), Value::Null).await.expect(422);
        assert_eq!(refused["field"], field);
    }

    let proposed = api.call("GET", "/api/v1/reports/reallocation", Value::Null).await.expect(200);
    assert_eq!(proposed["periods"].as_array().unwrap().len(), 3);
    let members = proposed["members"].as_array().unwrap();
    let limits: Vec<_> = members.iter().map(|of| (&of["name"], of["proposed"].as_i64())).collect();
    // The busiest month and a quarter more for who was refused, a tenth for who was not.
    assert_eq!(limits, [(&json!("Bo"), Some(620)), (&json!("Cy"), Some(30))]);
    let limits = members.iter().map(|of| {
        json!({"member": of["member"], "kind": "credits", "amount": of["proposed"], "version": of["version"]})
    });
    let body = json!({"limits": limits.collect::<Vec<_>>()});
    api.call("PUT", "/api/v1/members/credit-limits", body).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_month_is_reviewed(pool: PgPool) {
    let (api, [bo, cy]) = october(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    for _ in 0..2 {
        let csv = rows(&browser.get("/reports/month.csv?month=2026-10").await.expect(200));
        let of = |name: &str| csv.iter().find(|row| row[2] == name).unwrap()[5..].join(" ");
        assert_eq!(csv.len(), 3);
        assert!(
            csv.iter().any(|row| row[3] == "ann@acme.test" && row[5..8].join(" ") == "800 100 0")
        );
        // Used, given back, refused, limit, met limits, barely used.
        assert_eq!((of("Bo"), of("Cy")), ("490 0 3 500 yes no".into(), "20 0 0 500 no yes".into()));
        assert!(csv.iter().any(|row| row[1] == bo) && csv.iter().any(|row| row[1] == cy));
        let page = browser.get("/reports").await.expect(200);
        let page = page.as_str().unwrap();
        for text in ["October 2026 in review", "1,310", "40 the month before", "3 times"] {
            assert!(page.contains(text), "{text}");
        }
        let history = "/api/v1/usage?from=2026-10-01&to=2026-10-31&by=member";
        let history = api.call("GET", history, Value::Null).await.expect(200);
        assert_eq!(history["parts"][0]["used"], 800, "the same as day by day");
        api.service.roll_up().await.unwrap();
    }
    let september = rows(&browser.get("/reports/month.csv?month=2026-09").await.expect(200));
    assert_eq!(september[0][5], "40");
}

#[sqlx::test(migrations = "../migrations")]
async fn who_has_left_stays_in_the_months_in_which_they_used_something(pool: PgPool) {
    let (api, [bo, _]) = october(pool).await;
    api.call("DELETE", &format!("/api/v1/members/{bo}"), Value::Null).await.expect(204);
    let mut browser = Browser::signed_in(&api).await;
    let csv = rows(&browser.get("/reports/month.csv?month=2026-10").await.expect(200));
    let of_bo = csv.iter().find(|row| row[1] == bo).unwrap();
    assert_eq!((of_bo[2].as_str(), of_bo[5].as_str(), of_bo[7].as_str()), ("Bo", "490", "3"));
    let page = browser.get("/reports?month=2026-10").await.expect(200);
    assert!(!page.as_str().unwrap().contains("The organization itself"), "it was Bo");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_month_that_is_none_or_to_come_is_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    for month in ["2026-13", "soon", "2027-01", "2026-12"] {
        let path = format!("/reports/month.csv?month={month}");
        assert_eq!(browser.get(&path).await.status, 422, "{month}");
        let page = browser.call("/actions/month_report", &format!("query=month%3D{month}")).await;
        assert_eq!(page.status, 422, "{month}");
    }
    assert_eq!(browser.get("/reports/month.csv?day=1").await.status, 422);
}

#[sqlx::test(migrations = "../migrations")]
async fn each_role_sees_its_part_of_a_month(pool: PgPool) {
    let (api, _) = october(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let mut seen = async |role: &'static str| {
        give(&api, role).await;
        let page = browser.get("/reports?month=2026-10").await;
        let text = page.body.as_str().unwrap().to_owned();
        (page.status, ["What was used", ">Bo<", ">Cy<"].map(|what| text.contains(what)))
    };
    assert_eq!(seen("quota_administrator").await, (200, [true, true, true]));
    // Members one by one, and not what all of them use together.
    assert_eq!(seen("user_quota_administrator").await, (200, [false, true, true]));
    assert_eq!(seen("member").await, (403, [false, false, false]));
    api.sql(
        "UPDATE members SET subtenant_id = s.subtenant_id FROM subtenants s
        WHERE email = 'ann@acme.test'",
    )
    .await;
    assert_eq!(seen("subtenant_administrator").await, (200, [true, true, false]));
}

#[sqlx::test(migrations = "../migrations")]
async fn members_see_what_others_use_once_that_is_shared(pool: PgPool) {
    let (api, _) = october(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    for (shared, status) in [(true, 200), (false, 403)] {
        give(&api, "tenant_administrator").await;
        let form = format!("shared={shared}");
        assert_eq!(browser.post("/actions/share_usage", &form, OURS).await.status, 302);
        give(&api, "member").await;
        for page in ["/usage/history", "/usage/ledger", "/reports", "/usage/history.csv"] {
            assert_eq!(browser.get(page).await.status, status, "{page}");
        }
        let denied = browser.call("/actions/share_usage", "shared=true").await;
        assert_eq!(denied.status, 403, "what is shared is not for members to say");
    }
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'organization.usage_shared'";
    assert_eq!(api.count(audited).await, 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_sees_one_member_at_a_time_has_to_choose_one(pool: PgPool) {
    let (api, [bo, _]) = october(pool).await;
    give(&api, "user_quota_administrator").await;
    let mut browser = Browser::signed_in(&api).await;
    let page = browser.get("/usage/history").await.expect(200);
    let page = page.as_str().unwrap();
    assert!(page.contains("Choose a member") && page.contains(&format!("member={bo}")));
    let found = browser.get("/usage/history?search=cy").await.expect(200);
    assert!(!found.as_str().unwrap().contains(&bo), "who was not looked for");
    let chosen = browser.get(&format!("/usage/history?member={bo}")).await.expect(200);
    assert!(chosen.as_str().unwrap().contains("490"));
    assert_eq!(browser.get("/usage/history.csv").await.status, 422);
    assert_eq!(browser.get(&format!("/usage/history.csv?member={bo}")).await.status, 200);
}

#[sqlx::test(migrations = "../migrations")]
async fn files_hold_what_was_filtered_and_no_cell_is_a_formula(pool: PgPool) {
    let (api, [bo, _]) = october(pool).await;
    let name = json!({"name": "=HYPERLINK(1)<b>"});
    api.call("PATCH", &format!("/api/v1/members/{bo}"), name).await.expect(200);
    let mut browser = Browser::signed_in(&api).await;
    let query = "from=2026-10-01&to=2026-10-31&by=member";
    let csv = rows(&browser.get(&format!("/usage/history.csv?{query}")).await.expect(200));
    let used: Vec<(&str, &str)> =
        csv.iter().map(|row| (row[4].as_str(), row[5].as_str())).collect();
    assert!(used.contains(&("'=HYPERLINK(1)<b>", "490")), "{used:?}");
    assert_eq!(csv.len(), 3);
    assert!(
        csv.iter().all(|row| row[0] == "2026-10-11"),
        "22:30 in UTC is half past midnight in Berlin"
    );
    let one = browser.get(&format!("/usage/history.csv?{query}&member={bo}")).await.expect(200);
    assert_eq!(rows(&one).len(), 1);
    for path in [format!("/usage/history?{query}"), "/reports?month=2026-10".to_owned()] {
        let page = browser.get(&path).await.expect(200);
        assert!(!page.as_str().unwrap().contains("(1)<b>"), "{path}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_cannot_be_asked_is_said_at_its_field(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    for (query, text) in [
        ("from=2026-11-21&to=2026-11-20", "must not be after the last day"),
        ("to=2030-01-01", "must not be after today"),
        ("from=2010-01-01", "within five years"),
        ("zone=Mars/Base", "must be an IANA time zone"),
        ("meter=miles", "is not a meter"),
        ("operation=fly", "is not an operation"),
        ("by=hour", "must be day, member"),
    ] {
        for page in ["history", "ledger"] {
            let reply = browser.get(&format!("/usage/{page}?{query}")).await;
            // Escaped once in the page and once in the data that comes with it.
            let body = reply.body.as_str().unwrap().to_lowercase();
            assert_eq!(reply.status, 200, "{page} {query}");
            assert!(body.contains(&text.to_lowercase()), "{page} {query}: {text}");
        }
    }
    let stranger = uuid::Uuid::nil();
    let unknown = browser.get(&format!("/usage/history?member={stranger}")).await;
    assert!(unknown.body.as_str().unwrap().contains("There is no such member"));
}

#[sqlx::test(migrations = "../migrations")]
async fn limits_that_fit_are_proposed_reviewed_and_applied(pool: PgPool) {
    let (api, [bo, cy]) = october(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let page = browser.get("/reports/reallocation").await.expect(200);
    let page = page.as_str().unwrap();
    // Bo used 490 and was refused: a quarter more. Cy used 20.
    assert!(page.contains("value=\"620\"") && page.contains("value=\"30\""), "{page}");
    let version = api.count("SELECT version FROM members WHERE email = 'bo@acme.test'").await;
    let review = |version: i64, bo_limit: &str| {
        format!(
            "limits[0][member]={bo}&limits[0][version]={version}&limits[0][limit]={bo_limit}\
            &limits[0][apply]=true&limits[1][member]={cy}&limits[1][version]={version}\
            &limits[1][limit]=30"
        )
    };
    let mut apply = async |form: String| browser.call("/actions/apply_reallocation", &form).await;
    for bad in ["lots", "-5", "", "1.5"] {
        assert_eq!(apply(review(version, bad)).await.status, 422, "{bad}");
    }
    assert_eq!(apply(String::new()).await.status, 422, "nobody was chosen");
    assert_eq!(apply(review(version + 1, "600")).await.status, 409);
    let limits = "SELECT sum(amount)::bigint FROM member_limits WHERE upper_inf(valid)";
    assert_eq!(api.count(limits).await, 1_000, "nothing of it was applied");

    let applied = apply(review(version, "600")).await;
    let address = applied.header("location").unwrap().to_owned();
    assert_eq!(api.count(limits).await, 1_100, "Cy was not ticked");
    let change = address.split("undo=").nth(1).unwrap();
    let undone = browser.post("/actions/undo_limits", &format!("change={change}"), OURS).await;
    assert_eq!((undone.status, api.count(limits).await), (302, 1_000));
    api.verify().await;
}
