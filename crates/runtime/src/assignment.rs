//! Which partitions are ours, and where to begin reading them.
//!
//! The store's offsets go before the group's: state and offsets were written together, so reading goes on where
//! the state ends. A partition without state is read from its beginning.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rdkafka::bindings::rd_kafka_resp_err_t as Code;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::statistics::Statistics;
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use springtide_store::Store;

use crate::settings::Names;

/// A change of the assignment, in the order it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These (topic name, partition) are ours now.
    Assigned(Vec<(String, i32)>),
    /// Nothing is ours any more.
    Revoked,
    /// The state could not be read, so nothing was taken.
    Failed(String),
}

/// The consumer's context: answers rebalances and remembers them for the loop.
pub struct Assignments {
    store: Arc<dyn Store>,
    names: Names,
    changes: Mutex<Vec<Change>>,
    ends: Mutex<BTreeMap<(String, i32), End>>,
}

/// An offset at which a topic's partition was read to its end, and when that was said.
#[derive(Clone, Copy, Debug)]
struct End {
    offset: i64,
    said: Instant,
}

impl Assignments {
    /// Answers rebalances by what the store has.
    pub fn new(store: Arc<dyn Store>, names: Names) -> Assignments {
        Assignments { store, names, changes: Mutex::new(Vec::new()), ends: Mutex::new(BTreeMap::new()) }
    }

    /// The changes since this was last asked.
    pub fn take(&self) -> Vec<Change> {
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a topic's partition is read up to an offset although its last record may stand before it: what
    /// follows may be a transaction's marker, or compacted away. `drained` is when a poll last found nothing:
    /// records that were fetched before the end was said have been handed out by then.
    pub fn at_end(&self, topic: &str, partition: i32, offset: i64, drained: Option<Instant>) -> bool {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let end = ends.get(&(topic.to_owned(), partition));
        end.is_some_and(|end| end.offset >= offset && drained.is_some_and(|drained| drained > end.said))
    }

    fn note(&self, change: Change) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// The list with the offset at which each partition begins.
    fn with_offsets(&self, given: &TopicPartitionList) -> Result<TopicPartitionList, String> {
        let mut list = TopicPartitionList::new();
        for element in given.elements() {
            let (name, partition) = (element.topic(), element.partition());
            let meta = self.store.meta(partition).map_err(|error| error.to_string())?;
            let topic = self.names.topic(name).ok_or_else(|| format!("`{name}` is not one of ours"))?;
            let offset = match meta.map(|meta| meta.offsets[topic.index()]) {
                Some(next) if next >= 0 => Offset::Offset(next),
                _ => Offset::Beginning,
            };
            list.add_partition_offset(name, partition, offset).map_err(|error| error.to_string())?;
        }
        Ok(list)
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, given: &TopicPartitionList) {
        let list = self.with_offsets(given);
        let assigned = list.and_then(|list| consumer.assign(&list).map_err(|error| error.to_string()));
        self.note(match assigned {
            Ok(()) => Change::Assigned(
                given.elements().iter().map(|e| (e.topic().to_owned(), e.partition())).collect(),
            ),
            Err(message) => Change::Failed(message),
        });
    }
}

impl ClientContext for Assignments {
    fn stats(&self, statistics: Statistics) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let said = Instant::now();
        for topic in statistics.topics.into_values() {
            for partition in topic.partitions.into_values() {
                let key = (topic.topic.clone(), partition.partition);
                if partition.eof_offset < 0 || partition.eof_offset != partition.next_offset {
                    ends.remove(&key);
                } else if ends.get(&key).is_none_or(|end| end.offset != partition.eof_offset) {
                    ends.insert(key, End { offset: partition.eof_offset, said });
                }
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is no error.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF) {
            tracing::warn!(%error, reason, "Kafka reports an error");
        }
    }
}

impl ConsumerContext for Assignments {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: Code, list: &mut TopicPartitionList) {
        if code == Code::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.assign(consumer, list);
            return;
        }
        if let Err(error) = consumer.unassign() {
            tracing::warn!(%error, "could not let go of partitions");
        }
        self.note(Change::Revoked);
    }
}
