//! Subtenants: parts of an organization with members and quotas of their own.

use crate::support::{Api, create};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/subtenants";

#[sqlx::test(migrations = "../migrations")]
async fn they_are_added_and_listed_by_name(pool: PgPool) {
    let api = Api::new(pool).await;
    assert_eq!(api.call("GET", PATH, Value::Null).await.expect(200), json!({"subtenants": []}));
    let add = async |name: &str| {
        let added = api.call("POST", PATH, json!({"name": name})).await.expect(201);
        assert_eq!(added.as_object().unwrap().len(), 1, "{added}");
        added["id"].clone()
    };
    let (south, north) = (add("South").await, add("North").await);
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    assert_eq!(
        list,
        json!({"subtenants": [{"id": north, "name": "North"}, {"id": south, "name": "South"}]})
    );
    let added = "SELECT count(*) FROM audit_log WHERE action = 'subtenant.added'";
    assert_eq!(api.count(added).await, 2);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_name_belongs_to_one_of_them(pool: PgPool) {
    let api = Api::new(pool).await;
    api.call("POST", PATH, json!({"name": "North"})).await.expect(201);
    for taken in ["North", " North "] {
        let refused = api.call("POST", PATH, json!({"name": taken})).await.expect(422);
        assert_eq!((&refused["field"], &refused["code"]), (&json!("name"), &json!("INVALID")));
    }
    // Another organization has its own.
    let other = create(&api.service, "team", "eve@other.test").await;
    let body = json!({"name": "North"});
    api.call_as(&other.api_key, "POST", PATH, body, &[]).await.expect(201);
    assert_eq!(api.count("SELECT count(*) FROM subtenants").await, 2);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn one_is_added_once_under_one_key(pool: PgPool) {
    let api = Api::new(pool).await;
    let first = api.post_once("north", PATH, json!({"name": "North"})).await.expect(201);
    assert_eq!(api.post_once("north", PATH, json!({"name": "North"})).await.expect(201), first);
    let reused = api.post_once("north", PATH, json!({"name": "South"})).await.expect(422);
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(api.count("SELECT count(*) FROM subtenants").await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_member_belongs_to_one_of_the_same_organization(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let body = json!({"name": "Theirs"});
    let theirs = api.call_as(&other.api_key, "POST", PATH, body, &[]).await.expect(201);
    let member = |subtenant: &Value| {
        let body = json!({"email": "bob@acme.test", "name": "Bob", "subtenant": subtenant,
            "status": "active"});
        api.call("POST", "/api/v1/members", body)
    };
    assert_eq!(member(&theirs["id"]).await.expect(422)["field"], "subtenant");
    let ours = api.call("POST", PATH, json!({"name": "Ours"})).await.expect(201);
    member(&ours["id"]).await.expect(201);
    api.consume("bob@acme.test", "prospect_search", 1).await.expect(200);
    let counted = "SELECT count(*) FROM ledger JOIN subtenants USING (subtenant_id)";
    assert_eq!(api.count(counted).await, 1);
    api.verify().await;
}
