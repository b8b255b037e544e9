//! Jobs outlive the servers that they are reported to.

use crate::support::{Installation, Server, agent, call};
use serde_json::json;
use sqlx::{ConnectOptions as _, PgPool};

/// What is held is in the database: whatever server is asked next goes on with the job, and answers
/// again what the one that died was asked.
#[sqlx::test(migrations = "../migrations")]
async fn a_job_is_ended_on_another_server_than_the_one_that_was_killed(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || end_elsewhere(&installation)).await.unwrap();
}

fn end_elsewhere(installation: &Installation) {
    let mut server = Server::start(installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    let agent = agent();
    let ask = |server: &Server, path: &str, key: &str, body| {
        call(&agent, &server.url, token, ("POST", path), Some(key), &body).unwrap()
    };
    let start = json!({"operation": "prospect_search", "rows": 100});
    let started = ask(&server, "/api/v1/jobs", "start", start.clone());
    assert_eq!(started.0, 201, "{}", started.1);
    let job = format!("/api/v1/jobs/{}", started.1["id"].as_str().unwrap());
    server.process.kill().unwrap();

    let server = Server::start(installation);
    assert_eq!(ask(&server, "/api/v1/jobs", "start", start), started);
    let (complete, succeeded) = (format!("{job}/complete"), json!({"succeeded": 60}));
    let completed = ask(&server, &complete, "complete", succeeded.clone());
    assert_eq!((completed.0, &completed.1["charges"][0]["amount"]), (200, &json!(60)));
    assert_eq!(ask(&server, &complete, "complete", succeeded.clone()), completed);
    assert_eq!(ask(&server, &complete, "again", succeeded).0, 409);
    assert_eq!(installation.answer(&["verify"])["entries"], 2, "held once and settled once");
    server.stop();
}
