//! Writing outcomes: each to where its account's records are.

use std::sync::{Arc, OnceLock};

use rdkafka::producer::BaseRecord;
use springtide_core::event::{Event, Fact, Outcome, Topic};
use springtide_schema::avro::schemas;
use springtide_schema::{event_json, frame, outcome_avro};

use crate::delivered::Deliverer;
use crate::fault::RunError;
use crate::partitioner::Partitioner;
use crate::registry::{Registry, subject};
use crate::settings::{Format, Settings};

/// Writes outcomes.
pub(super) struct Writer {
    producer: Deliverer,
    topic: String,
    /// Of each input topic, this one too.
    partitions: i32,
    placed_by: Option<Partitioner>,
    /// Where it is Avro, the registry that its schema is registered with.
    registry: Option<Arc<Registry>>,
    /// The id that the registry gave.
    schema: OnceLock<u32>,
}

impl Writer {
    pub fn open(
        settings: &Settings,
        partitions: i32,
        placed_by: Option<Partitioner>,
        registry: Option<Arc<Registry>>,
    ) -> Result<Writer, RunError> {
        let is_avro = settings.formats.of(Topic::OpportunityOutcomes) == Format::Avro;
        Ok(Writer {
            producer: Deliverer::connect(settings)?,
            topic: settings.names.of(Topic::OpportunityOutcomes).to_owned(),
            partitions,
            placed_by,
            registry: registry.filter(|_| is_avro),
            schema: OnceLock::new(),
        })
    }

    /// An outcome in the topic's format.
    fn value(&self, account: &str, outcome: &Outcome) -> Result<Vec<u8>, RunError> {
        let Some(registry) = &self.registry else {
            let event = Event { account: account.into(), fact: Fact::Outcome(outcome.clone().into()) };
            return Ok(event_json(&event).into_bytes());
        };
        let id = match self.schema.get() {
            Some(id) => *id,
            None => {
                let schema = schemas::of(Topic::OpportunityOutcomes);
                let id = registry.register(&subject(&self.topic), schema)?;
                *self.schema.get_or_init(|| id)
            }
        };
        let datum = outcome_avro(account, outcome).map_err(|error| RunError::Encoding {
            opportunity: outcome.opportunity.to_string(),
            message: error.to_string(),
        })?;
        Ok(frame(id, &datum))
    }

    /// Writes an outcome, and waits until Kafka has it.
    pub fn write(&self, account: &str, outcome: &Outcome) -> Result<(), RunError> {
        let Some(placed_by) = self.placed_by else {
            return Err(RunError::Setting(format!(
                "how `{}` is placed is not known (`custom` under [partitioners]): write decisions with a producer of your own",
                self.topic
            )));
        };
        let partition = placed_by.place(account.as_bytes(), self.partitions);
        let value = self.value(account, outcome)?;
        let record =
            BaseRecord::<str, [u8]>::to(&self.topic).partition(partition).key(account).payload(&value);
        self.producer.deliver(record, "writing a decision")
    }
}
