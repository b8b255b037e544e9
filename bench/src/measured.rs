//! What one arm of the benchmark measured.

use std::time::Duration;

use serde::Serialize;

/// The figures of one arm in one round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    /// Decisions a second.
    pub(crate) throughput: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// All decisions, those of the warm-up included.
    pub(crate) decisions: u64,
    /// Requests that were answered only when sent again.
    pub(crate) sent_again: u64,
    /// The most memory that the server had resident.
    pub(crate) peak_memory_mb: f64,
}

/// What came of the requests of one worker.
#[derive(Default)]
pub(crate) struct Tally {
    /// All decisions.
    pub(crate) decisions: u64,
    /// Those within the measured time.
    pub(crate) counted: u64,
    /// How long each request took that was answered within the measured time.
    pub(crate) latencies: Vec<Duration>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.decisions += other.decisions;
        self.counted += other.counted;
        self.latencies.extend(other.latencies);
    }

    /// The figures, apart from those that only the server knows.
    pub(crate) fn measured(mut self, time: Duration) -> Measured {
        self.latencies.sort_unstable();
        let milliseconds = |percent| percentile(&self.latencies, percent).as_secs_f64() * 1000.0;
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let throughput = self.counted as f64 / time.as_secs_f64();
        Measured {
            throughput,
            p50_ms: milliseconds(50),
            p99_ms: milliseconds(99),
            decisions: self.decisions,
            sent_again: 0,
            peak_memory_mb: 0.0,
        }
    }
}

/// The smallest time that at least `percent` of the sorted times do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_answered_in_the_measured_time_counts() {
        let mut all = Tally::default();
        for _ in 0..2 {
            let latencies = (1..=100).map(Duration::from_millis).collect();
            all.add(Tally { decisions: 150, counted: 100, latencies });
        }
        let measured = all.measured(Duration::from_secs(4));
        assert_eq!((measured.throughput, measured.decisions), (50.0, 300));
        assert_eq!((measured.p50_ms, measured.p99_ms), (50.0, 99.0));
    }

    #[test]
    fn nothing_measured_is_no_panic() {
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
