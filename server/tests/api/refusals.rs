//! Denials are recorded, once for each 429.

use crate::{reservations, support::Api};
use serde_json::{Value, json};
use sqlx::PgPool;

const CONSUME: &str = "/api/v1/consume";
const BATCH: &str = "/api/v1/consume/batch";

fn search(member: &str, quantity: i64) -> Value {
    json!({"member": member, "operation": "prospect_search", "quantity": quantity})
}

/// Bob has used up 10 of 10 credits, Eve 20 of 20.
async fn used_up(pool: PgPool) -> Api {
    let api = Api::new(pool).await;
    for (email, limit) in [("bob@acme.test", 10), ("eve@acme.test", 20)] {
        let id = api.member(email).await;
        api.member_limit(&id, json!({"kind": "credits", "amount": limit})).await;
        api.consume(email, "prospect_search", limit).await.expect(200);
    }
    api
}

async fn times(api: &Api) -> i64 {
    api.count("SELECT COALESCE(sum(times), 0)::bigint FROM refusals").await
}

#[sqlx::test(migrations = "../migrations")]
async fn every_429_of_two_servers_is_counted_once(pool: PgPool) {
    let api = used_up(pool).await;
    let other = api.another_server();
    let list = json!({"requests": [search("bob@acme.test", 1), search("eve@acme.test", 2),
        search("bob@acme.test", 3), search("ann@acme.test", 1)]});
    let mut answered = 0;
    for _ in 0..10 {
        let (one, two, three, batch, held) = tokio::join!(
            api.consume("bob@acme.test", "prospect_search", 1),
            other.consume("bob@acme.test", "prospect_search", 1),
            api.consume("eve@acme.test", "ai_scoring", 1),
            other.call("POST", BATCH, list.clone()),
            api.call("POST", reservations::PATH, search("eve@acme.test", 1)),
        );
        answered += [one, two, three, held].iter().filter(|reply| reply.status == 429).count();
        let answers = batch.expect(200)["answers"].as_array().unwrap().clone();
        answered += answers.iter().filter(|answer| answer["status"] == 429).count();
    }
    assert_eq!((answered, times(&api).await), (70, 70));
    assert_eq!(api.count("SELECT count(*) FROM refusals").await, 3, "a client fills no disk");
    let of_bob = "SELECT times FROM refusals r JOIN members m USING (organization_id, member_id)
        WHERE m.email = 'bob@acme.test'";
    assert_eq!(api.count(of_bob).await, 40);
    api.verify().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn neither_a_check_nor_an_answer_given_again_counts(pool: PgPool) {
    let api = used_up(pool).await;
    api.call("POST", "/api/v1/check", search("bob@acme.test", 1)).await.expect(200);
    api.call("POST", CONSUME, search("nobody@acme.test", 1)).await.expect(404);
    let partly = json!({"member": "ann@acme.test", "operation": "prospect_search",
        "quantity": 200_000, "allow_partial": true});
    api.call("POST", CONSUME, partly).await.expect(200);
    assert_eq!(times(&api).await, 0, "nothing was denied that was to be recorded");
    for _ in 0..3 {
        api.post_once("once", CONSUME, search("bob@acme.test", 1)).await.expect(429);
        let list = json!({"requests": [search("bob@acme.test", 1), search("eve@acme.test", 1)]});
        api.post_once("list", BATCH, list).await.expect(200);
        api.post_once("hold", reservations::PATH, search("eve@acme.test", 1)).await.expect(429);
    }
    assert_eq!(times(&api).await, 4);
}
