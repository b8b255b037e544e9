//! What programs can ask for: the organization of their key, the rate card, meters, roles.

use crate::support::Api;
use serde_json::{Value, json};
use sqlx::PgPool;

async fn get(api: &Api, path: &str) -> Value {
    api.call("GET", &format!("/api/v1/{path}"), Value::Null).await.expect(200)
}

/// The one of a list with this code.
fn find<'a>(list: &'a Value, field: &str, code: &str) -> &'a Value {
    let mut items = list.as_array().unwrap().iter();
    items.find(|item| item[field] == code).unwrap_or_else(|| panic!("{code} in {list}"))
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_knows_its_organization_and_what_it_can_ask_for(pool: PgPool) {
    let api = Api::new(pool).await;
    assert_eq!(
        get(&api, "organization").await,
        json!({"id": api.organization.id, "name": "Acme", "plan": "enterprise", "currency": "EUR",
            "time_zone": "Europe/Berlin", "usage_shared": false})
    );
    let operations = get(&api, "operations").await;
    let enrich = find(&operations["operations"], "code", "enrich");
    assert_eq!(enrich["prices"], json!({"credits": 1, "enrichments": 1}));
    let free = find(&operations["operations"], "code", "view_contacts");
    assert_eq!(free["prices"], json!({}));
    let meters = get(&api, "meters").await;
    let storage = find(&meters["meters"], "meter", "storage");
    assert_eq!((&storage["kind"], &storage["scale"]), (&json!("gauge"), &json!(0)));
    let spend = find(&meters["meters"], "meter", "spend");
    assert_eq!((&spend["kind"], &spend["scale"]), (&json!("counter"), &json!(6)));
}

#[sqlx::test(migrations = "../migrations")]
async fn roles_are_listed_with_the_codes_that_members_take(pool: PgPool) {
    let api = Api::new(pool).await;
    let roles = get(&api, "roles").await;
    let codes = roles["roles"].as_array().unwrap().iter().map(|role| role["code"].clone());
    let job_roles = get(&api, "job-roles").await;
    let lead = find(&job_roles["job_roles"], "code", "sales_lead");
    assert_eq!((&lead["suggested"], &lead["suggested_to"]), (&json!(3_000), &json!(5_000)));
    let every = json!({"email": "n@acme.test", "name": "N", "job_role": "sales_lead",
        "roles": codes.collect::<Vec<_>>()});
    api.call("POST", "/api/v1/members", every).await.expect(201);
}

#[sqlx::test(migrations = "../migrations")]
async fn usage_is_shared_and_kept_again(pool: PgPool) {
    let api = Api::new(pool).await;
    for shared in [true, true, false] {
        let body = json!({"shared_with_members": shared});
        let saved = api.call("PUT", "/api/v1/usage-sharing", body).await;
        assert_eq!(saved.status, 204);
        assert_eq!(get(&api, "organization").await["usage_shared"], shared);
    }
    let changes = "SELECT count(*) FROM audit_log WHERE action = 'organization.usage_shared'";
    assert_eq!(api.count(changes).await, 2);
    for (body, field) in [
        (json!({}), "shared_with_members"),
        (json!({"shared_with_members": "yes"}), "shared_with_members"),
        (json!({"shared_with_members": true, "with": "all"}), "with"),
    ] {
        let refused = api.call("PUT", "/api/v1/usage-sharing", body).await.expect(422);
        assert_eq!(refused["field"], field);
    }
    assert_eq!(api.count(changes).await, 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn single_quotas_and_packs_are_read_by_their_ids(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let quota = async |body: Value| api.call("POST", "/api/v1/quotas", body).await.expect(201);
    let of_all = quota(json!({"meter": "emails", "monthly": 50})).await;
    let of_bob = quota(json!({"meter": "ai_tokens", "member": bob, "monthly": 900})).await;
    let path = format!("/api/v1/quotas/{}", of_bob["id"].as_str().unwrap());
    let read = api.call("GET", &path, Value::Null).await;
    assert_eq!(read.header("etag"), Some("\"1\""));
    assert_eq!(read.expect(200), of_bob);
    api.call("DELETE", &path, Value::Null).await.expect(200);
    for nothing in [path.as_str(), "/api/v1/quotas/x"] {
        api.call("GET", nothing, Value::Null).await.expect(404);
    }

    let of_bob = quota(json!({"meter": "ai_tokens", "member": bob, "monthly": 800})).await;
    for (query, found) in [
        ("meter=emails".to_owned(), vec![&of_all]),
        (format!("member={bob}"), vec![&of_bob]),
        (format!("member={bob}&meter=emails"), vec![]),
        (format!("subtenant={bob}"), vec![]),
    ] {
        assert_eq!(get(&api, &format!("quotas?{query}")).await["quotas"], json!(found), "{query}");
    }
    for (query, field) in [
        ("meter=NO".to_owned(), "meter"),
        ("member=bob".to_owned(), "member"),
        (format!("member={bob}&subtenant={bob}"), "member"),
        ("scope=member".to_owned(), "scope"),
    ] {
        let path = format!("/api/v1/quotas?{query}");
        let refused = api.call("GET", &path, Value::Null).await.expect(422);
        assert_eq!(refused["field"], field, "{query}");
    }

    let pack = api.grant_pack(200).await;
    let all = get(&api, "packs").await;
    assert_eq!(get(&api, &format!("packs/{pack}")).await, all["packs"][0]);
    for nothing in ["x".to_owned(), uuid::Uuid::from_u128(7).to_string()] {
        api.call("GET", &format!("/api/v1/packs/{nothing}"), Value::Null).await.expect(404);
    }
}

/// A cursor that no list gave, or another one, is refused; what was cut off of one is, too.
#[sqlx::test(migrations = "../migrations")]
async fn cursors_that_were_tampered_with_are_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let pack = api.grant_pack(200).await;
    api.member("bob@acme.test").await;
    let first = get(&api, "members?limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let cut = &cursor[..cursor.len() - 3];
    // What another list was answered with, as far as it is of another form.
    let foreign = "eyJhIjoxfQ";
    let (organization, operator) = (api.organization.api_key.clone(), api.operator_key().await);
    for (key, list) in [
        (&organization, "members"),
        (&organization, "subtenants"),
        (&organization, "jobs"),
        (&organization, "reservations"),
        (&organization, "deliveries"),
        (&organization, "audit"),
        (&organization, "quotas"),
        (&organization, "raise-requests"),
        (&organization, "ledger"),
        (&organization, &*format!("packs/{pack}/ledger")),
        (&operator, "operator/organizations"),
        (&operator, "operator/log"),
    ] {
        for bad in ["", "x", "5", "%00", cut, foreign, &"A".repeat(3_000)] {
            let path = format!("/api/v1/{list}?cursor={bad}");
            let refused = api.call_as(key, "GET", &path, Value::Null, &[]).await.expect(422);
            assert_eq!(refused["field"], "cursor", "{list} {bad}");
        }
    }
}
