//! Work on many rows, which are held before it starts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::decision::{Charge, Denied, Limit};

/// Asks for the rows of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    operation: String,
    rows: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    allow_partial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_seconds: Option<u64>,
}

impl JobRequest {
    /// For the organization itself: an operation of the rate card on so many rows, all or nothing.
    pub fn new(operation: impl Into<String>, rows: i64) -> Self {
        let operation = operation.into();
        Self { member: None, operation, rows, name: None, allow_partial: false, ttl_seconds: None }
    }

    /// For a member: an id, the caller's own id of them, or an email.
    #[must_use]
    pub fn member(mut self, member: impl Into<String>) -> Self {
        self.member = Some(member.into());
        self
    }

    /// What people call it.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Takes the rows that fit where not all do; [`Job::granted`] says how many that are.
    #[must_use]
    pub fn allow_partial(mut self) -> Self {
        self.allow_partial = true;
        self
    }

    /// How long it may go on without a word of its worker: 1 to 3,600 seconds, else 900. After that
    /// it has failed, and everything is given back.
    #[must_use]
    pub fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.ttl_seconds = Some(time_to_live.as_secs());
        self
    }
}

/// Allot's answer to a request for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum JobDecision {
    /// Its rows are held: it can begin.
    Started(Box<StartedJob>),
    /// A limit says no, and nothing is held.
    Denied(Denied),
}

/// A job that was started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct StartedJob {
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// The limits on the path, with its rows held.
    pub limits: Vec<Limit>,
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Job {
    /// Names it, and for a refund what it used.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// Who works; `None` is the organization itself.
    pub member_id: Option<String>,
    /// What is done to each row.
    pub operation: String,
    /// Where it stands.
    pub state: JobState,
    /// Why it failed.
    pub reason: Option<JobFailure>,
    /// What its worker said to that.
    pub detail: Option<String>,
    /// Rows that were asked for.
    pub rows: i64,
    /// Rows that are held, or were.
    pub granted: i64,
    /// Rows that have succeeded so far. Those of a completed job count, those of a failed one do not.
    pub processed: i64,
    /// What it holds while it runs, and what it used once it is completed; one per meter.
    pub charges: Vec<Charge>,
    /// When it began (RFC 3339).
    pub started_at: String,
    /// When it fails unless progress is reported (RFC 3339); `None`: it has ended.
    pub expires_at: Option<String>,
    /// When it ended (RFC 3339).
    pub ended_at: Option<String>,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobState {
    /// Its rows are held.
    Running,
    /// The rows that succeeded were used, and the rest was given back.
    Completed,
    /// Everything was given back.
    Failed,
    /// One that this version of the client does not know.
    #[serde(other)]
    Other,
}

/// Why a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobFailure {
    /// What was to be processed is not valid. Only before any row is processed.
    Validation,
    /// The server that worked on it could not go on.
    ServerError,
    /// Its worker was not heard of for the time to live. Nobody says so: Allot finds out.
    Expired,
    /// One that this version of the client does not know.
    #[serde(other)]
    Other,
}

/// Which jobs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobFilter {
    /// In this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<JobState>,
    /// Of the member with this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// On this operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// From where on: [`Jobs::next_cursor`] of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A part of the jobs, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Jobs {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Where the next part begins; `None`: this is the last.
    pub next_cursor: Option<String>,
}
