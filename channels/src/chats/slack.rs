//! Slack: blocks of a message to an incoming webhook. Its URL is the secret.

use super::{Message, cut};
use serde_json::{Value, json};

/// A section has at most ten fields: five facts with their names.
const FACTS_IN_SECTION: usize = 5;
/// A message has at most fifty blocks.
const SECTIONS: usize = 4;

pub(super) fn body(message: &Message<'_>) -> Vec<u8> {
    let words = message.words;
    let mut blocks = vec![json!({"type": "header", "text": plain(&words.title, 150)})];
    if !words.lines.is_empty() {
        blocks.push(json!({"type": "section", "text": plain(&words.lines.join("\n"), 3_000)}));
    }
    for facts in words.facts.chunks(FACTS_IN_SECTION).take(SECTIONS) {
        let fields: Vec<Value> = facts
            .iter()
            .flat_map(|(name, value)| {
                let name = format!("*{}*", escaped(&cut(name, 200)).replace('*', "＊"));
                [json!({"type": "mrkdwn", "text": name}), plain(value, 600)]
            })
            .collect();
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    blocks.push(json!({"type": "actions", "elements": [
        {"type": "button", "text": plain(&words.button, 75), "url": message.link}]}));
    blocks.push(json!({"type": "context", "elements": [plain(&words.footer, 300)]}));
    // The first is for notifications, which show no blocks.
    json!({"text": escaped(&cut(&words.title, 150)), "blocks": blocks}).to_string().into_bytes()
}

/// Text that nothing is read into but the three characters that are always escaped.
fn plain(text: &str, length: usize) -> Value {
    // Escaping makes it longer, and what is too long is refused as a whole.
    let mut kept = length;
    let mut text = cut(text, kept);
    while escaped(&text).chars().count() > length {
        kept = kept * 9 / 10;
        text = cut(&text, kept);
    }
    json!({"type": "plain_text", "text": escaped(&text), "emoji": false})
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
