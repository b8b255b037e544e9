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
//! Work on many rows holds them before it starts. The rows that succeed count; those of a job that fails,
//! or whose worker is not heard of any more, are given back:
//!
//! ```no_run
//! use allot_client::{Client, JobDecision, JobFailure, JobRequest, Key};
//!
//! # async fn process(rows: &[String]) -> Result<usize, String> { Ok(rows.len()) }
//! # async fn enrich(upload: &str, rows: &[String]) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("https://allot.example.com", "allot_…")?;
//! let key = |step: &str| Key::new(&format!("{upload}/{step}"));
//! let request = JobRequest::new("enrich", i64::try_from(rows.len())?).name(upload);
//! let job = match client.start_job(&key("start")?, &request).await? {
//!     JobDecision::Started(started) => started.job,
//!     JobDecision::Denied(denied) => return Err(format!("only {} fit", denied.would_fit).into()),
//! };
//! let mut succeeded = 0;
//! for (number, part) in rows.chunks(100).enumerate() {
//!     match process(part).await {
//!         Ok(done) => succeeded += i64::try_from(done)?,
//!         Err(what) => {
//!             let reason = JobFailure::ServerError;
//!             client.fail_job(&key("fail")?, &job.id, reason, Some(&what)).await?;
//!             return Err(what.into());
//!         }
//!     }
//!     client.report_progress(&key(&format!("part-{number}"))?, &job.id, succeeded).await?;
//! }
//! client.complete_job(&key("complete")?, &job.id, succeeded).await?;
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
mod job;
mod key;
mod reservation;
mod retry;
mod transport;
mod usage;

pub use client::Client;
pub use decision::{
    Allowed, Charge, Decision, Denied, FailedLimit, Limit, Outcome, Period, Request, Scope,
    WhenUnreachable,
};
pub use error::{Error, Problem, Unreachable};
pub use job::{Job, JobDecision, JobFailure, JobFilter, JobRequest, JobState, Jobs, StartedJob};
pub use key::Key;
pub use reservation::{Committed, Held, Refunded, Released, Renewed, ReservationDecision};
pub use retry::Retries;
pub use transport::Builder;
pub use usage::{Consumption, GaugeSet, LimitFilter, Usage};
