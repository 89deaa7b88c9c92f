//! Reading three topics from their beginnings to where they end by then.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::event::{Event, Fact, Topic};
use springtide_core::time::Millis;
use springtide_report::{Gathered, Reporter, Told};
use springtide_schema::{check_future, check_key};

use super::Sources;
use crate::brokers::Reports as BrokerReports;
use crate::clients;
use crate::decode::{Decoder, Undecided};
use crate::desk::json_of;
use crate::ends::owned;
use crate::fault::{RunError, while_doing};
use crate::headers;
use crate::kafka::{OwnedRecord, Record};

/// All of it may take so long.
const WHOLE: Duration = Duration::from_secs(15 * 60);
/// How long a question may take, and how long a schema that is not known is waited for.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);
/// More accounts, outcomes and opportunities together are not held: about 2 GB.
const MOST_HELD: u64 = 5_000_000;

/// A reading.
pub(super) struct Job<'a> {
    sources: &'a Sources,
    consumer: BaseConsumer<BrokerReports>,
    decoder: Decoder,
    read: &'a AtomicU64,
    ending: &'a AtomicBool,
    deadline: Instant,
    /// Outcomes and opportunities.
    held: u64,
    /// Fed with the profiles of the partition that is being read.
    partition: Reporter,
    /// The latest profile in it.
    latest: Millis,
    /// When the last tombstone of each account that has one was written.
    erased: HashMap<Box<str>, Millis>,
    gathered: Gathered,
}

impl<'a> Job<'a> {
    pub fn new(
        sources: &'a Sources,
        read: &'a AtomicU64,
        ending: &'a AtomicBool,
    ) -> Result<Job<'a>, RunError> {
        let motions = sources.motions.iter().map(|(play, motion)| (&**play, *motion));
        Ok(Job {
            sources,
            consumer: clients::follower(&sources.settings, BrokerReports::default())?,
            decoder: Decoder::new(&sources.settings, sources.registry.clone())?,
            read,
            ending,
            deadline: Instant::now() + WHOLE,
            held: 0,
            partition: Reporter::default(),
            latest: Millis::MIN,
            erased: HashMap::new(),
            gathered: Gathered { reporter: Reporter::new(motions), ..Gathered::default() },
        })
    }

    /// Profiles first, so that it is known who was erased.
    pub fn gather(mut self, now: Millis) -> Result<Gathered, RunError> {
        self.gathered.as_of = now;
        let names = &self.sources.settings.names;
        let profiles = names.of(Topic::AccountProfiles).to_owned();
        let outcomes = names.of(Topic::OpportunityOutcomes).to_owned();
        let latest = names.latest.clone();
        for number in self.partitions(&profiles)? {
            self.latest = Millis::MIN;
            self.gathered.left_out.profiles_gone += self.read(&profiles, number, &mut Job::profile)?;
            // An account's profiles are all in one partition.
            let mut read = std::mem::take(&mut self.partition);
            read.settle_known();
            self.gathered.reporter.absorb(read);
        }
        for number in self.partitions(&outcomes)? {
            self.gathered.left_out.outcomes_gone += self.read(&outcomes, number, &mut Job::outcome)?;
        }
        for number in self.partitions(&latest)? {
            let mut rows: HashMap<Vec<u8>, Told> = HashMap::new();
            self.read(&latest, number, &mut |job, record| job.row(&mut rows, record))?;
            rows.values().for_each(|told| self.gathered.reporter.told(told));
        }
        Ok(self.gathered)
    }

    fn partitions(&self, topic: &str) -> Result<Vec<i32>, RunError> {
        let fault = while_doing("beginning to read for reports");
        let metadata = self.consumer.fetch_metadata(Some(topic), ASK_TIMEOUT).map_err(fault)?;
        let found = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let mut numbers: Vec<i32> = found.map(|partition| partition.id()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads a partition up to where it ends when this begins; says at how many places nothing stands.
    fn read(
        &mut self,
        topic: &str,
        number: i32,
        take: &mut dyn FnMut(&mut Self, &OwnedRecord),
    ) -> Result<u64, RunError> {
        let fault = || while_doing("reading for reports");
        let (low, high) = self.consumer.fetch_watermarks(topic, number, ASK_TIMEOUT).map_err(fault())?;
        if low >= high {
            return Ok(high.max(0).unsigned_abs());
        }
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, number, Offset::Beginning).map_err(fault())?;
        self.consumer.assign(&list).map_err(fault())?;
        let mut count = 0_u64;
        loop {
            self.check()?;
            match self.consumer.poll(POLL) {
                None => {}
                Some(Ok(message)) if message.offset() >= high => break,
                Some(Ok(message)) => {
                    let record = owned(&message);
                    drop(message);
                    count += 1;
                    self.read.fetch_add(1, Ordering::Relaxed);
                    take(self, &record);
                    if record.offset + 1 >= high {
                        break;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) => return Err(fault()(error)),
            }
        }
        self.consumer.unassign().map_err(fault())?;
        Ok(high.unsigned_abs().saturating_sub(count))
    }

    fn check(&self) -> Result<(), RunError> {
        if self.ending.load(Ordering::Relaxed) {
            return Err(RunError::Stopped);
        }
        if Instant::now() > self.deadline {
            return Err(while_doing("reading for reports")(KafkaError::Canceled));
        }
        if self.held + self.partition.len() + self.gathered.reporter.len() > MOST_HELD {
            return Err(RunError::Setting(format!(
                "there are more than {MOST_HELD} accounts, outcomes and opportunities: have `springtide report` read them from files"
            )));
        }
        Ok(())
    }

    fn profile(&mut self, record: &OwnedRecord) {
        let Some(account) = account_of(record) else { return };
        let written_at = record.written_at.unwrap_or_default();
        if record.value().is_none() {
            self.partition.erase(account);
            self.gathered.reporter.erase(account);
            let at = self.erased.entry(account.into()).or_insert(written_at);
            *at = written_at.max(*at);
            return;
        }
        if self.is_erased(account, written_at) {
            return;
        }
        if let Some(Event { account, fact: Fact::Profile(profile) }) =
            self.event(Topic::AccountProfiles, record)
        {
            // What is late changes nothing in the pipeline either, and what can't change any more need not be kept.
            self.latest = self.latest.max(profile.at);
            let lateness = self.sources.settings.lateness.0[Topic::AccountProfiles.index()];
            self.partition.settle(self.latest.saturating_sub(lateness));
            self.gathered.left_out.late_profiles += u64::from(!self.partition.profile(&account, &profile));
        }
    }

    fn outcome(&mut self, record: &OwnedRecord) {
        let Some(Event { account, fact: Fact::Outcome(outcome) }) =
            self.event(Topic::OpportunityOutcomes, record)
        else {
            return;
        };
        let is_erased = self.is_erased(&account, record.written_at.unwrap_or_default());
        if is_erased || !self.gathered.reporter.has_profile(&account) {
            self.gathered.left_out.outcomes_without_account += 1;
            return;
        }
        self.gathered.reporter.outcome(&account, &outcome);
        self.held += 1;
    }

    fn row(&mut self, rows: &mut HashMap<Vec<u8>, Told>, record: &OwnedRecord) {
        let Some(key) = record.key() else { return };
        let told = json_of(record).ok().map(|json| json.map(|json| serde_json::from_str::<Told>(&json)));
        match told {
            Some(None) => drop(rows.remove(key)),
            Some(Some(Ok(told))) => {
                if !self.is_erased(&told.account, record.written_at.unwrap_or_default()) {
                    self.held += u64::from(rows.insert(key.to_vec(), told).is_none());
                }
            }
            _ => self.gathered.left_out.bad += 1,
        }
    }

    /// Whether a tombstone reaches what was written at an instant (SPEC 7.3).
    fn is_erased(&self, account: &str, written_at: Millis) -> bool {
        self.erased.get(account).is_some_and(|at| written_at <= *at)
    }

    /// Whether the pipeline would not set it aside.
    fn is_good(&self, event: &Event, record: &OwnedRecord) -> bool {
        let max_future = self.sources.settings.max_future_ms;
        check_key(event, record.key()).is_ok() && check_future(event, self.gathered.as_of, max_future).is_ok()
    }

    /// What a record says, where it can be used.
    fn event(&mut self, topic: Topic, record: &OwnedRecord) -> Option<Event> {
        let patience = Instant::now() + ASK_TIMEOUT;
        let value = record.value()?;
        loop {
            match self.decoder.decode(topic, value, &headers::attributes(record)) {
                Ok(decoded) if self.is_good(&decoded.event, record) => return Some(decoded.event),
                Err(Undecided::Pending(_)) if Instant::now() < patience && self.check().is_ok() => {
                    std::thread::sleep(POLL);
                }
                _ => {
                    self.gathered.left_out.bad += 1;
                    return None;
                }
            }
        }
    }
}

fn account_of(record: &OwnedRecord) -> Option<&str> {
    record.key().and_then(|key| std::str::from_utf8(key).ok())
}
