//! A key of one subtenant against every operation: at large, about things of its own subtenant, of a
//! sibling, and of what is the organization's own (SPEC sections 8 and 11).

use super::operations::{Operation, Things, operations_at_large, operations_on};
use crate::support::{Api, Reply, create};
use domain::{
    access::{Action, KeyRights, Rights, Scope},
    ids::SubtenantId,
};
use serde_json::{Value, json};
use sqlx::PgPool;

/// A key of a subtenant with these scopes.
async fn key_of(api: &Api, subtenant: &str, scopes: &[Scope]) -> String {
    let body = json!({"name": "Program", "scopes": scopes, "subtenant": subtenant});
    let made = api.call("POST", "/api/v1/api-keys", body).await.expect(201);
    made["key"].as_str().unwrap().to_owned()
}

/// Whether the scopes of such a key are for this; where it reaches is another question.
fn allows(scopes: &[Scope], (method, path, _, action): &Operation) -> bool {
    let subtenant = Some(SubtenantId(uuid::Uuid::nil()));
    let rights = Rights::Key(KeyRights { scopes: scopes.to_vec(), subtenant });
    // Quotas are listed for whoever may see some of them, and which right it takes to change one is
    // known when that is found.
    let may_see =
        *path == "/api/v1/quotas" && *method == "GET" && rights.allow(Action::ViewUserQuotas);
    may_see || rights.allow(*action)
}

fn expect_nothing_of_siblings(what: &str, reply: &Reply) {
    let body = reply.body.to_string().to_lowercase();
    for name in ["south", "umbrella"] {
        assert!(!body.contains(name), "{name} is seen by {what}: {body}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_of_no_subtenant_is_refused(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = Things::of(&api, &api.organization, "north").await;
    Things::of(&api, &api.organization, "south").await;
    for scopes in [&Scope::ALL[..], &[Scope::Consume], &[Scope::Read], &[Scope::Admin]] {
        let key = key_of(&api, &north.subtenant, scopes).await;
        for (method, path, body, action) in operations_at_large() {
            let reply = api.call_as(&key, method, path, body.clone(), &[]).await;
            let what = format!("{scopes:?} {method} {path}: {}", reply.body);
            expect_nothing_of_siblings(&what, &reply);
            let operation = (method, path.to_owned(), body, action);
            match (allows(scopes, &operation), action) {
                (false, _) => assert_eq!(reply.expect(403)["code"], "FORBIDDEN", "{what}"),
                (true, Action::Consume) if path.ends_with("/batch") => {
                    assert_eq!(reply.expect(200)["answers"][0]["status"], 422, "{what}");
                }
                // The organization itself is not theirs.
                (true, Action::Consume) => {
                    assert_eq!(reply.expect(422)["field"], "member", "{what}");
                }
                (true, _) => assert_eq!(reply.status, 200, "{what}"),
            }
        }
    }
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_of_another_subtenant_is_not_there(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = Things::of(&api, &api.organization, "north").await;
    let south = Things::of(&api, &api.organization, "south").await;
    let other = create(&api.service, "enterprise", "eve@umbrella.test").await;
    let umbrella = Things::of(&api, &other, "umbrella").await;
    let key = key_of(&api, &north.subtenant, &Scope::ALL).await;
    for things in [&south, &umbrella] {
        for operation in operations_on(things) {
            let (method, path, body, _) = operation.clone();
            let reply = api.call_as(&key, method, &path, body, &[]).await;
            expect_nothing_of_siblings(&path, &reply);
            // A quota of a subtenant can be changed by nobody who is of one: 403, there or not.
            let of_quota = path.starts_with("/api/v1/quotas/");
            let expected = if allows(&Scope::ALL, &operation) { 404 } else { 403 };
            let missing = of_quota && reply.status == 404;
            assert!(reply.status == expected || missing, "{method} {path}: {}", reply.body);
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_of_the_own_subtenant_can_be_seen_and_done(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = Things::of(&api, &api.organization, "north").await;
    Things::of(&api, &api.organization, "south").await;
    let key = key_of(&api, &north.subtenant, &Scope::ALL).await;
    let mut done = 0;
    for operation in operations_on(&north) {
        let (method, path, body, action) = operation.clone();
        let reply = api.call_as(&key, method, &path, body, &[]).await;
        expect_nothing_of_siblings(&path, &reply);
        let what = format!("{method} {path}: {}", reply.body);
        // They were held and used by the organization itself.
        let of_organization = ["/reservations/", "/jobs/", "/consumptions/", "/refunds"]
            .iter()
            .any(|of| path.contains(of));
        if !allows(&Scope::ALL, &operation) {
            assert_eq!(reply.status, 403, "{what}");
        } else if matches!(action, Action::Consume | Action::ViewWork) && of_organization {
            assert_eq!(reply.status, 404, "{what}");
        } else {
            assert!(reply.status < 300, "{what}");
            done += 1;
        }
    }
    assert!(done >= 10, "{done}");
    let listed = async |path: &str| {
        api.call_as(&key, "GET", &format!("/api/v1/{path}"), Value::Null, &[]).await.expect(200)
    };
    assert_eq!(listed("members").await["members"].as_array().unwrap().len(), 2);
    assert_eq!(listed("subtenants").await["subtenants"].as_array().unwrap().len(), 1);
    let quotas = listed("quotas").await;
    assert_eq!(quotas["quotas"].as_array().unwrap().len(), 2, "those of its member: {quotas}");
}

/// An answer without what is different each time.
fn told(reply: Reply) -> (u16, Value) {
    (reply.status, reply.body)
}

#[sqlx::test(migrations = "../migrations")]
async fn decisions_are_made_for_the_own_members_only(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = Things::of(&api, &api.organization, "north").await;
    let south = Things::of(&api, &api.organization, "south").await;
    let key = key_of(&api, &north.subtenant, &[Scope::Consume]).await;
    let call = async |method: &str, path: &str, body: Value| {
        api.call_as(&key, method, &format!("/api/v1/{path}"), body, &[]).await
    };
    let ask = |member: &str| json!({"member": member, "operation": "send_email", "quantity": 2});
    for path in ["check", "consume", "reservations"] {
        let status = call("POST", path, ask("bob@north.test")).await.status;
        assert!(status < 300, "{path}: {status}");
        let nobody = told(call("POST", path, ask("nobody@north.test")).await);
        assert_eq!(nobody.0, 404);
        for member in ["bob@south.test", &south.member, "ann@acme.test"] {
            assert_eq!(told(call("POST", path, ask(member)).await), nobody, "{path} {member}");
        }
    }
    let list = json!({"requests": [ask("bob@north.test"), ask("bob@south.test")]});
    let answers = call("POST", "consume/batch", list).await.expect(200)["answers"].clone();
    assert_eq!([&answers[0]["status"], &answers[1]["status"]], [200, 404]);
    let level = |member: &str| json!({"member": member, "level": 3});
    call("PUT", "gauges/contacts", level(&north.member)).await.expect(200);
    call("PUT", "gauges/contacts", level(&south.member)).await.expect(404);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_held_and_used_stays_with_the_subtenant_that_it_counts_in(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = Things::of(&api, &api.organization, "north").await;
    let south = Things::of(&api, &api.organization, "south").await;
    let of_north = key_of(&api, &north.subtenant, &[Scope::Consume]).await;
    let of_south = key_of(&api, &south.subtenant, &[Scope::Consume]).await;
    let call = async |key: &str, path: &str, body: Value| {
        api.call_as(key, "POST", &format!("/api/v1/{path}"), body, &[]).await
    };
    let ask = json!({"member": "bob@north.test", "operation": "send_email", "quantity": 5});
    let held = call(&of_north, "reservations", ask.clone()).await.expect(201);
    let held = format!("reservations/{}", held["reservation_id"].as_str().unwrap());
    let used = call(&of_north, "consume", ask.clone()).await.expect(200);
    let refund = json!({"consumption_id": used["consumption_id"], "quantity": 1});
    let moved = format!("/api/v1/members/{}/subtenant", north.member);
    for part in [None, Some(&south.subtenant)] {
        if let Some(part) = part {
            api.call("PUT", &moved, json!({"subtenant": part})).await.expect(200);
        }
        for end in ["renew", "commit", "release"] {
            let body = if end == "commit" { json!({"quantity": 1}) } else { json!({}) };
            let reply = call(&of_south, &format!("{held}/{end}"), body).await;
            assert_eq!(reply.expect(404)["code"], "NOT_FOUND", "{end}");
        }
        call(&of_south, "refunds", refund.clone()).await.expect(404);
    }
    // What Bob uses from now on is South's; what was begun before is ended where it was begun.
    call(&of_north, "consume", ask.clone()).await.expect(404);
    call(&of_south, "consume", ask).await.expect(200);
    call(&of_north, &format!("{held}/renew"), json!({})).await.expect(200);
    call(&of_north, &format!("{held}/commit"), json!({"quantity": 2})).await.expect(200);
    call(&of_north, "refunds", refund).await.expect(200);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_others_were_answered_is_never_answered_again(pool: PgPool) {
    let api = Api::new(pool).await;
    let north = Things::of(&api, &api.organization, "north").await;
    let south = Things::of(&api, &api.organization, "south").await;
    let of_north = key_of(&api, &north.subtenant, &Scope::ALL).await;
    let once = async |key: &str, once: &str, path: &str, body: &Value| {
        let headers = [("idempotency-key", once)];
        api.call_as(key, "POST", path, body.clone(), &headers).await
    };
    let whole = &api.organization.api_key;
    let ask = |member: &str| json!({"member": member, "operation": "send_email", "quantity": 2});
    let consume = "/api/v1/consume";
    once(whole, "one", consume, &ask("bob@south.test")).await.expect(200);
    once(&of_north, "one", consume, &ask("bob@south.test")).await.expect(404);
    let theirs = once(whole, "two", consume, &ask("bob@north.test")).await.expect(200);
    let own = once(&of_north, "two", consume, &ask("bob@north.test")).await.expect(200);
    assert_ne!(own["consumption_id"], theirs["consumption_id"]);
    let again = once(&of_north, "two", consume, &ask("bob@north.test")).await.expect(200);
    assert_eq!(again["consumption_id"], own["consumption_id"], "its own is answered again");

    let quota = json!({"meter": "emails", "member": south.member, "daily": 5});
    once(whole, "quota", "/api/v1/quotas", &quota).await.expect(201);
    once(&of_north, "quota", "/api/v1/quotas", &quota).await.expect(404);
    api.verify().await;
}
