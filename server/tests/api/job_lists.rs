//! Finding jobs again: lists of them, and those that are not there (any more).

use crate::{
    jobs::{PATH, calls, complete, fail, get, id, say, start},
    support::{Api, create},
};
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrations = "../migrations")]
async fn jobs_are_listed_newest_first_and_part_by_part(pool: PgPool) {
    let api = Api::new(pool).await;
    let bob = api.member("bob@acme.test").await;
    let list = async |query: &str| {
        let path = format!("{PATH}?{query}");
        api.call("GET", &path, Value::Null).await
    };
    let of =
        |page: &Value| -> Vec<String> { page["jobs"].as_array().unwrap().iter().map(id).collect() };
    let mut all = Vec::new();
    for minute in 0..5 {
        api.set_time(&format!("2026-11-21T12:0{minute}:00Z")).await;
        all.insert(0, start(&api, 1).await);
    }
    let of_bob = json!({"member": "bob@acme.test", "operation": "enrich", "rows": 2});
    let of_bob = id(&api.call("POST", PATH, of_bob).await.expect(201));
    complete(&api, &all[1], 1).await.expect(200);
    fail(&api, &all[3], "validation").await.expect(200);

    assert_eq!(of(&list("state=completed").await.expect(200)), [all[1].clone()]);
    assert_eq!(of(&list("state=failed").await.expect(200)), [all[3].clone()]);
    assert_eq!(of(&list(&format!("member={bob}")).await.expect(200)), [of_bob.as_str()]);
    assert_eq!(of(&list("operation=enrich&state=running").await.expect(200)), [of_bob.as_str()]);
    assert_eq!(of(&list("operation=ai_scoring").await.expect(200)), Vec::<String>::new());

    all.insert(0, of_bob);
    let (mut seen, mut query) = (Vec::new(), "limit=4".to_owned());
    loop {
        let page = list(&query).await.expect(200);
        seen.extend(of(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=4&cursor={cursor}");
        // What is new meanwhile is in no later part.
        start(&api, 1).await;
    }
    assert_eq!(seen, all);
    for (query, field) in [
        ("cursor=x", "cursor"),
        ("cursor=eyJhIjoxfQ", "cursor"),
        ("state=paused", "state"),
        ("member=bob", "member"),
        ("operation=NO", "operation"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("page=2", "page"),
    ] {
        assert_eq!(list(query).await.expect(422)["field"], field, "{query}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn ids_that_name_no_job_of_the_organization_are_not_found(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let theirs = json!({"operation": "prospect_search", "rows": 5});
    let theirs = api.call_as(&other.api_key, "POST", PATH, theirs, &[]).await.expect(201);
    let theirs = id(&theirs);
    let unknown = uuid::Uuid::from_u128(7).to_string();
    for id in ["not-an-id", "%00", unknown.as_str(), theirs.as_str()] {
        for (what, body) in calls() {
            assert_eq!(say(&api, id, what, body).await.expect(404)["code"], "NOT_FOUND", "{what}");
        }
        api.call("GET", &format!("{PATH}/{id}"), Value::Null).await.expect(404);
    }
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    assert_eq!(list, json!({"jobs": [], "next_cursor": null}));
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn jobs_that_ended_long_ago_are_forgotten_and_what_they_used_is_not(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = start(&api, 10).await;
    complete(&api, &id, 10).await.expect(200);
    api.set_time("2027-12-26T11:59:00Z").await;
    get(&api, &id).await;
    let running = start(&api, 10).await;
    api.set_time("2027-12-26T12:01:00Z").await;
    api.call("GET", &format!("{PATH}/{id}"), Value::Null).await.expect(404);
    get(&api, &running).await;
    let refund = json!({"consumption_id": id, "quantity": 10});
    api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    api.verify().await;
}
