//! What the workers of a process say of themselves, for metrics and health to show.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use springtide_core::event::Topic;
use springtide_core::time::Millis;

/// When a worker last polled; noted for each record, so it takes no lock.
#[derive(Debug)]
pub(crate) struct Pulse {
    began: Instant,
    beat_ms: AtomicU64,
}

impl Pulse {
    fn new() -> Pulse {
        Pulse { began: Instant::now(), beat_ms: AtomicU64::new(0) }
    }

    /// Notes that the worker polls now.
    pub fn beat(&self, now: Instant) {
        let since = now.saturating_duration_since(self.began).as_millis();
        self.beat_ms.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn silence(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.beat_ms.load(Ordering::Relaxed)))
    }
}

/// What a worker says at the end of each round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// Whether the group has said which partitions are its.
    pub joined: bool,
    /// Whether it can write transactions.
    pub writes: bool,
    /// Partitions that the group gave it.
    pub owned: usize,
    /// Those that it works on.
    pub lanes: Vec<Place>,
}

/// How far a partition has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub number: i32,
    /// By topic, the next offset to read; -1 where none was read yet.
    pub offsets: [i64; 5],
    /// By topic, the highest `occurred_at` seen.
    pub highest: [Option<Millis>; 5],
    /// The least instant before there is one.
    pub horizon: Millis,
    /// The topic that holds it back.
    pub holding: Option<Topic>,
    /// By topic, when the record read last was written, by the broker.
    pub read_at: [Option<Millis>; 5],
}

impl Default for Place {
    /// Before anything was read.
    fn default() -> Place {
        Place {
            number: 0,
            offsets: [-1; 5],
            highest: [None; 5],
            horizon: Millis::MIN,
            holding: None,
            read_at: [None; 5],
        }
    }
}

/// How much of a topic's partition is unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    pub records: i64,
    /// For how long the oldest of them has been there, at most; not always known.
    pub age_ms: Option<Millis>,
}

/// How many records are unread, as far as that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lags {
    pub input: BTreeMap<(Topic, i32), Lag>,
    /// Of the changelog, by partition that this process stands by for.
    pub standby: BTreeMap<i32, i64>,
}

#[derive(Debug)]
struct Member {
    pulse: Arc<Pulse>,
    report: Report,
}

/// How a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerHealth {
    /// Its number.
    pub number: usize,
    /// How long it has not polled; since its start, where it never has.
    pub silence: Duration,
    /// Whether the group has said which partitions are its; not during a rebalance.
    pub joined: bool,
    /// Partitions that the group gave it.
    pub owned: usize,
    /// Those of them whose state is there.
    pub running: usize,
    /// Whether it can write transactions: partitions are opened only then.
    pub writes: bool,
}

/// What is known of a process' workers; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board {
    members: Arc<Mutex<BTreeMap<usize, Member>>>,
    lags: Arc<Mutex<Lags>>,
    /// Opportunities past their date, by partition.
    overdue: Arc<Mutex<BTreeMap<i32, u64>>>,
}

impl Board {
    fn members(&self) -> MutexGuard<'_, BTreeMap<usize, Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lags_held(&self) -> MutexGuard<'_, Lags> {
        self.lags.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a worker begins. One that never polls is silent from here on.
    pub fn enter(&self, worker: usize) {
        let member = Member { pulse: Arc::new(Pulse::new()), report: Report::default() };
        self.members().insert(worker, member);
    }

    /// A worker's pulse, for it to beat.
    pub fn pulse(&self, worker: usize) -> Arc<Pulse> {
        self.members().get(&worker).map_or_else(|| Arc::new(Pulse::new()), |member| Arc::clone(&member.pulse))
    }

    /// Takes what a worker says.
    pub fn report(&self, worker: usize, report: Report) {
        if let Some(member) = self.members().get_mut(&worker) {
            member.report = report;
        }
    }

    /// Says that a worker has ended.
    pub fn leave(&self, worker: usize) {
        self.members().remove(&worker);
    }

    /// How the workers are, those that have ended left out.
    pub fn workers(&self) -> Vec<WorkerHealth> {
        let health = |(number, member): (&usize, &Member)| WorkerHealth {
            number: *number,
            silence: member.pulse.silence(),
            joined: member.report.joined,
            owned: member.report.owned,
            running: member.report.lanes.len(),
            writes: member.report.writes,
        };
        self.members().iter().map(health).collect()
    }

    /// The partitions that are worked on.
    pub fn places(&self) -> Vec<Place> {
        self.members().values().flat_map(|member| member.report.lanes.iter().copied()).collect()
    }

    pub fn set_lags(&self, lags: Lags) {
        *self.lags_held() = lags;
    }

    /// Takes how many opportunities are past their date, by partition; of others it is not known.
    pub fn set_overdue(&self, counts: BTreeMap<i32, u64>) {
        *self.overdue.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    pub fn overdue(&self, partition: i32) -> Option<u64> {
        self.overdue.lock().unwrap_or_else(PoisonError::into_inner).get(&partition).copied()
    }

    pub fn lags(&self) -> Lags {
        self.lags_held().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_known_from_its_start_to_its_end() {
        let board = Board::default();
        assert!(board.workers().is_empty());
        board.enter(1);
        let place = Place { number: 4, ..Place::default() };
        assert!(!board.workers()[0].joined, "the group has not answered");
        board.report(1, Report { joined: true, writes: true, owned: 2, lanes: vec![place] });
        let health = board.workers()[0];
        assert_eq!((health.joined, health.owned, health.running), (true, 2, 1));
        board.leave(1);
        board.report(1, Report::default());
        assert!(board.workers().is_empty() && board.places().is_empty());
    }

    #[test]
    fn silence_ends_with_a_beat() {
        let board = Board::default();
        board.enter(0);
        let pulse = board.pulse(0);
        let later = pulse.began + Duration::from_secs(3600);
        pulse.beat(later);
        assert_eq!(board.workers()[0].silence, Duration::ZERO);
    }
}
