//! Records from files: read, decode, count, and keep what can't be used.

mod threads;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use springtide_core::event::{Event, Topic};
use springtide_schema::files::{self, Form, Packing, RecordReader};
use springtide_schema::{BadRecord, Decoded};

use crate::failure::Failure;
use crate::progress;
use crate::text::note;

pub use threads::Taker;

/// How many records of each sort were read.
#[derive(Debug, Default)]
pub struct Counts {
    /// Good ones, by topic.
    pub events: [u64; 5],
    /// Bad ones, by class.
    pub bad: BTreeMap<&'static str, u64>,
    /// Fields that no topic knows.
    pub unknown_fields: u64,
}

impl Counts {
    /// All good records.
    pub fn total(&self) -> u64 {
        self.events.iter().sum()
    }

    /// All bad records.
    pub fn bad_total(&self) -> u64 {
        self.bad.values().sum()
    }

    fn note(&mut self, topic: Topic, decoded: &Decoded) {
        self.events[topic.index()] += 1;
        self.unknown_fields += u64::from(decoded.unknown_fields);
    }

    fn add(&mut self, others: &Counts) {
        self.events.iter_mut().zip(others.events).for_each(|(count, more)| *count += more);
        others.bad.iter().for_each(|(class, more)| *self.bad.entry(class).or_default() += more);
        self.unknown_fields += others.unknown_fields;
    }
}

/// The class of what follows where a file can't be read further.
pub const UNREADABLE: &str = "unreadable";

/// A file of lines that were set aside. It is opened at once, so that a folder that is not there is said before an
/// hour of work; what it held before goes when the first line comes, or when all is read.
pub struct Aside {
    path: Option<PathBuf>,
    file: Option<BufWriter<File>>,
    emptied: bool,
}

impl Aside {
    /// Lines go to `path`, or nowhere.
    pub fn new(path: Option<&Path>) -> Result<Aside, Failure> {
        let options = || File::options().write(true).create(true).truncate(false).clone();
        let file =
            path.map(|path| options().open(path).map(BufWriter::new).map_err(|e| file_error(path, &e)));
        Ok(Aside { path: path.map(Path::to_owned), file: file.transpose()?, emptied: false })
    }

    /// Refuses to write over any of these files.
    pub fn apart_from<'p>(&self, others: impl IntoIterator<Item = &'p PathBuf>) -> Result<(), Failure> {
        let (Some(path), Some(file)) = (&self.path, &self.file) else {
            return Ok(());
        };
        let own = file.get_ref().metadata().map_err(|error| file_error(path, &error))?;
        let is_own = |other: &PathBuf| {
            let other = if other == Path::new("-") { Path::new("/dev/stdin") } else { other };
            std::fs::metadata(other).is_ok_and(|other| (other.dev(), other.ino()) == (own.dev(), own.ino()))
        };
        // What is no file, such as a terminal, takes and gives without losing anything.
        if own.is_file() && others.into_iter().any(is_own) {
            let message = format!(
                "{}: has another part in this call; lines set aside would overwrite it",
                path.display()
            );
            return Err(Failure::Usage(message));
        }
        Ok(())
    }

    fn empty(&mut self) -> std::io::Result<()> {
        match &self.file {
            Some(file)
                if !std::mem::replace(&mut self.emptied, true) && file.get_ref().metadata()?.is_file() =>
            {
                file.get_ref().set_len(0)
            }
            _ => Ok(()),
        }
    }

    /// Keeps a line as it came.
    pub fn keep(&mut self, line: &[u8]) -> Result<(), Failure> {
        let emptied = self.empty();
        let (Some(path), Some(file)) = (&self.path, &mut self.file) else {
            return Ok(());
        };
        let kept = emptied.and_then(|()| file.write_all(line)).and_then(|()| file.write_all(b"\n"));
        kept.map_err(|error| file_error(path, &error))
    }

    /// Writes out what is buffered.
    pub fn finish(&mut self) -> Result<(), Failure> {
        let emptied = self.empty();
        match (&self.path, &mut self.file) {
            (Some(path), Some(file)) => {
                emptied.and_then(|()| file.flush()).map_err(|error| file_error(path, &error))
            }
            _ => Ok(()),
        }
    }
}

/// An I/O error of a file as a failure.
pub fn file_error(path: &Path, error: &std::io::Error) -> Failure {
    Failure::File(path.to_owned(), error.to_string())
}

/// Where a record stood.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// Its bytes, as they came.
    pub bytes: &'a [u8],
    /// By topic, whether a file named for it is being read or yet to come.
    pub ahead: [bool; 5],
}

/// What is done with each good record and its line.
pub type Each<'e> = dyn FnMut(Event, Line<'_>) -> Result<(), Failure> + 'e;

/// Where a file stands among the others.
#[derive(Clone, Copy)]
struct Start {
    /// Bytes of the files before it.
    before: u64,
    /// By topic, whether it or one after it is named for the topic.
    ahead: [bool; 5],
}

/// The records of some files, one after the other.
pub struct Input {
    /// What was read so far.
    pub counts: Counts,
    dead_letter: Aside,
    /// How many bad records were shown on standard error.
    shown: u64,
}

/// Beyond this many, bad records are only counted.
const SHOWN_MOST: u64 = 5;

impl Input {
    /// Bad records go to `dead_letter`, where there is one.
    pub fn new(dead_letter: Option<&Path>) -> Result<Input, Failure> {
        Ok(Input { counts: Counts::default(), dead_letter: Aside::new(dead_letter)?, shown: 0 })
    }

    /// Reads every record of the files, in order; `each` gets the good ones, with their line.
    pub fn read(&mut self, paths: &[PathBuf], each: &mut Each<'_>) -> Result<(), Failure> {
        self.dead_letter.apart_from(paths)?;
        let readers = open_all(paths)?;
        let total: Option<u64> = readers.iter().map(|reader| reader.progress().total_bytes()).sum();
        let bar = progress::bytes(total, "reading");
        let topics: Vec<Option<Topic>> = readers.iter().map(RecordReader::topic).collect();
        let mut before = 0;
        for (at, reader) in readers.into_iter().enumerate() {
            let position = reader.progress().clone();
            let ahead = Topic::ALL.map(|topic| topics[at..].contains(&Some(topic)));
            self.read_one(reader, &bar, Start { before, ahead }, each)?;
            before += position.read_bytes();
        }
        bar.finish_and_clear();
        self.dead_letter.finish()
    }

    fn read_one(
        &mut self,
        mut reader: RecordReader,
        bar: &ProgressBar,
        start: Start,
        each: &mut Each<'_>,
    ) -> Result<(), Failure> {
        let (source, position) = (reader.source().to_owned(), reader.progress().clone());
        let mut since_shown = 0_u32;
        loop {
            let record = match reader.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(()),
                Err(error) => return self.broken_off(&error.to_string(), bar),
            };
            let (number, bytes) = (record.number, record.bytes);
            match record.decode() {
                Ok((topic, decoded)) => {
                    self.counts.note(topic, &decoded);
                    each(decoded.event, Line { bytes, ahead: start.ahead })?;
                }
                Err(bad) => self.bad(&source, number, bytes, &bad, bar)?,
            }
            since_shown += 1;
            if since_shown == 1_000 {
                since_shown = 0;
                bar.set_position(start.before + position.read_bytes());
            }
        }
    }

    /// A file that ends in the middle: what was read counts, and the rest is one bad record.
    fn broken_off(&mut self, message: &str, bar: &ProgressBar) -> Result<(), Failure> {
        *self.counts.bad.entry(UNREADABLE).or_default() += 1;
        bar.suspend(|| note(format_args!("springtide: {message}; what came before it is kept")));
        Ok(())
    }

    fn bad(
        &mut self,
        source: &Path,
        number: u64,
        line: &[u8],
        bad: &BadRecord,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        *self.counts.bad.entry(bad.class.name()).or_default() += 1;
        self.shown += 1;
        if self.shown <= SHOWN_MOST {
            bar.suspend(|| note(format_args!("springtide: {}:{number}: {bad}", source.display())));
        } else if self.shown == SHOWN_MOST + 1 {
            bar.suspend(|| note("springtide: more bad lines follow; they are counted in the summary"));
        }
        self.dead_letter.keep(line)
    }
}

/// All are opened first: a missing one is said before an hour of work, not after.
fn open_all(paths: &[PathBuf]) -> Result<Vec<RecordReader>, Failure> {
    paths.iter().map(|path| open(path)).collect()
}

fn open(path: &Path) -> Result<RecordReader, Failure> {
    if path.is_dir() {
        return Err(Failure::File(path.to_owned(), "is a directory; name the files in it".to_owned()));
    }
    let opened = if path == Path::new("-") {
        RecordReader::from_stream("standard input", None, Form::Lines, Packing::Plain, std::io::stdin())
    } else {
        files::open(path)
    };
    opened.map_err(|error| Failure::Other(error.to_string()))
}
