//! The parts keys are made of, and reading them back.

use std::fmt::Write;

use crate::error::StoreError;

/// The bit that is flipped so that negative numbers sort before the others.
const SIGN: u64 = 1 << 63;

/// A key's beginning.
pub fn partition_key(partition: i32, tag: u8) -> Vec<u8> {
    // Kafka numbers partitions from 0, so the cast loses nothing; it would not for negative ones either.
    let mut key = Vec::with_capacity(48);
    key.extend(partition.cast_unsigned().to_be_bytes());
    key.push(tag);
    key
}

/// Appends a signed number so that keys sort by it.
pub fn push_signed(key: &mut Vec<u8>, number: i64) {
    key.extend((number.cast_unsigned() ^ SIGN).to_be_bytes());
}

/// The least key that is greater than every key with this beginning; `None` where there is none.
pub fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut after = prefix[..=kept].to_vec();
    after[kept] += 1;
    Some(after)
}

/// An error that names a key.
pub fn bad_key(key: &[u8], why: &'static str) -> StoreError {
    let mut hex = String::with_capacity(key.len() * 2);
    for byte in key {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    StoreError::BadKey { key: hex, why }
}

/// Reads a key part by part.
pub struct KeyReader<'k> {
    key: &'k [u8],
    rest: &'k [u8],
}

impl<'k> KeyReader<'k> {
    pub fn new(key: &'k [u8]) -> KeyReader<'k> {
        KeyReader { key, rest: key }
    }

    /// As many bytes as asked for.
    pub fn bytes<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or_else(|| self.bad("it is too short"))?;
        self.rest = rest;
        Ok(*head)
    }

    pub fn bad(&self, why: &'static str) -> StoreError {
        bad_key(self.key, why)
    }

    pub fn u8(&mut self) -> Result<u8, StoreError> {
        self.bytes().map(|[byte]| byte)
    }

    pub fn u16(&mut self) -> Result<u16, StoreError> {
        self.bytes().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, StoreError> {
        self.bytes().map(u32::from_be_bytes)
    }

    pub fn signed(&mut self) -> Result<i64, StoreError> {
        self.bytes().map(|bytes| (u64::from_be_bytes(bytes) ^ SIGN).cast_signed())
    }

    pub fn partition(&mut self) -> Result<i32, StoreError> {
        self.u32().map(u32::cast_signed)
    }

    pub fn text(&mut self, length: usize) -> Result<&'k str, StoreError> {
        let (text, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.bad("it is too short"))?;
        self.rest = rest;
        str::from_utf8(text).map_err(|_| self.bad("its account is not UTF-8"))
    }

    /// All that is left, as text.
    pub fn rest_text(&mut self) -> Result<&'k str, StoreError> {
        self.text(self.rest.len())
    }

    /// What was read so far.
    pub fn read(&self) -> &'k [u8] {
        &self.key[..self.key.len() - self.rest.len()]
    }

    /// The tag must be this one.
    pub fn expect_tag(&mut self, tag: u8) -> Result<(), StoreError> {
        if self.u8()? == tag { Ok(()) } else { Err(self.bad("its tag belongs to another table")) }
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), StoreError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.bad("it goes on after its end")) }
    }
}
