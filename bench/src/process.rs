//! The servers that are measured, each a process of its own.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use allot_client::{Client, Retries};
use anyhow::{Context, Result, bail};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a server may take to begin or to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it is killed when this value goes.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
}

impl Server {
    /// Starts what `command` makes for an address, and waits until it answers.
    pub(crate) async fn start(
        command: impl FnOnce(SocketAddr) -> Command,
        api_key: &str,
        log: &Path,
    ) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let file = File::create(log).with_context(|| format!("writing {}", log.display()))?;
        let mut command = command(address);
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        let mut server = Self { url: format!("http://{address}"), child };
        let client = client(&server.url, api_key)?;
        tokio::select! {
            // The client asks again until its budget is spent.
            answer = client.get::<Value>("/api/usage") => answer.map(drop).with_context(|| {
                format!("the server does not answer, see {}", log.display())
            })?,
            status = server.child.wait() => bail!("it ended ({}), see {}", status?, log.display()),
        }
        Ok(server)
    }

    /// The most memory that it had resident so far.
    pub(crate) fn peak_memory_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes: f64 =
            line.context("no VmHWM")?.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        kill(Pid::from_raw(self.pid()?), Signal::SIGTERM)?;
        timeout(PATIENCE, self.child.wait()).await.context("the server does not end")??;
        Ok(())
    }

    fn pid(&self) -> Result<i32> {
        Ok(i32::try_from(self.child.id().context("the server has ended")?)?)
    }
}

/// A client that waits for a server that is about to start.
pub(crate) fn client(url: &str, api_key: &str) -> Result<Client> {
    let longest_pause = Duration::from_millis(100);
    let retries =
        Retries { budget: PATIENCE, attempt: PATIENCE, longest_pause, ..Retries::default() };
    Ok(Client::builder(url, api_key).no_proxy().retries(retries).build()?)
}

/// More than a thousand connections at once need more files than many systems allow at first. The
/// servers inherit it.
pub(crate) fn allow_many_files() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(())
}
