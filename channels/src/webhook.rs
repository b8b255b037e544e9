//! Signed webhooks: what programs are told, as Standard Webhooks has it.

use crate::{
    failure::{Failure, Retry},
    http::{Answer, Post},
    signing::hmac_base64,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::notices::Notice;
use reqwest::{Url, header::HeaderValue};
use serde_json::{Value, json};

/// What a secret begins with.
pub(crate) const PREFIX: &str = "whsec_";

/// The notice for `url`, signed at `now`.
pub(crate) fn post(
    url: Url,
    secret: Option<&str>,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<Post, Failure> {
    let key = secret.and_then(|secret| STANDARD.decode(secret.strip_prefix(PREFIX)?).ok());
    let key = key.ok_or_else(|| Failure::never("The channel has no secret to sign with."))?;
    let (id, timestamp) = (notice.id.to_string(), now.timestamp().to_string());
    let mut post = Post::json(url, body(notice)?.to_string().into_bytes());
    let signature = signature(&key, &id, &timestamp, &post.body);
    let headers =
        [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
    for (name, value) in headers {
        let value = HeaderValue::try_from(value).map_err(|error| unwritable(&error))?;
        post.headers.insert(name, value);
    }
    Ok(post)
}

/// The code of id, time and body.
fn signature(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(body);
    format!("v1,{}", hmac_base64(key, &signed))
}

/// What happened, with where it did.
fn body(notice: &Notice) -> Result<Value, Failure> {
    let mut body = serde_json::to_value(&notice.news).map_err(|error| unwritable(&error))?;
    body["timestamp"] = notice.at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
    let about = json!({
        "event_id": notice.id,
        "organization_id": notice.organization,
        "organization": notice.organization_name,
        "currency": notice.currency,
        "link": notice.link,
    });
    if let (Some(data), Value::Object(about)) = (body["data"].as_object_mut(), about) {
        data.extend(about);
    }
    Ok(body)
}

fn unwritable(error: &impl std::fmt::Display) -> Failure {
    Failure::never(format!("The message can't be written: {error}"))
}

/// Any 2xx means that it was taken. All else can be put right on the other side, but 410, by which it says
/// that it wants no more.
pub(crate) fn verdict(answer: &Answer) -> Result<(), Failure> {
    if answer.status.is_success() { Ok(()) } else { Err(Failure::status(answer, Retry::Later)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference libraries.
    #[test]
    fn the_signature_is_the_one_of_the_standard() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signature = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
