//! One partition number of the five input topics: its part of the core, its state, its offsets.

use std::time::{Duration, Instant};

use springtide_core::event::{Event, Topic};
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::partition::{Partition, Progress, Verdict};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;
use springtide_store::{PartitionBacking, PartitionCommit, PartitionMeta, Store, StoreError};
use std::sync::Arc;

use crate::settings::Settings;

/// What an account takes in memory, for a number of accounts to be a budget.
const TYPICAL_ACCOUNT_BYTES: usize = 32 << 10;

/// Where the group had come with a partition number.
#[derive(Clone, Copy, Debug)]
pub struct Committed {
    /// The next offset to read, by topic; -1 where there is none.
    pub offsets: [i64; 5],
    /// Up to when timers were told.
    pub clock: Option<Millis>,
}

impl Committed {
    /// The beginning.
    pub const NOTHING: Committed = Committed { offsets: [-1; 5], clock: None };
}

/// One partition number of the five input topics.
pub struct Lane<'s> {
    number: i32,
    partition: Partition,
    backing: PartitionBacking<'s, dyn Store>,
    /// The next offset to read, by topic; -1 where none was read yet.
    offsets: [i64; 5],
    /// Where the group's committed offsets are ahead of the state: up to there everything was emitted
    /// already, and only the state is made again.
    silent_until: Committed,
    /// Whether the state is being made again: until a settlement has taken in everything before that.
    silent: bool,
    heard: [Instant; 5],
    /// Records since the last settlement.
    unsettled: usize,
    /// How many records a silent stretch may have that is settled at once.
    settled_at_once: usize,
    changed: bool,
    clock: Millis,
}

impl<'s> Lane<'s> {
    /// A partition as the store has it, and how much of it the group has told already.
    pub fn open(
        store: &'s (dyn Store + 'static),
        rules: Arc<Rules>,
        settings: &Settings,
        number: i32,
        committed: Committed,
    ) -> Result<Lane<'s>, StoreError> {
        let meta = store.meta(number)?.unwrap_or_default();
        let progress = Progress::restore(settings.lateness, meta.highest, meta.passed, meta.horizon);
        let mut lane = Lane {
            number,
            partition: Partition::new(rules, progress, store.erased(number)?.unwrap_or_default()),
            backing: PartitionBacking::new(store, number),
            offsets: meta.offsets,
            silent_until: committed,
            silent: false,
            heard: [Instant::now(); 5],
            unsettled: 0,
            settled_at_once: settings.commit_records,
            changed: false,
            clock: meta.clock,
        };
        // A commit of timers alone moves no offset, but its clock.
        lane.silent = !lane.behind().is_empty() || committed.clock.is_some_and(|clock| clock > meta.clock);
        if lane.silent {
            tracing::warn!(
                partition = number, state = ?meta.offsets, group = ?committed.offsets,
                "the state is behind what was committed; making it again from the topics, without emitting twice"
            );
        }
        Ok(lane)
    }

    /// Whether the state is being made again up to where the group had come.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Whether a record must wait until the state has come to where the group had: beyond that, records were
    /// not part of what was emitted.
    pub fn must_wait(&self, topic: Topic, offset: i64) -> bool {
        self.silent && offset >= self.silent_until.offsets[topic.index()].max(0)
    }

    /// Says that a topic has no records before an offset any more (deleted or compacted away).
    pub fn nothing_before(&mut self, topic: Topic, offset: i64) {
        let next = &mut self.offsets[topic.index()];
        *next = offset.max(*next);
    }

    /// Topics that have yet to come to where the group had, and where that is.
    pub fn behind(&self) -> Vec<(Topic, i64)> {
        let until = |topic: Topic| (topic, self.silent_until.offsets[topic.index()]);
        let behind = |(topic, until): &(Topic, i64)| self.offset(*topic).max(0) < *until;
        Topic::ALL.into_iter().map(until).filter(behind).collect()
    }

    /// The next offset to read of a topic; -1 where none was read yet.
    pub fn offset(&self, topic: Topic) -> i64 {
        self.offsets[topic.index()]
    }

    /// Notes that a record was read, whatever became of it.
    pub fn passed(&mut self, topic: Topic, offset: i64) {
        self.offsets[topic.index()] = offset + 1;
        self.heard[topic.index()] = Instant::now();
        self.unsettled += 1;
        self.partition.progress_mut().set_level(topic, false);
        self.changed = true;
    }

    /// Takes an event for the next commit.
    pub fn record(&mut self, event: Event) -> Result<Verdict, StoreError> {
        self.partition.record(&mut self.backing, event)
    }

    /// Topics that have been silent for so long that it is worth asking whether they are at their end.
    pub fn silent_topics(&self, idle_after: Duration) -> impl Iterator<Item = Topic> + '_ {
        Topic::ALL.into_iter().filter(move |topic| self.heard[topic.index()].elapsed() >= idle_after)
    }

    /// Says that a silent topic is at its end.
    pub fn set_idle(&mut self, topic: Topic) {
        self.partition.progress_mut().set_level(topic, true);
    }

    /// A stretch that one commit told is settled at once here too: ids and revisions follow from where
    /// settlements fall.
    fn defers(&self) -> bool {
        self.silent && self.unsettled < self.settled_at_once && !self.behind().is_empty()
    }

    /// Takes in what came since the last commit, with timers due by `clock`.
    pub fn settle(&mut self, clock: Millis) -> Result<Vec<Opportunity>, StoreError> {
        if self.defers() {
            return Ok(Vec::new());
        }
        self.unsettled = 0;
        // Timers due since the group's last commit were told to nobody: they wait for the settlement after.
        self.clock = self.silent_until.clock.filter(|_| self.silent).unwrap_or(clock);
        let emitted = self.partition.settle(&mut self.backing, self.clock, usize::MAX)?.emitted;
        if !self.silent {
            return Ok(emitted);
        }
        // Records beyond were held, so all of this was emitted before.
        self.silent = !self.behind().is_empty();
        Ok(Vec::new())
    }

    /// What the store must write, once Kafka has committed; `None` where nothing changed.
    pub fn cut(&mut self) -> Option<PartitionCommit> {
        if self.unsettled > 0 {
            return None;
        }
        let accounts = self.partition.cut();
        let deadlines = self.backing.take_deadlines();
        if !std::mem::take(&mut self.changed) && accounts.is_empty() && deadlines.is_empty() {
            return None;
        }
        let progress = self.partition.progress();
        let meta = PartitionMeta {
            offsets: self.offsets,
            highest: progress.highest(),
            passed: progress.passed(),
            horizon: progress.horizon(),
            clock: self.clock,
            ..PartitionMeta::default()
        };
        Some(PartitionCommit { accounts, deadlines, ..PartitionCommit::new(self.number, meta) })
    }

    /// The offsets for the group, by topic; none while the state is behind them.
    pub fn group_offsets(&self) -> impl Iterator<Item = (Topic, i64)> + '_ {
        let silent = !self.behind().is_empty();
        Topic::ALL
            .into_iter()
            .map(|topic| (topic, self.offset(topic)))
            .filter(move |(_, next)| !silent && *next >= 0)
    }

    /// Keeps memory bounded.
    pub fn evict(&mut self, keep: usize) {
        self.partition.keep_within(keep.saturating_mul(TYPICAL_ACCOUNT_BYTES));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use springtide_store::{Commit, Identity, MemoryStore};

    fn rules() -> Arc<Rules> {
        Arc::new(Rules::new("test", Vec::new(), Vec::new(), Default::default(), Default::default()))
    }

    fn store() -> MemoryStore {
        MemoryStore::new(&Identity::new("rules", "test"))
    }

    fn open<'s>(store: &'s (dyn Store + 'static), committed: Committed) -> Lane<'s> {
        Lane::open(store, rules(), &Settings::new("localhost:9092", "test"), 0, committed).unwrap()
    }

    #[test]
    fn records_beyond_the_groups_offsets_wait_until_a_settlement_has_come_there() {
        let store = store();
        let mut lane = open(&store, Committed { offsets: [2, -1, -1, -1, -1], clock: Some(7) });
        assert!(lane.must_wait(Topic::BusinessSignals, 0), "the group had none of them");
        assert!(!lane.must_wait(Topic::ProductUsage, 1) && lane.must_wait(Topic::ProductUsage, 2));
        lane.passed(Topic::ProductUsage, 0);
        lane.settle(100).unwrap();
        assert_eq!(lane.cut(), None, "one settlement is to take in the whole stretch");
        lane.passed(Topic::ProductUsage, 1);
        assert!(lane.must_wait(Topic::BusinessSignals, 0), "what was passed is not settled yet");
        lane.settle(100).unwrap();
        assert!(!lane.must_wait(Topic::BusinessSignals, 0));
        assert_eq!(
            lane.cut().unwrap().meta.clock,
            7,
            "timers due since then are told by the next settlement"
        );
    }

    #[test]
    fn a_lane_goes_on_where_its_last_commit_ended() {
        let store = store();
        let mut lane = open(&store, Committed::NOTHING);
        lane.passed(Topic::ProductUsage, 41);
        lane.settle(5).unwrap();
        let cut = lane.cut().unwrap();
        assert_eq!(lane.cut(), None, "nothing changed since");
        store.commit(&Commit { partitions: vec![cut] }).unwrap();
        let lane = open(&store, Committed { offsets: [42, -1, -1, -1, -1], clock: Some(5) });
        assert_eq!((lane.offset(Topic::ProductUsage), lane.is_silent()), (42, false));
    }

    #[test]
    fn a_commit_of_timers_alone_that_the_store_lacks_is_not_told_again() {
        let store = store();
        assert!(open(&store, Committed { offsets: [-1; 5], clock: Some(5) }).is_silent());
    }
}
