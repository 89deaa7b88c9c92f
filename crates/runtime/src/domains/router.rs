//! The loop that routes: records in, rows back, one transaction at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::batch::{Batch, Places};
use super::judge::{Form, Judge, Judged, UNKNOWN};
use super::partitions::{Partitions, Row, went_wrong};
use super::profiles::Profiles;
use super::rows::{self, Kept};
use super::waiting::{Place, Waiting};
use super::{ByDomain, Route};
use crate::assignment::{Assignments, Change};
use crate::client::close;
use crate::control::Control;
use crate::ends::{Ends, owned};
use crate::fault::{RunError, while_doing};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::sink::Sink;
use crate::{clients, wall_clock};

/// How long it waits for the first record: so late is noticed at most that somebody came to own a domain.
const IDLE: Duration = Duration::from_millis(250);
const LOOK: Duration = Duration::from_millis(20);
/// Rows that are read with one round, and of those that wait how many are settled.
const ROWS_AT_ONCE: usize = 5_000;
const SETTLED_AT_ONCE: usize = 500;
/// Rows whose offsets lie so close are fetched together.
const NEAR: i64 = 64;
const FETCHING: Duration = Duration::from_secs(20);
const LONGEST_REST: Duration = Duration::from_secs(10);
const READING: &str = "reading signals by domain";

pub(super) struct Router {
    settings: Settings,
    by: ByDomain,
    judge: Judge,
    waiting_topic: Arc<str>,
    dead_letter: Arc<str>,
    metrics: Metrics,
    profiles: Profiles,
    /// Joined once it is known whose domains are.
    consumer: Option<BaseConsumer<Assignments>>,
    transactional_id: String,
    sink: Sink,
    sink_ready: bool,
    partitions: Partitions,
    fetcher: Ends,
    waiting: Waiting,
    /// Rows whose domain somebody may own by now.
    woken: BTreeSet<Place>,
    /// What the group has said and was not answered yet.
    changes: Vec<Change>,
    /// Whether the group has ever given us partitions, or none.
    answered: bool,
    /// Partitions that were read to their ends.
    at_end: BTreeSet<i32>,
    failures: u32,
}

impl Router {
    pub fn new(
        settings: &Settings,
        by: &ByDomain,
        (route, form): (Route, Form),
        registry: Option<Arc<Registry>>,
        instance: &str,
        metrics: Metrics,
    ) -> Result<Router, RunError> {
        let transactional_id = format!("{}-{instance}-domains", settings.application_id);
        Ok(Router {
            judge: Judge::new(settings, by, route, form),
            waiting_topic: Arc::from(&*by.waiting),
            dead_letter: Arc::from(&*settings.names.dead_letter),
            profiles: Profiles::follow(settings, by, registry, metrics.clone())?,
            sink: Sink::open(settings, transactional_id.clone())?,
            partitions: Partitions::connect(settings, by)?,
            fetcher: Ends::connect(settings)?,
            settings: settings.clone(),
            by: by.clone(),
            metrics,
            transactional_id,
            consumer: None,
            sink_ready: false,
            waiting: Waiting::default(),
            woken: BTreeSet::new(),
            changes: Vec::new(),
            answered: false,
            at_end: BTreeSet::new(),
            failures: 0,
        })
    }

    /// Works until it is told to end, or can't go on.
    pub fn work(
        mut self,
        ending: &AtomicBool,
        is_level: &AtomicBool,
        control: &Control,
    ) -> Result<(), RunError> {
        let ends = || ending.load(Ordering::Acquire) || control.stopping();
        let done = self.route(&ends, is_level);
        if let Some(consumer) = self.consumer.take() {
            close(consumer);
        }
        done
    }

    fn route(&mut self, ends: &dyn Fn() -> bool, is_level: &AtomicBool) -> Result<(), RunError> {
        while !self.profiles.is_level() {
            if ends() {
                return Ok(());
            }
            thread::sleep(LOOK);
        }
        self.profiles.report();
        self.join()?;
        while !ends() {
            match self.round() {
                Ok(()) => self.failures = 0,
                Err(error) if error.may_pass() => self.start_over(&error, ends)?,
                Err(error) => return Err(error),
            }
            if self.is_level() {
                is_level.store(true, Ordering::Release);
            }
        }
        Ok(())
    }

    fn join(&mut self) -> Result<(), RunError> {
        let group = format!("{}-domains", self.settings.application_id);
        let consumer: BaseConsumer<Assignments> =
            clients::router(&self.settings, &group, Assignments::default())?;
        consumer
            .subscribe(&[&self.by.topic])
            .map_err(while_doing("joining the group of signals by domain"))?;
        self.consumer = Some(consumer);
        Ok(())
    }

    fn is_level(&self) -> bool {
        let read = self.partitions.open.keys().all(|number| self.at_end.contains(number));
        self.answered && self.partitions.are_open() && read && self.woken.is_empty()
    }

    fn round(&mut self) -> Result<(), RunError> {
        if !self.sink_ready {
            self.sink_ready = self.sink.is_ready()?;
        }
        let mut batch = Batch::default();
        let taken = self.take(&mut batch);
        // What was taken is committed before partitions are let go, and they are let go whatever became of that. Of those that
        // are lost it is another's by now.
        let is_lost = self.consumer.as_ref().is_some_and(Consumer::assignment_lost);
        let committed = taken.and_then(|()| if is_lost { Ok(()) } else { self.settle_and_commit(batch) });
        let followed = self.follow();
        committed.and(followed)?;
        if self.sink_ready
            && let Some(consumer) = &self.consumer
        {
            self.partitions.go_on(consumer, &self.metrics)?;
        }
        self.read_rows()
    }

    /// Takes records until it is time to commit, or the group says something.
    fn take(&mut self, batch: &mut Batch) -> Result<(), RunError> {
        let Some(consumer) = &self.consumer else { return Ok(()) };
        let is_busy = !self.woken.is_empty() || !self.partitions.are_open();
        let mut until = Instant::now() + if is_busy { LOOK } else { IDLE };
        let now = wall_clock();
        loop {
            let polled = consumer.poll(until.saturating_duration_since(Instant::now()));
            self.changes.extend(consumer.context().take());
            match polled {
                None => return Ok(()),
                Some(Ok(message)) => {
                    let record = owned(&message);
                    let number = record.partition;
                    let next = batch.next(number).or_else(|| self.partitions.open.get(&number).copied());
                    if next.is_some_and(|next| record.offset >= next) {
                        if batch.is_empty() {
                            until = until.min(Instant::now() + self.settings.commit_interval);
                        }
                        self.at_end.remove(&number);
                        batch.passed(&record);
                        let judged = self.profiles.look(|table| self.judge.judge(table, &record, now));
                        let to = places(&self.waiting_topic, &self.dead_letter);
                        match judged {
                            Judged::Routed(outgoing) => batch.route(outgoing),
                            Judged::Waits(domain) => batch.wait(&to, record, domain, now),
                            Judged::Refused { class, message } => batch.refuse(&to, record, class, &message),
                        }
                    }
                }
                Some(Err(KafkaError::PartitionEOF(number))) => {
                    self.at_end.insert(number);
                }
                Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) => {
                    return Err(while_doing(READING)(error));
                }
                Some(Err(error)) => went_wrong(READING, error)?,
            }
            if !self.changes.is_empty() || batch.is_full() {
                return Ok(());
            }
        }
    }

    fn settle_and_commit(&mut self, mut batch: Batch) -> Result<(), RunError> {
        self.wake(&mut batch)?;
        self.expire(&mut batch)?;
        self.commit(batch)
    }

    /// Routes what waited for a domain that somebody owns by now.
    fn wake(&mut self, batch: &mut Batch) -> Result<(), RunError> {
        for domain in self.profiles.gained() {
            self.woken.extend(self.waiting.of(&domain));
        }
        let open = &self.partitions.open;
        let woken: Vec<Place> = self
            .woken
            .iter()
            .filter(|place| open.contains_key(&place.0))
            .take(SETTLED_AT_ONCE)
            .copied()
            .collect();
        self.settle(batch, &woken, false)?;
        for place in &woken {
            self.woken.remove(place);
        }
        Ok(())
    }

    /// Sets aside what has waited for long enough.
    fn expire(&mut self, batch: &mut Batch) -> Result<(), RunError> {
        let wait_ms = i64::try_from(self.by.wait.as_millis()).unwrap_or(i64::MAX);
        let instant = wall_clock().saturating_sub(wait_ms);
        let gone: BTreeSet<Place> = batch.gone.iter().copied().collect();
        let open = self.partitions.open.keys();
        let due = open.flat_map(|number| self.waiting.since(*number, instant, SETTLED_AT_ONCE));
        let due: Vec<Place> = due.filter(|place| !gone.contains(place)).take(SETTLED_AT_ONCE).collect();
        self.settle(batch, &due, true)
    }

    /// Judges records that wait anew.
    fn settle(&mut self, batch: &mut Batch, places_of: &[Place], is_due: bool) -> Result<(), RunError> {
        let now = wall_clock();
        for (place, kept) in self.fetch(places_of)? {
            let judged = self.profiles.look(|table| self.judge.judge(table, &kept.record, now));
            let to = places(&self.waiting_topic, &self.dead_letter);
            match judged {
                Judged::Routed(outgoing) => batch.route(outgoing),
                Judged::Waits(domain) if is_due => {
                    let days = self.by.wait.as_secs_f64() / 86_400.0;
                    let message = format!(
                        "nobody came to own the domain `{domain}`, or one above it, within {days:.3} days (domain_wait): \
                         no account's latest profile lists it"
                    );
                    batch.refuse(&to, kept.record, UNKNOWN, &message);
                }
                Judged::Waits(_) => continue,
                Judged::Refused { class, message } => batch.refuse(&to, kept.record, class, &message),
            }
            batch.take_away(&to, place);
        }
        Ok(())
    }

    /// Reads rows again.
    fn fetch(&mut self, wanted: &[Place]) -> Result<Vec<(Place, Kept)>, RunError> {
        let offset = |place: &Place| Some(((place.0, self.waiting.get(*place)?.at), *place));
        let at: BTreeMap<(i32, i64), Place> = wanted.iter().filter_map(offset).collect();
        let deadline = Instant::now() + FETCHING;
        let mut found = Vec::new();
        for (number, stretch) in stretches(at.keys()) {
            self.fetcher.read(&self.by.waiting, number, stretch, deadline, &mut |message| {
                let row = owned(message);
                if let Some(place) = at.get(&(number, row.offset)) {
                    found.extend(rows::read(row).map(|kept| (*place, kept)));
                }
            })?;
        }
        let there: BTreeSet<Place> = found.iter().map(|(place, _)| *place).collect();
        for place in at.values().filter(|place| !there.contains(place)) {
            tracing::error!(
                topic = self.by.waiting,
                partition = place.0,
                offset = place.1,
                "a signal that waited is not in the topic any more: somebody else has deleted it"
            );
            self.waiting.remove(*place);
        }
        Ok(found)
    }

    fn commit(&mut self, mut batch: Batch) -> Result<(), RunError> {
        if batch.is_empty() {
            return Ok(());
        }
        let transaction = batch.transaction(&self.by.topic, &self.partitions.open, wall_clock());
        let group = self.consumer.as_ref().and_then(BaseConsumer::group_metadata).ok_or(KafkaError::Canceled);
        self.sink.commit(transaction, group.map_err(while_doing("routing signals by domain"))?)?;
        batch.gone.iter().for_each(|place| self.waiting.remove(*place));
        self.partitions.open.extend(batch.stands(&self.metrics));
        Ok(())
    }

    /// Does what the group said.
    fn follow(&mut self) -> Result<(), RunError> {
        for change in std::mem::take(&mut self.changes) {
            let Some(consumer) = &self.consumer else { return Ok(()) };
            self.partitions.open.keys().for_each(|number| self.metrics.by_domain_waiting(*number, None));
            let numbers: BTreeSet<i32> = match &change {
                Change::Assigned(list) => list.iter().map(|(_, number)| *number).collect(),
                Change::Revoked => BTreeSet::new(),
            };
            self.waiting.clear();
            self.woken.clear();
            self.at_end.clear();
            self.partitions.own(numbers.clone())?;
            match change {
                Change::Assigned(_) => {
                    tracing::info!(partitions = ?numbers, "partitions of signals by domain assigned");
                    self.answered = true;
                    self.partitions.read_on(consumer)?;
                }
                Change::Revoked => {
                    tracing::info!("partitions of signals by domain revoked");
                    consumer.unassign().map_err(while_doing("letting partitions go"))?;
                }
            }
        }
        Ok(())
    }

    /// Reads what came to wait, and what waits no longer.
    fn read_rows(&mut self) -> Result<(), RunError> {
        let timeout = if self.partitions.are_open() { Duration::ZERO } else { LOOK };
        let (waiting, woken, profiles) = (&mut self.waiting, &mut self.woken, &self.profiles);
        let opened = self.partitions.read(timeout, ROWS_AT_ONCE, |row| match row {
            Row::Gone(place) => waiting.remove(place),
            Row::Waits(kept, at) => {
                let place = (kept.record.partition, kept.record.offset);
                waiting.add(place, &kept.domain, at, kept.since);
                if profiles.look(|table| table.owner(&kept.domain).is_some()) {
                    woken.insert(place);
                }
            }
        })?;
        self.partitions
            .open
            .keys()
            .for_each(|number| self.metrics.by_domain_waiting(*number, Some(self.waiting.count(*number))));
        match &self.consumer {
            Some(consumer) if opened => {
                tracing::info!(partitions = ?self.partitions.open.keys(), "signals by domain are read on");
                self.partitions.read_on(consumer)
            }
            _ => Ok(()),
        }
    }

    /// After a failure, what is committed is what is so: all is read anew.
    fn start_over(&mut self, error: &RunError, ends: &dyn Fn() -> bool) -> Result<(), RunError> {
        tracing::warn!(%error, "signals by domain are begun anew from what is committed");
        self.failures += 1;
        let pause = Duration::from_millis(50) * 2_u32.saturating_pow(self.failures.min(10));
        let until = Instant::now() + pause.min(LONGEST_REST);
        while Instant::now() < until && !ends() {
            thread::sleep(LOOK);
        }
        self.waiting.clear();
        self.woken.clear();
        self.at_end.clear();
        self.partitions.start_over()?;
        self.sink_ready = false;
        self.sink = Sink::open(&self.settings, self.transactional_id.clone())?;
        Ok(())
    }
}

fn places<'p>(waiting: &'p Arc<str>, dead_letter: &'p Arc<str>) -> Places<'p> {
    Places { waiting, dead_letter }
}

/// Stretches that have all of these (partition, offset) places, which are in their order.
fn stretches<'p>(at: impl Iterator<Item = &'p (i32, i64)>) -> Vec<(i32, std::ops::Range<i64>)> {
    let mut found: Vec<(i32, std::ops::Range<i64>)> = Vec::new();
    for (number, offset) in at {
        match found.last_mut() {
            Some((last, stretch)) if last == number && *offset - stretch.end < NEAR => {
                stretch.end = offset + 1
            }
            _ => found.push((*number, *offset..offset + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_close_is_fetched_together() {
        let at = [(0, 5), (0, 6), (0, 70), (0, 135), (1, 136), (1, 900)];
        assert_eq!(stretches(at.iter()), [(0, 5..71), (0, 135..136), (1, 136..137), (1, 900..901)]);
    }
}
