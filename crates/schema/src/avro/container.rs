//! Avro container files: a header with the writer's schema, then blocks of records between sync markers.
//!
//! One block is held at a time. A record that can't be read hides where the next one starts, so it takes the rest
//! of its block with it, and says how many records that were; reading goes on with the next block.

use std::fmt;
use std::io::{self, Read};

use springtide_core::event::Topic;

use super::codec::Codec;
use super::datum::zigzag;
use super::plan::{SchemaError, WriterSchema};
use crate::bad::{BadClass, BadRecord};
use crate::cloudevents::Attributes;
use crate::draft::Decoded;
use crate::limits::{MAX_AVRO_BLOCK_BYTES, MAX_AVRO_HEADER_BYTES};

const MAGIC: &[u8; 4] = b"Obj\x01";

/// Why a container file can't be read, or not further.
#[derive(Debug)]
pub enum ContainerError {
    /// Reading failed; where the file ends too early the kind is `UnexpectedEof`.
    Io(io::Error),
    /// It does not start like a container file.
    NotAContainer,
    /// Its header or the frame of a block makes no sense.
    Corrupt(&'static str),
    /// Its blocks are compressed in a way that is not read.
    UnknownCodec(String),
    /// Its schema can't be used.
    Schema(SchemaError),
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContainerError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the file ends in the middle of a block")
            }
            ContainerError::Io(error) => error.fmt(f),
            ContainerError::NotAContainer => f.write_str("no Avro container file"),
            ContainerError::Corrupt(what) => write!(f, "corrupt: {what}"),
            ContainerError::UnknownCodec(name) => {
                write!(f, "the codec `{name}` is not read; expected null, deflate, snappy or zstandard")
            }
            ContainerError::Schema(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ContainerError {}

impl From<io::Error> for ContainerError {
    fn from(error: io::Error) -> ContainerError {
        ContainerError::Io(error)
    }
}

/// One record of a container file.
#[derive(Debug)]
pub struct ContainerRecord<'a> {
    /// Its place in the file, from 1.
    pub number: u64,
    /// Its bytes; where they can't be told apart, the rest of its block.
    pub bytes: &'a [u8],
    /// What it says, or what is wrong with it.
    pub result: Result<(Topic, Decoded), BadRecord>,
}

/// The records of a container file, one after the other.
pub struct Container<R> {
    input: R,
    schema: WriterSchema,
    codec: Codec,
    sync: [u8; 16],
    compressed: Vec<u8>,
    plain: Vec<u8>,
    /// Where the next record starts in `plain`.
    start: usize,
    /// How many records `plain` still has.
    left: u64,
    number: u64,
}

impl<R: Read> Container<R> {
    /// Reads a file's header. Give a buffered reader: headers are read byte by byte.
    pub fn open(mut input: R) -> Result<Container<R>, ContainerError> {
        let header = Header::read(&mut input)?;
        let codec = header.codec.unwrap_or_else(|| b"null".to_vec());
        let codec = Codec::from_name(&codec)
            .ok_or_else(|| ContainerError::UnknownCodec(String::from_utf8_lossy(&codec).into_owned()))?;
        let schema = header.schema.ok_or(ContainerError::Corrupt("the header has no schema"))?;
        let schema =
            std::str::from_utf8(&schema).map_err(|_| ContainerError::Corrupt("the schema is no UTF-8"))?;
        Ok(Container {
            schema: WriterSchema::parse(schema).map_err(ContainerError::Schema)?,
            codec,
            sync: array(&mut input)?,
            input,
            compressed: Vec::new(),
            plain: Vec::new(),
            start: 0,
            left: 0,
            number: 0,
        })
    }

    /// The next record; `None` at the end. After an error there is no way on.
    pub fn next_record(
        &mut self,
        topic: Option<Topic>,
    ) -> Result<Option<ContainerRecord<'_>>, ContainerError> {
        while self.left == 0 {
            let Some(count) = self.block()? else {
                return Ok(None);
            };
            if let Err(fault) = self.unpack(count) {
                let message = format!("the block of {count} records can't be read: {fault}");
                let number = self.number + 1;
                self.number += count;
                let result = Err(BadRecord::new(BadClass::NotAvro, message));
                return Ok(Some(ContainerRecord { number, bytes: &self.compressed, result }));
            }
        }
        Ok(Some(self.record(topic)))
    }

    /// The next record of a block that has one.
    fn record(&mut self, topic: Option<Topic>) -> ContainerRecord<'_> {
        self.number += 1;
        self.left -= 1;
        // `start` is where an earlier record ended.
        let block = self.plain.get(self.start..).unwrap_or_default();
        let number = self.number;
        match self.schema.draft(block) {
            Ok((mut draft, rest)) => {
                let bytes = block.get(..block.len() - rest.len()).unwrap_or_default();
                self.start += bytes.len();
                let own = draft.own_topic(topic);
                let result = own.and_then(|own| Ok((own, draft.into_event(own, &Attributes::default())?)));
                ContainerRecord { number, bytes, result }
            }
            Err(mut bad) => {
                if self.left > 0 {
                    bad.message.push_str(&format!(
                        "; the {} records after it in its block are lost with it",
                        self.left
                    ));
                }
                self.number += self.left;
                self.left = 0;
                ContainerRecord { number, bytes: block, result: Err(bad) }
            }
        }
    }

    /// Reads the next block as it is; the number of its records, or `None` at the end of the file.
    fn block(&mut self) -> Result<Option<u64>, ContainerError> {
        let Some(count) = first_long(&mut self.input)? else {
            return Ok(None);
        };
        let count = u64::try_from(count)
            .map_err(|_| ContainerError::Corrupt("a block of a negative number of records"))?;
        let size = long(&mut self.input)?;
        fill(&mut self.input, size, MAX_AVRO_BLOCK_BYTES, &mut self.compressed)?;
        if array(&mut self.input)? != self.sync {
            return Err(ContainerError::Corrupt("a block does not end with the file's marker"));
        }
        Ok(Some(count))
    }

    fn unpack(&mut self, count: u64) -> Result<(), String> {
        self.codec.decompress(&self.compressed, &mut self.plain)?;
        // A record of ours has an id and so a byte; without this a block could claim any number of empty ones.
        if count > self.plain.len() as u64 {
            return Err(format!("it has only {} bytes", self.plain.len()));
        }
        (self.start, self.left) = (0, count);
        Ok(())
    }
}

#[derive(Default)]
struct Header {
    schema: Option<Vec<u8>>,
    codec: Option<Vec<u8>>,
}

impl Header {
    fn read(input: &mut impl Read) -> Result<Header, ContainerError> {
        match array(input) {
            Ok(magic) if magic == *MAGIC => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
            _ => return Err(ContainerError::NotAContainer),
        }
        let mut header = Header::default();
        let mut room = MAX_AVRO_HEADER_BYTES;
        loop {
            let count = long(input)?;
            if count == 0 {
                return Ok(header);
            }
            if count < 0 {
                long(input)?;
            }
            for _ in 0..count.unsigned_abs() {
                let (name, value) = (counted(input, &mut room)?, counted(input, &mut room)?);
                match &*name {
                    b"avro.schema" => header.schema = Some(value),
                    b"avro.codec" => header.codec = Some(value),
                    _ => {}
                }
            }
        }
    }
}

fn counted(input: &mut impl Read, room: &mut usize) -> Result<Vec<u8>, ContainerError> {
    let mut bytes = Vec::new();
    let length = long(input)?;
    fill(input, length, *room, &mut bytes)?;
    *room -= bytes.len();
    Ok(bytes)
}

/// Reads exactly as many bytes as told, growing as they come: a length is only believed once its bytes are there.
fn fill(input: &mut impl Read, length: i64, limit: usize, bytes: &mut Vec<u8>) -> Result<(), ContainerError> {
    let length = usize::try_from(length).map_err(|_| ContainerError::Corrupt("a negative length"))?;
    if length > limit {
        return Err(ContainerError::Corrupt("a length beyond what is read"));
    }
    bytes.clear();
    if input.take(length as u64).read_to_end(bytes)? < length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(())
}

fn array<const N: usize>(input: &mut impl Read) -> Result<[u8; N], io::Error> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn long(input: &mut impl Read) -> Result<i64, ContainerError> {
    first_long(input)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof).into())
}

/// A zigzag varint; `None` where the input ends before it.
fn first_long(input: &mut impl Read) -> Result<Option<i64>, ContainerError> {
    let mut bytes = Vec::with_capacity(10);
    loop {
        let before = bytes.len();
        input.take(1).read_to_end(&mut bytes)?;
        match bytes.last() {
            None => return Ok(None),
            Some(_) if bytes.len() == before => {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            Some(byte) if byte & 0x80 != 0 && bytes.len() < 10 => {}
            Some(_) => {
                return zigzag(&bytes).map(|(value, _)| Some(value)).map_err(ContainerError::Corrupt);
            }
        }
    }
}
