use crate::{
    clients::Clients,
    support::{Installation, Server, limit},
};
use sqlx::{ConnectOptions as _, PgPool};

/// Consumptions that are acknowledged before the server is told to stop.
const ACKNOWLEDGED: usize = 400;

/// A server that is told to stop answers all that it has accepted: nothing is recorded of which
/// nobody was told.
#[sqlx::test(migrations = "../migrations")]
async fn a_server_that_stops_answers_everything_accepted(pool: PgPool) {
    let url = pool.connect_options().to_url_lossy().to_string();
    let installation = Installation { variable: ("DATABASE_URL", url) };
    tokio::task::spawn_blocking(move || stop_under_load(&installation)).await.unwrap();
}

fn stop_under_load(installation: &Installation) {
    let server = Server::start(installation);
    let organization = installation.organization();
    let token = organization["api_key"].as_str().unwrap();
    limit(&server.url, token, 100_000);

    let clients = Clients::default();
    let url = server.url.clone();
    clients.send(&url, token, ACKNOWLEDGED, || server.stop());
    assert_eq!(clients.unavailable(), 0, "what is accepted is decided");
    let verified = installation.answer(&["verify"]);
    let found = (&verified["agrees"], &verified["entries"]);
    assert_eq!(found, (&true.into(), &clients.acknowledged().into()));
}
