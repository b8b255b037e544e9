//! Real processes on a real database: several servers at once, and servers that are killed.

mod crash;
mod race;
mod support;
