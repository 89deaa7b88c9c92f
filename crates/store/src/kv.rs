//! The stored format: keys that sort as what they stand for, and values behind a version byte.
//!
//! | tag | key | table | value |
//! |---|---|---|---|
//! | `01` | tag | about | [`header`]: format version, fingerprint of the rules, application id |
//! | `02` | partition, tag | about | [`meta`]: how far the partition has come |
//! | `03` | partition, tag, account, piece | state | [`piece`]: one piece of the account |
//! | `04` | partition, tag, deadline, instant, account | deadlines | [`deadline`]: nothing |
//! | `05` | partition, tag, sort, hash of an account | state | [`erasure`]: the key of the hashes, or when the account's tombstone was written |
//! | `06` | tag | about | [`instance`]: which process' state it is |
//! | `07` | partition, tag | state | [`generation`]: which rules made the partition's state |
//!
//! A tag that was in use is never given to another kind of key. Numbers are big-endian, signed ones with
//! their sign bit flipped, so that keys sort as what they stand for. The format is held by a golden test.

pub mod deadline;
pub mod erasure;
pub mod generation;
pub mod header;
pub mod instance;
pub mod meta;
pub mod piece;

mod bytes;
mod sealed;

use std::fmt;

use springtide_core::meaning::piece::PieceKey;
use springtide_core::partition::Deadline;
use springtide_core::time::{Millis, format_rfc3339};

use crate::error::StoreError;
use bytes::{KeyReader, bad_key};
use erasure::Remembered;

/// Tags, never to be used again for another kind of key. All stay below `FF`, which ends a partition.
mod tag {
    pub const HEADER: u8 = 0x01;
    pub const META: u8 = 0x02;
    pub const PIECE: u8 = 0x03;
    pub const DEADLINE: u8 = 0x04;
    pub const ERASURE: u8 = 0x05;
    pub const INSTANCE: u8 = 0x06;
    pub const GENERATION: u8 = 0x07;
    /// After every key of a partition.
    pub const END: u8 = 0xFF;
}

/// Keys that are read, written and compacted alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Whose state it is, and how far partitions have come.
    About,
    /// Accounts, and who was erased.
    State,
    /// The index of accounts by deadline.
    Deadlines,
}

impl Table {
    /// All tables.
    pub const ALL: [Table; 3] = [Table::About, Table::State, Table::Deadlines];
}

/// One key with its new value, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The table.
    pub table: Table,
    /// The key.
    pub key: Vec<u8>,
    /// The value; `None` takes the key away.
    pub value: Option<Vec<u8>>,
}

impl Entry {
    /// An entry as a changelog brings it back.
    ///
    /// # Errors
    /// Where the key is none of the store's.
    pub fn restored(key: Vec<u8>, value: Option<Vec<u8>>) -> Result<Entry, StoreError> {
        Ok(Entry { table: StoreKey::decode(&key)?.table(), key, value })
    }
}

/// A key in the words of what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreKey {
    /// Whose state it is.
    Header,
    /// Which process' state it is.
    Instance,
    /// How far a partition has come.
    Meta {
        /// The partition.
        partition: i32,
    },
    /// A piece of an account.
    Piece {
        /// The partition.
        partition: i32,
        /// The account.
        account: Box<str>,
        /// Which piece.
        piece: PieceKey,
    },
    /// An account's deadline.
    Deadline {
        /// The partition.
        partition: i32,
        /// Which index.
        deadline: Deadline,
        /// When.
        at: Millis,
        /// The account.
        account: Box<str>,
    },
    /// What is remembered of erasures.
    Erasure {
        /// The partition.
        partition: i32,
        /// The key of the hashes, or a tombstone.
        what: Remembered,
    },
    /// Which rules made a partition's state.
    Generation {
        /// The partition.
        partition: i32,
    },
}

impl StoreKey {
    /// What a stored key stands for.
    ///
    /// # Errors
    /// Where it is none of the store's.
    pub fn decode(key: &[u8]) -> Result<StoreKey, StoreError> {
        if key == header::encode_key() {
            return Ok(StoreKey::Header);
        }
        if key == instance::encode_key() {
            return Ok(StoreKey::Instance);
        }
        let mut reader = KeyReader::new(key);
        let (partition, tag) = (reader.partition()?, reader.u8()?);
        match tag {
            tag::META => reader.end().map(|()| StoreKey::Meta { partition }),
            tag::PIECE => piece::decode_key(key).map(|(partition, account, piece)| StoreKey::Piece {
                partition,
                account,
                piece,
            }),
            tag::DEADLINE => deadline::decode_key(key).map(|(partition, deadline, at, account)| {
                StoreKey::Deadline { partition, deadline, at, account }
            }),
            tag::ERASURE => {
                erasure::decode_key(key).map(|(partition, what)| StoreKey::Erasure { partition, what })
            }
            tag::GENERATION => reader.end().map(|()| StoreKey::Generation { partition }),
            _ => Err(bad_key(key, "its tag is unknown")),
        }
    }

    /// The table it belongs to.
    pub fn table(&self) -> Table {
        match self {
            StoreKey::Header | StoreKey::Instance | StoreKey::Meta { .. } => Table::About,
            StoreKey::Piece { .. } | StoreKey::Erasure { .. } | StoreKey::Generation { .. } => Table::State,
            StoreKey::Deadline { .. } => Table::Deadlines,
        }
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreKey::Header => f.write_str("the header"),
            StoreKey::Instance => f.write_str("the instance's name"),
            StoreKey::Meta { partition } => write!(f, "partition {partition}"),
            StoreKey::Generation { partition } => write!(f, "partition {partition}, the rules of its state"),
            StoreKey::Piece { partition, account, piece } => {
                write!(f, "partition {partition}, account {account:?}, {piece:?}")
            }
            StoreKey::Erasure { partition, what: Remembered::Salt } => {
                write!(f, "partition {partition}, the key of erased accounts' hashes")
            }
            StoreKey::Erasure { partition, what: Remembered::Tombstone(hash) } => {
                write!(f, "partition {partition}, the erased account with the hash {hash}")
            }
            StoreKey::Deadline { partition, deadline, at, account } => {
                let at = format_rfc3339(*at);
                write!(f, "partition {partition}, account {account:?}, deadline {deadline:?} {at}")
            }
        }
    }
}

/// What a stored key is, whatever account it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Of the whole store: the header, or the instance's name.
    Whole {
        /// Whether it is the header.
        header: bool,
    },
    /// How far a partition has come.
    Meta {
        /// The partition.
        partition: i32,
    },
    /// Of an account of a partition, or of its erasures.
    State {
        /// The partition.
        partition: i32,
        /// Where it is kept.
        table: Table,
    },
}

impl Sort {
    /// What a key is that the changelog of a partition has.
    ///
    /// # Errors
    /// Where it is none of the store's, or another partition's.
    pub fn within(of: i32, key: &[u8]) -> Result<Sort, StoreError> {
        match Sort::of(key)? {
            Sort::Meta { partition } | Sort::State { partition, .. } if partition != of => {
                Err(bad_key(key, "it is of another partition"))
            }
            sort => Ok(sort),
        }
    }

    /// What a key is: checked as [`StoreKey::decode`] checks it, for a tenth of the cost.
    ///
    /// # Errors
    /// Where it is none of the store's.
    pub fn of(key: &[u8]) -> Result<Sort, StoreError> {
        let state = |partition, table| Sort::State { partition, table };
        match key.get(4) {
            Some(&tag::PIECE) => piece::parse_key(key).map(|(partition, ..)| state(partition, Table::State)),
            Some(&tag::DEADLINE) => {
                deadline::parse_key(key).map(|(partition, ..)| state(partition, Table::Deadlines))
            }
            _ => match StoreKey::decode(key)? {
                StoreKey::Meta { partition } => Ok(Sort::Meta { partition }),
                StoreKey::Piece { partition, .. }
                | StoreKey::Erasure { partition, .. }
                | StoreKey::Generation { partition } => Ok(state(partition, Table::State)),
                StoreKey::Deadline { partition, .. } => Ok(state(partition, Table::Deadlines)),
                whole @ (StoreKey::Header | StoreKey::Instance) => {
                    Ok(Sort::Whole { header: whole == StoreKey::Header })
                }
            },
        }
    }
}

/// The keys of a partition: the first that can be, and the one after the last.
pub(crate) fn partition_range(partition: i32) -> (Vec<u8>, Vec<u8>) {
    (bytes::partition_key(partition, 0), bytes::partition_key(partition, tag::END))
}

/// The part of a key of the state table that all keys of its account share; `None` for any other key.
pub(crate) fn account_prefix(key: &[u8]) -> Option<&[u8]> {
    piece::account_prefix(key)
}
