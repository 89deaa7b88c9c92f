//! A transaction of somebody else's that stays open as long as a test wants.

use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::broker::Broker;
use crate::wait::DEADLINE;

/// Takes a transactional id over from whoever has it, as a second process under the same name does.
///
/// # Panics
/// Where the broker does not give it.
pub fn take_over(id: &str) {
    producer(id).init_transactions(DEADLINE).unwrap();
}

fn producer(id: &str) -> BaseProducer {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &Broker::shared().bootstrap)
        .set("transactional.id", id)
        .set("transaction.timeout.ms", (2 * DEADLINE.as_millis()).to_string());
    config.create().unwrap()
}

/// A transaction that has written one record.
pub struct OpenTransaction(BaseProducer);

impl OpenTransaction {
    /// Writes a record to a topic's partition; returns once the broker has it.
    ///
    /// # Panics
    /// Where it can't be written.
    pub fn begin(topic: &str, partition: i32, key: &str, value: &str) -> OpenTransaction {
        let producer = producer(&format!("{topic}-{partition}-stranger"));
        producer.init_transactions(DEADLINE).unwrap();
        producer.begin_transaction().unwrap();
        let record = BaseRecord::to(topic).partition(partition).key(key).payload(value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(DEADLINE).unwrap();
        OpenTransaction(producer)
    }

    /// Ends it; its record counts.
    ///
    /// # Panics
    /// Where it can't be ended.
    pub fn commit(self) {
        self.0.commit_transaction(DEADLINE).unwrap();
    }

    /// Ends it as if it had not been.
    ///
    /// # Panics
    /// Where it can't be ended.
    pub fn abort(self) {
        self.0.abort_transaction(DEADLINE).unwrap();
    }
}
