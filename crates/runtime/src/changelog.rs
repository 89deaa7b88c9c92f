//! The changelog: every change of state, in a compacted topic, in the same transaction as what it led to.
//!
//! One thread a process copies it into the store: the tail that a crash left out, the whole after a lost disk, and
//! all the time for the partitions this process stands by for. Workers ask for a partition and go on with the
//! others; once it has come to where the group had, they open it.
//!
//! A copied partition is never half right: pieces are written with the offset they came from, and nobody opens a
//! partition before its copy has come to the end.

mod copier;
mod load;
mod places;
pub mod standby;
mod topic;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use springtide_store::Store;

use crate::fault::RunError;
use crate::kafka::Copying;
use crate::lane::Committed;
use crate::lease::Leases;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::threads;
pub use copier::Copier;
use places::Reader;
pub(crate) use places::group_offsets;
pub(crate) use topic::{ensure, problem};

/// What was asked for: an answer to an earlier question says nothing of a later one about the same partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What workers and the copying thread say to each other.
#[derive(Default)]
struct Desk {
    /// Partitions that a worker wants.
    asked: BTreeMap<i32, Ticket>,
    /// Partitions that nobody wants any more.
    cancelled: BTreeSet<i32>,
    /// How it ended.
    done: BTreeMap<Ticket, Result<Committed, RunError>>,
    /// Tickets given so far.
    tickets: u64,
    /// By worker, the partitions it has.
    owned: BTreeMap<usize, BTreeSet<i32>>,
    /// Standby copies, and the next offset that each is to read; `None` for one that is at the end.
    standing: BTreeMap<i32, Option<i64>>,
    /// Whether to end.
    ending: bool,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    news: Condvar,
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The copying thread, as workers see it.
pub struct Changelog {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Changelog {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where a setting is refused, or the system gives no thread.
    pub fn start(
        settings: &Settings,
        store: Arc<dyn Store>,
        leases: Leases,
        metrics: Metrics,
        partitions: i32,
    ) -> Result<Changelog, RunError> {
        let reader = Reader::connect(settings)?;
        let (mut changelog, mut copier) =
            Changelog::beside(settings, store, leases, metrics, partitions, reader)?;
        let thread = threads::start("changelog", move || copier.work())?;
        changelog.thread = Some(thread);
        Ok(changelog)
    }

    /// Both sides of the desk; whoever asks for this lets the copier work.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn beside<K: Copying>(
        settings: &Settings,
        store: Arc<dyn Store>,
        leases: Leases,
        metrics: Metrics,
        partitions: i32,
        reader: K,
    ) -> Result<(Changelog, Copier<K>), RunError> {
        let shared = Arc::new(Shared::default());
        let copier = Copier::new(settings, store, leases, metrics, partitions, Arc::clone(&shared), reader)?;
        Ok((Changelog { shared, thread: None }, copier))
    }

    /// Asks for a partition's state, as of where the group has come by now. Whoever asks holds its lease.
    pub fn ask(&self, number: i32) -> Ticket {
        let mut desk = self.shared.desk();
        desk.tickets += 1;
        let ticket = Ticket(desk.tickets);
        desk.cancelled.remove(&number);
        desk.asked.insert(number, ticket);
        self.shared.news.notify_one();
        ticket
    }

    /// Takes back what was asked for.
    pub fn cancel(&self, number: i32, ticket: Ticket) {
        let mut desk = self.shared.desk();
        desk.asked.remove(&number);
        desk.done.remove(&ticket);
        desk.cancelled.insert(number);
        self.shared.news.notify_one();
    }

    /// How it ended, once it has: the state is there, and where the group had come.
    pub fn ready(&self, ticket: Ticket) -> Option<Result<Committed, RunError>> {
        self.shared.desk().done.remove(&ticket)
    }

    pub(crate) fn standby(&self) -> Standby {
        Standby(Arc::clone(&self.shared))
    }

    /// Says which partitions a worker has, so that the process stands by for others.
    pub fn owns(&self, worker: usize, partitions: BTreeSet<i32>) {
        self.shared.desk().owned.insert(worker, partitions);
        self.shared.news.notify_one();
    }
}

/// How far standby copies are, for whoever measures it.
#[derive(Clone, Default)]
pub(crate) struct Standby(Arc<Shared>);

impl Standby {
    /// By partition, the next offset to read; `None` where the copy is at the end.
    pub(crate) fn copies(&self) -> BTreeMap<i32, Option<i64>> {
        self.0.desk().standing.clone()
    }
}

impl Drop for Changelog {
    fn drop(&mut self) {
        self.shared.desk().ending = true;
        self.shared.news.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}
