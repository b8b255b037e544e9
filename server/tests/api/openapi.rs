//! The document that describes the API: complete, true, and the same as the committed one.

use crate::support::Api;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::HashSet;

/// A change of the API is a change of this file, which a review sees.
const COMMITTED: &str = include_str!("../../../docs/openapi.json");

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn the_committed_document_is_what_the_server_says() {
    let committed: Value = serde_json::from_str(COMMITTED).unwrap();
    // Not compared as a whole: the difference would be two documents long.
    let document = server::http::document();
    for (name, operation) in operations(&document) {
        let (method, path) = name.split_once(' ').unwrap();
        assert_eq!(&committed["paths"][path][method], operation, "cargo xtask openapi: {name}");
    }
    assert!(committed == document, "docs/openapi.json is out of date: cargo xtask openapi");
}

#[test]
fn every_operation_has_a_name_words_and_the_ways_in_which_it_is_refused() {
    let document = server::http::document();
    assert_eq!(document["openapi"], "3.1.0");
    let tags = document["tags"].as_array().unwrap();
    let mut ids = HashSet::new();
    for (name, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}: its id is taken");
        assert!(operation["summary"].as_str().unwrap().ends_with('.'), "{name}");
        assert!(tags.iter().any(|tag| tag["name"] == operation["tags"][0]), "{name}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{name}");
        for status in ["401", "403", "406", "429", "500", "503"] {
            assert!(answers.contains_key(status), "{name}: {status}");
        }
    }
}

/// Every reference leads somewhere, and texts speak of JSON, not of the code behind it.
#[test]
fn the_document_stands_by_itself() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if let ("$ref", Some(to)) = (name.as_str(), value.as_str()) {
                        assert!(document.pointer(&to[1..]).is_some(), "{to} leads nowhere");
                    }
                    if let ("description" | "summary", Some(text)) = (name.as_str(), value.as_str())
                    {
                        for code in ["[`", "`None`", "::"] {
                            assert!(!text.contains(code), "{text}");
                        }
                    }
                    walk(document, value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(document, item)),
            _ => {}
        }
    }
    let document = server::http::document();
    walk(&document, &document);
}

/// Every body and every answer that has fields has an example, and each is of its schema.
#[test]
fn examples_are_what_schemas_say() {
    let document = server::http::document();
    let check = |name: &str, content: &Value| {
        for (_, content) in content["content"].as_object().into_iter().flatten() {
            let mut schema = content["schema"].clone();
            schema["components"] = document["components"].clone();
            let schema = jsonschema::validator_for(&schema).unwrap();
            let example = content.get("example").filter(|example| !example.is_null());
            let example = example.unwrap_or_else(|| panic!("{name} has no example"));
            let wrong: Vec<_> =
                schema.iter_errors(example).map(|wrong| wrong.to_string()).collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
        }
    };
    for (name, operation) in operations(&document) {
        check(&format!("the body of {name}"), &operation["requestBody"]);
        for (status, answer) in operation["responses"].as_object().unwrap() {
            check(&format!("{status} of {name}"), answer);
        }
    }
    for (name, answer) in document["components"]["responses"].as_object().unwrap() {
        check(name, answer);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_document_and_its_page_are_served(pool: PgPool) {
    let api = Api::new(pool).await;
    let document = api.call_as("", "GET", "/api/openapi.json", Value::Null, &[]).await;
    assert_eq!(document.expect(200), server::http::document());
    let page = api.call_as("", "GET", "/api/docs/", json!(null), &[]).await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'self'"), "{policy}");
}
