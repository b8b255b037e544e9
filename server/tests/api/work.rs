//! Reading what programs do, by API: reservations, consumptions, and where limits and gauges stand.

use crate::support::{Api, create};
use serde_json::{Value, json};
use sqlx::PgPool;

async fn get(api: &Api, path: &str) -> Value {
    api.call("GET", &format!("/api/v1/{path}"), Value::Null).await.expect(200)
}

/// Holds so many units for Ann; the reservation's id.
async fn hold(api: &Api, quantity: i64) -> String {
    let body =
        json!({"member": "ann@acme.test", "operation": "prospect_search", "quantity": quantity});
    let held = api.call("POST", "/api/v1/reservations", body).await.expect(201);
    held["reservation_id"].as_str().unwrap().to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    let id = |held: &Value| held["reservation_id"].as_str().unwrap().to_owned();
    list["reservations"].as_array().unwrap().iter().map(id).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reservation_says_what_it_holds_and_what_became_of_it(pool: PgPool) {
    let api = Api::new(pool).await;
    let ann = api.organization.admin.to_string();
    let id = hold(&api, 5).await;
    let held = get(&api, &format!("reservations/{id}")).await;
    assert_eq!(
        held,
        json!({"reservation_id": id, "member_id": ann, "subtenant_id": null,
            "operation": "prospect_search", "status": "open", "job": false, "granted": 5,
            "charges": [{"meter": "credits", "amount": 5, "from_allowance": 5, "from_packs": 0}],
            "held_at": "2026-11-21T12:00:00Z", "expires_at": "2026-11-21T12:15:00Z"})
    );
    let job = json!({"operation": "prospect_search", "rows": 2});
    let job = api.call("POST", "/api/v1/jobs", job).await.expect(201);
    let of_job = get(&api, &format!("reservations/{}", job["id"].as_str().unwrap())).await;
    assert_eq!((&of_job["job"], &of_job["granted"]), (&json!(true), &json!(2)));
    let path = format!("/api/v1/reservations/{id}/release");
    api.call("POST", &path, Value::Null).await.expect(200);
    assert_eq!(get(&api, &format!("reservations/{id}")).await["status"], "released");
}

#[sqlx::test(migrations = "../migrations")]
async fn reservations_are_listed_newest_first_and_part_by_part(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut all = Vec::new();
    for minute in 0..5 {
        api.set_time(&format!("2026-11-21T12:0{minute}:00Z")).await;
        all.insert(0, hold(&api, 1).await);
    }
    let path = format!("/api/v1/reservations/{}/commit", all[2]);
    api.call("POST", &path, json!({"quantity": 1})).await.expect(200);
    let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = get(&api, &format!("reservations?{query}")).await;
        seen.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(seen, all);
    assert_eq!(ids(&get(&api, "reservations?status=committed").await), [all[2].clone()]);
    let ann = api.organization.admin;
    let of_ann = get(&api, &format!("reservations?member={ann}&status=open")).await;
    assert_eq!(ids(&of_ann).len(), 4);
    assert_eq!(ids(&get(&api, "reservations?operation=enrich").await).len(), 0);
    for (query, field) in [
        ("status=lost", "status"),
        ("member=ann", "member"),
        ("operation=NO", "operation"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("state=open", "state"),
    ] {
        let path = format!("/api/v1/reservations?{query}");
        let refused = api.call("GET", &path, Value::Null).await.expect(422);
        assert_eq!(refused["field"], field, "{query}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_consumption_says_what_it_took_and_what_was_given_back(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let ann = api.organization.admin.to_string();
    api.consume("ann@acme.test", "prospect_search", 1_950).await.expect(200);
    api.grant_pack(200).await;
    let consumed = api.consume("ann@acme.test", "prospect_search", 100).await.expect(200);
    let id = consumed["consumption_id"].as_str().unwrap();
    let charges = |allowance: i64, packs: i64| {
        json!([{"meter": "credits", "amount": allowance + packs, "from_allowance": allowance,
            "from_packs": packs}])
    };
    let path = format!("consumptions/{id}");
    assert_eq!(
        get(&api, &path).await,
        json!({"consumption_id": id, "member_id": ann, "subtenant_id": null,
            "operation": "prospect_search", "quantity": 100, "refunded": 0,
            "charges": charges(50, 50), "recorded_at": "2026-11-21T12:00:00Z",
            "counts_at": "2026-11-21T12:00:00Z"})
    );
    let refund = json!({"consumption_id": id, "quantity": 70});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    let after = get(&api, &path).await;
    assert_eq!((&after["quantity"], &after["refunded"]), (&json!(100), &json!(70)));
    assert_eq!(after["charges"], charges(30, 0), "packs get theirs back first");

    // Of work under way there is none yet; what is committed counts when it was held.
    let held = hold(&api, 10).await;
    api.call("GET", &format!("/api/v1/consumptions/{held}"), Value::Null).await.expect(404);
    api.set_time("2026-11-21T12:10:00Z").await;
    let commit = format!("/api/v1/reservations/{held}/commit");
    api.call("POST", &commit, json!({"quantity": 4})).await.expect(200);
    let committed = get(&api, &format!("consumptions/{held}")).await;
    let shown = (&committed["quantity"], &committed["counts_at"], &committed["recorded_at"]);
    let (held_at, recorded_at) = (json!("2026-11-21T12:00:00Z"), json!("2026-11-21T12:10:00Z"));
    assert_eq!(shown, (&json!(4), &held_at, &recorded_at));
}

#[sqlx::test(migrations = "../migrations")]
async fn limits_are_those_that_decisions_answer_with(pool: PgPool) {
    let api = Api::new(pool).await;
    api.limit(json!(1_000)).await;
    let subtenant = json!({"name": "North"});
    let subtenant = api.call("POST", "/api/v1/subtenants", subtenant).await.expect(201);
    let north = subtenant["id"].as_str().unwrap();
    let bob = json!({"email": "bob@acme.test", "name": "Bob", "status": "active",
        "subtenant": north});
    let bob = api.call("POST", "/api/v1/members", bob).await.expect(201);
    let bob = bob["id"].as_str().unwrap();
    api.member_limit(bob, json!({"kind": "credits", "amount": 500})).await;
    for body in [
        json!({"meter": "credits", "subtenant": north, "daily": 300}),
        json!({"meter": "emails", "subtenant": north, "monthly": 50}),
        json!({"meter": "emails", "member": bob, "monthly": 20}),
    ] {
        api.call("POST", "/api/v1/quotas", body).await.expect(201);
    }
    let consumed = api.consume("bob@acme.test", "prospect_search", 25).await.expect(200);
    let limits = get(&api, &format!("limits?member={bob}&meter=credits")).await;
    assert_eq!(limits["limits"], consumed["limits"], "the same list");

    let named = |list: &Value| -> Vec<String> {
        let name = |limit: &Value| {
            let text = |name: &str| limit[name].as_str().unwrap().to_owned();
            format!("{} {} {} {}", text("scope"), text("meter"), limit["limit"], text("period"))
        };
        list["limits"].as_array().unwrap().iter().map(name).collect()
    };
    let of_emails = |whose: &str| format!("limits?meter=emails{whose}");
    let organization = named(&get(&api, &of_emails("")).await);
    assert_eq!(organization.len(), 1, "that of the plan: {organization:?}");
    let north_too = named(&get(&api, &of_emails(&format!("&subtenant={north}"))).await);
    assert_eq!(north_too, [&organization[0], "subtenant emails 50 monthly"]);
    let bob_too = named(&get(&api, &of_emails(&format!("&member={bob}"))).await);
    assert_eq!(bob_too, [&north_too[0], &north_too[1], "member emails 20 monthly"]);
    let credits = named(&get(&api, &format!("limits?meter=credits&subtenant={north}")).await);
    assert!(credits.contains(&"subtenant credits 300 daily".to_owned()), "{credits:?}");
    let all = named(&get(&api, "limits").await);
    for meter in ["credits", "spend", "emails", "api_calls"] {
        assert!(all.iter().any(|limit| limit.contains(meter)), "{meter}: {all:?}");
    }
    for (query, status, field) in [
        ("meter=nothing", 422, "meter"),
        ("meter=NO", 422, "meter"),
        ("member=bob", 422, "member"),
        ("period=daily", 422, "period"),
    ] {
        let path = format!("/api/v1/limits?{query}");
        let refused = api.call("GET", &path, Value::Null).await.expect(status);
        assert_eq!(refused["field"], field, "{query}");
    }
    let both = format!("/api/v1/limits?member={bob}&subtenant={north}");
    assert_eq!(api.call("GET", &both, Value::Null).await.expect(422)["field"], "member");
}

#[sqlx::test(migrations = "../migrations")]
async fn gauges_say_their_levels_of_the_organization_and_of_a_member(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let set = json!({"level": 70, "member": bob});
    api.call("PUT", "/api/v1/gauges/contacts", set).await.expect(200);
    let level = |list: &Value| {
        let gauges = list["gauges"].as_array().unwrap().iter();
        let contacts = gauges.clone().find(|gauge| gauge["meter"] == "contacts").unwrap();
        (gauges.len(), contacts["level"].as_i64().unwrap(), contacts["limits"].clone())
    };
    api.call("PUT", "/api/v1/gauges/contacts", json!({"level": 100})).await.expect(200);
    let (all, organization, limits) = level(&get(&api, "gauges").await);
    assert_eq!((all, organization, &limits[0]["used"]), (4, 100, &json!(100)));
    assert_eq!(level(&get(&api, &format!("gauges?member={bob}")).await).1, 70);
    let refused = api.call("GET", "/api/v1/gauges?meter=contacts", Value::Null).await;
    assert_eq!(refused.expect(422)["field"], "meter");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_another_organizations_is_not_found(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let ours = api.consume("ann@acme.test", "prospect_search", 1).await.expect(200);
    let (consumption, held) = (ours["consumption_id"].as_str().unwrap(), hold(&api, 1).await);
    let (ann, nobody) = (api.organization.admin, uuid::Uuid::from_u128(7));
    let ask = async |key: &str, path: &str| {
        let path = format!("/api/v1/{path}");
        api.call_as(key, "GET", &path, Value::Null, &[]).await
    };
    for path in [
        format!("consumptions/{consumption}"),
        format!("reservations/{held}"),
        format!("limits?member={ann}"),
        format!("gauges?member={ann}"),
    ] {
        ask(&api.organization.api_key, &path).await.expect(200);
        assert_eq!(ask(&other.api_key, &path).await.expect(404)["code"], "NOT_FOUND", "{path}");
    }
    for path in ["consumptions/x", "reservations/x"] {
        ask(&api.organization.api_key, path).await.expect(404);
    }
    for of in ["member", "subtenant"] {
        ask(&api.organization.api_key, &format!("limits?{of}={nobody}")).await.expect(404);
    }
    let theirs = ask(&other.api_key, &format!("reservations?member={ann}")).await.expect(200);
    assert_eq!(theirs, json!({"reservations": [], "next_cursor": null}));
}
