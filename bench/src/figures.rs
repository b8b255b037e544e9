//! The figures that matter: ratios of what was measured in the same round.

use serde::Serialize;

use crate::arms::{Arm, Round, best_naive, measured, throughput};

/// One line of the table.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// Whether more is better.
    more: bool,
    pub(crate) required: f64,
    pub(crate) aim: f64,
    of: fn(&Round) -> Option<f64>,
}

/// A figure over all rounds.
#[derive(Serialize)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) required: f64,
    pub(crate) aim: f64,
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) verdict: Verdict,
    /// One per round.
    rounds: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As good as we aim for.
    Aim,
    /// As good as required.
    Pass,
    /// Worse than required, or void in some round.
    Fail,
}

pub(crate) const FIGURES: [Figure; 10] = [
    Figure {
        name: "one hot organization, 256 in flight, against the best naive",
        unit: "x",
        more: true,
        required: 20.0,
        aim: 40.0,
        of: |round| Some(throughput(round, Arm::Allot256)? / best_naive(round)?.1),
    },
    Figure {
        name: "1,024 in flight, against no database",
        unit: "x",
        more: true,
        required: 0.35,
        aim: 0.6,
        of: |round| Some(throughput(round, Arm::Allot1024)? / throughput(round, Arm::Ceiling)?),
    },
    Figure {
        name: "batch call, decisions a second, against the best naive",
        unit: "x",
        more: true,
        required: 30.0,
        aim: 60.0,
        of: |round| Some(throughput(round, Arm::Batch)? / best_naive(round)?.1),
    },
    Figure {
        name: "p99 at the naive handler's saturation, against the naive",
        unit: "x",
        more: false,
        required: 0.2,
        aim: 0.05,
        of: |round| {
            let naive = measured(round, Arm::NaiveSaturated)?.p99_ms;
            Some(measured(round, Arm::AllotAtSameRate)?.p99_ms / naive)
        },
    },
    Figure {
        name: "p99 at 70% of own maximum",
        unit: "ms",
        more: false,
        required: 50.0,
        aim: 20.0,
        of: |round| Some(measured(round, Arm::AllotAt70Percent)?.p99_ms),
    },
    Figure {
        name: "the same p99 while 50 channels hang, against without",
        unit: "x",
        more: false,
        required: 1.5,
        aim: 1.1,
        of: |round| {
            let without = measured(round, Arm::AllotAt70Percent)?.p99_ms;
            Some(measured(round, Arm::HangingChannels)?.p99_ms / without)
        },
    },
    Figure {
        name: "one client, p50, against the naive",
        unit: "x",
        more: false,
        required: 1.0,
        aim: 0.7,
        of: |round| {
            Some(measured(round, Arm::Allot1)?.p50_ms / measured(round, Arm::Naive1)?.p50_ms)
        },
    },
    Figure {
        name: "one hot organization against 100 organizations",
        unit: "x",
        more: true,
        required: 0.7,
        aim: 0.9,
        of: |round| {
            let hundred = throughput(round, Arm::HundredOrganizations)?;
            Some(throughput(round, Arm::Allot256)? / hundred)
        },
    },
    Figure {
        name: "1,000,000 ledger rows and 10,000 members, against empty",
        unit: "x",
        more: true,
        required: 0.9,
        aim: 1.0,
        of: |round| Some(throughput(round, Arm::Filled)? / throughput(round, Arm::Allot256)?),
    },
    Figure {
        name: "resident memory of the server at 1,024 in flight",
        unit: "MB",
        more: false,
        required: 150.0,
        aim: 80.0,
        of: |round| Some(measured(round, Arm::Allot1024)?.peak_memory_mb),
    },
];

impl Figure {
    /// `None` where no round measured it.
    pub(crate) fn line(&self, rounds: &[Round]) -> Option<Line> {
        let mut values: Vec<f64> = rounds.iter().filter_map(self.of).collect();
        let by_round = values.clone();
        values.sort_by(f64::total_cmp);
        let median = median(&values)?;
        let complete = values.len() == rounds.len();
        let meets =
            |bound: f64| complete && if self.more { median >= bound } else { median <= bound };
        let verdict = if meets(self.aim) {
            Verdict::Aim
        } else if meets(self.required) {
            Verdict::Pass
        } else {
            Verdict::Fail
        };
        Some(Line {
            name: self.name,
            unit: self.unit,
            required: self.required,
            aim: self.aim,
            median,
            least: *values.first()?,
            most: *values.last()?,
            verdict,
            rounds: by_round,
        })
    }
}

/// Of sorted values.
pub(crate) fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[middle - 1], upper) })
}
