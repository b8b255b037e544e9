//! `cargo xtask test`: everything that can show a mistake.

use std::fs;
use std::ops::AddAssign;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::str::FromStr;
use std::thread;

use anyhow::{Result, anyhow, bail};
use private_postgres::PrivatePostgres;

use crate::clients;
use crate::contract;
use crate::database;
use crate::process;
use crate::queries;
use crate::server::{self, Server};
use crate::site::{self, Variant};
use crate::steps::Steps;
use crate::toolchain;
use crate::workspace::{NATIVE, cargo, root, target};

/// What the module may cost those who open a page for the first time, in brotli. All pages are in one
/// module, those of operators too: what a member never opens is to be split off before it grows.
const MODULE_BUDGET: u64 = 535 * 1024;

/// A part of the tests that can be run alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Queries,
    Cargo,
    Clients,
    Size,
    Browser,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "queries" => Ok(Self::Queries),
            "cargo" => Ok(Self::Cargo),
            "clients" => Ok(Self::Clients),
            "size" => Ok(Self::Size),
            "browser" => Ok(Self::Browser),
            _ => Err("only `cargo`, `clients`, `queries`, `size` and `browser` exist".to_owned()),
        }
    }
}

/// Runs all tests, or one part of them, and ends with a line of counts.
pub(crate) fn test(only: Option<Part>, filter: Option<String>) -> ExitCode {
    let mut session = Session { only, filter, steps: Steps::new(0), counts: Counts::default() };
    session.steps = Steps::new(session.number_of_steps());
    let outcome = session.run();
    session.steps.print_table();
    let mut counts = session.counts;
    if let Err(error) = &outcome {
        println!("\nerror: {error:#}");
        // A step that is no test, such as a build, counts as one when it fails.
        counts.failed = counts.failed.max(1);
    }
    println!("\n{} passed, {} failed", counts.passed, counts.failed);
    if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Session {
    only: Option<Part>,
    filter: Option<String>,
    steps: Steps,
    counts: Counts,
}

impl Session {
    fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }

    fn number_of_steps(&self) -> usize {
        let steps = [
            (Part::Queries, 1),
            (Part::Cargo, 2),
            (Part::Clients, 1),
            (Part::Size, 1),
            (Part::Browser, 1),
        ];
        let own = steps.iter().filter(|(part, _)| self.wants(*part)).map(|(_, number)| number);
        // What the steps before have built if there are any.
        let builds_alone = match self.only {
            Some(Part::Browser) => 2,
            Some(Part::Clients) => 1,
            _ => 0,
        };
        2 + own.sum::<usize>() + builds_alone
    }

    fn run(&mut self) -> Result<()> {
        let tools = self.steps.run("Look for the tools", || {
            toolchain::node_modules()?;
            Ok((toolchain::wasm()?, toolchain::chromium()?))
        })?;
        let (std, chromium) = tools;
        let postgres = self.steps.run("Start the database", || database::acquire("test"))?;
        if self.wants(Part::Queries) {
            // Before the build, which would fail with a less helpful message.
            self.steps.run("Check the query data", || queries::check(&postgres))?;
        }
        if self.wants(Part::Cargo) {
            // The server in the same go as the tests, with the same features, so that neither build
            // does the other's work again.
            self.steps.run("Build the server and the tests", || {
                process::run(cargo().arg("build").args(NATIVE).args(["--bins", "--tests"]))
            })?;
        }
        // One core links the site for minutes, while tests leave it to wait for the database.
        let site = self
            .wants(Part::Size)
            .then(|| thread::spawn(move || site::build(Variant::Release, std)));
        let tested = if self.wants(Part::Cargo) { self.cargo_tests(&postgres) } else { Ok(()) };
        let called = if self.wants(Part::Clients) { self.clients(&postgres) } else { Ok(()) };
        if let Some(site) = site {
            self.steps.run("Check the size of the module", || {
                // Whatever the tests say: a build that nobody waits for would go on.
                site.join().map_err(|_| anyhow!("the build of the site panicked"))??;
                check_size(site::compressed_module_size(&Variant::Release.site())?)
            })?;
        }
        tested.and(called)?;
        if self.only == Some(Part::Browser) {
            self.steps.run("Build the server", || server::build(Variant::Dev))?;
            self.steps.run("Build the site", || site::build(Variant::Dev, std))?;
            self.browser_tests(&postgres, &chromium, Variant::Dev)?;
        } else if self.wants(Part::Browser) {
            // On the site that was built for its size: one less to build, and the one that people get.
            self.browser_tests(&postgres, &chromium, Variant::Release)?;
        }
        postgres.release()?;
        Ok(())
    }

    /// Rules, database and API.
    fn cargo_tests(&mut self, postgres: &PrivatePostgres) -> Result<()> {
        database::begin_with_schema(postgres)?;
        let mut command = cargo();
        command.arg("test").args(NATIVE).arg("--no-fail-fast").env("DATABASE_URL", postgres.url());
        if let Some(filter) = &self.filter {
            command.arg("--").arg(filter);
        }
        let counts = &mut self.counts;
        self.steps.run("Test rules, database and API", || {
            let status = process::watch(&mut command, |line| *counts += Counts::of_cargo(line))?;
            if !status.success() {
                bail!("`cargo test` failed ({status})");
            }
            Ok(())
        })
    }

    /// What integrators copy, and the document that they go by.
    fn clients(&mut self, postgres: &PrivatePostgres) -> Result<()> {
        if self.only == Some(Part::Clients) {
            self.steps.run("Build the server", || server::build(Variant::Dev))?;
        }
        let counts = &mut self.counts;
        self.steps.run("Hold the API against its document and the README", || {
            // Both need it: it is made once.
            toolchain::python()?;
            thread::scope(|scope| {
                let programs = scope.spawn(|| clients::test(postgres));
                counts.passed += contract::test(postgres)?;
                counts.passed += programs.join().map_err(|_| anyhow!("a thread panicked"))??;
                Ok(())
            })
        })
    }

    fn browser_tests(
        &mut self,
        postgres: &PrivatePostgres,
        chromium: &Path,
        site: Variant,
    ) -> Result<()> {
        let (filter, counts) = (self.filter.as_deref(), &mut self.counts);
        self.steps.run("Test in the browser", || {
            // Playwright drops the types without looking at them.
            process::run(&mut end2end(&["node_modules/typescript/bin/tsc"]))?;
            let database = database::fresh(postgres, "allot_browser")?;
            let binary = server::binary(Variant::Dev);
            let mut serve = server::serve(&binary, site);
            serve
                .env("DATABASE_URL", &database)
                .env("ALLOT_DEMO", "1")
                // Emails that are kept, and the key that it makes.
                .env("ALLOT_DATA_DIR", target().join("browser-tests"))
                // The receivers of tests are on this machine.
                .env("ALLOT_ALLOW_PRIVATE_ADDRESSES", "1");
            let server = Server::start(&mut serve, &target().join("browser-tests.log"))?;

            let report = target().join("browser-tests.json");
            fs::remove_file(&report).ok();
            let playwright = "node_modules/@playwright/test/cli.js";
            let mut playwright = end2end(&[playwright, "test", "--reporter=list,json"]);
            playwright
                .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
                .env("ALLOT_URL", &server.url)
                // For the links that the command line prints.
                .env("ALLOT_PUBLIC_URL", &server.url)
                .env("ALLOT_BIN", &binary)
                // For the servers that tests start and stop themselves.
                .env("ALLOT_SITE", site.site())
                .env("ALLOT_CHROMIUM", chromium)
                .env("DATABASE_URL", &database);
            if let Some(filter) = filter {
                playwright.args(["--grep", filter, "--pass-with-no-tests"]);
            }
            let outcome = process::run(&mut playwright);
            *counts += Counts::of_playwright(&fs::read_to_string(report).unwrap_or_default());
            outcome
        })
    }
}

/// A program of the browser tests.
fn end2end(arguments: &[&str]) -> Command {
    let mut node = Command::new("node");
    node.args(arguments).current_dir(root().join("end2end"));
    node
}

fn check_size(size: u64) -> Result<()> {
    let (kilobytes, budget) = (size.div_ceil(1024), MODULE_BUDGET / 1024);
    println!("The module is {kilobytes} KB in brotli; {budget} KB is the most that it may be");
    if size > MODULE_BUDGET {
        bail!("the module is too large: {kilobytes} KB in brotli instead of {budget} KB");
    }
    Ok(())
}

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Counts {
    /// What a line of `cargo test` adds: `test result: ok. 4 passed; 0 failed; 1 ignored; …`.
    fn of_cargo(line: &str) -> Self {
        let Some(result) = line.strip_prefix("test result: ") else {
            return Self::default();
        };
        let words: Vec<&str> = result.split_whitespace().collect();
        let number_before = |name: &str| {
            words.windows(2).find(|pair| pair[1] == name).and_then(|pair| pair[0].parse().ok())
        };
        Self {
            passed: number_before("passed;").unwrap_or_default(),
            failed: number_before("failed;").unwrap_or_default(),
        }
    }

    /// What Playwright's report adds. A test that passed only when tried again counts as failed.
    fn of_playwright(report: &str) -> Self {
        let report: serde_json::Value = serde_json::from_str(report).unwrap_or_default();
        let number = |name: &str| report["stats"][name].as_u64().unwrap_or_default();
        Self { passed: number("expected"), failed: number("unexpected") + number("flaky") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cargo_are_counted() {
        let line =
            "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 9 filtered out";
        assert_eq!(Counts::of_cargo(line), Counts { passed: 12, failed: 3 });
        assert_eq!(Counts::of_cargo("test passed; failed; ... ok"), Counts::default());
    }

    #[test]
    fn reports_of_playwright_are_counted() {
        let report = r#"{"stats": {"expected": 7, "unexpected": 1, "flaky": 1, "skipped": 4}}"#;
        assert_eq!(Counts::of_playwright(report), Counts { passed: 7, failed: 2 });
        assert_eq!(Counts::of_playwright("cut off"), Counts::default());
    }

    #[test]
    fn the_budget_is_the_last_size_that_fits() {
        assert!(check_size(MODULE_BUDGET).is_ok());
        assert!(check_size(MODULE_BUDGET + 1).is_err());
    }
}
