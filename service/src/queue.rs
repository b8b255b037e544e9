//! One queue per key with one worker in flight. While a batch is being worked on, the jobs that
//! arrive form the next one: what is idle is done at once, what is busy in batches, and no two
//! batches of one key are ever under way.

use crate::sync::{Instant, Mutex, MutexGuard, PoisonError, oneshot, spawn};
use futures_util::FutureExt as _;
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    future::Future,
    hash::Hash,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

/// How much waits, and how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The weight at which a batch is full. A single job may weigh more.
    pub batch: usize,
    /// The weight that may wait for one key; more is turned away at once.
    pub waiting: usize,
    /// How long a job may wait before it is turned away.
    pub patience: Duration,
}

/// Why a job was not done. Nothing came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// Too much was waiting, or the job waited for too long.
    Busy,
    /// Its batch panicked.
    Panicked,
    /// The worker is gone, and so is the program.
    Gone,
}

/// Something that is done in batches.
pub(crate) trait Work: Send + 'static {
    /// Jobs of different keys are never in one batch.
    type Key: Copy + Eq + Hash + Send + Sync + 'static;
    /// What is to be done.
    type Job: Send + 'static;
    /// What came of it.
    type Answer: Send + 'static;

    /// How much a job adds to a batch.
    fn weight(job: &Self::Job) -> usize;

    /// Does all jobs of a batch; one answer each, in their order.
    fn work(
        &self,
        key: Self::Key,
        jobs: Vec<Self::Job>,
    ) -> impl Future<Output = Vec<Self::Answer>> + Send;
}

/// A job and whom to tell.
struct Waiting<W: Work> {
    job: W::Job,
    since: Instant,
    reply: oneshot::Sender<Result<W::Answer, NotDone>>,
}

/// What waits for one key, and what it weighs.
struct Line<W: Work> {
    jobs: VecDeque<Waiting<W>>,
    weight: usize,
}

/// What waits in the queues of all keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// Keys whose worker runs.
    pub keys: usize,
    /// The weight of what waits for it.
    pub weight: usize,
}

/// The queues of all keys. A key has a line while its worker runs.
pub(crate) struct Queues<W: Work> {
    limits: Limits,
    lines: Mutex<HashMap<W::Key, Line<W>>>,
}

impl<W: Work> Queues<W> {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, lines: Mutex::new(HashMap::new()) })
    }

    /// Queues `job` and waits for its answer. `worker` makes what works on it, if nothing does.
    pub(crate) async fn submit(
        self: &Arc<Self>,
        key: W::Key,
        job: W::Job,
        worker: impl FnOnce() -> W,
    ) -> Result<W::Answer, NotDone> {
        let (reply, answer) = oneshot::channel();
        let weight = W::weight(&job);
        let waiting = Waiting { job, since: Instant::now(), reply };
        match self.lock().entry(key) {
            Entry::Occupied(mut line) => {
                let line = line.get_mut();
                if line.weight + weight > self.limits.waiting {
                    return Err(NotDone::Busy);
                }
                line.weight += weight;
                line.jobs.push_back(waiting);
            }
            Entry::Vacant(line) => {
                line.insert(Line { jobs: VecDeque::from([waiting]), weight });
                spawn(Arc::clone(self).run(key, worker()));
            }
        }
        // The worker answers every job; it is only gone without an answer when the program is.
        answer.await.unwrap_or(Err(NotDone::Gone))
    }

    /// Works until nothing waits; the next job starts another worker.
    async fn run(self: Arc<Self>, key: W::Key, worker: W) {
        while let Some(batch) = self.next_batch(key) {
            let (jobs, replies): (Vec<W::Job>, Vec<_>) =
                batch.into_iter().map(|waiting| (waiting.job, waiting.reply)).unzip();
            if jobs.is_empty() {
                continue;
            }
            // A panic must not leave the key without a worker.
            let answers = AssertUnwindSafe(worker.work(key, jobs)).catch_unwind().await;
            let mut answers = answers.unwrap_or_default().into_iter();
            for reply in replies {
                let _caller_left = reply.send(answers.next().ok_or(NotDone::Panicked));
            }
        }
    }

    /// The next batch, without the jobs that waited for too long; `None` if nothing waits.
    fn next_batch(&self, key: W::Key) -> Option<Vec<Waiting<W>>> {
        let mut lines = self.lock();
        let line = lines.get_mut(&key)?;
        if line.jobs.is_empty() {
            lines.remove(&key);
            return None;
        }
        let mut batch = Vec::new();
        let mut weight = 0;
        while weight < self.limits.batch
            && let Some(waiting) = line.jobs.pop_front()
        {
            let of_job = W::weight(&waiting.job);
            line.weight -= of_job;
            if waiting.since.elapsed() < self.limits.patience {
                weight += of_job;
                batch.push(waiting);
            } else {
                let _caller_left = waiting.reply.send(Err(NotDone::Busy));
            }
        }
        Some(batch)
    }

    /// What waits at this moment.
    pub(crate) fn waiting(&self) -> Waits {
        let lines = self.lock();
        Waits { keys: lines.len(), weight: lines.values().map(|line| line.weight).sum() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<W::Key, Line<W>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
