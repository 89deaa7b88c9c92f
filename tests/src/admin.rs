//! Making topics as somebody else would, and asking for their settings.

use std::collections::BTreeMap;

use rdkafka::admin::{
    AdminClient, AdminOptions, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::{Offset, TopicPartitionList};

use crate::broker::Broker;
use crate::wait;

/// A client for questions, and the runtime that it answers on.
pub struct Admin {
    client: AdminClient<DefaultClientContext>,
    runtime: tokio::runtime::Runtime,
}

impl Admin {
    /// Connects to the broker of this process.
    ///
    /// # Panics
    /// Where there is none.
    pub fn connect() -> Admin {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let client =
            ClientConfig::new().set("bootstrap.servers", &Broker::shared().bootstrap).create().unwrap();
        Admin { client, runtime }
    }

    /// A topic's settings.
    ///
    /// # Panics
    /// Where it does not exist.
    pub fn settings(&self, topic: &str) -> BTreeMap<String, String> {
        let asked = [ResourceSpecifier::Topic(topic)];
        let answer = self.client.describe_configs(&asked, &AdminOptions::new());
        let resource = self.runtime.block_on(answer).unwrap().remove(0).unwrap();
        resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))).collect()
    }

    /// Makes a topic with settings of its own; returns once the broker answers for it.
    ///
    /// # Panics
    /// Where it can't be made.
    pub fn make(&self, topic: &str, partitions: i32, settings: &[(&str, &str)]) {
        let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        let new = [settings.iter().fold(new, |new, (key, value)| new.set(key, value))];
        let made = self.client.create_topics(&new, &AdminOptions::new());
        self.runtime.block_on(made).unwrap().remove(0).unwrap();
        wait::until(|| self.is_there(topic).then_some(())).expect("the broker answers for what it made");
    }

    /// Adds partitions to a topic, so that it has so many; returns once the broker answers for them.
    ///
    /// # Panics
    /// Where they can't be added.
    pub fn add_partitions(&self, topic: &str, count: usize) {
        let new = [NewPartitions::new(topic, count)];
        let added = self.client.create_partitions(&new, &AdminOptions::new());
        self.runtime.block_on(added).unwrap().remove(0).unwrap();
        wait::until(|| (self.partitions(topic) == count && self.is_there(topic)).then_some(()))
            .expect("the broker answers for what was added");
    }

    /// Deletes all that a topic's partition has, as its retention would.
    ///
    /// # Panics
    /// Where it can't be deleted.
    pub fn delete_records(&self, topic: &str, partition: i32) {
        let mut all = TopicPartitionList::new();
        all.add_partition_offset(topic, partition, Offset::End).unwrap();
        let deleted = self.client.delete_records(&all, &AdminOptions::new());
        self.runtime.block_on(deleted).unwrap();
    }

    fn partitions(&self, topic: &str) -> usize {
        let metadata = self.client.inner().fetch_metadata(Some(topic), wait::DEADLINE).unwrap();
        metadata.topics()[0].partitions().len()
    }

    fn is_there(&self, topic: &str) -> bool {
        let metadata = self.client.inner().fetch_metadata(None, wait::DEADLINE).unwrap();
        let made = metadata.topics().iter().find(|made| made.name() == topic);
        made.is_some_and(|made| made.partitions().iter().all(|partition| partition.leader() >= 0))
    }
}
