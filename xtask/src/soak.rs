//! `cargo xtask soak`: random histories and faults, again and again, to find what the tests that
//! run each time did not.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use private_postgres::PrivatePostgres;

use crate::database;
use crate::process;
use crate::workspace::{NATIVE, cargo};

/// Tests that look for something else each time, and what makes them look longer than usual.
const PARTS: [Part; 3] = [
    Part { package: "service", test: "histories", setting: Some(("ALLOT_HISTORIES", "100")) },
    Part { package: "service", test: "faults", setting: Some(("ALLOT_FAULTS", "5")) },
    Part { package: "server", test: "processes", setting: Some(("ALLOT_EVERYONE_MINUTES", "1")) },
];

/// Lines in which the tests say what they injected, with numbers.
const FAULTS: [&str; 3] = ["connections cut", "backends ended", "databases killed"];

struct Part {
    package: &'static str,
    test: &'static str,
    setting: Option<(&'static str, &'static str)>,
}

impl Part {
    fn command(&self, postgres: &PrivatePostgres) -> Command {
        let mut command = cargo();
        // The features that all tests are built with, so that nothing is built anew.
        command.arg("test").args(NATIVE).args(["--test", self.test, "--", "--nocapture"]);
        command.env("DATABASE_URL", postgres.url()).envs(self.setting);
        // New seeds each time.
        command.env_remove("PROPTEST_RNG_SEED");
        command
    }

    /// The line that does this part again.
    fn again(&self) -> String {
        let setting = self.setting.map(|(name, value)| format!("{name}={value} "));
        let (setting, Self { package, test, .. }) = (setting.unwrap_or_default(), self);
        format!("{setting}cargo test -p {package} --test {test}")
    }
}

/// Runs all parts in turn until `minutes` are over, or something goes wrong. A part that has begun
/// is carried through.
pub(crate) fn soak(minutes: u64) -> Result<()> {
    let postgres = database::acquire("test")?;
    let begin = Instant::now();
    let mut done = Done::default();
    let mut outcome = Ok(());
    for part in PARTS.iter().cycle() {
        if outcome.is_err() || begin.elapsed() >= Duration::from_secs(60 * minutes) {
            break;
        }
        outcome = run(part, &postgres, &mut done);
    }
    let Done { histories, faults, processes } = done;
    println!(
        "\n{histories} histories, {faults} faults and {processes} rounds of killed processes in {} \
         minutes",
        begin.elapsed().as_secs() / 60
    );
    postgres.release()?;
    outcome
}

fn run(part: &Part, postgres: &PrivatePostgres, done: &mut Done) -> Result<()> {
    println!("\n{} …", part.test);
    let mut again = part.again();
    let status = process::watch(&mut part.command(postgres), |line| {
        done.see(line);
        if let Some((_, seeded)) = line.split_once("to run it again: ") {
            seeded.clone_into(&mut again);
        }
    })?;
    if !status.success() {
        bail!("{} failed; to run it again: {again}", part.test);
    }
    if part.test == "processes" {
        done.processes += 1;
    }
    Ok(())
}

/// What was tried.
#[derive(Default)]
struct Done {
    histories: u64,
    faults: u64,
    processes: u64,
}

impl Done {
    fn see(&mut self, line: &str) {
        let words = line.split(|c: char| !c.is_ascii_digit());
        let mut numbers = words.filter_map(|word| word.parse::<u64>().ok());
        if line.contains(" histories from seed ") {
            self.histories += numbers.next().unwrap_or_default();
        } else if FAULTS.iter().any(|fault| line.starts_with(fault)) {
            self.faults += numbers.sum::<u64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_say_is_counted() {
        let mut done = Done::default();
        done.see("100 histories from seed 4711 on agree with the model");
        done.see("connections cut [BeforeCommit, AfterCommit]: [3, 4]");
        done.see("databases killed: 2, backends killed: 2");
        done.see("test result: ok. 3 passed; 0 failed");
        assert_eq!((done.histories, done.faults), (100, 11));
    }
}
