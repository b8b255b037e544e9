//! Real processes on a real database: several servers at once, servers that are killed or told to
//! stop, and bodies that no server should keep.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod clients;
mod commands;
mod crash;
mod large_bodies;
mod live;
mod outbox;
mod race;
mod stop;
mod support;
