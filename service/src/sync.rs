//! What the queue is made of. Its test puts other parts in their place, which try out every order
//! of events.

pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};
pub(crate) use tokio::{sync::oneshot, time::Instant};

use std::future::Future;

/// Runs a task beside the others.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}
