//! The copying thread.

mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use springtide_store::{Store, StoreError};

use super::load::Load;
use super::standby::after;
use super::writer::Writer;
use super::{Shared, Ticket};
use crate::fault::RunError;
use crate::kafka::Copying;
use crate::lane::Committed;
use crate::lease::Leases;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// How long records are taken before new orders are looked at.
const SLICE: Duration = Duration::from_millis(50);
/// Copies that workers wait for are begun while less than this is left of others: what is long goes one by one, so that
/// the first is open soon, and lies in few large pieces on the disk.
const FAR_RECORDS: i64 = 60_000;
/// Of a copy of which nothing was read for so long nobody knows how long it takes.
const STALLED: Duration = Duration::from_secs(2);
/// Before a standby copy that could not be written is begun again: on a full disk it would fail as soon as it began.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);
/// Fewer are back before anybody has read of it.
const TOLD_RECORDS: i64 = 500;
const TELL_EVERY: Duration = Duration::from_secs(5);
/// A transaction of somebody who has died is aborted by the brokers before this: one that is open still, hangs.
const HANGS: Duration = Duration::from_secs(20);

/// A partition that a worker asked for.
struct Asked {
    ticket: Ticket,
    since: Instant,
    /// Whether it was said how much is to be copied.
    told: bool,
    /// Whether a transaction is open in it, when it was last looked at.
    is_held: bool,
}

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
    /// When something of it was read last.
    moved: Instant,
}

/// Copies the changelog into the store.
pub struct Copier<K: Copying> {
    settings: Settings,
    store: Arc<dyn Store>,
    leases: Leases,
    metrics: Metrics,
    partitions: i32,
    shared: Arc<Shared>,
    writer: Writer,
    reader: K,
    /// Asked for by workers, not begun.
    waiting: BTreeMap<i32, Asked>,
    copies: BTreeMap<i32, Copy>,
    /// Standby copies that failed, and are not begun again before this.
    resting: BTreeMap<i32, Instant>,
    /// About how much of them is gathered and not on its way to the disk, in bytes.
    gathered: usize,
    /// When records were last taken.
    moment: Instant,
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
    ) -> Result<Copier<K>, RunError> {
        Ok(Copier {
            settings: settings.clone(),
            writer: Writer::start(Arc::clone(&store), K::WRITES_BESIDE)?,
            store,
            leases,
            metrics,
            partitions,
            shared,
            moment: reader.now(),
            told: reader.now(),
            reader,
            waiting: BTreeMap::new(),
            copies: BTreeMap::new(),
            resting: BTreeMap::new(),
            gathered: 0,
        })
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
        let (all, cancelled, owned, ending) = {
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
        let since = self.reader.now();
        let asked = |ticket| Asked { ticket, since, told: false, is_held: false };
        self.waiting.extend(all.into_iter().map(|(number, ticket)| (number, asked(ticket))));
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
        let now = self.reader.now();
        self.resting.retain(|_, until| *until > now);
        for number in wanted {
            if self.copies.contains_key(number)
                || self.resting.contains_key(number)
                || self.waiting.contains_key(number)
                || self.leases.is_held(*number)
            {
                continue;
            }
            let begun = Load::begin(&*self.store, *number, &self.settings.changelog(), self.reader.now());
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
        if self.waiting.is_empty() || (self.is_far() && self.waiting.values().all(|asked| asked.told)) {
            return Ok(());
        }
        let wanted: Vec<i32> = self.waiting.keys().copied().collect();
        let committed = self.reader.group_offsets(&wanted)?;
        for (number, committed) in committed {
            // In this order: what is written by now is stable by then, or the partition waits.
            let later = self.is_far();
            if later && self.waiting.get(&number).is_some_and(|asked| asked.told) {
                continue;
            }
            let end = self.reader.written(number)?;
            let left = self.left(number, end)?;
            if let Some(asked) = self.waiting.get_mut(&number) {
                asked.told = true;
                self.metrics.copy_left(number, left);
            }
            if later {
                continue;
            }
            let is_held = self.reader.stable(number)? < end;
            if let Some(asked) = self.waiting.get_mut(&number) {
                asked.is_held = is_held;
            }
            if is_held {
                self.wait(SLICE);
                continue;
            }
            let Some(asked) = self.waiting.remove(&number) else { continue };
            if let Err(error) = self.begin(number, &asked, committed, end) {
                self.finish(number, asked.ticket, Err(error));
            }
        }
        Ok(())
    }

    /// Whether enough is left to read of the copies that workers wait for.
    fn is_far(&self) -> bool {
        let now = self.reader.now();
        // A partition whose broker is away keeps nobody else waiting.
        let moves = |copy: &&Copy| now.saturating_duration_since(copy.moved) < STALLED;
        let waited = self.copies.values().filter(|copy| copy.for_worker.is_some() && !copy.at_end);
        let waited = waited.filter(moves);
        waited.map(|copy| copy.end - copy.load.offset().unwrap_or(0)).sum::<i64>() > FAR_RECORDS
    }

    /// What is yet to be copied of a partition that a worker waits for, and that is not begun.
    fn left(&self, number: i32, end: i64) -> Result<i64, RunError> {
        let copied = match self.copies.get(&number) {
            Some(standby) => standby.load.offset(),
            None => self.store.meta(number)?.and_then(|meta| meta.changelog_offset),
        };
        Ok((end - copied.unwrap_or(0)).max(0))
    }

    fn begin(&mut self, number: i32, asked: &Asked, committed: Committed, end: i64) -> Result<(), RunError> {
        let standing = self.settle(number);
        let mut load = match self.copies.remove(&number) {
            Some(standby) => {
                self.reader.unfollow(number)?;
                standing?;
                standby.load
            }
            None => Load::begin(&*self.store, number, &self.settings.changelog(), self.reader.now())?,
        };
        load.again(asked.since);
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
            self.finish(number, asked.ticket, Ok(committed));
            return Ok(());
        }
        if end - from > TOLD_RECORDS {
            tracing::info!(
                partition = number,
                records = end - from,
                "bringing back the state from the changelog"
            );
        }
        self.follow(number, load, Some((asked.ticket, committed)), end)
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
        self.copies.insert(
            number,
            Copy { load, for_worker, end, level: false, at_end: false, moved: self.reader.now() },
        );
        Ok(())
    }

    fn drop_copy(&mut self, number: i32) {
        let settled = self.settle(number);
        if self.copies.remove(&number).is_none() {
            return;
        }
        if let Err(error) = settled.map_err(RunError::Store).and(self.reader.unfollow(number)) {
            tracing::warn!(partition = number, %error, "could not let go of a copy");
        }
    }

    /// Has what was gathered of a copy written.
    fn order(&mut self, number: i32) {
        let Some(copy) = self.copies.get_mut(&number) else { return };
        self.gathered = self.gathered.saturating_sub(copy.load.size());
        if let Some(part) = copy.load.part(self.reader.wall_clock()) {
            copy.load.in_flight += 1;
            self.writer.order(part);
        }
    }

    /// Waits until all that was taken of a copy is written.
    fn settle(&mut self, number: i32) -> Result<(), StoreError> {
        self.order(number);
        let mut settled = Ok(());
        while self.copies.get(&number).is_some_and(|copy| copy.load.in_flight > 0) {
            // Ordered, so there is an answer.
            let Some((of, how)) = self.writer.await_written() else { break };
            if of == number {
                self.landed(number);
                settled = settled.and(how);
            } else {
                self.written(of, how);
            }
        }
        settled
    }

    fn landed(&mut self, number: i32) {
        if let Some(copy) = self.copies.get_mut(&number) {
            copy.load.in_flight = copy.load.in_flight.saturating_sub(1);
        }
    }

    /// Notes that a part was written.
    fn written(&mut self, number: i32, how: Result<(), StoreError>) {
        self.landed(number);
        match how {
            Ok(()) => self.perhaps_done(number),
            Err(error) => self.fail(number, error),
        }
    }

    /// Tells the worker that waits.
    fn finish(&mut self, number: i32, ticket: Ticket, how: Result<Committed, RunError>) {
        self.metrics.forget_copy(number);
        self.shared.desk().done.insert(ticket, how);
    }

    fn fail(&mut self, number: i32, error: StoreError) {
        // Whatever is still on its way is written, or fails as this did.
        let _ = self.settle(number);
        let waited = self.copies.remove(&number).and_then(|copy| copy.for_worker);
        if let Err(error) = self.reader.unfollow(number) {
            tracing::warn!(partition = number, %error, "could not let go of a copy");
        }
        self.unless(Err(RunError::Store(error)), number, waited);
    }

    /// Reads a copy again from where it is once it is prepared for that.
    fn follow_anew(
        &mut self,
        number: i32,
        prepare: impl FnOnce(&mut Load, &dyn Store) -> Result<(), StoreError>,
    ) {
        let Some(mut copy) = self.copies.remove(&number) else { return };
        let waited = copy.for_worker;
        let begun = self.reader.unfollow(number);
        let begun = begun.and_then(|()| Ok(prepare(&mut copy.load, &*self.store)?));
        let begun = begun.and_then(|()| self.follow(number, copy.load, waited, copy.end));
        self.unless(begun, number, waited);
    }

    /// Whoever waits for a copy that can't go on is told.
    fn unless(&mut self, done: Result<(), RunError>, number: i32, waited: Option<(Ticket, Committed)>) {
        match (done, waited) {
            (Ok(()), _) => {}
            (Err(error), Some((ticket, _))) => self.finish(number, ticket, Err(error)),
            (Err(error), None) => {
                tracing::error!(partition = number, %error, "a standby copy failed; beginning again soon");
                self.resting.insert(number, self.reader.now() + PAUSE_AFTER_FAILURE);
            }
        }
    }

    /// Says how far copies are, in metrics always and in the log now and then.
    fn tell(&mut self) {
        let now = self.reader.now();
        let aloud = now.saturating_duration_since(self.told) >= TELL_EVERY;
        let hangs = |asked: &Asked| asked.is_held && now.saturating_duration_since(asked.since) >= HANGS;
        for (number, _) in self.waiting.iter().filter(|(_, asked)| aloud && hangs(asked)) {
            tracing::warn!(partition = number, "waiting for a transaction that is open in the changelog");
        }
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
