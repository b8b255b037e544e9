//! Configuration: from the environment or the command line, with a default that works for each.

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tracing_subscriber::{EnvFilter, filter::ParseError};

/// Where the data is. Command line and server of one installation find the same database by the
/// same variables.
#[derive(Args, Clone, Debug)]
pub struct DatabaseConfig {
    /// URL of the `PostgreSQL` database; without it, a private one is started.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Folder in which the private database keeps its data.
    #[arg(long, env = "ALLOT_DATA_DIR", default_value_os_t = default_data_dir(), global = true)]
    pub data_dir: PathBuf,
}

/// How the server is reached.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    /// Address to listen on.
    #[arg(long, env = "ALLOT_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// URL under which people reach the server; `http://` and the address, if not given. One that
    /// begins with `https://` makes cookies secure.
    #[arg(long, env = "ALLOT_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Make the demo organization, with one login per role.
    #[arg(long, env = "ALLOT_DEMO", value_parser = clap::builder::BoolishValueParser::new(),
        default_value = "false", num_args = 0..=1, default_missing_value = "true")]
    pub demo: bool,
    /// Whole months of the ledger that stay attached, at least 62; all of them, if not given. Older
    /// ones are detached and stay as tables.
    #[arg(long, env = "ALLOT_LEDGER_MONTHS", value_parser = clap::value_parser!(u32).range(62..))]
    pub ledger_months: Option<u32>,
    /// Folder with the compiled pages; beside the folder of this program, if not given.
    #[arg(long, env = "ALLOT_SITE", default_value_os_t = default_site())]
    pub site: PathBuf,
    /// The most requests per second of one API key to this server, apart from all quotas; 0 is no limit,
    /// for requests without a valid key neither.
    #[arg(long, env = "ALLOT_REQUESTS_PER_SECOND", default_value_t = 20_000)]
    pub requests_per_second: u32,
    /// Token by which `/metrics` is read; without it only programs on the same machine may read it.
    #[arg(long, env = "ALLOT_METRICS_TOKEN", hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new())]
    pub metrics_token: Option<String>,
    /// Seconds for which the server still takes requests once it is told to stop, and says at `/readyz`
    /// that it is not ready.
    #[arg(long, env = "ALLOT_DRAIN_SECONDS", default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(..=300))]
    pub drain_seconds: u64,
    /// What is logged.
    #[command(flatten)]
    pub log: LogConfig,
    /// How messages leave.
    #[command(flatten)]
    pub messages: MessagesConfig,
}

/// What is logged and traced, and how.
#[derive(Args, Clone, Debug)]
pub struct LogConfig {
    /// What is logged, such as `info` (one line per request) or `service=debug`.
    #[arg(long, env = "ALLOT_LOG", default_value = "warn", value_parser = filter)]
    pub log: String,
    /// Whether people or programs read the log.
    #[arg(long, env = "ALLOT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Address of an OTLP receiver for traces, such as `http://127.0.0.1:4318`; without it there are none.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
}

/// In which form the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one object in each line.
    Json,
}

/// How messages to people and programs leave.
#[derive(Args, Clone, Debug)]
pub struct MessagesConfig {
    /// SMTP server that takes emails: `smtps://user:password@host`. Without it none are sent.
    #[arg(long, env = "ALLOT_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// From whom emails are.
    #[arg(long, env = "ALLOT_MAIL_FROM", default_value = "Allot <allot@localhost>")]
    pub mail_from: String,
    /// Folder for emails where there is no SMTP server; anyone can read them at `/dev/mail`. With
    /// the demo it is `mail` in the data folder, if not given.
    #[arg(long, env = "ALLOT_MAIL_DIR")]
    pub mail_dir: Option<PathBuf>,
    /// 32 random bytes in base64, by which secrets of channels are encrypted; `secret.key` in the data
    /// folder, if not given. Several, with commas between them: the first encrypts, all decrypt.
    #[arg(long, env = "ALLOT_SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<String>,
    /// Let channels lead to private addresses, and without TLS.
    #[arg(long, env = "ALLOT_ALLOW_PRIVATE_ADDRESSES",
        value_parser = clap::builder::BoolishValueParser::new(),
        default_value = "false", num_args = 0..=1, default_missing_value = "true")]
    pub allow_private_addresses: bool,
}

impl ServeConfig {
    /// The URL under which people reach the server, without a slash at the end.
    pub fn public_url(&self) -> String {
        public_url(self.public_url.as_deref(), self.listen)
    }

    /// Whether people reach the server over TLS.
    pub fn is_secure(&self) -> bool {
        self.public_url().starts_with("https://")
    }
}

/// The URL under which people reach the server, without a slash at the end.
pub fn public_url(given: Option<&str>, listen: SocketAddr) -> String {
    given.map_or_else(|| format!("http://{listen}"), |url| url.trim_end_matches('/').to_owned())
}

/// Refuses a filter that the log can't be held by.
fn filter(text: &str) -> Result<String, ParseError> {
    EnvFilter::try_new(text).map(|_| text.to_owned())
}

/// `/var/lib/allot` for root; else the folder where programs keep a user's data.
fn default_data_dir() -> PathBuf {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    match (variable("XDG_DATA_HOME"), variable("HOME")) {
        (_, Some(home)) if home == Path::new("/root") => PathBuf::from("/var/lib/allot"),
        (Some(data), _) => data.join("allot"),
        (None, Some(home)) => home.join(".local/share/allot"),
        (None, None) => PathBuf::from("/var/lib/allot"),
    }
}

/// `target/site` for a program in `target/debug`: where the build puts it.
fn default_site() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let folder = program.parent().and_then(Path::parent).unwrap_or(Path::new(""));
    folder.join("site")
}
