//! The producer of a sink, on the sink's thread.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders, ToBytes};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientContext, Message, Offset, TopicPartitionList};
use springtide_store::Entry;

use super::{Outgoing, Position, Transaction, Written};
use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::kafka::Headers;
use crate::settings::Settings;

const CALL_TIMEOUT: Duration = Duration::from_secs(15);

const TRIES: u32 = 2;

/// How often it is looked whether what was sent has arrived: a small part of what the way there takes.
const LOOK_FOR_DELIVERY: Duration = Duration::from_micros(200);

/// Notes where the changelog's records came to stand.
struct Deliveries {
    changelog: String,
    /// By partition, the offset after the last one.
    ends: Mutex<BTreeMap<i32, i64>>,
}

impl Deliveries {
    fn take(&self) -> BTreeMap<i32, i64> {
        std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "Kafka reports an error to the producer");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, delivered: &DeliveryResult<'_>, (): ()) {
        // A record that is not delivered fails its transaction, which says why.
        if let Ok(message) = delivered
            && message.topic() == self.changelog
        {
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            let end = ends.entry(message.partition()).or_default();
            *end = (*end).max(message.offset() + 1);
        }
    }
}

/// A transactional producer.
pub(super) struct Transactions {
    producer: BaseProducer<Deliveries>,
    changelog: String,
}

impl Transactions {
    pub(super) fn open(settings: &Settings, transactional_id: &str) -> Result<Transactions, RunError> {
        let changelog = settings.changelog();
        let deliveries = Deliveries { changelog: changelog.clone(), ends: Mutex::default() };
        let producer: BaseProducer<Deliveries> = clients::producer(settings, transactional_id, deliveries)?;
        producer.init_transactions(CALL_TIMEOUT).map_err(while_doing("getting ready for transactions"))?;
        Ok(Transactions { producer, changelog })
    }

    pub(super) fn run(
        &self,
        transaction: Transaction,
        group: &ConsumerGroupMetadata,
    ) -> Result<Written, RunError> {
        self.producer.context().take();
        self.producer.begin_transaction().map_err(while_doing("beginning a transaction"))?;
        match self.write(transaction, group) {
            Ok(state) => Ok(Written { state, changelog_ends: self.producer.context().take() }),
            Err(error) => {
                self.abort(&error)?;
                Err(while_doing("committing a transaction")(error))
            }
        }
    }

    fn abort(&self, cause: &KafkaError) -> Result<(), RunError> {
        if matches!(cause, KafkaError::Transaction(cause) if cause.is_fatal()) {
            return Ok(());
        }
        let aborted = again(|| self.producer.abort_transaction(CALL_TIMEOUT));
        // What of it was sent counts as failed only once that is served.
        self.producer.poll(Duration::ZERO);
        aborted.map_err(|why| RunError::Spent { why: Box::new(why), cause: Box::new(cause.clone()) })
    }

    /// Returns the state, for the store; records are let go as librdkafka takes them.
    fn write(
        &self,
        transaction: Transaction,
        group: &ConsumerGroupMetadata,
    ) -> KafkaResult<Vec<(i32, Vec<Entry>)>> {
        let Transaction { records, state, positions } = transaction;
        records.into_iter().try_for_each(|record| self.send(record))?;
        for (partition, entries) in &state {
            entries.iter().try_for_each(|entry| self.send_state(*partition, entry))?;
        }
        if !positions.is_empty() {
            self.send_offsets(&positions, group)?;
        }
        self.deliver()?;
        again(|| self.producer.commit_transaction(CALL_TIMEOUT))?;
        Ok(state)
    }

    /// Waits for what was sent: `flush` would poll a tenth of a second more than it takes, and so would a poll with a
    /// time-out, which always waits all of it, the last millisecond without rest.
    fn deliver(&self) -> KafkaResult<()> {
        let deadline = Instant::now() + CALL_TIMEOUT;
        loop {
            self.producer.poll(Duration::ZERO);
            if self.producer.in_flight_count() == 0 || Instant::now() >= deadline {
                return Ok(());
            }
            thread::sleep(LOOK_FOR_DELIVERY);
        }
    }

    fn send_offsets(&self, positions: &[Position], group: &ConsumerGroupMetadata) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for position in positions {
            let mut element = list.add_partition(&position.topic, position.partition);
            element.set_offset(Offset::Offset(position.next))?;
            element.set_metadata(position.written_at.to_string());
        }
        again(|| self.producer.send_offsets_to_transaction(&list, group, CALL_TIMEOUT))
    }

    fn send(&self, outgoing: Outgoing) -> KafkaResult<()> {
        let mut record = BaseRecord::<[u8], [u8]>::to(&outgoing.topic).headers(native(&outgoing.headers));
        record.key = outgoing.key.as_deref();
        record.payload = outgoing.value.as_deref();
        record.partition = outgoing.partition;
        record.timestamp = outgoing.written_at;
        send(&self.producer, record)
    }

    fn send_state(&self, partition: i32, entry: &Entry) -> KafkaResult<()> {
        let mut record = BaseRecord::<[u8], [u8]>::to(&self.changelog).partition(partition).key(&entry.key);
        record.payload = entry.value.as_deref();
        send(&self.producer, record)
    }
}

/// Headers as a producer takes them.
pub(crate) fn native(headers: &Headers) -> OwnedHeaders {
    headers.iter().fold(OwnedHeaders::new_with_capacity(headers.len()), |all, (key, value)| {
        all.insert(Header { key, value: value.as_ref() })
    })
}

/// Makes a call again that says it may be: brokers that stay away end it.
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
pub(crate) fn send<C, K, P>(producer: &BaseProducer<C>, record: BaseRecord<'_, K, P>) -> KafkaResult<()>
where
    C: ProducerContext<DeliveryOpaque = ()>,
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
