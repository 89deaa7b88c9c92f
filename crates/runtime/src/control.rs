//! How others tell a running pipeline to end, and follow how far it has come.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A handle on a running pipeline; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Control {
    stop: Arc<AtomicBool>,
    drain: Arc<AtomicBool>,
    records: Arc<AtomicU64>,
    goal: Arc<AtomicU64>,
    workers: Arc<Mutex<BTreeMap<usize, Pulse>>>,
}

/// What was last heard of a worker.
#[derive(Clone, Copy, Debug)]
struct Pulse {
    at: Instant,
    owned: usize,
    running: usize,
}

/// How a pipeline is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Workers that were heard of.
    pub workers: usize,
    /// How long the quietest of them has not polled.
    pub longest_silence: Duration,
    /// Partitions that the group gave us.
    pub owned: usize,
    /// Those of them whose state is there.
    pub running: usize,
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

    pub(crate) fn polled(&self, worker: usize, owned: usize, running: usize) {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.insert(worker, Pulse { at: Instant::now(), owned, running });
    }

    /// How the pipeline is.
    pub fn health(&self) -> Health {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.values().fold(Health::default(), |health, pulse| Health {
            workers: health.workers + 1,
            longest_silence: health.longest_silence.max(pulse.at.elapsed()),
            owned: health.owned + pulse.owned,
            running: health.running + pulse.running,
        })
    }

    pub(crate) fn set_goal(&self, goal: u64) {
        self.goal.store(goal, Ordering::Relaxed);
    }
}
