//! Where a partition stands: the group's offsets, and the changelog's ends.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::brokers::Reports;
use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::lane::Committed;
use crate::settings::{Names, Settings};
use crate::worker::bounds::GROUP_OFFSETS;

const ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks a group where it has come with partitions. What a transaction that is still open committed counts for
/// the answer, so it waits for that, and fails where that takes long.
pub(crate) fn group_offsets<C>(
    consumer: &BaseConsumer<C>,
    names: &Names,
    partitions: &[i32],
) -> Result<BTreeMap<i32, Committed>, RunError>
where
    C: rdkafka::consumer::ConsumerContext,
{
    let mut wanted = TopicPartitionList::new();
    for number in partitions {
        for name in &names.input {
            wanted.add_partition(name, *number);
        }
    }
    let answer = consumer
        .committed_offsets(wanted, GROUP_OFFSETS)
        .map_err(while_doing("asking for the group's offsets"))?;
    let mut found: BTreeMap<i32, Committed> = partitions.iter().map(|n| (*n, Committed::default())).collect();
    for element in answer.elements() {
        element.error().map_err(while_doing("asking for the group's offsets"))?;
        let known = found.entry(element.partition()).or_default();
        if let (Some(topic), Offset::Offset(next)) = (names.topic(element.topic()), element.offset()) {
            known.offsets[topic.index()] = Some(next);
            known.written_at = known.written_at.max(element.metadata().parse().ok());
        }
    }
    Ok(found)
}

/// The ends of the changelog's partitions.
pub(super) struct Ends {
    /// Sees what open transactions have written.
    all: BaseConsumer<Reports>,
    topic: String,
}

impl Ends {
    pub(super) fn connect(settings: &Settings) -> Result<Ends, RunError> {
        Ok(Ends { all: clients::looker(settings, Reports::default())?, topic: settings.changelog() })
    }

    /// Where a partition ends, what is not committed included.
    pub(super) fn written(&self, number: i32) -> Result<i64, RunError> {
        self.ask(&self.all, number)
    }

    /// Where a partition ends for a reader of what is committed: before the first transaction that is open.
    pub(super) fn stable<C>(&self, reader: &BaseConsumer<C>, number: i32) -> Result<i64, RunError>
    where
        C: rdkafka::consumer::ConsumerContext,
    {
        self.ask(reader, number)
    }

    fn ask<C>(&self, client: &BaseConsumer<C>, number: i32) -> Result<i64, RunError>
    where
        C: rdkafka::consumer::ConsumerContext,
    {
        let bounds = client.fetch_watermarks(&self.topic, number, ASK_TIMEOUT);
        bounds.map(|(_, end)| end).map_err(while_doing("asking where the changelog ends"))
    }
}
