//! What was called and answered, and whether an answer is one that is documented.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// Answers that are asked for again at the end.
const REMEMBERED: usize = 200;

/// An organization by its number, a key, a body, and what was answered.
pub(super) type Remembered = (usize, String, Value, Value);

/// Counts of all people together.
#[derive(Default)]
pub(super) struct Calls {
    counts: Mutex<BTreeMap<(&'static str, String), u64>>,
    total: AtomicU64,
    remembered: Mutex<Vec<Remembered>>,
}

impl Calls {
    /// Counts an answer that has to be documented.
    pub(super) fn answered(&self, what: &'static str, status: u16, body: &Value) {
        let code = body["code"].as_str().unwrap_or_default();
        assert!(is_documented(status, code), "{what}: {status} {body}");
        let answer = if code.is_empty() { status.to_string() } else { format!("{status} {code}") };
        self.count(what, answer);
    }

    /// Counts a connection that broke because its server ended.
    pub(super) fn cut_off(&self, what: &'static str) {
        self.count(what, "cut off".to_owned());
    }

    fn count(&self, what: &'static str, answer: String) {
        *self.counts.lock().unwrap().entry((what, answer)).or_default() += 1;
        self.total.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Keeps an answer, to ask for it again.
    pub(super) fn remember(&self, answer: Remembered) {
        let mut remembered = self.remembered.lock().unwrap();
        if remembered.len() < REMEMBERED {
            remembered.push(answer);
        }
    }

    pub(super) fn remembered(&self) -> Vec<Remembered> {
        self.remembered.lock().unwrap().clone()
    }

    pub(super) fn print(&self) {
        for ((what, answer), count) in &*self.counts.lock().unwrap() {
            println!("{what:<24} {answer:<28} {count:>8}");
        }
        println!("{} calls", self.total());
    }
}

/// Whether somebody who does everything right can be answered so, since others change things meanwhile.
fn is_documented(status: u16, code: &str) -> bool {
    match status {
        200..=299 => code.is_empty(),
        403 => matches!(code, "MEMBER_INACTIVE"),
        404 => matches!(code, "NOT_FOUND" | "MEMBER_NOT_FOUND"),
        409 => matches!(
            code,
            "STALE" | "QUOTA_CLOSED" | "RESERVATION_CLOSED" | "SEATS_TAKEN" | "SUBTENANT_IN_USE"
        ),
        422 => matches!(code, "INVALID"),
        429 => matches!(code, "QUOTA_EXCEEDED"),
        503 => matches!(code, "BUSY" | "UNAVAILABLE"),
        _ => false,
    }
}
