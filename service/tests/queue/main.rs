//! The queue in thousands of orders of events, each chosen at random. A failure prints its
//! schedule, which `shuttle::replay` goes through again.

#[path = "../../src/queue.rs"]
mod queue;
mod recorder;
mod sync;

use futures_util::future::{abortable, join, join_all};
use queue::{Limits, NotDone, Waits};
use recorder::{Job, ROOMY, Recorder, job};
use shuttle::future::{block_on, spawn, yield_now};
use std::{future::Future, pin::pin, task::Poll, time::Duration};

/// Orders of events that each test goes through, in each of two ways to choose them.
const SCHEDULES: usize = 2_000;
/// How often a schedule interrupts whoever would go on by priority.
const INTERRUPTIONS: usize = 3;

/// Runs `test` in many orders of events: any order at all, and those in which few interruptions
/// at the worst moments do the harm.
fn explore<F: Future<Output = ()> + Send + 'static>(test: fn() -> F) {
    let schedule = move || {
        sync::reset_clock();
        block_on(test());
    };
    shuttle::check_random(schedule, SCHEDULES);
    shuttle::check_pct(schedule, SCHEDULES, INTERRUPTIONS);
}

/// Lets `future` go on once, so that its job waits in line.
async fn begin<T>(future: &mut (impl Future<Output = T> + Unpin)) {
    let began = std::future::poll_fn(|context| {
        Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
    });
    assert!(began.await, "nothing is answered before its batch has ended");
}

#[test]
fn every_job_is_answered_once_and_in_order() {
    explore(|| async {
        let recorder = Recorder::new(ROOMY);
        let callers = (0..4_u32).map(|caller| {
            let recorder = recorder.clone();
            spawn(async move {
                let numbers = caller * 10..caller * 10 + 4;
                let jobs = numbers.map(|number| job((number % 2) as u8, number));
                let answers = jobs.clone().map(|job| recorder.submit(job));
                let expected: Vec<_> = jobs.map(Ok).collect();
                assert_eq!(join_all(answers).await, expected);
            })
        });
        join_all(callers).await.into_iter().for_each(|caller| caller.unwrap());
        recorder.seen(|seen| {
            seen.check(ROOMY.batch);
            for key in 0..2 {
                let jobs = seen.jobs(key);
                assert_eq!(jobs.len(), 8);
                for caller in 0..4 {
                    let of_caller = jobs.iter().filter(|job| job.number / 10 == caller);
                    assert!(of_caller.is_sorted_by_key(|job| job.number), "{jobs:?}");
                }
            }
        });
    });
}

/// Whoever comes at the moment at which the worker finds nothing to do must find another.
#[test]
fn no_job_is_lost_while_the_worker_ends() {
    explore(|| async {
        let recorder = Recorder::new(ROOMY);
        let callers = (0..3).map(|caller| {
            let recorder = recorder.clone();
            spawn(async move {
                for number in 0..4 {
                    let job = job(0, caller * 10 + number);
                    assert_eq!(recorder.submit(job).await, Ok(job));
                }
            })
        });
        join_all(callers).await.into_iter().for_each(|caller| caller.unwrap());
        recorder.seen(|seen| {
            seen.check(ROOMY.batch);
            assert_eq!(seen.jobs(0).len(), 12);
        });
    });
}

#[test]
fn a_heavy_job_fills_its_batch_alone_or_as_the_last() {
    explore(|| async {
        let recorder = Recorder::new(ROOMY);
        let callers = [1, 2, 5, 1, 3, 1].into_iter().zip(0..).map(|(weight, number)| {
            let recorder = recorder.clone();
            let job = Job { weight, ..job(0, number) };
            spawn(async move { assert_eq!(recorder.submit(job).await, Ok(job)) })
        });
        join_all(callers).await.into_iter().for_each(|caller| caller.unwrap());
        recorder.seen(|seen| seen.check(ROOMY.batch));
    });
}

/// Six at once, and room for three beside the batch that is under way.
#[test]
fn what_would_wait_beyond_the_bound_is_turned_away_at_once() {
    const TIGHT: Limits = Limits { batch: 100, waiting: 3, patience: Duration::from_secs(10) };
    explore(|| async {
        let recorder = Recorder::closed(TIGHT);
        let mut first = pin!(recorder.submit(job(0, 0)));
        begin(&mut first).await;
        recorder.began(1).await;
        let callers = (1..7).map(|number| {
            let recorder = recorder.clone();
            spawn(async move { (number, recorder.submit(job(0, number)).await) })
        });
        let callers: Vec<_> = callers.collect();
        // Other keys have room of their own.
        let mut other = pin!(recorder.submit(job(1, 0)));
        begin(&mut other).await;
        recorder.began(2).await;
        while callers.iter().filter(|caller| caller.is_finished()).count() < 3 {
            yield_now().await;
        }
        assert_eq!(recorder.waiting(), Waits { keys: 2, weight: 3 });
        recorder.open();
        let answers: Vec<_> =
            join_all(callers).await.into_iter().map(|caller| caller.unwrap()).collect();
        assert_eq!((first.await, other.await), (Ok(job(0, 0)), Ok(job(1, 0))));
        let busy = answers.iter().filter(|(_, answer)| *answer == Err(NotDone::Busy));
        let busy: Vec<u32> = busy.map(|(number, _)| *number).collect();
        assert_eq!(busy.len(), 3);
        recorder.seen(|seen| {
            assert!(seen.jobs(0).iter().all(|job| !busy.contains(&job.number)));
            assert_eq!(seen.jobs(0).len(), 4);
        });
        // The room is free again.
        let more = (10..13).map(|number| recorder.submit(job(0, number)));
        assert!(join_all(more).await.iter().all(Result::is_ok));
    });
}

/// Callers may stop waiting at any moment: in line, in a batch, or when it is done already.
#[test]
fn a_caller_that_gives_up_spoils_nobody() {
    explore(|| async {
        let recorder = Recorder::new(ROOMY);
        let caller = |number| {
            let recorder = recorder.clone();
            let (answer, leave) = abortable(async move { recorder.submit(job(0, number)).await });
            (spawn(answer), leave)
        };
        let (leaving, staying): (Vec<_>, Vec<_>) =
            (0..4).map(|number| (caller(number), caller(10 + number))).unzip();
        for (_, leave) in &leaving {
            leave.abort();
            yield_now().await;
        }
        for ((answer, _), number) in staying.into_iter().zip(10..) {
            assert_eq!(answer.await.unwrap(), Ok(Ok(job(0, number))));
        }
        for ((answer, _), number) in leaving.into_iter().zip(0..) {
            let answer = answer.await.unwrap();
            assert!(answer.is_err() || answer == Ok(Ok(job(0, number))));
        }
        assert_eq!(recorder.submit(job(0, 20)).await, Ok(job(0, 20)));
        recorder.seen(|seen| seen.check(ROOMY.batch));
    });
}

#[test]
fn a_panic_is_told_to_its_batch_and_the_next_goes_on() {
    explore(|| async {
        let recorder = Recorder::new(ROOMY);
        let callers = (0..6).map(|number| {
            let recorder = recorder.clone();
            let job = Job { panics: number == 2, ..job(0, number) };
            spawn(async move { (number, recorder.submit(job).await) })
        });
        let answers = join_all(callers).await;
        assert_eq!(recorder.submit(job(0, 10)).await, Ok(job(0, 10)));
        recorder.seen(|seen| {
            seen.check(ROOMY.batch);
            let batch_of = |number| {
                let mut batches = seen.batches.iter().map(|(_, jobs)| jobs);
                batches.find(|jobs| jobs.iter().any(|job| job.number == number)).unwrap()
            };
            for (number, answer) in answers.into_iter().map(|caller| caller.unwrap()) {
                let panicked = batch_of(number).iter().any(|job| job.panics);
                let expected = if panicked { Some(NotDone::Panicked) } else { None };
                assert_eq!(answer.err(), expected, "{number}");
            }
        });
    });
}

#[test]
fn who_has_waited_for_too_long_is_turned_away() {
    explore(|| async {
        let recorder = Recorder::closed(ROOMY);
        let mut under_way = pin!(recorder.submit(job(0, 0)));
        begin(&mut under_way).await;
        recorder.began(1).await;
        let mut too_old = pin!(recorder.submit(job(0, 1)));
        begin(&mut too_old).await;
        sync::advance_clock(Duration::from_millis(1));
        let mut old = pin!(recorder.submit(job(0, 2)));
        begin(&mut old).await;
        sync::advance_clock(ROOMY.patience.saturating_sub(Duration::from_millis(1)));
        let new = {
            let recorder = recorder.clone();
            spawn(async move { recorder.submit(job(0, 3)).await })
        };
        recorder.open();
        assert_eq!(under_way.await, Ok(job(0, 0)), "what is under way is not waiting");
        assert_eq!(join(too_old, old).await, (Err(NotDone::Busy), Ok(job(0, 2))));
        assert_eq!(new.await.unwrap(), Ok(job(0, 3)));
        recorder.seen(|seen| assert!(!seen.jobs(0).contains(&job(0, 1))));
    });
}

/// Nobody in line is left to work for, and whoever comes then finds a worker.
#[test]
fn a_line_of_whom_all_have_waited_for_too_long_is_turned_away() {
    explore(|| async {
        let recorder = Recorder::closed(ROOMY);
        let mut under_way = pin!(recorder.submit(job(0, 0)));
        begin(&mut under_way).await;
        recorder.began(1).await;
        let mut too_old = pin!(join_all((1..6).map(|number| recorder.submit(job(0, number)))));
        begin(&mut too_old).await;
        sync::advance_clock(ROOMY.patience);
        recorder.open();
        assert_eq!(too_old.await, [Err(NotDone::Busy); 5]);
        assert_eq!(recorder.submit(job(0, 6)).await, Ok(job(0, 6)));
        assert_eq!(under_way.await, Ok(job(0, 0)));
        recorder.seen(|seen| {
            seen.check(ROOMY.batch);
            assert_eq!(seen.jobs(0), [job(0, 0), job(0, 6)]);
        });
    });
}

/// The server has stopped and nobody holds the queues any more, but whoever is waiting is answered,
/// and then nothing of them is left.
#[test]
fn what_was_submitted_before_the_end_is_answered() {
    explore(|| async {
        let recorder = Recorder::new(ROOMY);
        let (queues, seen) = recorder.downgrade();
        let callers = (0..5_u32).map(|number| {
            let recorder = recorder.clone();
            spawn(async move {
                let job = job((number % 2) as u8, number);
                let answer = pin!(recorder.submit(job));
                assert_eq!(answer.await, Ok(job));
            })
        });
        let callers: Vec<_> = callers.collect();
        drop(recorder);
        join_all(callers).await.into_iter().for_each(|caller| caller.unwrap());
        while queues.strong_count() > 0 {
            yield_now().await;
        }
        assert_eq!(seen.lock().unwrap().batches.iter().flat_map(|(_, jobs)| jobs).count(), 5);
    });
}
