//! Backup and restore as `docs/OPERATIONS.md` describes them.

use crate::support::{CONSUME, Installation, Server, agent, call, limit, one_credit};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// Requests before the backup, and as many after it.
const REQUESTS: usize = 40;

#[sqlx::test(migrations = "../migrations")]
async fn what_was_backed_up_is_served_again_with_the_same_answers(pool: PgPool) {
    let options = pool.connect_options();
    let original = options.to_url_lossy().to_string();
    let name = format!("restored_{}", uuid::Uuid::now_v7().simple());
    let restored = (*options).clone().database(&name).to_url_lossy().to_string();
    // Empty, whatever new databases of this cluster begin with.
    let make = format!("CREATE DATABASE \"{name}\" TEMPLATE template0");
    sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&pool).await.unwrap();
    let to = restored.clone();
    tokio::task::spawn_blocking(move || back_up_and_restore(original, to)).await.unwrap();

    // A restored database keeps organizations apart as the one before.
    let mut connection = PgConnection::connect(&restored).await.unwrap();
    let policies = "SELECT count(*) FROM pg_policies WHERE schemaname = 'public'";
    let count: i64 = sqlx::query_scalar(policies).fetch_one(&mut connection).await.unwrap();
    let before: i64 = sqlx::query_scalar(policies).fetch_one(&pool).await.unwrap();
    assert!(count > 0 && count == before, "{count} policies of {before}");
    connection.close().await.unwrap();
    let remove = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(remove)).execute(&pool).await.unwrap();
}

/// A program of PostgreSQL.
fn program(name: &str) -> Command {
    let folder: PathBuf = private_postgres::find_binaries().unwrap();
    Command::new(folder.join(name))
}

/// The URL of an installation's database without what only the server's own library knows.
fn url(installation: &Installation) -> String {
    let (address, query) = installation.variable.1.split_once('?').unwrap();
    let known = query.split('&').filter(|part| !part.starts_with("statement-cache-capacity="));
    format!("{address}?{}", known.collect::<Vec<_>>().join("&"))
}

fn back_up_and_restore(original: String, restored: String) {
    let original = Installation { variable: ("DATABASE_URL", original) };
    let restored = Installation { variable: ("DATABASE_URL", restored) };
    let server = Server::start(&original);
    let organization = original.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&server.url, token, 1_000);
    let agent = agent();
    let consume = |server: &Server, key: &str| {
        call(&agent, &server.url, token, CONSUME, Some(key), &one_credit()).unwrap()
    };
    let reserve = ("POST", "/api/v1/reservations");
    let held = call(&agent, &server.url, token, reserve, None, &one_credit()).unwrap();
    assert_eq!(held.0, 201);
    let answers: Vec<(u16, Value)> =
        (0..REQUESTS).map(|number| consume(&server, &number.to_string())).collect();

    // While the server runs and decides.
    let mut dump = program("pg_dump");
    let dump = dump.args(["--format=custom", &url(&original)]);
    let mut dump = dump.stdout(Stdio::piped()).spawn().unwrap();
    for number in REQUESTS..2 * REQUESTS {
        assert_eq!(consume(&server, &number.to_string()).0, 200);
    }
    let into = format!("--dbname={}", url(&restored));
    let mut restore = program("pg_restore");
    let restore = restore.args(["--exit-on-error", "--no-owner", &into]);
    assert!(restore.stdin(dump.stdout.take().unwrap()).status().unwrap().success());
    assert!(dump.wait().unwrap().success());
    server.stop();

    let verified = restored.answer(&["verify"]);
    assert_eq!(verified["agrees"], true, "{verified}");
    let entries = verified["entries"].as_u64().unwrap();
    assert!(entries > u64::try_from(REQUESTS).unwrap(), "{entries}");

    let server = Server::start(&restored);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(&consume(&server, &number.to_string()), answer, "the same answer as before");
    }
    let id = held.1["reservation_id"].as_str().unwrap();
    let commit = format!("/api/v1/reservations/{id}/commit");
    let one = json!({"quantity": 1});
    let committed = call(&agent, &server.url, token, ("POST", &commit), None, &one).unwrap();
    assert_eq!(committed.0, 200, "{}", committed.1);
    assert_eq!(consume(&server, "another").0, 200);
    let verified = restored.answer(&["verify"]);
    let expected = (&true.into(), &(entries + 2).into());
    assert_eq!((&verified["agrees"], &verified["entries"]), expected);
    server.stop();
}
