//! A worker's Kafka, simulated: a member of the group that reads and writes transactions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use springtide_core::event::Topic;
use springtide_core::time::Millis;
use springtide_runtime::RunError;
use springtide_runtime::assignment::Change;
use springtide_runtime::fault::KafkaError;
use springtide_runtime::kafka::{Kafka, OwnedRecord, Places, Side, Stretch};
use springtide_runtime::lane::Committed;
use springtide_runtime::sink::{Transaction, Written};
use springtide_store::Store;
use uuid::Uuid;

use super::{CALL, End, GIVE_UP, Line, failed, micros, read, record};
use crate::bug::Bug;
use crate::cluster::{Denied, Stored};
use crate::group::{MemberId, Said};
use crate::log::{Data, Serial};
use crate::random::Random;
use crate::stage::Actor;

/// Records of a transaction between which the turn is handed back.
const CHUNK: usize = 16;

/// A member of the group.
pub struct Member {
    end: End,
    id: MemberId,
    changes: Vec<Change>,
    /// What is read, by partition: the next offset.
    reading: BTreeMap<(Topic, i32), i64>,
    fetched: VecDeque<OwnedRecord>,
    transactional_id: String,
    epoch: Option<u64>,
    /// For mistakes in which the store is written at the wrong time.
    store: Arc<dyn Store>,
}

impl Member {
    /// Joins the group.
    pub fn join(line: Line, actor: Actor, random: Random, store: Arc<dyn Store>) -> Member {
        let (id, transactional_id) = {
            let mut cluster = line.cluster();
            let now = cluster.now();
            let id = cluster.group.join(now);
            cluster.members.insert(line.who(), id);
            (id, format!("sim-{}-{}", line.process, line.worker))
        };
        let end = End { line, actor, random: RefCell::new(random) };
        let mut member = Member {
            end,
            id,
            changes: Vec::new(),
            reading: BTreeMap::new(),
            fetched: VecDeque::new(),
            transactional_id,
            epoch: None,
            store,
        };
        member.begin_epoch();
        member
    }

    /// Stands still with all that was taken, where that was planned.
    fn stall(&self) {
        let line = &self.end.line;
        let planned = line.cluster().stalls.remove(&line.process);
        if let Some(time) = planned {
            line.cluster().still.insert(line.who());
            self.end.actor.pass(time);
            line.cluster().still.remove(&line.who());
        }
    }

    fn begin_epoch(&mut self) {
        let id = &self.transactional_id;
        self.epoch = (!self.end.is_cut()).then(|| self.end.line.cluster().take_id(id));
    }

    fn is_planted(&self, bug: Bug) -> bool {
        self.end.line.cluster().bug == Some(bug)
    }

    /// Begins, writes and commits, with the turn handed back in between.
    fn write(&self, transaction: &Transaction, epoch: u64) -> Result<Written, RunError> {
        let serial = self.begin(epoch)?;
        match self.fill(transaction, serial, epoch) {
            Ok(ends) => {
                self.finish(serial, epoch)?;
                Ok(Written { state: transaction.state.clone(), changelog_ends: ends })
            }
            Err(error) => {
                let aborted = self.end.call("aborting").map(|mut cluster| cluster.end(serial, epoch, false));
                match aborted {
                    Ok(Ok(())) => Err(error),
                    _ => Err(spent()),
                }
            }
        }
    }

    fn begin(&self, epoch: u64) -> Result<Serial, RunError> {
        let until = self.end.actor.now() + GIVE_UP;
        loop {
            let mut cluster = self.end.call("beginning a transaction")?;
            if cluster.is_settled(&self.transactional_id) {
                return cluster.begin(&self.transactional_id, epoch).map_err(denied);
            }
            drop(cluster);
            if self.end.actor.now() > until {
                return Err(failed("beginning a transaction"));
            }
            self.end.actor.pass(5_000);
        }
    }

    fn fill(
        &self,
        transaction: &Transaction,
        serial: Serial,
        epoch: u64,
    ) -> Result<BTreeMap<i32, i64>, RunError> {
        for chunk in transaction.records.chunks(CHUNK) {
            let mut cluster = self.end.call("writing")?;
            let written_at = cluster.wall();
            for out in chunk {
                let number = cluster.partition_of(out.key.as_deref().unwrap_or_default());
                if cluster.lacks_leader(&out.topic, number) {
                    drop(cluster);
                    return self.give_up("writing");
                }
                let (key, value, headers) = (out.key.clone(), out.value.clone(), out.headers.clone());
                let data = Data { key, value, headers, written_at };
                cluster.produce(serial, epoch, (out.topic.to_string(), number), data).map_err(denied)?;
            }
        }
        let mut ends = BTreeMap::new();
        for (number, entries) in &transaction.state {
            for chunk in entries.chunks(CHUNK) {
                let mut cluster = self.end.call("writing state")?;
                let (written_at, place) = (cluster.wall(), (cluster.changelog.clone(), *number));
                if cluster.lacks_leader(&place.0, *number) {
                    drop(cluster);
                    return self.give_up("writing state");
                }
                for entry in chunk {
                    let (key, value) = (Some(entry.key.clone()), entry.value.clone());
                    let data = Data { key, value, headers: Vec::new(), written_at };
                    let offset = cluster.produce(serial, epoch, place.clone(), data).map_err(denied)?;
                    ends.insert(*number, offset + 1);
                }
            }
        }
        if !transaction.positions.is_empty() {
            let mut cluster = self.end.call("adding offsets")?;
            cluster.add_offsets(serial, epoch, self.id, stored(transaction)).map_err(denied)?;
        }
        Ok(ends)
    }

    /// What is waited for in vain.
    fn give_up<T>(&self, doing: &'static str) -> Result<T, RunError> {
        self.end.actor.pass(GIVE_UP);
        Err(failed(doing))
    }

    /// The last call: where it is not answered, nobody knows what became of it.
    fn finish(&self, serial: Serial, epoch: u64) -> Result<(), RunError> {
        let lost = self.end.fails();
        match self.end.call("committing") {
            Ok(mut cluster) => {
                cluster.end(serial, epoch, true).map_err(denied)?;
                let unnoticed = cluster.bug == Some(Bug::UnknownCountsAsDone);
                let doom = cluster.doomed.get_mut(&self.end.line.process).map(|doom| *doom = true);
                drop(cluster);
                // Killed here, the disk is behind what was committed.
                self.end.actor.pass(if doom.is_some() { GIVE_UP } else { 1_000 });
                if lost && !unnoticed { Err(spent()) } else { Ok(()) }
            }
            Err(_) if self.is_planted(Bug::UnknownCountsAsDone) => Ok(()),
            Err(_) => Err(spent()),
        }
    }
}

/// Neither committed nor aborted, as far as anybody knows.
fn spent() -> RunError {
    RunError::Spent { why: Box::new(KafkaError::Canceled), cause: Box::new(KafkaError::Canceled) }
}

fn denied(denied: Denied) -> RunError {
    match denied {
        Denied::Fenced => RunError::Fenced(KafkaError::Canceled),
        Denied::Unowned => RunError::Unowned(KafkaError::Canceled),
    }
}

fn stored(transaction: &Transaction) -> Vec<((String, i32), Stored)> {
    let positions = transaction.positions.iter();
    positions
        .map(|at| ((at.topic.clone(), at.partition), Stored { next: at.next, written_at: at.written_at }))
        .collect()
}

impl Kafka for Member {
    type Record = OwnedRecord;

    fn hear(&mut self) -> Result<bool, RunError> {
        self.end.actor.pass(1);
        if self.end.is_cut() {
            return Ok(false);
        }
        let mut cluster = self.end.line.cluster();
        if !cluster.group.knows(self.id) {
            // Expelled: told once, and joined anew after it has let go.
            if !self.changes.contains(&Change::Revoked) {
                self.changes.push(Change::Revoked);
            }
            return Ok(false);
        }
        let said = cluster.group.hear(self.id);
        for said in said {
            cluster.note(|| format!("member {} hears {said:?}", self.id));
            self.changes.push(match said {
                Said::Revoked => Change::Revoked,
                Said::Assigned(numbers) => {
                    let names = &cluster.names;
                    let all = Topic::ALL.into_iter().map(|topic| names.of(topic).to_owned());
                    let with = |name: String| numbers.iter().map(move |number| (name.clone(), *number));
                    Change::Assigned(all.flat_map(with).collect())
                }
            });
        }
        Ok(false)
    }

    fn changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn is_lost(&self) -> bool {
        let cluster = self.end.line.cluster();
        !cluster.group.knows(self.id) && cluster.bug != Some(Bug::LossUnnoticed)
    }

    fn read(&mut self, from: &[(Topic, i32, i64)]) -> Result<(), RunError> {
        if !self.is_planted(Bug::RevokedBufferKept) {
            self.fetched.clear();
        }
        self.reading = from.iter().map(|(topic, number, next)| ((*topic, *number), (*next).max(0))).collect();
        Ok(())
    }

    fn let_go(&mut self) -> Result<(), RunError> {
        if !self.is_planted(Bug::RevokedBufferKept) {
            self.fetched.clear();
            self.reading.clear();
        }
        let mut cluster = self.end.line.cluster();
        let now = cluster.now();
        if cluster.group.knows(self.id) {
            cluster.group.let_go(self.id, now);
        } else {
            self.id = cluster.group.join(now);
            cluster.members.insert(self.end.line.who(), self.id);
        }
        Ok(())
    }

    fn fetch(&mut self, timeout: Duration) {
        if !self.fetched.is_empty() {
            return;
        }
        let until = self.end.actor.now() + micros(timeout);
        loop {
            self.end.actor.pass(1 + self.end.random.borrow_mut().below(CALL));
            if !self.end.is_cut() {
                self.take_some();
            }
            let now = self.end.actor.now();
            if !self.fetched.is_empty() || now >= until {
                return;
            }
            self.end.actor.pass((until - now).min(50_000));
        }
    }

    fn next(&mut self) -> Option<Result<OwnedRecord, RunError>> {
        self.fetched.pop_front().map(Ok)
    }

    fn group_offsets(&self, partitions: &[i32]) -> Result<BTreeMap<i32, Committed>, RunError> {
        self.end.group_offsets(partitions)
    }

    fn bounds(&self, partitions: &[i32], which: Side) -> Result<Places, RunError> {
        let mut cluster = self.end.call("asking how far the topics go")?;
        let mut found = Places::new();
        for number in partitions {
            for topic in Topic::ALL {
                let name = cluster.names.of(topic).to_owned();
                if cluster.lacks_leader(&name, *number) {
                    return Err(failed("asking how far the topics go"));
                }
                let log = cluster.log(&name, *number);
                let at = if which == Side::Beginning { log.beginning() } else { log.stable() };
                found.insert((*number, topic), at);
            }
        }
        Ok(found)
    }

    fn reached(&self, topic: Topic, places: &[(i32, i64)]) -> Result<BTreeSet<i32>, RunError> {
        let mut cluster = self.end.call("looking for a topic's end")?;
        let name = cluster.names.of(topic).to_owned();
        if places.iter().any(|(number, _)| cluster.lacks_leader(&name, *number)) {
            return Err(failed("looking for a topic's end"));
        }
        let at_end = |(number, next): &&(i32, i64)| {
            let log = cluster.log(&name, *number);
            log.stable() == log.end() && log.committed((*next).max(0)).next().is_none()
        };
        Ok(places.iter().filter(at_end).map(|(number, _)| *number).collect())
    }

    fn written_after(&self, wanted: &Stretch<'_>, _: Instant) -> Result<Vec<OwnedRecord>, RunError> {
        let mut cluster = self.end.call("reading a stretch again")?;
        let name = cluster.names.of(wanted.topic).to_owned();
        if cluster.lacks_leader(&name, wanted.partition) {
            return Err(failed("reading a stretch again"));
        }
        let log = cluster.log(&name, wanted.partition);
        let found = log.committed(0).filter(|(offset, data)| {
            *offset < wanted.upto
                && data.written_at > wanted.after
                && data.key.as_deref() == Some(wanted.key)
                && data.value.is_some()
        });
        Ok(found.map(|(offset, data)| record(&name, wanted.partition, offset, data)).collect())
    }

    fn open_transactions(&mut self) -> Result<(), RunError> {
        self.epoch = None;
        Ok(())
    }

    fn is_ready(&mut self) -> Result<bool, RunError> {
        self.end.actor.pass(1_000);
        if self.epoch.is_none() {
            self.begin_epoch();
        }
        let settled = self.end.line.cluster().is_settled(&self.transactional_id);
        Ok(settled && self.epoch.is_some())
    }

    fn commit(&mut self, transaction: Transaction) -> Result<Written, RunError> {
        self.stall();
        let Some(epoch) = self.epoch else { return Err(failed("committing without a producer")) };
        if self.is_planted(Bug::StateBeforeCommit) {
            let all: Vec<_> = transaction.state.iter().flat_map(|(_, entries)| entries.clone()).collect();
            self.store.write(&all)?;
        }
        if self.is_planted(Bug::OffsetsBeforeOutput) {
            self.end.line.cluster().commit_offsets(stored(&transaction));
            self.end.actor.pass(CALL);
        }
        self.write(&transaction, epoch)
    }

    fn now(&self) -> Instant {
        self.end.now()
    }

    fn wall_clock(&self) -> Millis {
        self.end.line.cluster().wall()
    }

    fn pause(&self, time: Duration) {
        self.end.actor.pass(micros(time));
    }

    fn random(&self) -> Uuid {
        let mut random = self.end.random.borrow_mut();
        Uuid::from_u64_pair(random.number(), random.number())
    }

    fn leave(&mut self) {
        // A process that was killed says nothing.
        if !std::thread::panicking() && !self.end.is_cut() {
            let mut cluster = self.end.line.cluster();
            let now = cluster.now();
            cluster.group.leave(self.id, now);
        }
    }
}

impl Member {
    /// Fetches from one of the partitions that have something.
    fn take_some(&mut self) {
        let mut cluster = self.end.line.cluster();
        let dirty = cluster.bug == Some(Bug::AbortedInputIsRead);
        let mut some: Vec<((Topic, i32), Vec<OwnedRecord>, i64)> = Vec::new();
        for ((topic, number), next) in &self.reading {
            let name = cluster.names.of(*topic).to_owned();
            if cluster.lacks_leader(&name, *number) {
                continue;
            }
            let log = cluster.log(&name, *number);
            let found = read(log, *next, dirty, |offset, data| record(&name, *number, offset, data));
            let after = found.last().map_or(log.stable().max(*next), |last| last.offset + 1);
            some.push(((*topic, *number), found, after));
        }
        drop(cluster);
        some.retain(|(_, found, _)| !found.is_empty());
        let chosen = self.end.random.borrow_mut().below(some.len() as u64) as usize;
        if let Some((place, found, after)) = some.into_iter().nth(chosen) {
            self.fetched.extend(found);
            self.reading.insert(place, after);
        }
    }
}
