//! `cargo xtask replay`: sends what real users did to a real server, from many connections at
//! once, and holds what it decided against what it was asked.

mod plan;
mod report;
mod sending;

use std::env;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use allot_client::{Client, Key, Retries};
use anyhow::{Context, Result, bail};
use private_postgres::PrivatePostgres;
use serde_json::{Value, json};
use tokio::runtime::{self, Runtime};

use crate::database;
use crate::process;
use crate::server::{self, Server};
use crate::site::Variant;
use crate::steps::Steps;
use crate::workspace::target;
use plan::{MEMBERS, OPERATIONS};
use report::Tally;
use sending::Sending;

/// How long a call is sent again: long enough for a server to be killed and started.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long one attempt waits for its answer.
const ATTEMPT: Duration = Duration::from_secs(30);
/// How often it is looked for a signal to stop.
const GLANCE: Duration = Duration::from_millis(100);

/// What the command line asks for.
pub(crate) struct Options {
    /// The rows to replay.
    pub(crate) file: PathBuf,
    /// Builds the server quickly instead of well.
    pub(crate) dev: bool,
    /// A server that runs already, and a key of an organization there.
    pub(crate) existing: Option<(String, String)>,
    /// Where to note each consumption as soon as it is acknowledged.
    pub(crate) acknowledged: Option<PathBuf>,
    /// Names the idempotency keys: the same run again must change nothing.
    pub(crate) run: Option<String>,
    /// How many calls are under way at any time.
    pub(crate) connections: usize,
}

/// Where the calls go, and what has to stay alive meanwhile.
struct Destination {
    url: String,
    api_key: String,
    /// The command line of the server, unless it is somebody else's.
    allot: Option<Allot>,
    // In this order, because the server goes before its database.
    _server: Option<Server>,
    _postgres: Option<PrivatePostgres>,
}

struct Allot {
    binary: PathBuf,
    database_url: String,
}

/// Replays a file; an error says in what the server and the file disagree.
pub(crate) fn replay(options: &Options) -> Result<()> {
    let text = fs::read_to_string(&options.file)
        .with_context(|| format!("reading {}", options.file.display()))?;
    let tokens = plan::parse(&text).with_context(|| options.file.display().to_string())?;
    let run = options.run.clone().map_or_else(new_run, Ok)?;
    println!("{} rows, run {run}", tokens.len());

    let mut steps = Steps::new(if options.existing.is_some() { 3 } else { 5 });
    let destination = match &options.existing {
        Some((url, api_key)) => existing(url, api_key),
        None => start(&mut steps, options.dev, &run)?,
    };
    // One for all calls, because the connections belong to it.
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let client = client(&destination)?;
    let members: Vec<String> =
        (1..=MEMBERS).map(|number| format!("member-{number:02}-{run}@example.test")).collect();
    steps.run("Set limits", || wait(&runtime, set_up(&client, &run, &members, tokens.len())))?;

    let acknowledged = options.acknowledged.as_deref().map(open_to_append).transpose()?;
    let (rows, connections) = (tokens.len(), options.connections);
    let sending = Arc::new(Sending { client: client.clone(), run, members, tokens, acknowledged });
    let (mut tallies, decisions_a_second) =
        steps.run("Send the calls", || wait(&runtime, sending.send_all(connections)))?;

    println!();
    for (operation, tally) in OPERATIONS.iter().zip(&mut tallies) {
        tally.print(operation);
    }
    if client.sent_again() > 0 {
        println!("  {} calls were sent again", client.sent_again());
    }
    println!("  {decisions_a_second:.0} decisions a second over {connections} connections");
    let usage: Value = wait(&runtime, async { Ok(client.get("/api/usage").await?) })?;
    println!("  usage: {usage}\n");
    steps.run("Verify", || {
        check(&tallies, rows)?;
        destination.allot.as_ref().map_or(Ok(()), Allot::verify)
    })
}

/// Waits for the end of some work, or for a signal to stop.
fn wait<T>(runtime: &Runtime, work: impl Future<Output = Result<T>>) -> Result<T> {
    let interrupted = async {
        loop {
            process::fail_if_interrupted()?;
            tokio::time::sleep(GLANCE).await;
        }
    };
    runtime.block_on(async {
        tokio::select! {
            result = work => result,
            error = interrupted => error,
        }
    })
}

fn client(destination: &Destination) -> Result<Client> {
    let retries = Retries { budget: PATIENCE, attempt: ATTEMPT, ..Retries::default() };
    let builder = Client::builder(&destination.url, &destination.api_key);
    Ok(builder.retries(retries).no_proxy().build()?)
}

fn existing(url: &str, api_key: &str) -> Destination {
    Destination {
        url: url.to_owned(),
        api_key: api_key.to_owned(),
        allot: None,
        _server: None,
        _postgres: None,
    }
}

fn start(steps: &mut Steps, dev: bool, run: &str) -> Result<Destination> {
    let variant = Variant::of(!dev);
    let binary = steps.run("Build the server", || server::build(variant))?;
    steps.run("Start the database and the server", || {
        let (postgres, database_url) = if let Ok(url) = env::var("DATABASE_URL") {
            (None, url)
        } else {
            let postgres = database::acquire("replay")?;
            let url = postgres.url().to_owned();
            (Some(postgres), url)
        };
        let mut serve = server::serve(&binary, variant);
        serve.env("DATABASE_URL", &database_url);
        let server = Server::start(&mut serve, &target().join("replay.log"))?;
        let allot = Allot { binary, database_url };
        Ok(Destination {
            url: server.url.clone(),
            api_key: allot.create_organization(run)?,
            allot: Some(allot),
            _server: Some(server),
            _postgres: postgres,
        })
    })
}

impl Allot {
    fn command(&self) -> Command {
        let mut allot = Command::new(&self.binary);
        allot.env("DATABASE_URL", &self.database_url);
        allot
    }

    /// Returns a key of the new organization.
    fn create_organization(&self, run: &str) -> Result<String> {
        let mut create = self.command();
        create.args(["organization", "create", "--name", "Replay", "--plan", "enterprise"]);
        create.args(["--time-zone", "Europe/Berlin", "--currency", "EUR", "--json", "--admin"]);
        create.arg(format!("replay-{run}@example.test"));
        let created: Value = serde_json::from_str(&process::capture(&mut create)?)?;
        let key = created["api_key"].as_str().context("the new organization has no `api_key`")?;
        Ok(key.to_owned())
    }

    fn verify(&self) -> Result<()> {
        process::run(self.command().args(["verify", "--json"]))
    }
}

/// Makes the members, and limits that some of the calls run into.
async fn set_up(client: &Client, run: &str, members: &[String], rows: usize) -> Result<()> {
    let settings = json!({
        "cycle": {"kind": "monthly"}, "limit": 15_000, "set_aside": true, "packs_extend": true,
    });
    client.put::<Value>("/api/v1/credit-settings", &settings).await?;
    let mut ids = Vec::new();
    for (index, email) in members.iter().enumerate() {
        let name = format!("Member {}", index + 1);
        let member = json!({"email": email, "name": name, "status": "active"});
        let key = Key::new(&format!("{run}-member-{index}"))?;
        let made: Value = client.post("/api/v1/members", &key, &member).await?;
        ids.push(made["id"].as_str().context("a new member has no `id`")?.to_owned());
    }
    for (member, amount) in plan::credit_limits(rows) {
        let path = format!("/api/v1/members/{}/credit-limit", ids[member]);
        client.put::<Value>(&path, &json!({"kind": "credits", "amount": amount})).await?;
    }
    Ok(())
}

fn check(tallies: &[Tally], rows: usize) -> Result<()> {
    for (operation, tally) in OPERATIONS.iter().zip(tallies) {
        let decided = tally.decided();
        if decided != rows as u64 {
            bail!("{decided} calls of {operation} were decided instead of {rows}");
        }
    }
    Ok(())
}

fn open_to_append(path: &Path) -> Result<Mutex<File>> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    Ok(Mutex::new(file.with_context(|| format!("writing {}", path.display()))?))
}

fn new_run() -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(format!("{:x}", now.as_millis()))
}
