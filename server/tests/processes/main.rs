//! Real processes on a real database: several servers at once, servers that are killed or told to
//! stop, bodies that no server should keep, and what an operator does with an installation.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod backup;
mod clients;
mod commands;
mod configuration;
mod crash;
mod everyone;
mod jobs;
mod large_bodies;
mod live;
mod logs;
mod outbox;
mod race;
mod stop;
mod support;
mod traces;
