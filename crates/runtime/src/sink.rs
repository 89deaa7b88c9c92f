//! Everything the pipeline writes to Kafka, with the offsets, in one transaction.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{OwnedHeaders, ToBytes};
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::time::Millis;

use crate::assignment::Assignments;
use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::settings::Settings;

const CALL_TIMEOUT: Duration = Duration::from_secs(60);

const TRIES: u32 = 3;

/// A record to write.
#[derive(Debug)]
pub struct Outgoing {
    /// The topic's name.
    pub topic: String,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers.
    pub headers: OwnedHeaders,
}

/// How far the group has come with a topic's partition.
#[derive(Clone, Debug)]
pub struct Position {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The next offset to read.
    pub next: i64,
    /// The timers' clock: it stands with the offset, as its metadata.
    pub clock: Millis,
}

/// The transactional producer.
pub struct Sink {
    producer: BaseProducer,
}

impl Sink {
    /// Connects, and fences whoever had our transactional id before.
    pub fn open(settings: &Settings) -> Result<Sink, RunError> {
        let producer: BaseProducer = clients::producer(settings, DefaultProducerContext)?;
        producer.init_transactions(CALL_TIMEOUT).map_err(while_doing("getting ready for transactions"))?;
        Ok(Sink { producer })
    }

    /// Writes records and offsets, all or nothing.
    ///
    /// # Errors
    /// The transaction is aborted then; nothing was written.
    pub fn commit(
        &self,
        records: &[Outgoing],
        positions: &[Position],
        consumer: &BaseConsumer<Assignments>,
    ) -> Result<(), RunError> {
        self.producer.begin_transaction().map_err(while_doing("beginning a transaction"))?;
        let written = self.write(records, positions, consumer);
        match written {
            Ok(()) => Ok(()),
            Err(error) => {
                let fatal = matches!(&error, KafkaError::Transaction(cause) if cause.is_fatal());
                if !fatal {
                    let aborted = again(|| self.producer.abort_transaction(CALL_TIMEOUT));
                    aborted.map_err(while_doing("aborting a transaction"))?;
                }
                Err(while_doing("committing a transaction")(error))
            }
        }
    }

    fn write(
        &self,
        records: &[Outgoing],
        positions: &[Position],
        consumer: &BaseConsumer<Assignments>,
    ) -> KafkaResult<()> {
        records.iter().try_for_each(|record| self.send(record))?;
        if !positions.is_empty() {
            let mut list = TopicPartitionList::new();
            for position in positions {
                let mut element = list.add_partition(&position.topic, position.partition);
                element.set_offset(Offset::Offset(position.next))?;
                element.set_metadata(position.clock.to_string());
            }
            let group = consumer.group_metadata().ok_or(KafkaError::Canceled)?;
            self.producer.send_offsets_to_transaction(&list, &group, CALL_TIMEOUT)?;
        }
        again(|| self.producer.commit_transaction(CALL_TIMEOUT))
    }

    fn send(&self, outgoing: &Outgoing) -> KafkaResult<()> {
        let mut record = BaseRecord::<[u8], [u8]>::to(&outgoing.topic).headers(outgoing.headers.clone());
        record.key = outgoing.key.as_deref();
        record.payload = outgoing.value.as_deref();
        send(&self.producer, record)
    }
}

/// Makes a call again that says it may be, a few times: brokers that stay away end it.
fn again(call: impl Fn() -> KafkaResult<()>) -> KafkaResult<()> {
    let mut tries = 1;
    loop {
        match call() {
            Err(KafkaError::Transaction(cause)) if cause.is_retriable() && tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

/// Hands a record to a producer, and waits while its queue is full.
pub(crate) fn send<K, P>(producer: &BaseProducer, record: BaseRecord<'_, K, P>) -> KafkaResult<()>
where
    K: ToBytes + ?Sized,
    P: ToBytes + ?Sized,
{
    let mut record = record;
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(Duration::from_millis(10));
                record = back;
            }
            Err((error, _)) => return Err(error),
        }
    }
}
