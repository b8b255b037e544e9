//! The API and the pages over HTTP, on a real database, at a time that the tests set.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod access;
mod alerts;
mod audit;
mod bad_input;
mod bad_input_of_operators;
mod batch;
mod bodies;
mod browser;
mod budgets;
mod credit_limits;
mod credit_settings;
mod decisions;
mod dev_mail;
mod digests;
mod gauges;
mod invitations;
mod live;
mod member_imports;
mod members;
mod memberships;
mod moving;
mod my_usage;
mod operators;
mod packs;
mod pages;
mod plan;
mod plan_changes;
mod quota_edits;
mod quotas;
mod raise_requests;
mod refunds;
mod refusals;
mod reports;
mod reservation_times;
mod reservations;
mod restrictions;
mod subtenants;
mod support;
mod usage_history;
mod usage_import;
mod usage_page;
mod warnings;
