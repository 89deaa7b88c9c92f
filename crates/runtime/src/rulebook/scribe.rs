//! Writes what is said of rules into their topic.

use rdkafka::producer::BaseRecord;

use super::Record;
use crate::delivered::Deliverer;
use crate::fault::RunError;
use crate::settings::Settings;

/// Writes records, each with the brokers when it returns.
pub(crate) struct Scribe {
    producer: Deliverer,
    topic: String,
}

impl Scribe {
    /// A connection comes with the first record.
    pub fn connect(settings: &Settings) -> Result<Scribe, RunError> {
        Ok(Scribe { producer: Deliverer::connect(settings)?, topic: settings.rules_topic() })
    }

    /// Writes one.
    pub fn write(&self, record: &Record) -> Result<(), RunError> {
        let (key, value) = record.written();
        let record = BaseRecord::<str, str>::to(&self.topic).partition(0).key(&*key).payload(&*value);
        self.producer.deliver(record, "writing into the topic with the rules")
    }
}
