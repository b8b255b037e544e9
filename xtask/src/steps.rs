//! Tells people what is going on, and how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process;

/// The numbered steps of one command.
pub(crate) struct Steps {
    total: usize,
    done: Vec<(String, Duration)>,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: Vec::new() }
    }

    /// Does one step. What it starts prints in between, so the time gets a line of its own.
    pub(crate) fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        process::fail_if_interrupted()?;
        let number = self.done.len() + 1;
        println!("[{number}/{}] {name} …", self.total);
        let begin = Instant::now();
        let result = work();
        let time = begin.elapsed();
        self.done.push((name.to_owned(), time));
        let failed = if result.is_err() { "failed after " } else { "" };
        println!("[{number}/{}] {name}: {failed}{}", self.total, seconds(time));
        result
    }

    /// The times of all steps that ran, as a table.
    pub(crate) fn print_table(&self) {
        let width = self.done.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        println!();
        for (name, time) in &self.done {
            println!("  {name:width$}  {:>9}", seconds(*time));
        }
        let all = self.done.iter().map(|(_, time)| *time).sum();
        println!("  {:width$}  {:>9}", "together", seconds(all));
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
