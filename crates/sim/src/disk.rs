//! A store that a crash finds between any two writes, and that is full now and then.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use springtide_store::{Entry, Identity, MemoryDisk, MemoryStore, Scan, Store, StoreError, Table, Visit};

/// What can go wrong with a disk, told from outside; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Condition {
    full: Arc<AtomicBool>,
}

impl Condition {
    /// Whether writes fail from here on.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }
}

/// A process' store.
pub struct Disk {
    store: MemoryStore,
    condition: Condition,
}

impl Disk {
    /// Opens what is left of a disk.
    ///
    /// # Errors
    /// Where it belongs to another pipeline.
    pub fn open(disk: &MemoryDisk, identity: &Identity, condition: Condition) -> Result<Disk, StoreError> {
        Ok(Disk { store: MemoryStore::open(disk, identity)?, condition })
    }
}

impl Disk {
    fn has_space(&self) -> Result<(), StoreError> {
        match self.condition.full.load(Ordering::SeqCst) {
            true => {
                Err(StoreError::Full { path: PathBuf::from("memory"), cause: "no space left".to_owned() })
            }
            false => Ok(()),
        }
    }
}

impl Store for Disk {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(table, key)
    }

    fn scan(&self, scan: &Scan, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.store.scan(scan, visit)
    }

    fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.has_space()?;
        self.store.write(entries)
    }

    fn drop_partition(&self, partition: i32) -> Result<(), StoreError> {
        self.has_space()?;
        self.store.drop_partition(partition)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        self.store.size_bytes()
    }
}
