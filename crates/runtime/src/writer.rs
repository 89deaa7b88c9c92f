//! Records written to input topics, each where its key belongs, in their order and each once, but in no transaction: for
//! commands that a person, or a clock, starts again where they fail.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};

use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::kafka::OwnedRecord;
use crate::partitioner::Partitioner;
use crate::settings::Settings;
use crate::sink::{native, send};

/// How long brokers may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// What became of a record that could not be written.
#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<KafkaError>>>);

impl ClientContext for Failure {}

impl ProducerContext for Failure {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| error.clone());
        }
    }
}

/// Writes records.
pub(crate) struct Writer {
    producer: BaseProducer<Failure>,
    failure: Failure,
    by: Partitioner,
    partitions: i32,
    /// For messages.
    doing: &'static str,
}

impl Writer {
    /// To topics with so many partitions, on which a partitioner places keys.
    pub fn connect(
        settings: &Settings,
        by: Partitioner,
        partitions: i32,
        doing: &'static str,
    ) -> Result<Writer, RunError> {
        let failure = Failure::default();
        let producer = clients::copier(settings, failure.clone())?;
        Ok(Writer { producer, failure, by, partitions, doing })
    }

    /// Writes a record's key, value, headers and time; where it stood does not matter.
    ///
    /// # Errors
    /// That of any record before it, too.
    pub fn write(&self, topic: &str, written: &OwnedRecord) -> Result<(), RunError> {
        // Without a key it is nobody's, and lies anywhere.
        let number = self.by.place(written.key.as_deref().unwrap_or_default(), self.partitions);
        let mut record =
            BaseRecord::<[u8], [u8]>::to(topic).partition(number).headers(native(&written.headers));
        record.key = written.key.as_deref();
        record.payload = written.value.as_deref();
        record.timestamp = written.written_at;
        send(&self.producer, record).map_err(while_doing(self.doing))?;
        self.producer.poll(Duration::ZERO);
        self.so_far()
    }

    fn so_far(&self) -> Result<(), RunError> {
        let failure = self.failure.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failure.map_or(Ok(()), |error| Err(while_doing(self.doing)(error)))
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// Where it is not.
    pub fn finish(&self) -> Result<(), RunError> {
        self.producer.flush(PATIENCE).map_err(while_doing(self.doing))?;
        self.so_far()
    }
}
