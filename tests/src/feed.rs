//! Writing records to the input topics, as a customer's producers would.

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::broker::Broker;
use crate::records::Record;
use crate::wait::DEADLINE;

/// The partitioner that Java clients have.
const JAVA: &str = "murmur2_random";

/// Writes records in their order, under the names that `name` gives to the topics; returns once they are written.
///
/// # Panics
/// Where one can't be.
pub fn feed(records: &[Record], name: impl Fn(&str) -> String) {
    feed_by(JAVA, records, name);
}

/// The same, placed by one of librdkafka's partitioners.
///
/// # Panics
/// As [`feed`].
pub fn feed_by(partitioner: &str, records: &[Record], name: impl Fn(&str) -> String) {
    write(config().set("partitioner", partitioner), records, name);
}

/// The same to other brokers.
///
/// # Panics
/// As [`feed`].
pub fn feed_at(bootstrap: &str, records: &[Record], name: impl Fn(&str) -> String) {
    write(config().set("bootstrap.servers", bootstrap), records, name);
}

fn write(config: &ClientConfig, records: &[Record], name: impl Fn(&str) -> String) {
    let producer: BaseProducer = config.create().unwrap();
    records.iter().for_each(|record| send(&producer, record, &name(record.topic)));
    producer.flush(DEADLINE).unwrap();
}

/// The same in one transaction, as a stream processor would: each partition then ends in the transaction's marker.
///
/// # Panics
/// Where it can't be.
pub fn feed_in_a_transaction(id: &str, records: &[Record], name: impl Fn(&str) -> String) {
    let producer: BaseProducer = config().set("transactional.id", id).create().unwrap();
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    records.iter().for_each(|record| send(&producer, record, &name(record.topic)));
    producer.commit_transaction(DEADLINE).unwrap();
}

/// A producer for records that are made as they are written.
pub struct Feed<N> {
    producer: BaseProducer,
    name: N,
}

impl<N: Fn(&str) -> String> Feed<N> {
    /// One that writes under the names that `name` gives to the topics.
    ///
    /// # Panics
    /// Where there is no broker.
    pub fn new(name: N) -> Feed<N> {
        Feed { producer: config().create().unwrap(), name }
    }

    /// Writes a record, or waits for room in the queue.
    ///
    /// # Panics
    /// Where it can't be written.
    pub fn send(&self, record: &Record) {
        send(&self.producer, record, &(self.name)(record.topic));
        self.producer.poll(Duration::ZERO);
    }

    /// Waits until all is written.
    ///
    /// # Panics
    /// Where that takes too long.
    pub fn flush(&self) {
        self.producer.flush(DEADLINE).unwrap();
    }
}

fn config() -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &Broker::shared().bootstrap)
        .set("partitioner", JAVA)
        .set("enable.idempotence", "true")
        // What a topic takes is its own to say.
        .set("message.max.bytes", "104857600")
        .set("linger.ms", "5");
    config
}

fn send(producer: &BaseProducer, record: &Record, topic: &str) {
    let with = |headers: OwnedHeaders, (key, value): &(String, String)| {
        headers.insert(Header { key, value: Some(value) })
    };
    let mut outgoing = BaseRecord::<[u8], [u8]>::to(topic);
    outgoing.key = record.key.as_deref();
    outgoing.payload = record.value.as_deref();
    outgoing.timestamp = record.written_at;
    if !record.headers.is_empty() {
        outgoing = outgoing.headers(record.headers.iter().fold(OwnedHeaders::new(), with));
    }
    loop {
        match producer.send(outgoing) {
            Ok(()) => break,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(Duration::from_millis(10));
                outgoing = back;
            }
            Err((error, _)) => panic!("{topic}: {error}"),
        }
    }
}
