//! The benchmark: Allot against an endpoint without a database and against a naive handler, all
//! driven by the same load over the client that customers use. `cargo xtask bench` starts it.

mod allot;
mod answer;
mod arms;
mod ceiling;
mod database;
mod figures;
mod fill;
mod hanging;
mod load;
mod measured;
mod naive;
mod process;
mod report;
mod run;

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Result, bail};
use pico_args::Arguments;

const USAGE: &str = "\
Usage: bench COMMAND

  run --allot FILE --databases URL --output FILE [--quick] [--rounds N] [--only ARM]
                    measure everything; URL is that of a database, with DATABASE for its name
  ceiling ADDRESS   serve an endpoint without a database
  naive ADDRESS URL CONNECTIONS
                    serve a transaction per request
";

#[tokio::main]
async fn main() -> ExitCode {
    match command().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn command() -> Result<()> {
    let mut arguments = Arguments::from_env();
    match arguments.subcommand()?.as_deref() {
        Some("run") => run::run(&run_options(arguments)?).await,
        Some("ceiling") => {
            let address: SocketAddr = arguments.free_from_str()?;
            ceiling::serve(address).await
        }
        Some("naive") => {
            let address: SocketAddr = arguments.free_from_str()?;
            let url: String = arguments.free_from_str()?;
            naive::serve(address, &url, arguments.free_from_str()?).await
        }
        _ => bail!("{USAGE}"),
    }
}

fn run_options(mut arguments: Arguments) -> Result<run::Options> {
    let quick = arguments.contains("--quick");
    let rounds: Option<usize> = arguments.opt_value_from_str("--rounds")?;
    let only: Option<String> = arguments.opt_value_from_str("--only")?;
    let options = run::Options {
        allot: arguments.value_from_str("--allot")?,
        databases: arguments.value_from_str("--databases")?,
        output: arguments.value_from_str("--output")?,
        only: only.as_deref().map(arms::Arm::named).transpose()?,
        rounds: rounds.unwrap_or(if quick { 1 } else { 5 }),
        quick,
    };
    if let Some(word) = arguments.finish().first() {
        bail!("what is `{}`?\n\n{USAGE}", word.to_string_lossy());
    }
    if options.rounds == 0 {
        bail!("--rounds must be at least 1\n\n{USAGE}");
    }
    Ok(options)
}
