//! Reading a topic as it grows; only what is committed.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::broker::Broker;
use crate::wait::DEADLINE;

/// A reader of one topic, from its beginning.
pub struct Tail {
    reader: BaseConsumer,
    keys: BTreeSet<String>,
}

impl Tail {
    /// Begins.
    ///
    /// # Panics
    /// Where there is no such topic.
    pub fn new(topic: &str) -> Tail {
        let reader: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &Broker::shared().bootstrap)
            .set("group.id", format!("tail-of-{topic}"))
            .set("enable.auto.commit", "false")
            .create()
            .unwrap();
        let metadata = reader.fetch_metadata(Some(topic), DEADLINE).unwrap();
        let mut list = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            list.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
        }
        reader.assign(&list).unwrap();
        Tail { reader, keys: BTreeSet::new() }
    }

    /// Whether anything has come by now that has this key.
    ///
    /// # Panics
    /// Where the topic can't be read.
    pub fn heard(&mut self, key: &str) -> bool {
        while let Some(message) = self.reader.poll(Duration::ZERO) {
            let message = message.unwrap();
            self.keys.extend(message.key().map(|key| String::from_utf8_lossy(key).into_owned()));
        }
        self.keys.contains(key)
    }
}
