//! Traces by OpenTelemetry: of each request, what it waited for in the queue, and the batch and the
//! transaction that decided it. They leave by OTLP over HTTP if an address for them is configured; if not,
//! nothing of this costs anything.

use anyhow::{Context as _, Result, anyhow};
use async_trait::async_trait;
use axum::http::HeaderMap;
use opentelemetry::{
    KeyValue,
    propagation::TextMapPropagator as _,
    trace::{Status, TracerProvider as _},
};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::runtime::Handle;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// How long spans may take to be handed over.
const SENDING: Duration = Duration::from_secs(10);

/// Whether requests are traced.
static ON: AtomicBool = AtomicBool::new(false);

/// Begins to send traces to an OTLP receiver, such as `http://127.0.0.1:4318`. The other variables of
/// OpenTelemetry count too, such as `OTEL_SERVICE_NAME` and `OTEL_TRACES_SAMPLER`.
pub(crate) fn begin(endpoint: &str) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Sender::new()?)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(SENDING)
        .build()
        .context("traces can't be sent")?;
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
    let name = (!named).then(|| KeyValue::new("service.name", "allot"));
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attributes(name.into_iter().chain([version])).build();
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource);
    ON.store(true, Ordering::Relaxed);
    Ok(provider.build())
}

/// Sends what was not sent yet. Blocks.
pub(crate) fn end(provider: &SdkTracerProvider) {
    if let Err(error) = provider.shutdown() {
        tracing::warn!(%error, "the last traces were not sent");
    }
}

/// What makes traces of the spans of requests and decisions.
pub(crate) fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let ours = ["server", "service"].map(|room| (room, tracing::Level::INFO));
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("allot"))
        .with_location(false)
        .with_threads(false)
        .with_filter(Targets::new().with_targets(ours))
}

/// Makes `span` the span of a request, a part of the caller's trace if there is one.
pub(crate) fn begin_request(span: &Span, headers: &HeaderMap, method: &'static str, route: &str) {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    let context = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    // It has just begun, and so can still get a parent.
    let _adopted = span.set_parent(context);
    span.set_attribute("otel.kind", "server");
    span.set_attribute("otel.name", format!("{method} {route}"));
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
}

/// Says how the request ended.
pub(crate) fn end_request(span: &Span, status: u16) {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

/// Sends spans. They leave from a thread that belongs to no runtime, so the sending happens in ours.
#[derive(Debug)]
struct Sender {
    client: reqwest::Client,
    runtime: Handle,
}

impl Sender {
    fn new() -> Result<Self> {
        let tls = channels::tls().map_err(|error| anyhow!(error))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(SENDING)
            .user_agent("Allot")
            .build()?;
        Ok(Self { client, runtime: Handle::current() })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let client = self.client.clone();
        let answer = self.runtime.spawn(async move { client.execute(request).await }).await??;
        // What it has to say beside that is not read: it could be of any length.
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        Ok(response)
    }
}
