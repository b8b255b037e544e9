//! How many decisions a batch made, and how they ended.

use crate::{command::Outcome, metrics::DECISIONS};
use domain::{amount::Quantity, answer::Decision};

/// Counts of one batch: told once it is committed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    allowed: u64,
    partial: u64,
    denied: u64,
    refused: u64,
    replayed: u64,
}

impl Tally {
    /// Counts a decision on a request for so much.
    pub(super) fn count(&mut self, requested: Quantity, decision: &Decision) {
        *match decision {
            Decision::Allowed(allowance) if allowance.granted < requested => &mut self.partial,
            Decision::Allowed(_) => &mut self.allowed,
            Decision::Denied(_) => &mut self.denied,
            Decision::Refused { .. } => &mut self.refused,
        } += 1;
    }

    /// Counts an answer that was given before: each decision in it, and no command of another kind.
    pub(super) fn count_replay(&mut self, outcome: &Outcome) {
        self.replayed += match outcome {
            Outcome::Decided(_) | Outcome::Reserved(_) => 1,
            Outcome::AllDecided(answers) => u64::try_from(answers.len()).unwrap_or(u64::MAX),
            _ => 0,
        };
    }

    /// Adds the counts to those of the server.
    pub(super) fn tell(self) {
        let Self { allowed, partial, denied, refused, replayed } = self;
        for (outcome, number) in [
            ("allowed", allowed),
            ("partial", partial),
            ("denied", denied),
            ("refused", refused),
            ("replayed", replayed),
        ] {
            if number > 0 {
                metrics::counter!(DECISIONS, "outcome" => outcome).increment(number);
            }
        }
    }
}
