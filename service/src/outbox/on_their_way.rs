//! The messages that are on their way from this server.

use super::{AT_THE_END, Due, TO_CHANNELS, TO_PEOPLE};
use crate::Service;
use std::collections::HashMap;
use store::lanes::{Lane, Recipient};
use tokio::{
    task::{Id, JoinSet},
    time::timeout,
};
use uuid::Uuid;

/// What is on its way from this server.
#[derive(Default)]
pub(super) struct OnTheirWay {
    tasks: JoinSet<()>,
    lanes: HashMap<Id, Lane>,
}

impl OnTheirWay {
    /// Starts to send a message.
    pub(super) fn start(&mut self, service: Service, due: Due) {
        let lane = due.lane;
        let task = self.tasks.spawn(async move { service.send(due).await });
        self.lanes.insert(task.id(), lane);
    }

    /// Waits until one has arrived or failed; for ever where there is none.
    pub(super) async fn next(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.forget(id),
            Some(Err(error)) => {
                tracing::error!(%error, "a message was not sent because of a defect");
                self.forget(error.id());
            }
            None => std::future::pending().await,
        }
    }

    fn forget(&mut self, id: Id) {
        self.lanes.remove(&id);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Lets them arrive, as far as that does not take too long.
    pub(super) async fn finish(&mut self) {
        let all = async {
            while !self.is_empty() {
                self.next().await;
            }
        };
        if timeout(AT_THE_END, all).await.is_err() {
            tracing::warn!("messages that took too long were cut off");
        }
    }

    /// The lanes that are busy, and room for more to people or to channels.
    pub(super) fn busy(&self, to_people: bool) -> (Vec<Uuid>, usize) {
        let to_same = |lane: &&Lane| matches!(lane.recipient, Recipient::Member(_)) == to_people;
        let busy: Vec<Uuid> =
            self.lanes.values().filter(to_same).map(|lane| lane.recipient.id()).collect();
        let most = if to_people { TO_PEOPLE } else { TO_CHANNELS };
        let room = most.saturating_sub(busy.len());
        (busy, room)
    }
}
