//! The private clusters that commands here work on.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use nix::unistd::geteuid;
use private_postgres::PrivatePostgres;

use crate::process;
use crate::server;
use crate::site::Variant;
use crate::toolchain;
use crate::workspace::{digest, root};

/// Holds the cluster that this workspace keeps for `purpose`.
pub(crate) fn acquire(purpose: &str) -> Result<PrivatePostgres> {
    toolchain::postgres()?;
    let folder = folder(purpose);
    PrivatePostgres::acquire(&folder)
        .with_context(|| format!("the database in {}", folder.display()))
}

/// Makes an empty database, instead of the one that had this name.
pub(crate) fn fresh(postgres: &PrivatePostgres, name: &str) -> Result<String> {
    for sql in [
        "DROP DATABASE IF EXISTS \"NAME\" WITH (FORCE)",
        // The usual template can have the schema, see below.
        "CREATE DATABASE \"NAME\" TEMPLATE template0",
    ] {
        let mut psql = postgres.psql("postgres");
        process::run(psql.arg("-c").arg(sql.replace("NAME", name)))?;
    }
    Ok(postgres.url_of(name))
}

/// Lets databases that are made from now on begin with the schema. Each test makes one, and bringing
/// it up to date would take longer than most tests do.
pub(crate) fn begin_with_schema(postgres: &PrivatePostgres) -> Result<()> {
    for sql in [
        "ALTER DATABASE template1 IS_TEMPLATE false",
        "DROP DATABASE template1",
        "CREATE DATABASE template1 TEMPLATE template0 IS_TEMPLATE true",
    ] {
        process::run(postgres.psql("postgres").arg("-qc").arg(sql))?;
    }
    let mut allot = Command::new(server::binary(Variant::Dev));
    process::run(allot.arg("migrate").env("DATABASE_URL", postgres.url_of("template1")))
}

/// Outside the workspace, which may lie where the account that runs Postgres cannot go; the name
/// tells workspaces and users apart.
fn folder(purpose: &str) -> PathBuf {
    let owner = format!("{} {}", root().display(), geteuid());
    std::env::temp_dir().join(format!("allot-{purpose}-{}", digest(owner.as_bytes())))
}
