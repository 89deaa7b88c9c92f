//! One reader for every form of file.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use springtide_core::event::Topic;

use super::lines::{Line, LineReader};
use super::source::{self, Form, Packing, Plain, Progress};
use crate::avro::{Container, ContainerError};
use crate::bad::{BadClass, BadRecord};
use crate::draft::Decoded;
use crate::json::decode_line;
use crate::limits::MAX_LINE_BYTES;

/// Why a file can't be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The file system says so.
    Io(PathBuf, io::Error),
    /// Its name does not tell what it holds.
    UnknownForm(PathBuf),
    /// It is called an Avro container file and is none that can be read.
    Avro(PathBuf, ContainerError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Io(path, error) => write!(f, "{}: {error}", path.display()),
            OpenError::UnknownForm(path) => write!(
                f,
                "{}: the name does not end with .jsonl, .ndjson, .json or .avro, with or without .gz or .zst",
                path.display()
            ),
            OpenError::Avro(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for OpenError {}

/// Why a file can't be read further; the records before were good to use.
#[derive(Debug)]
pub struct ReadError {
    /// Where the records come from.
    pub source: PathBuf,
    /// The last line or record that was met.
    pub after: u64,
    /// How many bytes of a line were read whose end was not.
    pub unfinished_bytes: usize,
    /// What happened.
    pub fault: ReadFault,
}

/// What kept a file from being read further.
#[derive(Debug)]
pub enum ReadFault {
    /// Reading or decompressing failed; of a compressed file that ends too early the kind is `UnexpectedEof`.
    Io(io::Error),
    /// The frame of an Avro container file is broken.
    Avro(ContainerError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: after record {}: ", self.source.display(), self.after)?;
        match &self.fault {
            ReadFault::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the compressed file ends too early")?;
            }
            ReadFault::Io(error) => error.fmt(f)?,
            ReadFault::Avro(error) => error.fmt(f)?,
        }
        match self.unfinished_bytes {
            0 => Ok(()),
            bytes => write!(f, "; {bytes} bytes of a line without its end are left out"),
        }
    }
}

impl std::error::Error for ReadError {}

/// One record of a file.
#[derive(Debug)]
pub struct Record<'a> {
    /// The line's number, or the record's of an Avro file; from 1.
    pub number: u64,
    /// The record as it stands in the file, for a dead-letter file. Of a line that is too long the start; of an
    /// Avro block that can't be read the rest of it.
    pub bytes: &'a [u8],
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// A line that is yet to be decoded, of the file's topic.
    Line(Option<Topic>),
    /// Decoding was needed to tell where the record ends, or there is nothing to decode.
    Done(Box<Result<(Topic, Decoded), BadRecord>>),
}

impl Record<'_> {
    /// What the record says, or what is wrong with it.
    pub fn decode(self) -> Result<(Topic, Decoded), BadRecord> {
        match self.content {
            Content::Line(topic) => decode_line(topic, self.bytes),
            Content::Done(result) => *result,
        }
    }

    /// The file's topic for a line that was not decoded yet: enough, with `bytes`, to decode it elsewhere with
    /// [`decode_line`]. `None` where [`Record::decode`] has the only answer.
    pub fn line_topic(&self) -> Option<Option<Topic>> {
        match self.content {
            Content::Line(topic) => Some(topic),
            Content::Done(_) => None,
        }
    }
}

/// The records of a file, one after the other.
pub struct RecordReader {
    source: PathBuf,
    topic: Option<Topic>,
    progress: Progress,
    input: Input,
    failed: bool,
}

enum Input {
    Lines(LineReader<Plain>),
    Avro(Box<Container<BufReader<Plain>>>, u64),
}

/// Opens a file by what its name says of it.
///
/// ```
/// use springtide_schema::files;
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("business-signals.jsonl");
/// std::fs::write(&path, "{\"event_id\":\"e1\",\"account_id\":\"acme\",\"occurred_at\":\"2026-03-02T09:30:00Z\",\"type\":\"funding_raised\"}\noops\n").unwrap();
/// let mut reader = files::open(&path).unwrap();
/// let mut seen = Vec::new();
/// while let Some(record) = reader.next_record().unwrap() {
///     seen.push((record.number, record.decode().is_ok()));
/// }
/// assert_eq!(seen, [(1, true), (2, false)]);
/// ```
pub fn open(path: impl AsRef<Path>) -> Result<RecordReader, OpenError> {
    let path = path.as_ref();
    let (topic, form) = source::by_name(path);
    let (form, packing) = form.ok_or_else(|| OpenError::UnknownForm(path.to_owned()))?;
    let (plain, progress) =
        source::open(path, packing).map_err(|error| OpenError::Io(path.to_owned(), error))?;
    RecordReader::new(path.to_owned(), topic, form, plain, progress)
}

impl RecordReader {
    /// Reads records from any stream of bytes, such as standard input; `source` is what messages call it.
    pub fn from_stream(
        source: impl Into<PathBuf>,
        topic: Option<Topic>,
        form: Form,
        packing: Packing,
        stream: impl Read + Send + 'static,
    ) -> Result<RecordReader, OpenError> {
        let source = source.into();
        match source::unpack(stream, packing, None) {
            Ok((plain, progress)) => RecordReader::new(source, topic, form, plain, progress),
            Err(error) => Err(OpenError::Io(source, error)),
        }
    }

    fn new(
        source: PathBuf,
        topic: Option<Topic>,
        form: Form,
        plain: Plain,
        progress: Progress,
    ) -> Result<RecordReader, OpenError> {
        let input = match form {
            Form::Lines => Input::Lines(LineReader::new(plain)),
            Form::Avro => match Container::open(BufReader::new(plain)) {
                Ok(container) => Input::Avro(Box::new(container), 0),
                Err(error) => return Err(OpenError::Avro(source, error)),
            },
        };
        Ok(RecordReader { source, topic, progress, input, failed: false })
    }

    /// Where the records come from.
    pub fn source(&self) -> &Path {
        &self.source
    }

    /// The topic that the file's name gives.
    pub fn topic(&self) -> Option<Topic> {
        self.topic
    }

    /// How far reading has come; a clone goes on telling.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The next record; `None` at the end, and after an error.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        if self.failed {
            return Ok(None);
        }
        let topic = self.topic;
        let result = match &mut self.input {
            Input::Lines(lines) => lines
                .next_line()
                .map(|line| line.map(|line| of_line(line, topic)))
                .map_err(|error| (error.after, error.unfinished_bytes, ReadFault::Io(error.error))),
            Input::Avro(container, last) => match container.next_record(topic) {
                Ok(record) => Ok(record.map(|record| {
                    *last = record.number;
                    Record {
                        number: record.number,
                        bytes: record.bytes,
                        content: Content::Done(Box::new(record.result)),
                    }
                })),
                Err(error) => Err((*last, 0, ReadFault::Avro(error))),
            },
        };
        result.map_err(|(after, unfinished_bytes, fault)| {
            self.failed = true;
            ReadError { source: self.source.clone(), after, unfinished_bytes, fault }
        })
    }
}

fn of_line(line: Line<'_>, topic: Option<Topic>) -> Record<'_> {
    let content = match line.too_long {
        None => Content::Line(topic),
        Some(bytes) => {
            let message = format!("the line is {bytes} bytes long; at most {MAX_LINE_BYTES} are read");
            Content::Done(Box::new(Err(BadRecord::new(BadClass::TooLong, message))))
        }
    };
    Record { number: line.number, bytes: line.bytes, content }
}
