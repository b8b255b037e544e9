//! What people and programs read in the end.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::arms::{Arm, Outcome, Round, measured};
use crate::database::Settings;
use crate::figures::{FIGURES, Line, Verdict, median};
use crate::measured::Measured;

/// The lines of the table that were measured.
pub(crate) fn lines(rounds: &[Round]) -> Vec<Line> {
    FIGURES.iter().filter_map(|figure| figure.line(rounds)).collect()
}

/// One line when an arm is done.
pub(crate) fn print_arm(number: usize, arm: Arm, outcome: &Outcome) {
    let name = arm.name();
    match outcome {
        Ok(it) => {
            println!(
                "  {number}  {name:24} {:>7.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms  {:>4.0} MB",
                it.throughput, it.p50_ms, it.p99_ms, it.peak_memory_mb
            );
            if it.sent_again > 0 {
                println!("      {} requests were sent again", it.sent_again);
            }
        }
        Err(reason) => println!("  {number}  {name:24} void: {reason}"),
    }
}

/// The median of each arm.
pub(crate) fn print_medians(rounds: &[Round], arms: &[Arm]) {
    println!("\n  {:24} {:>9} {:>9} {:>9}", "median of an arm", "a second", "p50, ms", "p99, ms");
    for arm in arms {
        let of = |value: fn(&Measured) -> f64| {
            let measured = rounds.iter().filter_map(|round| measured(round, *arm));
            let mut values: Vec<f64> = measured.map(value).collect();
            values.sort_by(f64::total_cmp);
            median(&values)
        };
        let name = arm.name();
        match (of(|it| it.throughput), of(|it| it.p50_ms), of(|it| it.p99_ms)) {
            (Some(throughput), Some(p50), Some(p99)) => {
                println!("  {name:24} {throughput:>9.0} {p50:>9.2} {p99:>9.2}");
            }
            _ => println!("  {name:24} {:>9}", "void"),
        }
    }
}

/// The figures and what is required of them.
pub(crate) fn print_table(lines: &[Line]) {
    let row = |name: &str, numbers: [&str; 4], unit: &str, verdict: &str| {
        let [required, aim, median, range] = numbers;
        println!("  {name:58} {required:>8} {aim:>6} {median:>8} {range:>18} {unit:2} {verdict}");
    };
    if lines.is_empty() {
        return;
    }
    println!();
    row("figure", ["required", "aim", "median", "range"], "", "");
    for line in lines {
        let verdict = match line.verdict {
            Verdict::Aim => "pass, aim",
            Verdict::Pass => "pass",
            Verdict::Fail => "FAIL",
        };
        let numbers = [line.required, line.aim, line.median].map(|number| format!("{number:.2}"));
        let [required, aim, median] = numbers.each_ref().map(String::as_str);
        let range = format!("{:.2} to {:.2}", line.least, line.most);
        row(line.name, [required, aim, median, &range], line.unit, verdict);
    }
}

/// Writes all that was measured.
pub(crate) fn write(
    path: &Path,
    settings: &Settings,
    rounds: &[Round],
    lines: &[Line],
    quick: bool,
) -> Result<()> {
    let outcome = |outcome: &Outcome| match outcome {
        Ok(measured) => json!(measured),
        Err(reason) => json!({"void": reason}),
    };
    let round = |round: &Round| -> BTreeMap<String, Value> {
        round.iter().map(|(arm, it)| (arm.name(), outcome(it))).collect()
    };
    let report = json!({
        "quick": quick,
        "cores": std::thread::available_parallelism()?.get(),
        "postgres": settings,
        "figures": lines,
        "rounds": rounds.iter().map(round).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&report)?;
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    println!("\nAll of it is in {}", path.display());
    Ok(())
}
