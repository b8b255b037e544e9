//! Real processes on a real database: several servers at once, and servers that are killed.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod crash;
mod race;
mod support;
