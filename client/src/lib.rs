//! A client for Allot: asks whether an operation may go ahead, and records what it used.
//!
//! ```no_run
//! use allot_client::{Client, Decision, Key, Outcome, Request, WhenUnreachable};
//!
//! # async fn search(order: &str) -> Result<(), allot_client::Error> {
//! let client = Client::new("https://allot.example.com", "allot_…")?;
//! let request = Request::new("prospect_search", 25).member("ann@acme.test");
//! match client.consume(&Key::new(order)?, &request, WhenUnreachable::FailClosed).await? {
//!     Outcome::Decided(Decision::Allowed(allowed)) => println!("{} rows", allowed.granted),
//!     Outcome::Decided(Decision::Denied(denied)) => println!("only {} fit", denied.would_fit),
//!     Outcome::Undecided { go_ahead, unreachable } => println!("{go_ahead}: {unreachable}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every `POST` carries an idempotency [`Key`]. A request that gets no answer (no connection, a
//! timeout, or a 500, 502, 503 or 504) is sent again with the same key, so it counts once however
//! often it is sent, until [`Retries::budget`] is spent.

mod client;
mod decision;
mod error;
mod key;
mod reservation;
mod retry;
mod transport;

pub use client::Client;
pub use decision::{
    Allowed, Charge, Decision, Denied, FailedLimit, Limit, Outcome, Period, Request, Scope,
    WhenUnreachable,
};
pub use error::{Error, Problem, Unreachable};
pub use key::Key;
pub use reservation::{Committed, Held, Refunded, Released, Renewed, ReservationDecision};
pub use retry::Retries;
pub use transport::Builder;
