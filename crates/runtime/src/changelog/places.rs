//! The changelog topic on real brokers, and where the group stands.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::time::Millis;

use crate::brokers::Reports;
use crate::ends::owned;
use crate::fault::{RunError, while_doing};
use crate::kafka::{Copied, Copying, OwnedRecord};
use crate::lane::Committed;
use crate::settings::{Names, Settings};
use crate::worker::bounds::GROUP_OFFSETS;
use crate::{clients, wall_clock};

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

/// The changelog topic on real brokers.
pub(super) struct Reader {
    settings: Settings,
    reader: BaseConsumer<Reports>,
    /// Sees what open transactions have written.
    all: BaseConsumer<Reports>,
    topic: String,
}

impl Reader {
    pub(super) fn connect(settings: &Settings) -> Result<Reader, RunError> {
        Ok(Reader {
            settings: settings.clone(),
            reader: clients::reader(settings, Reports::default())?,
            all: clients::looker(settings, Reports::default())?,
            topic: settings.changelog(),
        })
    }

    fn end(&self, client: &BaseConsumer<Reports>, number: i32) -> Result<i64, RunError> {
        let bounds = client.fetch_watermarks(&self.topic, number, ASK_TIMEOUT);
        bounds.map(|(_, end)| end).map_err(while_doing("asking where the changelog ends"))
    }
}

impl Copying for Reader {
    type Record = OwnedRecord;

    fn group_offsets(&self, partitions: &[i32]) -> Result<BTreeMap<i32, Committed>, RunError> {
        group_offsets(&self.reader, &self.settings.names, partitions)
    }

    fn written(&self, number: i32) -> Result<i64, RunError> {
        self.end(&self.all, number)
    }

    fn stable(&self, number: i32) -> Result<i64, RunError> {
        self.end(&self.reader, number)
    }

    fn follow(&mut self, number: i32, from: Option<i64>) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        let from = from.map_or(Offset::Beginning, Offset::Offset);
        let fault = || while_doing("reading the changelog");
        list.add_partition_offset(&self.topic, number, from).map_err(fault())?;
        self.reader.incremental_assign(&list).map_err(fault())
    }

    fn unfollow(&mut self, number: i32) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, number);
        self.reader.incremental_unassign(&list).map_err(while_doing("reading the changelog"))
    }

    fn next(&mut self, timeout: Duration) -> Option<Result<Copied<OwnedRecord>, RunError>> {
        Some(match self.reader.poll(timeout)? {
            Ok(message) => Ok(Copied::Record(owned(&message))),
            Err(KafkaError::PartitionEOF(number)) => Ok(Copied::End(number)),
            Err(error) => Err(while_doing("reading the changelog")(error)),
        })
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall_clock(&self) -> Millis {
        wall_clock()
    }

    fn rest(&self, time: Duration, until_news: &mut dyn FnMut(Duration)) {
        until_news(time);
    }
}
