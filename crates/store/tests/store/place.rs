//! Where a store can be opened again and again: memory, or a directory.

use std::ops::ControlFlow;

use springtide_store::{
    Budget, Bulk, Entry, Identity, MemoryDisk, MemoryStore, RocksSettings, RocksStore, Scan, Store,
    StoreError, Table,
};
use tempfile::TempDir;

/// Where a store can be opened again and again.
pub trait Place {
    type Store: Store;

    fn new() -> Self;

    fn open_as(&self, identity: &Identity) -> Result<Self::Store, StoreError>;

    fn open(&self) -> Self::Store {
        self.open_as(&identity()).unwrap()
    }
}

pub fn identity() -> Identity {
    Identity::new("a1b2", "springtide")
}

pub struct Memory(MemoryDisk);

impl Place for Memory {
    type Store = MemoryStore;

    fn new() -> Self {
        Memory(MemoryDisk::default())
    }

    fn open_as(&self, identity: &Identity) -> Result<MemoryStore, StoreError> {
        MemoryStore::open(&self.0, identity)
    }
}

pub struct Directory(pub TempDir);

/// Small enough that a few megabytes are flushed and compacted.
pub const SMALL: RocksSettings =
    RocksSettings { budget: Budget { block_cache_bytes: 1 << 20, write_buffer_bytes: 1 << 20 }, sync: false };

impl Place for Directory {
    type Store = RocksStore;

    fn new() -> Self {
        Directory(TempDir::new().unwrap())
    }

    fn open_as(&self, identity: &Identity) -> Result<RocksStore, StoreError> {
        RocksStore::open(&self.0.path().join("made/on/the/way"), identity, &SMALL)
    }
}

/// Each named function becomes two tests, one for each kind of store.
macro_rules! in_both {
    ($($name:ident)*) => {
        mod memory { $(#[test] fn $name() { super::$name::<crate::place::Memory>(); })* }
        mod rocks { $(#[test] fn $name() { super::$name::<crate::place::Directory>(); })* }
    };
}
pub(crate) use in_both;

/// Checks a store, and the one that is opened in its place.
pub fn before_and_after_a_restart<P: Place>(
    place: &P,
    store: P::Store,
    check: impl Fn(&P::Store),
) -> P::Store {
    check(&store);
    drop(store);
    let store = place.open();
    check(&store);
    store
}

/// All that a store has, in the order of tables and keys.
pub type Content = Vec<(Table, Vec<u8>, Vec<u8>)>;

/// Reads it.
pub fn content(store: &impl Store) -> Result<Content, StoreError> {
    let mut found = Vec::new();
    for table in Table::ALL {
        let scan = Scan { table, from: vec![0], to: vec![u8::MAX], one_account: false };
        let mut visit = |key: &[u8], value: &[u8]| {
            found.push((table, key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        };
        store.scan(&scan, &mut visit)?;
    }
    Ok(found)
}

/// Brings entries back, of which the last says how far they are.
pub fn restore(store: &impl Store, entries: &[Entry]) {
    let (up_to, changes) = entries.split_last().unwrap();
    let mut bulk = Bulk::default();
    for Entry { table, key, value } in changes {
        bulk.push(*table, key, value.as_deref());
    }
    store.restore(&mut bulk, up_to.clone()).unwrap();
}
