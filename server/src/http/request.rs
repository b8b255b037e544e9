//! What goes with a request from its beginning to its end: its id, its line in the log, its numbers in
//! the metrics, and how often its key may still call.

use super::request_limit::CallsLeft;
use crate::{
    metrics::{REQUEST_DURATION, REQUESTS},
    traces,
};
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use metrics::{counter, histogram};
use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};
use tracing::Instrument as _;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of an id that a caller may choose.
const LONGEST_ID: usize = 128;
/// The route of what no route takes. Paths themselves are in no log and no metric: there is no end of
/// them, and some are links that sign somebody in.
const NO_ROUTE: &str = "none";

tokio::task_local! {
    static CURRENT: Arc<Current>;
}

/// What is known of the request that this task answers.
struct Current {
    id: RequestId,
    calls_left: OnceLock<CallsLeft>,
}

/// An id that is visible ASCII.
struct RequestId(String);

impl RequestId {
    /// The caller's, if it is a sane one; else a new one.
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let sane = |id: &&str| {
            (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        Self(given.filter(sane).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

/// The id of the request that this task answers; `None` outside of any.
pub(super) fn current_id() -> Option<String> {
    CURRENT.try_with(|current| current.id.0.clone()).ok()
}

/// Keeps how often the key of this request may still call, for the headers of its answer.
pub(super) fn note_calls_left(left: CallsLeft) {
    // A request has one key. Outside of a request there is no answer to tell it in.
    let _told = CURRENT.try_with(|current| current.calls_left.set(left));
}

/// Follows a request to its answer. The outermost layer: what others refuse is logged and counted too.
pub(super) async fn follow(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let id = RequestId::of(request.headers());
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    // Of the highest level: whatever is logged on the way says of which request it is.
    let span = tracing::error_span!("request", request_id = id.0, method, route);
    traces::begin_request(&span, request.headers(), method, route);
    let current = Arc::new(Current { id, calls_left: OnceLock::new() });
    let answer = CURRENT.scope(Arc::clone(&current), next.run(request));
    let mut response = answer.instrument(span.clone()).await;

    if let Ok(id) = HeaderValue::from_str(&current.id.0) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if let Some(left) = current.calls_left.get() {
        left.tell(response.headers_mut());
    }
    let (status, took) = (response.status().as_u16(), begin.elapsed());
    traces::end_request(&span, status);
    let (id, milliseconds) = (&current.id.0, u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    tracing::info!(parent: None, request_id = id, method, route, status, milliseconds, "answered");
    count(method, route, status, took.as_secs_f64());
    response
}

/// A method as a label: those that nobody knows are one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn count(method: &'static str, route: &str, status: u16, seconds: f64) {
    let status = match status / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "1xx",
    };
    let route: Arc<str> = route.into();
    counter!(
        REQUESTS,
        "method" => method,
        "route" => Arc::clone(&route),
        "status" => status,
    )
    .increment(1);
    histogram!(REQUEST_DURATION, "method" => method, "route" => route).record(seconds);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &[u8]) -> String {
        let value = HeaderValue::from_bytes(value).unwrap();
        RequestId::of(&HeaderMap::from_iter([(REQUEST_ID, value)])).0
    }

    #[test]
    fn a_sane_id_of_the_caller_is_kept_and_any_other_replaced() {
        let longest = "x".repeat(LONGEST_ID);
        for sane in ["7", "0192-abc/def:1~", &longest] {
            assert_eq!(of(sane.as_bytes()), sane);
        }
        let too_long = "x".repeat(LONGEST_ID + 1);
        for insane in ["", "two words", "tab\there", &too_long, "naïve"] {
            let made: Uuid = of(insane.as_bytes()).parse().unwrap();
            assert_eq!(made.get_version_num(), 7, "{insane}");
        }
        assert_ne!(RequestId::of(&HeaderMap::new()).0, RequestId::of(&HeaderMap::new()).0);
    }
}
