//! Subtenants: parts of an organization with members and quotas of their own.

use crate::{
    browser::Browser,
    support::{Api, create},
};
use serde_json::{Value, json};
use sqlx::PgPool;

const PATH: &str = "/api/v1/subtenants";

#[sqlx::test(migrations = "../migrations")]
async fn they_are_added_and_listed_by_name(pool: PgPool) {
    let api = Api::new(pool).await;
    let none = api.call("GET", PATH, Value::Null).await.expect(200);
    assert_eq!(none, json!({"subtenants": [], "next_cursor": null}));
    let add = async |name: &str| {
        let added = api.call("POST", PATH, json!({"name": name})).await.expect(201);
        assert_eq!(added.as_object().unwrap().len(), 1, "{added}");
        added["id"].clone()
    };
    let (south, north) = (add("South").await, add("North").await);
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    let subtenant = |id: Value, name: &str| {
        json!({"id": id, "name": name, "archived_at": null, "members": 0, "active_members": 0,
            "version": 1})
    };
    assert_eq!(list["subtenants"], json!([subtenant(north, "North"), subtenant(south, "South")]));
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

/// Adds a subtenant; the path that names it.
async fn add(api: &Api, name: &str) -> String {
    let added = api.call("POST", PATH, json!({"name": name})).await.expect(201);
    format!("{PATH}/{}", added["id"].as_str().unwrap())
}

/// Adds an active member of the subtenant that a path names; their id.
async fn member_of(api: &Api, subtenant: &str, email: &str) -> String {
    let body = json!({"email": email, "name": "Somebody", "status": "active",
        "subtenant": subtenant.rsplit('/').next()});
    let member = api.call("POST", "/api/v1/members", body).await.expect(201);
    member["id"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrations = "../migrations")]
async fn one_is_renamed_and_a_stale_edit_is_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = add(&api, "North").await;
    let renamed = api.call("PATCH", &north, json!({"name": "North-West", "version": 1})).await;
    assert_eq!(renamed.header("etag"), Some("\"2\""));
    assert_eq!(renamed.expect(200)["name"], "North-West");
    let stale = api.call("PATCH", &north, json!({"name": "East", "version": 1})).await.expect(409);
    assert_eq!(
        (&stale["code"], &stale["current"]["name"]),
        (&json!("STALE"), &json!("North-West"))
    );
    let headers = [("if-match", "\"1\"")];
    let token = &api.organization.api_key;
    let body = json!({"name": "East"});
    api.call_as(token, "PATCH", &north, body, &headers).await.expect(412);
    // The same name again is no edit.
    let same = api.call("PATCH", &north, json!({"name": "North-West"})).await.expect(200);
    assert_eq!(same["version"], 2);
    assert_eq!(api.call("GET", &north, Value::Null).await.expect(200), same);
    let nobody = format!("{PATH}/{}", uuid::Uuid::from_u128(5));
    for path in [&nobody, &format!("{PATH}/x")] {
        api.call("GET", path, Value::Null).await.expect(404);
        api.call("PATCH", path, json!({"name": "East"})).await.expect(404);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn one_in_use_is_not_archived_and_an_archived_one_takes_nobody(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = add(&api, "North").await;
    let bob = member_of(&api, &north, "bob@acme.test").await;
    api.consume("bob@acme.test", "prospect_search", 5).await.expect(200);
    let refused = api.call("PATCH", &north, json!({"archived": true})).await.expect(409);
    assert_eq!(refused["code"], "SUBTENANT_IN_USE");
    assert!(refused["detail"].as_str().unwrap().starts_with("1 member has to move"), "{refused}");

    let moved = format!("/api/v1/members/{bob}/subtenant");
    api.call("PUT", &moved, json!({"subtenant": null})).await.expect(200);
    let archived = api.call("PATCH", &north, json!({"archived": true})).await.expect(200);
    assert!(archived["archived_at"].is_string(), "{archived}");
    let list = async |query: &str| {
        let list = api.call("GET", &format!("{PATH}{query}"), Value::Null).await.expect(200);
        list["subtenants"].as_array().unwrap().len()
    };
    assert_eq!((list("").await, list("?archived=true").await), (0, 1));
    let id = north.rsplit('/').next();
    let refused = api.call("PUT", &moved, json!({"subtenant": id})).await.expect(422);
    assert_eq!(refused["field"], "subtenant");
    // Its name is still its own.
    assert_eq!(api.call("POST", PATH, json!({"name": "North"})).await.expect(422)["field"], "name");

    let restored = api.call("PATCH", &north, json!({"archived": false})).await.expect(200);
    assert_eq!((&restored["archived_at"], &restored["version"]), (&Value::Null, &json!(3)));
    api.call("PUT", &moved, json!({"subtenant": id})).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_long_list_goes_on_where_it_ended(pool: PgPool) {
    let api = Api::new(pool).await;
    api.sql(
        "INSERT INTO subtenants (organization_id, subtenant_id, name)
        SELECT organization_id, gen_random_uuid(), 'Part ' || to_char(n, 'FM000')
        FROM organizations, generate_series(1, 450) n",
    )
    .await;
    let mut names = Vec::new();
    let mut path = format!("{PATH}?search=PART");
    loop {
        let list = api.call("GET", &path, Value::Null).await.expect(200);
        let found = list["subtenants"].as_array().unwrap();
        names.extend(found.iter().map(|of| of["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = list["next_cursor"].as_str() else { break };
        path = format!("{PATH}?search=PART&cursor={cursor}");
    }
    let expected: Vec<String> = (1..=450).map(|n| format!("Part {n:03}")).collect();
    assert_eq!(names, expected);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_shows_what_members_used_while_they_belonged_to_it(pool: PgPool) {
    let api = Api::new(pool).await;
    let weekly = json!({"cycle": {"kind": "weekly"}, "limit": 10_000, "set_aside": true,
        "packs_extend": true});
    api.call("PUT", "/api/v1/credit-settings", weekly).await.expect(200);
    let (north, south) = (add(&api, "North").await, add(&api, "South").await);
    let bob = member_of(&api, &north, "bob@acme.test").await;
    api.consume("bob@acme.test", "prospect_search", 1_234).await.expect(200);
    let moved = format!("/api/v1/members/{bob}/subtenant");
    let to = json!({"subtenant": south.rsplit('/').next()});
    api.call("PUT", &moved, to).await.expect(200);
    api.consume("bob@acme.test", "prospect_search", 2_345).await.expect(200);
    let mut browser = Browser::signed_in(&api).await;
    let html = async |browser: &mut Browser<'_>, query: &str| {
        let page = browser.get(&format!("/enterprise/subtenants{query}")).await;
        page.expect(200).as_str().unwrap().to_owned()
    };
    let page = html(&mut browser, "").await;
    assert!(page.contains("1,234") && page.contains("2,345"), "{page}");
    let page = html(&mut browser, "?search=SOU").await;
    assert!(!page.contains("1,234") && page.contains("2,345"), "{page}");
    assert!(html(&mut browser, "?search=nowhere").await.contains("No subtenant matches"));
    // The next week starts anew.
    api.set_time("2026-11-23T00:00:00Z").await;
    let page = html(&mut browser, "").await;
    assert!(!page.contains("1,234") && !page.contains("2,345"), "{page}");
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn everything_works_with_plain_forms(pool: PgPool) {
    const OURS: &str = "http://allot.test";
    let api = Api::new(pool).await;
    let mut browser = Browser::signed_in(&api).await;
    let added = browser.post("/actions/add_subtenant", "name=R%26D", OURS).await;
    assert_eq!(
        added.header("location"),
        Some("/enterprise/subtenants?saved=subtenant-added"),
        "{}",
        added.body
    );
    let list = api.call("GET", PATH, Value::Null).await.expect(200);
    let id = list["subtenants"][0]["id"].as_str().unwrap();
    let form = format!("subtenant={id}&version=1&name=Research&search=r&archived=true&page=1");
    let renamed = browser.post("/actions/rename_subtenant", &form, OURS).await;
    let back = "/enterprise/subtenants?search=r&archived=true&saved=subtenant-renamed";
    assert_eq!(renamed.header("location"), Some(back));
    let page = browser.get(&format!("/enterprise/subtenants?archive={id}")).await;
    assert!(page.body.as_str().unwrap().contains("Archive Research"));
    // The form of an old state changes nothing.
    let form = format!("subtenant={id}&version=1&archive=true");
    browser.post("/actions/archive_subtenant", &form, OURS).await;
    assert_eq!(api.call("GET", PATH, Value::Null).await.expect(200)["subtenants"][0]["id"], id);
    let form = format!("subtenant={id}&version=2&archive=true");
    let archived = browser.post("/actions/archive_subtenant", &form, OURS).await;
    let back = "/enterprise/subtenants?saved=subtenant-archived";
    assert_eq!(archived.header("location"), Some(back));
    let page = browser.get("/enterprise/subtenants?archived=true").await;
    assert!(page.body.as_str().unwrap().contains("Archived 21 Nov 2026, 13:00 CET"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_subtenant_administrator_sees_only_their_own(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = add(&api, "North").await;
    add(&api, "South").await;
    let mut browser = Browser::signed_in(&api).await;
    api.sql("UPDATE member_roles SET role = 'subtenant_administrator' WHERE role <> 'member'")
        .await;
    let page = browser.get("/enterprise/subtenants").await.expect(200);
    assert!(page.as_str().unwrap().contains("You belong to no subtenant yet"));
    let moved = format!("/api/v1/members/{}/subtenant", api.organization.admin);
    let id = north.rsplit('/').next();
    api.call("PUT", &moved, json!({"subtenant": id})).await.expect(200);
    let page = browser.get("/enterprise/subtenants?new=1").await.expect(200);
    let html = page.as_str().unwrap();
    assert!(html.contains("North") && !html.contains("South"), "{html}");
    assert!(!html.contains("<dialog") && html.contains("Needs the role Tenant Administrator"));
    let form = format!("subtenant={}&version=1&name=Mine", id.unwrap());
    assert_eq!(browser.call("/actions/rename_subtenant", &form).await.status, 403);
}
