//! Moving a member to another subtenant: what they used stays where it was used, and their part of
//! a gauge moves along.

use crate::support::{Api, Reply, create};
use serde_json::{Value, json};
use sqlx::PgPool;

const BOB: &str = "bob@acme.test";

/// An organization with two subtenants, and Bob in the first of them.
struct Moving {
    api: Api,
    north: String,
    south: String,
    bob: String,
}

impl Moving {
    async fn new(pool: PgPool) -> Self {
        let api = Api::on_plan(pool, "team").await;
        api.sql("INSERT INTO operations VALUES ('add_contact', 'Add contact')").await;
        api.sql("INSERT INTO prices VALUES ('add_contact', 'contacts', 1)").await;
        let add = async |name: &str| {
            let added = api.call("POST", "/api/v1/subtenants", json!({"name": name})).await;
            added.expect(201)["id"].as_str().unwrap().to_owned()
        };
        let (north, south) = (add("North").await, add("South").await);
        let bob = api.member(BOB).await;
        let moving = Self { api, north, south, bob };
        moving.to(json!(moving.north)).await.expect(200);
        moving
    }

    /// Moves Bob.
    async fn to(&self, subtenant: Value) -> Reply {
        let path = format!("/api/v1/members/{}/subtenant", self.bob);
        self.api.call("PUT", &path, json!({"subtenant": subtenant})).await
    }

    /// The level of contacts of a subtenant and of Bob, by the limits of an answer.
    async fn levels(&self) -> [i64; 4] {
        let of = async |holder: &str| -> i64 {
            let sql = "SELECT COALESCE(sum(periods[3]), 0)::bigint FROM balances
                WHERE meter_code = 'contacts' AND holder_id = $1::uuid";
            sqlx::query_scalar(sql).bind(holder).fetch_one(&self.api.pool).await.unwrap()
        };
        let organization = self.api.organization.id.to_string();
        [of(&organization).await, of(&self.north).await, of(&self.south).await, of(&self.bob).await]
    }

    async fn set(&self, member: &str, level: i64) -> Reply {
        let body = json!({"level": level, "member": member});
        self.api.call("PUT", "/api/v1/gauges/contacts", body).await
    }

    /// Everything agrees with the ledger, also after it was built anew from there.
    async fn verify(&self) {
        self.api.verify().await;
        let rebuilt = self.api.service.rebuild(true).await.unwrap();
        assert_eq!(rebuilt.differences, Vec::<String>::new());
        self.api.verify().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_members_part_of_a_gauge_moves_along(pool: PgPool) {
    let moving = Moving::new(pool).await;
    moving.set(BOB, 30).await.expect(200);
    moving.set("ann@acme.test", 5).await.expect(200);
    assert_eq!(moving.levels().await, [35, 30, 0, 30]);

    let moved = moving.to(json!(moving.south)).await;
    let tag = moved.header("etag").unwrap().to_owned();
    let moved = moved.expect(200);
    assert_eq!(tag, format!("\"{}\"", moved["version"]));
    assert_eq!(moved["subtenant"], json!(moving.south));
    assert_eq!(moving.levels().await, [35, 0, 30, 30]);
    // It can go down there, as it could not if it were counted elsewhere.
    moving.set(BOB, 4).await.expect(200);
    assert_eq!(moving.levels().await, [9, 0, 4, 4]);

    moving.to(Value::Null).await.expect(200);
    assert_eq!(moving.levels().await, [9, 0, 0, 4]);
    moving.set(BOB, 0).await.expect(200);
    moving.verify().await;
    assert_eq!(moving.levels().await, [5, 0, 0, 0], "what is left is Ann's");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_used_stays_where_it_was_used(pool: PgPool) {
    let moving = Moving::new(pool).await;
    let api = &moving.api;
    for subtenant in [&moving.north, &moving.south] {
        let quota = json!({"meter": "credits", "subtenant": subtenant, "monthly": 10});
        api.call("POST", "/api/v1/quotas", quota).await.expect(201);
    }
    api.consume(BOB, "prospect_search", 10).await.expect(200);
    api.consume(BOB, "prospect_search", 1).await.expect(429);
    moving.to(json!(moving.south)).await.expect(200);
    api.consume(BOB, "prospect_search", 4).await.expect(200);
    api.consume(BOB, "prospect_search", 7).await.expect(429);
    moving.to(json!(moving.north)).await.expect(200);
    api.consume(BOB, "prospect_search", 1).await.expect(429);
    moving.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_held_settles_where_it_is_held(pool: PgPool) {
    let moving = Moving::new(pool).await;
    let api = &moving.api;
    let hold = async |operation: &str| {
        let body = json!({"member": BOB, "operation": operation, "quantity": 10});
        let held = api.call("POST", "/api/v1/reservations", body).await.expect(201);
        held["reservation_id"].as_str().unwrap().to_owned()
    };
    let (credits, contacts) = (hold("prospect_search").await, hold("add_contact").await);
    moving.to(json!(moving.south)).await.expect(200);
    for id in [&credits, &contacts] {
        let path = format!("/api/v1/reservations/{id}/commit");
        api.call("POST", &path, json!({"quantity": 6})).await.expect(200);
    }
    let used = "SELECT sum(amount)::bigint FROM ledger JOIN subtenants USING (subtenant_id)
        WHERE name = 'North' AND meter_code = 'credits'";
    assert_eq!(api.count(used).await, 6);
    // Contacts that came of it are Bob's, and so where he is by now.
    assert_eq!(moving.levels().await, [6, 0, 6, 6]);
    let refund = json!({"consumption_id": contacts, "quantity": 5});
    let refunded = api.call("POST", "/api/v1/refunds", refund).await.expect(200);
    assert_eq!(refunded["charges"][0]["amount"], 5);
    assert_eq!(moving.levels().await, [1, 0, 1, 1]);
    moving.set(BOB, 0).await.expect(200);
    moving.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn no_limit_denies_a_move(pool: PgPool) {
    let moving = Moving::new(pool).await;
    let quota = json!({"meter": "contacts", "subtenant": moving.south, "level": 5});
    moving.api.call("POST", "/api/v1/quotas", quota).await.expect(201);
    moving.set(BOB, 30).await.expect(200);
    moving.to(json!(moving.south)).await.expect(200);
    let denied = moving.api.consume(BOB, "add_contact", 1).await.expect(429);
    assert_eq!(denied["failed"][0]["used"], 30);
    moving.set(BOB, 3).await.expect(200);
    moving.api.consume(BOB, "add_contact", 2).await.expect(200);
    moving.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_member_can_go_on_working_while_they_are_moved(pool: PgPool) {
    let moving = Moving::new(pool).await;
    let api = &moving.api;
    let work = async {
        for _ in 0..40 {
            let (one, other) = tokio::join!(
                api.consume(BOB, "add_contact", 1),
                api.consume(BOB, "prospect_search", 1),
            );
            one.expect(200);
            other.expect(200);
        }
    };
    let moves = async {
        for subtenant in [&moving.south, &moving.north].into_iter().cycle().take(20) {
            moving.to(json!(subtenant)).await.expect(200);
        }
    };
    tokio::join!(work, moves);
    assert_eq!(moving.levels().await, [40, 40, 0, 40]);
    moving.set(BOB, 0).await.expect(200);
    moving.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_subtenant_that_takes_nobody_is_refused(pool: PgPool) {
    let moving = Moving::new(pool).await;
    let api = &moving.api;
    moving.set(BOB, 7).await.expect(200);
    let path = format!("/api/v1/subtenants/{}", moving.south);
    api.call("PATCH", &path, json!({"archived": true})).await.expect(200);
    let other = create(&api.service, "team", "eve@other.test").await;
    let body = json!({"name": "Theirs"});
    let theirs = api.call_as(&other.api_key, "POST", "/api/v1/subtenants", body, &[]).await;
    let theirs = theirs.expect(201)["id"].clone();
    let before = moving.levels().await;
    for subtenant in [json!(moving.south), theirs, json!("x"), json!(5)] {
        let refused = moving.to(subtenant.clone()).await.expect(422);
        assert_eq!(refused["field"], "subtenant", "{subtenant}");
    }
    let body = json!({"email": "new@acme.test", "name": "New", "subtenant": moving.south});
    let refused = api.call("POST", "/api/v1/members", body).await.expect(422);
    assert_eq!(refused["field"], "subtenant");
    let mine = format!("/api/v1/members/{}/subtenant", moving.bob);
    let body = json!({"subtenant": null});
    api.call_as(&other.api_key, "PUT", &mine, body, &[]).await.expect(404);
    assert_eq!(moving.levels().await, before);
    moving.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stale_move_is_refused_and_one_to_the_same_place_changes_nothing(pool: PgPool) {
    let moving = Moving::new(pool).await;
    let api = &moving.api;
    let version = moving.to(json!(moving.north)).await.expect(200)["version"].as_i64().unwrap();
    let path = format!("/api/v1/members/{}/subtenant", moving.bob);
    let stale = json!({"subtenant": moving.south, "version": version - 1});
    let stale = api.call("PUT", &path, stale).await.expect(409);
    assert_eq!(stale["current"]["subtenant"], json!(moving.north));
    let headers = [("if-match", "\"0\"")];
    let body = json!({"subtenant": moving.south});
    let token = &api.organization.api_key;
    api.call_as(token, "PUT", &path, body, &headers).await.expect(412);
    assert_eq!(moving.to(json!(moving.north)).await.expect(200)["version"], version);
    let moved = "SELECT count(*) FROM audit_log WHERE action = 'member.moved'";
    assert_eq!(api.count(moved).await, 1, "the first move, before all this");
}
