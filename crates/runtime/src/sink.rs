//! Everything the pipeline writes to Kafka, with the offsets, in one transaction.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::{Offset, TopicPartitionList};

use crate::assignment::Assignments;
use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::settings::Settings;

const CALL_TIMEOUT: Duration = Duration::from_secs(60);

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
        offsets: &[(String, i32, i64)],
        consumer: &BaseConsumer<Assignments>,
    ) -> Result<(), RunError> {
        self.producer.begin_transaction().map_err(while_doing("beginning a transaction"))?;
        let written = self.write(records, offsets, consumer);
        match written {
            Ok(()) => Ok(()),
            Err(error) => {
                let fatal = matches!(&error, KafkaError::Transaction(cause) if cause.is_fatal());
                if !fatal {
                    self.producer.abort_transaction(CALL_TIMEOUT).map_err(while_doing("aborting a transaction"))?;
                }
                Err(while_doing("committing a transaction")(error))
            }
        }
    }

    fn write(
        &self,
        records: &[Outgoing],
        offsets: &[(String, i32, i64)],
        consumer: &BaseConsumer<Assignments>,
    ) -> KafkaResult<()> {
        records.iter().try_for_each(|record| self.send(record))?;
        if !offsets.is_empty() {
            let mut list = TopicPartitionList::new();
            for (topic, partition, next) in offsets {
                list.add_partition_offset(topic, *partition, Offset::Offset(*next))?;
            }
            let group = consumer.group_metadata().ok_or(KafkaError::Canceled)?;
            self.producer.send_offsets_to_transaction(&list, &group, CALL_TIMEOUT)?;
        }
        loop {
            match self.producer.commit_transaction(CALL_TIMEOUT) {
                Err(KafkaError::Transaction(cause)) if cause.is_retriable() => {}
                other => return other,
            }
        }
    }

    fn send(&self, outgoing: &Outgoing) -> KafkaResult<()> {
        let mut record = BaseRecord::<[u8], [u8]>::to(&outgoing.topic).headers(outgoing.headers.clone());
        record.key = outgoing.key.as_deref();
        record.payload = outgoing.value.as_deref();
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    self.producer.poll(Duration::from_millis(10));
                    record = back;
                }
                Err((error, _)) => return Err(error),
            }
        }
    }
}
