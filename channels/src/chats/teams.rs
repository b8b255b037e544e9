//! Microsoft Teams: an Adaptive Card for a workflow that posts what it gets by its webhook. The URL of the
//! workflow is the secret.

use super::{Message, Tone, cut, within};
use crate::{
    failure::{Failure, quoted},
    http::Answer,
    words::Words,
};
use serde_json::{Value, json};

/// The largest message that Teams takes is 28 KB.
const LONGEST: usize = 26 * 1024;

pub(super) fn body(message: &Message<'_>) -> Vec<u8> {
    within(LONGEST, message.words, |words| card(words, message).to_string().into_bytes())
}

/// Only runs of text show it as it is: a block of text reads Markdown and dates in it.
fn card(words: &Words, message: &Message<'_>) -> Value {
    let title = run(&words.title, &json!({"weight": "Bolder", "size": "Large"}));
    let mut body = vec![json!({
        "type": "Container",
        "style": style(message.tone),
        "bleed": true,
        "items": [rich(&[title])],
    })];
    body.extend(words.lines.iter().map(|line| rich(&[run(line, &json!({}))])));
    body.extend(words.facts.iter().map(|(name, value)| {
        rich(&[run(&format!("{name}: "), &json!({"weight": "Bolder"})), run(value, &json!({}))])
    }));
    body.push(rich(&[run(&words.footer, &json!({"isSubtle": true, "size": "Small"}))]));
    json!({
        "type": "message",
        "summary": words.title,
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": body,
                "actions": [
                    {"type": "Action.OpenUrl", "title": words.button, "url": message.link}
                ],
            },
        }],
    })
}

fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Plain => "emphasis",
        Tone::Warning => "warning",
        Tone::Alarm => "attention",
    }
}

fn rich(runs: &[Value]) -> Value {
    json!({"type": "RichTextBlock", "inlines": runs})
}

/// Text with what `looks` says of it.
fn run(text: &str, looks: &Value) -> Value {
    let mut run = json!({"type": "TextRun", "text": cut(text, 1_000)});
    if let (Some(run), Some(looks)) = (run.as_object_mut(), looks.as_object()) {
        run.extend(looks.clone());
    }
    run
}

/// A connector of the old kind answers 200 whatever came of it; a workflow answers 202 without a body.
pub(super) fn verdict(answer: &Answer) -> Result<(), Failure> {
    let said = String::from_utf8_lossy(&answer.body);
    let lowered = said.to_lowercase();
    if !lowered.contains("failed") && !lowered.contains("error") {
        return Ok(());
    }
    let message = format!("Teams did not take it: {}", quoted(&said));
    let busy = lowered.contains("429") || lowered.contains("throttl");
    Err(if busy { Failure::later(message) } else { Failure::never(message) })
}
