//! Events put on shelves by account, so that each account's can be taken down together, whatever their number.
//!
//! A year of many accounts does not fit into memory, one account's mostly does. An event goes to the shelf that its account's
//! hash names, as bytes; a full shelf goes to a temporary file, packed. [`Shelved`] has what came together so. Nothing is
//! sorted here: a shelf is read whole and sorted then.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::FileExt;

use springtide_core::event::Event;
use springtide_core::time::Millis;
use zstd::bulk::{Compressor, Decompressor};

use super::sorter::disk;
use crate::failure::Failure;

/// How many shelves there are at first. More of them are smaller, and take more memory while they are filled.
const SHELVES: usize = 256;

/// How full a shelf becomes in memory.
const SHELF_BYTES: usize = 32 * 1024;

/// The level at which files are packed: the quickest, since each is read once or twice.
const PACKING: i32 = 1;

/// A shelf's content that went to the file.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    start: u64,
    packed_bytes: u32,
    plain_bytes: u32,
}

/// Takes events in any order.
pub struct Shelves {
    salt: u8,
    file: File,
    written: u64,
    open: Vec<Vec<u8>>,
    chunks: Vec<Vec<Chunk>>,
    packer: Compressor<'static>,
    fact: Vec<u8>,
    span: Option<(Millis, Millis)>,
    taken: u64,
}

/// The shelf of an account, of so many. With another salt it is another one, among accounts that were on one shelf before.
fn shelf_of(account: &str, salt: u8, shelves: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    (salt, account).hash(&mut hasher);
    // The remainder is below the number of shelves.
    (hasher.finish() % shelves as u64) as usize
}

impl Shelves {
    /// Empty shelves.
    pub fn new() -> Result<Shelves, Failure> {
        Shelves::salted(0, SHELVES)
    }

    /// At least one shelf, by another hash.
    pub(super) fn salted(salt: u8, shelves: usize) -> Result<Shelves, Failure> {
        Ok(Shelves {
            salt,
            file: tempfile::tempfile().map_err(disk)?,
            written: 0,
            open: vec![Vec::new(); shelves],
            chunks: vec![Vec::new(); shelves],
            packer: Compressor::new(PACKING).map_err(disk)?,
            fact: Vec::new(),
            span: None,
            taken: 0,
        })
    }

    /// Takes an event.
    pub fn take(&mut self, event: &Event) -> Result<(), Failure> {
        // The bytes' room is used again and again.
        let fact = postcard::to_extend(&event.fact, std::mem::take(&mut self.fact)).map_err(disk)?;
        let (at, topic) = (event.at(), event.topic().index() as u8);
        let put = self.put(Entry { at, topic, account: &event.account, fact: &fact });
        self.fact = fact;
        self.fact.clear();
        put
    }

    pub(super) fn put(&mut self, entry: Entry<'_>) -> Result<(), Failure> {
        let (first, last) = self.span.unwrap_or((entry.at, entry.at));
        self.span = Some((first.min(entry.at), last.max(entry.at)));
        self.taken += 1;
        let shelf = shelf_of(entry.account, self.salt, self.open.len());
        entry.write(&mut self.open[shelf]);
        if self.open[shelf].len() >= SHELF_BYTES { self.clear(shelf) } else { Ok(()) }
    }

    fn clear(&mut self, shelf: usize) -> Result<(), Failure> {
        let plain = &mut self.open[shelf];
        if plain.is_empty() {
            return Ok(());
        }
        let packed = self.packer.compress(plain).map_err(disk)?;
        self.file.write_all(&packed).map_err(disk)?;
        let (packed_bytes, plain_bytes) = (packed.len() as u32, plain.len() as u32);
        self.chunks[shelf].push(Chunk { start: self.written, packed_bytes, plain_bytes });
        self.written += u64::from(packed_bytes);
        plain.clear();
        Ok(())
    }

    /// What several that were filled side by side hold together; they are as many shelves each.
    pub fn finish(all: Vec<Shelves>) -> Result<Shelved, Failure> {
        let mut shelved = Shelved { salt: 0, shelves: 0, parts: Vec::new(), span: None, taken: 0 };
        for mut shelves in all {
            (0..shelves.open.len()).try_for_each(|shelf| shelves.clear(shelf))?;
            shelved.shelves = shelves.open.len();
            let Shelves { salt, file, chunks, span, taken, .. } = shelves;
            let ends = [shelved.span, span].into_iter().flatten();
            shelved.span = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
            shelved.salt = salt;
            shelved.taken += taken;
            shelved.parts.push(Part { file, chunks });
        }
        Ok(shelved)
    }
}

/// What one filled.
struct Part {
    file: File,
    chunks: Vec<Vec<Chunk>>,
}

/// Events on their shelves.
pub struct Shelved {
    salt: u8,
    /// How many there are.
    pub(super) shelves: usize,
    parts: Vec<Part>,
    span: Option<(Millis, Millis)>,
    /// How many events there are.
    pub taken: u64,
}

impl Shelved {
    /// The first and the last `occurred_at`; `None` where there is no event.
    pub fn span(&self) -> Option<(Millis, Millis)> {
        self.span
    }

    /// The shelf that has an account's events.
    pub(super) fn shelf_of(&self, account: &str) -> usize {
        shelf_of(account, self.salt, self.shelves)
    }

    /// How many bytes a shelf has.
    pub(super) fn bytes(&self, shelf: usize) -> usize {
        let chunks = self.parts.iter().flat_map(|part| &part.chunks[shelf]);
        chunks.map(|chunk| chunk.plain_bytes as usize).sum()
    }

    /// A shelf's chunks, one after the other: each is whole events.
    pub(super) fn read(
        &self,
        shelf: usize,
        each: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut unpacker = Decompressor::new().map_err(disk)?;
        let (mut packed, mut plain) = (Vec::new(), Vec::new());
        for part in &self.parts {
            for chunk in &part.chunks[shelf] {
                packed.resize(chunk.packed_bytes as usize, 0);
                part.file.read_exact_at(&mut packed, chunk.start).map_err(disk)?;
                plain.clear();
                plain.reserve(chunk.plain_bytes as usize);
                unpacker.decompress_to_buffer(&packed, &mut plain).map_err(disk)?;
                each(&plain)?;
            }
        }
        Ok(())
    }
}

/// An event on a shelf.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) at: Millis,
    /// The topic's place in the order of SPEC 3.1.
    pub(super) topic: u8,
    pub(super) account: &'a str,
    pub(super) fact: &'a [u8],
}

impl<'a> Entry<'a> {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.at.to_le_bytes());
        to.push(self.topic);
        // Ids have at most 1,024 bytes; records are held in memory whole.
        to.extend_from_slice(&(self.account.len() as u16).to_le_bytes());
        to.extend_from_slice(&(self.fact.len() as u32).to_le_bytes());
        to.extend_from_slice(self.account.as_bytes());
        to.extend_from_slice(self.fact);
    }

    /// The first of some bytes, which then begin with the next.
    pub(super) fn cut(bytes: &mut &'a [u8]) -> Result<Option<Entry<'a>>, Failure> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let entry = Entry::cut_whole(bytes).ok_or_else(|| disk("what was written reads back otherwise"))?;
        Ok(Some(entry))
    }

    fn cut_whole(bytes: &mut &'a [u8]) -> Option<Entry<'a>> {
        let at = Millis::from_le_bytes(*taken::<8>(bytes)?);
        let [topic] = *taken::<1>(bytes)?;
        let account = usize::from(u16::from_le_bytes(*taken::<2>(bytes)?));
        let fact = u32::from_le_bytes(*taken::<4>(bytes)?) as usize;
        let (account, rest) = bytes.split_at_checked(account)?;
        let (fact, rest) = rest.split_at_checked(fact)?;
        *bytes = rest;
        Some(Entry { at, topic, account: std::str::from_utf8(account).ok()?, fact })
    }
}

fn taken<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(taken)
}
