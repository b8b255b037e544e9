//! Jobs: work whose rows are held before it starts. The rows that succeed count, and those of a job that
//! fails do not (SPEC section 5).

use crate::{
    Answer, Caller, Error, Result, Service,
    command::{Command, ConsumeRequest},
    listed::WorkFilter,
};
use chrono::{DateTime, Utc};
use domain::{
    amount::Amount,
    answer::Charge,
    ids::{ConsumptionId, MemberId, SubtenantId},
    input::{Code, IdempotencyKey, Name, Note},
    jobs::{Job, JobFailure, JobState},
    settlement::TimeToLive,
};
use serde::{Deserialize, Serialize};
use store::reservations::Reservation;

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobReport {
    /// The job, its reservation, and the consumption that comes of it.
    pub id: ConsumptionId,
    /// What people call it.
    pub name: Option<Name>,
    /// Who works; `None` is the organization itself.
    pub member_id: Option<MemberId>,
    /// The subtenant that they were in when it began.
    pub subtenant_id: Option<SubtenantId>,
    /// What is done to each row.
    pub operation: Code,
    /// Where it stands.
    pub state: JobState,
    /// Why it failed.
    pub reason: Option<JobFailure>,
    /// What its worker said to that.
    pub detail: Option<Note>,
    /// Rows that were asked for.
    pub rows: i64,
    /// Rows that are held, or were.
    pub granted: i64,
    /// Rows that have succeeded so far. Those of a job that completed were used.
    pub processed: i64,
    /// What it holds while it runs, and what it used once it is completed.
    pub charges: Vec<Charge>,
    /// When it began; what comes of it counts in the periods of that moment.
    pub started_at: DateTime<Utc>,
    /// When it fails if its worker says nothing more; `None`: it has ended.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl JobReport {
    /// How the job of `reservation` stands.
    pub(crate) fn new(reservation: &Reservation, job: &Job) -> Self {
        let state = job.state();
        let units = match state {
            JobState::Running => reservation.quantity,
            JobState::Completed => job.processed,
            JobState::Failed => 0,
        };
        let part = |held: &Charge| held.part(reservation.quantity, units);
        let charges = reservation.charges.iter().map(part).filter(|charge| charge.amount > 0);
        let end = job.end.as_ref();
        Self {
            id: reservation.id,
            name: job.name.clone(),
            member_id: reservation.path.member,
            subtenant_id: reservation.path.subtenant,
            operation: reservation.operation.clone(),
            state,
            reason: end.and_then(|end| end.failure),
            detail: end.and_then(|end| end.detail.clone()),
            rows: job.rows,
            granted: reservation.quantity,
            processed: job.processed,
            charges: charges.collect(),
            started_at: reservation.held_at,
            expires_at: end.is_none().then_some(reservation.expires_at),
            ended_at: end.map(|end| end.at),
        }
    }
}

/// What a request to start a job is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedJob {
    /// The decision on its rows.
    pub answer: Answer,
    /// The job; `None`: it was denied, and nothing is held.
    pub job: Option<JobReport>,
}

/// A part of the jobs, newest first.
#[derive(Clone, Debug)]
pub struct JobList {
    /// The jobs.
    pub jobs: Vec<JobReport>,
    /// Where the next part begins; `None`: this is the last.
    pub next_cursor: Option<String>,
}

impl Service {
    /// Holds the rows of a job before it starts.
    pub async fn start_job(
        &self,
        caller: &Caller,
        request: ConsumeRequest,
        time_to_live: TimeToLive,
        name: Option<Name>,
        key: Option<IdempotencyKey>,
    ) -> Result<StartedJob> {
        self.submit(caller, Command::StartJob { request, time_to_live, name }, key).await
    }

    /// Says how many rows of a job have succeeded so far, and lets it hold the others on.
    pub async fn report_progress(
        &self,
        caller: &Caller,
        job: ConsumptionId,
        processed: Amount,
        key: Option<IdempotencyKey>,
    ) -> Result<JobReport> {
        self.submit(caller, Command::ReportProgress { job, processed }, key).await
    }

    /// Ends a job: the rows that succeeded count, the others are given back.
    pub async fn complete_job(
        &self,
        caller: &Caller,
        job: ConsumptionId,
        succeeded: Amount,
        key: Option<IdempotencyKey>,
    ) -> Result<JobReport> {
        self.submit(caller, Command::CompleteJob { job, succeeded }, key).await
    }

    /// Ends a job that failed: all its rows are given back at once.
    pub async fn fail_job(
        &self,
        caller: &Caller,
        job: ConsumptionId,
        failure: JobFailure,
        detail: Option<Note>,
        key: Option<IdempotencyKey>,
    ) -> Result<JobReport> {
        self.submit(caller, Command::FailJob { job, failure, detail }, key).await
    }

    /// Jobs, newest first.
    pub async fn jobs(&self, caller: &Caller, filter: &WorkFilter<JobState>) -> Result<JobList> {
        let (mut snapshot, reach) = self.see_work(caller).await?;
        let (state, subtenants) = (filter.state.map(JobState::code), reach.subtenants());
        let wanted = filter.wanted(caller, state, subtenants.as_deref())?;
        let mut found = store::jobs::list(&mut snapshot, &wanted).await?;
        let next_cursor = filter.cut(&mut found)?;
        let job = |found: &Reservation| Some(JobReport::new(found, found.job.as_ref()?));
        Ok(JobList { jobs: found.iter().filter_map(job).collect(), next_cursor })
    }

    /// One job.
    pub async fn job(&self, caller: &Caller, id: ConsumptionId) -> Result<JobReport> {
        let found = self.work(caller, id).await?;
        let job = found.as_ref().and_then(|found| Some(JobReport::new(found, found.job.as_ref()?)));
        job.ok_or(Error::NotFound("job"))
    }
}
