//! Writing a workload to topics, as a customer's producers would: keyed, with murmur2, idempotently.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::nexmark::{self, Bids};
use crate::wire::Wire;
use crate::workload::{Record, Workload};

const PATIENCE: Duration = Duration::from_secs(120);

/// A broker, and the names of the topics there.
pub struct Place {
    /// host:port.
    pub bootstrap_servers: String,
    /// What stands before each topic's default name.
    pub prefix: String,
    /// Partitions of each topic.
    pub partitions: i32,
}

/// A mistake of the broker's, or of the machine's, in words.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Place {
    /// The name of a topic.
    pub fn name(&self, topic: Topic) -> String {
        format!("{}{}", self.prefix, topic.name())
    }

    /// Makes the five input topics; those that are there already are left as they are.
    ///
    /// # Errors
    /// Where the broker refuses one.
    pub fn make_topics(&self) -> Result<(), Failure> {
        self.make(&Topic::ALL.map(|topic| self.name(topic)))
    }

    /// Makes topics by name.
    ///
    /// # Errors
    /// Where the broker refuses one, except because it is there already.
    pub fn make(&self, names: &[String]) -> Result<(), Failure> {
        // Events are older than any retention: they have the workload's time.
        let made = names.iter().map(|name| {
            NewTopic::new(name, self.partitions, TopicReplication::Fixed(1)).set("retention.ms", "-1")
        });
        let (admin, runtime) = self.admin()?;
        let made: Vec<NewTopic<'_>> = made.collect();
        for answer in runtime.block_on(admin.create_topics(&made, &AdminOptions::new()))? {
            match answer {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => return Err(format!("topic {name}: {code}").into()),
            }
        }
        Ok(())
    }

    /// Takes the five input topics away.
    ///
    /// # Errors
    /// Where the broker refuses.
    pub fn delete_topics(&self) -> Result<(), Failure> {
        let names = Topic::ALL.map(|topic| self.name(topic));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (admin, runtime) = self.admin()?;
        for answer in runtime.block_on(admin.delete_topics(&names, &AdminOptions::new()))? {
            answer.map_err(|(name, code)| format!("topic {name}: {code}"))?;
        }
        Ok(())
    }

    fn admin(&self) -> Result<(AdminClient<DefaultClientContext>, tokio::runtime::Runtime), Failure> {
        Ok((self.client().create()?, tokio::runtime::Builder::new_current_thread().build()?))
    }

    /// A client's settings.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap_servers);
        config
    }

    /// Writes the profiles, then all events in the order of arrival; returns how many once all are written.
    ///
    /// # Errors
    /// Where the broker does not take them.
    pub fn load(&self, workload: &Workload, wire: &Wire) -> Result<u64, Failure> {
        let producer = self.producer()?;
        let mut written = 0;
        for record in workload.profiles().chain(workload.events()) {
            self.send(&producer, wire, &record)?;
            written += 1;
        }
        producer.flush(PATIENCE)?;
        Ok(written)
    }

    /// Writes the profiles of bids, then the bids, in JSON; returns how many bids, once all are written.
    ///
    /// # Errors
    /// Where the broker does not take them.
    pub fn load_bids(&self, bids: &Bids) -> Result<u64, Failure> {
        let producer = self.producer()?;
        let mut written = 0;
        for record in nexmark::profiles(bids.clone()).chain(nexmark::usage(bids.clone())) {
            let name = self.name(record.topic);
            put(&producer, &name, &record.key, record.value.as_bytes(), record.timestamp_ms)?;
            written += u64::from(record.topic == Topic::ProductUsage);
        }
        producer.flush(PATIENCE)?;
        Ok(written)
    }

    fn producer(&self) -> Result<BaseProducer, Failure> {
        let producer = self
            .client()
            .set("partitioner", "murmur2_random")
            .set("enable.idempotence", "true")
            .set("linger.ms", "20")
            .set("queue.buffering.max.messages", "200000")
            .create()?;
        Ok(producer)
    }

    /// Hands a record to a producer, or waits for room in its queue.
    ///
    /// # Errors
    /// Where the producer refuses it.
    pub fn send(&self, producer: &BaseProducer, wire: &Wire, record: &Record) -> Result<(), Failure> {
        put(producer, &self.name(record.topic), &record.account, &wire.value(record), record.at)
    }
}

fn put(producer: &BaseProducer, topic: &str, key: &str, value: &[u8], at: Millis) -> Result<(), Failure> {
    let mut outgoing = BaseRecord::to(topic).key(key).payload(value).timestamp(at);
    loop {
        match producer.send(outgoing) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(Duration::from_millis(10));
                outgoing = back;
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}
