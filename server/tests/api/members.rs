use crate::support::{Api, create};
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrations = "../migrations")]
async fn the_plans_seats_are_a_limit(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    api.member("one@acme.test").await;
    api.member("two@acme.test").await;
    let body = json!({"email": "three@acme.test", "name": "Three", "status": "active"});
    let refused = api.call("POST", "/api/v1/members", body).await.expect(409);
    assert_eq!(refused["code"], "SEATS_TAKEN");
    assert_eq!(api.count("SELECT count(*) FROM members").await, 3);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_email_belongs_to_one_member_of_an_organization(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = |email: &str| json!({"email": email, "name": "Ann", "external_id": "x"});
    api.call("POST", "/api/v1/members", body("new@acme.test")).await.expect(201);
    let taken = api.call("POST", "/api/v1/members", body("ANN@acme.test")).await.expect(422);
    assert_eq!(taken["field"], "email");
    let taken = api.call("POST", "/api/v1/members", body("other@acme.test")).await.expect(422);
    assert_eq!(taken["field"], "external_id");
    // In another organization the same email is another member.
    let other = create(&api.service, "team", "ann@acme.test").await;
    assert_ne!(other.admin, api.organization.admin);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_member_is_added_once_under_one_key(pool: PgPool) {
    let api = Api::new(pool).await;
    let add = async |name: &str| {
        let body = json!({"email": "new@acme.test", "name": name});
        let key = [("idempotency-key", "add-new")];
        api.call_as(&api.organization.api_key, "POST", "/api/v1/members", body, &key).await
    };
    let first = add("New").await.expect(201);
    assert_eq!(add("New").await.expect(201), first);
    assert_eq!(add("Other").await.expect(422)["field"], "Idempotency-Key");
    let body = json!({"operation": "view_contacts", "quantity": 1});
    let key = [("idempotency-key", "add-new")];
    let token = &api.organization.api_key;
    let other = api.call_as(token, "POST", "/api/v1/consume", body, &key).await;
    assert_eq!(other.expect(422)["code"], "IDEMPOTENCY_KEY_REUSED");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stale_edit_of_a_member_is_refused_with_the_current_values(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    let path = format!("/api/v1/members/{id}/credit-limit");
    api.member_limit(&id, json!({"kind": "credits", "amount": 300})).await;
    let edit = json!({"kind": "none", "version": 1});
    let stale = api.call("PUT", &path, edit).await.expect(409);
    assert_eq!(stale["current"]["limit"], json!({"kind": "credits", "amount": 300}));
    let token = &api.organization.api_key;
    let headers = [("if-match", "\"1\"")];
    let edit = json!({"kind": "none"});
    api.call_as(token, "PUT", &path, edit.clone(), &headers).await.expect(412);
    let current = api.call("GET", &path, Value::Null).await;
    let tag = current.header("etag").unwrap().to_owned();
    assert_eq!(current.expect(200)["amount"], 300);
    api.call_as(token, "PUT", &path, edit, &[("if-match", &tag)]).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn invited_members_use_nothing_yet(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"email": "new@acme.test", "name": "New"});
    api.call("POST", "/api/v1/members", body).await.expect(201);
    let refused = api.consume("new@acme.test", "prospect_search", 1).await.expect(403);
    assert_eq!(refused["code"], "MEMBER_INACTIVE");
}
