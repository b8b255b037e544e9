//! The query data in `.sqlx`: what the database says about each query, so that the server builds
//! without one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use private_postgres::PrivatePostgres;

use crate::database;
use crate::process;
use crate::steps::Steps;
use crate::workspace::{cargo, digest_of, files, root, target};

/// Refreshes the query data, or fails if it needs that.
pub(crate) fn sqlx(check_only: bool) -> Result<()> {
    let mut steps = Steps::new(2);
    let postgres = steps.run("Start the database", || database::acquire("test"))?;
    if check_only {
        steps.run("Check the query data", || check(&postgres))?;
    } else {
        steps.run("Make the query data", || refresh(&postgres))?;
    }
    postgres.release()?;
    Ok(())
}

/// Fails if the committed data is not what the queries and the migrations give. Does nothing if
/// it agreed last time and nothing changed.
pub(crate) fn check(postgres: &PrivatePostgres) -> Result<()> {
    let stamp_file = target().join("queries.stamp");
    let stamp = stamp()?;
    if fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        println!("Nothing changed since the last check");
        return Ok(());
    }
    let (fresh, committed) = (data_in(&make(postgres)?)?, data_in(&committed())?);
    if fresh != committed {
        let stale = fresh.iter().filter(|(name, data)| committed.get(*name) != Some(*data)).count();
        let unused = committed.keys().filter(|name| !fresh.contains_key(*name)).count();
        bail!(
            "the query data in `.sqlx` is not current ({stale} missing or different, {unused} \
             unused): run `cargo xtask sqlx` and commit the result"
        );
    }
    fs::write(stamp_file, stamp)?;
    Ok(())
}

fn refresh(postgres: &PrivatePostgres) -> Result<()> {
    let fresh = data_in(&make(postgres)?)?;
    let folder = committed();
    fs::create_dir_all(&folder)?;
    for name in data_in(&folder)?.into_keys().filter(|name| !fresh.contains_key(name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, data) in &fresh {
        fs::write(folder.join(name), data)?;
    }
    println!("{} queries in {}", fresh.len(), folder.display());
    Ok(())
}

/// Compiles `store` against a new database and returns the folder of what its macros wrote. They
/// write only when they run, so `store` is compiled anew, in a target folder of its own: nothing
/// that depends on it in the usual one is.
fn make(postgres: &PrivatePostgres) -> Result<PathBuf> {
    let url = database::fresh(postgres, "allot_queries")?;
    let migrations = files(&root().join("migrations"))?;
    for path in migrations.iter().filter(|path| path.extension().is_some_and(|it| it == "sql")) {
        migrate(postgres, path).with_context(|| format!("the migration {}", path.display()))?;
    }
    let build = target().join("queries");
    let data = build.join("data");
    fs::remove_dir_all(&data).ok();
    fs::create_dir_all(&data)?;
    process::run(cargo().args(["clean", "-q", "-p", "store", "--target-dir"]).arg(&build))?;
    let mut check = cargo();
    check
        .args(["check", "-p", "store", "--all-targets", "--target-dir"])
        .arg(&build)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &data)
        .env("DATABASE_URL", url);
    process::run(&mut check)?;
    Ok(data)
}

/// Applies one migration like the server does, which cannot be built yet: its own transaction,
/// unless the first line asks for none.
fn migrate(postgres: &PrivatePostgres, path: &Path) -> Result<()> {
    let mut psql = postgres.psql("allot_queries");
    let text = fs::read_to_string(path)?;
    if !text.starts_with("-- no-transaction") {
        psql.arg("--single-transaction");
    }
    process::run(psql.arg("-f").arg(path))
}

fn committed() -> PathBuf {
    root().join(".sqlx")
}

fn data_in(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut data = BTreeMap::new();
    for path in files(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        data.insert(name, fs::read(path)?);
    }
    Ok(data)
}

/// Changes with the queries, the schema, and the committed data.
fn stamp() -> Result<String> {
    let mut inputs = vec![root().join("Cargo.lock")];
    for folder in ["store", "domain/src", "migrations", ".sqlx"] {
        inputs.extend(files(&root().join(folder))?);
    }
    digest_of(&inputs)
}
