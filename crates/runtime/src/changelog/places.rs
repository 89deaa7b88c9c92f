//! The changelog topic on real brokers, and where the group stands.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::time::Millis;

use crate::brokers::{Reports, look_for_leaders};
use crate::fault::{RunError, while_doing};
use crate::fetch::{Fetch, Fetched};
use crate::kafka::{Copied, Copying, Record};
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
    /// Goes before its consumer.
    fetch: Fetch,
    reader: BaseConsumer<Reports>,
    /// Sees what open transactions have written.
    all: BaseConsumer<Reports>,
    topic: String,
}

impl Reader {
    pub(super) fn connect(settings: &Settings) -> Result<Reader, RunError> {
        let reader = clients::reader(settings, Reports::default())?;
        let fetch = Fetch::of(&reader);
        Ok(Reader {
            settings: settings.clone(),
            fetch: fetch.ok_or_else(|| RunError::Setting("librdkafka gives no queue".to_owned()))?,
            reader,
            all: clients::looker(settings, Reports::default())?,
            topic: settings.changelog(),
        })
    }

    fn end(&self, client: &BaseConsumer<Reports>, number: i32) -> Result<i64, RunError> {
        let bounds = client.fetch_watermarks(&self.topic, number, ASK_TIMEOUT);
        if bounds.is_err() {
            look_for_leaders(client, &self.topic, ASK_TIMEOUT);
        }
        bounds.map(|(_, end)| end).map_err(while_doing("asking where the changelog ends"))
    }
}

impl Copying for Reader {
    type Record = Fetched;

    const WRITES_BESIDE: bool = true;

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
        self.fetch.add(&self.topic, number);
        self.reader.incremental_assign(&list).map_err(fault())
    }

    fn unfollow(&mut self, number: i32) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, number);
        let unassigned = self.reader.incremental_unassign(&list);
        self.fetch.remove(&self.topic, number);
        unassigned.map_err(while_doing("reading the changelog"))
    }

    fn has_fetched(&self) -> bool {
        !self.fetch.is_empty()
    }

    fn next(&mut self, timeout: Duration) -> Option<Result<Copied<Fetched>, RunError>> {
        let fault = |error| Some(Err(while_doing("reading the changelog")(error)));
        if self.fetch.is_empty() {
            match self.reader.poll(Duration::ZERO).map(|said| said.map(|record| record.partition())) {
                None => {}
                // Records come by another way.
                Some(Ok(number)) => return Some(Ok(Copied::Astray(number))),
                Some(Err(KafkaError::PartitionEOF(number))) => return Some(Ok(Copied::End(number))),
                Some(Err(error)) => return fault(error),
            }
            self.fetch.more(timeout);
        }
        let fetched = self.fetch.next()?;
        match fetched.error() {
            None => Some(Ok(Copied::Record(fetched))),
            Some(RDKafkaErrorCode::PartitionEOF) => Some(Ok(Copied::End(fetched.partition()))),
            Some(code) => fault(KafkaError::MessageConsumption(code)),
        }
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

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;

    use super::*;

    #[test]
    fn a_changelog_that_nobody_led_for_a_moment_is_asked_again_who_leads_it() {
        let cluster = MockCluster::new(1).unwrap();
        let settings = Settings::new(&cluster.bootstrap_servers(), "leaderless");
        let topic = settings.changelog();
        cluster.create_topic(&topic, 1, 1).unwrap();
        let reader = Reader::connect(&settings).unwrap();
        for ask in [Reader::written, Reader::stable] {
            cluster.partition_leader(&topic, 0, None).unwrap();
            assert!(ask(&reader, 0).is_err(), "nobody leads it");
            cluster.partition_leader(&topic, 0, Some(1)).unwrap();
            let told = (0..20).find_map(|_| ask(&reader, 0).ok());
            assert_eq!(told, Some(0));
        }
    }
}
