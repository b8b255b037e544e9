//! Faults under load: connections that are cut before, in and after a commit, backends and
//! databases that are killed, and clocks that jump. Whatever happens, every request that was
//! acknowledged is in the ledger once, and all that is stored agrees.
//!
//! `ALLOT_FAULTS=10` injects ten times the usual number of faults.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod backends;
mod clock;
mod connections;
mod dice;
mod installation;
mod load;
mod postmaster;
mod proxy;
