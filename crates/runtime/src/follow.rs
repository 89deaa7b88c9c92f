//! Reading a topic from its beginning, and on as it grows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use crate::brokers::Reports;
use crate::clients;
use crate::ends::owned;
use crate::fault::{RunError, while_doing};
use crate::kafka::OwnedRecord;
use crate::settings::Settings;
use crate::threads::Recurring;

/// How long a poll waits; whoever ends it waits for one.
const POLL: Duration = Duration::from_millis(100);
/// How long a question may take.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// Before a question is asked again, and before a record is looked at again whose schema is not known.
const PAUSE: Duration = Duration::from_millis(500);

/// Reads one topic.
pub(crate) struct Follow<T> {
    /// Who follows it, in words.
    who: &'static str,
    consumer: BaseConsumer<Reports>,
    topic: String,
    /// How many partitions it has; nobody has said where there is none.
    partitions: usize,
    ended: BTreeSet<i32>,
    /// Whether all was read that was there at the beginning.
    is_level: Arc<AtomicBool>,
    /// Takes a record; false where it is to be shown again later.
    take: T,
    waiting: Option<OwnedRecord>,
}

impl<T: FnMut(&OwnedRecord) -> bool + Send + 'static> Follow<T> {
    /// Starts to read.
    pub fn start(
        settings: &Settings,
        (who, topic): (&'static str, String),
        is_level: Arc<AtomicBool>,
        take: T,
    ) -> Result<Recurring, RunError> {
        let consumer = clients::follower(settings, Reports::default())?;
        let (partitions, ended, waiting) = (0, BTreeSet::new(), None);
        let mut follow = Follow { who, consumer, topic, partitions, ended, is_level, take, waiting };
        Recurring::start(who, Duration::ZERO, move || match follow.go_on() {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(who = follow.who, topic = follow.topic, %error, "what is followed waits");
                PAUSE
            }
        })
    }

    /// A record, or the beginning; says how long to rest.
    fn go_on(&mut self) -> Result<Duration, RunError> {
        if self.partitions == 0 {
            self.assign()?;
        }
        let record = match self.waiting.take() {
            Some(record) => record,
            None => match self.consumer.poll(POLL) {
                None => return Ok(Duration::ZERO),
                Some(Ok(message)) => owned(&message),
                Some(Err(KafkaError::PartitionEOF(number))) => {
                    self.ended.insert(number);
                    if self.ended.len() == self.partitions {
                        self.is_level.store(true, Ordering::Release);
                    }
                    return Ok(Duration::ZERO);
                }
                Some(Err(error)) => return Err(while_doing("following a topic")(error)),
            },
        };
        if !(self.take)(&record) {
            self.waiting = Some(record);
            return Ok(PAUSE);
        }
        Ok(Duration::ZERO)
    }

    fn assign(&mut self) -> Result<(), RunError> {
        let fault = || while_doing("beginning to follow a topic");
        let metadata = self.consumer.fetch_metadata(Some(&self.topic), ASK_TIMEOUT).map_err(fault())?;
        let numbers: Vec<i32> = metadata
            .topics()
            .iter()
            .flat_map(|topic| topic.partitions())
            .map(|partition| partition.id())
            .collect();
        let mut list = TopicPartitionList::new();
        for number in &numbers {
            list.add_partition_offset(&self.topic, *number, Offset::Beginning).map_err(fault())?;
        }
        self.consumer.assign(&list).map_err(fault())?;
        self.partitions = numbers.len();
        Ok(())
    }
}
