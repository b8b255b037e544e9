//! The server: built, configured, and started where a command needs one.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, Running};
use crate::site::Variant;
use crate::workspace::{NATIVE, cargo, target};

/// A first start migrates, and makes the demo organization.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// Builds the server, as a part of the whole workspace: built alone, its dependencies would have
/// other features than for the tests, and each build would do the other's work again.
pub(crate) fn build(variant: Variant) -> Result<PathBuf> {
    let mut build = cargo();
    build.arg("build").args(NATIVE).arg("--bins");
    if variant == Variant::Release {
        build.arg("--release");
    }
    process::run(&mut build)?;
    Ok(binary(variant))
}

/// Where cargo puts the server.
pub(crate) fn binary(variant: Variant) -> PathBuf {
    target().join(match variant {
        Variant::Dev => "debug/allot",
        Variant::Release => "release/allot",
    })
}

/// `allot serve`, told where its site is.
pub(crate) fn serve(binary: &Path, variant: Variant) -> Command {
    let mut serve = Command::new(binary);
    serve.arg("serve").env("ALLOT_SITE", variant.site());
    serve
}

/// A server on a port that was free; it ends when this value goes.
pub(crate) struct Server {
    /// Where it answers, without a slash at the end.
    pub(crate) url: String,
    program: Running,
}

impl Server {
    /// Starts the server, which logs to a file, and waits until it answers.
    pub(crate) fn start(serve: &mut Command, log: &Path) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let file = File::create(log).with_context(|| format!("writing {}", log.display()))?;
        serve.env("ALLOT_LISTEN", address.to_string()).stdout(file.try_clone()?).stderr(file);
        let program = process::start(serve)?;
        let mut server = Self { url: format!("http://{address}"), program };
        server.wait_until_healthy().with_context(|| {
            let text = fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(20)..].join("\n");
            format!("the server does not answer; the end of {}:\n{tail}\n", log.display())
        })?;
        Ok(server)
    }

    fn wait_until_healthy(&mut self) -> Result<()> {
        let health = format!("{}/healthz", self.url);
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(5)))
            .proxy(None)
            .build()
            .into();
        let begin = Instant::now();
        loop {
            let Err(error) = agent.get(&health).call() else {
                return Ok(());
            };
            process::fail_if_interrupted()?;
            if let Some(status) = self.program.ended()? {
                bail!("it ended ({status})");
            }
            if begin.elapsed() > START_TIMEOUT {
                return Err(error).context("it took too long");
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}
