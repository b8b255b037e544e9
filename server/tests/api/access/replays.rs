//! A POST that is sent again under its key is carried out once (SPEC section 11).

use super::operations::{Things, operations, operator_operations};
use crate::{bad_input::everything, support::Api};
use sqlx::PgPool;

#[sqlx::test(migrations = "../migrations")]
async fn every_post_is_answered_the_same_again_under_its_key(pool: PgPool) {
    let api = Api::new(pool).await;
    let things = Things::of(&api, &api.organization, "acme").await;
    let operator = api.operator_key().await;
    let of_operators = operator_operations(&api).into_iter();
    let of_operators = of_operators.map(|(method, path, body)| (method, path, body, &operator));
    let of_customers = operations(&things).into_iter();
    let of_customers =
        of_customers.map(|(method, path, body, _)| (method, path, body, &api.organization.api_key));
    // A check records nothing: it is made anew. So are the secrets of an organization, of which only
    // hashes are kept: there is still one organization.
    let anew = ["/api/v1/check", "/api/v1/operator/organizations"];
    let posts = of_customers
        .chain(of_operators)
        .filter(|(method, path, ..)| *method == "POST" && !anew.contains(&path.as_str()));
    let posts: Vec<_> = posts.collect();
    assert!(posts.len() > 25, "{}", posts.len());
    for (number, (method, path, body, key)) in posts.into_iter().enumerate() {
        let name = format!("post-{number}");
        let again = [("idempotency-key", name.as_str())];
        let first = api.call_as(key, method, &path, body.clone(), &again).await;
        assert!(first.status < 300, "{path}: {}", first.body);
        let after = everything(&api).await;
        let second = api.call_as(key, method, &path, body, &again).await;
        assert_eq!((second.status, second.body), (first.status, first.body), "{path}");
        assert_eq!(everything(&api).await, after, "{path} did something again");
    }
    api.verify().await;
}
