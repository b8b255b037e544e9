//! What calls look like: a body and an answer for every operation, by its id.

use super::conventions::operations;
use serde_json::{Map, Value};

/// One file for each group of operations.
const FILES: [&str; 18] = [
    include_str!("examples/alerts.json"),
    include_str!("examples/api-keys.json"),
    include_str!("examples/audit.json"),
    include_str!("examples/catalogue.json"),
    include_str!("examples/channels.json"),
    include_str!("examples/decisions.json"),
    include_str!("examples/gauges.json"),
    include_str!("examples/jobs.json"),
    include_str!("examples/limits.json"),
    include_str!("examples/members.json"),
    include_str!("examples/operator.json"),
    include_str!("examples/packs.json"),
    include_str!("examples/plan.json"),
    include_str!("examples/quotas.json"),
    include_str!("examples/raise-requests.json"),
    include_str!("examples/reservations.json"),
    include_str!("examples/subtenants.json"),
    include_str!("examples/usage.json"),
];

/// Adds each example to the operation that it is of.
pub(super) fn add(document: &mut Value) {
    let read = |file| serde_json::from_str::<Map<String, Value>>(file).unwrap_or_default();
    let mut examples: Map<String, Value> = FILES.into_iter().flat_map(read).collect();
    for (_, _, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let Some(example) = examples.get_mut(id).map(Value::take) else { continue };
        if let Some(body) = operation.get_mut("requestBody") {
            show(body, &example["body"]);
        }
        let answers = operation.get_mut("responses").and_then(Value::as_object_mut);
        let succeeded = answers.into_iter().flatten().find(|(code, _)| code.starts_with('2'));
        if let Some((_, answer)) = succeeded {
            show(answer, &example["answer"]);
        }
    }
}

/// The example of a body or an answer, in each type that it has.
fn show(holder: &mut Value, example: &Value) {
    let types = holder.get_mut("content").and_then(Value::as_object_mut);
    for (_, content) in types.into_iter().flatten() {
        content["example"] = example.clone();
    }
}
