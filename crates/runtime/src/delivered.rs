//! One record at a time, outside of any transaction: whoever writes it waits until Kafka has it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, ToBytes};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::settings::Settings;
use crate::sink::send;

/// How long Kafka may take to have it.
const DELIVERY: Duration = Duration::from_secs(15);

/// What became of the record that was sent last.
#[derive(Default)]
struct Delivered(Mutex<Option<Result<(), KafkaError>>>);

impl Delivered {
    fn take(&self) -> Option<Result<(), KafkaError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Delivered {}

impl ProducerContext for Delivered {
    type DeliveryOpaque = ();

    fn delivery(&self, delivered: &DeliveryResult<'_>, (): ()) {
        let result = delivered.as_ref().map(|_| ()).map_err(|(error, _)| error.clone());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }
}

/// Writes records one by one.
pub(crate) struct Deliverer {
    producer: BaseProducer<Delivered>,
}

impl Deliverer {
    /// A connection comes with the first record.
    pub fn connect(settings: &Settings) -> Result<Deliverer, RunError> {
        Ok(Deliverer { producer: clients::copier(settings, Delivered::default())? })
    }

    /// Writes a record, and waits until Kafka has it.
    pub fn deliver<K, P>(&self, record: BaseRecord<'_, K, P>, doing: &'static str) -> Result<(), RunError>
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
    {
        self.producer.context().take();
        send(&self.producer, record).map_err(while_doing(doing))?;
        let deadline = Instant::now() + DELIVERY;
        loop {
            self.producer.poll(Duration::from_millis(5));
            match self.producer.context().take() {
                Some(result) => return result.map_err(while_doing(doing)),
                None if Instant::now() > deadline => return Err(while_doing(doing)(KafkaError::Canceled)),
                None => {}
            }
        }
    }
}
