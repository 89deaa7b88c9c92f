//! How others tell a running pipeline to end, and follow how far it has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::board::{Board, WorkerHealth};
use crate::desk::Desk;

/// A handle on a running pipeline; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Control {
    stop: Arc<AtomicBool>,
    drain: Arc<AtomicBool>,
    records: Arc<AtomicU64>,
    goal: Arc<AtomicU64>,
    began: Arc<AtomicBool>,
    board: Board,
    desk: Desk,
}

/// How a pipeline is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether brokers and topics have passed the checks before the work.
    pub checked: bool,
    /// Whether it was told to end.
    pub ending: bool,
    /// Its workers, but those that have ended in good order.
    pub workers: Vec<WorkerHealth>,
}

impl Control {
    /// Ends the pipeline: what was taken is committed, and the group is left.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Ends the pipeline once it has processed what the topics hold now.
    pub fn drain(&self) {
        self.drain.store(true, Ordering::SeqCst);
    }

    /// Whether it was told to end.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    pub(crate) fn draining(&self) -> bool {
        self.drain.load(Ordering::SeqCst)
    }

    /// Records processed so far.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Records that the topics held when the end was set; 0 where none is set.
    pub fn goal(&self) -> u64 {
        self.goal.load(Ordering::Relaxed)
    }

    pub(crate) fn add_records(&self, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
    }

    /// Says that the checks have passed, and that so many workers begin.
    pub fn begin(&self, workers: usize) {
        (0..workers).for_each(|number| self.board.enter(number));
        self.began.store(true, Ordering::SeqCst);
    }

    /// What the workers say of themselves.
    pub(crate) fn board(&self) -> &Board {
        &self.board
    }

    /// What people see of opportunities, and decide.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// How the pipeline is.
    pub fn health(&self) -> Health {
        Health {
            checked: self.began.load(Ordering::SeqCst),
            ending: self.stopping(),
            workers: self.board.workers(),
        }
    }

    pub(crate) fn set_goal(&self, goal: u64) {
        self.goal.store(goal, Ordering::Relaxed);
    }
}
