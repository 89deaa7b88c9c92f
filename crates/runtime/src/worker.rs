//! The loop: poll, hand each record to its lane, commit; on a thread that does nothing else.

pub(crate) mod bounds;
mod causes;
mod commit;
mod erasure;
mod goal;
mod heirs;
mod intake;
mod ownership;
mod succession;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use springtide_core::event::Topic;
use springtide_store::Store;

use crate::board::{Pulse, Report};
use crate::changelog::{Changelog, Ticket};
use crate::control::Control;
use crate::decode::Decoder;
use crate::encode::Encoder;
use crate::fault::RunError;
use crate::kafka::Kafka;
use crate::lane::Lane;
use crate::lease::{Lease, Leases};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::rulebook::Rulebook;
use crate::settings::Settings;
use crate::traces::Traces;
use crate::warming::Bench;
use goal::Goal;
use heirs::Heirs;

pub(crate) use commit::Batch;
pub use commit::Summary;
pub(crate) use intake::{Intake, Judge, Taken};

/// How often silent topics are asked whether they are at their end.
const IDLE_CHECK: Duration = Duration::from_secs(30);
/// How often it is looked whether more than markers stand before where a topic ended.
const LOOK_AROUND: Duration = Duration::from_millis(200);
/// How long a worker that lost its partitions waits to hear of it from its group.
const WAIT_FOR_GROUP: Duration = Duration::from_secs(30);
/// What part of a commit interval records are taken at least, where committing takes most of one: one in so many.
const LEAST_PART: u32 = 2;
/// The least that librdkafka waits for: what is left of an interval would be spent asking again and again.
const LEAST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_REST: Duration = Duration::from_secs(10);

/// What the workers of a process share.
pub struct Shop<'s> {
    /// Where and how it runs.
    pub settings: &'s Settings,
    /// The rules, and those to come.
    pub book: Rulebook,
    /// Where those to come are warmed up.
    pub bench: Arc<Bench>,
    /// Where state is kept.
    pub store: &'s (dyn Store + 'static),
    /// Who brings state back.
    pub changelog: &'s Changelog,
    /// Who may write which partition's state.
    pub leases: Leases,
    /// Figures.
    pub metrics: Metrics,
    /// How others end it.
    pub control: &'s Control,
    /// How many partitions the input topics have.
    pub partitions: i32,
    /// Schemas of Avro values, where there are such.
    pub registry: Option<Arc<Registry>>,
    /// Writes opportunities.
    pub encoder: Encoder,
    /// Where spans go.
    pub traces: Traces,
    /// This process among all of the pipeline: what its transactional ids are made of.
    pub instance: String,
}

/// One member of the group.
pub struct Worker<'s, K: Kafka> {
    shop: &'s Shop<'s>,
    number: usize,
    kafka: K,
    sink_ready: bool,
    pulse: Arc<Pulse>,
    /// Whether the group has ever given us partitions, or none.
    answered: bool,
    /// Partitions that the group gave us.
    owned: BTreeSet<i32>,
    /// Those of them whose state is there.
    lanes: BTreeMap<i32, Lane<'s>>,
    /// What new rules are warmed up with.
    heirs: Heirs<'s>,
    /// When it was last looked whether they have come to topics' ends.
    leveled: Instant,
    /// The others, with the right to write their state once we have it, and what the changelog was asked.
    opening: BTreeMap<i32, Option<(Lease, Ticket)>>,
    /// Topics' partitions that wait for a schema.
    held: BTreeMap<(Topic, i32), u32>,
    /// Those of which nothing is there from where we are; read from their beginning, they may come to it.
    beyond: BTreeSet<(Topic, i32)>,
    decoder: Decoder,
    /// Partitions of which only the profiles are read yet.
    waiting_for_profiles: BTreeSet<i32>,
    /// Since when the group has taken our partitions and not given new ones.
    between: Option<Instant>,
    /// No partition is opened before this.
    rest_until: Instant,
    failures: u32,
    batch: Batch,
    summary: Summary,
    goal: Option<Goal>,
    /// When the last commit was due.
    due: Instant,
    /// How long the last one took.
    commit_took: Duration,
    looked_around: Instant,
    idle_checked: Instant,
}

impl<'s, K: Kafka> Worker<'s, K> {
    /// Begins to work as a member of the group.
    pub fn new(shop: &'s Shop<'s>, number: usize, kafka: K) -> Result<Worker<'s, K>, RunError> {
        let now = kafka.now();
        let mut worker = Worker {
            shop,
            number,
            kafka,
            sink_ready: false,
            pulse: shop.control.board().pulse(number),
            answered: false,
            owned: BTreeSet::new(),
            lanes: BTreeMap::new(),
            heirs: Heirs::new(shop),
            leveled: now,
            opening: BTreeMap::new(),
            held: BTreeMap::new(),
            beyond: BTreeSet::new(),
            decoder: Decoder::new(shop.settings, shop.registry.clone())?,
            between: None,
            rest_until: now,
            failures: 0,
            batch: Batch::default(),
            summary: Summary::default(),
            goal: None,
            due: now,
            commit_took: Duration::ZERO,
            looked_around: now,
            waiting_for_profiles: BTreeSet::new(),
            idle_checked: now,
        };
        worker.set_goal()?;
        Ok(worker)
    }

    /// Works until it is told to end, or has caught up where it was told to.
    pub fn work(mut self) -> Result<Summary, RunError> {
        while !self.shop.control.stopping() {
            self.await_sink()?;
            let opened = self.open_lanes();
            self.stands(opened)?;
            let taken = self.take_batch();
            self.stands(taken)?;
            let idle = self.batch.load.records == 0;
            if self.commit_or_begin_again()? {
                let followed = self.follow_rules();
                self.stands(followed)?;
            }
            self.report();
            self.let_held_go()?;
            self.let_others_in()?;
            self.ask_about_silence();
            self.set_goal()?;
            if idle && self.look_around()? && self.commit_or_begin_again()? {
                break;
            }
        }
        self.commit_or_begin_again()?;
        self.shop.metrics.partitions(self.number, 0);
        self.shop.control.board().leave(self.number);
        tracing::info!(
            worker = self.number,
            events = self.summary.events,
            revisions = self.summary.revisions,
            "committed and ended"
        );
        Ok(self.summary)
    }

    /// When nothing came: was that all? True at the goal.
    fn look_around(&mut self) -> Result<bool, RunError> {
        if self.since(self.looked_around) < LOOK_AROUND {
            return Ok(false);
        }
        self.looked_around = self.kafka.now();
        match self.pass_what_is_no_record() {
            Err(error) if !error.may_pass() => Err(error),
            Err(error) => {
                tracing::warn!(%error, "can't tell where the topics end");
                Ok(false)
            }
            Ok(()) => {
                self.let_others_in()?;
                Ok(self.goal.is_some() && self.is_at_goal()?)
            }
        }
    }

    /// Reads the other topics of lanes whose profiles have come to where they ended.
    fn let_others_in(&mut self) -> Result<(), RunError> {
        let come = |lane: &Lane<'_>| lane.is_open_to(Topic::ProductUsage);
        let before = self.waiting_for_profiles.len();
        let lanes = &self.lanes;
        self.waiting_for_profiles.retain(|number| lanes.get(number).is_some_and(|lane| !come(lane)));
        if self.waiting_for_profiles.len() < before { self.read_on() } else { Ok(()) }
    }

    /// Where it is to end at what the topics hold by now.
    fn set_goal(&mut self) -> Result<(), RunError> {
        let wanted = self.shop.settings.until_caught_up || self.shop.control.draining();
        if !wanted || self.goal.is_some() {
            return Ok(());
        }
        match self.find_goal() {
            Ok(goal) => self.goal = Some(goal),
            Err(error) if error.may_pass() => tracing::warn!(%error, "trying again"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Takes records until it is time to commit. Polls at least once, and again after each change of the
    /// assignment, since that may have taken a transaction.
    fn take_batch(&mut self) -> Result<(), RunError> {
        let due = self.next_due();
        loop {
            let now = self.kafka.now();
            self.pulse.beat(now);
            let left = Some(due.saturating_duration_since(now)).filter(|left| *left >= LEAST_WAIT);
            let left = left.unwrap_or_default();
            self.poll(left)?;
            let followed = self.follow_assignment()?;
            if self.batch.load.waiting >= bounds::SETTLE_ACCOUNTS {
                self.settle_arrivals()?;
            }
            if !followed && (left.is_zero() || self.is_full() || self.shop.control.stopping()) {
                break;
            }
        }
        Ok(())
    }

    fn next_due(&mut self) -> Instant {
        let interval = self.shop.settings.commit_interval;
        self.due = next_due(self.due, self.kafka.now(), interval, self.commit_took);
        self.due
    }

    fn is_full(&self) -> bool {
        let settings = self.shop.settings;
        self.batch.load.is_full(settings.commit_records, settings.share_bytes())
    }

    /// Says how far it is, for metrics and health.
    fn report(&self) {
        let lanes = self.lanes.values().map(Lane::place).collect();
        let joined = self.answered && self.between.is_none();
        self.shop.metrics.waiting_for_schema(self.number, self.held.len());
        self.shop.metrics.partitions(self.number, self.lanes.len());
        let (owned, writes) = (self.owned.len(), self.sink_ready);
        self.shop.control.board().report(self.number, Report { joined, writes, owned, lanes });
    }

    /// Waits for the producer without keeping the group waiting.
    fn await_sink(&mut self) -> Result<(), RunError> {
        if self.sink_ready || self.kafka.now() < self.rest_until {
            return Ok(());
        }
        match self.kafka.is_ready() {
            Ok(ready) => self.sink_ready = ready,
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "no transactions yet; trying again");
                self.rest();
                self.kafka.open_transactions()?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn since(&self, then: Instant) -> Duration {
        self.kafka.now().saturating_duration_since(then)
    }

    /// Waits a little longer after each failure that follows another.
    fn rest(&mut self) {
        self.failures += 1;
        let pause = Duration::from_millis(50) * 2_u32.saturating_pow(self.failures.min(10));
        self.rest_until = self.kafka.now() + pause.min(LONGEST_REST);
    }

    /// Commits; false where that failed, or can't be now, and what was taken is to be taken again.
    fn commit_or_begin_again(&mut self) -> Result<bool, RunError> {
        if self.between.is_some() {
            return Ok(false);
        }
        let committed = self.commit();
        self.stands(committed)
    }

    /// Whether something was done; where it was not and trying again may do better, it goes on from the last commit.
    fn stands(&mut self, done: Result<(), RunError>) -> Result<bool, RunError> {
        match done {
            Ok(()) => Ok(true),
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "going on from the last commit");
                self.begin_again(&error)?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// After a transaction that failed, or of which nobody knows: the changelog says what stands.
    fn begin_again(&mut self, error: &RunError) -> Result<(), RunError> {
        self.drop_lanes();
        self.cancel_openings();
        self.opening = self.owned.iter().map(|number| (*number, None)).collect();
        self.read_on()?;
        self.rest();
        match error {
            // The group tells soon; if it should not, our view may be right after all.
            RunError::Unowned(_) => self.rest_until = self.kafka.now() + WAIT_FOR_GROUP,
            RunError::Fenced(_) | RunError::Spent { .. } => {
                self.sink_ready = false;
                self.kafka.open_transactions()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A topic that is read to its end and silent holds nothing back (SPEC 3.1).
    fn ask_about_silence(&mut self) {
        let idle_after = self.shop.settings.idle_after;
        if self.since(self.idle_checked) < IDLE_CHECK.min(idle_after) {
            return;
        }
        let now = self.kafka.now();
        self.idle_checked = now;
        for topic in Topic::ALL {
            let name = self.shop.settings.names.of(topic);
            let silent = self.lanes.iter().filter(|(_, lane)| lane.is_silent(topic, idle_after, now));
            let silent: Vec<(i32, i64)> =
                silent.map(|(number, lane)| (*number, lane.offset(topic))).collect();
            match self.kafka.reached(topic, &silent) {
                Ok(ended) => self.lanes.iter_mut().filter(|(number, _)| ended.contains(number)).for_each(
                    |(number, lane)| {
                        lane.set_idle(topic);
                        self.heirs.set_idle(*number, topic);
                    },
                ),
                Err(error) => tracing::warn!(topic = name, %error, "can't tell its end"),
            }
        }
        let now = self.kafka.wall_clock();
        self.lanes.values_mut().for_each(|lane| lane.forget_erasures(now));
    }
}

/// When the next commit is due: so that what is read right after the last one is committed an interval later, if that
/// takes as long as it did. However long it takes, records are taken for a part of the interval; and however many commits
/// came before they were due, none waits longer than the interval.
fn next_due(last_due: Instant, now: Instant, interval: Duration, commit_took: Duration) -> Instant {
    let least = interval / LEAST_PART;
    let step = interval.saturating_sub(commit_took).max(least);
    (last_due + step).clamp(now + least, now + interval)
}

impl<K: Kafka> Drop for Worker<'_, K> {
    /// Leaves the group, however it ended.
    fn drop(&mut self) {
        self.lanes.clear();
        self.kafka.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_due_an_interval_after_the_last_and_never_later() {
        let ms = Duration::from_millis;
        let start = Instant::now();
        // When the last was due, now, and how long the last took: when the next is due, all in ms.
        let cases = [
            (100, 100, 0, 200),
            (100, 110, 10, 190),
            (100, 160, 60, 210), // for half of the interval records are taken
            (100, 500, 10, 550), // what was missed is not made up for
            (100, 20, 5, 120),   // the last came early, since its batch was full
        ];
        for (last_due, now, took, due) in cases {
            let found = next_due(start + ms(last_due), start + ms(now), ms(100), ms(took));
            assert_eq!(found, start + ms(due), "{last_due} {now} {took}");
        }
        let mut due = start;
        for _ in 0..1_000 {
            due = next_due(due, start, ms(100), ms(1));
        }
        assert_eq!(due, start + ms(100), "a backlog of full batches puts nothing off");
    }
}
