//! The load: the same for every server, over the client that customers use.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use allot_client::{Client, Decision, Key, Outcome, Request, WhenUnreachable};
use anyhow::{Result, bail};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::measured::{Measured, Tally};

const BATCH: usize = 1000;
const BATCHES_IN_FLIGHT: usize = 4;

/// Whom the requests go to.
pub(crate) struct Target {
    pub(crate) client: Client,
    pub(crate) members: Vec<String>,
}

/// Requests for one member after the other, of one organization after the other.
pub(crate) struct Traffic {
    targets: Vec<Target>,
    next: AtomicUsize,
}

/// How requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// So many at any time: each answer is followed by the next request.
    Closed(usize),
    /// The batch call, several at any time.
    Batches,
    /// So many a second, whether or not earlier ones were answered.
    Open(f64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// The time in which answers are measured.
#[derive(Clone, Copy)]
struct Window {
    begin: Instant,
    end: Instant,
}

impl Load {
    /// Every request has to be allowed; whatever else is answered is an error.
    pub(crate) async fn run(self, traffic: Traffic, timing: Timing) -> Result<Measured> {
        let traffic = Arc::new(traffic);
        let begin = Instant::now() + timing.warm_up;
        let window = Window { begin, end: begin + timing.measured };
        let workers = match self {
            Self::Closed(in_flight) => workers(&traffic, window, in_flight, 1),
            Self::Batches => workers(&traffic, window, BATCHES_IN_FLIGHT, BATCH),
            Self::Open(rate) => send_when_due(&traffic, window, rate).await,
        };
        let mut sum = Tally::default();
        for tally in workers.join_all().await {
            sum.add(tally?);
        }
        let sent_again = traffic.targets.iter().map(|target| target.client.sent_again()).sum();
        Ok(Measured { sent_again, ..sum.measured(timing.measured) })
    }
}

fn workers(
    traffic: &Arc<Traffic>,
    window: Window,
    count: usize,
    size: usize,
) -> JoinSet<Result<Tally>> {
    (0..count).map(|_| work(traffic.clone(), window, size)).collect()
}

/// Sends the next request as soon as the last one was answered.
async fn work(traffic: Arc<Traffic>, window: Window, size: usize) -> Result<Tally> {
    let mut tally = Tally::default();
    while Instant::now() < window.end {
        let begin = Instant::now();
        traffic.send(size).await?;
        window.enter(&mut tally, begin, size);
    }
    Ok(tally)
}

/// Latency counts from the time at which a request was due: a server that is slow for a moment
/// also delays those that should have been sent meanwhile.
async fn send_when_due(
    traffic: &Arc<Traffic>,
    window: Window,
    rate: f64,
) -> JoinSet<Result<Tally>> {
    let mut requests = JoinSet::new();
    let begin = Instant::now();
    for number in 0_u32.. {
        let due = begin + Duration::from_secs_f64(f64::from(number) / rate);
        if due >= window.end {
            break;
        }
        if due > Instant::now() {
            sleep_until(due).await;
        }
        let traffic = traffic.clone();
        requests.spawn(async move {
            let mut tally = Tally::default();
            traffic.send(1).await?;
            window.enter(&mut tally, due, 1);
            Ok(tally)
        });
    }
    requests
}

impl Window {
    fn enter(self, tally: &mut Tally, begin: Instant, decisions: usize) {
        let now = Instant::now();
        tally.decisions += decisions as u64;
        if (self.begin..self.end).contains(&now) {
            tally.counted += decisions as u64;
        }
        // By its begin: what is slow would be left out at the end.
        if (self.begin..self.end).contains(&begin) {
            tally.latencies.push(now - begin);
        }
    }
}

impl Traffic {
    pub(crate) fn new(targets: Vec<Target>) -> Self {
        Self { targets, next: AtomicUsize::new(0) }
    }

    async fn send(&self, size: usize) -> Result<()> {
        let place = self.next.fetch_add(size, Ordering::Relaxed);
        let target = &self.targets[place % self.targets.len()];
        let request = |number: usize| {
            let member = &target.members[number / self.targets.len() % target.members.len()];
            Request::new("prospect_search", 1).member(member)
        };
        if size == 1 {
            let closed = WhenUnreachable::FailClosed;
            let outcome = target.client.consume(&Key::random(), &request(place), closed).await?;
            return match outcome {
                Outcome::Decided(decision) => expect_allowed(&decision),
                Outcome::Undecided { unreachable, .. } => Err(unreachable.into()),
            };
        }
        let requests: Vec<Request> = (place..place + size).map(request).collect();
        let answers = target.client.consume_batch(&Key::random(), &requests).await?;
        if answers.len() != size {
            bail!("{} answers to a batch of {size}", answers.len());
        }
        answers.into_iter().try_for_each(|answer| expect_allowed(&answer?))
    }
}

fn expect_allowed(decision: &Decision) -> Result<()> {
    match decision {
        Decision::Allowed(_) => Ok(()),
        Decision::Denied(denied) => bail!("a request was denied: {denied:?}"),
    }
}
