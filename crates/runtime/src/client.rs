//! A worker's Kafka: its member of the group, its look at the topics' ends, its transactions, all on real brokers.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::event::Topic;
use springtide_core::time::Millis;
use uuid::Uuid;

use crate::assignment::{Assignments, Change};
use crate::brokers::look_for_leaders;
use crate::changelog::group_offsets;
use crate::ends::{Ends, owned};
use crate::fault::{RunError, while_doing};
use crate::fetch::{Fetch, Fetched};
use crate::kafka::{Kafka, OwnedRecord, Places, Record, Side, Stretch};
use crate::lane::Committed;
use crate::settings::Settings;
use crate::sink::{Sink, Transaction, Written};
use crate::worker::bounds::GOAL;
use crate::{clients, threads, wall_clock};

/// How long a consumer may take to leave its group and end.
const CLOSING: Duration = Duration::from_secs(10);

/// A member of the group on real brokers.
pub struct Client {
    settings: Settings,
    /// Gone before the consumer.
    fetch: ManuallyDrop<Fetch>,
    consumer: ManuallyDrop<BaseConsumer<Assignments>>,
    ends: Ends,
    transactional_id: String,
    sink: Sink,
}

impl Client {
    /// Joins the group as one of its process' workers.
    ///
    /// # Errors
    /// Where a setting is refused, or the system gives no thread.
    pub fn join(settings: &Settings, instance: &str, worker: usize) -> Result<Client, RunError> {
        let consumer: BaseConsumer<Assignments> =
            clients::consumer(settings, worker, Assignments::default())?;
        let transactional_id = format!("{}-{instance}-{worker}", settings.application_id);
        let names: Vec<&str> = settings.names.input.iter().map(String::as_str).collect();
        let client = Client {
            sink: Sink::open(settings, transactional_id.clone())?,
            ends: Ends::connect(settings)?,
            fetch: ManuallyDrop::new(
                Fetch::of(&consumer)
                    .ok_or_else(|| RunError::Setting("librdkafka gives no queue".to_owned()))?,
            ),
            settings: settings.clone(),
            consumer: ManuallyDrop::new(consumer),
            transactional_id,
        };
        client.consumer.subscribe(&names).map_err(while_doing("joining the consumer group"))?;
        Ok(client)
    }

    fn list(&self, partitions: &[i32], which: Offset) -> Result<TopicPartitionList, KafkaError> {
        let mut list = TopicPartitionList::new();
        for name in &self.settings.names.input {
            for number in partitions {
                list.add_partition_offset(name, *number, which)?;
            }
        }
        Ok(list)
    }

    /// The first offset of a record that was written after an instant, if there is one.
    fn offset_after(&self, wanted: &Stretch<'_>, deadline: Instant) -> Result<Option<i64>, KafkaError> {
        let name = self.settings.names.of(wanted.topic);
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(name, wanted.partition, Offset::Offset(wanted.after + 1))?;
        let found = self.consumer.offsets_for_times(list, deadline.saturating_duration_since(self.now()))?;
        Ok(match found.find_partition(name, wanted.partition).map(|element| element.offset()) {
            Some(Offset::Offset(offset)) => Some(offset),
            _ => None,
        })
    }
}

/// What is worth telling of what went wrong; the end of a partition is not.
fn fault(error: KafkaError) -> Option<RunError> {
    let end = matches!(
        error,
        KafkaError::PartitionEOF(_) | KafkaError::MessageConsumption(RDKafkaErrorCode::PartitionEOF)
    );
    (!end).then(|| while_doing("reading")(error))
}

impl Kafka for Client {
    type Record = Fetched;

    fn hear(&mut self) -> Result<bool, RunError> {
        match self.consumer.poll(Duration::ZERO) {
            None => Ok(false),
            Some(Ok(_)) => Ok(true),
            Some(Err(error)) => fault(error).map_or(Ok(false), Err),
        }
    }

    fn changes(&mut self) -> Vec<Change> {
        self.consumer.context().take()
    }

    fn is_lost(&self) -> bool {
        self.consumer.assignment_lost()
    }

    fn read(&mut self, from: &[(Topic, i32, i64)]) -> Result<(), RunError> {
        let fault = || while_doing("reading partitions");
        let mut list = TopicPartitionList::new();
        for (topic, number, next) in from {
            let from = if *next >= 0 { Offset::Offset(*next) } else { Offset::Beginning };
            let name = self.settings.names.of(*topic);
            list.add_partition_offset(name, *number, from).map_err(fault())?;
        }
        let names = &self.settings.names;
        self.fetch.route(from.iter().map(|(topic, number, _)| (names.of(*topic), *number)));
        self.consumer.assign(&list).map_err(fault())
    }

    fn let_go(&mut self) -> Result<(), RunError> {
        self.fetch.route(std::iter::empty());
        self.consumer.unassign().map_err(while_doing("letting partitions go"))
    }

    fn fetch(&mut self, timeout: Duration) {
        if self.fetch.is_empty() {
            self.fetch.more(timeout);
        }
    }

    fn next(&mut self) -> Option<Result<Fetched, RunError>> {
        loop {
            let fetched = self.fetch.next()?;
            match fetched.error() {
                None => return Some(Ok(fetched)),
                Some(RDKafkaErrorCode::AutoOffsetReset) => {
                    let (topic, partition) = (fetched.topic().to_owned(), fetched.partition());
                    return Some(Err(RunError::OutOfRange { topic, partition }));
                }
                Some(code) => {
                    if let Some(error) = fault(KafkaError::MessageConsumption(code)) {
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    fn group_offsets(&self, partitions: &[i32]) -> Result<BTreeMap<i32, Committed>, RunError> {
        group_offsets(&self.consumer, &self.settings.names, partitions)
    }

    /// Each broker is asked once.
    fn bounds(&self, partitions: &[i32], which: Side) -> Result<Places, RunError> {
        let fault = || while_doing("asking how far the topics go");
        let which = match which {
            Side::Beginning => Offset::Beginning,
            Side::End => Offset::End,
        };
        let asked = self.list(partitions, which).map_err(fault())?;
        let until = Instant::now() + GOAL;
        // Within the same time, so that the worker polls in time.
        let look = |topic: &str| {
            look_for_leaders(&self.consumer, topic, until.saturating_duration_since(Instant::now()));
        };
        let answer = self.consumer.offsets_for_times(asked, GOAL).map_err(|error| {
            self.settings.names.input.first().into_iter().for_each(|topic| look(topic));
            fault()(error)
        })?;
        let mut found = BTreeMap::new();
        for element in answer.elements() {
            if let Err(error) = element.error() {
                look(element.topic());
                return Err(fault()(error));
            }
            let Offset::Offset(at) = element.offset() else {
                return Err(fault()(KafkaError::OffsetFetch(RDKafkaErrorCode::OffsetNotAvailable)));
            };
            if let Some(topic) = self.settings.names.topic(element.topic()) {
                found.insert((element.partition(), topic), at);
            }
        }
        Ok(found)
    }

    fn reached(&self, topic: Topic, places: &[(i32, i64)]) -> Result<BTreeSet<i32>, RunError> {
        self.ends.reached(self.settings.names.of(topic), places)
    }

    fn written_after(&self, wanted: &Stretch<'_>, deadline: Instant) -> Result<Vec<OwnedRecord>, RunError> {
        let fault = || while_doing("looking for what was written after an erasure");
        let from = self.offset_after(wanted, deadline).map_err(fault())?;
        let Some(from) = from.filter(|from| *from < wanted.upto) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let name = self.settings.names.of(wanted.topic);
        self.ends.read(name, wanted.partition, from..wanted.upto, deadline, &mut |record| {
            let is_after = record.timestamp().to_millis().is_some_and(|at| at > wanted.after);
            if is_after && record.key() == Some(wanted.key) && record.payload().is_some() {
                found.push(owned(record));
            }
        })?;
        Ok(found)
    }

    fn open_transactions(&mut self) -> Result<(), RunError> {
        self.sink = Sink::open(&self.settings, self.transactional_id.clone())?;
        Ok(())
    }

    fn is_ready(&mut self) -> Result<bool, RunError> {
        self.sink.is_ready()
    }

    fn commit(&mut self, transaction: Transaction) -> Result<Written, RunError> {
        let group = self.consumer.group_metadata().ok_or(KafkaError::Canceled);
        self.sink.commit(transaction, group.map_err(while_doing("committing a transaction"))?)
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall_clock(&self) -> Millis {
        wall_clock()
    }

    fn pause(&self, time: Duration) {
        thread::sleep(time);
    }

    fn random(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn leave(&mut self) {
        self.consumer.context().close();
        // A change may have been noted and not followed: then this is the answer to it.
        if let Err(error) = self.consumer.unassign() {
            tracing::warn!(%error, "could not let go of partitions");
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: neither is used after this.
        let consumer = unsafe {
            ManuallyDrop::drop(&mut self.fetch);
            ManuallyDrop::take(&mut self.consumer)
        };
        close(consumer);
    }
}

/// A consumer that is dropped waits for an answer to what it says, and for its group; where the group takes its
/// partitions at that very moment, for ever (librdkafka 2.12: it asks a thread that has ended). All is committed by
/// now: it is waited for only so long.
pub(crate) fn close(consumer: BaseConsumer<Assignments>) {
    consumer.context().close();
    let (closed, is_closed) = channel();
    let close = move || {
        drop(consumer);
        // Nobody may be waiting any more.
        let _ = closed.send(());
    };
    match threads::start("closing", close) {
        Ok(_) if is_closed.recv_timeout(CLOSING) == Err(RecvTimeoutError::Timeout) => {
            tracing::warn!("the consumer does not come to its end; the group will find out that it is gone");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "no thread to close the consumer on"),
    }
}
