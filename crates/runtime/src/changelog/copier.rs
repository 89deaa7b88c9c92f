//! The copying thread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::time::{HOUR_MS, Millis};
use springtide_store::{Store, StoreError};

use super::load::Load;
use super::places::{Ends, group_offsets};
use super::standby::after;
use super::{Shared, Ticket};
use crate::brokers::Reports;
use crate::clients;
use crate::fault::{RunError, while_doing};
use crate::lane::Committed;
use crate::lease::Leases;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::wall_clock;

/// A copy older than this is made anew when the changelog has gone on: what it would have to delete may have been
/// forgotten there (`delete.retention.ms`, a day by default).
const TRUSTED_MS: Millis = 12 * HOUR_MS;
/// How long records are taken before new orders are looked at.
const SLICE: Duration = Duration::from_millis(50);
const SLICE_RECORDS: usize = 20_000;
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);
/// Fewer are back before anybody has read of it.
const TOLD_RECORDS: i64 = 500;
const TELL_EVERY: Duration = Duration::from_secs(5);

/// One partition that is being copied.
struct Copy {
    load: Load,
    /// Who waits for it, and where the group had come; `None` for a standby copy.
    for_worker: Option<(Ticket, Committed)>,
    /// Where the changelog ended when it began.
    end: i64,
    /// Whether nothing is left to read, as far as was read.
    at_end: bool,
    /// Whether it has come to the end once.
    level: bool,
}

pub(super) struct Copier {
    settings: Settings,
    store: Arc<dyn Store>,
    leases: Leases,
    metrics: Metrics,
    partitions: i32,
    shared: Arc<Shared>,
    reader: BaseConsumer<Reports>,
    ends: Ends,
    /// Asked for by workers, not begun.
    waiting: BTreeMap<i32, Ticket>,
    copies: BTreeMap<i32, Copy>,
    told: Instant,
}

impl Copier {
    pub(super) fn new(
        settings: &Settings,
        store: Arc<dyn Store>,
        leases: Leases,
        metrics: Metrics,
        partitions: i32,
        shared: Arc<Shared>,
    ) -> Result<Copier, RunError> {
        Ok(Copier {
            settings: settings.clone(),
            store,
            leases,
            metrics,
            partitions,
            shared,
            reader: clients::reader(settings, Reports::default())?,
            ends: Ends::connect(settings)?,
            waiting: BTreeMap::new(),
            copies: BTreeMap::new(),
            told: Instant::now(),
        })
    }

    pub(super) fn work(&mut self) {
        while self.follow_orders() {
            if let Err(error) = self.step() {
                tracing::warn!(%error, "the changelog can't be read now; trying again");
                let _ = self.wait(PAUSE_AFTER_FAULT);
            }
            self.tell();
        }
    }

    /// Takes what workers said; false once all is to end.
    fn follow_orders(&mut self) -> bool {
        let (asked, cancelled, owned, ending) = {
            let mut desk = self.shared.desk();
            let (asked, cancelled) = (std::mem::take(&mut desk.asked), std::mem::take(&mut desk.cancelled));
            let owned: BTreeSet<i32> = desk.owned.values().flatten().copied().collect();
            (asked, cancelled, owned, desk.ending)
        };
        for number in &cancelled {
            self.waiting.remove(number);
            self.drop_copy(*number);
            self.metrics.forget_copy(*number);
        }
        self.waiting.extend(asked);
        let standby = after(&owned, self.partitions, self.settings.standby_replicas);
        self.stand_by(&standby);
        !ending
    }

    /// Copies what is to be stood by for, and nothing else of that kind.
    fn stand_by(&mut self, wanted: &BTreeSet<i32>) {
        // A copy that a worker is about to take over goes on there, from where it is.
        let is_gone = |(number, copy): &(&i32, &Copy)| {
            copy.for_worker.is_none()
                && !self.waiting.contains_key(number)
                && (!wanted.contains(number) || self.leases.is_held(**number))
        };
        let gone: Vec<i32> = self.copies.iter().filter(is_gone).map(|(number, _)| *number).collect();
        gone.into_iter().for_each(|number| self.drop_copy(number));
        for number in wanted {
            if self.copies.contains_key(number)
                || self.waiting.contains_key(number)
                || self.leases.is_held(*number)
            {
                continue;
            }
            let begun = Load::begin(&*self.store, *number, &self.settings.changelog());
            let begun = begun.map_err(RunError::Store).and_then(|load| self.follow(*number, load, None, 0));
            if let Err(error) = begun {
                tracing::warn!(partition = number, %error, "can't stand by for a partition");
            }
        }
    }

    fn step(&mut self) -> Result<(), RunError> {
        self.begin_waiting()?;
        if self.copies.is_empty() {
            let _ = self.wait(SLICE);
            return Ok(());
        }
        self.read()
    }

    /// Sleeps until there are orders.
    fn wait(&self, time: Duration) -> bool {
        let desk = self.shared.desk();
        let nothing = desk.asked.is_empty() && desk.cancelled.is_empty() && !desk.ending;
        let wait = |desk| self.shared.news.wait_timeout(desk, time).unwrap_or_else(PoisonError::into_inner).1;
        nothing && wait(desk).timed_out()
    }

    /// Begins the copies that workers wait for, where nothing is open that could still change where they end.
    fn begin_waiting(&mut self) -> Result<(), RunError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let wanted: Vec<i32> = self.waiting.keys().copied().collect();
        let committed = group_offsets(&self.reader, &self.settings.names, &wanted)?;
        for (number, committed) in committed {
            // In this order: what is written by now is stable by then, or the partition waits.
            let end = self.ends.written(number)?;
            if self.ends.stable(&self.reader, number)? < end {
                tracing::debug!(
                    partition = number,
                    "waiting for a transaction that is open in the changelog"
                );
                self.metrics.copy_left(number, self.left(number, end)?);
                let _ = self.wait(SLICE);
                continue;
            }
            let Some(ticket) = self.waiting.remove(&number) else { continue };
            if let Err(error) = self.begin(number, (ticket, committed), end) {
                self.finish(number, ticket, Err(error));
            }
        }
        Ok(())
    }

    /// What is yet to be copied of a partition that a worker waits for, and that is not begun.
    fn left(&self, number: i32, end: i64) -> Result<i64, RunError> {
        let copied = match self.copies.get(&number) {
            Some(standby) => standby.load.offset(),
            None => self.store.meta(number)?.and_then(|meta| meta.changelog_offset),
        };
        Ok((end - copied.unwrap_or(0)).max(0))
    }

    fn begin(&mut self, number: i32, asked: (Ticket, Committed), end: i64) -> Result<(), RunError> {
        let load = match self.copies.remove(&number) {
            Some(standby) => {
                self.unassign(number)?;
                let mut load = standby.load;
                load.flush(&*self.store)?;
                load.again();
                load
            }
            None => Load::begin(&*self.store, number, &self.settings.changelog())?,
        };
        let from = load.offset().unwrap_or(0);
        if from > end {
            return Err(RunError::Changelog(format!(
                "partition {number}: the changelog topic `{}` ends at offset {end}, but the state was written up to \
                 {from}: the topic was made anew or has lost records. Bring it back, or begin from the input topics \
                 under another --application-id with an empty --state-dir",
                self.settings.changelog()
            )));
        }
        if from == end {
            self.finish(number, asked.0, Ok(asked.1));
            return Ok(());
        }
        if end - from > TOLD_RECORDS {
            tracing::info!(
                partition = number,
                records = end - from,
                "bringing back the state from the changelog"
            );
        }
        self.follow(number, load, Some(asked), end)
    }

    /// Reads a partition from where its copy is.
    fn follow(
        &mut self,
        number: i32,
        load: Load,
        for_worker: Option<(Ticket, Committed)>,
        end: i64,
    ) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        let from = load.offset().map_or(Offset::Beginning, Offset::Offset);
        let fault = || while_doing("reading the changelog");
        list.add_partition_offset(&self.settings.changelog(), number, from).map_err(fault())?;
        self.reader.incremental_assign(&list).map_err(fault())?;
        self.copies.insert(number, Copy { load, for_worker, end, level: false, at_end: false });
        Ok(())
    }

    fn unassign(&self, number: i32) -> Result<(), RunError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.settings.changelog(), number);
        self.reader.incremental_unassign(&list).map_err(while_doing("reading the changelog"))
    }

    fn drop_copy(&mut self, number: i32) {
        let Some(mut copy) = self.copies.remove(&number) else { return };
        let flushed = copy.load.flush(&*self.store).map_err(RunError::Store);
        if let Err(error) = flushed.and_then(|()| self.unassign(number)) {
            tracing::warn!(partition = number, %error, "could not let go of a copy");
        }
    }

    /// Tells the worker that waits.
    fn finish(&mut self, number: i32, ticket: Ticket, how: Result<Committed, RunError>) {
        self.metrics.forget_copy(number);
        self.shared.desk().done.insert(ticket, how);
    }

    /// Takes records for a while.
    fn read(&mut self) -> Result<(), RunError> {
        let until = Instant::now() + SLICE;
        for _ in 0..SLICE_RECORDS {
            let left = until.saturating_duration_since(Instant::now());
            match self.reader.poll(left) {
                None => break,
                Some(Ok(message)) => {
                    let number = message.partition();
                    let taken = take(&self.store, &mut self.copies, &message);
                    match taken {
                        Ok(Taken::More { for_worker }) => self.metrics.copied(for_worker),
                        Ok(Taken::TooOld) => {
                            drop(message);
                            self.start_over(number)?;
                        }
                        Err(error) => {
                            drop(message);
                            self.fail(number, error);
                        }
                    }
                }
                Some(Err(KafkaError::PartitionEOF(number))) => self.at_end(number),
                Some(Err(error)) => return Err(while_doing("reading the changelog")(error)),
            }
        }
        Ok(())
    }

    fn at_end(&mut self, number: i32) {
        let Some(copy) = self.copies.get_mut(&number) else { return };
        if let Err(error) = copy.load.flush(&*self.store) {
            self.fail(number, error);
            return;
        }
        copy.at_end = true;
        let Some((ticket, committed)) = copy.for_worker else {
            if !std::mem::replace(&mut copy.level, true) {
                tracing::info!(partition = number, records = copy.load.records, "a standby copy is level");
            }
            return;
        };
        if copy.load.records > 0 {
            let (records, seconds) = (copy.load.records, copy.load.began.elapsed().as_secs_f64());
            tracing::info!(partition = number, records, seconds, "the state is there");
        }
        self.drop_copy(number);
        self.finish(number, ticket, Ok(committed));
    }

    fn fail(&mut self, number: i32, error: StoreError) {
        let waited = self.copies.remove(&number).and_then(|copy| copy.for_worker);
        if let Err(error) = self.unassign(number) {
            tracing::warn!(partition = number, %error, "could not let go of a copy");
        }
        if let Some((ticket, _)) = waited {
            self.finish(number, ticket, Err(RunError::Store(error)));
        } else {
            tracing::error!(partition = number, %error, "a standby copy failed");
        }
    }

    fn start_over(&mut self, number: i32) -> Result<(), RunError> {
        let Some(mut copy) = self.copies.remove(&number) else { return Ok(()) };
        tracing::info!(partition = number, "the copy of the state is old; made anew from the changelog");
        self.unassign(number)?;
        copy.load.start_over(&*self.store)?;
        self.follow(number, copy.load, copy.for_worker, copy.end)
    }

    /// Says how far copies are, in metrics always and in the log now and then.
    fn tell(&mut self) {
        let aloud = self.told.elapsed() >= TELL_EVERY;
        let mut standing = BTreeMap::new();
        for (number, copy) in &self.copies {
            let next = copy.load.offset().unwrap_or(0);
            if copy.for_worker.is_none() {
                standing.insert(*number, (!copy.at_end).then_some(next));
                continue;
            }
            let left = (copy.end - next).max(0);
            self.metrics.copy_left(*number, left);
            if aloud {
                tracing::info!(partition = number, left, "bringing back the state");
            }
        }
        self.shared.desk().standing = standing;
        if aloud {
            self.told = Instant::now();
        }
    }
}

enum Taken {
    More {
        for_worker: bool,
    },
    /// The copy before it can't be trusted.
    TooOld,
}

fn take(
    store: &Arc<dyn Store>,
    copies: &mut BTreeMap<i32, Copy>,
    message: &impl Message,
) -> Result<Taken, StoreError> {
    let Some(copy) = copies.get_mut(&message.partition()) else {
        return Ok(Taken::More { for_worker: false });
    };
    let for_worker = copy.for_worker.is_some();
    copy.at_end = false;
    let load = &mut copy.load;
    let first = load.records == 0 && load.offset().is_some();
    if first && load.written_at() > 0 && wall_clock() - load.written_at() > TRUSTED_MS {
        return Ok(Taken::TooOld);
    }
    load.take(&**store, message.offset(), message.key().unwrap_or_default(), message.payload())?;
    Ok(Taken::More { for_worker })
}
