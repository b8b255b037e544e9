//! The operator's command line. Every command takes `--json`.

mod catalogue;
mod check;
mod configuration;
mod operator;
mod organization;
mod pack;
mod plan_requests;

use crate::{
    config::{self, DatabaseConfig, ServeConfig},
    database::Database,
    http, serve,
};
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use domain::{input::Invalid, plans::parse_or_unlimited};
use plan_requests::PlanRequestCommand;
use serde::Serialize;
use serde_json::json;
use std::{net::SocketAddr, process::ExitCode, str::FromStr};

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
    #[command(flatten)]
    Stored(Box<StoredCommand>),
    /// Print the document that describes the API (`OpenAPI` 3.1).
    #[command(name = "openapi")]
    OpenApi,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(configuration::ConfigCommand),
}

/// What takes a database.
#[derive(Debug, Subcommand)]
enum StoredCommand {
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
    /// Manage those who run the installation.
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Answer organizations that ask for another plan.
    PlanRequest {
        #[command(subcommand)]
        command: PlanRequestCommand,
    },
    /// Manage organizations.
    #[command(subcommand)]
    Organization(organization::OrganizationCommand),
    /// Manage credit packs.
    #[command(subcommand)]
    Pack(pack::PackCommand),
    /// Manage plans and their limits.
    #[command(subcommand)]
    Plan(catalogue::PlanCommand),
    /// Manage operations.
    #[command(subcommand)]
    Operation(catalogue::OperationCommand),
    /// Manage what operations cost.
    #[command(subcommand)]
    Price(catalogue::PriceCommand),
    /// Manage meters.
    #[command(subcommand)]
    Meter(catalogue::MeterCommand),
}

/// Where people reach the server, for links that are printed.
#[derive(Args, Debug)]
struct Address {
    /// The address that the server listens on, for the sign-in link.
    #[arg(long, env = "ALLOT_LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// URL under which people reach the server, for the sign-in link.
    #[arg(long, env = "ALLOT_PUBLIC_URL")]
    public_url: Option<String>,
}

impl Address {
    fn url(&self) -> String {
        config::public_url(self.public_url.as_deref(), self.listen)
    }
}

/// A whole number, or `unlimited`.
#[derive(Clone, Copy, Debug)]
struct OrUnlimited(Option<i64>);

impl FromStr for OrUnlimited {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse_or_unlimited("number", text).map(Self)
    }
}

/// Prints the answer of a command.
fn answer(as_json: bool, answer: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(answer)?);
    } else {
        println!("{}", text());
    }
    Ok(())
}

/// Lines of columns as wide as their widest cell.
fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let line = |row: &[String; N]| {
        let cells = row.iter().enumerate();
        let cells: Vec<String> = cells
            .map(|(column, cell)| format!("{cell:<width$}", width = width(column).unwrap_or(0)))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<String>>().join("\n")
}

fn or_unlimited(number: Option<i64>) -> String {
    number.map_or("unlimited".to_owned(), |number| number.to_string())
}

impl Cli {
    /// Carries out the command.
    pub async fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::OpenApi => print_api(),
            Command::Config(command) => command.run(&self.database, self.json).await,
            Command::Stored(command) => command.run(&self.database, self.json).await,
        }
    }
}

impl StoredCommand {
    async fn run(self, config: &DatabaseConfig, json: bool) -> Result<ExitCode> {
        let database = Database::open(config).await?;
        let service = &database.service;
        let result = match self {
            Self::Serve(serve) => return serve::serve(database, serve, &config.data_dir).await,
            Self::Migrate => Ok(migrate(json)),
            Self::Verify => verify(&database, json).await,
            Self::Rebuild { dry_run } => rebuild(&database, dry_run, json).await,
            Self::Operator(command) => done(command.run(service, json).await),
            Self::Organization(command) => done(command.run(service, json).await),
            Self::Pack(command) => done(command.run(service, json).await),
            Self::Plan(command) => done(command.run(service, json).await),
            Self::Operation(command) => done(command.run(service, json).await),
            Self::Price(command) => done(command.run(service, json).await),
            Self::Meter(command) => done(command.run(service, json).await),
            Self::PlanRequest { command } => command.run(service, json).await,
        };
        database.close().await?;
        result
    }
}

fn done(result: Result<()>) -> Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

/// What the API is needs no database to be said.
fn print_api() -> Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(&http::document())?);
    Ok(ExitCode::SUCCESS)
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
