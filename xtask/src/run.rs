//! `cargo xtask run` and `cargo xtask wasm`.

use std::env;
use std::os::unix::process::CommandExt;

use anyhow::{Result, anyhow};

use crate::server;
use crate::site::{self, Variant};
use crate::steps::Steps;
use crate::toolchain;

/// Builds everything and becomes the server, which then gets Ctrl-C and SIGTERM itself.
pub(crate) fn run(release: bool) -> Result<()> {
    let variant = Variant::of(release);
    let mut steps = Steps::new(3);
    let std = steps.run("Look for the tools", || {
        if env::var_os("DATABASE_URL").is_none() {
            toolchain::postgres()?;
        }
        toolchain::wasm()
    })?;
    steps.run("Build the site", || site::build(variant, std))?;
    let binary = steps.run("Build the server", || server::build(variant))?;

    let mut serve = server::serve(&binary, variant);
    if env::var_os("ALLOT_DEMO").is_none() {
        serve.env("ALLOT_DEMO", "1");
    }
    println!("Starting {} serve; Ctrl-C stops it", binary.display());
    Err(anyhow!(serve.exec()).context(format!("cannot start {}", binary.display())))
}

/// Builds what browsers load.
pub(crate) fn wasm(release: bool) -> Result<()> {
    let mut steps = Steps::new(2);
    let std = steps.run("Look for the tools", toolchain::wasm)?;
    steps.run("Build the site", || site::build(Variant::of(release), std))
}
