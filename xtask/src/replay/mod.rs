//! `cargo xtask replay`: sends what real users did to a real server, from many connections at
//! once, and holds what it decided against what it was asked.

mod client;
mod plan;
mod report;

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use private_postgres::PrivatePostgres;
use serde_json::{Value, json};

use crate::database;
use crate::process;
use crate::server::{self, Server};
use crate::site::Variant;
use crate::steps::Steps;
use crate::workspace::target;
use client::Client;
use plan::{Call, MEMBERS, OPERATIONS};
use report::Tally;

const CONNECTIONS: usize = 16;

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
    let client = Client::new(&destination.url, &destination.api_key);
    let members: Vec<String> =
        (1..=MEMBERS).map(|number| format!("member-{number:02}-{run}@example.test")).collect();
    steps.run("Set limits", || set_up(&client, &run, &members, tokens.len()))?;

    let acknowledged = options.acknowledged.as_deref().map(open_to_append).transpose()?;
    let sending = Sending { destination: &destination, run: &run, members, tokens, acknowledged };
    let (mut tallies, decisions_a_second) = steps.run("Send the calls", || sending.send_all())?;

    println!();
    for (operation, tally) in OPERATIONS.iter().zip(&mut tallies) {
        tally.print(operation);
    }
    println!("  {decisions_a_second:.0} decisions a second over {CONNECTIONS} connections");
    let usage = client.succeed("GET", "/api/usage", None, &Value::Null)?;
    println!("  usage: {usage}\n");
    steps.run("Verify", || {
        check(&tallies, sending.tokens.len())?;
        destination.allot.as_ref().map_or(Ok(()), Allot::verify)
    })
}

fn existing(url: &str, api_key: &str) -> Destination {
    Destination {
        url: url.trim_end_matches('/').to_owned(),
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
fn set_up(client: &Client, run: &str, members: &[String], rows: usize) -> Result<()> {
    let settings = json!({
        "cycle": {"kind": "monthly"}, "limit": 15_000, "set_aside": true, "packs_extend": true,
    });
    client.succeed("PUT", "/api/v1/credit-settings", None, &settings)?;
    let mut ids = Vec::new();
    for (index, email) in members.iter().enumerate() {
        let name = format!("Member {}", index + 1);
        let member = json!({"email": email, "name": name, "status": "active"});
        let key = format!("{run}-member-{index}");
        let made = client.succeed("POST", "/api/v1/members", Some(&key), &member)?;
        ids.push(made["id"].as_str().context("a new member has no `id`")?.to_owned());
    }
    for (member, amount) in plan::credit_limits(rows) {
        let path = format!("/api/v1/members/{}/credit-limit", ids[member]);
        client.succeed("PUT", &path, None, &json!({"kind": "credits", "amount": amount}))?;
    }
    Ok(())
}

/// What the connections share.
struct Sending<'a> {
    destination: &'a Destination,
    run: &'a str,
    members: Vec<String>,
    tokens: Vec<i64>,
    acknowledged: Option<Mutex<File>>,
}

impl Sending<'_> {
    /// Returns what came of each operation, and how many decisions there were in a second.
    fn send_all(&self) -> Result<(Vec<Tally>, f64)> {
        let next = AtomicUsize::new(0);
        let begin = Instant::now();
        let results: Vec<Result<Vec<Tally>>> = thread::scope(|scope| {
            let connections: Vec<_> =
                (0..CONNECTIONS).map(|_| scope.spawn(|| self.work(&next))).collect();
            connections
                .into_iter()
                .map(|connection| {
                    connection.join().unwrap_or_else(|_| Err(anyhow!("a connection panicked")))
                })
                .collect()
        });
        let seconds = begin.elapsed().as_secs_f64();
        let mut sums = vec![Tally::default(); OPERATIONS.len()];
        for tallies in results {
            for (sum, tally) in sums.iter_mut().zip(tallies?) {
                sum.add(tally);
            }
        }
        let decided: u64 = sums.iter().map(Tally::decided).sum();
        #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
        let rate = decided as f64 / seconds;
        Ok((sums, rate))
    }

    /// Takes calls as long as there are any.
    fn work(&self, next: &AtomicUsize) -> Result<Vec<Tally>> {
        let client = Client::new(&self.destination.url, &self.destination.api_key);
        let mut tallies = vec![Tally::default(); OPERATIONS.len()];
        while let Some(call) = plan::call(&self.tokens, next.fetch_add(1, Ordering::Relaxed)) {
            self.send(&client, call, &mut tallies[call.operation])?;
        }
        Ok(tallies)
    }

    fn send(&self, client: &Client, call: Call, tally: &mut Tally) -> Result<()> {
        let operation = OPERATIONS[call.operation];
        let key = format!("{}-{}-{operation}", self.run, call.row);
        let body = json!({
            "member": self.members[call.member], "operation": operation, "quantity": call.quantity,
        });
        let begin = Instant::now();
        let answer = client.send("POST", "/api/v1/consume", Some(&key), &body)?;
        tally.time(begin.elapsed(), answer.retried);
        match answer.status {
            200 => {
                tally.allow();
                self.acknowledge(&answer.body, &key)
            }
            429 if answer.body["code"] == "QUOTA_EXCEEDED" => {
                tally.refuse(&answer.body);
                Ok(())
            }
            status => {
                let code = answer.body["code"].as_str().unwrap_or("without a code");
                tally.fail(format!("{status} {code}"));
                Ok(())
            }
        }
    }

    /// Notes what the server has promised to remember, in one write: whoever is killed now, or
    /// kills the server, finds whole lines.
    fn acknowledge(&self, body: &Value, key: &str) -> Result<()> {
        let Some(file) = &self.acknowledged else {
            return Ok(());
        };
        let id = body["consumption_id"].as_str().context("an answer has no `consumption_id`")?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{id} {key}\n").as_bytes())?;
        Ok(())
    }
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
