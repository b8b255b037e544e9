//! Members as they are listed, changed, removed and exported.

use crate::{
    browser::Browser,
    support::{Api, create},
};
use serde_json::{Value, json};
use sqlx::PgPool;

const MEMBERS: &str = "/api/v1/members";

fn path(id: &str) -> String {
    format!("{MEMBERS}/{id}")
}

/// Adds a member with what `more` says; their id.
async fn add(api: &Api, name: &str, more: Value) -> String {
    let mut body = json!({"email": format!("{}@acme.test", name.to_lowercase()), "name": name,
        "status": "active"});
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    let added = api.call("POST", MEMBERS, body).await.expect(201);
    added["id"].as_str().unwrap().to_owned()
}

async fn edit(api: &Api, id: &str, edit: Value) -> crate::support::Reply {
    api.call("PATCH", &path(id), edit).await
}

fn names(list: &Value) -> Vec<&str> {
    let members = list["members"].as_array().unwrap();
    members.iter().map(|member| member["name"].as_str().unwrap()).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_member_is_read_changed_and_read_again(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    let id = add(&api, "Bob", json!({})).await;
    let change = json!({"name": "Robert", "roles": ["member", "quota_administrator"],
        "job_role": "sales", "subtenant": north["id"], "external_id": "e-1"});
    let saved = edit(&api, &id, change).await;
    assert_eq!(saved.header("etag"), Some("\"2\""));
    let read = api.call("GET", &path(&id), Value::Null).await;
    assert_eq!(read.header("etag"), Some("\"2\""));
    let read = read.expect(200);
    assert_eq!(read, saved.expect(200));
    assert_eq!(read["roles"], json!(["quota_administrator", "member"]));
    assert_eq!((&read["subtenant"], &read["external_id"]), (&north["id"], &json!("e-1")));
    api.consume("e-1", "prospect_search", 1).await.expect(200);

    let change = json!({"subtenant": null, "external_id": null});
    let read = edit(&api, &id, change).await.expect(200);
    assert_eq!((&read["subtenant"], &read["external_id"]), (&Value::Null, &Value::Null));
    assert_eq!((&read["name"], &read["job_role"]), (&json!("Robert"), &json!("sales")));
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'member.edited'
        AND before->>'name' IS NOT NULL AND after->>'version' IS NOT NULL";
    assert_eq!(api.count(audited).await, 2);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_of_an_old_state_is_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = add(&api, "Bob", json!({})).await;
    edit(&api, &id, json!({"name": "Robert"})).await.expect(200);
    let stale = edit(&api, &id, json!({"name": "Bobby", "version": 1})).await.expect(409);
    assert_eq!(stale["current"]["name"], "Robert");
    assert!(stale["detail"].as_str().unwrap().contains("Robert"), "{stale}");
    let key = &api.organization.api_key;
    let old = [("if-match", "\"1\"")];
    let body = json!({"name": "Bobby"});
    api.call_as(key, "PATCH", &path(&id), body.clone(), &old).await.expect(412);
    api.call_as(key, "DELETE", &path(&id), Value::Null, &old).await.expect(412);
    let new = [("if-match", "\"2\"")];
    api.call_as(key, "PATCH", &path(&id), body, &new).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_one_is_not_active_for_one_does_not_get(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = add(&api, "Bob", json!({})).await;
    api.limit(json!(1_000)).await;
    api.member_limit(&id, json!({"kind": "credits", "amount": 400})).await;
    api.consume("ann@acme.test", "prospect_search", 601).await.expect(429);
    edit(&api, &id, json!({"status": "inactive"})).await.expect(200);
    let refused = api.consume("bob@acme.test", "prospect_search", 1).await.expect(403);
    assert_eq!(refused["code"], "MEMBER_INACTIVE");
    // What was set aside for him is everybody's now.
    api.consume("ann@acme.test", "prospect_search", 700).await.expect(200);
    edit(&api, &id, json!({"status": "active"})).await.expect(200);
    api.consume("bob@acme.test", "prospect_search", 300).await.expect(200);
    for bad in ["invited", "removed", "gone"] {
        let refused = edit(&api, &id, json!({"status": bad})).await.expect(422);
        assert_eq!(refused["field"], "status");
    }
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_is_removed_leaves_their_history_and_frees_seat_and_email(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let id = add(&api, "Bob", json!({"external_id": "e-1"})).await;
    add(&api, "Cy", json!({})).await;
    api.consume("e-1", "prospect_search", 5).await.expect(200);
    let full = json!({"email": "dee@acme.test", "name": "Dee"});
    api.call("POST", MEMBERS, full.clone()).await.expect(409);
    assert_eq!(api.call("DELETE", &path(&id), Value::Null).await.status, 204);

    for gone in ["bob@acme.test", "e-1"] {
        let refused = api.consume(gone, "prospect_search", 1).await.expect(404);
        assert_eq!(refused["code"], "MEMBER_NOT_FOUND");
    }
    let refused = api.consume(&id, "prospect_search", 1).await.expect(403);
    assert_eq!(refused["code"], "MEMBER_INACTIVE");
    for (method, body) in
        [("GET", Value::Null), ("PATCH", json!({"name": "B"})), ("DELETE", Value::Null)]
    {
        api.call(method, &path(&id), body).await.expect(404);
    }
    let list = api.call("GET", MEMBERS, Value::Null).await.expect(200);
    assert_eq!(names(&list), ["Ann", "Cy"]);

    // The seat, the email and the external id are free; the history stays with who had it.
    let again = add(&api, "Bob", json!({"external_id": "e-1"})).await;
    assert_ne!(again, id);
    let limits = api.consume("bob@acme.test", "prospect_search", 1).await.expect(200);
    assert_eq!(limits["decision"], "allowed");
    api.call("POST", MEMBERS, full).await.expect(409);
    let used = "SELECT count(DISTINCT member_id) FROM ledger WHERE member_id IS NOT NULL";
    assert_eq!(api.count(used).await, 2);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_batch_that_names_old_and_new_by_one_email_tells_them_apart(pool: PgPool) {
    let api = Api::new(pool).await;
    let old = add(&api, "Bob", json!({})).await;
    api.call("DELETE", &path(&old), Value::Null).await;
    add(&api, "Bob", json!({})).await;
    let one =
        |member: &str| json!({"member": member, "operation": "prospect_search", "quantity": 1});
    let batch = json!({"requests": [one(&old), one("bob@acme.test")]});
    let answer = api.call("POST", "/api/v1/consume/batch", batch).await.expect(200);
    let text = answer.to_string();
    assert!(text.contains("MEMBER_INACTIVE") && text.contains("allowed"), "{text}");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn reactivating_takes_a_free_seat(pool: PgPool) {
    let api = Api::on_plan(pool, "starter").await;
    let id = add(&api, "Bob", json!({})).await;
    edit(&api, &id, json!({"status": "inactive"})).await.expect(200);
    add(&api, "Cy", json!({})).await;
    add(&api, "Dee", json!({"status": "invited"})).await;
    let refused = edit(&api, &id, json!({"status": "active"})).await.expect(409);
    assert_eq!(refused["code"], "SEATS_TAKEN");
    // To change the name of one who is inactive takes none.
    edit(&api, &id, json!({"name": "Robert"})).await.expect(200);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_last_administrator_stays(pool: PgPool) {
    let api = Api::new(pool).await;
    let ann = api.organization.admin.to_string();
    let refused = edit(&api, &ann, json!({"roles": ["member"]})).await.expect(422);
    assert_eq!(refused["field"], "roles");
    let refused = edit(&api, &ann, json!({"status": "inactive"})).await.expect(422);
    assert_eq!(refused["field"], "status");
    let refused = api.call("DELETE", &path(&ann), Value::Null).await.expect(422);
    assert_eq!(refused["field"], "status");

    let both = json!({"roles": ["tenant_administrator"]});
    let bob = add(&api, "Bob", both.clone()).await;
    // Each of two takes the role from the other at the same time: one of them keeps it.
    let mine = json!({"roles": ["member"]});
    let (first, second) = tokio::join!(edit(&api, &ann, mine.clone()), edit(&api, &bob, mine));
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 422]);
    let left = "SELECT count(*) FROM member_roles WHERE role = 'tenant_administrator'";
    assert_eq!(api.count(left).await, 1);
    // One who is invited or inactive does not count.
    add(&api, "Cy", json!({"roles": ["tenant_administrator"], "status": "invited"})).await;
    let last = if first_is_admin(&api, &ann).await { ann } else { bob };
    edit(&api, &last, json!({"status": "inactive"})).await.expect(422);
    api.verify().await;
}

async fn first_is_admin(api: &Api, id: &str) -> bool {
    let member = api.call("GET", &path(id), Value::Null).await.expect(200);
    member["roles"].as_array().unwrap().contains(&json!("tenant_administrator"))
}

#[sqlx::test(migrations = "../migrations")]
async fn lists_are_filtered_and_come_in_parts(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    let north = north["id"].as_str().unwrap();
    add(&api, "Bob", json!({"subtenant": north, "job_role": "sales"})).await;
    add(&api, "Cy", json!({"status": "invited", "roles": ["quota_administrator"]})).await;
    add(&api, "Dee%_", json!({"email": "d.e@acme.test"})).await;
    let list = async |query: &str| {
        let list = api.call("GET", &format!("{MEMBERS}?{query}"), Value::Null).await.expect(200);
        names(&list).join(" ")
    };
    assert_eq!(list("").await, "Ann Bob Cy Dee%_");
    assert_eq!(list("search=B%4Fb").await, "Bob");
    assert_eq!(list("search=%25_").await, "Dee%_");
    assert_eq!(list("search=CY@acme").await, "Cy");
    assert_eq!(list("status=invited").await, "Cy");
    assert_eq!(list("role=quota_administrator").await, "Cy");
    assert_eq!(list("job_role=sales").await, "Bob");
    assert_eq!(list(&format!("subtenant={north}")).await, "Bob");
    assert_eq!(list("subtenant=none&status=active").await, "Ann Dee%_");
    assert_eq!(list("search=nobody").await, "");

    let first = api.call("GET", "/api/v1/members?limit=3", Value::Null).await.expect(200);
    assert_eq!(names(&first), ["Ann", "Bob", "Cy"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = format!("/api/v1/members?limit=3&cursor={cursor}");
    let rest = api.call("GET", &rest, Value::Null).await.expect(200);
    assert_eq!((names(&rest), &rest["next_cursor"]), (vec!["Dee%_"], &Value::Null));

    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("status=removed", "status"),
        ("role=king", "role"),
        ("subtenant=x", "subtenant"),
        ("job_role=A%20B", "job_role"),
        ("age=5", "age"),
        ("status=active&status=invited", "status"),
    ] {
        let refused = api.call("GET", &format!("{MEMBERS}?{query}"), Value::Null).await;
        assert_eq!(refused.expect(422)["field"], field, "{query}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_file_has_the_rows_of_the_list_and_no_formula(pool: PgPool) {
    let api = Api::new(pool).await;
    add(&api, "=SUM(1)", json!({"email": "sum@acme.test"})).await;
    add(&api, "Cy", json!({"status": "invited"})).await;
    let mut browser = Browser::signed_in(&api).await;
    let file = browser.get("/enterprise/members.csv?status=active&sort=-name").await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let file = file.expect(200);
    let lines: Vec<&str> = file.as_str().unwrap().lines().collect();
    assert!(lines[0].starts_with("email,name,status,job_role,subtenant,roles"), "{lines:?}");
    assert!(lines[1].starts_with("ann@acme.test,Ann,active,other,,tenant_administrator;member"));
    assert!(lines[2].starts_with("sum@acme.test,'=SUM(1),active"));
    assert_eq!(lines.len(), 3);
    browser.get("/enterprise/members.csv?status=gone").await.expect(422);
    Browser::new(&api).get("/enterprise/members.csv").await.expect(401);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_subtenant_administrator_sees_their_own_members_only(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = api.call("POST", "/api/v1/subtenants", json!({"name": "North"})).await.expect(201);
    add(&api, "Bob", json!({"subtenant": north["id"]})).await;
    add(&api, "Cy", json!({})).await;
    let mut browser = Browser::signed_in(&api).await;
    api.sql("UPDATE member_roles SET role = 'subtenant_administrator' WHERE role <> 'member'")
        .await;
    let table = async |browser: &mut Browser<'_>, path: &str| {
        browser.get(path).await.expect(200).as_str().unwrap().to_owned()
    };
    // Who belongs to no subtenant administers none.
    let page = table(&mut browser, "/enterprise/members").await;
    assert!(!page.contains("bob@acme.test") && !page.contains("cy@acme.test"));
    api.sql(
        "UPDATE members SET subtenant_id = (SELECT subtenant_id FROM subtenants)
        WHERE email = 'ann@acme.test'",
    )
    .await;
    let page = table(&mut browser, "/enterprise/members").await;
    assert!(page.contains("bob@acme.test") && !page.contains("cy@acme.test"));
    let file = table(&mut browser, "/enterprise/members.csv").await;
    assert!(file.contains("bob@acme.test") && !file.contains("cy@acme.test"));
    let file = table(&mut browser, "/enterprise/members.csv?subtenant=none").await;
    assert_eq!(file.lines().count(), 1);
    assert_eq!(browser.get("/enterprise/members/import").await.status, 403);
}

#[sqlx::test(migrations = "../migrations")]
async fn ten_thousand_members_are_searched_quickly(pool: PgPool) {
    let api = Api::new(pool).await;
    api.sql(
        "INSERT INTO members (organization_id, member_id, email, name, status, created_at)
        SELECT organization_id, gen_random_uuid(), 'm' || n || '@acme.test', 'Member ' || n,
            'active', now() FROM organizations, generate_series(1, 10000) n",
    )
    .await;
    let mut browser = Browser::signed_in(&api).await;
    let begin = std::time::Instant::now();
    let page = browser.get("/enterprise/members?search=9999&sort=-since&page=7").await.expect(200);
    assert!(begin.elapsed() < std::time::Duration::from_secs(3), "{:?}", begin.elapsed());
    let html = page.as_str().unwrap();
    assert!(html.contains("m9999@acme.test") && html.contains("1 member"), "{html}");
    let page = browser.get("/enterprise/members?page=99999").await.expect(200);
    assert!(page.as_str().unwrap().contains("Page 201 of 201"));
}

#[sqlx::test(migrations = "../migrations")]
async fn another_organizations_members_are_in_no_list(pool: PgPool) {
    let api = Api::new(pool).await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let list = api.call_as(&other.api_key, "GET", MEMBERS, Value::Null, &[]).await.expect(200);
    assert_eq!(names(&list), ["Eve"]);
    api.member("bob@acme.test").await;
    let first = api.call("GET", &format!("{MEMBERS}?limit=1"), Value::Null).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let list = format!("{MEMBERS}?cursor={cursor}");
    let list = api.call_as(&other.api_key, "GET", &list, Value::Null, &[]).await.expect(200);
    assert_eq!(names(&list), ["Eve"]);
}
