//! The loop: poll, hand each record to its lane, commit; on a thread that does nothing else.

mod goal;
mod intake;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use springtide_core::event::Topic;
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;
use springtide_schema::opportunity_json;
use springtide_store::{Commit, Store};

use crate::assignment::{Assignments, Change};
use crate::control::Control;
use crate::fault::{RunError, while_doing};
use crate::lane::{Committed, Lane};
use crate::settings::Settings;
use crate::sink::{Outgoing, Position, Sink};
use crate::{clients, headers, layout};
use goal::Goal;

const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// How often silent topics are asked whether they are at their end.
const IDLE_CHECK: Duration = Duration::from_secs(30);
/// Transactions that may fail one after the other before a new start is the better answer.
const FAILURES_BORNE: u32 = 5;

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events that counted.
    pub events: u64,
    /// Records that can't be used.
    pub bad: u64,
    /// Events that came too late.
    pub late: u64,
    /// Revisions emitted.
    pub revisions: u64,
    /// Those that were an opportunity's first.
    pub opened: u64,
    /// Those that took one back.
    pub withdrawn: u64,
}

/// Runs a pipeline until it is told to end, or has caught up where it was told to.
///
/// # Errors
/// [`RunError`]; whatever was committed before stands, and a new start goes on from there.
pub fn run(
    settings: &Settings,
    rules: Arc<Rules>,
    store: Arc<dyn Store>,
    control: &Control,
) -> Result<Summary, RunError> {
    clients::check(settings)?;
    let partitions = layout::check(settings, &layout::wait_for_topics(settings, control)?)?;
    let assignments = Assignments::new(Arc::clone(&store), settings.names.clone());
    let consumer: BaseConsumer<Assignments> = clients::consumer(settings, assignments)?;
    let mut worker = Worker {
        settings,
        rules,
        store: &*store,
        sink: Sink::open(settings)?,
        consumer,
        control,
        lanes: BTreeMap::new(),
        batch: Batch::default(),
        waiting: Vec::new(),
        summary: Summary::default(),
        partitions,
        goal: None,
        failures: 0,
        idle_checked: Instant::now(),
        drained: None,
    };
    if settings.until_caught_up {
        worker.goal = Some(worker.find_goal()?);
    }
    worker.work()
}

struct Worker<'s> {
    settings: &'s Settings,
    rules: Arc<Rules>,
    store: &'s (dyn Store + 'static),
    sink: Sink,
    consumer: BaseConsumer<Assignments>,
    control: &'s Control,
    lanes: BTreeMap<i32, Lane<'s>>,
    batch: Batch,
    /// Paused until the state has come to where the group had.
    waiting: Vec<(String, i32)>,
    summary: Summary,
    partitions: i32,
    goal: Option<Goal>,
    failures: u32,
    idle_checked: Instant,
    /// When a poll last found nothing.
    drained: Option<Instant>,
}

/// What was taken since the last commit.
#[derive(Default)]
struct Batch {
    /// Records read.
    records: usize,
    /// To be written with the commit.
    outgoing: Vec<Outgoing>,
    /// What the summary gets once the commit stands.
    counts: Summary,
}

impl Worker<'_> {
    fn work(mut self) -> Result<Summary, RunError> {
        let names: Vec<&str> = self.settings.names.input.iter().map(String::as_str).collect();
        self.consumer.subscribe(&names).map_err(while_doing("joining the consumer group"))?;
        while !self.control.stopping() {
            self.take_batch()?;
            self.commit_or_begin_again()?;
            self.pass_what_is_gone();
            self.release_waiting()?;
            self.ask_about_silence();
            if self.control.draining() && self.goal.is_none() {
                self.goal = Some(self.find_goal()?);
            }
            if self.goal.as_ref().is_some_and(|goal| {
                goal.reached(&self.lanes, &|topic, number, high| self.at_end(topic, number, high))
            }) && self.batch.records == 0
            {
                break;
            }
        }
        self.commit()?;
        self.consumer.unsubscribe();
        tracing::info!(
            events = self.summary.events,
            revisions = self.summary.revisions,
            "committed and ended"
        );
        Ok(self.summary)
    }

    /// Takes records until it is time to commit.
    fn take_batch(&mut self) -> Result<(), RunError> {
        let due = Instant::now() + self.settings.commit_interval;
        while self.batch.records < self.settings.commit_records && !self.control.stopping() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.poll(left)?;
            self.follow_assignment()?;
        }
        Ok(())
    }

    fn follow_assignment(&mut self) -> Result<(), RunError> {
        for change in self.consumer.context().take() {
            match change {
                Change::Revoked => {
                    tracing::info!(partitions = self.lanes.len(), "partitions revoked");
                    self.drop_work();
                    self.lanes.clear();
                }
                Change::Assigned(list) => {
                    self.open_lanes(&list)?;
                    tracing::info!(partitions = self.lanes.len(), "partitions assigned");
                }
                Change::Failed(message) => return Err(RunError::Topics(vec![message])),
            }
        }
        Ok(())
    }

    /// Forgets what was taken and not committed; whoever owns the partition reads it again.
    fn drop_work(&mut self) {
        self.batch = Batch::default();
        // librdkafka keeps a partition paused over seeks and rebalances.
        let held = std::mem::take(&mut self.waiting);
        if let Err(error) = self.resume(&held) {
            tracing::warn!(%error, "held partitions could not be let go");
        }
    }

    fn open_lanes(&mut self, list: &[(String, i32)]) -> Result<(), RunError> {
        let mut wanted = TopicPartitionList::new();
        for (topic, partition) in list {
            wanted.add_partition(topic, *partition);
        }
        let committed = self
            .consumer
            .committed_offsets(wanted, ASK_TIMEOUT)
            .map_err(while_doing("asking for the group's offsets"))?;
        let mut by_partition: BTreeMap<i32, Committed> = BTreeMap::new();
        for element in committed.elements() {
            let known = by_partition.entry(element.partition()).or_insert(Committed::NOTHING);
            if let (Some(topic), Offset::Offset(next)) =
                (self.settings.names.topic(element.topic()), element.offset())
            {
                known.offsets[topic.index()] = next;
                known.clock = known.clock.max(element.metadata().parse().ok());
            }
        }
        for (number, committed) in by_partition {
            let mut lane = Lane::open(self.store, Arc::clone(&self.rules), self.settings, number, committed)?;
            for (topic, _) in lane.behind() {
                // What retention has deleted meanwhile can't be read again.
                let bounds =
                    self.consumer.fetch_watermarks(self.settings.names.of(topic), number, ASK_TIMEOUT);
                lane.nothing_before(topic, bounds.map_err(while_doing("asking where the topics begin"))?.0);
            }
            self.lanes.insert(number, lane);
        }
        Ok(())
    }

    fn commit_or_begin_again(&mut self) -> Result<(), RunError> {
        match self.commit() {
            Ok(()) => {
                self.failures = 0;
                Ok(())
            }
            Err(RunError::Kafka { doing, error }) if self.failures < FAILURES_BORNE => {
                self.failures += 1;
                tracing::warn!(doing, %error, failures = self.failures, "nothing of it was committed; taking it again");
                self.begin_again_patiently()
            }
            Err(error) => Err(error),
        }
    }

    /// One commit: outputs and offsets in a transaction of Kafka, then state and offsets in one batch.
    fn commit(&mut self) -> Result<(), RunError> {
        let clock = self.settings.until.unwrap_or_else(wall_clock);
        let (mut partitions, mut positions) = (Vec::new(), Vec::new());
        let mut emitted = Vec::new();
        for lane in self.lanes.values_mut() {
            emitted.extend(lane.settle(clock)?);
            let Some(cut) = lane.cut() else { continue };
            let names = &self.settings.names;
            positions.extend(lane.group_offsets().map(|(topic, next)| Position {
                topic: names.of(topic).to_owned(),
                partition: cut.partition,
                next,
                clock: cut.meta.clock,
            }));
            partitions.push(cut);
        }
        if partitions.is_empty() && self.batch.outgoing.is_empty() {
            // Lanes that put off their settlement need more records for it.
            self.batch.records = 0;
            return Ok(());
        }
        emitted.iter().for_each(|opportunity| self.emit(opportunity));
        if !self.batch.outgoing.is_empty() || !positions.is_empty() {
            self.sink.commit(&self.batch.outgoing, &positions, &self.consumer)?;
        }
        self.store.commit(&Commit { partitions })?;
        self.committed();
        Ok(())
    }

    fn committed(&mut self) {
        let new = std::mem::take(&mut self.batch).counts;
        self.summary = Summary {
            events: self.summary.events + new.events,
            bad: self.summary.bad + new.bad,
            late: self.summary.late + new.late,
            revisions: self.summary.revisions + new.revisions,
            opened: self.summary.opened + new.opened,
            withdrawn: self.summary.withdrawn + new.withdrawn,
        };
        self.control.set_records(self.summary.events + self.summary.bad + self.summary.late);
        self.lanes.values_mut().for_each(|lane| lane.evict(self.settings.resident_accounts));
    }

    /// Adds a revision to the next commit, for both output topics.
    fn emit(&mut self, opportunity: &Opportunity) {
        if self.settings.emit_from.is_some_and(|from| opportunity.named_at < from) {
            return;
        }
        let now = wall_clock();
        let names = &self.settings.names;
        let headers = headers::cloud_event(opportunity, &self.settings.application_id, now);
        let value = opportunity_json(opportunity, Some(now)).into_bytes();
        self.batch.outgoing.push(Outgoing {
            topic: names.opportunities.clone(),
            key: Some(opportunity.account.as_bytes().to_vec()),
            value: Some(value.clone()),
            headers: headers.clone(),
        });
        self.batch.outgoing.push(Outgoing {
            topic: names.latest.clone(),
            key: Some(opportunity.id.to_string().into_bytes()),
            value: Some(value),
            headers,
        });
        self.batch.counts.revisions += 1;
        self.batch.counts.opened += u64::from(opportunity.revision == 1);
        self.batch.counts.withdrawn += u64::from(opportunity.status == Status::Withdrawn);
    }

    /// Brokers that failed a transaction may need a moment for what follows too.
    fn begin_again_patiently(&mut self) -> Result<(), RunError> {
        loop {
            match self.begin_again() {
                Err(RunError::Kafka { doing, error }) if self.failures < FAILURES_BORNE => {
                    self.failures += 1;
                    tracing::warn!(doing, %error, failures = self.failures, "trying again");
                    if self.control.stopping() {
                        return Err(RunError::Kafka { doing, error });
                    }
                }
                ended => return ended,
            }
        }
    }

    /// After an aborted transaction: state and position as of the last commit.
    fn begin_again(&mut self) -> Result<(), RunError> {
        self.drop_work();
        let names = &self.settings.names;
        let owned: Vec<i32> = self.lanes.keys().copied().collect();
        let list: Vec<(String, i32)> =
            owned.iter().flat_map(|number| names.input.iter().map(|name| (name.clone(), *number))).collect();
        self.lanes.clear();
        self.open_lanes(&list)?;
        for (name, number) in &list {
            let next = match (names.topic(name), self.lanes.get(number)) {
                (Some(topic), Some(lane)) if lane.offset(topic) >= 0 => Offset::Offset(lane.offset(topic)),
                _ => Offset::Beginning,
            };
            self.consumer
                .seek(name, *number, next, ASK_TIMEOUT)
                .map_err(while_doing("going back to the last commit"))?;
        }
        Ok(())
    }

    /// Lets partitions go on that had to wait for their state.
    fn release_waiting(&mut self) -> Result<(), RunError> {
        let lanes = &self.lanes;
        let ready = |number: &i32| lanes.get(number).is_none_or(|lane| !lane.is_silent());
        let (go, wait): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(_, number)| ready(number));
        self.waiting = wait;
        self.resume(&go).map_err(while_doing("going on with partitions"))
    }

    fn resume(&self, partitions: &[(String, i32)]) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for (topic, number) in partitions {
            list.add_partition(topic, *number);
        }
        if list.count() > 0 { self.consumer.resume(&list) } else { Ok(()) }
    }

    fn at_end(&self, topic: Topic, number: i32, offset: i64) -> bool {
        self.consumer.context().at_end(self.settings.names.of(topic), number, offset, self.drained)
    }

    /// A stretch to be made again may end in records that are gone: nothing of them will come.
    fn pass_what_is_gone(&mut self) {
        let context = self.consumer.context();
        for (number, lane) in &mut self.lanes {
            for (topic, until) in lane.behind() {
                if context.at_end(self.settings.names.of(topic), *number, until, self.drained) {
                    lane.nothing_before(topic, until);
                }
            }
        }
    }

    /// A topic that is read to its end and silent holds nothing back (SPEC 3.1).
    fn ask_about_silence(&mut self) {
        if self.idle_checked.elapsed() < IDLE_CHECK.min(self.settings.idle_after) {
            return;
        }
        self.idle_checked = Instant::now();
        for (number, lane) in &mut self.lanes {
            let silent: Vec<Topic> = lane.silent_topics(self.settings.idle_after).collect();
            for topic in silent {
                let name = self.settings.names.of(topic);
                match self.consumer.fetch_watermarks(name, *number, ASK_TIMEOUT) {
                    Ok((low, high))
                        if lane.offset(topic).max(low) >= high
                            || self.consumer.context().at_end(name, *number, high, self.drained) =>
                    {
                        lane.set_idle(topic);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(topic = name, partition = number, %error, "can't tell its end")
                    }
                }
            }
        }
    }

    fn find_goal(&self) -> Result<Goal, RunError> {
        let goal = Goal::find(&self.consumer, self.settings, self.partitions)?;
        let read: i64 = self
            .lanes
            .values()
            .map(|lane| Topic::ALL.map(|t| lane.offset(t).max(0)).iter().sum::<i64>())
            .sum();
        self.control.set_goal((goal.total() - read).max(0) as u64 + self.control.records());
        Ok(goal)
    }
}

/// Milliseconds since 1970, by the machine's clock.
pub fn wall_clock() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as Millis)
}
