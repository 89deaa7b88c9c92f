//! One partition number of the five input topics: its part of the core, its state, its offsets.
//!
//! A lane is opened only once its state has come to where the group had: state, offsets and changelog are
//! written in one transaction, so the changelog brings back exactly what was told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use springtide_core::event::{Event, Topic};
use springtide_core::meaning::account::Bounds;
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::partition::{DueAtMost, Erased, Erasure, Partition, Progress, Verdict};
use springtide_core::rules::{DetectorId, Rules};
use springtide_core::time::Millis;
use springtide_store::{PartitionBacking, PartitionCommit, PartitionMeta, Store, StoreError};
use uuid::Uuid;

use crate::board::Place;
use crate::lease::Lease;
use crate::settings::Settings;

/// How often a lane to which nothing comes looks who is due: an idle pipeline would do little else.
const LOOK_WHO_IS_DUE: Duration = Duration::from_secs(1);

/// Where the group had come with a partition number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The next offset to read, by topic; `None` where there is none.
    pub offsets: [Option<i64>; 5],
    /// When that was decided.
    pub written_at: Option<Millis>,
}

/// Rules, and which they are of those that the pipeline has had.
#[derive(Clone, Debug)]
pub struct Under {
    /// Their number.
    pub generation: u32,
    /// The rules.
    pub rules: Arc<Rules>,
}

/// One partition number of the five input topics.
pub struct Lane<'s> {
    number: i32,
    under: Under,
    partition: Partition,
    backing: PartitionBacking<'s, dyn Store>,
    /// The next offset to read, by topic; -1 where none was read yet.
    offsets: [i64; 5],
    /// The offsets and the time of the last commit of them, as the group has them.
    committed: Committed,
    heard: [Instant; 5],
    /// By topic, when the record read last was written; `None` where the topic is at its end, or was never read.
    read_at: [Option<Millis>; 5],
    /// By topic, no record that was read was written later.
    latest_read_at: [Millis; 5],
    idle: [bool; 5],
    changed: bool,
    more_due: bool,
    /// When it was last settled.
    settled: Option<Instant>,
    clock: Millis,
    /// By topic, where it ended when the lane was opened.
    first_ends: [i64; 5],
    /// The changelog's next offset; `None` where it has nothing of this partition.
    changelog_offset: Option<i64>,
    /// Signals found since the last commit, by detector.
    signals: BTreeMap<DetectorId, u64>,
    /// Nobody else in this process may write this partition's state meanwhile.
    _lease: Lease,
}

impl<'s> Lane<'s> {
    /// A partition as the store has it.
    ///
    /// `first_ends` is where each topic ends now. Up to there the past is read: profiles first, so that a tombstone
    /// is known before what it does not cover, and timers follow the horizon, so that they fire knowing all that
    /// happened before. `fresh` is random: what erased accounts are hashed with, where nobody was erased yet.
    ///
    /// # Errors
    /// Where the state can't be read.
    pub fn open(
        store: &'s (dyn Store + 'static),
        under: Under,
        settings: &Settings,
        lease: Lease,
        committed: Committed,
        first_ends: [i64; 5],
        (now, fresh): (Instant, Uuid),
    ) -> Result<Lane<'s>, StoreError> {
        let number = lease.number();
        let meta = store.meta(number)?.unwrap_or_default();
        let progress = Progress::restore(settings.lateness, meta.highest, meta.passed, meta.horizon);
        Ok(Lane {
            number,
            partition: Partition::new(
                Arc::clone(&under.rules),
                progress,
                store.erased(number)?.unwrap_or_else(|| Erased::new(fresh)),
            ),
            under,
            backing: PartitionBacking::new(store, number),
            offsets: meta.offsets,
            committed,
            first_ends,
            heard: [now; 5],
            read_at: [None; 5],
            latest_read_at: meta.offsets.map(|next| if next > 0 { meta.written_at } else { Millis::MIN }),
            idle: [false; 5],
            changed: false,
            more_due: false,
            settled: None,
            clock: meta.clock,
            changelog_offset: meta.changelog_offset,
            signals: BTreeMap::new(),
            _lease: lease,
        })
    }

    /// How far it has come, for metrics.
    pub(crate) fn place(&self) -> Place {
        let progress = self.partition.progress();
        Place {
            number: self.number,
            offsets: self.offsets,
            highest: progress.highest(),
            horizon: progress.horizon(),
            holding: progress.holding(),
            read_at: self.read_at,
        }
    }

    /// What makes its state.
    pub fn under(&self) -> &Under {
        &self.under
    }

    /// How far back an event may still come.
    pub fn bounds(&self) -> Bounds {
        self.partition.progress().bounds().up_to_clock(self.clock)
    }

    /// The timers' clock as of the last settlement.
    pub fn clock(&self) -> Millis {
        self.clock
    }

    /// The partition's number.
    pub fn number(&self) -> i32 {
        self.number
    }

    /// Where the group had come at the last commit of it.
    pub fn committed(&self) -> Committed {
        self.committed
    }

    /// A topic of which the group had come further than the state, with both offsets: the changelog lacks
    /// something then.
    pub fn behind(&self) -> Option<(Topic, i64, i64)> {
        let behind = |topic: Topic| {
            let (group, own) = (self.committed.offsets[topic.index()]?, self.offset(topic).max(0));
            (group > own).then_some((topic, group, own))
        };
        Topic::ALL.into_iter().find_map(behind)
    }

    /// The next offset to read of a topic; -1 where none was read yet.
    pub fn offset(&self, topic: Topic) -> i64 {
        self.offsets[topic.index()]
    }

    /// Where a topic ended when the lane was opened, while that is not read yet.
    pub fn past_until(&self, topic: Topic) -> Option<i64> {
        let end = self.first_ends[topic.index()];
        (self.offset(topic).max(0) < end).then_some(end)
    }

    /// Whether a topic may be read: the others wait for the past of the profiles.
    pub fn is_open_to(&self, topic: Topic) -> bool {
        topic == Topic::AccountProfiles || self.past_until(Topic::AccountProfiles).is_none()
    }

    /// Whether what the topics held when it was opened is read.
    pub fn is_past_the_past(&self) -> bool {
        !self.is_in_the_past()
    }

    fn is_in_the_past(&self) -> bool {
        Topic::ALL.into_iter().any(|topic| self.past_until(topic).is_some())
    }

    /// Notes that a record was read by now, whatever became of it; `written_at` is its time in Kafka.
    pub fn passed(&mut self, topic: Topic, offset: i64, written_at: Millis, heard: Instant) {
        self.offsets[topic.index()] = offset + 1;
        self.heard[topic.index()] = heard;
        self.read_at[topic.index()] = Some(written_at);
        let latest = &mut self.latest_read_at[topic.index()];
        *latest = written_at.max(*latest);
        if std::mem::take(&mut self.idle[topic.index()]) {
            self.partition.progress_mut().set_level(topic, false);
        }
        self.changed = true;
    }

    /// Says that a topic has nothing to read before an offset: transactions' markers, records compacted away.
    pub fn nothing_before(&mut self, topic: Topic, offset: i64) {
        let next = &mut self.offsets[topic.index()];
        if offset > *next {
            *next = offset;
            self.changed = true;
        }
    }

    /// Takes an event for the next commit.
    ///
    /// # Errors
    /// Where the account's state can't be read.
    pub fn record(&mut self, event: Event) -> Result<Verdict, StoreError> {
        self.partition.record(&mut self.backing, event)
    }

    /// Whether a topic has been silent for so long that it is worth asking whether it is at its end.
    pub fn is_silent(&self, topic: Topic, idle_after: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.heard[topic.index()]) >= idle_after
    }

    /// Says that a silent topic is at its end.
    pub fn set_idle(&mut self, topic: Topic) {
        if !std::mem::replace(&mut self.idle[topic.index()], true) {
            let topic = topic.name();
            tracing::info!(
                partition = self.number,
                topic,
                "read to its end and silent: it holds time back no longer"
            );
        }
        self.partition.progress_mut().set_level(topic, true);
    }

    /// Whether an account was erased by a tombstone that was not written before this (SPEC 7.3).
    pub fn is_erased(&self, account: &str, written_at: Millis) -> bool {
        self.partition.is_erased(account, written_at)
    }

    /// Whether a record of a topic may have been read that was written after an instant.
    pub fn has_read_beyond(&self, topic: Topic, at: Millis) -> bool {
        self.latest_read_at[topic.index()] > at
    }

    /// Carries a tombstone out: of the account nothing stays but a hash. Returns the ids of its rows in the latest
    /// topic.
    ///
    /// # Errors
    /// Where state can't be read.
    pub fn erase(&mut self, account: &str, written_at: Millis) -> Result<Erasure, StoreError> {
        self.partition.erase(&mut self.backing, account, written_at)
    }

    /// Forgets erasures of which no record from before can be unread.
    pub fn forget_erasures(&mut self, now: Millis) {
        let read_up_to = |topic: Topic| {
            if self.idle[topic.index()] { Some(now) } else { self.read_at[topic.index()] }
        };
        let least = Topic::ALL.into_iter().map(read_up_to).collect::<Option<Vec<Millis>>>();
        if let Some(least) = least.and_then(|all| all.into_iter().min()) {
            self.partition.forget_erasures(least);
        }
    }

    /// How many accounts have events that the next settlement takes in.
    pub fn waiting(&self) -> usize {
        self.partition.waiting()
    }

    /// About how many bytes the accounts in memory take.
    pub fn resident_bytes(&self) -> usize {
        self.partition.resident_bytes()
    }

    /// Takes in what came since the last commit, with timers due by `clock`; of accounts that a timer or the
    /// horizon makes due no more than this, the rest waits for the next. Where nothing came, who is due may wait for a
    /// second.
    ///
    /// # Errors
    /// Where state can't be read.
    pub fn settle(
        &mut self,
        clock: Millis,
        due: DueAtMost,
        now: Instant,
    ) -> Result<Vec<Opportunity>, StoreError> {
        let since = |at| now.saturating_duration_since(at);
        let rested = self.settled.is_none_or(|at| since(at) >= LOOK_WHO_IS_DUE);
        if !(rested || self.changed || self.more_due || self.waiting() > 0) {
            return Ok(Vec::new());
        }
        self.settled = Some(now);
        let past = self.is_in_the_past();
        self.clock =
            if past { self.clock.max(clock.min(self.partition.progress().horizon())) } else { clock };
        let settled = self.partition.settle(&mut self.backing, self.clock, due)?;
        self.more_due = settled.more_due || past;
        for (detector, found) in settled.signals {
            *self.signals.entry(detector).or_default() += found;
        }
        Ok(settled.emitted)
    }

    /// Whether the last settlement left something due for the next.
    pub fn more_due(&self) -> bool {
        self.more_due
    }

    /// What the changelog and the store must write; `None` where nothing changed.
    pub fn cut(&mut self) -> Option<PartitionCommit> {
        let accounts = self.partition.cut();
        let deadlines = self.backing.take_deadlines();
        let erasures = self.partition.cut_erasures();
        let changed = std::mem::take(&mut self.changed) || erasures.is_some();
        if !changed && accounts.is_empty() && deadlines.is_empty() {
            return None;
        }
        Some(PartitionCommit {
            accounts,
            deadlines,
            erasures,
            ..PartitionCommit::new(self.number, self.meta())
        })
    }

    /// How far it has come, to be written with the state.
    pub fn meta(&self) -> PartitionMeta {
        let progress = self.partition.progress();
        PartitionMeta {
            offsets: self.offsets,
            highest: progress.highest(),
            passed: progress.passed(),
            horizon: progress.horizon(),
            clock: self.clock,
            changelog_offset: self.changelog_offset,
            written_at: 0,
        }
    }

    /// Whether the changelog has nothing of this partition yet.
    pub fn is_new(&self) -> bool {
        self.changelog_offset.is_none()
    }

    /// The offsets for the group, by topic.
    pub fn positions(&self) -> impl Iterator<Item = (Topic, i64)> + '_ {
        Topic::ALL.into_iter().map(|topic| (topic, self.offset(topic))).filter(|(_, next)| *next >= 0)
    }

    /// Notes that Kafka has committed what was cut: where the group is now, and where the changelog ends.
    pub fn stands(&mut self, written_at: Millis, changelog_end: Option<i64>) {
        let offsets = self.offsets.map(|next| (next >= 0).then_some(next));
        self.committed =
            Committed { offsets, written_at: offsets.iter().any(Option::is_some).then_some(written_at) };
        self.changelog_offset = changelog_end.or(self.changelog_offset);
    }

    /// How many signals were found since this was last asked, by detector.
    pub(crate) fn take_signals(&mut self) -> BTreeMap<DetectorId, u64> {
        std::mem::take(&mut self.signals)
    }

    /// Keeps memory bounded: once the store has the commit, accounts beyond this many bytes are let go.
    pub fn keep_within(&mut self, budget_bytes: usize) {
        self.partition.keep_within(budget_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lease::Leases;
    use springtide_store::{Commit, Identity, MemoryStore};

    fn rules() -> Arc<Rules> {
        Arc::new(Rules::new("test", Vec::new(), Vec::new(), Default::default(), Default::default()))
    }

    fn store() -> MemoryStore {
        MemoryStore::new(&Identity::new("rules", "test"))
    }

    fn open<'s>(store: &'s (dyn Store + 'static), offsets: [Option<i64>; 5]) -> Lane<'s> {
        let lease = Leases::default().acquire(0).unwrap();
        let committed = Committed { offsets, written_at: None };
        let settings = Settings::new("localhost:9092", "test");
        Lane::open(
            store,
            Under { generation: 0, rules: rules() },
            &settings,
            lease,
            committed,
            [0; 5],
            (Instant::now(), Uuid::new_v4()),
        )
        .unwrap()
    }

    #[test]
    fn a_lane_goes_on_where_its_last_commit_ended() {
        let store = store();
        let mut lane = open(&store, [None; 5]);
        assert!(lane.is_new());
        lane.passed(Topic::ProductUsage, 41, 0, Instant::now());
        lane.settle(5, 1.into(), Instant::now()).unwrap();
        let mut cut = lane.cut().unwrap();
        assert_eq!(lane.cut(), None, "nothing changed since");
        lane.stands(7, Some(3));
        let group = [Some(42), None, None, None, None];
        assert_eq!(lane.committed(), Committed { offsets: group, written_at: Some(7) });
        cut.meta.changelog_offset = Some(3);
        store.commit(&Commit { partitions: vec![cut] }).unwrap();
        let lane = open(&store, group);
        assert_eq!((lane.offset(Topic::ProductUsage), lane.is_new(), lane.behind()), (42, false, None));
    }

    #[test]
    fn a_group_that_is_ahead_of_the_state_is_noticed() {
        let store = store();
        let lane = open(&store, [None, Some(0), Some(2), None, None]);
        assert_eq!(lane.behind(), Some((Topic::EngagementSignals, 2, 0)));
    }

    #[test]
    fn what_can_never_be_read_is_passed_and_committed() {
        let store = store();
        let mut lane = open(&store, [None; 5]);
        lane.passed(Topic::ProductUsage, 4, 0, Instant::now());
        lane.nothing_before(Topic::ProductUsage, 3);
        assert_eq!(lane.offset(Topic::ProductUsage), 5, "never back");
        lane.cut();
        lane.nothing_before(Topic::ProductUsage, 6);
        assert_eq!(lane.cut().unwrap().meta.offsets[0], 6);
    }
}
