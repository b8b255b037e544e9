//! What holds for every operation, said once: the ways in which it can be refused, and its
//! headers.

use serde_json::{Map, Value, json};

/// What the document says of the API as a whole.
const BASE: &str = include_str!("base.json");
/// The methods of a path item; what else it has is no operation.
const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// Adds what holds for every operation to a document of operations.
pub(super) fn apply(document: &mut Value) {
    for (path, _, operation) in operations(document) {
        without_null(operation);
        add_path_parameters(&path, operation);
        add_refusals(&path, operation);
        add_headers(operation);
    }
    write_out_schemas(document);
    let base = serde_json::from_str(BASE).unwrap_or_default();
    merge(document, base);
}

/// Every operation, with its path and method.
pub(super) fn operations(document: &mut Value) -> Vec<(String, String, &mut Map<String, Value>)> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let mut all = Vec::new();
    for (path, item) in paths {
        let methods = item.as_object_mut().into_iter().flatten();
        for (method, operation) in methods.filter(|(name, _)| METHODS.contains(&name.as_str())) {
            let operation = operation.as_object_mut();
            all.extend(operation.map(|operation| (path.clone(), method.clone(), operation)));
        }
    }
    all
}

/// The names in braces of a path.
fn named(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// A parameter is there or is left out: it can't be `null`.
fn without_null(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let types = parameter["schema"]["type"].as_array();
        if let Some(kind) = types.and_then(|types| types.iter().find(|kind| *kind != "null")) {
            parameter["schema"]["type"] = kind.clone();
        }
    }
}

/// Handlers take what a path names as text, and answer that there is no such thing.
fn add_path_parameters(path: &str, operation: &mut Map<String, Value>) {
    for name in named(path) {
        let (description, schema) = match name {
            "id" => ("Its id", json!({"type": "string", "format": "uuid"})),
            _ => ("Its code, such as `emails`", json!({"type": "string", "minLength": 1})),
        };
        let parameter = json!({"name": name, "in": "path", "required": true,
            "description": description, "schema": schema});
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(parameter);
        }
    }
}

/// The ways in which a request can be refused before anything is decided.
fn add_refusals(path: &str, operation: &mut Map<String, Value>) {
    let has_body = operation.contains_key("requestBody");
    let takes = |operation: &Map<String, Value>, place: &str, name: Option<&str>| {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        parameters.into_iter().flatten().any(|parameter| {
            parameter["in"] == place && name.is_none_or(|name| parameter["name"] == name)
        })
    };
    let edits = takes(operation, "header", Some("If-Match"));
    let takes_key = takes(operation, "header", Some("Idempotency-Key"));
    let asks = takes(operation, "query", None);
    let refusals = [
        ("400", "BadRequest", has_body),
        ("401", "Unauthenticated", true),
        ("403", "Forbidden", true),
        ("404", "NotFound", has_body || asks || named(path).next().is_some()),
        ("406", "NotAcceptable", true),
        ("409", "Conflict", edits || takes_key),
        ("412", "PreconditionFailed", edits),
        ("413", "BodyTooLarge", has_body),
        ("415", "UnsupportedMediaType", has_body),
        ("422", "Invalid", has_body || asks || takes_key || named(path).next().is_some()),
        ("429", "TooManyRequests", true),
        ("500", "Internal", true),
        ("503", "Unavailable", true),
    ];
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for (status, name, _) in refusals.into_iter().filter(|(_, _, happens)| *happens) {
        let response = json!({"$ref": format!("#/components/responses/{name}")});
        responses.entry(status).or_insert(response);
    }
}

/// Headers of what succeeds.
fn add_headers(operation: &mut Map<String, Value>) {
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (_, response) in responses.into_iter().flatten().filter(|(code, _)| code.starts_with('2')) {
        response["headers"] = json!({
            "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
            "ETag": {"$ref": "#/components/headers/ETag"},
            "RateLimit": {"$ref": "#/components/headers/RateLimit"},
            "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
        });
    }
}

/// Makes schemas say what is in the JSON, and nothing of how it is made.
fn write_out_schemas(document: &mut Value) {
    let schemas = document["components"]["schemas"].take();
    let schemas = schemas.as_object().cloned().unwrap_or_default();
    let written = schemas.iter().map(|(name, schema)| (name.clone(), join(schema, &schemas)));
    document["components"]["schemas"] = written.collect::<Map<_, _>>().into();
    in_json_terms(document);
}

/// An object that takes the fields of others, as one list of fields: one that refuses unknown
/// fields can't be added to another as it is.
fn join(schema: &Value, schemas: &Map<String, Value>) -> Value {
    let Some(parts) = schema["allOf"].as_array() else { return schema.clone() };
    let mut joined = json!({"type": "object", "properties": {}, "required": []});
    for part in parts {
        // Fields that are there together, or not at all.
        let optional = part["oneOf"]
            .as_array()
            .and_then(|choices| choices.iter().find(|choice| choice["type"] != "null"));
        let named = optional.unwrap_or(part)["$ref"].as_str();
        let named = named.and_then(|path| schemas.get(path.rsplit('/').next()?));
        let part = join(named.unwrap_or(part), schemas);
        merge(&mut joined["properties"], part["properties"].clone());
        let required = part["required"].as_array().filter(|_| optional.is_none());
        if let Some(all) = joined["required"].as_array_mut() {
            all.extend(required.into_iter().flatten().cloned());
        }
    }
    if let Some(description) = schema.get("description") {
        joined["description"] = description.clone();
    }
    joined
}

/// In the documentation of the code, what JSON calls `null` is `None`.
fn in_json_terms(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = text.replace("`None`", "`null`").replace("`Some`", "a value");
            }
            members.values_mut().for_each(in_json_terms);
        }
        Value::Array(items) => items.iter_mut().for_each(in_json_terms),
        _ => {}
    }
}

/// Puts what `more` has into `document`, object by object.
fn merge(document: &mut Value, more: Value) {
    match (document, more) {
        (Value::Object(document), Value::Object(more)) => {
            for (name, value) in more {
                merge(document.entry(name).or_insert(Value::Null), value);
            }
        }
        (document, more) => *document = more,
    }
}
