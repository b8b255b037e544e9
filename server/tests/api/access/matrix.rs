//! Everybody against everything: each role × each server function, page and file, about things of the
//! own part of the organization, of a sibling subtenant and of another organization (SPEC section 8).

use super::{
    functions::{
        FOR_ANYONE, Function, OPERATORS_DOOR, PAGES, functions_at_large, functions_on,
        functions_on_draft, operator_functions,
    },
    operations::{Things, operations},
};
use crate::{
    browser::Browser,
    support::{Api, Reply, create},
};
use domain::access::{Action, Rights, Role};
use leptos::server_fn::axum::server_fn_paths;
use service::CreatedOrganization;
use sqlx::PgPool;

/// Where the things are that somebody calls about. The name is in the email of everyone there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Own,
    Sibling,
    Other,
}

impl Place {
    const ALL: [Self; 3] = [Self::Own, Self::Sibling, Self::Other];

    fn name(self) -> &'static str {
        match self {
            Self::Own => "north",
            Self::Sibling => "south",
            Self::Other => "umbrella",
        }
    }
}

/// Two organizations, and the parts of the first one.
struct World {
    api: Api,
    other: CreatedOrganization,
}

impl World {
    async fn new(pool: PgPool) -> Self {
        let api = Api::new(pool).await;
        let other = create(&api.service, "enterprise", "eve@umbrella.test").await;
        Self { api, other }
    }

    async fn things(&self, place: Place) -> Things {
        let organization = match place {
            Place::Own | Place::Sibling => &self.api.organization,
            Place::Other => &self.other,
        };
        Things::of(&self.api, organization, place.name()).await
    }

    /// Lets Ann have this role and no other, in this subtenant.
    async fn give(&self, role: Role, subtenant: &str) {
        for (sql, value) in [
            ("UPDATE members SET subtenant_id = $1::uuid WHERE email = 'ann@acme.test'", subtenant),
            (
                "DELETE FROM member_roles r USING members m
                WHERE m.member_id = r.member_id AND m.email = 'ann@acme.test' AND r.role <> $1",
                role.code(),
            ),
            (
                "INSERT INTO member_roles SELECT organization_id, member_id, $1 FROM members
                WHERE email = 'ann@acme.test' ON CONFLICT DO NOTHING",
                role.code(),
            ),
        ] {
            sqlx::query(sql).bind(value).execute(&self.api.pool).await.unwrap();
        }
    }
}

/// Whether all that lets `role` do this is that it administers its own subtenant.
fn own_only(role: Role, action: Action) -> bool {
    role.allows(action) && Rights::of(vec![role]).own_subtenant_only(action)
}

/// What must be in no answer to `role`: who is in another organization, and who is elsewhere in the
/// own one, for those who only see their own part of it.
fn hidden_from(role: Role) -> Vec<&'static str> {
    let siblings = match role {
        Role::SubtenantAdministrator => vec!["south"],
        Role::Member => vec!["south", "of north", "@north"],
        Role::TenantAdministrator | Role::QuotaAdministrator | Role::UserQuotaAdministrator => {
            vec![]
        }
    };
    [siblings, vec!["umbrella"]].concat()
}

fn expect_nothing_hidden(role: Role, call: &str, reply: &Reply) {
    let body = reply.body.to_string().to_lowercase();
    for name in hidden_from(role) {
        assert!(!body.contains(name), "{role:?} sees {name} by {call}: {body}");
    }
}

/// What a call about things of `place` is answered with: 403 without the right, and like something
/// that is not there where the right does not reach.
fn expect_status(role: Role, place: Place, (path, _, action): &Function, reply: &Reply) {
    let (status, body) = (reply.status, &reply.body);
    let what = format!("{role:?}, {place:?}, {path}: {status} {body}");
    // Only who made a change can undo it: for everybody else there is no such change.
    let undo = *path == "/actions/undo_limits";
    let hidden = place == Place::Other || (place == Place::Sibling && own_only(role, *action));
    if !role.allows(*action) {
        // Which right it takes can depend on the thing: what is not there asks for none.
        let expected: &[u16] = if place == Place::Other { &[403, 404] } else { &[403] };
        assert!(expected.contains(&status), "{what}");
    } else if hidden || undo {
        assert_eq!(status, 404, "{what}");
    } else {
        assert!(![401, 403, 404].contains(&status), "{what}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_role_reaches_what_it_may_and_nothing_else(pool: PgPool) {
    let world = World::new(pool).await;
    let mut ann = Browser::signed_in(&world.api).await;
    let things = [
        world.things(Place::Own).await,
        world.things(Place::Sibling).await,
        world.things(Place::Other).await,
    ];
    let mut calls = 0;
    for role in Role::ALL {
        world.give(role, &things[0].subtenant).await;
        for (place, things) in Place::ALL.into_iter().zip(&things) {
            for function in functions_on(things) {
                let reply = ann.call(function.0, &function.1).await;
                expect_status(role, place, &function, &reply);
                expect_nothing_hidden(role, function.0, &reply);
                calls += 1;
            }
        }
        for (path, form, action) in functions_at_large() {
            let reply = ann.call(path, &form).await;
            let refused = reply.status == 403;
            assert_eq!(refused, !role.allows(action), "{role:?}, {path}: {}", reply.body);
            expect_nothing_hidden(role, path, &reply);
            calls += 1;
        }
        for (path, needs) in PAGES {
            let reply = ann.get(path).await;
            let allowed = needs.is_none_or(|action| role.allows(action));
            assert_eq!(reply.status, if allowed { 200 } else { 403 }, "{role:?}, {path}");
            expect_nothing_hidden(role, path, &reply);
            calls += 1;
        }
        // Signed in or not, programs need a key.
        for (method, path, ..) in operations(&things[0]) {
            let reply = ann.request(method, &path).await;
            assert_eq!(reply.status, 401, "{role:?}, {method} {path}");
            calls += 1;
        }
    }
    println!("{calls} calls");
    assert!(calls > 600, "{calls}");
}

/// A page about something: its own address, or the state of a dialog.
#[sqlx::test(migrations = "../migrations")]
async fn pages_about_something_that_is_out_of_reach_say_nothing_of_it(pool: PgPool) {
    let world = World::new(pool).await;
    let mut ann = Browser::signed_in(&world.api).await;
    let own = world.things(Place::Own).await;
    for place in [Place::Sibling, Place::Other] {
        let Things { member, subtenant, usage_quota, user_quota, pack, requests, .. } =
            &world.things(place).await;
        for role in Role::ALL {
            world.give(role, &own.subtenant).await;
            for path in [
                format!("/enterprise/quota-management?edit={member}"),
                format!("/enterprise/members?edit={member}"),
                format!("/enterprise/members?subtenant={subtenant}"),
                format!("/enterprise/members.csv?subtenant={subtenant}"),
                format!("/enterprise/subtenants?edit={subtenant}"),
                format!("/enterprise/credit-packs?pack={pack}"),
                format!("/settings/usage-quotas?subtenant={subtenant}"),
                format!("/settings/usage-quotas?edit={usage_quota}"),
                format!("/settings/usage-quotas?edit={user_quota}"),
                format!("/settings/user-quotas?member={member}"),
                format!("/settings/user-quotas?search={}", place.name()),
                format!("/requests/answer?request={}", requests[0]),
                format!("/audit?search={}", place.name()),
            ] {
                let mut reply = ann.get(&path).await;
                assert!([200, 403, 404].contains(&reply.status), "{role:?}, {path}");
                // What was looked for stands in its field, in links and in the page's data.
                let mut body = reply.body.as_str().unwrap().to_owned();
                for before in ["value=\"", "search=", r#"search\":\""#] {
                    body = body.replace(&format!("{before}{}", place.name()), "");
                }
                reply.body = body.into();
                expect_nothing_hidden(role, &path, &reply);
            }
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_that_was_uploaded_is_nobody_elses(pool: PgPool) {
    let world = World::new(pool).await;
    let mut ann = Browser::signed_in(&world.api).await;
    let mut eve = Browser::by_link(&world.api, &world.other.sign_in_token).await;
    let list = "csv=email%2Cname%0Abob%40umbrella.test%2CBob";
    let uploaded = eve.call("/actions/draft_member_import", list).await;
    let address = uploaded.header("location").unwrap();
    let draft = address.rsplit('=').next().unwrap().to_owned();
    for (path, form, _) in functions_on_draft(&draft) {
        let reply = ann.call(path, &form).await;
        assert_eq!(reply.status, 404, "{path}");
        expect_nothing_hidden(Role::TenantAdministrator, path, &reply);
    }
    for (path, form, _) in functions_on_draft(&draft) {
        assert!(eve.call(path, &form).await.status < 400, "{path}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn strangers_call_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let things = world.things(Place::Own).await;
    let draft = functions_on_draft(&things.member);
    let mut stranger = Browser::new(&world.api);
    for (path, form, _) in
        functions_at_large().into_iter().chain(functions_on(&things)).chain(draft)
    {
        assert_eq!(stranger.call(path, &form).await.status, 401, "{path}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_server_function_is_listed(pool: PgPool) {
    let world = World::new(pool).await;
    let things = world.things(Place::Own).await;
    let functions = functions_at_large().into_iter().chain(functions_on(&things));
    let mut listed: Vec<&str> = functions.map(|function| function.0).collect();
    listed.extend(functions_on_draft(&things.member).iter().map(|function| function.0));
    listed.extend(FOR_ANYONE.iter().map(|(path, _)| path));
    listed.extend(operator_functions(&world.api).iter().map(|function| function.0));
    listed.extend(OPERATORS_DOOR);
    listed.sort_unstable();
    listed.dedup();
    let mut all: Vec<&str> = server_fn_paths().map(|(path, _)| path).collect();
    all.sort_unstable();
    assert_eq!(all, listed);
}
