//! The copying thread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use springtide_core::time::{HOUR_MS, Millis};
use springtide_store::{Store, StoreError};

use super::load::Load;
use super::standby::after;
use super::{Shared, Ticket};
use crate::fault::RunError;
use crate::kafka::{Copied, Copying, Record};
use crate::lane::Committed;
use crate::lease::Leases;
use crate::metrics::Metrics;
use crate::settings::Settings;

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

impl Copy {
    /// Whether what was there before the first record can't be trusted by now.
    fn is_too_old(&self, now: Millis) -> bool {
        let first = self.load.records == 0 && self.load.offset().is_some();
        first && self.load.written_at() > 0 && now - self.load.written_at() > TRUSTED_MS
    }
}

/// Copies the changelog into the store.
pub struct Copier<K: Copying> {
    settings: Settings,
    store: Arc<dyn Store>,
    leases: Leases,
    metrics: Metrics,
    partitions: i32,
    shared: Arc<Shared>,
    reader: K,
    /// Asked for by workers, not begun.
    waiting: BTreeMap<i32, Ticket>,
    copies: BTreeMap<i32, Copy>,
    told: Instant,
}

impl<K: Copying> Copier<K> {
    pub(super) fn new(
        settings: &Settings,
        store: Arc<dyn Store>,
        leases: Leases,
        metrics: Metrics,
        partitions: i32,
        shared: Arc<Shared>,
        reader: K,
    ) -> Copier<K> {
        Copier {
            settings: settings.clone(),
            store,
            leases,
            metrics,
            partitions,
            shared,
            waiting: BTreeMap::new(),
            copies: BTreeMap::new(),
            told: reader.now(),
            reader,
        }
    }

    /// Works until it is told to end.
    pub fn work(&mut self) {
        while self.follow_orders() {
            if let Err(error) = self.step() {
                tracing::warn!(%error, "the changelog can't be read now; trying again");
                self.wait(PAUSE_AFTER_FAULT);
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
            self.wait(SLICE);
            return Ok(());
        }
        self.read()
    }

    /// Rests until there are orders.
    fn wait(&self, time: Duration) {
        let mut until_news = |time| {
            let desk = self.shared.desk();
            if desk.asked.is_empty() && desk.cancelled.is_empty() && !desk.ending {
                // Woken or not: what there is to do is looked up.
                let _woken =
                    self.shared.news.wait_timeout(desk, time).unwrap_or_else(PoisonError::into_inner);
            }
        };
        self.reader.rest(time, &mut until_news);
    }

    /// Begins the copies that workers wait for, where nothing is open that could still change where they end.
    fn begin_waiting(&mut self) -> Result<(), RunError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let wanted: Vec<i32> = self.waiting.keys().copied().collect();
        let committed = self.reader.group_offsets(&wanted)?;
        for (number, committed) in committed {
            // In this order: what is written by now is stable by then, or the partition waits.
            let end = self.reader.written(number)?;
            if self.reader.stable(number)? < end {
                tracing::debug!(
                    partition = number,
                    "waiting for a transaction that is open in the changelog"
                );
                self.metrics.copy_left(number, self.left(number, end)?);
                self.wait(SLICE);
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
                self.reader.unfollow(number)?;
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
        self.reader.follow(number, load.offset())?;
        self.copies.insert(number, Copy { load, for_worker, end, level: false, at_end: false });
        Ok(())
    }

    fn drop_copy(&mut self, number: i32) {
        let Some(mut copy) = self.copies.remove(&number) else { return };
        let flushed = copy.load.flush(&*self.store).map_err(RunError::Store);
        if let Err(error) = flushed.and_then(|()| self.reader.unfollow(number)) {
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
        let until = self.reader.now() + SLICE;
        for _ in 0..SLICE_RECORDS {
            let left = until.saturating_duration_since(self.reader.now());
            match self.reader.next(left) {
                None => break,
                Some(Ok(Copied::Record(record))) => self.take(&record)?,
                Some(Ok(Copied::End(number))) => self.at_end(number),
                Some(Err(error)) => return Err(error),
            }
        }
        Ok(())
    }

    fn take(&mut self, record: &K::Record) -> Result<(), RunError> {
        let number = record.partition();
        let Some(copy) = self.copies.get_mut(&number) else { return Ok(()) };
        copy.at_end = false;
        if copy.is_too_old(self.reader.wall_clock()) {
            return self.start_over(number);
        }
        let key = record.key().unwrap_or_default();
        match copy.load.take(&*self.store, record.offset(), key, record.value()) {
            Ok(()) => self.metrics.copied(copy.for_worker.is_some()),
            Err(error) => self.fail(number, error),
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
        if let Err(error) = self.reader.unfollow(number) {
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
        self.reader.unfollow(number)?;
        copy.load.start_over(&*self.store)?;
        self.follow(number, copy.load, copy.for_worker, copy.end)
    }

    /// Says how far copies are, in metrics always and in the log now and then.
    fn tell(&mut self) {
        let aloud = self.reader.now().saturating_duration_since(self.told) >= TELL_EVERY;
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
            self.told = self.reader.now();
        }
    }
}
