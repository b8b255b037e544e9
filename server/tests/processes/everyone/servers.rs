//! Two servers, of which one after the other ends and is replaced.

use super::{calls::Calls, dice::Dice};
use crate::support::{Installation, Server};
use std::{
    sync::{
        RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// Answers between two ends of servers, at most.
const ANSWERS: u64 = 800;
/// How often it is looked whether there were as many.
const LOOK: Duration = Duration::from_millis(5);

/// Where one of the servers is at the moment.
#[derive(Default)]
pub(super) struct Slot {
    url: RwLock<String>,
    /// Counts beginnings and ends: odd while there is none.
    changes: AtomicU64,
}

impl Slot {
    pub(super) fn url(&self) -> String {
        self.url.read().unwrap().clone()
    }

    /// How often a server has come or gone here. Whoever sees another number later may have been cut off.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Whether one could be cut off that began at `changes`.
    pub(super) fn was_away_since(&self, changes: u64) -> bool {
        changes % 2 == 1 || self.changes() != changes
    }

    fn change(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn lead_to(&self, server: &Server) {
        self.url.write().unwrap().clone_from(&server.url);
    }
}

pub(super) struct Servers {
    running: Vec<Server>,
    slots: &'static [Slot; 2],
    pub stopped: u32,
    pub killed: u32,
}

impl Servers {
    pub(super) fn start(installation: &Installation) -> Self {
        // For the rest of the program: people hold on to them while the servers behind them change.
        let slots: &'static [Slot; 2] = Box::leak(Box::default());
        let running: Vec<Server> = slots
            .iter()
            .map(|slot| {
                let server = Server::start(installation);
                slot.lead_to(&server);
                server
            })
            .collect();
        Self { running, slots, stopped: 0, killed: 0 }
    }

    pub(super) fn slots(&self) -> &'static [Slot; 2] {
        self.slots
    }

    /// Lets one server after the other end, at moments that are thrown.
    pub(super) fn come_and_go(
        &mut self,
        installation: &Installation,
        dice: &Dice,
        calls: &Calls,
        is_over: impl Fn() -> bool,
    ) {
        while !is_over() {
            let goal = calls.total() + dice.below(ANSWERS);
            while calls.total() < goal && !is_over() {
                thread::park_timeout(LOOK);
            }
            let place = usize::from(dice.one_in(2));
            let slot = &self.slots[place];
            slot.change();
            if dice.one_in(2) {
                self.stopped += 1;
                self.running[place].tell_to_stop();
                assert!(self.running[place].process.wait().unwrap().success());
            } else {
                self.killed += 1;
                self.running[place].process.kill().unwrap();
                self.running[place].process.wait().unwrap();
            }
            self.running[place] = Server::start(installation);
            slot.lead_to(&self.running[place]);
            slot.change();
        }
    }

    pub(super) fn stop(self) {
        self.running.into_iter().for_each(Server::stop);
    }
}
