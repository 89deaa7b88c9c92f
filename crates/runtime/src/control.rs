//! How others tell a running pipeline to end, and follow how far it has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A handle on a running pipeline; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Control {
    stop: Arc<AtomicBool>,
    drain: Arc<AtomicBool>,
    records: Arc<AtomicU64>,
    goal: Arc<AtomicU64>,
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

    pub(crate) fn set_records(&self, records: u64) {
        self.records.store(records, Ordering::Relaxed);
    }

    pub(crate) fn set_goal(&self, goal: u64) {
        self.goal.store(goal, Ordering::Relaxed);
    }
}
