//! When a request is sent again.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::Unreachable;

/// For how long, and how often, a request is sent again while nobody answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// All attempts and the pauses between them take no longer than this together.
    pub budget: Duration,
    /// How long one attempt waits for its answer.
    pub attempt: Duration,
    /// The pause after the first attempt, at most. Each further one is twice as long; a random
    /// part of up to half is taken off, so that many clients do not come back all at once.
    pub first_pause: Duration,
    /// Pauses get no longer than this.
    pub longest_pause: Duration,
    /// A server that asks by `Retry-After` for a longer pause than this gets only this one.
    pub longest_retry_after: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            budget: Duration::from_secs(10),
            attempt: Duration::from_secs(5),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(2),
            longest_retry_after: Duration::from_secs(5),
        }
    }
}

/// An attempt that got no answer.
pub(crate) struct Failure {
    pub(crate) cause: String,
    /// The pause that the server asked for.
    pub(crate) retry_after: Option<Duration>,
}

/// An answer, and whether it took more than one attempt.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub(crate) answer: T,
    pub(crate) sent_again: bool,
}

impl Retries {
    /// Tries until there is an answer or the budget is spent.
    pub(crate) async fn until_answered<T, A>(
        &self,
        mut attempt: impl FnMut() -> A,
    ) -> Result<Answered<T>, Unreachable>
    where
        A: Future<Output = Result<T, Failure>>,
    {
        let begin = Instant::now();
        let left = || self.budget.saturating_sub(begin.elapsed());
        let mut attempts = 0;
        loop {
            let failure = match timeout(self.attempt.min(left()), attempt()).await {
                Ok(Ok(answer)) => return Ok(Answered { answer, sent_again: attempts > 0 }),
                Ok(Err(failure)) => failure,
                Err(_) => Failure { cause: "no answer in time".to_owned(), retry_after: None },
            };
            attempts += 1;
            let pause = self.pause(attempts, failure.retry_after);
            // Where there would be no time left for another attempt, waiting helps nobody.
            if pause >= left() {
                return Err(Unreachable { attempts, cause: failure.cause });
            }
            sleep(pause).await;
        }
    }

    /// The pause after so many attempts.
    fn pause(&self, attempts: u32, retry_after: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts - 1);
        let longest = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        let own = longest.mul_f64(1.0 - random() / 2.0);
        own.max(retry_after.unwrap_or_default().min(self.longest_retry_after))
    }
}

/// A number from 0 to 1.
fn random() -> f64 {
    let [byte, ..] = Uuid::new_v4().into_bytes();
    f64::from(byte) / f64::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Retries = Retries {
        budget: Duration::from_mins(1),
        attempt: Duration::from_secs(5),
        first_pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(8),
        longest_retry_after: Duration::from_secs(20),
    };

    /// How long each attempt began after the one before, when all fail.
    async fn gaps(retries: &Retries, retry_after: Option<Duration>) -> Vec<Duration> {
        let mut starts = Vec::new();
        let outcome: Result<Answered<()>, _> = retries
            .until_answered(|| {
                starts.push(Instant::now());
                async move { Err(Failure { cause: "down".to_owned(), retry_after }) }
            })
            .await;
        let unreachable = outcome.unwrap_err();
        assert_eq!(unreachable.attempts as usize, starts.len());
        assert_eq!(unreachable.cause, "down");
        starts.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_up_to_a_bound_and_vary_by_half() {
        let gaps = gaps(&RETRIES, None).await;
        assert!(gaps.len() > 6, "{gaps:?}");
        for (gap, longest) in gaps.iter().zip([1, 2, 4, 8, 8, 8, 8]) {
            // The clock of the tests counts in milliseconds.
            let (longest, tick) = (Duration::from_secs(longest), Duration::from_millis(2));
            assert!((longest / 2..=longest + tick).contains(gap), "{gaps:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_server_may_ask_for_longer_pauses_up_to_a_bound() {
        let asked = Duration::from_secs(10);
        let gaps_asked = gaps(&RETRIES, Some(asked)).await;
        assert!(gaps_asked.iter().all(|gap| *gap >= asked), "{gaps_asked:?}");
        let gaps_bounded = gaps(&RETRIES, Some(Duration::from_hours(1))).await;
        let bound = RETRIES.longest_retry_after;
        assert!(!gaps_bounded.is_empty());
        assert!(gaps_bounded.iter().all(|gap| (bound..bound * 2).contains(gap)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_holds_whatever_attempts_take() {
        let begin = Instant::now();
        let outcome: Result<Answered<()>, _> =
            RETRIES.until_answered(std::future::pending::<Result<(), Failure>>).await;
        assert_eq!(outcome.unwrap_err().cause, "no answer in time");
        let spent = begin.elapsed();
        assert!(spent <= RETRIES.budget + Duration::from_millis(2), "{spent:?}");
        assert!(spent + RETRIES.longest_pause + RETRIES.attempt >= RETRIES.budget, "{spent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_ends_it() {
        let mut attempts = 0;
        let answered = RETRIES
            .until_answered(|| {
                attempts += 1;
                let answer = if attempts < 3 {
                    Err(Failure { cause: String::new(), retry_after: None })
                } else {
                    Ok(attempts)
                };
                async move { answer }
            })
            .await
            .unwrap();
        assert_eq!((answered.answer, answered.sent_again), (3, true));
    }
}
