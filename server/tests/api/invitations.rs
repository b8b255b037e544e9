//! Invitations: made, opened, accepted, and what makes their links end.

use crate::{
    browser::Browser,
    support::{Api, Reply, create},
};
use serde_json::{Value, json};
use sqlx::PgPool;

const OURS: &str = "http://allot.test";

/// Invites Bob; his id and the path of his link.
async fn invite(api: &Api) -> (String, String) {
    let body = json!({"email": "bob@acme.test", "name": "Bob"});
    let added = api.call("POST", "/api/v1/members", body).await.expect(201);
    assert_eq!(added["expires_at"], "2026-11-28T12:00:00Z");
    (added["id"].as_str().unwrap().to_owned(), link(&added))
}

fn link(answer: &Value) -> String {
    let url = answer["invitation_url"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:3000").unwrap();
    assert!(path.starts_with("/invitation/") && path.len() > 50, "{url}");
    path.to_owned()
}

async fn accept(browser: &mut Browser<'_>, link: &str, password: &str) -> Reply {
    let token = link.rsplit('/').next().unwrap();
    browser.post("/actions/accept_invitation", &format!("token={token}&new={password}"), OURS).await
}

/// What the page of a link says, with its status.
async fn page(api: &Api, link: &str) -> (u16, String) {
    let reply = Browser::new(api).get(link).await;
    (reply.status, reply.body.as_str().unwrap().to_owned())
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_is_invited_joins_by_the_link(pool: PgPool) {
    let api = Api::new(pool).await;
    let (id, link) = invite(&api).await;
    let (status, html) = page(&api, &link).await;
    assert_eq!(status, 200);
    assert!(html.contains("Join Acme") && html.contains("bob@acme.test"), "{html}");

    let mut bob = Browser::new(&api);
    let short = accept(&mut bob, &link, "short").await;
    assert_ne!(short.header("location"), Some("/"));
    assert_eq!(bob.get("/my-usage").await.status, 302, "not signed in by a bad password");
    let joined = accept(&mut bob, &link, "correct+horse+battery").await;
    assert_eq!((joined.status, joined.header("location")), (302, Some("/")));
    assert_eq!(bob.get("/my-usage").await.status, 200);
    api.consume("bob@acme.test", "prospect_search", 1).await.expect(200);
    let read = api.call("GET", &format!("/api/v1/members/{id}"), Value::Null).await.expect(200);
    assert_eq!(
        (&read["status"], &read["joined_at"]),
        (&json!("active"), &json!("2026-11-21T12:00:00Z"))
    );

    let (status, html) = page(&api, &link).await;
    assert_eq!(status, 410);
    assert!(html.contains("was used already") && !html.contains("bob@acme.test"));
    let mut other = Browser::new(&api);
    accept(&mut other, &link, "another+horse+battery").await;
    assert_eq!(other.get("/my-usage").await.status, 302);
    let form = "email=bob%40acme.test&password=correct+horse+battery";
    let signed_in = other.post("/actions/login", form, OURS).await;
    assert_eq!(signed_in.header("location"), Some("/"));
    let stored = "SELECT count(*) FROM audit_log
        WHERE action = 'invitation.accepted' AND actor_id = subject_id";
    assert_eq!(api.count(stored).await, 1);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn two_who_come_at_once_are_one_who_joins(pool: PgPool) {
    let api = Api::new(pool).await;
    let (_, link) = invite(&api).await;
    let (mut one, mut two) = (Browser::new(&api), Browser::new(&api));
    let (first, second) = tokio::join!(
        accept(&mut one, &link, "first+horse+battery"),
        accept(&mut two, &link, "second+horse+battery")
    );
    let joined = [first, second].iter().filter(|r| r.header("location") == Some("/")).count();
    assert_eq!(joined, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_ends_when_it_expires_is_replaced_or_revoked(pool: PgPool) {
    let api = Api::new(pool).await;
    let (id, first) = invite(&api).await;
    let path = format!("/api/v1/members/{id}/invitation");
    let renewed = api.call("POST", &path, Value::Null).await.expect(201);
    let second = link(&renewed);
    let said = async |link: &str| page(&api, link).await;
    let (status, html) = said(&first).await;
    assert!(status == 410 && html.contains("was replaced by a newer one"), "{html}");
    assert_eq!(said(&second).await.0, 200);

    api.set_time("2026-11-28T12:00:00Z").await;
    let (status, html) = said(&second).await;
    assert!(status == 410 && html.contains("has expired"), "{html}");
    let mut bob = Browser::new(&api);
    accept(&mut bob, &second, "correct+horse+battery").await;
    assert_eq!(bob.get("/my-usage").await.status, 302);

    let third = link(&api.call("POST", &path, Value::Null).await.expect(201));
    assert_eq!(said(&third).await.0, 200);
    assert_eq!(api.call("DELETE", &path, Value::Null).await.status, 204);
    let (status, html) = said(&third).await;
    assert!(status == 410 && html.contains("was taken back"), "{html}");
    api.call("GET", &format!("/api/v1/members/{id}"), Value::Null).await.expect(404);
    // The email can be invited again.
    let body = json!({"email": "bob@acme.test", "name": "Bob"});
    api.call("POST", "/api/v1/members", body).await.expect(201);
    assert_eq!(said("/invitation/nothing").await.0, 404);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_who_is_invited_gets_a_link(pool: PgPool) {
    let api = Api::new(pool).await;
    let id = api.member("bob@acme.test").await;
    let path = format!("/api/v1/members/{id}/invitation");
    for method in ["POST", "DELETE"] {
        let refused = api.call(method, &path, Value::Null).await.expect(422);
        assert_eq!(refused["field"], "status");
    }
    let body = json!({"email": "cy@acme.test", "name": "Cy", "status": "active"});
    let added = api.call("POST", "/api/v1/members", body).await.expect(201);
    assert_eq!(added.as_object().unwrap().len(), 1, "no link for who is active: {added}");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_key_is_answered_the_same_link(pool: PgPool) {
    let api = Api::new(pool).await;
    let body = json!({"email": "bob@acme.test", "name": "Bob"});
    let first = api.post_once("bob", "/api/v1/members", body.clone()).await.expect(201);
    assert_eq!(api.post_once("bob", "/api/v1/members", body).await.expect(201), first);
    assert_eq!(api.count("SELECT count(*) FROM invitations").await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_has_a_password_joins_with_nothing_else(pool: PgPool) {
    let api = Api::new(pool).await;
    let (_, first) = invite(&api).await;
    accept(&mut Browser::new(&api), &first, "correct+horse+battery").await;
    let other = crate::support::create(&api.service, "team", "eve@other.test").await;
    let body = json!({"email": "bob@acme.test", "name": "Bob"});
    let key = &other.api_key;
    let added = api.call_as(key, "POST", "/api/v1/members", body, &[]).await.expect(201);
    let (_, html) = page(&api, &link(&added)).await;
    assert!(html.contains("You keep the password") && !html.contains("type=\"password\""));
    let mut bob = Browser::new(&api);
    let joined = accept(&mut bob, &link(&added), "").await;
    assert_eq!(joined.header("location"), Some("/"));
    // The password is the one from before.
    let form = "email=bob%40acme.test&password=correct+horse+battery";
    let login = Browser::new(&api).post("/actions/login", form, OURS).await;
    assert_eq!(login.header("location"), Some("/"));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_shows_a_new_link_once(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut admin = Browser::signed_in(&api).await;
    let form = "name=Bob&email=bob%40acme.test&job_role=sales&member=true&list=sort%3D-name";
    let reply = admin.post("/actions/invite_member", form, OURS).await;
    let shown = reply.header("location").unwrap().to_owned();
    assert!(shown.starts_with("/enterprise/members?sort=-name&link="), "{shown}");
    let first = admin.get(&shown).await.expect(200);
    assert!(first.as_str().unwrap().contains("/invitation/"));
    let again = admin.get(&shown).await.expect(200);
    let again = again.as_str().unwrap();
    assert!(again.contains("was shown already") && !again.contains("3000/invitation/"));
}

#[sqlx::test(migrations = "../migrations")]
async fn who_tries_too_many_links_has_to_wait(pool: PgPool) {
    let api = Api::new(pool).await;
    let (_, link) = invite(&api).await;
    let token = link.rsplit('/').next().unwrap();
    let (guesser, other) = ("10.0.0.1".parse().ok(), "10.0.0.2".parse().ok());
    for n in 0..100 {
        let unknown = api.service.invitation(&format!("guess-{n}"), guesser).await;
        assert_eq!(unknown.unwrap_err().code(), "NOT_FOUND");
    }
    let refused = api.service.invitation(token, guesser).await;
    assert_eq!(refused.unwrap_err().code(), "TOO_MANY_ATTEMPTS");
    assert!(api.service.invitation(token, other).await.is_ok());
    api.set_time("2026-11-21T12:15:01Z").await;
    assert!(api.service.invitation(token, guesser).await.is_ok());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_password_chosen_by_another_organizations_link_opens_nothing_here(pool: PgPool) {
    let api = Api::new(pool).await;
    // Bob works here, and has no password yet. Another organization invites his email.
    api.member("bob@acme.test").await;
    let other = create(&api.service, "team", "eve@other.test").await;
    let body = json!({"email": "bob@acme.test", "name": "Bob"});
    let path = "/api/v1/members";
    let invited = api.call_as(&other.api_key, "POST", path, body, &[]).await.expect(201);
    let mut eve = Browser::new(&api);
    let joined = accept(&mut eve, &link(&invited), "correct+horse+battery").await;
    assert_eq!((joined.status, joined.header("location")), (302, Some("/")));

    let sign_in = async |browser: &mut Browser<'_>| {
        let form = "email=bob%40acme.test&password=correct+horse+battery";
        browser.call("/actions/login", form).await.status
    };
    assert_eq!(sign_in(&mut Browser::new(&api)).await, 200, "to the other organization");
    let member = format!("{path}/{}", invited["id"].as_str().unwrap());
    let out = json!({"status": "inactive"});
    api.call_as(&other.api_key, "PATCH", &member, out, &[]).await.expect(200);
    assert_eq!(sign_in(&mut Browser::new(&api)).await, 404, "and to no other");
}
