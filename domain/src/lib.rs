//! The rules of Allot as plain Rust: no I/O, no clock, no randomness.
//!
//! Everything that decides about quotas lives here, so that the server, the browser and the tests
//! run the same code: [`decide`](decision::decide) answers `consume`, `check` and every number
//! that a page shows.

pub mod access;
pub mod alerts;
pub mod allocation;
pub mod amount;
pub mod answer;
pub mod api_keys;
pub mod audit;
pub mod balances;
pub mod budgets;
pub mod catalogue;
pub mod ceilings;
pub mod channels;
pub mod console;
pub mod credits;
pub mod decision;
pub mod digests;
pub mod forecast;
pub mod history;
pub mod ids;
pub mod input;
pub mod jobs;
pub mod ledger;
pub mod member_limits;
pub mod member_table;
pub mod members;
pub mod money;
pub mod notices;
pub mod packs;
pub mod period;
pub mod plan_report;
pub mod plans;
pub mod preview;
pub mod quota_schedule;
pub mod quotas;
pub mod raises;
pub mod refund;
pub mod refusals;
pub mod reports;
pub mod restriction;
pub mod settlement;
pub mod spend;
pub mod state;
pub mod subtenants;
pub mod units;
pub mod usage_import;
pub mod views;
pub mod warnings;
