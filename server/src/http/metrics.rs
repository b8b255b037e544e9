//! `/metrics`: what is counted, in the text format of Prometheus, for those who run the installation.

use super::problem::{Answer, Problem};
use crate::metrics;
use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use service::Service;
use std::{net::SocketAddr, sync::Arc};
use subtle::ConstantTimeEq as _;

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a proxy adds to a request that it passes on: the address that it comes from is the proxy's.
const PASSED_ON: [HeaderName; 3] =
    [header::FORWARDED, header::VIA, HeaderName::from_static("x-forwarded-for")];

#[derive(Clone)]
struct Metrics {
    service: Service,
    handle: PrometheusHandle,
    token: Option<Arc<str>>,
}

/// The page, for whoever has `token`; without one, for programs on this machine.
pub(super) fn router(service: Service, token: Option<String>) -> Router {
    let metrics = Metrics { service, handle: metrics::handle(), token: token.map(Arc::from) };
    Router::new().route("/metrics", get(show)).with_state(metrics)
}

async fn show(State(metrics): State<Metrics>, request: Request) -> Answer<impl IntoResponse> {
    let (parts, _no_body) = request.into_parts();
    metrics.admit(&parts)?;
    metrics.service.measure().await;
    metrics.handle.run_upkeep();
    Ok(([(header::CONTENT_TYPE, FORMAT)], metrics.handle.render()))
}

impl Metrics {
    fn admit(&self, parts: &Parts) -> Result<(), Problem> {
        let Some(token) = &self.token else { return from_here(parts) };
        let sent = parts.headers.get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
        let sent = sent.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
        if sent.ct_eq(token.as_bytes()).into() {
            return Ok(());
        }
        let detail = "Send the token in ALLOT_METRICS_TOKEN as a bearer token.";
        Err(Problem::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", detail))
    }
}

/// Refuses whatever does not come from this machine itself.
fn from_here(parts: &Parts) -> Result<(), Problem> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let is_here =
        peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback());
    let is_passed_on = PASSED_ON.iter().any(|name| parts.headers.contains_key(name));
    if is_here && !is_passed_on {
        return Ok(());
    }
    let detail = "Metrics are only for programs on the server's own machine. Set ALLOT_METRICS_TOKEN \
        to ask for them from elsewhere.";
    Err(Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", detail))
}
