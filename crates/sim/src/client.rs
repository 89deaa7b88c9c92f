//! What a worker and the copier are given instead of brokers. Each call hands the turn back first.

mod member;
mod reader;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use springtide_core::event::Topic;
use springtide_runtime::RunError;
use springtide_runtime::fault::KafkaError;
use springtide_runtime::kafka::OwnedRecord;
use springtide_runtime::lane::Committed;

use crate::bug::Bug;
use crate::cluster::{Cluster, WorkerId};
use crate::log::{Data, Log};
use crate::random::Random;
use crate::stage::{Actor, Micros};

pub use member::Member;
pub use reader::Reader;

/// How long a call to the broker takes at most, where all is well.
const CALL: Micros = 4_000;
/// After which time a call is given up.
const GIVE_UP: Micros = 5_000_000;
/// Records that one fetch brings at most.
const FETCH: usize = 40;

/// A process' line to the broker; clones share it.
#[derive(Clone)]
pub struct Line {
    /// The broker.
    pub cluster: Arc<Mutex<Cluster>>,
    /// The process.
    pub process: usize,
    /// Which of its workers, on a worker's line.
    pub worker: usize,
    /// Real time's origin, for clocks that count from nowhere.
    pub origin: Instant,
}

impl Line {
    /// The broker.
    pub fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn who(&self) -> WorkerId {
        (self.process, self.worker)
    }
}

/// One end of a line, on a thread.
struct End {
    line: Line,
    actor: Actor,
    random: RefCell<Random>,
}

fn failed(doing: &'static str) -> RunError {
    RunError::Kafka { doing, error: KafkaError::Canceled }
}

impl End {
    /// Waits for the broker to answer a call; fails where it can't be reached.
    fn call(&self, doing: &'static str) -> Result<MutexGuard<'_, Cluster>, RunError> {
        let takes = 1 + self.random.borrow_mut().below(CALL);
        self.actor.pass(takes);
        let fails = self.fails();
        if fails || self.is_cut() {
            self.actor.pass(GIVE_UP / 10);
            return Err(failed(doing));
        }
        Ok(self.line.cluster())
    }

    /// Whether something goes wrong for no reason.
    fn fails(&self) -> bool {
        let flaky = self.line.cluster().flaky.get(&self.line.process).copied();
        flaky.is_some_and(|once_in| self.random.borrow_mut().once_in(once_in))
    }

    fn is_cut(&self) -> bool {
        self.line.cluster().cut.contains(&self.line.process)
    }

    fn now(&self) -> Instant {
        self.line.origin + Duration::from_micros(self.actor.now())
    }

    /// Where the group has come, once no open transaction can change that.
    fn group_offsets(&self, partitions: &[i32]) -> Result<BTreeMap<i32, Committed>, RunError> {
        let doing = "asking for the group's offsets";
        let until = self.actor.now() + GIVE_UP;
        loop {
            let cluster = self.call(doing)?;
            if !cluster.is_unstable(partitions) || cluster.bug == Some(Bug::OpenTransactionsIgnored) {
                return Ok(offsets_of(&cluster, partitions));
            }
            drop(cluster);
            if self.actor.now() > until {
                return Err(failed(doing));
            }
            self.actor.pass(100_000);
        }
    }
}

fn offsets_of(cluster: &Cluster, partitions: &[i32]) -> BTreeMap<i32, Committed> {
    let mut found = BTreeMap::new();
    for number in partitions {
        let mut committed = Committed::default();
        for topic in Topic::ALL {
            let place = (cluster.names.of(topic).to_owned(), *number);
            if let Some(stored) = cluster.stored(&place) {
                committed.offsets[topic.index()] = Some(stored.next);
                committed.written_at = committed.written_at.max(Some(stored.written_at));
            }
        }
        found.insert(*number, committed);
    }
    found
}

fn micros(time: Duration) -> Micros {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX / 4)
}

fn record(topic: &str, partition: i32, offset: i64, data: &Data) -> OwnedRecord {
    OwnedRecord {
        topic: topic.to_owned(),
        partition,
        offset,
        written_at: Some(data.written_at),
        key: data.key.clone(),
        value: data.value.clone(),
        headers: data.headers.clone(),
    }
}

fn read(log: &Log, from: i64, dirty: bool, each: impl Fn(i64, &Data) -> OwnedRecord) -> Vec<OwnedRecord> {
    let found: Vec<(i64, &Data)> = match dirty {
        true => log.uncommitted(from).take(FETCH).collect(),
        false => log.committed(from).take(FETCH).collect(),
    };
    found.into_iter().map(|(offset, data)| each(offset, data)).collect()
}
