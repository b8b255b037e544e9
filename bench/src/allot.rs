//! Allot as it is measured: the release binary, and organizations made over its API.

use std::path::PathBuf;
use std::process::Stdio;

use allot_client::{Client, Key};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::answer;
use crate::database::{Cluster, WORK};
use crate::load::{Target, Traffic};
use crate::process::{Server, client};

/// So much that no limit is hit.
const PLENTY: i64 = 1_000_000_000_000;
/// The allowance pays for the first requests of each arm, packs for the others.
const ALLOWANCE: i64 = 1000;

/// Seals the secrets of channels; 32 bytes in base64.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Where the program is, and where its logs go.
pub(crate) struct Allot {
    pub(crate) binary: PathBuf,
    pub(crate) logs: PathBuf,
}

/// Organizations in a database that is copied for each arm.
pub(crate) struct Installation {
    pub(crate) database: &'static str,
    pub(crate) organizations: Vec<Organization>,
}

#[derive(Clone)]
pub(crate) struct Organization {
    pub(crate) api_key: String,
    /// The members that requests name.
    pub(crate) members: Vec<String>,
}

impl Allot {
    /// `allot serve` on a database. The key is one of an organization there.
    pub(crate) async fn serve(&self, url: &str, api_key: &str) -> Result<Server> {
        let command = |address| {
            let mut command = self.command(url);
            command.arg("serve").env("ALLOT_LISTEN", format!("{address}"));
            // Channels lead to this machine, and no file is made for a key.
            command.env("ALLOT_ALLOW_PRIVATE_ADDRESSES", "true").env("ALLOT_SECRET_KEY", KEY);
            command
        };
        Server::start(command, api_key, &self.logs.join("bench-allot.log")).await
    }

    fn command(&self, url: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.env("DATABASE_URL", url).env_remove("ALLOT_DEMO");
        command
    }

    /// What the command line prints as JSON.
    pub(crate) async fn print(&self, url: &str, arguments: &[&str]) -> Result<Value> {
        let mut command = self.command(url);
        command.args(arguments).arg("--json").stdin(Stdio::null());
        let output = command.output().await?;
        if !output.status.success() {
            let text = [output.stdout, output.stderr].concat();
            bail!("`allot {}`: {}", arguments.join(" "), String::from_utf8_lossy(&text).trim());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Makes organizations with that many members and subtenants each, and a limit of each period
    /// on each level.
    pub(crate) async fn install(
        &self,
        cluster: &Cluster,
        database: &'static str,
        organizations: usize,
        (subtenants, members): (usize, usize),
    ) -> Result<Installation> {
        let url = cluster.fresh(database).await?;
        self.print(&url, &["migrate"]).await?;
        let plan =
            format!("UPDATE plans SET monthly_credits = {ALLOWANCE} WHERE code = 'enterprise'");
        cluster.execute(database, plan).await?;
        let mut made = Vec::new();
        for number in 0..organizations {
            made.push(self.create_organization(&url, number).await?);
        }
        let server = self.serve(&url, &made[0]).await?;
        let mut installation = Installation { database, organizations: Vec::new() };
        for (number, api_key) in made.into_iter().enumerate() {
            let client = client(&server.url, &api_key)?;
            let members = set_up(&client, number, subtenants, members)
                .await
                .with_context(|| format!("setting up organization {number}"))?;
            installation.organizations.push(Organization { api_key, members });
        }
        server.stop().await?;
        Ok(installation)
    }

    /// Returns a key of the new organization, which has a pack.
    async fn create_organization(&self, url: &str, number: usize) -> Result<String> {
        let admin = format!("admin-{number}@bench.test");
        let mut arguments = vec!["organization", "create", "--name", "Bench", "--plan"];
        arguments.extend(["enterprise", "--time-zone", "UTC", "--currency", "EUR"]);
        arguments.extend(["--admin", &admin]);
        let created = self.print(url, &arguments).await?;
        let id = text(&created, "organization_id")?;
        let credits = PLENTY.to_string();
        let grant = ["pack", "grant", "--organization", &id, "--credits", &credits];
        self.print(url, &grant).await?;
        text(&created, "api_key")
    }

    /// Fails where an answer of Allot is not about as long as those of the other servers: reading
    /// it is a part of what is measured.
    pub(crate) async fn compare_answers(
        &self,
        cluster: &Cluster,
        installation: &Installation,
    ) -> Result<()> {
        let url = cluster.copy(installation.database, WORK).await?;
        let organization = &installation.organizations[0];
        let server = self.serve(&url, &organization.api_key).await?;
        let body = json!({
            "member": organization.members[0], "operation": "prospect_search", "quantity": 1,
        });
        let client = client(&server.url, &organization.api_key)?;
        let answer: Value = client.post("/api/v1/consume", &Key::random(), &body).await?;
        server.stop().await?;
        let (ours, others) =
            (answer.to_string().len(), serde_json::to_vec(&answer::sample())?.len());
        println!("An answer of Allot has {ours} bytes, one of the other servers {others}");
        if ours.abs_diff(others) > ours / 5 {
            bail!("the answers differ too much to be compared: {answer}");
        }
        Ok(())
    }
}

impl Installation {
    pub(crate) fn traffic(&self, url: &str) -> Result<Traffic> {
        let target = |organization: &Organization| -> Result<Target> {
            let client = client(url, &organization.api_key)?;
            Ok(Target { client, members: organization.members.clone() })
        };
        Ok(Traffic::new(self.organizations.iter().map(target).collect::<Result<_>>()?))
    }
}

/// Returns the emails of the members.
async fn set_up(
    client: &Client,
    number: usize,
    subtenants: usize,
    members: usize,
) -> Result<Vec<String>> {
    let settings = json!({
        "cycle": {"kind": "monthly"}, "limit": ALLOWANCE, "set_aside": true, "packs_extend": true,
    });
    client.put::<Value>("/api/v1/credit-settings", &settings).await?;
    limit(client, &json!({})).await?;
    let mut ids = Vec::new();
    for place in 0..subtenants {
        let name = json!({"name": format!("Subtenant {place}")});
        let id = create(client, "/api/v1/subtenants", &name).await?;
        limit(client, &json!({"subtenant": id})).await?;
        ids.push(id);
    }
    let mut emails = Vec::new();
    for place in 0..members {
        let email = format!("member-{place}-{number}@bench.test");
        let subtenant = &ids[place % ids.len()];
        let member = json!({
            "email": email, "name": format!("Member {place}"), "subtenant": subtenant,
            "status": "active",
        });
        let id = create(client, "/api/v1/members", &member).await?;
        limit(client, &json!({"member": id})).await?;
        emails.push(email);
    }
    Ok(emails)
}

/// Sets a limit of each period on an organization or on a part of it.
pub(crate) async fn limit(client: &Client, scope: &Value) -> Result<()> {
    let mut quota = json!({
        "meter": "credits", "daily": PLENTY, "monthly": PLENTY, "yearly": PLENTY,
    });
    for (name, id) in scope.as_object().into_iter().flatten() {
        quota[name] = id.clone();
    }
    client.post::<Value>("/api/v1/quotas", &Key::random(), &quota).await?;
    Ok(())
}

/// Returns the id of what was made.
async fn create(client: &Client, path: &str, body: &Value) -> Result<String> {
    text(&client.post(path, &Key::random(), body).await?, "id")
}

fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value[name].as_str().with_context(|| format!("no `{name}` in {value}"))?.to_owned())
}
