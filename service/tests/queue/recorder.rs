//! Work that records what the queue has it do.

use crate::queue::{Limits, NotDone, Queues, Waits, Work};
use shuttle::future::yield_now;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::sync::Semaphore;

/// What a job of the test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Job {
    /// The key under which it is submitted.
    pub key: u8,
    /// Tells jobs of one key apart.
    pub number: u32,
    pub weight: usize,
    pub panics: bool,
}

/// A job of weight 1 that goes well.
pub(crate) fn job(key: u8, number: u32) -> Job {
    Job { key, number, weight: 1, panics: false }
}

/// What was done, batch by batch.
#[derive(Default)]
pub(crate) struct Seen {
    pub batches: Vec<(u8, Vec<Job>)>,
    under_way: HashSet<u8>,
    /// Keys of which two batches were under way at once.
    pub overlapping: Vec<u8>,
}

impl Seen {
    /// Everything that was done for `key`, in order.
    pub(crate) fn jobs(&self, key: u8) -> Vec<Job> {
        let of_key = self.batches.iter().filter(|(of, _)| *of == key);
        of_key.flat_map(|(_, jobs)| jobs.iter().copied()).collect()
    }

    /// What must hold after every schedule, for each batch of at most `limit`.
    pub(crate) fn check(&self, limit: usize) {
        assert!(self.overlapping.is_empty(), "two batches of {:?} at once", self.overlapping);
        for (key, jobs) in &self.batches {
            assert!(!jobs.is_empty(), "a batch of nothing");
            assert!(jobs.iter().all(|job| job.key == *key), "{key} got {jobs:?}");
            let before_last: usize = jobs.iter().rev().skip(1).map(|job| job.weight).sum();
            assert!(before_last < limit, "a batch that was full got more: {jobs:?}");
        }
        let all: Vec<&Job> = self.batches.iter().flat_map(|(_, jobs)| jobs).collect();
        let distinct: HashSet<&&Job> = all.iter().collect();
        assert_eq!(all.len(), distinct.len(), "a job was done twice");
    }
}

/// Queues whose work is recorded.
#[derive(Clone)]
pub(crate) struct Recorder {
    queues: Arc<Queues<Recording>>,
    seen: Arc<Mutex<Seen>>,
    /// Each batch needs a permit to end.
    gate: Arc<Semaphore>,
}

impl Recorder {
    /// Batches end by themselves.
    pub(crate) fn new(limits: Limits) -> Self {
        let recorder = Self::closed(limits);
        recorder.gate.add_permits(Semaphore::MAX_PERMITS);
        recorder
    }

    /// Batches end when they are let out.
    pub(crate) fn closed(limits: Limits) -> Self {
        let (queues, seen) = (Queues::new(limits), Arc::default());
        Self { queues, seen, gate: Arc::new(Semaphore::new(0)) }
    }

    /// Lets all batches end.
    pub(crate) fn open(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) async fn submit(&self, job: Job) -> Result<Job, NotDone> {
        let worker = || Recording { seen: Arc::clone(&self.seen), gate: Arc::clone(&self.gate) };
        self.queues.submit(job.key, job, worker).await
    }

    /// What waits at this moment.
    pub(crate) fn waiting(&self) -> Waits {
        self.queues.waiting()
    }

    /// Waits until `count` batches have begun.
    pub(crate) async fn began(&self, count: usize) {
        while lock(&self.seen).batches.len() < count {
            yield_now().await;
        }
    }

    /// What was seen so far.
    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&lock(&self.seen))
    }

    /// The queues, without keeping them.
    pub(crate) fn downgrade(&self) -> (Weak<Queues<Recording>>, Arc<Mutex<Seen>>) {
        (Arc::downgrade(&self.queues), Arc::clone(&self.seen))
    }
}

/// The work itself.
pub(crate) struct Recording {
    seen: Arc<Mutex<Seen>>,
    gate: Arc<Semaphore>,
}

impl Work for Recording {
    type Key = u8;
    type Job = Job;
    type Answer = Job;

    fn weight(job: &Job) -> usize {
        job.weight
    }

    async fn work(&self, key: u8, jobs: Vec<Job>) -> Vec<Job> {
        {
            let mut seen = lock(&self.seen);
            if !seen.under_way.insert(key) {
                seen.overlapping.push(key);
            }
            seen.batches.push((key, jobs.clone()));
        }
        yield_now().await;
        let _until_the_end = self.gate.acquire().await;
        lock(&self.seen).under_way.remove(&key);
        if jobs.iter().any(|job| job.panics) {
            // Without the hook that would report it: this panic is meant.
            std::panic::resume_unwind(Box::new("a job panics"));
        }
        jobs
    }
}

/// No other task goes on while this is held, so it needs no lock of the scheduler's.
fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Much room and much patience.
pub(crate) const ROOMY: Limits =
    Limits { batch: 3, waiting: 1_000, patience: Duration::from_secs(10) };
