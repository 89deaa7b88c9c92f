//! A broker inside the process, for a look around without installing one.
//!
//! It is librdkafka's mock: consumer groups are real, nothing is durable, and transactions are accepted but not
//! performed (no markers; what was written before an abort stays visible). Never a place for data that matters.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::Message;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};

use crate::fault::{RunError, while_doing};
use crate::layout;
use crate::settings::Settings;
use crate::sink::send;

/// A broker inside the process.
pub struct MockBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl MockBroker {
    /// Starts it, with the topics of the settings.
    ///
    /// # Errors
    /// Where librdkafka can't.
    pub fn start(settings: &mut Settings, partitions: i32) -> Result<MockBroker, RunError> {
        let cluster = MockCluster::new(1).map_err(while_doing("starting the broker inside the process"))?;
        settings.bootstrap_servers = cluster.bootstrap_servers();
        let changelog = settings.changelog();
        for name in layout::named(settings).into_iter().chain([changelog.as_str()]) {
            cluster.create_topic(name, partitions, 1).map_err(while_doing("making a topic"))?;
        }
        Ok(MockBroker { cluster })
    }

    /// Where it listens.
    pub fn bootstrap_servers(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}

/// Writes records to input topics, as a customer's producers would.
pub struct Feeder {
    producer: BaseProducer,
}

impl Feeder {
    /// Connects.
    ///
    /// # Errors
    /// Where a setting is refused.
    pub fn connect(bootstrap_servers: &str) -> Result<Feeder, RunError> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap_servers)
            .set("partitioner", "murmur2_random")
            .set("linger.ms", "20")
            .create()
            .map_err(while_doing("connecting a producer"))?;
        Ok(Feeder { producer })
    }

    /// Sends a record.
    ///
    /// # Errors
    /// Where it can't be sent.
    pub fn send(&self, topic: &str, key: &str, value: &str) -> Result<(), RunError> {
        let record = BaseRecord::to(topic).key(key).payload(value);
        send(&self.producer, record).map_err(while_doing("sending"))
    }

    /// Waits until all is sent.
    ///
    /// # Errors
    /// Where that takes too long.
    pub fn flush(&self) -> Result<(), RunError> {
        self.producer.flush(Duration::from_secs(30)).map_err(while_doing("sending"))
    }
}

/// Reads a topic from its beginning and hands each value to `each`, until `done` is set and the end is reached.
///
/// # Errors
/// Where it can't be read.
pub fn follow(
    bootstrap_servers: &str,
    topic: &str,
    done: &AtomicBool,
    each: &mut dyn FnMut(&[u8]),
) -> Result<(), RunError> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        .set("group.id", "springtide-demo-reader")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "50")
        .create()
        .map_err(while_doing("connecting a reader"))?;
    consumer.subscribe(&[topic]).map_err(while_doing("connecting a reader"))?;
    let mut quiet = 0;
    while quiet < 10 {
        match consumer.poll(Duration::from_millis(50)) {
            Some(Ok(message)) => {
                quiet = 0;
                each(message.payload().unwrap_or_default());
            }
            _ if done.load(Ordering::SeqCst) => quiet += 1,
            _ => {}
        }
    }
    Ok(())
}
