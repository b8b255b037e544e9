//! The calls of the API.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::decision::{Allowed, Decision, Denied, Limit, Outcome, Request, WhenUnreachable};
use crate::job::{Job, JobDecision, JobFailure, JobFilter, JobRequest, Jobs, StartedJob};
use crate::reservation::{
    Committed, Held, Refunded, Released, Renewed, ReservationDecision, Reserve,
};
use crate::transport::{Answer, Transport};
use crate::usage::{Consumption, GaugeSet, Level, LimitFilter, Limits, Usage};
use crate::{Builder, Error, Key, Problem};

const JOBS: &str = "/api/v1/jobs";
const QUOTA_EXCEEDED: &str = "QUOTA_EXCEEDED";

/// Speaks to one Allot server for one organization. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
}

impl Client {
    /// A client with the usual configuration; nothing is sent yet.
    pub fn new(url: &str, api_key: &str) -> Result<Self, Error> {
        Self::builder(url, api_key).build()
    }

    /// A client that is about to be configured.
    pub fn builder(url: &str, api_key: &str) -> Builder {
        Builder::new(url, api_key)
    }

    pub(crate) fn over(transport: Transport) -> Self {
        Self { transport: Arc::new(transport) }
    }

    /// How many requests of this client and its clones were answered only after they had been
    /// sent again.
    pub fn sent_again(&self) -> u64 {
        self.transport.sent_again()
    }

    /// Decides, and records what is allowed.
    pub async fn consume(
        &self,
        key: &Key,
        request: &Request,
        when_unreachable: WhenUnreachable,
    ) -> Result<Outcome, Error> {
        let answer = self.transport.post("/api/v1/consume", key, request).await;
        outcome(answer.and_then(|answer| consumed(&answer)), when_unreachable)
    }

    /// Decides like [`Self::consume`], and records nothing.
    pub async fn check(
        &self,
        request: &Request,
        when_unreachable: WhenUnreachable,
    ) -> Result<Outcome, Error> {
        let answer = self.transport.post("/api/v1/check", &Key::random(), request).await;
        outcome(answer.and_then(|answer| answer.value()), when_unreachable)
    }

    /// Decides up to 1,000 requests, each on its own. There is one answer for each, in the same
    /// order; one that was refused spoils no other. The key is that of the whole batch.
    pub async fn consume_batch(
        &self,
        key: &Key,
        requests: &[Request],
    ) -> Result<Vec<Result<Decision, Problem>>, Error> {
        let batch = Batch { requests };
        let answer = self.transport.post("/api/v1/consume/batch", key, &batch).await?;
        let items = answer.value::<BatchAnswer>()?.answers;
        items.iter().map(|item| batch_item(item)).collect()
    }

    /// Holds what a piece of work will use, for 1 to 3,600 seconds unless it is renewed.
    pub async fn reserve(
        &self,
        key: &Key,
        request: &Request,
        time_to_live: Duration,
    ) -> Result<ReservationDecision, Error> {
        let body = Reserve { request, ttl_seconds: time_to_live.as_secs() };
        let answer = self.transport.post("/api/v1/reservations", key, &body).await?;
        if answer.is_success() {
            return Ok(ReservationDecision::Held(answer.parse::<Held>()?));
        }
        denied(&answer).map(ReservationDecision::Denied)
    }

    /// Records so many units of a reservation as used, and gives the rest back.
    pub async fn commit(
        &self,
        key: &Key,
        reservation_id: &str,
        quantity: i64,
    ) -> Result<Committed, Error> {
        self.post(&of_reservation(reservation_id, "commit"), key, &json!({"quantity": quantity}))
            .await
    }

    /// Gives a reservation back.
    pub async fn release(&self, key: &Key, reservation_id: &str) -> Result<Released, Error> {
        self.post(&of_reservation(reservation_id, "release"), key, &json!({})).await
    }

    /// Holds a reservation for so long from now on.
    pub async fn renew(
        &self,
        key: &Key,
        reservation_id: &str,
        time_to_live: Duration,
    ) -> Result<Renewed, Error> {
        let body = json!({"ttl_seconds": time_to_live.as_secs()});
        self.post(&of_reservation(reservation_id, "renew"), key, &body).await
    }

    /// Gives so many units of a consumption back.
    pub async fn refund(
        &self,
        key: &Key,
        consumption_id: &str,
        quantity: i64,
    ) -> Result<Refunded, Error> {
        let body = json!({"consumption_id": consumption_id, "quantity": quantity});
        self.post("/api/v1/refunds", key, &body).await
    }

    /// Holds the rows of a job before it starts.
    pub async fn start_job(&self, key: &Key, request: &JobRequest) -> Result<JobDecision, Error> {
        let answer = self.transport.post(JOBS, key, request).await?;
        if answer.is_success() {
            return Ok(JobDecision::Started(Box::new(answer.parse::<StartedJob>()?)));
        }
        denied(&answer).map(JobDecision::Denied)
    }

    /// Says how many rows of a job have succeeded so far, in all, and holds the others on.
    pub async fn report_progress(
        &self,
        key: &Key,
        job_id: &str,
        processed: i64,
    ) -> Result<Job, Error> {
        self.post(&of_job(job_id, "/progress"), key, &json!({"processed": processed})).await
    }

    /// Ends a job: so many rows have succeeded, in all, and count; the others are given back.
    pub async fn complete_job(
        &self,
        key: &Key,
        job_id: &str,
        succeeded: i64,
    ) -> Result<Job, Error> {
        self.post(&of_job(job_id, "/complete"), key, &json!({"succeeded": succeeded})).await
    }

    /// Ends a job that failed: all its rows are given back, also those that had succeeded.
    pub async fn fail_job(
        &self,
        key: &Key,
        job_id: &str,
        reason: JobFailure,
        detail: Option<&str>,
    ) -> Result<Job, Error> {
        let body = json!({"reason": reason, "detail": detail});
        self.post(&of_job(job_id, "/fail"), key, &body).await
    }

    /// One job.
    pub async fn job(&self, job_id: &str) -> Result<Job, Error> {
        self.get(&of_job(job_id, "")).await
    }

    /// Jobs, newest first, part by part.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Jobs, Error> {
        self.transport.get_with(JOBS, filter).await?.value()
    }

    /// What a consumption took, and how much of it was given back.
    pub async fn consumption(&self, consumption_id: &str) -> Result<Consumption, Error> {
        self.get(&format!("/api/v1/consumptions/{consumption_id}")).await
    }

    /// Where the month's credits stand.
    pub async fn usage(&self) -> Result<Usage, Error> {
        self.get("/api/usage").await
    }

    /// Where limits stand, from the plan down.
    pub async fn limits(&self, filter: &LimitFilter) -> Result<Vec<Limit>, Error> {
        let answer = self.transport.get_with("/api/v1/limits", filter).await?;
        Ok(answer.value::<Limits>()?.limits)
    }

    /// Sets a gauge to its true level: a member's part, or that of the whole organization.
    pub async fn set_gauge(
        &self,
        meter: &str,
        level: i64,
        member: Option<&str>,
    ) -> Result<GaugeSet, Error> {
        self.put(&format!("/api/v1/gauges/{meter}"), &Level { level, member }).await
    }

    /// Any other `GET` of the API; the path begins with `/api/`.
    pub async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, Error> {
        self.transport.get(path).await?.value()
    }

    /// Any other `POST` of the API.
    pub async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        key: &Key,
        body: &impl Serialize,
    ) -> Result<A, Error> {
        self.transport.post(path, key, body).await?.value()
    }

    /// Any other `PUT` of the API. It is sent again like the others: putting a thing twice leaves
    /// the same.
    pub async fn put<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<A, Error> {
        self.transport.put(path, body).await?.value()
    }
}

#[derive(Serialize)]
struct Batch<'a> {
    requests: &'a [Request],
}

#[derive(Deserialize)]
struct BatchAnswer {
    answers: Vec<Box<RawValue>>,
}

fn of_reservation(id: &str, what: &str) -> String {
    format!("/api/v1/reservations/{id}/{what}")
}

fn of_job(id: &str, what: &str) -> String {
    format!("{JOBS}/{id}{what}")
}

/// Only where nobody was reached does the caller's choice count.
fn outcome(
    decision: Result<Decision, Error>,
    when_unreachable: WhenUnreachable,
) -> Result<Outcome, Error> {
    match decision {
        Err(Error::Unreachable(unreachable)) => {
            let go_ahead = when_unreachable == WhenUnreachable::FailOpen;
            Ok(Outcome::Undecided { go_ahead, unreachable })
        }
        decision => decision.map(Outcome::Decided),
    }
}

fn consumed(answer: &Answer) -> Result<Decision, Error> {
    if answer.is_success() {
        return Ok(Decision::Allowed(answer.parse::<Allowed>()?));
    }
    denied(answer).map(Decision::Denied)
}

/// A 429 of a limit; any other error stays one.
fn denied(answer: &Answer) -> Result<Denied, Error> {
    let problem = answer.problem()?;
    if problem.code != QUOTA_EXCEEDED {
        return Err(problem.into());
    }
    Ok(Denied { retry_after: answer.retry_after, ..answer.parse()? })
}

#[derive(Deserialize)]
struct ItemStatus {
    status: u16,
}

fn batch_item(item: &RawValue) -> Result<Result<Decision, Problem>, Error> {
    fn parse<'a, T: Deserialize<'a>>(item: &'a RawValue) -> Result<T, Error> {
        serde_json::from_str(item.get()).map_err(|error| Error::Unexpected {
            status: 200,
            detail: format!("{error} in {item}"),
        })
    }
    if parse::<ItemStatus>(item)?.status == 200 {
        return Ok(Ok(Decision::Allowed(parse(item)?)));
    }
    let problem: Problem = parse(item)?;
    if problem.code == QUOTA_EXCEEDED {
        return Ok(Ok(Decision::Denied(parse(item)?)));
    }
    Ok(Err(problem))
}
