//! The copier's Kafka, simulated: a reader of the changelog.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use springtide_core::time::Millis;
use springtide_runtime::RunError;
use springtide_runtime::kafka::{Copied, Copying, OwnedRecord};
use springtide_runtime::lane::Committed;

use super::{CALL, End, Line, failed, micros, read, record};
use crate::bug::Bug;
use crate::random::Random;
use crate::stage::Actor;

/// The reader of the changelog.
pub struct Reader {
    end: End,
    following: BTreeMap<i32, i64>,
    fetched: VecDeque<Copied<OwnedRecord>>,
}

impl Reader {
    /// Connects.
    pub fn connect(line: Line, actor: Actor, random: Random) -> Reader {
        let end = End { line, actor, random: RefCell::new(random) };
        Reader { end, following: BTreeMap::new(), fetched: VecDeque::new() }
    }

    fn fetch(&mut self) {
        let mut cluster = self.end.line.cluster();
        let (topic, bug) = (cluster.changelog.clone(), cluster.bug);
        let dirty = bug == Some(Bug::UncommittedIsRestored);
        let readable = |number: &i32| !cluster.lacks_leader(&topic, *number);
        let numbers: Vec<i32> = self.following.keys().copied().filter(readable).collect();
        let Some(number) = self.end.random.borrow_mut().pick(&numbers) else { return };
        let next = self.following.get(&number).copied().unwrap_or_default();
        let log = cluster.log(&topic, number);
        let found = read(log, next, dirty, |offset, data| record(&topic, number, offset, data));
        let end = log.stable().max(next);
        match found.last() {
            Some(last) => {
                self.following.insert(number, last.offset + 1);
                let dropped = |record: &OwnedRecord| {
                    bug == Some(Bug::TombstonesIgnored) && record.value.is_none()
                        || bug == Some(Bug::TimersLost) && is_deadline(record)
                };
                self.fetched.extend(found.into_iter().filter(|r| !dropped(r)).map(Copied::Record));
            }
            None => {
                self.following.insert(number, end);
                self.fetched.push_back(Copied::End(number));
            }
        }
    }
}

fn is_deadline(record: &OwnedRecord) -> bool {
    use springtide_store::StoreKey;
    let key = record.key.as_deref().map(StoreKey::decode);
    matches!(key, Some(Ok(StoreKey::Deadline { .. })))
}

impl Copying for Reader {
    type Record = OwnedRecord;

    /// A seed says when, and no other thread.
    const WRITES_BESIDE: bool = false;

    fn group_offsets(&self, partitions: &[i32]) -> Result<BTreeMap<i32, Committed>, RunError> {
        self.end.group_offsets(partitions)
    }

    fn written(&self, number: i32) -> Result<i64, RunError> {
        let mut cluster = self.end.call("asking where the changelog ends")?;
        let topic = cluster.changelog.clone();
        let bug = cluster.bug;
        if cluster.lacks_leader(&topic, number) {
            return Err(failed("asking where the changelog ends"));
        }
        let log = cluster.log(&topic, number);
        Ok(if bug == Some(Bug::OpenTransactionsIgnored) { log.stable() } else { log.end() })
    }

    fn stable(&self, number: i32) -> Result<i64, RunError> {
        let mut cluster = self.end.call("asking where the changelog ends")?;
        let topic = cluster.changelog.clone();
        if cluster.lacks_leader(&topic, number) {
            return Err(failed("asking where the changelog ends"));
        }
        Ok(cluster.log(&topic, number).stable())
    }

    fn follow(&mut self, number: i32, from: Option<i64>) -> Result<(), RunError> {
        let skipped = self.end.line.cluster().bug == Some(Bug::TailSkipsOne);
        // Where it was left off stands the marker of the transaction before.
        let from = from.map_or(0, |from| from + if skipped { 2 } else { 0 });
        self.following.insert(number, from);
        Ok(())
    }

    fn unfollow(&mut self, number: i32) -> Result<(), RunError> {
        self.following.remove(&number);
        self.fetched.retain(|copied| match copied {
            Copied::Record(record) => record.partition != number,
            Copied::End(ended) | Copied::Astray(ended) => *ended != number,
        });
        Ok(())
    }

    fn has_fetched(&self) -> bool {
        !self.fetched.is_empty()
    }

    fn next(&mut self, timeout: Duration) -> Option<Result<Copied<OwnedRecord>, RunError>> {
        if self.fetched.is_empty() {
            let takes = 1 + self.end.random.borrow_mut().below(CALL);
            self.end.actor.pass(takes.max(micros(timeout).min(50_000)));
            if !self.end.is_cut() {
                self.fetch();
            }
        }
        self.fetched.pop_front().map(Ok)
    }

    fn now(&self) -> Instant {
        self.end.now()
    }

    fn wall_clock(&self) -> Millis {
        self.end.line.cluster().wall()
    }

    fn rest(&self, time: Duration, _: &mut dyn FnMut(Duration)) {
        self.end.actor.pass(micros(time));
    }
}
