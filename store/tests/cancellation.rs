//! What clients that go away leave behind.

use sqlx::PgPool;
use std::time::Duration;
use store::{Store, Whose};

/// A request can end anywhere, also between a transaction's beginning and the answer to it.
#[sqlx::test(migrations = "../migrations")]
async fn a_transaction_that_nobody_waits_for_is_not_left_open(pool: PgPool) {
    let store = Store::from_pool(pool);
    for micros in (0..600).map(|step| step * 5) {
        let patience = Duration::from_micros(micros);
        let _gone = tokio::time::timeout(patience, store.snapshot(Whose::Nobodys)).await;
        let mut connection = store.connection().await.unwrap();
        let read_only = sqlx::query_scalar("SELECT current_setting('transaction_read_only')");
        let read_only: String = read_only.fetch_one(&mut *connection).await.unwrap();
        assert_eq!(read_only, "off", "after {patience:?} somebody else's transaction is open");
    }
}
