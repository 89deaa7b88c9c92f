//! One piece of an account.
//!
//! Key: partition, tag, length of the account, account, sort of piece, then its indexes and its day. With the
//! length before it no account's keys lie among another's. Value: the core's [`Piece`].

use springtide_core::meaning::piece::{Piece, PieceKey};

use super::bytes::{KeyReader, after_prefix, partition_key, push_signed};
use super::{Entry, StoreKey, Table, sealed, tag};
use crate::error::{StoreError, ValueFault};
use crate::store::Scan;

/// The version of the value.
const VERSION: u8 = 1;

/// Sorts of pieces, in the order of [`PieceKey`]. The gaps are for sorts to come; a byte that was in use is
/// never given to another.
mod sort {
    pub const SCHEDULE: u8 = 0x10;
    pub const PROFILES: u8 = 0x20;
    pub const OUTCOMES: u8 = 0x30;
    pub const PLAY: u8 = 0x40;
    pub const ROWS: u8 = 0x50;
    pub const BASE: u8 = 0x60;
    pub const LOG: u8 = 0x70;
    pub const SIGNALS: u8 = 0x80;
}

/// Bytes before the account: partition, tag, length.
const ACCOUNT_AT: usize = 7;

fn unstorable(account: &str, why: &'static str) -> StoreError {
    StoreError::Unstorable { account: account.into(), why }
}

/// What all keys of an account begin with; `None` for one too long to be stored.
fn account_key(partition: i32, account: &str) -> Option<Vec<u8>> {
    let length = u16::try_from(account.len()).ok()?;
    let mut key = partition_key(partition, tag::PIECE);
    key.extend(length.to_be_bytes());
    key.extend(account.as_bytes());
    Some(key)
}

/// The key of a piece.
///
/// # Errors
/// Where the account has more than 65,535 bytes or an index is beyond 32 bits.
pub fn encode_key(partition: i32, account: &str, piece: PieceKey) -> Result<Vec<u8>, StoreError> {
    let mut key = account_key(partition, account).ok_or_else(|| unstorable(account, "its id is too long"))?;
    let (sort, index, day) = match piece {
        PieceKey::Schedule => (sort::SCHEDULE, None, None),
        PieceKey::Profiles => (sort::PROFILES, None, None),
        PieceKey::Outcomes => (sort::OUTCOMES, None, None),
        PieceKey::Play(id) => (sort::PLAY, Some(id), None),
        PieceKey::Rows => (sort::ROWS, None, None),
        PieceKey::Base(id) => (sort::BASE, Some(id), None),
        PieceKey::Log(id, day) => (sort::LOG, Some(id), Some(day)),
        PieceKey::Signals(id, day) => (sort::SIGNALS, Some(id), Some(day)),
    };
    key.push(sort);
    if let Some(index) = index {
        let index = u32::try_from(index).map_err(|_| unstorable(account, "an index is too large"))?;
        key.extend(index.to_be_bytes());
    }
    if let Some(day) = day {
        push_signed(&mut key, day);
    }
    Ok(key)
}

fn read_account<'k>(reader: &mut KeyReader<'k>) -> Result<(i32, &'k str), StoreError> {
    let partition = reader.partition()?;
    reader.expect_tag(tag::PIECE)?;
    let length = reader.u16()?;
    Ok((partition, reader.text(usize::from(length))?))
}

/// Reads the key of a piece.
///
/// # Errors
/// Where it is damaged.
pub fn decode_key(key: &[u8]) -> Result<(i32, Box<str>, PieceKey), StoreError> {
    parse_key(key).map(|(partition, account, piece)| (partition, account.into(), piece))
}

/// The same, without a copy of the account.
pub(crate) fn parse_key(key: &[u8]) -> Result<(i32, &str, PieceKey), StoreError> {
    let mut reader = KeyReader::new(key);
    let (partition, account) = read_account(&mut reader)?;
    let index = |reader: &mut KeyReader<'_>| reader.u32().map(|index| index as usize);
    let piece = match reader.u8()? {
        sort::SCHEDULE => PieceKey::Schedule,
        sort::PROFILES => PieceKey::Profiles,
        sort::OUTCOMES => PieceKey::Outcomes,
        sort::PLAY => PieceKey::Play(index(&mut reader)?),
        sort::ROWS => PieceKey::Rows,
        sort::BASE => PieceKey::Base(index(&mut reader)?),
        sort::LOG => PieceKey::Log(index(&mut reader)?, reader.signed()?),
        sort::SIGNALS => PieceKey::Signals(index(&mut reader)?, reader.signed()?),
        _ => return Err(reader.bad("its sort of piece is unknown")),
    };
    reader.end()?;
    Ok((partition, account, piece))
}

/// A key's account, and the key after the last of that account.
pub(crate) fn decode_account(key: &[u8]) -> Result<(Box<str>, Vec<u8>), StoreError> {
    let mut reader = KeyReader::new(key);
    let (_, account) = read_account(&mut reader)?;
    let after = after_prefix(reader.read()).ok_or_else(|| reader.bad("no key can come after it"))?;
    Ok((account.into(), after))
}

/// The part of a key that all keys of its account share.
pub(crate) fn account_prefix(key: &[u8]) -> Option<&[u8]> {
    let (head, rest) = key.split_at_checked(ACCOUNT_AT)?;
    let &[_, _, _, _, tag::PIECE, high, low] = head else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (length <= rest.len()).then(|| &key[..ACCOUNT_AT + length])
}

fn same_sort(key: PieceKey, piece: &Piece) -> bool {
    matches!(
        (key, piece),
        (PieceKey::Schedule, Piece::Schedule(_))
            | (PieceKey::Profiles, Piece::Profiles { .. })
            | (PieceKey::Outcomes, Piece::Outcomes(_))
            | (PieceKey::Play(_), Piece::Play { .. })
            | (PieceKey::Rows, Piece::Rows(_))
            | (PieceKey::Base(_), Piece::Base { .. })
            | (PieceKey::Log(..), Piece::Log(_))
            | (PieceKey::Signals(..), Piece::Signals(_))
    )
}

/// The entry that puts a piece, or takes it away.
pub(crate) fn entry(
    partition: i32,
    account: &str,
    key: PieceKey,
    piece: Option<&Piece>,
) -> Result<Entry, StoreError> {
    if piece.is_some_and(|piece| !same_sort(key, piece)) {
        return Err(unstorable(account, "a piece is of another sort than its key"));
    }
    let key = encode_key(partition, account, key)?;
    Ok(Entry { table: Table::State, key, value: piece.map(encode_value) })
}

/// The value of a piece.
pub fn encode_value(piece: &Piece) -> Vec<u8> {
    sealed::seal(VERSION, piece)
}

/// Reads a piece with its key.
///
/// # Errors
/// Where one of them is damaged, or they are of different sorts.
pub fn decode(key: &[u8], value: &[u8]) -> Result<(PieceKey, Piece), StoreError> {
    let (partition, account, key) = decode_key(key)?;
    let piece = sealed::open(VERSION, value)
        .and_then(|piece| if same_sort(key, &piece) { Ok(piece) } else { Err(ValueFault::OtherSort) });
    match piece {
        Ok(piece) => Ok((key, piece)),
        Err(why) => {
            Err(StoreError::BadValue { key: StoreKey::Piece { partition, account, piece: key }, why })
        }
    }
}

/// The keys of an account; `None` for one that can't have been stored.
pub(crate) fn scan_account(partition: i32, account: &str) -> Option<Scan> {
    let from = account_key(partition, account)?;
    let to = after_prefix(&from)?;
    Some(Scan { table: Table::State, from, to, one_account: true })
}

/// The keys of all accounts of a partition.
pub(crate) fn scan_partition(partition: i32) -> Scan {
    let from = partition_key(partition, tag::PIECE);
    // The tag alone has a successor, so the fallback is never needed.
    let to = after_prefix(&from).unwrap_or_else(|| partition_key(partition, tag::END));
    Scan { table: Table::State, from, to, one_account: false }
}

#[cfg(test)]
mod tests;
