//! The twin of RocksDB in memory: the same keys and values in ordered maps, for tests and simulations.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Identity;
use crate::error::StoreError;
use crate::kv::{Entry, Table, header, partition_range};
use crate::store::{Scan, Store, Visit};

type Tables = BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>;

/// What outlives a [`MemoryStore`], as a directory outlives a process.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Tables>>);

/// A store in memory.
#[derive(Debug)]
pub struct MemoryStore {
    disk: MemoryDisk,
}

impl MemoryStore {
    /// A store of its own, empty.
    pub fn new(identity: &Identity) -> MemoryStore {
        let store = MemoryStore { disk: MemoryDisk::default() };
        store.put(&[identity.entry()]);
        store
    }

    /// Opens what an earlier store left behind.
    ///
    /// ```
    /// use springtide_store::{Identity, MemoryDisk, MemoryStore, StoreError};
    ///
    /// let disk = MemoryDisk::default();
    /// MemoryStore::open(&disk, &Identity::new("a1b2", "springtide"))?;
    /// let refused = MemoryStore::open(&disk, &Identity::new("c3d4", "springtide"));
    /// assert!(matches!(refused, Err(StoreError::OtherRules { .. })));
    /// # Ok::<(), StoreError>(())
    /// ```
    ///
    /// # Errors
    /// Where it belongs to another identity.
    pub fn open(disk: &MemoryDisk, identity: &Identity) -> Result<MemoryStore, StoreError> {
        let store = MemoryStore { disk: disk.clone() };
        let stored = store.get(Table::About, &header::encode_key())?;
        if identity.admits(stored.as_deref(), Path::new("memory"))? {
            store.put(&[identity.entry()]);
        }
        Ok(store)
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Writes can't panic half-way, so maps that a panicking reader leaves behind are whole.
        self.disk.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, entries: &[Entry]) {
        let mut tables = self.tables();
        for Entry { table, key, value } in entries {
            let table = tables.entry(*table).or_default();
            match value {
                Some(value) => table.insert(key.clone(), value.clone()),
                None => table.remove(key),
            };
        }
    }
}

impl Store for MemoryStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables().get(&table).and_then(|table| table.get(key)).cloned())
    }

    fn scan(&self, scan: &Scan, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let tables = self.tables();
        // A map's range panics where it ends before it begins.
        let Some(table) = tables.get(&scan.table).filter(|_| scan.from <= scan.to) else {
            return Ok(());
        };
        for (key, value) in table.range(scan.from.clone()..scan.to.clone()) {
            if visit(key, value)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.put(entries);
        Ok(())
    }

    fn drop_partition(&self, partition: i32) -> Result<(), StoreError> {
        let (from, to) = partition_range(partition);
        for table in self.tables().values_mut() {
            table.retain(|key, _| !(from <= *key && *key < to));
        }
        Ok(())
    }

    fn scrub(&self, _: i32) -> Result<(), StoreError> {
        Ok(())
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        let tables = self.tables();
        let entries = tables.values().flatten();
        Ok(entries.map(|(key, value)| (key.len() + value.len()) as u64).sum())
    }
}
