//! The broker: topics, the group, committed offsets, and a coordinator of transactions that fences.
//!
//! What Kafka does one after the other is apart here too: that a transaction is decided, that its markers stand in each
//! partition, and that the group's offsets count are different instants, in any order.

use std::collections::{BTreeMap, BTreeSet};

use springtide_core::event::Topic;
use springtide_core::time::Millis;
use springtide_runtime::Names;

use crate::bug::Bug;
use crate::group::{Group, MemberId};
use crate::input::Fed;
use crate::log::{Data, Log, Serial};
use crate::random::Random;
use crate::stage::{Clock, Micros};

/// How long a transaction may be open.
const TRANSACTION_TIMEOUT: Micros = 60_000_000;
/// How many hours of the wall clock a second of the simulation is.
pub const HOURS_A_SECOND: i64 = 6;
/// A topic's partition.
pub type Place = (String, i32);

/// A worker: its process, and its number in it.
pub type WorkerId = (usize, usize);

/// Where a group has come with a partition, and when that was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The next offset.
    pub next: i64,
    /// When it was decided.
    pub written_at: Millis,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Somebody else has the transactional id, or the transaction was ended by its time-out.
    Fenced,
    /// The group has gone on without the caller.
    Unowned,
}

#[derive(Clone, Copy, Debug, Default)]
struct Producer {
    epoch: u64,
    open: Option<Serial>,
}

#[derive(Clone, Debug)]
enum Mark {
    Log(Place),
    Offsets,
}

#[derive(Clone, Debug, Default)]
struct Transaction {
    id: String,
    began: Micros,
    logs: BTreeSet<Place>,
    offsets: Vec<(Place, Stored)>,
    decided: Option<bool>,
    /// What is yet to be told, and when.
    marks: Vec<(Micros, Mark)>,
}

/// What happened, as a hash of all of it and its last lines.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Grows with each line; equal for equal traces.
    pub hash: u64,
    /// How many lines there were.
    pub lines: u64,
    /// All lines, where they are kept.
    pub kept: Option<Vec<String>>,
}

impl Trace {
    fn note(&mut self, line: String) {
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self.lines += 1;
        if let Some(kept) = &mut self.kept {
            kept.push(line);
        }
    }
}

/// The broker.
pub struct Cluster {
    clock: Clock,
    /// The topics' names.
    pub names: Names,
    /// The name of the topic that state goes to.
    pub changelog: String,
    /// How many partitions each topic has.
    pub partitions: i32,
    /// The group.
    pub group: Group,
    /// The members by their workers.
    pub members: BTreeMap<WorkerId, MemberId>,
    /// What happened.
    pub trace: Trace,
    /// Promises of Kafka that a caller made it break.
    pub broken: Vec<String>,
    /// Processes that stand still for so long before their next transaction is begun.
    pub stalls: BTreeMap<usize, Micros>,
    /// Workers that stand still now.
    pub still: BTreeSet<WorkerId>,
    /// Processes that are killed right after their next transaction; true once that is committed.
    pub doomed: BTreeMap<usize, bool>,
    /// Processes that can't reach it.
    pub cut: BTreeSet<usize>,
    /// Partitions without a leader, which nobody can read, write or ask about.
    pub leaderless: BTreeSet<Place>,
    /// By process, one call in how many fails for no reason.
    pub flaky: BTreeMap<usize, u64>,
    /// How long a marker may take to be written.
    pub markers_take: Micros,
    /// How long tombstones stay in a compacted topic.
    pub tombstones_stay: Millis,
    /// What the wall clock was put forward by.
    pub jumped: Millis,
    /// The mistake that is planted.
    pub bug: Option<Bug>,
    start: Millis,
    logs: BTreeMap<Place, Log>,
    offsets: BTreeMap<Place, Stored>,
    producers: BTreeMap<String, Producer>,
    transactions: BTreeMap<Serial, Transaction>,
    serials: Serial,
    random: Random,
}

impl Cluster {
    /// Of empty topics; the wall clock begins at `start`.
    pub fn new(
        clock: Clock,
        (names, changelog): (Names, String),
        partitions: i32,
        start: Millis,
        random: Random,
    ) -> Cluster {
        Cluster {
            clock,
            names,
            changelog,
            partitions,
            group: Group::new(partitions),
            members: BTreeMap::new(),
            trace: Trace::default(),
            broken: Vec::new(),
            stalls: BTreeMap::new(),
            still: BTreeSet::new(),
            doomed: BTreeMap::new(),
            cut: BTreeSet::new(),
            leaderless: BTreeSet::new(),
            flaky: BTreeMap::new(),
            markers_take: 50_000,
            tombstones_stay: 0,
            jumped: 0,
            bug: None,
            start,
            logs: BTreeMap::new(),
            offsets: BTreeMap::new(),
            producers: BTreeMap::new(),
            transactions: BTreeMap::new(),
            serials: 0,
            random,
        }
    }

    /// Notes what happened.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        let line = format!("{:>11} {}", self.clock.now(), line());
        self.trace.note(line);
    }

    /// What time it is.
    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    /// Milliseconds since 1970.
    pub fn wall(&self) -> Millis {
        self.start + self.now() as i64 * HOURS_A_SECOND * 3_600 / 1_000 + self.jumped
    }

    /// A partition.
    pub fn log(&mut self, topic: &str, partition: i32) -> &mut Log {
        self.logs.entry((topic.to_owned(), partition)).or_default()
    }

    /// Whether a topic's partition has no leader.
    pub fn lacks_leader(&self, topic: &str, partition: i32) -> bool {
        self.leaderless.contains(&(topic.to_owned(), partition))
    }

    /// All partitions of a topic.
    pub fn logs(&self, topic: &str) -> impl Iterator<Item = (i32, &Log)> {
        self.logs.iter().filter(move |((name, _), _)| name == topic).map(|((_, number), log)| (*number, log))
    }

    /// The partition of a key.
    pub fn partition_of(&self, key: &[u8]) -> i32 {
        let hash = key.iter().fold(17_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        (hash % self.partitions.unsigned_abs().max(1) as u64) as i32
    }

    /// Somebody else writes a record into a topic.
    pub fn feed(&mut self, topic: &str, key: &[u8], value: Option<Vec<u8>>) {
        let (number, written_at) = (self.partition_of(key), self.wall());
        let data = Data { key: Some(key.to_vec()), value, headers: Vec::new(), written_at };
        let offset = self.log(topic, number).append(data, None);
        self.note(|| format!("feed {topic}/{number}@{offset}"));
    }

    /// A record arrives.
    pub fn take(&mut self, fed: &Fed) {
        let topic = self.names.of(fed.topic).to_owned();
        if !fed.aborted {
            self.feed(&topic, fed.account.as_bytes(), fed.value.clone());
            return;
        }
        self.serials += 1;
        let (serial, number, written_at) =
            (self.serials, self.partition_of(fed.account.as_bytes()), self.wall());
        let key = Some(fed.account.as_bytes().to_vec());
        let data = Data { key, value: fed.value.clone(), headers: Vec::new(), written_at };
        let log = self.log(&topic, number);
        log.append(data, Some(serial));
        log.mark(serial, false);
        self.note(|| format!("feed {topic}/{number}, aborted"));
    }

    fn behind(&self) -> impl Iterator<Item = (&Place, i64)> {
        let names: Vec<&str> = Topic::ALL.iter().map(|topic| self.names.of(*topic)).collect();
        let input = self.logs.iter().filter(move |((name, _), _)| names.contains(&name.as_str()));
        input.filter_map(|(place, log)| {
            let next = self.offsets.get(place).map_or(0, |stored| stored.next);
            let unread = log.committed(next).count() as i64;
            (unread > 0).then_some((place, unread))
        })
    }

    /// How many records the group has yet to commit.
    pub fn unread(&self) -> i64 {
        self.behind().map(|(_, unread)| unread).sum()
    }

    /// The same in words, with who has what.
    pub fn left(&self) -> String {
        let behind: Vec<String> =
            self.behind().map(|((name, number), unread)| format!("{name}/{number}: {unread}")).collect();
        format!("unread {}; {:?}", behind.join(", "), self.group)
    }

    /// How much the pipeline has written.
    pub fn written(&self) -> i64 {
        self.logs.iter().filter(|((name, _), _)| *name == self.changelog).map(|(_, log)| log.end()).sum()
    }

    /// Where the group has come.
    pub fn stored(&self, place: &Place) -> Option<Stored> {
        self.offsets.get(place).copied()
    }

    /// Whether a transaction is yet to say where the group has come with one of these partitions.
    pub fn is_unstable(&self, partitions: &[i32]) -> bool {
        let mut open = self.transactions.values().flat_map(|transaction| &transaction.offsets);
        open.any(|((_, number), _)| partitions.contains(number))
    }

    /// Gives a transactional id to a caller; whoever had it is fenced, and what was open is aborted.
    pub fn take_id(&mut self, id: &str) -> u64 {
        let producer = self.producers.entry(id.to_owned()).or_default();
        producer.epoch += 1;
        let (epoch, open) = (producer.epoch, producer.open);
        if let Some(serial) = open {
            self.decide(serial, false);
        }
        self.note(|| format!("{id} has epoch {epoch}"));
        epoch
    }

    /// Whether nothing of an id's last transaction is left to be told.
    pub fn is_settled(&self, id: &str) -> bool {
        self.producers.get(id).is_none_or(|producer| producer.open.is_none())
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`Denied::Fenced`].
    pub fn begin(&mut self, id: &str, epoch: u64) -> Result<Serial, Denied> {
        let fenced = self.is_fenced(id, epoch);
        let producer = self.producers.entry(id.to_owned()).or_default();
        if fenced || producer.open.is_some() {
            return Err(Denied::Fenced);
        }
        self.serials += 1;
        producer.open = Some(self.serials);
        let began = self.clock.now();
        self.transactions
            .insert(self.serials, Transaction { id: id.to_owned(), began, ..Transaction::default() });
        Ok(self.serials)
    }

    fn is_fenced(&self, id: &str, epoch: u64) -> bool {
        self.bug != Some(Bug::ZombiesMayWrite)
            && self.producers.get(id).is_some_and(|producer| producer.epoch != epoch)
    }

    fn is_open(&self, serial: Serial) -> bool {
        self.transactions.get(&serial).is_some_and(|transaction| transaction.decided.is_none())
    }

    /// Writes a record in a transaction; returns its offset.
    ///
    /// # Errors
    /// [`Denied::Fenced`].
    pub fn produce(&mut self, serial: Serial, epoch: u64, place: Place, data: Data) -> Result<i64, Denied> {
        self.check(serial, epoch)?;
        let offset = self.logs.entry(place.clone()).or_default().append(data, Some(serial));
        if let Some(transaction) = self.transactions.get_mut(&serial) {
            transaction.logs.insert(place);
        }
        Ok(offset)
    }

    fn check(&self, serial: Serial, epoch: u64) -> Result<(), Denied> {
        let id = self.transactions.get(&serial).map(|transaction| transaction.id.as_str());
        let holds = id.is_some_and(|id| !self.is_fenced(id, epoch)) && self.is_open(serial);
        if holds { Ok(()) } else { Err(Denied::Fenced) }
    }

    /// Adds the group's offsets to a transaction, as a member.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn add_offsets(
        &mut self,
        serial: Serial,
        epoch: u64,
        member: MemberId,
        offsets: Vec<(Place, Stored)>,
    ) -> Result<(), Denied> {
        self.check(serial, epoch)?;
        if !self.group.admits(member) && self.bug != Some(Bug::AnyGenerationMayCommit) {
            return Err(Denied::Unowned);
        }
        if let Some(transaction) = self.transactions.get_mut(&serial) {
            transaction.offsets.extend(offsets);
        }
        Ok(())
    }

    /// Ends a transaction.
    ///
    /// # Errors
    /// [`Denied::Fenced`].
    pub fn end(&mut self, serial: Serial, epoch: u64, commit: bool) -> Result<(), Denied> {
        self.check(serial, epoch)?;
        self.decide(serial, commit);
        Ok(())
    }

    fn decide(&mut self, serial: Serial, commit: bool) {
        let (now, takes) = (self.clock.now(), self.markers_take);
        let Some(transaction) = self.transactions.get_mut(&serial) else { return };
        if transaction.decided.is_some() {
            return;
        }
        transaction.decided = Some(commit);
        let marks = transaction.logs.iter().cloned().map(Mark::Log).chain([Mark::Offsets]);
        transaction.marks = marks.map(|mark| (now + self.random.below(takes), mark)).collect();
        let id = transaction.id.clone();
        self.note(|| format!("{id} {} {serial}", if commit { "commits" } else { "aborts" }));
        self.turn();
    }

    /// Commits offsets outside of any transaction.
    pub fn commit_offsets(&mut self, offsets: Vec<(Place, Stored)>) {
        for (place, stored) in offsets {
            self.store(place, stored);
        }
    }

    fn store(&mut self, place: Place, stored: Stored) {
        let before = self.offsets.insert(place.clone(), stored);
        if before.is_some_and(|before| before.next > stored.next) {
            self.broken.push(format!("the offset of {place:?} went back from {before:?} to {stored:?}"));
        }
    }

    /// Does what is due: markers, time-outs, the group's.
    pub fn turn(&mut self) {
        let now = self.clock.now();
        self.group.turn(now);
        let old = |transaction: &Transaction| {
            transaction.decided.is_none() && now - transaction.began > TRANSACTION_TIMEOUT
        };
        let old = self.transactions.iter().filter(|(_, transaction)| old(transaction));
        for serial in old.map(|(serial, _)| *serial).collect::<Vec<_>>() {
            if let Some(producer) =
                self.transactions.get(&serial).and_then(|known| self.producers.get_mut(&known.id))
            {
                producer.epoch += 1;
            }
            self.decide(serial, false);
        }
        for serial in self.transactions.keys().copied().collect::<Vec<_>>() {
            self.mark(serial, now);
        }
    }

    fn mark(&mut self, serial: Serial, now: Micros) {
        let Some(transaction) = self.transactions.get_mut(&serial) else { return };
        let Some(committed) = transaction.decided else { return };
        let (due, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut transaction.marks).into_iter().partition(|(at, _)| *at <= now);
        transaction.marks = left;
        let id = transaction.marks.is_empty().then(|| transaction.id.clone());
        let mut offsets = Vec::new();
        for (_, mark) in due {
            match mark {
                Mark::Log(place) => self.logs.entry(place).or_default().mark(serial, committed),
                Mark::Offsets => offsets = std::mem::take(&mut transaction.offsets),
            }
        }
        if let Some(id) = id {
            self.transactions.remove(&serial);
            if let Some(producer) = self.producers.get_mut(&id) {
                producer.open = None;
            }
        }
        if committed {
            offsets.into_iter().for_each(|(place, stored)| self.store(place, stored));
        }
    }

    /// Compacts a topic that is compacted.
    pub fn compact(&mut self, topic: &str) {
        let before = self.wall() - self.tombstones_stay;
        self.note(|| format!("compact {topic}"));
        let logs = self.logs.iter_mut().filter(|((name, _), _)| name == topic);
        logs.for_each(|(_, log)| log.compact(before));
    }
}
