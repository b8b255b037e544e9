//! What the queue is made of here: every lock and every wait is a point at which another task may
//! go on, and time passes only when a test says so.

pub(crate) use shuttle::sync::{Mutex, MutexGuard};
pub(crate) use std::sync::PoisonError;
pub(crate) use tokio::sync::oneshot;

use std::{cell::Cell, future::Future, time::Duration};

thread_local! {
    /// All tasks of a schedule run on one thread, and each schedule begins at zero.
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Begins a schedule.
pub(crate) fn reset_clock() {
    NOW.set(Duration::ZERO);
}

/// Lets time pass.
pub(crate) fn advance_clock(by: Duration) {
    NOW.set(NOW.get() + by);
}

/// A moment on the clock of the test.
#[derive(Clone, Copy)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Self(NOW.get())
    }

    pub(crate) fn elapsed(self) -> Duration {
        NOW.get().saturating_sub(self.0)
    }
}

/// Runs a task beside the others.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    // Dropping the handle would end the task.
    std::mem::forget(shuttle::future::spawn(task));
}
