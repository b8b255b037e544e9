//! `RateLimit` and `RateLimit-Policy` headers and `Retry-After`, from the limits of a decision.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use chrono::{DateTime, Utc};
use domain::answer::{Denial, LimitReport};
use std::fmt::Write as _;

pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The headers that say where `limits` stand at `now`. Unlimited ones are left out.
pub(crate) fn of<'a>(
    limits: impl Iterator<Item = &'a LimitReport>,
    now: DateTime<Utc>,
) -> HeaderMap {
    let (mut policies, mut states) = (String::new(), String::new());
    for report in limits {
        let (Some(limit), Some(remaining)) = (report.limit, report.remaining) else { continue };
        if !policies.is_empty() {
            policies.push_str(", ");
            states.push_str(", ");
        }
        let (scope, meter, period) = (report.scope.as_str(), &report.meter, report.period);
        // Writing into a String does not fail.
        let _written = write!(policies, "\"{scope}-{meter}-{period}\";q={limit}");
        let _written = write!(states, "\"{scope}-{meter}-{period}\";r={remaining}");
        if let Some(resets_at) = report.resets_at {
            let _written = write!(states, ";t={}", (resets_at - now).num_seconds().max(0));
        }
    }
    let mut headers = HeaderMap::new();
    for (name, list) in [(RATE_LIMIT_POLICY, policies), (RATE_LIMIT, states)] {
        if let Some(value) = HeaderValue::from_str(&list).ok().filter(|_| !list.is_empty()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// The headers of a denial, with `Retry-After` where waiting for a reset helps: not where the
/// request is larger than a limit is even when nothing is used of it.
pub(crate) fn of_denial(denial: &Denial, now: DateTime<Utc>) -> HeaderMap {
    let failed = &denial.failed;
    let mut headers = of(failed.iter().map(|failed| &failed.limit), now);
    let fits_after_reset =
        failed.iter().all(|f| f.limit.limit.is_none_or(|limit| f.requested <= limit));
    // A gauge never resets: None comes first.
    let resets = failed.iter().map(|failed| failed.limit.resets_at);
    let last_reset = resets.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
    if let Some(reset) = last_reset.filter(|_| fits_after_reset) {
        // Rounded up: a client that comes back too early is refused again.
        let seconds = (reset - now).num_milliseconds().max(0).unsigned_abs().div_ceil(1_000);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers
}
