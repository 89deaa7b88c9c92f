//! Events in the order of SPEC 3.1, whatever their number: sorted in runs, runs kept on disk, then merged.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use springtide_core::event::{Event, order};
use springtide_core::time::Millis;

use crate::failure::Failure;

/// How many events are sorted in memory at once: memory is to follow the accounts, not the history.
const RUN_EVENTS: usize = 16_384;

/// How many runs of one size are kept before they become one of the next size: open files are few.
const RUNS_OF_A_SIZE: usize = 64;

/// Takes events in any order.
pub struct Sorter {
    run: Vec<Event>,
    run_events: usize,
    /// Runs on disk, by size.
    spilled: Vec<Vec<File>>,
    /// The greatest `occurred_at` taken.
    pub latest: Option<Millis>,
    /// How many were taken.
    pub taken: u64,
}

/// What goes wrong with what is kept meanwhile.
pub(super) fn disk(error: impl std::fmt::Display) -> Failure {
    Failure::Other(format!("can't sort in the temporary folder: {error}; TMPDIR names another one"))
}

fn compare(a: &Event, b: &Event) -> Ordering {
    let by_time = (a.at(), a.topic()).cmp(&(b.at(), b.topic())).then_with(|| a.account.cmp(&b.account));
    by_time.then_with(|| order(&a.fact, &b.fact))
}

impl Default for Sorter {
    fn default() -> Self {
        Sorter::with_run(RUN_EVENTS)
    }
}

impl Sorter {
    /// A sorter with another number of events a run.
    pub fn with_run(run_events: usize) -> Sorter {
        Sorter { run: Vec::new(), run_events, spilled: Vec::new(), latest: None, taken: 0 }
    }

    /// Takes an event.
    pub fn take(&mut self, event: Event) -> Result<(), Failure> {
        self.latest = self.latest.max(Some(event.at()));
        self.taken += 1;
        self.run.push(event);
        if self.run.len() >= self.run_events { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), Failure> {
        self.run.sort_by(compare);
        let mut writer = RunWriter::new()?;
        self.run.drain(..).try_for_each(|event| writer.write(&event))?;
        self.keep(writer.finish()?, 0)
    }

    fn keep(&mut self, run: File, size: usize) -> Result<(), Failure> {
        if self.spilled.len() == size {
            self.spilled.push(Vec::new());
        }
        self.spilled[size].push(run);
        if self.spilled[size].len() < RUNS_OF_A_SIZE {
            return Ok(());
        }
        let mut sorted = Sorted::merging(std::mem::take(&mut self.spilled[size]))?;
        let mut writer = RunWriter::new()?;
        while let Some(event) = sorted.next_event()? {
            writer.write(&event)?;
        }
        self.keep(writer.finish()?, size + 1)
    }

    /// All events, in order.
    pub fn finish(mut self) -> Result<Sorted, Failure> {
        if self.spilled.is_empty() {
            self.run.sort_by(compare);
            return Ok(Sorted { memory: self.run.into_iter(), runs: Vec::new(), heads: BinaryHeap::new() });
        }
        self.spill()?;
        Sorted::merging(self.spilled.into_iter().flatten().collect())
    }
}

/// Writes a run: each event behind its length.
struct RunWriter {
    file: BufWriter<File>,
}

impl RunWriter {
    fn new() -> Result<RunWriter, Failure> {
        Ok(RunWriter { file: BufWriter::new(tempfile::tempfile().map_err(disk)?) })
    }

    fn write(&mut self, event: &Event) -> Result<(), Failure> {
        let bytes = postcard::to_stdvec(event).map_err(disk)?;
        let length = (bytes.len() as u32).to_le_bytes();
        self.file.write_all(&length).and_then(|()| self.file.write_all(&bytes)).map_err(disk)
    }

    fn finish(self) -> Result<File, Failure> {
        let mut file = self.file.into_inner().map_err(disk)?;
        file.seek(SeekFrom::Start(0)).map_err(disk)?;
        Ok(file)
    }
}

struct Head {
    event: Event,
    run: usize,
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.event, &other.event).then(self.run.cmp(&other.run))
    }
}

/// Events in order: one run in memory, or many on disk.
pub struct Sorted {
    memory: std::vec::IntoIter<Event>,
    runs: Vec<BufReader<File>>,
    heads: BinaryHeap<Reverse<Head>>,
}

impl Sorted {
    fn merging(files: Vec<File>) -> Result<Sorted, Failure> {
        let mut sorted =
            Sorted { memory: Vec::new().into_iter(), runs: Vec::new(), heads: BinaryHeap::new() };
        for file in files {
            sorted.runs.push(BufReader::new(file));
            sorted.refill(sorted.runs.len() - 1)?;
        }
        Ok(sorted)
    }

    fn refill(&mut self, run: usize) -> Result<(), Failure> {
        let mut length = [0_u8; 4];
        let file = &mut self.runs[run];
        match file.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(disk(error)),
        }
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        file.read_exact(&mut bytes).map_err(disk)?;
        let event = postcard::from_bytes(&bytes).map_err(disk)?;
        self.heads.push(Reverse(Head { event, run }));
        Ok(())
    }

    /// The next event.
    pub fn next_event(&mut self) -> Result<Option<Event>, Failure> {
        if self.runs.is_empty() {
            return Ok(self.memory.next());
        }
        let Some(Reverse(Head { event, run })) = self.heads.pop() else {
            return Ok(None);
        };
        self.refill(run)?;
        Ok(Some(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use springtide_core::event::Topic;
    use springtide_schema::decode_json;

    fn event(at: i64, id: u32) -> Event {
        let time = springtide_core::time::format_rfc3339(at);
        let line = format!(
            r#"{{"event_id":"e{id}","account_id":"a","occurred_at":"{time}","type":"user_activity","user_id":"u"}}"#
        );
        decode_json(Topic::ProductUsage, line.as_bytes()).unwrap().event
    }

    #[test]
    fn runs_on_disk_come_back_in_order() {
        for run in [1, 3, 7, 1000] {
            let mut sorter = Sorter::with_run(run);
            let mut want: Vec<i64> = (0..500).map(|number| number * 7919 % 211).collect();
            for (number, at) in want.iter().enumerate() {
                sorter.take(event(*at, number as u32)).unwrap();
            }
            want.sort_unstable();
            assert_eq!(sorter.latest, want.last().copied());
            let mut sorted = sorter.finish().unwrap();
            let mut times = Vec::new();
            while let Some(event) = sorted.next_event().unwrap() {
                times.push(event.at());
            }
            assert_eq!(times, want, "runs of {run}");
        }
    }
}
