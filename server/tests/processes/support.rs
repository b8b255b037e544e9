//! Starting `allot` as a process, and talking to it.

use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};
use ureq::Agent;

/// 32 bytes in base64.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Where the processes of a test find their database.
#[derive(Clone)]
pub(crate) struct Installation {
    /// `DATABASE_URL` or `ALLOT_DATA_DIR`, and its value.
    pub variable: (&'static str, String),
}

impl Installation {
    /// `allot` with arguments, in the environment of this installation.
    pub(crate) fn allot(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allot"));
        command.args(arguments).env_remove("DATABASE_URL").env_remove("ALLOT_DATA_DIR");
        command.env(self.variable.0, &self.variable.1).stderr(Stdio::inherit());
        // Channels lead to this machine, and servers open what others have sealed.
        command.env("ALLOT_ALLOW_PRIVATE_ADDRESSES", "true").env("ALLOT_SECRET_KEY", KEY);
        command
    }

    /// The answer of a command with `--json`.
    pub(crate) fn answer(&self, arguments: &[&str]) -> Value {
        let output = self.allot(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A new organization on the plan `enterprise`.
    pub(crate) fn organization(&self) -> Value {
        self.answer(&[
            "organization",
            "create",
            "--name",
            "Acme",
            "--plan",
            "enterprise",
            "--time-zone",
            "Europe/Berlin",
            "--currency",
            "EUR",
            "--admin",
            "ann@acme.test",
        ])
    }
}

/// A server that is stopped with the test.
pub(crate) struct Server {
    pub process: Child,
    pub url: String,
    /// Kept open: a server whose output nobody takes ends with an error.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server on a free port and waits until it says that it serves.
    pub(crate) fn start(installation: &Installation) -> Self {
        Self::start_with(installation, |_| {})
    }

    /// The same with something more set.
    pub(crate) fn start_with(installation: &Installation, set: impl FnOnce(&mut Command)) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = installation.allot(&["serve", "--listen", &listen]);
        set(&mut command);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("Allot serves on") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the server does not start");
        }
        Self { process, url: format!("http://{listen}"), _output: output }
    }

    /// Tells the server to stop, as an operator does.
    pub(crate) fn tell_to_stop(&self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Tells the server to stop and waits; it must end by itself.
    pub(crate) fn stop(mut self) {
        self.tell_to_stop();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed must not leave its server behind.
        let _gone_already = self.process.kill();
        let _status = self.process.wait();
    }
}

/// A client that returns every status as an answer.
pub(crate) fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build();
    Agent::new_with_config(config)
}

/// A call of the API: the status and the body. `Err` if the server can't be reached.
pub(crate) fn call(
    agent: &Agent,
    server: &str,
    token: &str,
    (method, path): (&str, &str),
    key: Option<&str>,
    body: &Value,
) -> Result<(u16, Value), ureq::Error> {
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{server}{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let mut reply = agent.run(request.body(body.to_string()).unwrap())?;
    let status = reply.status().as_u16();
    let text = reply.body_mut().read_to_string()?;
    // What was removed has no body.
    Ok((status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }))
}

/// Sets the enterprise limit for a month.
pub(crate) fn limit(server: &str, token: &str, limit: i64) {
    let body = json!({"cycle": {"kind": "monthly"}, "limit": limit, "set_aside": true,
        "packs_extend": true});
    let put = ("PUT", "/api/v1/credit-settings");
    assert_eq!(call(&agent(), server, token, put, None, &body).unwrap().0, 200);
}

/// One credit.
pub(crate) fn one_credit() -> Value {
    json!({"operation": "prospect_search", "quantity": 1})
}

/// The path that records.
pub(crate) const CONSUME: (&str, &str) = ("POST", "/api/v1/consume");
