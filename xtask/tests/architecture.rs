//! The rooms of the workspace and the arrows between them, held by `cargo metadata`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use serde_json::Value;
use std::{collections::BTreeMap, process::Command};

/// From each room, the rooms that it may use. A picture of it is in ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("channels", &["domain"]),
    ("service", &["channels", "domain", "store"]),
    ("app", &["domain", "service"]),
    ("frontend", &["app"]),
    ("private-postgres", &[]),
    ("allot-client", &[]),
    ("server", &["app", "channels", "domain", "private-postgres", "service"]),
    ("bench", &["allot-client"]),
    ("xtask", &["allot-client", "private-postgres"]),
];

/// Libraries that only some rooms may use. `bench` has servers of its own to compare with.
const KEPT: &[(&str, &[&str])] = &[
    ("sqlx", &["store", "bench"]),
    ("axum", &["server", "bench"]),
    ("leptos", &["app", "frontend", "server"]),
    // The server sends traces by it; messages leave by `channels` alone.
    ("reqwest", &["allot-client", "channels", "server"]),
    ("lettre", &["channels"]),
    ("tokio", &["allot-client", "channels", "store", "service", "server", "bench", "xtask"]),
];

/// What each package of the workspace depends on, apart from what only its tests use.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let used = package["dependencies"].as_array().unwrap();
            let used = used.iter().filter(|dependency| dependency["kind"] != "dev");
            (name(package), used.map(name).collect())
        })
        .collect()
}

#[test]
fn rooms_use_only_the_rooms_that_they_may() {
    let dependencies = dependencies();
    let rooms: Vec<&str> = ARROWS.iter().map(|(room, _)| *room).collect();
    let mut listed = rooms.clone();
    listed.sort_unstable();
    assert_eq!(dependencies.keys().map(String::as_str).collect::<Vec<_>>(), listed);
    for (room, allowed) in ARROWS {
        for used in dependencies[*room].iter().filter(|used| rooms.contains(&used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "{room} must not use {used}");
        }
    }
}

#[test]
fn libraries_stay_in_their_rooms() {
    for (room, used) in dependencies() {
        for (library, allowed) in KEPT {
            let uses = used.iter().any(|used| used == library);
            assert!(!uses || allowed.contains(&room.as_str()), "{room} must not use {library}");
        }
    }
}
