//! Warming up: what new rules need of the past is read again from the topics, beside the work, into a partition of the
//! store's own that stands in no changelog.
//!
//! One thread a process reads one partition after another, up to where its lane is. It is an ordinary lane under the part
//! of the rules that needs history, from which nothing is emitted. Where the process ends meanwhile it goes on from where
//! it was; where the partition moves, its new owner begins.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::event::Topic;
use springtide_core::rules::Rules;
use springtide_store::{Commit, PartitionCommit, PartitionMeta, Store};
use uuid::Uuid;

use crate::brokers::Reports;
use crate::clients;
use crate::decode::Decoder;
use crate::ends::{Ends, owned};
use crate::fault::{RunError, while_doing};
use crate::kafka::OwnedRecord;
use crate::lane::{Committed, Lane, Under};
use crate::lease::Leases;
use crate::pipeline::wall_clock;
use crate::registry::Registry;
use crate::rulebook::{Record, Rulebook};
use crate::settings::Settings;
use crate::threads::Recurring;
use crate::worker::{Batch, Intake, Judge, Taken, bounds};

const POLL: Duration = Duration::from_millis(100);
/// How often it is looked for orders.
const LOOK: Duration = Duration::from_millis(200);
/// Before a partition that failed is begun again.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(5);
/// After so long without a record it is looked whether there are any.
const SILENCE: Duration = Duration::from_millis(300);
/// How often it is said how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How many records are taken between two writes.
const RECORDS: usize = 50_000;
/// What part of the memory for accounts it may take: one in so many.
const SHARE: usize = 4;

/// Where a partition's number stands whose state is warmed up: beyond what Kafka gives.
const BESIDE: i32 = 1 << 30;

/// The partition of the store in which one is warmed up.
pub(crate) fn beside(number: i32) -> i32 {
    number | BESIDE
}

/// What is wanted of a partition.
#[derive(Clone, Debug)]
struct Order {
    generation: u32,
    rules: Arc<Rules>,
    /// Where to come to, by topic.
    targets: [i64; 5],
}

/// What workers and the thread say to each other.
#[derive(Default)]
pub struct Bench {
    orders: Mutex<BTreeMap<i32, Order>>,
    /// Partitions that have come to where they were to.
    done: Mutex<BTreeMap<i32, u32>>,
    ending: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bench {
    pub(crate) fn order(&self, number: i32, generation: u32, rules: &Arc<Rules>, targets: [i64; 5]) {
        lock(&self.done).remove(&number);
        lock(&self.orders).insert(number, Order { generation, rules: Arc::clone(rules), targets });
    }

    pub(crate) fn cancel(&self, number: i32) {
        lock(&self.orders).remove(&number);
        lock(&self.done).remove(&number);
    }

    /// Whether a partition has come to where it was to.
    pub(crate) fn is_done(&self, number: i32, generation: u32) -> bool {
        lock(&self.done).get(&number) == Some(&generation)
    }

    fn first(&self) -> Option<(i32, Order)> {
        lock(&self.orders).iter().next().map(|(number, order)| (*number, order.clone()))
    }

    fn wants(&self, number: i32, generation: u32) -> bool {
        !self.ending.load(Ordering::Relaxed)
            && lock(&self.orders).get(&number).is_some_and(|order| order.generation == generation)
    }

    fn finish(&self, number: i32, generation: u32) {
        if self.wants(number, generation) {
            lock(&self.orders).remove(&number);
            lock(&self.done).insert(number, generation);
        }
    }
}

/// The thread, which ends with this.
pub(crate) struct Warming {
    bench: Arc<Bench>,
    _thread: Recurring,
}

impl Drop for Warming {
    fn drop(&mut self) {
        self.bench.ending.store(true, Ordering::Relaxed);
    }
}

/// Starts the thread.
///
/// # Errors
/// Where the system gives none.
pub(crate) fn start(
    settings: &Settings,
    registry: Option<Arc<Registry>>,
    store: Arc<dyn Store>,
    leases: Leases,
    book: Rulebook,
    bench: &Arc<Bench>,
) -> Result<Warming, RunError> {
    let (settings, orders) = (settings.clone(), Arc::clone(bench));
    let thread = Recurring::start("warming", LOOK, move || {
        let Some((number, order)) = orders.first() else { return LOOK };
        let warmed = warm(&settings, registry.clone(), &*store, &leases, (number, &order), (&orders, &book));
        match warmed {
            Ok(true) => {
                orders.finish(number, order.generation);
                Duration::ZERO
            }
            Ok(false) => LOOK,
            Err(error) => {
                tracing::warn!(partition = number, %error, "can't warm up new rules now; trying again");
                PAUSE_AFTER_FAULT
            }
        }
    })?;
    Ok(Warming { bench: Arc::clone(bench), _thread: thread })
}

/// Brings a partition to where it is wanted; false where it is not wanted any more, or somebody has it.
fn warm(
    settings: &Settings,
    registry: Option<Arc<Registry>>,
    store: &(dyn Store + 'static),
    leases: &Leases,
    (number, order): (i32, &Order),
    (bench, book): (&Bench, &Rulebook),
) -> Result<bool, RunError> {
    let Some(lease) = leases.acquire(beside(number)) else { return Ok(false) };
    if store.generation(beside(number))? != order.generation {
        store.drop_partition(beside(number))?;
        let begin = PartitionCommit {
            generation: Some(order.generation),
            ..PartitionCommit::new(beside(number), PartitionMeta::default())
        };
        store.commit(&Commit { partitions: vec![begin] })?;
    }
    let under = Under { generation: order.generation, rules: Arc::clone(&order.rules) };
    let fresh = (Instant::now(), Uuid::new_v4());
    let lane = Lane::open(store, under, settings, lease, Committed::default(), order.targets, fresh)?;
    let mut job = Job {
        settings,
        store,
        consumer: clients::reader(settings, Reports::default())?,
        ends: Ends::connect(settings)?,
        decoder: Decoder::new(settings, registry)?,
        number,
        order,
        bench,
        book,
        lane,
        batch: Batch::default(),
        told: Instant::now(),
    };
    // Whose account was erased is known before what that does not cover.
    let (profiles, others): (Vec<Topic>, Vec<Topic>) =
        Topic::ALL.into_iter().partition(|topic| *topic == Topic::AccountProfiles);
    Ok(job.read(&profiles)? && job.read(&others)? && job.settle()?)
}

struct Job<'a> {
    settings: &'a Settings,
    store: &'a (dyn Store + 'static),
    consumer: BaseConsumer<Reports>,
    ends: Ends,
    decoder: Decoder,
    number: i32,
    order: &'a Order,
    bench: &'a Bench,
    book: &'a Rulebook,
    lane: Lane<'a>,
    batch: Batch,
    told: Instant,
}

impl Job<'_> {
    fn is_wanted(&self) -> bool {
        self.bench.wants(self.number, self.order.generation)
    }

    fn is_short_of(&self, topic: Topic) -> bool {
        self.lane.offset(topic).max(0) < self.order.targets[topic.index()]
    }

    /// Reads topics up to where they are wanted; false where that is not wanted any more.
    fn read(&mut self, topics: &[Topic]) -> Result<bool, RunError> {
        let fault = || while_doing("reading the past for new rules");
        let mut list = TopicPartitionList::new();
        for topic in topics.iter().filter(|topic| self.is_short_of(**topic)) {
            let next = self.lane.offset(*topic);
            let from = if next < 0 { Offset::Beginning } else { Offset::Offset(next) };
            let name = self.settings.names.of(*topic);
            list.add_partition_offset(name, self.number, from).map_err(fault())?;
        }
        self.consumer.assign(&list).map_err(fault())?;
        let mut heard = Instant::now();
        while topics.iter().any(|topic| self.is_short_of(*topic)) {
            if !self.is_wanted() {
                return Ok(false);
            }
            let record = match self.consumer.poll(POLL) {
                Some(Ok(message)) => Some(owned(&message)),
                None | Some(Err(KafkaError::PartitionEOF(_))) => None,
                Some(Err(error)) => return Err(fault()(error)),
            };
            match record {
                Some(record) => {
                    heard = Instant::now();
                    self.take(&record)?;
                }
                None if heard.elapsed() > SILENCE => {
                    self.pass_what_is_no_record(topics)?;
                    heard = Instant::now();
                }
                None => {}
            }
            if self.batch.load.is_full(RECORDS, self.settings.resident_bytes / SHARE) {
                self.write()?;
            }
            self.tell();
        }
        self.write()?;
        Ok(true)
    }

    fn take(&mut self, record: &OwnedRecord) -> Result<(), RunError> {
        let Some(topic) = self.settings.names.topic(&record.topic) else { return Ok(()) };
        let target = self.order.targets[topic.index()];
        if record.offset >= target {
            self.lane.nothing_before(topic, target);
        }
        while self.is_short_of(topic) && record.offset >= self.lane.offset(topic) && self.is_wanted() {
            let now = wall_clock();
            let judge = Judge { settings: self.settings, decoder: &self.decoder, now };
            let heard = Instant::now();
            let mut intake = Intake { judge, heard, lane: &mut self.lane, batch: &mut self.batch };
            match intake.take(topic, record)? {
                Taken::In | Taken::Erased(..) => break,
                Taken::Held(_) => std::thread::sleep(POLL),
            }
        }
        Ok(())
    }

    /// Before where a topic is wanted there may be nothing but transactions' markers, or records compacted away.
    fn pass_what_is_no_record(&mut self, topics: &[Topic]) -> Result<(), RunError> {
        for topic in topics {
            if self.is_short_of(*topic) {
                let next = self.lane.offset(*topic);
                let ended = self.ends.reached(self.settings.names.of(*topic), &[(self.number, next)])?;
                if ended.contains(&self.number) {
                    self.lane.nothing_before(*topic, self.order.targets[topic.index()]);
                }
            }
        }
        Ok(())
    }

    /// Takes in what was read, and writes what that changed.
    fn write(&mut self) -> Result<(), RunError> {
        self.batch = Batch::default();
        let clock = self.settings.until.unwrap_or_else(wall_clock);
        let due = bounds::due(1, self.settings.resident_bytes / SHARE);
        self.lane.settle(clock, due, Instant::now())?;
        if let Some(mut cut) = self.lane.cut() {
            cut.meta.written_at = wall_clock();
            self.store.write(&cut.entries()?)?;
        }
        self.lane.keep_within(self.settings.resident_bytes / SHARE);
        Ok(())
    }

    /// Takes in whoever is due, all of them.
    fn settle(&mut self) -> Result<bool, RunError> {
        loop {
            self.write()?;
            if !self.lane.more_due() {
                return Ok(true);
            }
            if !self.is_wanted() {
                return Ok(false);
            }
        }
    }

    fn tell(&mut self) {
        if self.told.elapsed() < TELL_EVERY {
            return;
        }
        self.told = Instant::now();
        let read = Topic::ALL.into_iter().map(|topic| self.lane.offset(topic).max(0)).sum();
        let of = self.order.targets.iter().map(|target| (*target).max(0)).sum();
        let (number, partition) = (self.order.generation, self.number);
        self.book.say(Record::Warming { number, partition, read, of });
    }
}
