//! One queue per organization with one worker in flight. While a batch is being decided, the
//! requests that arrive form the next one: idle organizations are decided at once, busy ones in
//! batches, and no two transactions of this server wait for the same row.

use crate::{Answer, Error, Result, Service, decisions::Item};
use domain::ids::OrganizationId;
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    future::Future,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::Instant};

/// Requests that are decided in one transaction.
const BATCH: usize = 200;
/// Requests of one organization that may wait; more are answered "busy" at once.
const WAITING: usize = 4_000;
/// How long a request may wait before it is answered "busy".
const PATIENCE: Duration = Duration::from_secs(10);

/// A request and whom to tell.
struct Job {
    item: Item,
    since: Instant,
    reply: oneshot::Sender<Result<Answer>>,
}

/// The queues of all organizations. An organization has an entry while its worker runs.
#[derive(Default)]
pub(crate) struct Queues {
    waiting: Mutex<HashMap<OrganizationId, VecDeque<Job>>>,
}

impl Queues {
    /// Queues `item` and waits for its answer.
    pub(crate) async fn decide(
        &self,
        service: &Service,
        organization: OrganizationId,
        item: Item,
    ) -> Result<Answer> {
        let (reply, answer) = oneshot::channel();
        let job = Job { item, since: Instant::now(), reply };
        match self.lock().entry(organization) {
            Entry::Occupied(mut queue) if queue.get().len() < WAITING => {
                queue.get_mut().push_back(job);
            }
            Entry::Occupied(_) => return Err(Error::Busy),
            Entry::Vacant(queue) => {
                queue.insert(VecDeque::from([job]));
                tokio::spawn(work(service.clone(), organization));
            }
        }
        // The worker answers every job; it is only gone without one when the server is.
        answer.await.unwrap_or(Err(Error::Unavailable))
    }

    /// The next batch; none ends the worker, and the next request starts another.
    fn next_batch(&self, organization: OrganizationId) -> Option<Vec<Job>> {
        let mut waiting = self.lock();
        let queue = waiting.get_mut(&organization)?;
        if queue.is_empty() {
            waiting.remove(&organization);
            return None;
        }
        let size = queue.len().min(BATCH);
        Some(queue.drain(..size).collect())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, VecDeque<Job>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn work(service: Service, organization: OrganizationId) {
    while let Some(jobs) = service.queues.next_batch(organization) {
        let (jobs, late): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.since.elapsed() < PATIENCE);
        for job in late {
            let _caller_left = job.reply.send(Err(Error::Busy));
        }
        let (items, replies): (Vec<Item>, Vec<_>) =
            jobs.into_iter().map(|job| (job.item, job.reply)).unzip();
        let count = items.len();
        let service = service.clone();
        // In a task of its own: a panic there must not leave the organization without a worker.
        let batch = tokio::spawn(async move { decide(&service, organization, items).await });
        let answers = batch.await.unwrap_or_else(|error| {
            tracing::error!(%error, "deciding a batch panicked");
            vec![Err(Error::Internal); count]
        });
        for (reply, answer) in replies.into_iter().zip(answers) {
            let _caller_left = reply.send(answer);
        }
    }
}

/// Decides a batch. If the database refuses it, its halves are tried apart, down to the one
/// request that is to blame.
fn decide<'a>(
    service: &'a Service,
    organization: OrganizationId,
    items: Vec<Item>,
) -> Pin<Box<dyn Future<Output = Vec<Result<Answer>>> + Send + 'a>> {
    Box::pin(async move {
        match service.decide_batch(organization, &items).await {
            Ok(answers) => answers,
            Err(Error::Internal) if items.len() > 1 => {
                let mut first = items;
                let second = first.split_off(first.len() / 2);
                let mut answers = decide(service, organization, first).await;
                answers.extend(decide(service, organization, second).await);
                answers
            }
            Err(error) => vec![Err(error); items.len()],
        }
    })
}
