//! What came of the calls.

use std::collections::BTreeMap;
use std::time::Duration;

use allot_client::Denied;

/// The answers to one operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    allowed: u64,
    refused: BTreeMap<String, u64>,
    errors: BTreeMap<String, u64>,
    times: Vec<Duration>,
}

impl Tally {
    pub(super) fn allow(&mut self) {
        self.allowed += 1;
    }

    pub(super) fn refuse(&mut self, denied: &Denied) {
        *self.refused.entry(failed_limits(denied)).or_default() += 1;
    }

    pub(super) fn fail(&mut self, reason: String) {
        *self.errors.entry(reason).or_default() += 1;
    }

    pub(super) fn time(&mut self, time: Duration) {
        self.times.push(time);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.allowed += other.allowed;
        for (limit, count) in other.refused {
            *self.refused.entry(limit).or_default() += count;
        }
        for (reason, count) in other.errors {
            *self.errors.entry(reason).or_default() += count;
        }
        self.times.extend(other.times);
    }

    /// How many calls were decided, one way or the other.
    pub(super) fn decided(&self) -> u64 {
        self.allowed + self.refused.values().sum::<u64>()
    }

    pub(super) fn print(&mut self, operation: &str) {
        self.times.sort_unstable();
        let milliseconds = |percent| percentile(&self.times, percent).as_secs_f64() * 1000.0;
        println!("  {operation}");
        println!("    allowed            {:>8}", self.allowed);
        for (limit, count) in &self.refused {
            println!("    refused            {count:>8}  by {limit}");
        }
        for (reason, count) in &self.errors {
            println!("    failed             {count:>8}  {reason}");
        }
        println!("    latency p50, p99   {:>8.1} ms, {:.1} ms", milliseconds(50), milliseconds(99));
    }
}

/// The limits that a refusal names, such as `member credits, organization credits`.
fn failed_limits(denied: &Denied) -> String {
    let limits = denied.failed.iter().map(|failed| &failed.limit);
    let mut limits: Vec<String> =
        limits.map(|limit| format!("{} {}", limit.scope, limit.meter)).collect();
    limits.sort();
    limits.dedup();
    if limits.is_empty() { "no limit that it names".to_owned() } else { limits.join(", ") }
}

/// The smallest time that at least `percent` of the sorted times do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(100));
        assert_eq!(percentile(&times, 99), Duration::from_millis(198));
        assert_eq!(percentile(&times[..1], 99), Duration::from_millis(1));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }

    /// A refusal by limits of these scopes.
    fn denied(scopes: &[&str]) -> Denied {
        let failed = |scope: &&str| {
            json!({
                "scope": scope, "scope_id": "1", "meter": "credits", "period": "monthly",
                "limit": 5, "used": 5, "reserved": 0, "set_aside": 0, "remaining": 0,
                "resets_at": null, "requested": 1, "would_fit": 0, "raised_by": [],
            })
        };
        let failed: Vec<_> = scopes.iter().map(failed).collect();
        serde_json::from_value(json!({"would_fit": 0, "failed": failed})).unwrap()
    }

    #[test]
    fn refusals_are_counted_by_the_limits_that_they_name() {
        let both = denied(&["organization", "member", "member"]);
        assert_eq!(failed_limits(&both), "member credits, organization credits");
        assert_eq!(failed_limits(&denied(&[])), "no limit that it names");
    }

    #[test]
    fn tallies_add_up() {
        let mut all = Tally::default();
        for _ in 0..2 {
            let mut one = Tally::default();
            one.allow();
            one.refuse(&denied(&[]));
            one.fail("500".to_owned());
            one.time(Duration::from_millis(3));
            all.add(one);
        }
        assert_eq!((all.decided(), all.errors["500"], all.times.len()), (4, 2, 2));
    }
}
