//! Past usage, as CloudEvents in JSON.

use super::key::Key;
use crate::http::{
    authentication::ApiCaller,
    json::{HUGE, from_value, media_type, object, parse, read, require_json},
    problem::{Answer, Problem},
    query::Query,
};
use axum::{
    Json,
    extract::{FromRequest, Request, State},
};
use domain::{
    input::Invalid,
    usage_import::{EventInput, OnError, RejectedEvent, UsageEvent},
};
use serde::Deserialize;
use serde_json::Value;
use service::{Error, ImportedUsage, Service, UnreadableEvent, UsageImport};
use utoipa::{IntoParams, ToSchema};

/// The structured batch format of CloudEvents: nothing but events.
const CLOUDEVENTS_BATCH: &str = "application/cloudevents-batch+json";

/// A list of events, before they are read one by one: one that is wrong spoils no other.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportInput {
    /// CloudEvents 1.0, up to 10,000.
    #[schema(value_type = Vec<Object>, max_items = 10_000)]
    events: Vec<Value>,
    /// What becomes of the others if some are refused.
    #[schema(pattern = "^(reject_all|keep_valid)$")]
    on_error: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for ImportInput {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if media_type(&request) != CLOUDEVENTS_BATCH {
            require_json(&request)?;
            return object(&read(request, state, HUGE).await?);
        }
        match parse(&read(request, state, HUGE).await?)? {
            Value::Array(events) => Ok(Self { events, on_error: None }),
            _ => Err(Problem::invalid("body", "must be a JSON array of events")),
        }
    }
}

/// What the address says, for a body that has no room for it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportQuery {
    on_error: Option<String>,
}

/// Records what was used in the past: 200 also where some events were duplicates or, if the caller
/// chose so, refused.
#[utoipa::path(
    post, path = "/usage/import", operation_id = "import_usage", tag = "usage",
    security(("key" = ["admin"])), params(Key, ImportQuery), request_body = ImportInput,
    responses((status = 200, description = "What was recorded", body = ImportedUsage))
)]
pub(crate) async fn post(
    State(service): State<Service>,
    ApiCaller(caller): ApiCaller,
    Key(key): Key,
    Query(query): Query<ImportQuery>,
    input: ImportInput,
) -> Answer<Json<ImportedUsage>> {
    let on_error = input.on_error.or(query.on_error);
    let on_error: Option<OnError> =
        on_error.map(|code| code.parse()).transpose().map_err(Error::from)?;
    let (mut events, mut unreadable) = (Vec::with_capacity(input.events.len()), Vec::new());
    for (number, sent) in (1..).zip(input.events) {
        match event(&sent) {
            Ok(event) => events.push((number, event)),
            Err(invalid) => {
                let id = sent.get("id").and_then(Value::as_str);
                let rejected = RejectedEvent::new(number, id, &invalid);
                unreadable.push(UnreadableEvent { rejected, sent });
            }
        }
    }
    let import = UsageImport { events, unreadable, on_error: on_error.unwrap_or_default() };
    Ok(Json(service.import_usage(&caller, import, key).await?))
}

fn event(sent: &Value) -> Result<UsageEvent, Invalid> {
    if !sent.is_object() {
        return Err(Invalid::new("event", "must be a JSON object"));
    }
    from_value(sent).and_then(EventInput::parse)
}
