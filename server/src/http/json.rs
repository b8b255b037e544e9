//! Bodies as JSON: what can't be read is refused with the field that is wrong.

use super::problem::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use domain::input::{Invalid, Object};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// The largest body that most requests may have, in bytes.
pub(crate) const USUAL: usize = 64 * 1024;
/// The largest body of a request that lists a thousand others.
pub(crate) const LARGE: usize = 1024 * 1024;
/// The largest body of a request that lists ten thousand events.
pub(crate) const HUGE: usize = 8 * 1024 * 1024;

/// A body that was read as JSON. Unknown fields are refused where `T` denies them.
pub(crate) struct Body<T>(pub T);

/// The same, on a path that takes large bodies.
pub(crate) struct LargeBody<T>(pub T);

/// The same, for a request that needs no body: without one it is as if no field were given.
pub(crate) struct OptionalBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for LargeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(&request)?;
        object(&read(request, state, LARGE).await?).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = require_json(&request);
        let bytes = read(request, state, USUAL).await?;
        if bytes.is_empty() {
            Ok(Self(T::default()))
        } else {
            is_json.and_then(|()| object(&bytes)).map(Self)
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(&request)?;
        object(&read(request, state, USUAL).await?).map(Self)
    }
}

/// The type of a body, without parameters.
pub(crate) fn media_type(request: &Request) -> &str {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Refuses a body that is compressed: nobody should have to guess how large it becomes.
fn require_plain(request: &Request) -> Result<(), Problem> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_none_or(|encoding| encoding == "identity") {
        return Ok(());
    }
    let detail = "Send the body as it is: it must not have the header Content-Encoding.";
    let taken = (header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity"));
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Err(Problem::new(status, "UNSUPPORTED_CONTENT_ENCODING", detail)
        .with_headers(HeaderMap::from_iter([taken])))
}

pub(crate) fn require_json(request: &Request) -> Result<(), Problem> {
    if media_type(request) == "application/json" {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UNSUPPORTED_MEDIA_TYPE",
        "Send JSON, with the header Content-Type: application/json.",
    ))
}

/// Reads a body of up to `largest` bytes.
pub(crate) async fn read<S: Send + Sync>(
    request: Request,
    state: &S,
    largest: usize,
) -> Result<Bytes, Problem> {
    require_plain(&request)?;
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "BODY_TOO_LARGE",
            format!("The body is larger than {} KiB.", largest / 1024),
        ),
        status => Problem::new(status, "BODY_UNREADABLE", "The body could not be read."),
    })
}

/// Reads bytes as a JSON object.
pub(crate) fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    parse(bytes).map(|Object(value)| value)
}

/// Reads bytes as JSON.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| malformed(format!("The body is not valid UTF-8: {error}.")))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| problem(&error.path().to_string(), &error.into_inner()))?;
    deserializer.end().map_err(|error| malformed(format!("After the JSON value: {error}.")))?;
    Ok(value)
}

/// Reads a part of a body whose parts are read apart.
pub(crate) fn from_value<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, Invalid> {
    let Object(value) = serde_path_to_error::deserialize(value)
        .map_err(|error| invalid(&error.path().to_string(), &error.into_inner()))?;
    Ok(value)
}

fn malformed(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", detail).with("field", "body")
}

fn problem(path: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => service::Error::from(invalid(path, error)).into(),
        _ => malformed(format!("The body is not valid JSON: {error}.")),
    }
}

/// What is wrong with JSON that is not of the form that was expected.
fn invalid(path: &str, error: &serde_json::Error) -> Invalid {
    let message = without_position(&error.to_string());
    match field(path, &message) {
        Some(field) => Invalid::new(field, format!("is not as expected: {message}")),
        None => Invalid::new("body", "must be a JSON object"),
    }
}

/// The path of the field; for one that is missing or unknown, its name from the message, since
/// the path then ends with the object around it. None if it is the body as a whole.
fn field(path: &str, message: &str) -> Option<String> {
    let named = ["missing field `", "unknown field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    match (path, named) {
        (".", None) => None,
        (".", Some(name)) => Some(name.to_owned()),
        (path, Some(name)) if !path.ends_with(name) => Some(format!("{path}.{name}")),
        (path, _) => Some(path.to_owned()),
    }
}

/// Where in the text it happened says less than which field.
fn without_position(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(text, _)| text).to_owned()
}
