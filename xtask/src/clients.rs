//! The programs of the README, run as they are written against a server: what an integrator copies
//! has to work. Clients for TypeScript and Python are made from the document that the server gives.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use private_postgres::PrivatePostgres;

use crate::database;
use crate::process;
use crate::server::{self, Server};
use crate::site::Variant;
use crate::toolchain;
use crate::workspace::{NATIVE, cargo, root, target};

/// Where the README says that the server is.
const ADDRESS: &str = "http://127.0.0.1:3000";
/// How the README says what programs print.
const PRINTS: &str = "All three print:";

/// Runs every program of the README; how many there are.
pub(crate) fn test(postgres: &PrivatePostgres) -> Result<u64> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let python = toolchain::python()?;
    let folder = target().join("clients");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder)?;
    process::run(cargo().arg("build").args(NATIVE).arg("--example").arg("readme"))?;

    let database = database::fresh(postgres, "allot_clients")?;
    let binary = server::binary(Variant::Dev);
    let mut serve = server::serve(&binary, Variant::Dev);
    let server = Server::start(serve.env("DATABASE_URL", &database), &folder.join("server.log"))?;
    let document = process::capture(
        Command::new("curl").arg("-sS").arg(format!("{}/api/openapi.json", server.url)),
    )?;
    let described = folder.join("openapi.json");
    fs::write(&described, document)?;

    let key = curl(&readme, &server, &database)?;
    let expected = program(readme.split(PRINTS).nth(1).context("no output in the README")?, "")?;
    for mut program in [
        typescript(&readme, &folder, &described)?,
        in_python(&readme, &folder, &described, &python)?,
        Command::new(target().join("debug/examples/readme")),
    ] {
        let printed =
            process::capture(program.env("ALLOT_URL", &server.url).env("ALLOT_KEY", &key))?;
        if printed != expected {
            bail!("{program:?} printed, not what the README says:\n{printed}");
        }
    }
    Ok(4)
}

/// The first block of `text` in this language.
fn program<'a>(text: &'a str, language: &str) -> Result<&'a str> {
    let begin = format!("```{language}\n");
    let rest = text.split_once(&begin).map(|(_, rest)| rest);
    let block = rest.and_then(|rest| rest.split_once("```")).map(|(block, _)| block);
    block.with_context(|| format!("the README has no block `{language}`"))
}

/// Runs the five lines, holds what they print against what follows them, and gets their key.
fn curl(readme: &str, server: &Server, database: &str) -> Result<String> {
    let script = program(readme, "sh")?.replace(ADDRESS, &server.url);
    let script =
        script.replace("target/debug/allot", &server::binary(Variant::Dev).to_string_lossy());
    let mut bash = Command::new("bash");
    bash.args(["-euc", &format!("{script}echo; echo \"$key\"")]).env("DATABASE_URL", database);
    let printed = process::capture(bash.current_dir(root()))?;
    for part in [
        r#"{"decision":"allowed","consumption_id":""#,
        r#""granted":25"#,
        r#"{"quota_total":5000,"quota_used":25,"quota_remaining":4975,"credits_remaining":0,"reset_date":""#,
    ] {
        if !printed.contains(part) {
            bail!("the lines of the README print no {part}:\n{printed}");
        }
    }
    Ok(printed.lines().last().unwrap_or_default().to_owned())
}

/// The program in TypeScript: types are made from the document, checked, and taken away.
fn typescript(readme: &str, folder: &Path, document: &Path) -> Result<Command> {
    let modules = root().join("end2end/node_modules");
    let folder = folder.join("typescript");
    fs::create_dir_all(&folder)?;
    std::os::unix::fs::symlink(&modules, folder.join("node_modules"))?;
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#)?;
    fs::write(folder.join("readme.ts"), program(readme, "ts")?)?;
    let node = |script: &str| {
        let mut node = Command::new("node");
        node.arg(modules.join(script)).current_dir(&folder);
        node
    };
    process::run(node("openapi-typescript/bin/cli.js").arg(document).args(["-o", "allot.d.ts"]))?;
    process::run(node("typescript/bin/tsc").args([
        "--strict",
        "--target",
        "ES2023",
        "--module",
        "ESNext",
        "--moduleResolution",
        "Bundler",
        "--types",
        "node",
        "readme.ts",
    ]))?;
    let mut run = Command::new("node");
    run.arg("readme.js").current_dir(&folder);
    Ok(run)
}

/// The program in Python, with a package made from the document.
fn in_python(readme: &str, folder: &Path, document: &Path, python: &Path) -> Result<Command> {
    let package = folder.join("python");
    let mut generate = Command::new(python.with_file_name("openapi-python-client"));
    generate.arg("generate").arg("--path").arg(document).arg("--output-path").arg(&package);
    process::run(&mut generate)?;
    let file: PathBuf = package.join("readme.py");
    fs::write(&file, program(readme, "python")?)?;
    let mut run = Command::new(python);
    run.arg(file);
    Ok(run)
}
