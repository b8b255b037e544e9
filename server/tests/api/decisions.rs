use crate::support::Api;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::HashSet;

/// An intern with a limit of 500 in an organization with 10,000, and a colleague without one.
async fn worked_example(pool: PgPool) -> (Api, String) {
    let api = Api::new(pool).await;
    api.limit(json!(10_000)).await;
    let intern = api.member("intern@acme.test").await;
    api.member("bob@acme.test").await;
    api.member_limit(&intern, json!({"kind": "credits", "amount": 500})).await;
    (api, intern)
}

#[sqlx::test(migrations = "../migrations")]
async fn worked_example_a(pool: PgPool) {
    let (api, intern) = worked_example(pool).await;
    api.consume("intern@acme.test", "prospect_search", 500).await.expect(200);
    let denied = api.consume("intern@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(denied["code"], "QUOTA_EXCEEDED");
    assert_eq!(denied["would_fit"], 0);
    let failed = denied["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "9,500 remain to the organization: {failed:?}");
    assert_eq!(failed[0]["scope"], "member");
    assert_eq!(failed[0]["scope_id"], intern.as_str());
    assert_eq!((&failed[0]["limit"], &failed[0]["used"]), (&json!(500), &json!(500)));
    assert_eq!(failed[0]["requested"], 1);
    assert_eq!(failed[0]["resets_at"], "2026-11-30T23:00:00Z", "midnight in Berlin");

    api.consume("bob@acme.test", "prospect_search", 9_500).await.expect(200);
    let denied = api.consume("bob@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["scope"], "organization");
    for member in ["intern@acme.test", "bob@acme.test"] {
        for free in ["view_contacts", "edit_contacts", "edit_templates"] {
            api.consume(member, free, 1).await.expect(200);
        }
    }
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_promised_is_kept_and_a_raise_counts_at_once(pool: PgPool) {
    let (api, intern) = worked_example(pool).await;
    api.consume("bob@acme.test", "prospect_search", 9_500).await.expect(200);
    let denied = api.consume("bob@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["set_aside"], 500);
    assert_eq!(denied["failed"][0]["used"], 9_500);

    // Limits promise 300 more than is left now: the intern still gets no more than the 500.
    api.set_time("2026-11-21T12:00:01Z").await;
    api.member_limit(&intern, json!({"kind": "credits", "amount": 800})).await;
    let denied = api.consume("intern@acme.test", "prospect_search", 501).await.expect(429);
    assert_eq!(denied["would_fit"], 500);

    // Without a limit of their own the intern shares what is left with everybody.
    api.set_time("2026-11-21T12:00:02Z").await;
    api.member_limit(&intern, json!({"kind": "none"})).await;
    api.consume("bob@acme.test", "prospect_search", 1).await.expect(200);
    api.consume("intern@acme.test", "prospect_search", 499).await.expect(200);
    api.consume("intern@acme.test", "prospect_search", 1).await.expect(429);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_allowed_request_is_answered_in_the_documented_shape(pool: PgPool) {
    let (api, _) = worked_example(pool).await;
    let reply = api.consume("bob@acme.test", "mass_send", 25).await;
    assert!(reply.header("ratelimit").is_some() && reply.header("ratelimit-policy").is_some());
    let body = reply.expect(200);
    let fields: HashSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["decision", "consumption_id", "granted", "charges", "limits"];
    assert_eq!(fields, HashSet::from(expected));
    assert_eq!((&body["decision"], &body["granted"]), (&json!("allowed"), &json!(25)));
    assert_eq!(
        body["charges"],
        json!([
            {"meter": "credits", "amount": 25, "from_allowance": 25, "from_packs": 0},
            {"meter": "emails", "amount": 25, "from_allowance": 25, "from_packs": 0},
        ])
    );
    let organization = &body["limits"][1];
    assert_eq!(
        *organization,
        json!({"scope": "organization", "scope_id": api.organization.id.to_string(),
            "meter": "credits", "period": "monthly", "limit": 10_000, "used": 25, "reserved": 0,
            "set_aside": 500, "remaining": 9_475, "resets_at": "2026-11-30T23:00:00Z"})
    );
    let unlimited = body["limits"].as_array().unwrap().last().unwrap();
    assert_eq!((&unlimited["meter"], &unlimited["limit"]), (&json!("emails"), &Value::Null));
}

#[sqlx::test(migrations = "../migrations")]
async fn waiting_is_suggested_only_where_it_helps(pool: PgPool) {
    let (api, _) = worked_example(pool).await;
    let reply = api.consume("intern@acme.test", "prospect_search", 501).await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.header("retry-after"), None, "501 never fit into 500");
    api.consume("intern@acme.test", "prospect_search", 500).await.expect(200);
    let reply = api.consume("intern@acme.test", "prospect_search", 1).await;
    // From noon UTC on the 21st to midnight in Berlin on the 1st.
    let seconds = 9 * 86_400 + 11 * 3_600;
    assert_eq!(reply.header("retry-after"), Some(seconds.to_string().as_str()));
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_check_says_the_same_and_records_nothing(pool: PgPool) {
    let (api, _) = worked_example(pool).await;
    let check = |quantity| {
        let body = json!({"member": "intern@acme.test", "operation": "prospect_search",
            "quantity": quantity});
        api.call("POST", "/api/v1/check", body)
    };
    assert_eq!(check(500).await.expect(200)["decision"], "allowed");
    let denied = check(501).await.expect(200);
    assert_eq!((&denied["decision"], &denied["would_fit"]), (&json!("denied"), &json!(500)));
    assert_eq!(denied["failed"][0]["scope"], "member");
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 0);
    let usage = api.call("GET", "/api/usage", Value::Null).await.expect(200);
    assert_eq!(usage["quota_used"], 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_retried_request_counts_once(pool: PgPool) {
    let (api, _) = worked_example(pool).await;
    let send = |quantity: i64| {
        let body = json!({"member": "intern@acme.test", "operation": "prospect_search",
            "quantity": quantity});
        let key = [("idempotency-key", "5f0c")];
        let (api, token) = (&api, api.organization.api_key.clone());
        async move { api.call_as(&token, "POST", "/api/v1/consume", body, &key).await }
    };
    let replies = [send(400).await, send(400).await];
    // At the same time too: the two wait in one queue.
    let (third, fourth) = tokio::join!(send(400), send(400));
    let bodies: Vec<Value> =
        replies.into_iter().chain([third, fourth]).map(|reply| reply.expect(200)).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
    assert_eq!(api.count("SELECT count(*) FROM ledger").await, 1);

    let reused = send(401).await.expect(422);
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(reused["field"], "Idempotency-Key");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refusal_is_remembered_under_its_key_too(pool: PgPool) {
    let (api, intern) = worked_example(pool).await;
    let body =
        json!({"member": "intern@acme.test", "operation": "prospect_search", "quantity": 501});
    let key = [("idempotency-key", "again")];
    let token = api.organization.api_key.clone();
    let first = api.call_as(&token, "POST", "/api/v1/consume", body.clone(), &key).await;
    api.set_time("2026-11-21T12:00:01Z").await;
    api.member_limit(&intern, json!({"kind": "none"})).await;
    let second = api.call_as(&token, "POST", "/api/v1/consume", body, &key).await;
    assert_eq!(first.expect(429), second.expect(429), "the first answer again");
    api.consume("intern@acme.test", "prospect_search", 501).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn members_go_by_id_external_id_or_email(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"email": "Eve@Acme.test", "name": "Eve", "external_id": "crm-7",
        "status": "active"});
    let id = api.call("POST", "/api/v1/members", body).await.expect(201)["id"].clone();
    for name in [id.as_str().unwrap(), "crm-7", "eve@acme.test", "EVE@acme.test"] {
        api.consume(name, "prospect_search", 1).await.expect(200);
    }
    let used = api.count("SELECT periods[3] FROM balances WHERE holder_kind = 'member'").await;
    assert_eq!(used, 4);
}

#[sqlx::test(migrations = "../migrations")]
async fn limits_start_anew_with_their_period(pool: PgPool) {
    let (api, _) = worked_example(pool).await;
    api.consume("intern@acme.test", "prospect_search", 500).await.expect(200);
    api.set_time("2026-11-30T22:59:59Z").await;
    api.consume("intern@acme.test", "prospect_search", 1).await.expect(429);
    // Midnight in Berlin: the limit's month is over, the billing month in UTC is not.
    api.set_time("2026-11-30T23:00:00Z").await;
    let body = api.consume("intern@acme.test", "prospect_search", 10).await.expect(200);
    let used: Vec<_> = body["limits"].as_array().unwrap().iter().map(|l| &l["used"]).collect();
    assert_eq!(used, [&json!(510), &json!(10), &json!(10)], "plan, organization, member");
    api.set_time("2026-12-01T00:00:00Z").await;
    let usage = api.call("GET", "/api/usage", Value::Null).await.expect(200);
    assert_eq!(
        (&usage["quota_used"], &usage["reset_date"]),
        (&json!(0), &json!("2027-01-01T00:00:00Z"))
    );
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_new_period_sets_aside_is_worked_out_once(pool: PgPool) {
    let (api, _) = worked_example(pool).await;
    api.set_time("2026-12-05T12:00:00Z").await;
    // Also where the first request of the period is denied.
    api.consume("bob@acme.test", "prospect_search", 9_501).await.expect(429);
    let kept = "SELECT count(*) FROM organization_states
        WHERE set_aside = 500 AND set_aside_until = '2026-12-31 23:00+00'";
    assert_eq!(api.count(kept).await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_usage_answer_has_exactly_its_five_fields(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    api.consume("ann@acme.test", "prospect_search", 1_543).await.expect(200);
    api.grant_pack(150).await;
    assert_eq!(
        api.call("GET", "/api/usage", Value::Null).await.expect(200),
        json!({"quota_total": 2_000, "quota_used": 1_543, "quota_remaining": 457,
            "credits_remaining": 150, "reset_date": "2026-12-01T00:00:00Z"})
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn packs_pay_when_the_allowance_is_gone(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    api.consume("ann@acme.test", "prospect_search", 1_950).await.expect(200);
    api.grant_pack(200).await;
    let body = api.consume("ann@acme.test", "prospect_search", 100).await.expect(200);
    let charge = &body["charges"][0];
    assert_eq!((&charge["from_allowance"], &charge["from_packs"]), (&json!(50), &json!(50)));
    api.consume("ann@acme.test", "prospect_search", 150).await.expect(200);
    let denied = api.consume("ann@acme.test", "prospect_search", 1).await.expect(429);
    assert_eq!((&denied["code"], &denied["would_fit"]), (&json!("QUOTA_EXCEEDED"), &json!(0)));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn plan_limits_on_other_meters_hold(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    // As much a day as the plan allows to be spent.
    for day in 21..27 {
        api.set_time(&format!("2026-11-{day}T12:00:00Z")).await;
        api.consume("ann@acme.test", "ai_generate", 33_333).await.expect(200);
    }
    api.set_time("2026-11-27T12:00:00Z").await;
    api.consume("ann@acme.test", "ai_generate", 2).await.expect(200);
    let denied = api.consume("ann@acme.test", "ai_generate", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["meter"], "ai_tokens");
    assert_eq!(denied["failed"][0]["raised_by"], json!([]), "only an upgrade raises a plan");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_inactive_and_the_suspended_are_refused_before_any_limit(pool: PgPool) {
    let (api, _) = worked_example(pool).await;
    sqlx::query("UPDATE members SET status = 'inactive' WHERE email = 'bob@acme.test'")
        .execute(&api.pool)
        .await
        .unwrap();
    let refused = api.consume("bob@acme.test", "view_contacts", 1).await.expect(403);
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("MEMBER_INACTIVE"), &json!("member"))
    );
    sqlx::query("UPDATE organizations SET status = 'suspended'").execute(&api.pool).await.unwrap();
    let refused = api.consume("nobody@acme.test", "view_contacts", 1).await.expect(403);
    assert_eq!(refused["code"], "ORGANIZATION_SUSPENDED");
}
