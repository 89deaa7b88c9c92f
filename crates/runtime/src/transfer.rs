//! Copying what input topics hold into others with more partitions: keys move, so partitions can't be added to topics in
//! place (SPEC section 2).
//!
//! Each record goes with its headers and the instant at which it was written, which erasures depend on, to the partition
//! that its key has there. Records of a key stay in their order. What transactions took back is left behind.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::brokers::{Brokers, Reports};
use crate::clients;
use crate::control::Control;
use crate::decode::{Decoder, Undecided};
use crate::ends::owned;
use crate::fault::{RunError, is_final, while_doing};
use crate::headers::attributes;
use crate::kafka::OwnedRecord;
use crate::layout;
use crate::partitioner::{Partitioner, Placing};
use crate::pipeline::wall_clock;
use crate::placement::{Verdict, recognise};
use crate::registry::Registry;
use crate::sampling;
use crate::settings::Settings;
use crate::writer::Writer;

/// How long brokers may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
const READING: &str = "reading a topic to copy";

/// How many records a topic got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where from.
    pub from: String,
    /// Where to.
    pub to: String,
    /// How many.
    pub records: u64,
}

/// Copies the committed records of one pipeline's input topics into those of another, which must be there and empty.
/// What is written to the former meanwhile may be left out.
///
/// # Errors
/// [`RunError::Topics`] where the topics are the same, not there or not empty, or nobody can tell where keys belong;
/// else where brokers fail: what was copied is then a part, and the topics have to be made again.
pub fn transfer(from: &Settings, to: &Settings) -> Result<Vec<Copied>, RunError> {
    let sources = Brokers::connect(from)?;
    let partitions = partitions_of(&sources, from)?;
    let targets = Brokers::connect(to)?;
    let wanted = partitions_of(&targets, to)?;
    refuse_the_same(from, to)?;
    for topic in Topic::ALL {
        refuse_filled(&targets, to.names.of(topic), wanted)?;
    }
    let by = partitioner(&sources, from, to, partitions)?;
    let decoder = Decoder::new(from, Registry::of(from)?)?;
    let reader: Arc<BaseConsumer<Reports>> = Arc::new(clients::glancer(from, Reports::default())?);
    let writer = Writer::connect(to, by, wanted, "copying records")?;
    let copy = |topic: Topic| {
        let (name, to) = (from.names.of(topic).to_owned(), to.names.of(topic).to_owned());
        let dates = Dates { decoder: &decoder, topic, latest: wall_clock() + from.max_future_ms };
        let records = copy(&reader, &writer, (&name, partitions), &to, &dates)?;
        Ok(Copied { from: name, to, records })
    };
    Topic::ALL.into_iter().map(copy).collect()
}

fn partitions_of(brokers: &Brokers, settings: &Settings) -> Result<i32, RunError> {
    let answers = brokers.ask_once(settings.names.input.iter().map(String::as_str))?;
    layout::check_input(settings, &answers)
}

fn refused(problem: String) -> RunError {
    RunError::Topics(vec![problem])
}

fn refuse_the_same(from: &Settings, to: &Settings) -> Result<(), RunError> {
    let same = |topic: &Topic| from.names.of(*topic) == to.names.of(*topic);
    match Topic::ALL.iter().find(|topic| same(topic)) {
        Some(topic) if from.bootstrap_servers == to.bootstrap_servers => Err(refused(format!(
            "topic `{}` can't be copied into itself: name other topics under [topics]",
            from.names.of(*topic)
        ))),
        _ => Ok(()),
    }
}

fn refuse_filled(brokers: &Brokers, topic: &str, partitions: i32) -> Result<(), RunError> {
    for number in 0..partitions {
        let ends = brokers.consumer.fetch_watermarks(topic, number, PATIENCE);
        let (_, end) = ends.map_err(while_doing("asking where a topic ends"))?;
        if end > 0 {
            return Err(refused(format!(
                "topic `{topic}` is not empty: a copy begins with new topics. Delete it and those that were made with \
                 it, if they are of a copy that was broken off"
            )));
        }
    }
    Ok(())
}

/// What places keys there: what the configuration says, else what placed them here.
fn partitioner(
    sources: &Brokers,
    from: &Settings,
    to: &Settings,
    partitions: i32,
) -> Result<Partitioner, RunError> {
    if to.partitioners.contains(&Placing::Custom) {
        return Err(refused(
            "a partitioner of your own is not known here: copy the topics with your producers' client"
                .to_owned(),
        ));
    }
    let told = to.partitioners.iter().find_map(|placing| match placing {
        Placing::By(by) => Some(*by),
        _ => None,
    });
    if let Some(by) = told {
        return Ok(by);
    }
    let sample = sampling::sample(&sources.consumer, from, partitions, &Control::default());
    let seen = sample.placed.iter().find_map(|placed| match recognise(placed, partitions) {
        Verdict::By(by) => Some(by),
        _ => None,
    });
    Ok(seen.unwrap_or(Partitioner::Murmur2))
}

/// When a topic's events happened.
struct Dates<'d> {
    decoder: &'d Decoder,
    topic: Topic,
    /// What says that it happened later is a bad record.
    latest: Millis,
}

impl Dates<'_> {
    /// `None` for what is no event.
    fn of(&self, record: &OwnedRecord) -> Option<Millis> {
        let value = record.value.as_deref()?;
        loop {
            match self.decoder.decode(self.topic, value, &attributes(record)) {
                Ok(decoded) => return Some(decoded.event.fact.at()).filter(|at| *at <= self.latest),
                Err(Undecided::Bad(_)) => return None,
                Err(Undecided::Pending(schema)) => {
                    while self.decoder.is_pending(schema) {
                        thread::sleep(POLL);
                    }
                }
            }
        }
    }
}

/// A partition that is read, with its next record.
struct Source {
    number: i32,
    queue: PartitionQueue<Reports>,
    head: Option<OwnedRecord>,
    /// The latest that has happened up to that record.
    highest: Millis,
    ended: bool,
}

impl Source {
    /// Fetches the next record where there is none at hand; false where the partition says nothing.
    fn fill(&mut self, dates: &Dates<'_>) -> Result<bool, RunError> {
        if self.head.is_some() || self.ended {
            return Ok(true);
        }
        match self.queue.poll(POLL) {
            Some(Ok(message)) => {
                let record = owned(&message);
                self.highest = self.highest.max(dates.of(&record).unwrap_or(self.highest));
                self.head = Some(record);
            }
            Some(Err(KafkaError::PartitionEOF(_))) => self.ended = true,
            Some(Err(error)) if is_final(&error) => return Err(while_doing(READING)(error)),
            // librdkafka tries again what may pass.
            Some(Err(_)) | None => return Ok(false),
        }
        Ok(true)
    }
}

/// Copies a topic, as far as it is committed; says how many records that was.
///
/// The partition goes first whose events have come least far: so where a record arrives nothing has happened yet that had
/// not happened where it lay, and nothing is late for having been copied.
fn copy(
    reader: &Arc<BaseConsumer<Reports>>,
    writer: &Writer,
    (from, partitions): (&str, i32),
    to: &str,
    dates: &Dates<'_>,
) -> Result<u64, RunError> {
    let mut sources = open(reader, from, partitions)?;
    let (mut records, mut silent_since) = (0, Instant::now());
    loop {
        let mut all = true;
        for source in &mut sources {
            all &= source.fill(dates)?;
        }
        // What is not of a partition's queue: errors, for the log.
        let _none = reader.poll(Duration::ZERO);
        if !all {
            if silent_since.elapsed() > PATIENCE {
                let error = KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut);
                return Err(while_doing(READING)(error));
            }
            continue;
        }
        silent_since = Instant::now();
        let with_one = sources.iter_mut().filter(|source| source.head.is_some());
        let Some(record) = with_one
            .min_by_key(|source| (source.highest, source.number))
            .and_then(|source| source.head.take())
        else {
            break;
        };
        writer.write(to, &record)?;
        records += 1;
    }
    writer.finish()?;
    Ok(records)
}

fn open(reader: &Arc<BaseConsumer<Reports>>, topic: &str, partitions: i32) -> Result<Vec<Source>, RunError> {
    let mut list = TopicPartitionList::new();
    let mut sources = Vec::new();
    for number in 0..partitions {
        // Before anything is fetched: it would go to the consumer's own queue.
        let queue = reader.split_partition_queue(topic, number);
        let missing = || KafkaError::MessageConsumption(RDKafkaErrorCode::UnknownPartition);
        let queue = queue.ok_or_else(missing).map_err(while_doing(READING))?;
        sources.push(Source { number, queue, head: None, highest: Millis::MIN, ended: false });
        list.add_partition_offset(topic, number, Offset::Beginning).map_err(while_doing(READING))?;
    }
    reader.assign(&list).map_err(while_doing(READING))?;
    Ok(sources)
}
