use crate::{
    installation::{Installation, times},
    load::Load,
};
use private_postgres::PrivatePostgres;
use service::{Clock, Service, Store};
use sqlx::PgPool;
use std::{fs, path::Path, process::Command, sync::Arc};
use tokio::task::spawn_blocking;

/// How often all of Postgres is killed, and how often one backend, which takes the others along.
const KILLS: usize = 2;
/// Requests that are answered from one kill to the next.
const BETWEEN: usize = 60;

/// The database dies without a word, many times, and comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_keeps_everything_acknowledged() {
    let folder = std::env::temp_dir().join(format!("allot-postmaster-{}", uuid::Uuid::now_v7()));
    let of_cluster = folder.clone();
    let cluster = spawn_blocking(move || PrivatePostgres::acquire(&of_cluster)).await.unwrap();
    let cluster = Arc::new(cluster.unwrap());
    let server = || Service::new(Store::open(cluster.url()).unwrap(), Clock::Database);
    let servers = vec![server(), server()];
    servers[0].migrate().await.unwrap();
    let pool = PgPool::connect_lazy(cluster.url()).unwrap();
    let installation = Installation::new(server(), pool.clone()).await;

    let load = Load::new(servers.clone(), installation.caller.clone());
    let told = load
        .run(async {
            for _ in 0..KILLS * times() {
                load.progress(BETWEEN).await;
                let killed = postmaster(&folder);
                kill(&killed);
                // As long as it is dying, it still seems to run.
                while postmaster(&folder) == killed {
                    let cluster = Arc::clone(&cluster);
                    spawn_blocking(move || cluster.ensure_running()).await.unwrap().unwrap();
                }
                load.progress(BETWEEN).await;
                kill(&backend(&pool).await);
            }
            println!("databases killed: {}, backends killed: {0}", KILLS * times());
        })
        .await;
    told.report();
    installation.check(&told).await;
    for server in servers {
        server.close().await;
    }
    pool.close().await;
    let cluster = Arc::into_inner(cluster).unwrap();
    spawn_blocking(|| cluster.release()).await.unwrap().unwrap();
    fs::remove_dir_all(folder).unwrap();
}

/// The process that the cluster's own file names.
fn postmaster(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("cluster/postmaster.pid")).unwrap();
    text.lines().next().unwrap().trim().to_owned()
}

/// A process that works for one of the servers.
async fn backend(pool: &PgPool) -> String {
    let pid: i32 = sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'allot'
        ORDER BY state = 'idle' LIMIT 1",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    pid.to_string()
}

fn kill(process: &str) {
    assert!(Command::new("kill").args(["-KILL", process]).status().unwrap().success());
}
