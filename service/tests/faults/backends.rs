use crate::{
    installation::{Installation, times},
    load::Load,
};
use service::{Clock, Service, Store};
use sqlx::{ConnectOptions as _, PgPool};

/// Backends that are ended while they work.
const KILLS: usize = 60;
/// Requests that are answered from one to the next.
const BETWEEN: usize = 20;

/// An administrator of the database ends connections in the middle of what they do.
#[sqlx::test(migrations = "../migrations")]
async fn a_backend_that_is_ended_loses_nothing(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy();
    let direct = Service::new(Store::from_pool(pool.clone()), Clock::Database);
    let installation = Installation::new(direct, pool.clone()).await;
    let server = || Service::new(Store::open(url.as_str()).unwrap(), Clock::Database);
    let servers = vec![server(), server()];

    let load = Load::new(servers.clone(), installation.caller.clone());
    let told = load
        .run(async {
            let mut killed = 0;
            while killed < KILLS * times() {
                load.progress(BETWEEN).await;
                // Who is at work at this moment, if anybody.
                let ended: Vec<bool> = sqlx::query_scalar(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'allot'
                        AND state <> 'idle'",
                )
                .fetch_all(&pool)
                .await
                .unwrap();
                killed += ended.into_iter().filter(|ended| *ended).count();
            }
            println!("backends ended: {killed}");
        })
        .await;
    told.report();
    installation.check(&told).await;
    for server in servers {
        server.close().await;
    }
}
