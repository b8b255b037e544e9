//! The API and the pages over HTTP, on a real database, at a time that the tests set.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod access;
mod bad_input;
mod batch;
mod bodies;
mod browser;
mod credit_limits;
mod credit_settings;
mod decisions;
mod gauges;
mod members;
mod operators;
mod pages;
mod plan_changes;
mod quota_edits;
mod quotas;
mod refunds;
mod reservation_times;
mod reservations;
mod subtenants;
mod support;
