//! From a path to plain bytes: what its name says, how far reading has come, decompression.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use springtide_core::event::Topic;

const BUFFER_BYTES: usize = 256 * 1024;

/// How a file holds its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    Lines,
    /// An Avro container file.
    Avro,
}

/// How a file is compressed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstandard,
}

/// What a file's name says of it: topic, form and packing. `None` where the form can't be told.
pub(super) fn by_name(path: &Path) -> (Option<Topic>, Option<(Form, Packing)>) {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let topic = name.split('.').next().and_then(Topic::from_name);
    let (rest, packing) = match name.rsplit_once('.') {
        Some((rest, "gz")) => (rest, Packing::Gzip),
        Some((rest, "zst")) => (rest, Packing::Zstandard),
        _ => (&*name, Packing::Plain),
    };
    let form = match rest.rsplit_once('.') {
        Some((_, "jsonl" | "ndjson" | "json")) => Some((Form::Lines, packing)),
        Some((_, "avro")) => Some((Form::Avro, packing)),
        _ => None,
    };
    (topic, form)
}

/// How far the reading of a file has come, in bytes as they lie on the disk. Cheap to clone, and to ask from
/// another thread.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Progress {
    /// Bytes read so far.
    pub fn read_bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The file's size when it was opened; unknown for a pipe.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total
    }
}

/// A reader that says how far it has come.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Plain bytes of some file.
pub(super) type Plain = Box<dyn Read + Send>;

/// Opens a file for reading.
pub(super) fn open(path: &Path, packing: Packing) -> io::Result<(Plain, Progress)> {
    let file = File::open(path)?;
    let facts = file.metadata()?;
    if facts.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    unpack(file, packing, facts.is_file().then_some(facts.len()))
}

/// Decompresses a stream of bytes.
pub(super) fn unpack(
    input: impl Read + Send + 'static,
    packing: Packing,
    total: Option<u64>,
) -> io::Result<(Plain, Progress)> {
    let progress = Progress { read: Arc::default(), total };
    let counted = Counted { inner: input, read: progress.read.clone() };
    let plain: Plain = match packing {
        // The line reader has a buffer of its own.
        Packing::Plain => Box::new(counted),
        Packing::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, counted)))
        }
        Packing::Zstandard => {
            let buffered = BufReader::with_capacity(BUFFER_BYTES, counted);
            Box::new(zstd::stream::read::Decoder::with_buffer(buffered)?)
        }
    };
    Ok((plain, progress))
}
