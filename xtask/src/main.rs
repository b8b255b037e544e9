//! Everything that is done with this repository: run it, test it, refresh what is generated.

mod bench;
mod clients;
mod contract;
mod database;
mod openapi;
mod process;
mod queries;
mod replay;
mod run;
mod server;
mod site;
mod soak;
mod steps;
mod test;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use pico_args::Arguments;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  run [--release]           build everything and serve a demo on http://127.0.0.1:3000
  test [--only PART] [--filter TEXT]
                            run every test; PART is `cargo`, `clients`, `queries`, `size` or
                            `browser`, TEXT selects tests by a part of their name
  wasm [--release]          build what browsers load, nothing else
  sqlx [--check]            refresh the query data in `.sqlx`, or say whether it is current
  openapi                   refresh `docs/openapi.json`, the document that describes the API
  replay FILE [--dev] [--run ID] [--acknowledged FILE] [--connections N]
         [--url URL --api-key KEY]
                            send recorded calls (TIMESTAMP,ContextTokens,GeneratedTokens) to a
                            new server, or to the one at URL, and check what it decided; the same
                            run again sends the same keys
  bench [--quick] [--rounds N] [--only ARM]
                            measure how fast decisions are, against an endpoint without a
                            database and a naive handler; the numbers go to `target/bench.json`
  soak --minutes N          look for new mistakes: random histories and faults, again and again;
                            stops at the first and says how to run it again
";

fn main() -> ExitCode {
    let outcome = process::stop_children_on_signals().and_then(|()| command());
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<ExitCode> {
    let mut arguments = Arguments::from_env();
    match arguments.subcommand()?.as_deref() {
        Some("run") => {
            let release = arguments.contains("--release");
            finish(arguments)?;
            run::run(release)?;
        }
        Some("test") => {
            let only = arguments.opt_value_from_str("--only")?;
            let filter = arguments.opt_value_from_str("--filter")?;
            finish(arguments)?;
            return Ok(test::test(only, filter));
        }
        Some("wasm") => {
            let release = arguments.contains("--release");
            finish(arguments)?;
            run::wasm(release)?;
        }
        Some("sqlx") => {
            let check = arguments.contains("--check");
            finish(arguments)?;
            queries::sqlx(check)?;
        }
        Some("openapi") => {
            finish(arguments)?;
            openapi::refresh()?;
        }
        Some("replay") => replay::replay(&replay_options(arguments)?)?,
        Some("soak") => {
            let minutes = arguments.value_from_str("--minutes")?;
            finish(arguments)?;
            soak::soak(minutes)?;
        }
        Some("bench") => bench::bench(&bench_options(arguments)?)?,
        None => print!("{USAGE}"),
        Some(other) => bail!("there is no command `{other}`\n\n{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn replay_options(mut arguments: Arguments) -> Result<replay::Options> {
    let url: Option<String> = arguments.opt_value_from_str("--url")?;
    let api_key: Option<String> = arguments.opt_value_from_str("--api-key")?;
    let existing = match (url, api_key) {
        (Some(url), Some(api_key)) => Some((url, api_key)),
        (None, None) => None,
        _ => bail!("--url and --api-key need each other"),
    };
    let options = replay::Options {
        existing,
        dev: arguments.contains("--dev"),
        acknowledged: arguments.opt_value_from_str("--acknowledged")?,
        run: arguments.opt_value_from_str("--run")?,
        connections: arguments.opt_value_from_str("--connections")?.unwrap_or(16),
        file: arguments.free_from_str()?,
    };
    finish(arguments)?;
    Ok(options)
}

fn bench_options(mut arguments: Arguments) -> Result<bench::Options> {
    let options = bench::Options {
        quick: arguments.contains("--quick"),
        rounds: arguments.opt_value_from_str("--rounds")?,
        only: arguments.opt_value_from_str("--only")?,
    };
    finish(arguments)?;
    Ok(options)
}

/// A misspelt option must not be taken for its absence.
fn finish(arguments: Arguments) -> Result<()> {
    let rest = arguments.finish();
    match rest.first() {
        None => Ok(()),
        Some(word) => bail!("what is `{}`?\n\n{USAGE}", word.to_string_lossy()),
    }
}
