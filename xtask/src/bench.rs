//! `cargo xtask bench`: builds what is measured and what measures it, and gives both a database.

use std::process::Command;

use anyhow::Result;

use crate::database;
use crate::process;
use crate::server;
use crate::site::Variant;
use crate::steps::Steps;
use crate::workspace::target;

/// What the command line asks for.
pub(crate) struct Options {
    /// One short round.
    pub(crate) quick: bool,
    pub(crate) rounds: Option<usize>,
    /// The name of an arm.
    pub(crate) only: Option<String>,
}

/// Measures; an error says that something required was not reached.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let mut steps = Steps::new(3);
    let allot =
        steps.run("Build the server and the benchmark", || server::build(Variant::Release))?;
    let postgres = steps.run("Start the database", || database::acquire("bench"))?;
    let mut bench = Command::new(allot.with_file_name("bench"));
    bench
        .args(["run", "--databases", &postgres.url_of("DATABASE")])
        .arg("--allot")
        .arg(&allot)
        .arg("--output")
        .arg(target().join("bench.json"))
        .env("ALLOT_SITE", Variant::Release.site());
    if options.quick {
        bench.arg("--quick");
    }
    if let Some(rounds) = options.rounds {
        bench.args(["--rounds", &rounds.to_string()]);
    }
    if let Some(arm) = &options.only {
        bench.args(["--only", arm]);
    }
    steps.run("Measure", || process::run(&mut bench))?;
    postgres.release()?;
    Ok(())
}
