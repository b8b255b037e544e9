//! Raise requests: a member asks, somebody who may raise the limit sees what that does and answers, and
//! what was granted for a time ends by itself (SPEC section 4).

use crate::{
    bad_input::refuse_all_as,
    browser::Browser,
    support::{Api, Reply},
};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/raise-requests";
const BOB: &str = "bob@acme.test";
const OURS: &str = "http://allot.test";

/// Bob, who joins by his invitation; his id.
async fn bob(api: &Api) -> (Browser<'_>, String) {
    let body = json!({"email": BOB, "name": "Bob"});
    let added = api.call("POST", "/api/v1/members", body).await.expect(201);
    let url = added["invitation_url"].as_str().unwrap();
    let form = format!("token={}&new=correct+horse+battery", url.rsplit('/').next().unwrap());
    let mut browser = Browser::new(api);
    let joined = browser.post("/actions/accept_invitation", &form, OURS).await;
    assert_eq!(joined.header("location"), Some("/"));
    (browser, added["id"].as_str().unwrap().to_owned())
}

async fn ask(browser: &mut Browser<'_>, own_limit: &str, limit: &str, last_day: &str) -> Reply {
    let form =
        format!("own_limit={own_limit}&limit={limit}&last_day={last_day}&reason=Big+campaign");
    browser.call("/actions/ask_for_raise", &form).await
}

/// The newest request.
async fn newest(api: &Api) -> Value {
    api.call("GET", PATH, Value::Null).await.expect(200)["requests"][0].clone()
}

/// Asks, which works; the request.
async fn asked(api: &Api, browser: &mut Browser<'_>, own_limit: &str, limit: &str) -> Value {
    let reply = ask(browser, own_limit, limit, "2026-11-27").await;
    assert!(reply.status < 400, "{}", reply.body);
    newest(api).await
}

fn path(request: &Value, what: &str) -> String {
    format!("{PATH}/{}{what}", request["id"].as_str().unwrap())
}

async fn approve(api: &Api, request: &Value, terms: Value) -> Reply {
    api.call("POST", &path(request, "/approve"), terms).await
}

async fn decline(api: &Api, request: &Value) -> Reply {
    api.call("POST", &path(request, "/decline"), json!({"answer": "Not now"})).await
}

/// How many Bob can still do of an operation.
async fn fits(api: &Api, operation: &str) -> i64 {
    let body = json!({"member": BOB, "operation": operation, "quantity": 1_000_000});
    let check = api.call("POST", "/api/v1/check", body).await.expect(200);
    check["would_fit"].as_i64().unwrap()
}

async fn only(api: &Api, email: &str, role: &str) {
    for sql in [
        "DELETE FROM member_roles r USING members m
            WHERE m.member_id = r.member_id AND m.email = $2 AND r.role <> $1",
        "INSERT INTO member_roles SELECT organization_id, member_id, $1 FROM members
            WHERE email = $2 ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(sql).bind(role).bind(email).execute(&api.pool).await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn credits_are_granted_until_friday_and_then_the_old_limit_is_back(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    api.limit(json!(1_000)).await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 500})).await;
    api.consume(BOB, "prospect_search", 500).await.expect(200);
    api.consume(BOB, "prospect_search", 1).await.expect(429);

    let request = asked(&api, &mut browser, "credits", "800").await;
    assert_eq!(
        (&request["status"], &request["limit_then"], &request["limit_asked"]),
        (&json!("open"), &json!(500), &json!(800))
    );
    assert_eq!((&request["reason"], &request["member"]), (&json!("Big campaign"), &json!(id)));
    let read = api.call("GET", &path(&request, ""), Value::Null).await.expect(200);
    let effect = &read["effect"];
    assert_eq!((&effect["before"]["left"], &effect["after"]["left"]), (&json!(0), &json!(300)));
    assert_eq!(effect["before"]["others_left"], 500);
    assert_eq!(effect["after"]["others_left"], 200, "what others lose");

    let approved = approve(&api, &request, json!({"answer": "Good luck"})).await.expect(200);
    assert_eq!(
        (&approved["status"], &approved["limit_granted"]),
        (&json!("approved"), &json!(800))
    );
    assert_eq!(fits(&api, "prospect_search").await, 300, "as the effect said");
    api.consume(BOB, "prospect_search", 100).await.expect(200);

    api.set_time("2026-11-27T22:59:59Z").await;
    assert_eq!(fits(&api, "prospect_search").await, 200, "Friday is included, in Berlin");
    api.set_time("2026-11-27T23:00:00Z").await;
    assert_eq!(fits(&api, "prospect_search").await, 0);
    let limit = format!("/api/v1/members/{id}/credit-limit");
    let limit = api.call("GET", &limit, Value::Null).await.expect(200);
    assert_eq!(limit["credits"], 500);
    api.verify().await;

    let news = "SELECT count(*) FROM events WHERE kind LIKE 'raise_request.%'";
    assert_eq!(api.count(news).await, 2, "asked and answered");
    let told = "SELECT count(*) FROM events WHERE kind = 'raise_request.answered'
        AND news @> '{\"data\": {\"granted\": 800, \"answer\": \"Good luck\", \"limit_now\": 500}}'";
    assert_eq!(api.count(told).await, 1);
    let logged = "SELECT count(*) FROM audit_log
        WHERE action IN ('raise_request.made', 'raise_request.approved', 'member.credit_limit.saved')";
    assert_eq!(api.count(logged).await, 4);
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_answers_changes_amount_and_end(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, _) = bob(&api).await;
    let request = asked(&api, &mut browser, "credits", "800").await;
    assert_eq!(request["limit_then"], Value::Null, "shares the pool");
    let terms = json!({"limit": 600, "last_day": null});
    let approved = approve(&api, &request, terms).await.expect(200);
    assert_eq!(approved["limit_granted"], 600);
    assert_eq!(approved["granted_last_day"], Value::Null);
    api.set_time("2027-03-01T12:00:00Z").await;
    assert_eq!(fits(&api, "prospect_search").await, 600, "for good");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_budget_is_raised_for_a_time_whatever_is_edited_in_between(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    let budget = json!({"meter": "ai_tokens", "member": id, "monthly": 1_000});
    let quota = api.call("POST", "/api/v1/quotas", budget).await.expect(201);
    let request = asked(&api, &mut browser, "ai_tokens.monthly", "5,000").await;
    approve(&api, &request, json!({})).await.expect(200);
    assert_eq!(fits(&api, "ai_generate").await, 5_000);

    let list = api.call("GET", "/api/v1/quotas", Value::Null).await.expect(200);
    let shown = &list["quotas"][0];
    assert_eq!(
        (&shown["monthly"], &shown["raised_until"]),
        (&json!(5_000), &json!("2026-11-27T23:00:00Z"))
    );
    // An edit of something else leaves the raise as it is, and where it ends.
    api.set_time("2026-11-22T12:00:00Z").await;
    let quota = format!("/api/v1/quotas/{}", quota["id"].as_str().unwrap());
    let edit = json!({"yearly": 50_000});
    let edited = api.call("PATCH", &quota, edit).await.expect(200);
    assert_eq!((&edited["monthly"], &edited["yearly"]), (&json!(5_000), &json!(50_000)));
    api.consume(BOB, "ai_generate", 3_000).await.expect(200);
    api.set_time("2026-11-27T23:00:00Z").await;
    assert_eq!(fits(&api, "ai_generate").await, 0, "1,000, of which 3,000 are used");
    api.set_time("2026-12-02T12:00:00Z").await;
    assert_eq!(fits(&api, "ai_generate").await, 1_000);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_of_the_raised_limit_ends_the_raise(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    let budget = json!({"meter": "ai_tokens", "member": id, "monthly": 1_000});
    let quota = api.call("POST", "/api/v1/quotas", budget).await.expect(201);
    let quota = format!("/api/v1/quotas/{}", quota["id"].as_str().unwrap());
    let request = asked(&api, &mut browser, "ai_tokens.monthly", "5000").await;
    approve(&api, &request, json!({})).await.expect(200);
    api.set_time("2026-11-22T12:00:00Z").await;
    let edited = api.call("PATCH", &quota, json!({"monthly": 2_000})).await.expect(200);
    assert_eq!(edited["raised_until"], Value::Null);
    api.set_time("2026-11-28T12:00:00Z").await;
    assert_eq!(fits(&api, "ai_generate").await, 2_000);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_quota_that_is_open_again_is_not_raised_any_more(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    let make = async |monthly: i64| {
        let budget = json!({"meter": "ai_tokens", "member": id, "monthly": monthly});
        let made = api.call("POST", "/api/v1/quotas", budget).await.expect(201);
        format!("/api/v1/quotas/{}", made["id"].as_str().unwrap())
    };
    make(1_000).await;
    let request = asked(&api, &mut browser, "ai_tokens.monthly", "5000").await;
    approve(&api, &request, json!({})).await.expect(200);
    api.set_time("2026-11-22T12:00:00Z").await;
    let second = make(700).await;
    assert_eq!(fits(&api, "ai_generate").await, 700);
    api.set_time("2026-11-23T12:00:00Z").await;
    let deleted = api.call("DELETE", &second, Value::Null).await.expect(200);
    assert_eq!(deleted["in_force"]["monthly"], 1_000);
    assert_eq!(fits(&api, "ai_generate").await, 1_000, "what lasted");
    // And nothing comes back on Friday that was to follow the raise.
    api.set_time("2026-11-28T12:00:00Z").await;
    assert_eq!(fits(&api, "ai_generate").await, 1_000);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_request_is_answered_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, _) = bob(&api).await;
    let request = asked(&api, &mut browser, "credits", "800").await;
    let again = ask(&mut browser, "credits", "900", "").await;
    assert_eq!((again.status, &again.body["code"]), (409, &json!("RAISE_ASKED")));
    let (approved, declined) =
        tokio::join!(approve(&api, &request, json!({})), decline(&api, &request));
    let mut statuses = [approved.status, declined.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let refused = [approved, declined].into_iter().find(|reply| reply.status == 409).unwrap();
    assert_eq!(refused.body["code"], "RAISE_ANSWERED");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains(" by First key already"), "{detail}");

    // Now that it is answered, Bob can ask again, and take that back.
    let another = asked(&api, &mut browser, "credits", "1200").await;
    let form = format!("request={}", another["id"].as_str().unwrap());
    assert!(browser.call("/actions/withdraw_raise", &form).await.status < 400);
    let late = approve(&api, &another, json!({})).await.expect(409);
    assert!(late["detail"].as_str().unwrap().contains("withdrawn by Bob"), "{late}");
    let withdrawn = browser.call("/actions/withdraw_raise", &form).await;
    assert_eq!(withdrawn.status, 409);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_cannot_be_asked_for_is_said_at_the_field(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 500})).await;
    api.consume(BOB, "prospect_search", 400).await.expect(200);
    api.set_time("2026-11-21T13:00:00Z").await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 300})).await;
    let spend = json!({"meter": "spend", "member": id, "daily": 5_000_000, "monthly": 9_000_000});
    api.call("POST", "/api/v1/quotas", spend).await.expect(201);
    for (own_limit, limit, last_day, field) in [
        ("credits", "300", "", "limit"),
        ("credits", "400", "", "limit"),
        ("credits", "0", "", "limit"),
        ("credits", "-5", "", "limit"),
        ("credits", "lots", "", "limit"),
        ("credits", "", "", "limit"),
        ("credits", "99999999999999999999", "", "limit"),
        ("credits", "500", "2026-11-20", "last_day"),
        ("credits", "500", "9999-12-31", "last_day"),
        ("credits", "500", "Friday", "last_day"),
        ("spend.daily", "4,00", "", "limit"),
        ("spend.daily", "6.5.0", "", "limit"),
        ("spend.yearly", "100", "", "own_limit"),
        ("ai_tokens.monthly", "100", "", "own_limit"),
        ("nothing.monthly", "100", "", "own_limit"),
        ("money", "100", "", "own_limit"),
    ] {
        let refused = ask(&mut browser, own_limit, limit, last_day).await;
        let what = format!("{own_limit} {limit} {last_day}: {}", refused.body);
        assert_eq!((refused.status, &refused.body["field"]), (422, &json!(field)), "{what}");
    }
    for reason in ["", "   ", &"x".repeat(501)] {
        let form = format!("own_limit=credits&limit=800&reason={reason}");
        let refused = browser.call("/actions/ask_for_raise", &form).await;
        assert_eq!((refused.status, &refused.body["field"]), (422, &json!("reason")));
    }
    assert_eq!(api.count("SELECT count(*) FROM raise_requests").await, 0, "nothing half saved");
    let told = "SELECT count(*) FROM events WHERE kind LIKE 'raise_request.%'";
    assert_eq!(api.count(told).await, 0);

    // A daily limit above the monthly one can be asked for, as that may be raised by then, but not granted.
    let request = asked(&api, &mut browser, "spend.daily", "10,00").await;
    let refused = approve(&api, &request, json!({})).await.expect(422);
    assert_eq!(refused["field"], "limit");
    let refused = approve(&api, &request, json!({"last_day": "2026-11-20"})).await.expect(422);
    assert_eq!(refused["field"], "last_day");
    approve(&api, &request, json!({"limit": 8_000_000})).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_answers_themselves_unless_they_may_set_the_limit(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    let budget = json!({"meter": "ai_tokens", "member": id, "monthly": 1_000});
    api.call("POST", "/api/v1/quotas", budget).await.expect(201);
    let credits = asked(&api, &mut browser, "credits", "800").await;
    let tokens = asked(&api, &mut browser, "ai_tokens.monthly", "2000").await;
    only(&api, BOB, "user_quota_administrator").await;
    let form = |request: &Value, limit: &str, own: &str| {
        format!("request={}&own_limit={own}&limit={limit}", request["id"].as_str().unwrap())
    };
    let own = browser.call("/actions/approve_raise", &form(&credits, "800", "credits")).await;
    assert_eq!((own.status, &own.body["code"]), (403, &json!("OWN_RAISE_REQUEST")));
    let page = format!("/requests/answer?request={}", credits["id"].as_str().unwrap());
    let html = browser.get(&page).await.expect(200).as_str().unwrap().to_owned();
    assert!(html.contains("nobody grants themselves more"), "{html}");
    let budget = form(&tokens, "2000", "ai_tokens.monthly");
    let own = browser.call("/actions/approve_raise", &budget).await;
    assert!(own.status < 400, "they may set budgets");
    assert_eq!(fits(&api, "ai_generate").await, 2_000);
    only(&api, BOB, "tenant_administrator").await;
    let own = browser.call("/actions/approve_raise", &form(&credits, "800", "credits")).await;
    assert!(own.status < 400, "{}", own.body);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn who_has_left_can_only_be_declined(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    let request = asked(&api, &mut browser, "credits", "800").await;
    let member = format!("/api/v1/members/{id}");
    api.call("PATCH", &member, json!({"status": "inactive"})).await.expect(200);
    let refused = approve(&api, &request, json!({})).await.expect(409);
    assert_eq!(refused["code"], "RAISE_IMPOSSIBLE");
    api.call("DELETE", &member, Value::Null).await;
    let read = api.call("GET", &path(&request, ""), Value::Null).await.expect(200);
    assert_eq!((&read["effect"], &read["member_status"]), (&Value::Null, &json!("removed")));
    let declined = decline(&api, &request).await.expect(200);
    assert_eq!((&declined["status"], &declined["answer"]), (&json!("declined"), &json!("Not now")));
    let limits = "SELECT count(*) FROM member_limits";
    assert_eq!(api.count(limits).await, 0, "declining grants nothing");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_show_the_request_its_effect_and_the_answer(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    api.limit(json!(1_000)).await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 500})).await;
    let text = |reply: Reply| {
        let html = reply.expect(200).as_str().unwrap().to_owned();
        let main = html.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
        let texts = main.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
        texts.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    let form = text(browser.get("/requests/ask?own_limit=credits").await);
    assert!(form.contains("Your limit is 500 credits. You have used 0 credits of it."), "{form}");
    let request = asked(&api, &mut browser, "credits", "800").await;
    let mine = text(browser.get("/my-usage").await);
    assert!(mine.contains("800 credits until 27 Nov 2026 Open"), "{mine}");

    let mut ann = Browser::signed_in(&api).await;
    let list = text(ann.get("/requests?status=open").await);
    assert!(list.contains("Bob") && list.contains("Big campaign"), "{list}");
    let answer = format!("/requests/answer?request={}", request["id"].as_str().unwrap());
    let shown = text(ann.get(&answer).await);
    for expected in [
        "Limit 500 credits 800 credits",
        "Left to Bob 500 credits 800 credits",
        "Left to others, once Bob has used that 500 credits 200 credits",
        "Others lose 300 credits.",
        "Until 27 Nov 2026 included.",
    ] {
        assert!(shown.contains(expected), "{expected:?} is missing in: {shown}");
    }
    let other = text(ann.get(&format!("{answer}&limit=900&last_day=")).await);
    assert!(other.contains("Left to Bob 500 credits 900 credits"), "{other}");
    assert!(other.contains("For good."), "{other}");
    let wrong = text(ann.get(&format!("{answer}&limit=400&last_day=")).await);
    assert!(wrong.contains("Must be more than the 500 credits that are the limit now."), "{wrong}");
    let id = request["id"].as_str().unwrap();
    let form = format!("request={id}&answer=Sorry");
    let declined = ann.post("/actions/decline_raise", &form, OURS).await;
    assert_eq!(declined.header("location"), Some("/requests?saved=raise-declined"));
    let mine = text(browser.get("/my-usage").await);
    assert!(mine.contains("Declined") && mine.contains("Sorry"), "{mine}");
}

/// What a program asks in Bob's name.
async fn asked_by_program(api: &Api, own_limit: &str, limit: i64) -> Reply {
    let body = json!({"member": BOB, "own_limit": own_limit, "limit": limit,
        "last_day": "2026-11-27", "reason": "The trade fair"});
    api.call("POST", PATH, body).await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_program_asks_in_the_name_of_a_member(pool: PgPool) {
    let api = Api::new(pool).await;
    let (mut browser, id) = bob(&api).await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 500})).await;
    let made = asked_by_program(&api, "credits", 800).await.expect(201);
    assert_eq!((&made["member"], &made["status"]), (&json!(id), &json!("open")));
    assert_eq!((&made["limit_then"], &made["reason"]), (&json!(500), &json!("The trade fair")));
    let again = asked_by_program(&api, "credits", 900).await.expect(409);
    assert_eq!(again["code"], "RAISE_ASKED");
    let page = browser.get("/my-usage").await.expect(200);
    assert!(page.as_str().unwrap().contains("800 credits until 27 Nov 2026"), "Bob sees it");

    let withdrawn = api.call("POST", &path(&made, "/withdraw"), Value::Null).await.expect(200);
    assert_eq!(withdrawn["status"], "withdrawn");
    let closed = api.call("POST", &path(&made, "/withdraw"), Value::Null).await.expect(409);
    assert_eq!(closed["code"], "RAISE_ANSWERED");
    let made = asked_by_program(&api, "credits", 900).await.expect(201);
    approve(&api, &made, json!({})).await.expect(200);
    assert_eq!(fits(&api, "prospect_search").await, 900);
    let by_program = "SELECT count(*) FROM audit_log
        WHERE action LIKE 'raise_request.%' AND actor_kind = 'api_key'";
    assert_eq!(api.count(by_program).await, 4, "asked, withdrawn, asked and approved");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_program_cannot_ask_is_refused_at_its_field(pool: PgPool) {
    let api = Api::new(pool).await;
    let (_, id) = bob(&api).await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 500})).await;
    let with = |name: &str, value: Value| {
        let mut body =
            json!({"member": BOB, "own_limit": "credits", "limit": 800, "reason": "More"});
        body[name] = value;
        body
    };
    let cases = [
        (with("member", json!("")), 422, "member"),
        (with("own_limit", json!("money")), 422, "own_limit"),
        (with("own_limit", json!("ai_tokens.monthly")), 422, "own_limit"),
        (with("limit", json!(500)), 422, "limit"),
        (with("limit", json!(-1)), 422, "limit"),
        (with("limit", json!(i64::MAX)), 422, "limit"),
        (with("last_day", json!("2026-11-20")), 422, "last_day"),
        (with("reason", json!("")), 422, "reason"),
        (with("reason", json!("x".repeat(501))), 422, "reason"),
        (with("until", json!("2026-11-27")), 422, "until"),
        (json!([]), 422, "body"),
    ];
    refuse_all_as(&api, &api.organization.api_key, ("POST", PATH), &cases).await;
    let nobody = api.call("POST", PATH, with("member", json!("zoe@acme.test"))).await.expect(404);
    assert_eq!(nobody["code"], "NOT_FOUND");
}

#[sqlx::test(migrations = "../migrations")]
async fn open_requests_come_first_and_the_list_goes_on_where_it_ended(pool: PgPool) {
    let api = Api::new(pool).await;
    let (_, id) = bob(&api).await;
    let mut expected = Vec::new();
    for (minute, meter) in ["emails", "enrichments", "ai_tokens", "spend"].iter().enumerate() {
        api.set_time(&format!("2026-11-21T13:0{minute}:00Z")).await;
        let quota = json!({"meter": meter, "member": id, "monthly": 10});
        api.call("POST", "/api/v1/quotas", quota).await.expect(201);
        let own_limit = format!("{meter}.monthly");
        let made = asked_by_program(&api, &own_limit, 20).await.expect(201);
        if minute < 2 {
            decline(&api, &made).await.expect(200);
        }
        expected.push(made["id"].clone());
    }
    // The latest first among those that are open, and then among the others.
    let expected: Vec<_> = [3, 2, 1, 0].map(|number: usize| expected[number].clone()).into();
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = format!("{PATH}?limit=1{cursor}");
        let list = api.call("GET", &list, Value::Null).await.expect(200);
        let part = list["requests"].as_array().unwrap();
        assert_eq!(part.len(), 1);
        listed.push(part[0]["id"].clone());
        let Some(next) = list["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(listed, expected);
    let open = api.call("GET", &format!("{PATH}?status=open"), Value::Null).await.expect(200);
    assert_eq!(open["requests"].as_array().unwrap().len(), 2);
}
