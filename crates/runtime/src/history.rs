//! What the input topics still hold, read once from their beginnings to where they end by now: for whoever works it out anew.
//!
//! It is read as it is committed, in no group, and nothing is written. Whom a tombstone erased is treated as by the pipeline
//! (SPEC 7.3): what was written no later than the tombstone is nobody's. Nothing is late: the whole set is there.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::event::{Event, Topic};
use springtide_core::time::Millis;
use springtide_schema::{check_future, check_key};

use crate::brokers::Reports;
use crate::clients;
use crate::decode::{Decoder, Undecided};
use crate::ends::owned;
use crate::fault::{RunError, is_final, while_doing};
use crate::headers::attributes;
use crate::kafka::{OwnedRecord, Record};
use crate::pipeline::wall_clock;
use crate::registry::Registry;
use crate::settings::Settings;

/// How long brokers, or the schema registry, may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);
const ASK_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);
const READING: &str = "reading what an input topic holds";

/// What a topic held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub topic: Topic,
    /// Its name.
    pub name: String,
    /// Events handed over.
    pub events: u64,
    /// Records that can't be used.
    pub bad: u64,
    /// Records of accounts that were erased later.
    pub erased: u64,
    /// The earliest `occurred_at`.
    pub first: Option<Millis>,
    /// Whether it does not begin at its beginning any more: what stood before was deleted, by retention as a rule.
    pub gone: bool,
}

/// How far reading has come: records read, of so many.
pub type Told<'t> = dyn FnMut(u64, u64) + 't;

/// A partition: where it begins and ends.
#[derive(Clone, Copy)]
struct Stretch {
    number: i32,
    low: i64,
    high: i64,
}

struct Reading<'r> {
    settings: &'r Settings,
    consumer: BaseConsumer<Reports>,
    decoder: Decoder,
    now: Millis,
    /// When the last tombstone of each account that has one was written.
    erased: HashMap<Box<str>, Millis>,
    read: u64,
    total: u64,
    told: &'r mut Told<'r>,
}

/// Reads the five topics; each event is handed over until one is not taken.
///
/// # Errors
/// [`RunError::Stopped`] where one was not taken; else where topics are not there, brokers fail, or a setting is refused.
pub fn read_history<'r>(
    settings: &'r Settings,
    told: &'r mut Told<'r>,
    each: &mut dyn FnMut(Event) -> bool,
) -> Result<Vec<Held>, RunError> {
    let mut reading = Reading {
        settings,
        consumer: clients::reader(settings, Reports::default())?,
        decoder: Decoder::new(settings, Registry::of(settings)?)?,
        now: wall_clock(),
        erased: HashMap::new(),
        read: 0,
        total: 0,
        told,
    };
    let stretches = Topic::ALL.map(|topic| reading.stretches(settings.names.of(topic)));
    let mut all = Vec::new();
    for (topic, stretches) in Topic::ALL.into_iter().zip(stretches) {
        all.push((topic, stretches?));
    }
    let length = |stretches: &[Stretch]| {
        let lengths = stretches.iter().map(|stretch| (stretch.high - stretch.low).max(0).unsigned_abs());
        lengths.sum::<u64>()
    };
    let profiles = |topic: Topic| topic == Topic::AccountProfiles;
    // Profiles are read twice: first it must be known who was erased.
    reading.total = all.iter().map(|(topic, of)| length(of) * if profiles(*topic) { 2 } else { 1 }).sum();
    for (_, stretches) in all.iter().filter(|(topic, _)| profiles(*topic)) {
        reading.tombstones(stretches)?;
    }
    all.iter().map(|(topic, stretches)| reading.events(*topic, stretches, each)).collect()
}

impl Reading<'_> {
    fn stretches(&self, name: &str) -> Result<Vec<Stretch>, RunError> {
        let metadata = self.consumer.fetch_metadata(Some(name), ASK_TIMEOUT).map_err(while_doing(READING))?;
        let found = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let mut numbers: Vec<i32> = found.map(|partition| partition.id()).collect();
        numbers.sort_unstable();
        if numbers.is_empty() {
            return Err(RunError::Topics(vec![format!(
                "topic `{name}` is not there: name the topics under [topics] of the configuration file"
            )]));
        }
        let stretch = |number: i32| {
            let ends = self.consumer.fetch_watermarks(name, number, ASK_TIMEOUT);
            ends.map(|(low, high)| Stretch { number, low, high }).map_err(while_doing(READING))
        };
        numbers.into_iter().map(stretch).collect()
    }

    fn tombstones(&mut self, stretches: &[Stretch]) -> Result<(), RunError> {
        let name = self.settings.names.of(Topic::AccountProfiles);
        self.each_record(name, stretches, &mut |reading, record| {
            if let (None, Some(account)) = (record.value(), account_of(record)) {
                let written_at = record.written_at.unwrap_or_default();
                let at = reading.erased.entry(account.into()).or_insert(written_at);
                *at = written_at.max(*at);
            }
            Ok(())
        })
    }

    fn events(
        &mut self,
        topic: Topic,
        stretches: &[Stretch],
        each: &mut dyn FnMut(Event) -> bool,
    ) -> Result<Held, RunError> {
        let name = self.settings.names.of(topic);
        let gone = stretches.iter().any(|stretch| stretch.low > 0);
        let mut held = Held { topic, name: name.to_owned(), events: 0, bad: 0, erased: 0, first: None, gone };
        self.each_record(name, stretches, &mut |reading, record| {
            if record.value().is_none() && topic == Topic::AccountProfiles {
                return Ok(());
            }
            if account_of(record).is_some_and(|account| reading.is_erased(account, record)) {
                held.erased += 1;
                return Ok(());
            }
            let Some(event) = reading.event(topic, record)? else {
                held.bad += 1;
                return Ok(());
            };
            held.events += 1;
            held.first = Some(held.first.map_or(event.at(), |first| first.min(event.at())));
            if each(event) { Ok(()) } else { Err(RunError::Stopped) }
        })?;
        Ok(held)
    }

    /// Hands over each record up to where its partition ended when reading began.
    fn each_record(
        &mut self,
        name: &str,
        stretches: &[Stretch],
        take: &mut dyn FnMut(&mut Self, &OwnedRecord) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        let mut left: BTreeMap<i32, i64> = BTreeMap::new();
        for stretch in stretches.iter().filter(|stretch| stretch.low < stretch.high) {
            list.add_partition_offset(name, stretch.number, Offset::Beginning)
                .map_err(while_doing(READING))?;
            left.insert(stretch.number, stretch.high);
        }
        self.consumer.assign(&list).map_err(while_doing(READING))?;
        let mut heard = Instant::now();
        while !left.is_empty() {
            match self.consumer.poll(POLL) {
                Some(Ok(message)) => {
                    heard = Instant::now();
                    let Some(high) = left.get(&message.partition()).copied() else { continue };
                    let record = owned(&message);
                    drop(message);
                    if record.offset + 1 >= high {
                        left.remove(&record.partition);
                    }
                    if record.offset < high {
                        self.count();
                        take(self, &record)?;
                    }
                }
                // What stands last may be a transaction's marker.
                Some(Err(KafkaError::PartitionEOF(number))) => drop(left.remove(&number)),
                Some(Err(error)) if is_final(&error) => return Err(while_doing(READING)(error)),
                // librdkafka tries again what may pass.
                Some(Err(_)) | None => {}
            }
            if heard.elapsed() > PATIENCE {
                let error = KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut);
                return Err(while_doing(READING)(error));
            }
        }
        self.consumer.unassign().map_err(while_doing(READING))
    }

    fn count(&mut self) {
        self.read += 1;
        if self.read.is_multiple_of(4_096) {
            (self.told)(self.read, self.total);
        }
    }

    /// Whether a tombstone reaches a record (SPEC 7.3).
    fn is_erased(&self, account: &str, record: &OwnedRecord) -> bool {
        let written_at = record.written_at.unwrap_or_default();
        self.erased.get(account).is_some_and(|at| written_at <= *at)
    }

    /// What a record says; nothing where the pipeline would set it aside.
    fn event(&self, topic: Topic, record: &OwnedRecord) -> Result<Option<Event>, RunError> {
        let Some(value) = record.value() else {
            return Ok(None);
        };
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.decoder.decode(topic, value, &attributes(record)) {
                Ok(decoded) => return Ok(Some(decoded.event).filter(|event| self.is_good(event, record))),
                Err(Undecided::Bad(_)) => return Ok(None),
                Err(Undecided::Pending(schema)) if Instant::now() > patience => {
                    return Err(RunError::Topics(vec![format!(
                        "the schema registry does not answer for schema {schema}, by which a record of `{}` is written",
                        record.topic
                    )]));
                }
                Err(Undecided::Pending(schema)) => {
                    // To ask is what has it asked for again.
                    if self.decoder.is_pending(schema) {
                        std::thread::sleep(POLL);
                    }
                }
            }
        }
    }

    fn is_good(&self, event: &Event, record: &OwnedRecord) -> bool {
        check_key(event, record.key()).is_ok()
            && check_future(event, self.now, self.settings.max_future_ms).is_ok()
    }
}

fn account_of(record: &OwnedRecord) -> Option<&str> {
    record.key().and_then(|key| std::str::from_utf8(key).ok())
}
