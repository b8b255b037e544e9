//! The API held against the document that describes it: calls that the document allows and calls
//! that it does not, with a key of each scope. Every answer has to be one that it describes.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use private_postgres::PrivatePostgres;
use serde_json::{Value, json};

use crate::database;
use crate::process;
use crate::server::{self, Server};
use crate::site::Variant;
use crate::toolchain;
use crate::workspace::target;

/// What each answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,\
    unsupported_method,ignored_auth";

/// Asks for calls made at random, so many for each operation, beside those that are made each time.
const MORE: &str = "ALLOT_CONTRACT_CALLS";

/// Whom keys are for. Those of one list are tried one after another, and both lists at the same time, on
/// servers of their own: what is called with one key is not in the way of another.
const KINDS: [[&str; 3]; 2] =
    [["consume", "read", "admin"], ["one subtenant", "operators", "everything"]];

/// Calls every operation with every kind of key; for how many kinds it held.
pub(crate) fn test(postgres: &PrivatePostgres) -> Result<u64> {
    let schemathesis = &toolchain::python()?.with_file_name("schemathesis");
    let broken: Result<Vec<Vec<&str>>> = thread::scope(|scope| {
        let lanes = KINDS.map(|kinds| scope.spawn(move || broken(postgres, schemathesis, kinds)));
        let ended = lanes.map(|lane| lane.join().map_err(|_| anyhow!("a thread panicked"))?);
        ended.into_iter().collect()
    });
    let broken = broken?.concat();
    if !broken.is_empty() {
        bail!("the answers are not those of the document, with keys for {}", broken.join(", "));
    }
    Ok(KINDS.as_flattened().len().try_into()?)
}

/// For which of these kinds it does not hold.
fn broken(
    postgres: &PrivatePostgres,
    schemathesis: &Path,
    kinds: [&'static str; 3],
) -> Result<Vec<&'static str>> {
    let name = format!("allot_contract_{}", kinds[0].replace(' ', "_"));
    let database = database::fresh(postgres, &name)?;
    let mut serve = server::serve(&server::binary(Variant::Dev), Variant::Dev);
    // Many calls come without a valid key here.
    serve.env("DATABASE_URL", &database).env("ALLOT_REQUESTS_PER_SECOND", "0");
    let server = Server::start(&mut serve, &target().join(format!("{name}.log")))?;
    let keys = keys(&server, &database)?;
    let mut broken = Vec::new();
    for kind in kinds {
        let (said, outcome) = process::output(&mut calls(schemathesis, &server, &keys[kind]))?;
        println!("With a key for {kind}:\n{said}");
        if outcome.is_err() {
            broken.push(kind);
        }
    }
    Ok(broken)
}

fn calls(schemathesis: &Path, server: &Server, key: &str) -> Command {
    let mut command = Command::new(schemathesis);
    command.args(["run", &format!("{}/api/openapi.json", server.url), "--no-color"]);
    command.args(["--header", &format!("Authorization: Bearer {key}"), "--checks", CHECKS]);
    // The same calls each time, one after another: a failure is not by chance.
    command.args(["--generation-deterministic", "--workers", "1", "--warnings", "off"]);
    match env::var(MORE) {
        Ok(calls) => command.args(["--phases", "examples,coverage,fuzzing", "-n", &calls]),
        Err(_) => command.args(["--phases", "examples,coverage"]),
    };
    command.current_dir(target());
    command
}

/// A key for each scope, one of a subtenant, one with every scope, and one of an operator.
fn keys(server: &Server, database: &str) -> Result<HashMap<&'static str, String>> {
    let made = |arguments: &[&str]| -> Result<Value> {
        let mut allot = Command::new(server::binary(Variant::Dev));
        allot.args(arguments).arg("--json").env("DATABASE_URL", database);
        Ok(serde_json::from_str(&process::capture(&mut allot)?)?)
    };
    let text = |answer: &Value, name: &str| -> Result<String> {
        Ok(answer[name].as_str().with_context(|| format!("no {name} in {answer}"))?.to_owned())
    };
    let create = ["organization", "create", "--name", "Acme", "--plan", "enterprise"];
    let acme = made(&[&create[..], &["--admin", "ann@acme.test"]].concat())?;
    let whole = text(&acme, "api_key")?;
    let post = |path: &str, body: Value| -> Result<Value> {
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let request = agent.post(format!("{}/api/v1/{path}", server.url));
        let request = request.header("Authorization", format!("Bearer {whole}"));
        Ok(request.send_json(body)?.body_mut().read_json()?)
    };
    let key = |name: &str, scopes: &[&str], subtenant: Option<&str>| -> Result<String> {
        let body = json!({"name": name, "scopes": scopes, "subtenant": subtenant});
        text(&post("api-keys", body)?, "key")
    };
    let subtenant = text(&post("subtenants", json!({"name": "Sales"}))?, "id")?;
    made(&["operator", "create", "--email", "ola@allot.test", "--name", "Ola"])?;
    let operator = made(&["operator", "key", "--email", "ola@allot.test", "--name", "Tests"])?;
    let every = ["consume", "read", "admin"];
    Ok(HashMap::from([
        ("consume", key("Consume", &every[..1], None)?),
        ("read", key("Read", &every[1..2], None)?),
        ("admin", key("Admin", &every[2..], None)?),
        ("one subtenant", key("Sales", &every, Some(&subtenant))?),
        ("operators", text(&operator, "operator_key")?),
        ("everything", whole),
    ]))
}
