//! From the changelog to the disk: records taken, gathered, written.

use std::time::{Duration, Instant};

use super::{Copier, Load, SLICE};
use crate::fault::RunError;
use crate::kafka::{Copied, Copying, Record};

const SLICE_RECORDS: usize = 20_000;
/// What is gathered of all copies before the largest share is written; as much may be on its way to the disk meanwhile.
const GATHERED_BYTES: usize = 28 << 20;
/// A share below this is written at once when its end has come, as nobody has to wait for that.
const SMALL_BYTES: usize = 256 << 10;
/// How long records are waited for while a copy has come to its end and is being written.
const ENDING: Duration = Duration::from_millis(1);

impl<K: Copying> Copier<K> {
    /// Takes records for a while.
    pub(super) fn read(&mut self) -> Result<(), RunError> {
        let (until, mut taken) = (self.reader.now() + SLICE, [0, 0]);
        let mut went = Ok(());
        self.moment = self.reader.now();
        for _ in 0..SLICE_RECORDS {
            let wait = self.may_wait(until);
            match self.reader.next(wait) {
                None => break,
                Some(Ok(Copied::Record(record))) => self.take(&record, &mut taken),
                Some(Ok(Copied::End(number))) => self.at_end(number),
                Some(Ok(Copied::Astray(number))) => self.read_again(number),
                Some(Err(error)) => {
                    went = Err(error);
                    break;
                }
            }
        }
        self.metrics.copied(taken[0], taken[1]);
        went
    }

    /// How long the next record may be waited for; what was written meanwhile is noted.
    fn may_wait(&mut self, until: Instant) -> Duration {
        if self.reader.has_fetched() {
            return Duration::ZERO;
        }
        while let Some((number, how)) = self.writer.written() {
            self.written(number, how);
        }
        let ending = self.copies.values().any(|copy| copy.at_end && copy.load.in_flight > 0);
        let left = until.saturating_duration_since(self.reader.now());
        if ending { left.min(ENDING) } else { left }
    }

    fn read_again(&mut self, number: i32) {
        match self.settle(number) {
            Ok(()) => self.follow_anew(number, |_, _| Ok(())),
            Err(error) => self.fail(number, error),
        }
    }

    /// Takes a record, and counts it as a worker's or a standby copy's.
    fn take(&mut self, record: &K::Record, taken: &mut [u64; 2]) {
        let number = record.partition();
        let Some(copy) = self.copies.get_mut(&number) else { return };
        (copy.at_end, copy.moved) = (false, self.moment);
        let load = &mut copy.load;
        let first = load.records == 0 && load.offset().is_some();
        if first
            && load.written_at() > 0
            && self.reader.wall_clock() - load.written_at() > self.settings.stale_after_ms
        {
            // Nothing was taken yet.
            tracing::info!(partition = number, "the copy of the state is old; made anew from the changelog");
            self.follow_anew(number, Load::start_over);
            return;
        }
        let before = load.size();
        if let Err(error) = load.take(record.offset(), record.key().unwrap_or_default(), record.value()) {
            self.fail(number, error);
            return;
        }
        taken[usize::from(copy.for_worker.is_none())] += 1;
        self.gathered += load.size() - before;
        if self.gathered >= GATHERED_BYTES {
            self.order_largest();
        }
    }

    fn order_largest(&mut self) {
        let largest = self.copies.iter().max_by_key(|(_, copy)| copy.load.size());
        if let Some(number) = largest.map(|(number, _)| *number) {
            self.order(number);
        }
        self.gathered = self.copies.values().map(|copy| copy.load.size()).sum();
    }

    fn at_end(&mut self, number: i32) {
        let Some(copy) = self.copies.get_mut(&number) else { return };
        copy.at_end = true;
        if copy.load.size() >= SMALL_BYTES || copy.load.in_flight > 0 {
            self.order(number);
            return;
        }
        self.gathered = self.gathered.saturating_sub(copy.load.size());
        let written =
            copy.load.part(self.reader.wall_clock()).map_or(Ok(()), |part| part.write(&*self.store));
        match written {
            Ok(()) => self.perhaps_done(number),
            Err(error) => self.fail(number, error),
        }
    }

    /// Says that a copy has come to its end, and is written, where that is so.
    pub(super) fn perhaps_done(&mut self, number: i32) {
        let Some(copy) = self.copies.get_mut(&number) else { return };
        if !copy.at_end || copy.load.in_flight > 0 {
            return;
        }
        if let Some(error) = copy.load.spoiled() {
            self.fail(number, error);
            return;
        }
        let Some((ticket, committed)) = copy.for_worker else {
            if !std::mem::replace(&mut copy.level, true) {
                tracing::info!(partition = number, records = copy.load.records, "a standby copy is level");
            }
            return;
        };
        if copy.load.records > 0 {
            let (records, seconds) = (
                copy.load.records,
                self.reader.now().saturating_duration_since(copy.load.began).as_secs_f64(),
            );
            tracing::info!(partition = number, records, seconds, "the state is there");
        }
        self.drop_copy(number);
        self.finish(number, ticket, Ok(committed));
    }
}
