//! `cargo xtask openapi`: the document that describes the API, as the server says it.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::server;
use crate::site::Variant;
use crate::workspace::root;

/// Writes `docs/openapi.json` anew. A test fails where it is not what the server says.
pub(crate) fn refresh() -> Result<()> {
    server::build(Variant::Dev)?;
    let document = process::capture(Command::new(server::binary(Variant::Dev)).arg("openapi"))?;
    fs::write(root().join("docs/openapi.json"), document)?;
    Ok(())
}
