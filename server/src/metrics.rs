//! What the server counts, for `/metrics`.

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// Requests by method, route and class of status.
pub(crate) const REQUESTS: &str = "allot_http_requests_total";
/// Requests that were refused because a key calls too often.
pub(crate) const RATE_LIMITED: &str = "allot_http_requests_rate_limited_total";
/// How long requests took, by method and route.
pub(crate) const REQUEST_DURATION: &str = "allot_http_request_duration_seconds";
const BUILD: &str = "allot_build_info";

/// From half a millisecond, which is less than any decision takes, to longer than one may take.
const SECONDS: [f64; 14] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0];
/// Up to a full batch, and beyond: one call can bring a thousand requests.
const SIZES: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 1_000.0];

/// What is counted in this program, as text. The first call begins to count.
pub(crate) fn handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new();
    let recorder = recorder
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|with| with.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &SIZES))
        // Only an empty list is refused.
        .unwrap_or_default()
        .build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::error!("something else counts in this program: /metrics stays empty");
    }
    describe_counter!(REQUESTS, "Requests by method, route and class of status.");
    describe_counter!(RATE_LIMITED, "Requests that were refused because a key calls too often.");
    counter!(RATE_LIMITED).absolute(0);
    describe_histogram!(
        REQUEST_DURATION,
        Unit::Seconds,
        "How long requests took until their answer began, by method and route."
    );
    describe_gauge!(BUILD, "The version of this server, as a label; always 1.");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1);
    service::metrics::describe();
    handle
}
