//! Writing outcomes: each to where its account's records are.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use springtide_core::event::{Event, Fact, Outcome, Topic};
use springtide_schema::event_json;

use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::partitioner::Partitioner;
use crate::settings::{Format, Settings};
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

/// Writes outcomes.
pub(super) struct Writer {
    producer: BaseProducer<Delivered>,
    topic: String,
    /// Of each input topic, this one too.
    partitions: i32,
    placed_by: Option<Partitioner>,
    format: Format,
}

impl Writer {
    pub fn open(
        settings: &Settings,
        partitions: i32,
        placed_by: Option<Partitioner>,
    ) -> Result<Writer, RunError> {
        Ok(Writer {
            producer: clients::copier(settings, Delivered::default())?,
            topic: settings.names.of(Topic::OpportunityOutcomes).to_owned(),
            partitions,
            placed_by,
            format: settings.formats.of(Topic::OpportunityOutcomes),
        })
    }

    /// Writes an outcome, and waits until Kafka has it.
    pub fn write(&self, account: &str, outcome: &Outcome) -> Result<(), RunError> {
        if self.format == Format::Avro {
            return Err(RunError::Setting(format!(
                "decisions are written as JSON, and `{}` is Avro: write them with a producer of your own",
                self.topic
            )));
        }
        let Some(placed_by) = self.placed_by else {
            return Err(RunError::Setting(format!(
                "how `{}` is placed is not known (`custom` under [partitioners]): write decisions with a producer of your own",
                self.topic
            )));
        };
        let event = Event { account: account.into(), fact: Fact::Outcome(outcome.clone().into()) };
        let partition = placed_by.place(account.as_bytes(), self.partitions);
        let value = event_json(&event);
        let record =
            BaseRecord::<str, str>::to(&self.topic).partition(partition).key(account).payload(&value);
        self.producer.context().take();
        send(&self.producer, record).map_err(while_doing("writing a decision"))?;
        let deadline = Instant::now() + DELIVERY;
        loop {
            self.producer.poll(Duration::from_millis(5));
            match self.producer.context().take() {
                Some(result) => return result.map_err(while_doing("writing a decision")),
                None if Instant::now() > deadline => {
                    return Err(while_doing("writing a decision")(KafkaError::Canceled));
                }
                None => {}
            }
        }
    }
}
