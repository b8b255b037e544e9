//! Feishu, and Lark: a card for a custom bot. All its texts are plain. Signed by a secret, if the bot asks
//! for that.

use super::{Message, Tone, cut, within};
use crate::{signing::hmac_base64, words::Words};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The largest message that is taken is 20 KB.
const LONGEST: usize = 19 * 1024;
/// Too many messages, in the words of the bot and of what is before it.
pub(super) const BUSY: &[i64] = &[9_499, 11_232, 11_233];

pub(super) fn body(message: &Message<'_>, secret: Option<&str>, now: DateTime<Utc>) -> Vec<u8> {
    within(LONGEST, message.words, |words| {
        let mut body = json!({"msg_type": "interactive", "card": card(words, message)});
        if let Some(secret) = secret {
            let timestamp = now.timestamp().to_string();
            body["sign"] = signature(secret, &timestamp).into();
            body["timestamp"] = timestamp.into();
        }
        body.to_string().into_bytes()
    })
}

/// The key is the time, in seconds, and the secret; what is signed is empty.
fn signature(secret: &str, timestamp: &str) -> String {
    hmac_base64(format!("{timestamp}\n{secret}").as_bytes(), b"")
}

fn card(words: &Words, message: &Message<'_>) -> Value {
    let mut elements = Vec::new();
    if !words.lines.is_empty() {
        elements.push(json!({"tag": "div", "text": plain(&words.lines.join("\n"), 3_000)}));
    }
    if !words.facts.is_empty() {
        let field = |(name, value): &(String, String)| {
            let text = format!("{}\n{}", cut(name, 200), cut(value, 600));
            json!({"is_short": value.chars().count() <= 40, "text": plain(&text, 801)})
        };
        let fields: Vec<Value> = words.facts.iter().map(field).collect();
        elements.push(json!({"tag": "div", "fields": fields}));
    }
    elements.push(json!({"tag": "action", "actions": [{
        "tag": "button",
        "type": "primary",
        "text": plain(&words.button, 100),
        "url": message.link,
    }]}));
    elements.push(json!({"tag": "note", "elements": [plain(&words.footer, 300)]}));
    json!({
        "config": {"wide_screen_mode": true},
        "header": {"template": template(message.tone), "title": plain(&words.title, 300)},
        "elements": elements,
    })
}

fn template(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "green",
        Tone::Plain => "blue",
        Tone::Warning => "orange",
        Tone::Alarm => "red",
    }
}

fn plain(text: &str, length: usize) -> Value {
    json!({"tag": "plain_text", "content": cut(text, length)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_has_time_and_secret_as_its_key() {
        let expected = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=";
        assert_eq!(signature("demo", "1599360473"), expected);
    }
}
