//! Jobs: work whose rows are held before it starts (SPEC section 5). What is held is a reservation; here is
//! what its worker says of it.

use crate::{
    input::{Invalid, Name, Note},
    settlement::TimeToLive,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum JobState {
    /// Its rows are held.
    Running,
    /// The rows that succeeded were used, and the rest was given back.
    Completed,
    /// Everything was given back.
    Failed,
}

impl JobState {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for JobState {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        [Self::Running, Self::Completed, Self::Failed]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or_else(|| Invalid::new("state", "must be running, completed or failed"))
    }
}

/// Why a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum JobFailure {
    /// What was to be processed is not valid: no row was touched.
    Validation,
    /// The server that worked on it could not go on.
    ServerError,
    /// Its worker was not heard of for the time to live.
    Expired,
}

impl JobFailure {
    /// The code that the database and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::ServerError => "server_error",
            Self::Expired => "expired",
        }
    }
}

impl FromStr for JobFailure {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        [Self::Validation, Self::ServerError, Self::Expired]
            .into_iter()
            .find(|reason| reason.code() == code)
            .ok_or_else(|| Invalid::new("reason", "must be validation or server_error"))
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEnd {
    /// When.
    pub at: DateTime<Utc>,
    /// Why it failed; `None`: it completed.
    pub failure: Option<JobFailure>,
    /// What its worker said to that.
    pub detail: Option<Note>,
}

/// What is known of a job besides what its reservation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What people call it.
    pub name: Option<Name>,
    /// Rows that were asked for.
    pub rows: i64,
    /// How long it holds its rows after each word of its worker.
    pub time_to_live: TimeToLive,
    /// Rows that have succeeded so far.
    pub processed: i64,
    /// How it ended; `None`: it is running.
    pub end: Option<JobEnd>,
}

impl Job {
    /// Where it stands.
    pub fn state(&self) -> JobState {
        match &self.end {
            None => JobState::Running,
            Some(JobEnd { failure: None, .. }) => JobState::Completed,
            Some(_) => JobState::Failed,
        }
    }

    /// So many of the `granted` rows have succeeded by now. The error names `field`: rows that have
    /// succeeded are never fewer than before.
    pub fn progress(
        &mut self,
        field: &'static str,
        processed: i64,
        granted: i64,
    ) -> Result<(), Invalid> {
        if (self.processed..=granted).contains(&processed) {
            self.processed = processed;
            return Ok(());
        }
        let least = self.processed;
        let message = format!(
            "must be between {least}, the rows that have succeeded before, and {granted}, the rows \
             that are held"
        );
        Err(Invalid::new(field, message))
    }

    /// It is done, and so many rows have succeeded in all.
    pub fn complete(
        &mut self,
        succeeded: i64,
        granted: i64,
        at: DateTime<Utc>,
    ) -> Result<(), Invalid> {
        self.progress("succeeded", succeeded, granted)?;
        self.end = Some(JobEnd { at, failure: None, detail: None });
        Ok(())
    }

    /// It failed. Whether what it was given is valid is found out before any row is processed.
    pub fn fail(
        &mut self,
        failure: JobFailure,
        detail: Option<Note>,
        at: DateTime<Utc>,
    ) -> Result<(), Invalid> {
        if failure == JobFailure::Validation && self.processed > 0 {
            let message = "must be server_error: rows have been processed already";
            return Err(Invalid::new("reason", message));
        }
        self.end = Some(JobEnd { at, failure: Some(failure), detail });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        let time_to_live = TimeToLive::parse(None).unwrap();
        Job { name: None, rows: 100, time_to_live, processed: 0, end: None }
    }

    #[test]
    fn rows_that_have_succeeded_never_become_fewer_nor_more_than_are_held() {
        let mut job = job();
        for processed in [0, 10, 10, 80] {
            job.progress("processed", processed, 80).unwrap();
        }
        for wrong in [79, 81, i64::MAX] {
            assert_eq!(job.progress("processed", wrong, 80).unwrap_err().field, "processed");
            let refused = job.complete(wrong, 80, DateTime::UNIX_EPOCH).unwrap_err();
            assert_eq!(refused.field, "succeeded");
        }
        assert_eq!((job.processed, job.state()), (80, JobState::Running));
        job.complete(80, 80, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(job.state(), JobState::Completed);
    }

    #[test]
    fn validation_fails_only_before_any_row_is_processed() {
        let fail = |job: &mut Job, failure| job.fail(failure, None, DateTime::UNIX_EPOCH);
        let mut begun = job();
        begun.progress("processed", 1, 100).unwrap();
        assert_eq!(fail(&mut begun, JobFailure::Validation).unwrap_err().field, "reason");
        assert_eq!(begun.state(), JobState::Running);
        fail(&mut begun, JobFailure::ServerError).unwrap();
        assert_eq!(begun.state(), JobState::Failed);
        fail(&mut job(), JobFailure::Validation).unwrap();
    }

    #[test]
    fn codes_read_back() {
        for state in [JobState::Running, JobState::Completed, JobState::Failed] {
            assert_eq!(state.code().parse(), Ok(state));
        }
        for failure in [JobFailure::Validation, JobFailure::ServerError, JobFailure::Expired] {
            assert_eq!(failure.code().parse(), Ok(failure));
        }
    }
}
