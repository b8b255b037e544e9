//! The log, to standard error: for people as text, for programs as JSON. What is secret is never logged:
//! no key, token or cookie, no body and no email.

use crate::{
    config::{LogConfig, LogFormat},
    traces,
};
use anyhow::Result;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io;
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Begins to log, and to trace if `tracer` is there.
pub(crate) fn begin(config: &LogConfig, tracer: Option<&SdkTracerProvider>) -> Result<()> {
    let layer = fmt::layer::<Registry>().with_writer(io::stderr);
    let layer = match config.log_format {
        LogFormat::Text => layer.boxed(),
        // The fields of an event beside its time and level, and its request under `spans`.
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(false).boxed(),
    };
    let log = layer.with_filter(EnvFilter::try_new(&config.log)?);
    tracing_subscriber::registry().with(log).with(tracer.map(traces::layer)).try_init()?;
    Ok(())
}
