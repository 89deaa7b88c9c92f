//! Records decoded on several threads: one cuts files into chunks of lines, the others decode them.
//!
//! What is said of bad records and kept of them is in the order of the files, as with one thread. Which thread gets which
//! event is left to chance.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use indicatif::ProgressBar;
use springtide_core::event::{Event, Topic};
use springtide_schema::files::{Record, RecordReader};
use springtide_schema::{BadRecord, Decoded, decode_line};

use super::{Counts, Input, open_all};
use crate::failure::Failure;
use crate::progress;

/// About how many bytes of lines are decoded at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// How many records at most.
const CHUNK_RECORDS: usize = 4_096;

/// Chunks that wait for a thread, by thread.
const CHUNKS_AHEAD: usize = 2;

/// Takes events, on a thread of its own.
pub trait Taker: Send {
    /// An event.
    fn take(&mut self, event: Event) -> Result<(), Failure>;
}

/// What became of a record before it was handed over.
enum Content {
    Line(Option<Topic>),
    Done(Box<Result<(Topic, Decoded), BadRecord>>),
}

/// Some records of a file.
struct Chunk {
    /// Its place among all chunks.
    place: u64,
    source: Arc<Path>,
    bytes: Vec<u8>,
    /// Each record's number, where its bytes end, and what is known of it.
    records: Vec<(u64, usize, Content)>,
}

/// A record that can't be used.
struct Bad {
    number: u64,
    bytes: Vec<u8>,
    why: BadRecord,
}

/// What a thread says of a chunk.
struct Told {
    place: u64,
    source: Arc<Path>,
    counts: Counts,
    bad: Vec<Bad>,
}

impl Input {
    /// Reads every record of the files; good ones go to one of the takers, each of which has a thread of its own.
    pub fn read_on_threads<T: Taker>(
        &mut self,
        paths: &[PathBuf],
        takers: Vec<T>,
    ) -> Result<Vec<T>, Failure> {
        self.dead_letter.apart_from(paths)?;
        let readers = open_all(paths)?;
        let total: Option<u64> = readers.iter().map(|reader| reader.progress().total_bytes()).sum();
        let bar = progress::bytes(total, "reading");
        let (chunks, waiting) = sync_channel(CHUNKS_AHEAD * takers.len());
        let waiting = Mutex::new(waiting);
        let (tell, answers) = channel();
        let takers = thread::scope(|scope| {
            let decode = |taker: T| {
                let (waiting, tell) = (&waiting, tell.clone());
                scope.spawn(move || decode_all(waiting, &tell, taker))
            };
            let running: Vec<_> = takers.into_iter().map(decode).collect();
            drop(tell);
            let heard = Heard { input: self, bar: &bar, early: BTreeMap::new(), next: 0 };
            let read = Cutter { heard, chunks, answers, place: 0 }.all(readers);
            let takers = running.into_iter().filter_map(|thread| match thread.join() {
                Ok(taker) => taker,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            let takers: Vec<T> = takers.collect();
            read.map(|()| takers)
        })?;
        bar.finish_and_clear();
        self.dead_letter.finish()?;
        Ok(takers)
    }
}

/// What is known of a chunk, or of the end of a file that breaks off; or why nothing more can be taken.
enum Known {
    Read(Told),
    BrokenOff(String),
}

type Answer = Result<Told, Failure>;

/// Hears what is said of chunks, and tells it in the order of the files.
struct Heard<'i> {
    input: &'i mut Input,
    bar: &'i ProgressBar,
    /// What was heard before what comes before it.
    early: BTreeMap<u64, Known>,
    /// The place of what comes next.
    next: u64,
}

impl Heard<'_> {
    fn take(&mut self, place: u64, known: Known) -> Result<(), Failure> {
        self.early.insert(place, known);
        while let Some(known) = self.early.remove(&self.next) {
            self.next += 1;
            match known {
                Known::BrokenOff(message) => self.input.broken_off(&message, self.bar)?,
                Known::Read(told) => {
                    self.input.counts.add(&told.counts);
                    for Bad { number, bytes, why } in &told.bad {
                        self.input.bad(&told.source, *number, bytes, why, self.bar)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self, answer: Answer) -> Result<(), Failure> {
        let told = answer?;
        self.take(told.place, Known::Read(told))
    }
}

/// Cuts files into chunks.
struct Cutter<'i> {
    heard: Heard<'i>,
    chunks: SyncSender<Chunk>,
    answers: Receiver<Answer>,
    /// The place of the next chunk.
    place: u64,
}

impl Cutter<'_> {
    fn all(mut self, readers: Vec<RecordReader>) -> Result<(), Failure> {
        let mut before = 0;
        for reader in readers {
            let position = reader.progress().clone();
            self.file(reader, before)?;
            before += position.read_bytes();
        }
        let Cutter { mut heard, chunks, answers, .. } = self;
        // No more come: the threads end when they have told of the last.
        drop(chunks);
        answers.iter().try_for_each(|answer| heard.answer(answer))
    }

    fn file(&mut self, mut reader: RecordReader, before: u64) -> Result<(), Failure> {
        let (source, position): (Arc<Path>, _) = (reader.source().into(), reader.progress().clone());
        let empty =
            |place| Chunk { place, source: Arc::clone(&source), bytes: Vec::new(), records: Vec::new() };
        let mut chunk = empty(self.place);
        loop {
            match reader.next_record() {
                Ok(Some(record)) => chunk.put(record),
                Ok(None) => return self.send(chunk),
                Err(error) => {
                    self.send(chunk)?;
                    self.place += 1;
                    return self.heard.take(self.place - 1, Known::BrokenOff(error.to_string()));
                }
            }
            if chunk.is_full() {
                self.send(chunk)?;
                chunk = empty(self.place);
                self.heard.bar.set_position(before + position.read_bytes());
            }
        }
    }

    fn send(&mut self, chunk: Chunk) -> Result<(), Failure> {
        self.place += 1;
        // Where no thread is left to take it, one has told why.
        let _ = self.chunks.send(chunk);
        self.answers.try_iter().try_for_each(|answer| self.heard.answer(answer))
    }
}

impl Chunk {
    fn put(&mut self, record: Record<'_>) {
        let number = record.number;
        let (bytes, content) = match record.line_topic() {
            Some(topic) => (record.bytes, Content::Line(topic)),
            None => {
                let bytes = record.bytes;
                let decoded = record.decode();
                // Those that can be used are not kept.
                let bytes = if decoded.is_ok() { &[] } else { bytes };
                (bytes, Content::Done(Box::new(decoded)))
            }
        };
        self.bytes.extend_from_slice(bytes);
        self.records.push((number, self.bytes.len(), content));
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= CHUNK_BYTES || self.records.len() >= CHUNK_RECORDS
    }

    fn decode(self, taker: &mut impl Taker) -> Answer {
        let Chunk { place, source, bytes, records } = self;
        let mut told = Told { place, source, counts: Counts::default(), bad: Vec::new() };
        let mut start = 0;
        for (number, end, content) in records {
            let line = bytes.get(start..end).unwrap_or_default();
            start = end;
            let decoded = match content {
                Content::Line(topic) => decode_line(topic, line),
                Content::Done(decoded) => *decoded,
            };
            match decoded {
                Ok((topic, decoded)) => {
                    told.counts.note(topic, &decoded);
                    taker.take(decoded.event)?;
                }
                Err(why) => told.bad.push(Bad { number, bytes: line.to_vec(), why }),
            }
        }
        Ok(told)
    }
}

/// Decodes chunks as long as there are some; the taker goes where one could not be taken in.
fn decode_all<T: Taker>(waiting: &Mutex<Receiver<Chunk>>, tell: &Sender<Answer>, mut taker: T) -> Option<T> {
    loop {
        let chunk = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = chunk else {
            return Some(taker);
        };
        let answer = chunk.decode(&mut taker);
        let failed = answer.is_err();
        // Who hears it may have given up over another answer.
        let _ = tell.send(answer);
        if failed {
            return None;
        }
    }
}
