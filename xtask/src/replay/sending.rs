//! The calls under way.

use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use allot_client::{Allowed, Client, Decision, Error, Key, Outcome, Request, WhenUnreachable};
use anyhow::{Context, Result};
use tokio::task::JoinSet;

use super::plan::{self, Call, OPERATIONS};
use super::report::Tally;

/// What the connections share.
pub(super) struct Sending {
    pub(super) client: Client,
    pub(super) run: String,
    pub(super) members: Vec<String>,
    pub(super) tokens: Vec<i64>,
    pub(super) acknowledged: Option<Mutex<File>>,
}

impl Sending {
    /// Returns what came of each operation, and how many decisions there were in a second.
    pub(super) async fn send_all(
        self: &Arc<Self>,
        connections: usize,
    ) -> Result<(Vec<Tally>, f64)> {
        let next = Arc::new(AtomicUsize::new(0));
        let begin = Instant::now();
        let mut working: JoinSet<Result<Vec<Tally>>> =
            (0..connections).map(|_| self.clone().work(next.clone())).collect();
        let mut sums = vec![Tally::default(); OPERATIONS.len()];
        while let Some(tallies) = working.join_next().await {
            for (sum, tally) in sums.iter_mut().zip(tallies??) {
                sum.add(tally);
            }
        }
        let seconds = begin.elapsed().as_secs_f64();
        let decided: u64 = sums.iter().map(Tally::decided).sum();
        #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
        let rate = decided as f64 / seconds;
        Ok((sums, rate))
    }

    /// Takes calls as long as there are any.
    async fn work(self: Arc<Self>, next: Arc<AtomicUsize>) -> Result<Vec<Tally>> {
        let mut tallies = vec![Tally::default(); OPERATIONS.len()];
        while let Some(call) = plan::call(&self.tokens, next.fetch_add(1, Ordering::Relaxed)) {
            self.send(call, &mut tallies[call.operation]).await?;
        }
        Ok(tallies)
    }

    async fn send(&self, call: Call, tally: &mut Tally) -> Result<()> {
        let operation = OPERATIONS[call.operation];
        let key = Key::new(&format!("{}-{}-{operation}", self.run, call.row))?;
        let request = Request::new(operation, call.quantity).member(&self.members[call.member]);
        let begin = Instant::now();
        let outcome = self.client.consume(&key, &request, WhenUnreachable::FailClosed).await;
        tally.time(begin.elapsed());
        match outcome {
            Ok(Outcome::Decided(Decision::Allowed(allowed))) => {
                tally.allow();
                self.acknowledge(&allowed, &key)?;
            }
            Ok(Outcome::Decided(Decision::Denied(denied))) => tally.refuse(&denied),
            Ok(Outcome::Undecided { unreachable, .. }) => return Err(unreachable.into()),
            Err(Error::Problem(problem)) => {
                tally.fail(format!("{} {}", problem.status, problem.code));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Notes what the server has promised to remember, in one write: whoever is killed now, or
    /// kills the server, finds whole lines.
    fn acknowledge(&self, allowed: &Allowed, key: &Key) -> Result<()> {
        let Some(file) = &self.acknowledged else {
            return Ok(());
        };
        let id = allowed.consumption_id.as_ref().context("an answer has no `consumption_id`")?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{id} {key}\n").as_bytes())?;
        Ok(())
    }
}
