//! The interface of a store: a few words about bytes that each kind of store says for itself, and on top of
//! them what a partition needs, said once.

use std::collections::HashMap;
use std::iter::FusedIterator;
use std::ops::ControlFlow;

use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::partition::{Deadline, Erased};
use springtide_core::time::Millis;

use crate::bulk::Bulk;
use crate::commit::Commit;
use crate::error::{StoreError, ValueFault};
use crate::figures::StoreFigures;
use crate::kv::erasure::{self, Remembered};
use crate::kv::{Entry, StoreKey, Table, deadline, generation, header, instance, meta, piece};
use crate::{Identity, PartitionMeta};

/// A stretch of keys in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The table.
    pub table: Table,
    /// The first key.
    pub from: Vec<u8>,
    /// The key after the last.
    pub to: Vec<u8>,
    /// Whether all of the keys are of one account, so that a filter can tell that there are none.
    pub one_account: bool,
}

/// What a scan hands each key and value to; it says whether to go on, and must not call the store.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError> + 'v;

/// Where the state of partitions is kept.
///
/// The required methods know bytes only; the others are the same for every store.
pub trait Store: Send + Sync {
    /// One value.
    ///
    /// # Errors
    /// Where it can't be read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits keys and values in the order of the keys.
    ///
    /// # Errors
    /// Where they can't be read, or the visitor's own.
    fn scan(&self, scan: &Scan, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Writes all entries, in their order, or none of them.
    ///
    /// # Errors
    /// Where they can't be written.
    fn write(&self, entries: &[Entry]) -> Result<(), StoreError>;

    /// Writes what a changelog brought back of a partition, then the entry that says how far that is. Where it is
    /// interrupted, some may be there, and then that entry is not. Nobody may read or write the partition meanwhile.
    ///
    /// # Errors
    /// Where they can't be written.
    fn restore(&self, bulk: &mut Bulk, up_to: Entry) -> Result<(), StoreError> {
        bulk.sort();
        let entries: Vec<Entry> = bulk.entries().chain([up_to]).collect();
        self.write(&entries)
    }

    /// Forgets all of a partition.
    ///
    /// # Errors
    /// Where that can't be written.
    fn drop_partition(&self, partition: i32) -> Result<(), StoreError>;

    /// Leaves nothing on the disk of what was deleted from a partition: neither in files nor in logs.
    ///
    /// # Errors
    /// Where that can't be written.
    fn scrub(&self, partition: i32) -> Result<(), StoreError>;

    /// What it says of itself, for who watches it. What it does not know stays at nothing.
    fn figures(&self) -> StoreFigures {
        StoreFigures::default()
    }

    /// How much space the state takes, about.
    ///
    /// # Errors
    /// Where the store can't tell.
    fn size_bytes(&self) -> Result<u64, StoreError>;

    /// Whose state it is: what it was first opened with.
    ///
    /// # Errors
    /// Where it can't be read.
    fn identity(&self) -> Result<Identity, StoreError> {
        let value = self.get(Table::About, &header::encode_key())?;
        let missing = StoreError::BadValue { key: StoreKey::Header, why: ValueFault::Missing };
        header::decode_value(&value.ok_or(missing)?)
    }

    /// The name of the process whose state it is: made when it is first asked for.
    ///
    /// # Errors
    /// Where it can't be read or written.
    fn instance(&self) -> Result<String, StoreError> {
        if let Some(known) = self.get(Table::About, &instance::encode_key())? {
            return instance::decode_value(&known);
        }
        let name = uuid::Uuid::new_v4().simple().to_string();
        self.write(&[instance::entry(&name)])?;
        Ok(name)
    }

    /// How far a partition had come at its last commit; `None` for one that was never committed.
    ///
    /// # Errors
    /// Where it can't be read.
    fn meta(&self, partition: i32) -> Result<Option<PartitionMeta>, StoreError> {
        let value = self.get(Table::About, &meta::encode_key(partition))?;
        value.map(|value| meta::decode_value(partition, &value)).transpose()
    }

    /// Which rules made a partition's state: 0 for those that the pipeline began with.
    ///
    /// # Errors
    /// Where it can't be read.
    fn generation(&self, partition: i32) -> Result<u32, StoreError> {
        let value = self.get(Table::State, &generation::encode_key(partition))?;
        value.map_or(Ok(0), |value| generation::decode_value(partition, &value))
    }

    /// The partitions of which there is state, ascending.
    ///
    /// # Errors
    /// Where they can't be read.
    fn partitions(&self) -> Result<Vec<i32>, StoreError> {
        let mut partitions = Vec::new();
        self.scan(&meta::scan(), &mut |key, _| {
            if let StoreKey::Meta { partition } = StoreKey::decode(key)? {
                partitions.push(partition);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(partitions)
    }

    /// Visits a partition's pieces of some sorts, in the order of their keys: an account's lie together.
    ///
    /// # Errors
    /// Where they can't be read.
    fn visit_pieces(
        &self,
        partition: i32,
        wanted: fn(PieceKey) -> bool,
        visit: &mut dyn FnMut(&str, PieceKey, &Piece),
    ) -> Result<(), StoreError> {
        self.scan(&piece::scan_partition(partition), &mut |key, value| {
            let (_, account, sort) = piece::parse_key(key)?;
            if wanted(sort) {
                let (_, piece) = piece::decode(key, value)?;
                visit(account, sort, &piece);
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// The pieces of an account, in the order of their keys; empty for one that is not known.
    ///
    /// # Errors
    /// Where they can't be read.
    fn load(&self, partition: i32, account: &str) -> Result<Vec<(PieceKey, Piece)>, StoreError> {
        let mut pieces = Vec::new();
        let Some(scan) = piece::scan_account(partition, account) else {
            return Ok(pieces);
        };
        self.scan(&scan, &mut |key, value| {
            pieces.push(piece::decode(key, value)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(pieces)
    }

    /// Accounts whose deadline is at or before an instant, with that deadline, earliest first; at most so many,
    /// and no more are read.
    ///
    /// # Errors
    /// Where they can't be read.
    fn due(
        &self,
        partition: i32,
        kind: Deadline,
        up_to: Millis,
        at_most: usize,
    ) -> Result<Vec<(Millis, Box<str>)>, StoreError> {
        due_among(self, &deadline::scan(partition, kind, up_to), at_most, |_| true)
    }

    /// Whom a partition erased a short while ago; `None` for one that never did.
    ///
    /// # Errors
    /// Where it can't be read.
    fn erased(&self, partition: i32) -> Result<Option<Erased>, StoreError> {
        let (mut salt, mut written_at) = (None, HashMap::new());
        self.scan(&erasure::scan(partition), &mut |key, value| {
            match erasure::decode_key(key)?.1 {
                Remembered::Salt => salt = Some(erasure::decode_salt(partition, value)?),
                Remembered::Tombstone(hash) => {
                    written_at.insert(hash, erasure::decode_tombstone(partition, hash, value)?);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        match salt {
            Some(salt) => Ok(Some(Erased::restore(salt, written_at))),
            None if written_at.is_empty() => Ok(None),
            None => {
                let key = StoreKey::Erasure { partition, what: Remembered::Salt };
                Err(StoreError::BadValue { key, why: ValueFault::Missing })
            }
        }
    }

    /// Writes a commit, whole or not at all.
    ///
    /// # Errors
    /// Where it can't be written.
    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.write(&commit.entries()?)
    }

    /// The accounts of a partition of which something is stored, in the order of their keys: by length, then
    /// by bytes. Reads one key per account.
    fn accounts(&self, partition: i32) -> Accounts<'_, Self>
    where
        Self: Sized,
    {
        Accounts::of(self, partition)
    }
}

/// The first deadlines of a scan whose account is wanted.
pub(crate) fn due_among<S: Store + ?Sized>(
    store: &S,
    scan: &Scan,
    at_most: usize,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(Millis, Box<str>)>, StoreError> {
    let mut due = Vec::new();
    if at_most == 0 {
        return Ok(due);
    }
    store.scan(scan, &mut |key, _| {
        let (_, _, at, account) = deadline::decode_key(key)?;
        if wanted(&account) {
            due.push((at, account));
        }
        Ok(if due.len() < at_most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(due)
}

/// The accounts of a partition, from [`Store::accounts`].
pub struct Accounts<'a, S: ?Sized> {
    store: &'a S,
    /// What is left; `None` at the end.
    scan: Option<Scan>,
}

impl<'a, S: Store + ?Sized> Accounts<'a, S> {
    /// The accounts of a partition; for a store behind `dyn`, which has no [`Store::accounts`].
    pub fn of(store: &'a S, partition: i32) -> Accounts<'a, S> {
        Accounts { store, scan: Some(piece::scan_partition(partition)) }
    }
}

impl<S: Store + ?Sized> Iterator for Accounts<'_, S> {
    type Item = Result<Box<str>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut scan = self.scan.take()?;
        let mut first = None;
        let visited = self.store.scan(&scan, &mut |key, _| {
            first = Some(piece::decode_account(key)?);
            Ok(ControlFlow::Break(()))
        });
        if let Err(error) = visited {
            return Some(Err(error));
        }
        let (account, next) = first?;
        scan.from = next;
        self.scan = Some(scan);
        Some(Ok(account))
    }
}

impl<S: Store + ?Sized> FusedIterator for Accounts<'_, S> {}
