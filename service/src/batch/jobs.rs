//! What the commands of jobs do: each to the reservation of the same id.

use super::Batch;
use crate::{
    Error, Result,
    command::{ConsumeRequest, Reserved},
    jobs::{JobReport, StartedJob},
};
use domain::{
    amount::Amount,
    ids::{ConsumptionId, SubtenantId},
    input::{Name, Note},
    jobs::{Job, JobFailure, JobState},
    settlement::TimeToLive,
};
use store::{
    ledger::EntryKind,
    reservations::{Reservation, ReservationStatus},
};

impl Batch {
    /// Holds a job's rows, if the limits let it.
    pub(super) fn start_job(
        &mut self,
        request: &ConsumeRequest,
        time_to_live: TimeToLive,
        name: Option<&Name>,
        within: Option<SubtenantId>,
    ) -> StartedJob {
        let Reserved { answer, .. } = self.reserve(request, time_to_live, within);
        let held = answer.consumption_id.and_then(|id| self.reservations.get_mut(&id));
        let job = held.map(|reservation| {
            let job = Job {
                name: name.cloned(),
                rows: request.quantity.get(),
                time_to_live,
                processed: 0,
                end: None,
            };
            reservation.job = Some(job.clone());
            JobReport::new(reservation, &job)
        });
        StartedJob { answer, job }
    }

    /// A job that is running, and what it holds.
    fn running_job(
        &self,
        id: ConsumptionId,
        within: Option<SubtenantId>,
    ) -> Result<(Reservation, Job)> {
        let reservation = self.reservations.get(&id).filter(|found| found.path.is_within(within));
        let job = reservation.and_then(|reservation| reservation.job.clone());
        let (Some(reservation), Some(job)) = (reservation, job) else {
            return Err(Error::NotFound("job"));
        };
        match job.state() {
            JobState::Running => Ok((reservation.clone(), job)),
            ended => Err(Error::JobEnded(ended.code())),
        }
    }

    /// Takes note of how far a job has come. Its worker is alive, so it holds on to its rows.
    pub(super) fn report_progress(
        &mut self,
        id: ConsumptionId,
        processed: Amount,
        within: Option<SubtenantId>,
    ) -> Result<JobReport> {
        let (reservation, mut job) = self.running_job(id, within)?;
        job.progress("processed", processed.get(), reservation.quantity)?;
        let reservation = Reservation { job: Some(job.clone()), ..reservation };
        let reservation = self.hold_on(reservation, job.time_to_live);
        Ok(JobReport::new(&reservation, &job))
    }

    /// The rows that succeeded are used, the rest is given back.
    pub(super) fn complete_job(
        &mut self,
        id: ConsumptionId,
        succeeded: Amount,
        within: Option<SubtenantId>,
    ) -> Result<JobReport> {
        let (reservation, mut job) = self.running_job(id, within)?;
        job.complete(succeeded.get(), reservation.quantity, self.loaded.now)?;
        let end = match succeeded {
            Amount::ZERO => (ReservationStatus::Released, EntryKind::Release),
            _ => (ReservationStatus::Committed, EntryKind::Commit),
        };
        Ok(self.end_job(reservation, job, end, succeeded.get()))
    }

    /// All rows are given back, also those that had succeeded.
    pub(super) fn fail_job(
        &mut self,
        id: ConsumptionId,
        (failure, detail): (JobFailure, Option<&Note>),
        within: Option<SubtenantId>,
    ) -> Result<JobReport> {
        let (reservation, mut job) = self.running_job(id, within)?;
        job.fail(failure, detail.cloned(), self.loaded.now)?;
        let end = (ReservationStatus::Released, EntryKind::Release);
        Ok(self.end_job(reservation, job, end, 0))
    }

    fn end_job(
        &mut self,
        reservation: Reservation,
        job: Job,
        end: (ReservationStatus, EntryKind),
        taken: i64,
    ) -> JobReport {
        let report = JobReport::new(&reservation, &job);
        self.settle(Reservation { job: Some(job), ..reservation }, end, taken);
        report
    }
}
