//! A commit: what the lanes decided, into one transaction of Kafka, then into one batch of the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use springtide_core::event::{Stage, Topic};
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::time::Millis;
use springtide_schema::BadClass;
use springtide_store::{Entry, PartitionMeta};

use super::Worker;
use super::bounds::{self, Load};
use super::causes::Causes;
use crate::encode::{Encoded, Outputs};
use crate::fault::RunError;
use crate::headers;
use crate::kafka::Kafka;
use crate::lane::Lane;
use crate::metrics::Said;
use crate::sink::{Outgoing, Position, Transaction, Written};
use crate::traces::Trail;

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
    /// Accounts erased.
    pub erasures: u64,
    /// Records dropped since their account was erased after they were written.
    pub erased: u64,
}

impl Summary {
    /// Two workers' together.
    pub fn and(self, other: Summary) -> Summary {
        Summary {
            events: self.events + other.events,
            bad: self.bad + other.bad,
            late: self.late + other.late,
            revisions: self.revisions + other.revisions,
            opened: self.opened + other.opened,
            withdrawn: self.withdrawn + other.withdrawn,
            erasures: self.erasures + other.erasures,
            erased: self.erased + other.erased,
        }
    }
}

/// What was taken since the last commit.
#[derive(Default)]
pub(crate) struct Batch {
    /// How much that is.
    pub load: Load,
    /// To be written with the commit.
    pub outgoing: Vec<Outgoing>,
    /// What the summary gets once the commit stands.
    pub counts: Summary,
    /// By topic, events that counted and events that were late.
    pub by_topic: [(u64, u64); 5],
    /// Records that can't be used: whence, and why.
    pub bad: Vec<(Topic, BadClass)>,
    /// What people did.
    pub outcomes: Vec<Stage>,
    /// What revisions say.
    pub said: Vec<Said>,
    /// The records from which revisions follow.
    pub causes: Causes,
    /// What is traced of revisions.
    pub trails: Vec<Trail>,
}

impl Batch {
    pub(super) fn event(&mut self, topic: Topic) {
        self.counts.events += 1;
        self.by_topic[topic.index()].0 += 1;
    }

    pub(super) fn late(&mut self, topic: Topic) {
        self.counts.late += 1;
        self.by_topic[topic.index()].1 += 1;
    }

    pub(super) fn bad(&mut self, topic: Topic, class: BadClass) {
        self.counts.bad += 1;
        self.bad.push((topic, class));
    }
}

/// What the lanes want written.
#[derive(Default)]
struct Decided {
    state: Vec<(i32, Vec<Entry>)>,
    metas: BTreeMap<i32, PartitionMeta>,
    positions: Vec<Position>,
}

impl<K: Kafka> Worker<'_, K> {
    /// One commit: outputs, state and offsets in a transaction of Kafka, then the state in one batch of the store.
    pub(super) fn commit(&mut self) -> Result<(), RunError> {
        let (began, written_at) = (self.kafka.now(), self.kafka.wall_clock());
        let decided = self.decide(written_at)?;
        if decided.state.is_empty() && self.batch.outgoing.is_empty() {
            self.batch.load = Load::default();
            let beside = self.heirs.decide(&self.lanes, (written_at, self.kafka.now()))?;
            self.shop.store.write(&beside)?;
            return Ok(());
        }
        let sent = self.kafka.now();
        let transaction = Transaction {
            records: std::mem::take(&mut self.batch.outgoing),
            state: decided.state,
            positions: decided.positions,
        };
        let written = self.kafka.commit(transaction);
        self.shop.metrics.transaction(written.is_ok(), self.since(sent).as_secs_f64());
        self.store(written?, decided.metas, written_at)?;
        self.commit_took = self.since(began);
        self.shop.metrics.commit(self.commit_took.as_secs_f64());
        self.committed();
        Ok(())
    }

    /// Takes in what has arrived so far, and nothing that is due: the batch goes on.
    pub(super) fn settle_arrivals(&mut self) -> Result<(), RunError> {
        let (clock, now) = (self.clock(self.kafka.wall_clock()), self.kafka.now());
        let (before, mut emitted) = (self.resident_bytes(), Vec::new());
        for lane in self.lanes.values_mut() {
            emitted.extend(lane.settle(clock, 0.into(), now)?);
        }
        self.batch.load.settled(self.resident_bytes().saturating_sub(before));
        emitted.into_iter().try_for_each(|opportunity| self.emit(&opportunity))
    }

    fn resident_bytes(&self) -> usize {
        self.lanes.values().map(Lane::resident_bytes).sum()
    }

    /// The timers' clock.
    fn clock(&self, now: Millis) -> Millis {
        self.shop.settings.until.unwrap_or(now)
    }

    fn decide(&mut self, written_at: Millis) -> Result<Decided, RunError> {
        let settings = self.shop.settings;
        let (clock, now) = (self.clock(written_at), self.kafka.now());
        let mut decided = Decided::default();
        let mut emitted = Vec::new();
        let due = bounds::due(self.lanes.len(), settings.share_bytes());
        for (number, lane) in &mut self.lanes {
            emitted.extend(lane.settle(clock, due, now)?);
            let Some(mut cut) = lane.cut() else { continue };
            cut.meta.written_at = written_at;
            let mut entries = Vec::new();
            if lane.is_new() {
                entries.push(self.shop.store.identity()?.entry());
            }
            entries.extend(cut.entries()?);
            decided.positions.extend(lane.positions().map(|(topic, next)| Position {
                topic: settings.names.of(topic).to_owned(),
                partition: *number,
                next,
                written_at,
            }));
            decided.metas.insert(*number, cut.meta);
            decided.state.push((*number, entries));
        }
        emitted.into_iter().try_for_each(|opportunity| self.emit(&opportunity))?;
        Ok(decided)
    }

    /// The state into the store, with where it stands in the changelog.
    pub(super) fn store(
        &mut self,
        written: Written,
        metas: BTreeMap<i32, PartitionMeta>,
        written_at: Millis,
    ) -> Result<(), RunError> {
        let mut all = Vec::new();
        for (number, entries) in written.state {
            let end = written.changelog_ends.get(&number).copied();
            all.extend(entries);
            if let Some(meta) = metas.get(&number) {
                // After the one that the changelog got, in the same batch.
                all.push(PartitionMeta { changelog_offset: end, ..*meta }.entry(number));
            }
            if let Some(lane) = self.lanes.get_mut(&number) {
                lane.stands(written_at, end);
            }
        }
        all.extend(self.heirs.decide(&self.lanes, (written_at, self.kafka.now()))?);
        Ok(self.shop.store.write(&all)?)
    }

    pub(super) fn committed(&mut self) {
        self.failures = 0;
        let batch = std::mem::take(&mut self.batch);
        self.summary = self.summary.and(batch.counts);
        let metrics = &self.shop.metrics;
        for (topic, (events, late)) in Topic::ALL.into_iter().zip(batch.by_topic) {
            metrics.events(topic.name(), events, late);
        }
        batch.bad.iter().for_each(|(topic, class)| metrics.bad(*topic, *class));
        batch.outcomes.iter().for_each(|stage| metrics.outcome(stage.name()));
        let now = self.kafka.wall_clock();
        batch.said.iter().for_each(|said| metrics.said(said, now));
        batch.trails.into_iter().for_each(|trail| trail.committed(now));
        for lane in self.lanes.values_mut() {
            let (rules, signals) = (Arc::clone(&lane.under().rules), lane.take_signals());
            for (detector, found) in signals {
                metrics.signals(&rules.detectors[detector].name, found);
            }
        }
        metrics.erased(batch.counts.erasures, batch.counts.erased);
        let Summary { events, bad, late, erased, .. } = batch.counts;
        self.shop.control.add_records(events + bad + late + erased);
        let budget = self.shop.settings.share_bytes() / self.lanes.len().max(1);
        self.lanes.values_mut().for_each(|lane| lane.keep_within(budget));
    }

    /// Adds a revision to the next commit, for both output topics.
    pub(super) fn emit(&mut self, opportunity: &Opportunity) -> Result<(), RunError> {
        let settings = self.shop.settings;
        if settings.emit_from.is_some_and(|from| opportunity.named_at < from) {
            return Ok(());
        }
        let now = self.kafka.wall_clock();
        let Outputs { opportunities, latest } = self.shop.encoder.encode(opportunity, Some(now))?;
        let cause = self.batch.causes.of(opportunity);
        let caused_at = cause.map(|origin| origin.written_at);
        let trail = self.shop.traces.begin(cause, opportunity, settings, now);
        let mut put = |topic: &str, key: Vec<u8>, encoded: Encoded| {
            let id = &settings.application_id;
            let mut headers = headers::cloud_event(opportunity, id, now, encoded.content_type);
            headers.extend_from_slice(trail.headers());
            self.batch.load.bytes += encoded.value.len();
            let (topic, key, value) = (Arc::from(topic), Some(key), Some(encoded.value));
            self.batch.outgoing.push(Outgoing {
                topic,
                key,
                value,
                headers,
                partition: None,
                written_at: None,
            });
        };
        put(&settings.names.opportunities, opportunity.account.as_bytes().to_vec(), opportunities);
        put(&settings.names.latest, opportunity.id.to_string().into_bytes(), latest);
        self.batch.said.push(Said {
            kind: headers::what(opportunity),
            play: opportunity.play.clone(),
            urgency: opportunity.urgency.name(),
            route: opportunity.role.clone(),
            act_by: opportunity.act_by,
            caused_at,
        });
        self.batch.trails.extend(Some(trail).filter(Trail::has_spans));
        self.batch.counts.revisions += 1;
        self.batch.counts.opened += u64::from(opportunity.revision == 1);
        self.batch.counts.withdrawn += u64::from(opportunity.status == Status::Withdrawn);
        Ok(())
    }
}
