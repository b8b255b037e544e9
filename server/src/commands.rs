//! The operator's command line. Every command takes `--json`.

mod plan_requests;

use crate::{
    config::{self, DatabaseConfig, ServeConfig},
    database::Database,
    serve,
};
use anyhow::Result;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use domain::{
    amount::Quantity,
    ids::OrganizationId,
    input::{Code, Currency, Email, Name},
    period::TimeZone,
};
use plan_requests::PlanRequestCommand;
use serde_json::json;
use service::NewOrganization;
use std::{net::SocketAddr, process::ExitCode};
use uuid::Uuid;

/// The quota system: decides whether a metered operation may go ahead, and records it.
#[derive(Debug, Parser)]
#[command(name = "allot", version)]
pub struct Cli {
    #[command(flatten)]
    database: DatabaseConfig,
    /// Answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the web app and the API.
    Serve(ServeConfig),
    /// Bring the database's schema up to date.
    Migrate,
    /// Check that all balances agree with the ledger and that no limit was ever passed.
    Verify,
    /// Put balances right, by the ledger, after saying what is wrong with them.
    Rebuild {
        /// Only say what is wrong.
        #[arg(long)]
        dry_run: bool,
    },
    /// Manage credit packs.
    Pack {
        #[command(subcommand)]
        command: PackCommand,
    },
    /// Answer organizations that ask for another plan.
    PlanRequest {
        #[command(subcommand)]
        command: PlanRequestCommand,
    },
    /// Manage organizations.
    Organization {
        #[command(subcommand)]
        command: OrganizationCommand,
    },
}

#[derive(Debug, Subcommand)]
enum OrganizationCommand {
    /// Make an organization with its first administrator and an API key.
    Create(CreateOrganization),
}

#[derive(Debug, Subcommand)]
enum PackCommand {
    /// Give an organization credits on top of its plan's allowance.
    Grant(GrantPack),
}

#[derive(Args, Debug)]
struct GrantPack {
    /// The organization's id.
    #[arg(long)]
    organization: Uuid,
    /// How many credits.
    #[arg(long)]
    credits: i64,
    /// The last day on which they can be used, in the organization's time zone; else they never
    /// end.
    #[arg(long)]
    ends: Option<NaiveDate>,
    /// The name of whoever bought them.
    #[arg(long)]
    bought_by: Option<Name>,
}

#[derive(Args, Debug)]
struct CreateOrganization {
    /// Its name.
    #[arg(long)]
    name: Name,
    /// Its plan, such as starter, team or enterprise.
    #[arg(long)]
    plan: Code,
    /// The IANA time zone in which its days begin.
    #[arg(long, default_value = "UTC")]
    time_zone: TimeZone,
    /// Its currency as an ISO 4217 code.
    #[arg(long, default_value = "EUR")]
    currency: Currency,
    /// The email of its first tenant administrator.
    #[arg(long)]
    admin: Email,
    /// The address that the server listens on, for the sign-in link.
    #[arg(long, env = "ALLOT_LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// URL under which people reach the server, for the sign-in link.
    #[arg(long, env = "ALLOT_PUBLIC_URL")]
    public_url: Option<String>,
}

impl Cli {
    /// Carries out the command.
    pub async fn run(self) -> Result<ExitCode> {
        let database = Database::open(&self.database).await?;
        let result = match self.command {
            Command::Serve(config) => return serve::serve(database, config).await,
            Command::Migrate => Ok(migrate(self.json)),
            Command::Verify => verify(&database, self.json).await,
            Command::Rebuild { dry_run } => rebuild(&database, dry_run, self.json).await,
            Command::Pack { command: PackCommand::Grant(pack) } => {
                grant_pack(&database, pack, self.json).await
            }
            Command::PlanRequest { command } => command.run(&database.service, self.json).await,
            Command::Organization { command: OrganizationCommand::Create(new) } => {
                create_organization(&database, new, self.json).await
            }
        };
        database.close().await?;
        result
    }
}

/// Opening the database has migrated it.
fn migrate(as_json: bool) -> ExitCode {
    if as_json {
        println!("{}", json!({"migrated": true}));
    } else {
        println!("The schema is up to date.");
    }
    ExitCode::SUCCESS
}

async fn verify(database: &Database, as_json: bool) -> Result<ExitCode> {
    let result = database.service.verify().await?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        for text in &result.disagreements {
            println!("{text}");
        }
        println!(
            "{} organizations, {} ledger entries, {} disagreements",
            result.organizations,
            result.entries,
            result.disagreements.len()
        );
    }
    Ok(if result.agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn rebuild(database: &Database, dry_run: bool, as_json: bool) -> Result<ExitCode> {
    let result = database.service.rebuild(!dry_run).await?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        for text in &result.differences {
            println!("{text}");
        }
        let (organizations, found) = (result.organizations, result.differences.len());
        let done = if dry_run { "found" } else { "found and put right" };
        println!("{organizations} organizations, {found} differences {done}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn grant_pack(database: &Database, pack: GrantPack, as_json: bool) -> Result<ExitCode> {
    let credits = Quantity::parse("credits", pack.credits)?;
    let organization = OrganizationId(pack.organization);
    let granted =
        database.service.grant_pack(organization, credits, pack.ends, pack.bought_by).await?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&granted)?);
    } else {
        let ends = granted.ends_at.map_or("never ends".to_owned(), |end| format!("ends at {end}"));
        println!("Pack {} of {} credits, {ends}", granted.pack_id, pack.credits);
    }
    Ok(ExitCode::SUCCESS)
}

async fn create_organization(
    database: &Database,
    new: CreateOrganization,
    as_json: bool,
) -> Result<ExitCode> {
    let base = config::public_url(new.public_url.as_deref(), new.listen);
    let created = database
        .service
        .create_organization(NewOrganization {
            name: new.name,
            plan: new.plan,
            currency: new.currency,
            time_zone: new.time_zone,
            admin: new.admin,
        })
        .await?;
    let sign_in_url = format!("{base}/sign-in/{}", created.sign_in_token);
    if as_json {
        let answer = json!({
            "organization_id": created.id,
            "api_key": created.api_key,
            "sign_in_url": sign_in_url,
        });
        println!("{answer:#}");
    } else {
        println!("Organization {}", created.id);
        println!("API key      {} (shown only now)", created.api_key);
        println!("Sign in      {sign_in_url} (once, within a day)");
    }
    Ok(ExitCode::SUCCESS)
}
