//! `RateLimit` and `RateLimit-Policy` headers and `Retry-After`, from the limits of a decision.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use chrono::{DateTime, Utc};
use domain::answer::{Denial, LimitReport, LimitScope};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The headers that say where `limits` stand at `now`. Unlimited ones are left out.
pub(crate) fn of<'a>(
    limits: impl Iterator<Item = &'a LimitReport>,
    now: DateTime<Utc>,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for report in limits {
        let (Some(limit), Some(remaining)) = (report.limit, report.remaining) else { continue };
        let scope = match report.scope {
            LimitScope::Plan => "plan",
            LimitScope::Organization => "organization",
            LimitScope::Member => "member",
        };
        let name = format!("{scope}-{}-{}", report.meter, report.period);
        let seconds = (report.resets_at - now).num_seconds().max(0);
        let mut append = |header: HeaderName, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.append(header, value);
            }
        };
        append(RATE_LIMIT_POLICY, format!("\"{name}\";q={limit}"));
        append(RATE_LIMIT, format!("\"{name}\";r={remaining};t={seconds}"));
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
    let last_reset = failed.iter().map(|failed| failed.limit.resets_at).max();
    if let Some(reset) = last_reset.filter(|_| fits_after_reset) {
        // Rounded up: a client that comes back too early is refused again.
        let seconds = (reset - now).num_milliseconds().max(0).unsigned_abs().div_ceil(1_000);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers
}
