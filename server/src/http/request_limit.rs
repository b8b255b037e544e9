//! How often one key may call this server. It is a fence against programs that run away, far above what
//! an organization is decided, and has nothing to do with quotas: it counts calls, whatever they do.

use super::{
    limit_headers::{RATE_LIMIT, RATE_LIMIT_POLICY},
    problem::Problem,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock, QuantaInstant},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
};

/// Who is remembered before those are forgotten who have not called lately.
const REMEMBERED: usize = 10_000;
/// Requests a second without a valid key that one address is answered with what is wrong with them.
const STRANGERS: NonZeroU32 = NonZeroU32::new(10).unwrap();

type PerCaller<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// How often whoever calls may call.
pub(super) struct RequestLimit {
    /// By a hash of the key, which ends with the program. `None`: as often as they like.
    keys: Option<PerCaller<u64>>,
    hasher: RandomState,
    strangers: Option<PerCaller<IpAddr>>,
}

/// How often a key may still call.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallsLeft {
    per_second: NonZeroU32,
    left: u32,
}

impl RequestLimit {
    /// A limit of `per_second` requests for each key; 0 is none, for strangers neither.
    pub(super) fn new(per_second: u32) -> Self {
        let keys = NonZeroU32::new(per_second).map(limiter);
        let strangers = keys.is_some().then(|| limiter(STRANGERS));
        Self { keys, hasher: RandomState::new(), strangers }
    }

    /// Counts a request with a valid key, or refuses it.
    pub(super) fn count(&self, key: &str) -> Result<Option<CallsLeft>, Problem> {
        let Some(keys) = &self.keys else { return Ok(None) };
        let state = take(keys, &self.hasher.hash_one(key)).map_err(|too_early| {
            let per_second = too_early.quota().burst_size();
            let detail = format!(
                "This API key calls more often than {per_second} times a second, which is as often as \
                 one key may call. This is no quota: nothing was decided, and no plan has a say in it. \
                 Wait, and send it again with the same Idempotency-Key."
            );
            refusal(detail, &too_early, Some(per_second))
        })?;
        let (per_second, left) = (state.quota().burst_size(), state.remaining_burst_capacity());
        Ok(Some(CallsLeft { per_second, left }))
    }

    /// Counts a request of `address` whose key is not valid; the problem, if there were too many of them.
    /// Requests with a valid key are not in its way: many may share an address.
    pub(super) fn count_stranger(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(strangers) = &self.strangers else { return Ok(()) };
        take(strangers, &address).map(|_| ()).map_err(|too_early| {
            let detail = "Too many requests without a valid API key come from this address. \
                Look up the key, and wait before you try again. This is no quota.";
            refusal(detail.to_owned(), &too_early, None)
        })
    }
}

fn limiter<K: Hash + Eq + Clone>(per_second: NonZeroU32) -> PerCaller<K> {
    RateLimiter::keyed(Quota::per_second(per_second)).with_middleware()
}

/// Counts one call. Where many callers are remembered, those are forgotten whose calls don't count any
/// more, so that no more are remembered than call within a second.
fn take<K: Hash + Eq + Clone>(
    limiter: &PerCaller<K>,
    key: &K,
) -> Result<governor::middleware::StateSnapshot, NotUntil<QuantaInstant>> {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
    limiter.check_key(key)
}

fn refusal(
    detail: String,
    too_early: &NotUntil<QuantaInstant>,
    per_second: Option<NonZeroU32>,
) -> Problem {
    metrics::counter!(crate::metrics::RATE_LIMITED).increment(1);
    let wait = too_early.wait_time_from(DefaultClock::default().now());
    // Rounded up: a client that comes back too early is refused again.
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let mut headers = HeaderMap::new();
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        headers.insert(header::RETRY_AFTER, seconds);
    }
    if let Some(per_second) = per_second {
        CallsLeft { per_second, left: 0 }.tell(&mut headers);
    }
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail).with_headers(headers)
}

impl CallsLeft {
    /// Adds the policy `requests` to those of quotas, in one list.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        let Self { per_second, left } = self;
        add(headers, RATE_LIMIT_POLICY, &format!("\"requests\";q={per_second};w=1"));
        add(headers, RATE_LIMIT, &format!("\"requests\";r={left};t=1"));
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, item: &str) {
    let listed = headers.get(&name).and_then(|value| value.to_str().ok());
    let list = listed.map_or_else(|| item.to_owned(), |listed| format!("{listed}, {item}"));
    if let Ok(value) = HeaderValue::from_str(&list) {
        headers.insert(name, value);
    }
}
