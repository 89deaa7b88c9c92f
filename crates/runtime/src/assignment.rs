//! What the group says about partitions, noted for the loop to answer.
//!
//! librdkafka waits for an answer (`assign`, `unassign`) as long as it takes, so the loop can commit before it lets
//! go and decide by its state where to begin reading. Nothing is read from the consumer in between.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rdkafka::bindings::rd_kafka_resp_err_t as Code;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientContext, TopicPartitionList};

/// A change of the assignment, in the order it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These (topic name, partition) are ours now.
    Assigned(Vec<(String, i32)>),
    /// Nothing is ours any more.
    Revoked,
}

/// The consumer's context: notes rebalances.
#[derive(Default)]
pub struct Assignments {
    changes: Mutex<Vec<Change>>,
    closing: AtomicBool,
}

impl Assignments {
    /// The changes since this was last asked.
    pub fn take(&self) -> Vec<Change> {
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From here on nobody follows: whatever the group says, nothing is ours. A consumer that is dropped waits for
    /// that answer.
    pub fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }
}

impl ClientContext for Assignments {
    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is no error.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF) {
            tracing::warn!(%error, reason, "Kafka reports an error");
        }
    }
}

impl ConsumerContext for Assignments {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: Code, list: &mut TopicPartitionList) {
        if self.closing.load(Ordering::SeqCst) {
            if let Err(error) = consumer.unassign() {
                tracing::warn!(%error, "could not let go of partitions");
            }
            return;
        }
        let change = if code == Code::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            Change::Assigned(list.elements().iter().map(|e| (e.topic().to_owned(), e.partition())).collect())
        } else {
            // Also what librdkafka can't explain: whoever owns nothing harms nobody.
            Change::Revoked
        };
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }
}
