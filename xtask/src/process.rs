//! Other programs: started, waited for, and never left behind.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a program may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(30);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// The process groups of all programs that run now.
static RUNNING: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// From now on Ctrl-C and SIGTERM end what we started, and then us by way of an error: so a
/// database that runs in the background is given up like after a success.
pub(crate) fn stop_children_on_signals() -> Result<()> {
    // Handlers, not a mask: a mask would be passed on to what we start.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot handle signals")?;
    thread::spawn(move || {
        for _ in signals.forever() {
            INTERRUPTED.store(true, Ordering::SeqCst);
            for group in running().iter() {
                killpg(Pid::from_raw(*group), Signal::SIGTERM).ok();
            }
        }
    });
    Ok(())
}

pub(crate) fn fail_if_interrupted() -> Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) {
        bail!("stopped by a signal");
    }
    Ok(())
}

/// A program that runs beside us. It is asked to end when this value goes.
pub(crate) struct Running {
    child: Child,
    name: String,
}

/// Starts a program in a process group of its own, so that signals reach all of it or none.
pub(crate) fn start(command: &mut Command) -> Result<Running> {
    fail_if_interrupted()?;
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    running().push(group(&child));
    Ok(Running { child, name })
}

impl Running {
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait()?;
        fail_if_interrupted()?;
        Ok(status)
    }

    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = group(&self.child);
        let mut ended = matches!(self.child.try_wait(), Ok(Some(_)));
        if !ended {
            killpg(Pid::from_raw(group), Signal::SIGTERM).ok();
            let begin = Instant::now();
            while !ended && begin.elapsed() < GRACE {
                thread::sleep(Duration::from_millis(20));
                ended = matches!(self.child.try_wait(), Ok(Some(_)));
            }
        }
        if !ended {
            eprintln!("`{}` does not end: killing it", self.name);
            killpg(Pid::from_raw(group), Signal::SIGKILL).ok();
            self.child.wait().ok();
        }
        running().retain(|other| *other != group);
    }
}

/// Runs a program to its end; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let mut program = start(command)?;
    let status = program.wait()?;
    succeed(&program.name, status)
}

/// Like [`run`], with its output as the result.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let (text, ended) = output(command)?;
    ended?;
    Ok(text)
}

/// Runs a program to its end: what it printed, and an error unless it succeeded.
pub(crate) fn output(command: &mut Command) -> Result<(String, Result<()>)> {
    let mut text = String::new();
    let (name, status) = read_lines(command, |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    Ok((text, succeed(&name, status)))
}

/// Runs a program, shows what it prints, and hands each line to `see`.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    let (_, status) = read_lines(command, |line| {
        println!("{line}");
        see(line);
    })?;
    Ok(status)
}

fn read_lines(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(String, ExitStatus)> {
    let mut program = start(command.stdout(Stdio::piped()))?;
    if let Some(output) = program.child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            see(&String::from_utf8_lossy(&line?));
        }
    }
    let status = program.wait()?;
    Ok((program.name.clone(), status))
}

fn succeed(name: &str, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{name}` failed ({status})")
}

fn group(child: &Child) -> i32 {
    // The first process of a group gives it its number, and process numbers are small.
    i32::try_from(child.id()).unwrap_or(i32::MAX)
}

fn running() -> MutexGuard<'static, Vec<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
