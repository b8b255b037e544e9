//! `/live`: tells open pages that numbers of their organization have changed, by server-sent events.
//! What has changed they ask for themselves, by the rights of who looks.

use super::{
    problem::{Answer, Problem},
    query::Query,
    security::comes_from_us,
};
use app::Visitor;
use axum::{
    extract::{Extension, Request, State},
    http::{HeaderName, StatusCode, header},
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use service::{Changes, Error, Service};
use std::{convert::Infallible, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How long a stream goes on before the browser has to ask anew: it may have signed out meanwhile.
const LONGEST: Duration = Duration::from_mins(5);
/// How often something is sent, so that nothing on the way takes the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits until it asks anew.
const RETRY: Duration = Duration::from_secs(1);
/// For proxies that would collect a stream before they pass it on.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What a page knows already.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// How long ago it was read, in seconds.
    since: Option<String>,
}

/// The changes of the visitor's organization: each event says that there is one, and nothing else.
pub(crate) async fn stream(
    State(service): State<Service>,
    Extension(visitor): Extension<Visitor>,
    Query(known): Query<Known>,
    request: Request,
) -> Answer<impl IntoResponse> {
    if !comes_from_us(request.headers(), request.uri()) {
        let detail = "Only pages of this server may follow changes.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "FOREIGN_ORIGIN", detail));
    }
    let caller = visitor.caller.ok_or(Error::Unauthenticated)?;
    let since = known.since.as_deref().map_or(Ok(0), str::parse);
    let since = since.map_err(|_| Problem::invalid("since", "must be a number of seconds"))?;
    let changes = service.follow(&caller, Duration::from_secs(since))?;
    let headers = [(header::CACHE_CONTROL, "no-store"), (BUFFERING, "no")];
    let events = Sse::new(events(changes)).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok((headers, events))
}

fn events(changes: Changes) -> impl Stream<Item = Result<Event, Infallible>> {
    let begin = stream::once(async { Event::default().retry(RETRY) });
    let end = Instant::now() + LONGEST;
    let told = stream::unfold(changes, move |mut changes| async move {
        let () = timeout_at(end, changes.next()).await.ok().flatten()?;
        Some((Event::default().data("changed"), changes))
    });
    begin.chain(told).map(Ok)
}
