//! `allot`: the server, and the operator's command line.

use clap::Parser as _;
use server::commands::Cli;
use std::process::ExitCode;

/// Decisions make many small texts: every limit of every answer is named.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            // Printed, not logged: this is the answer to a person's command.
            eprintln!("allot: {error:#}");
            ExitCode::FAILURE
        }
    }
}
