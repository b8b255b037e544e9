//! Trying what is configured, without changing anything.

use crate::{
    config::{DatabaseConfig, ServeConfig},
    messages,
};
use channels::{Courier, CourierConfig};
use serde::Serialize;
use service::{Clock, Service, Store};
use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::timeout;
use url::Url;

/// The shortest token that nobody guesses.
const SHORTEST_TOKEN: usize = 16;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was tried, and what came of it.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub what: String,
    pub ok: bool,
    pub detail: String,
}

impl Check {
    fn new(what: &str, result: Result<String, String>) -> Self {
        let ok = result.is_ok();
        let detail = result.unwrap_or_else(|wrong| wrong);
        Self { what: what.to_owned(), ok, detail }
    }
}

/// Tries everything.
pub(super) async fn all(database: &DatabaseConfig, config: &ServeConfig) -> Vec<Check> {
    let data = &database.data_dir;
    let mut checks = vec![
        Check::new("database", try_database(database).await),
        Check::new("data folder", writable(data)),
        Check::new("compiled pages", site(&config.site)),
        Check::new("public URL", public_url(config)),
        Check::new("secret key", secret_key(config, data)),
        Check::new("email", email(config).await),
        Check::new("metrics", metrics_token(config)),
    ];
    if let Some(endpoint) = &config.log.otlp_endpoint {
        checks
            .push(Check::new("traces", http_url(endpoint).map(|url| format!("are sent to {url}"))));
    }
    checks
}

async fn try_database(config: &DatabaseConfig) -> Result<String, String> {
    let Some(url) = &config.database_url else {
        let programs = private_postgres::find_binaries().map_err(|error| error.to_string())?;
        return Ok(format!("a private one, run by the programs in {}", programs.display()));
    };
    // What is wrong with the URL can quote it, with its password.
    let store = Store::open(url).map_err(|_| "DATABASE_URL can't be read".to_owned())?;
    let service = Service::new(store, Clock::Database);
    let missing = timeout(PATIENCE, service.missing_migrations()).await;
    match missing.map_err(|_| format!("does not answer within {PATIENCE:?}"))? {
        Ok(0) => Ok("answers, and its schema is up to date".to_owned()),
        Ok(missing) => Ok(format!(
            "answers; {missing} migrations are missing, which `allot migrate` or the next start makes"
        )),
        Err(error) => Err(format!("does not answer: {error}")),
    }
}

/// Whether files can be made in a folder, or in the one that it would be made in.
fn writable(folder: &Path) -> Result<String, String> {
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let probe = existing.join(format!(".allot-check-{}", uuid::Uuid::now_v7()));
    let made = OpenOptions::new().write(true).create_new(true).open(&probe);
    made.map_err(|error| format!("{} can't be written to: {error}", existing.display()))?;
    fs::remove_file(&probe).map_err(|error| format!("{}: {error}", probe.display()))?;
    let made = if existing == folder { "is there" } else { "will be made" };
    Ok(format!("{} {made}", folder.display()))
}

fn site(folder: &Path) -> Result<String, String> {
    let pages = folder.join("pkg");
    if pages.is_dir() {
        return Ok(folder.display().to_string());
    }
    Err(format!("{} does not exist: pages would have no style and no script", pages.display()))
}

fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text} can't be read: {error}"))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(format!("{text} must begin with http:// or https://"))
    }
}

fn public_url(config: &ServeConfig) -> Result<String, String> {
    let url = http_url(&config.public_url())?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "{url} must end with its host and port: Allot lives at the root of it"
        ));
    }
    let is_open = !config.listen.ip().is_loopback();
    if is_open && url.scheme() == "http" {
        return Ok(format!("{url}; without TLS, anybody on the way reads keys and passwords"));
    }
    Ok(url.into())
}

fn secret_key(config: &ServeConfig, data: &Path) -> Result<String, String> {
    if let Some(keys) = &config.messages.secret_key {
        let keys = messages::given(keys).map_err(|error| error.to_string())?;
        return Ok(format!("{} given", keys.len()));
    }
    let file: PathBuf = data.join(messages::KEY_FILE);
    if !file.exists() {
        return writable(data).map(|_| format!("{} will be made", file.display()));
    }
    messages::read(&file).map(|_| file.display().to_string()).map_err(|error| error.to_string())
}

async fn email(config: &ServeConfig) -> Result<String, String> {
    let courier = Courier::new(CourierConfig {
        smtp_url: config.messages.smtp_url.clone(),
        mail_from: config.messages.mail_from.clone(),
        ..CourierConfig::default()
    });
    let courier = courier.map_err(|error| error.to_string())?;
    courier.reach_mail_server().await.map_err(|why| format!("the mail server refuses: {why}"))?;
    match (&config.messages.smtp_url, &config.messages.mail_dir) {
        (Some(_), _) => Ok("the mail server answers".to_owned()),
        (None, Some(folder)) => {
            writable(folder).map(|folder| format!("kept in a folder: {folder}"))
        }
        (None, None) => Ok("none is sent".to_owned()),
    }
}

fn metrics_token(config: &ServeConfig) -> Result<String, String> {
    match &config.metrics_token {
        None => Ok("for programs on this machine only".to_owned()),
        Some(token) if token.len() < SHORTEST_TOKEN => {
            Err(format!("ALLOT_METRICS_TOKEN must have at least {SHORTEST_TOKEN} characters"))
        }
        Some(_) => Ok("for whoever has the token".to_owned()),
    }
}
