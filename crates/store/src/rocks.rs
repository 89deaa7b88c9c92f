//! The store on disk: one RocksDB, one column family per table, one batch per commit.

mod fault;
mod files;
mod options;
mod trust;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rocksdb::{
    BottommostLevelCompaction, ColumnFamily, CompactOptions, DB, ReadOptions, WriteBatch, WriteOptions,
};

use crate::Identity;
use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::kv::{Entry, Table, header, partition_range};
use crate::store::{Scan, Store, Visit};
pub use options::{Budget, RocksSettings};
use trust::Trust;

/// A store in a directory.
///
/// ```
/// use springtide_store::{Identity, RocksSettings, RocksStore, Store, StoreError};
///
/// let home = tempfile::tempdir().map_err(|error| error.to_string())?;
/// let identity = Identity::new("a1b2", "springtide");
/// let store = RocksStore::open(&home.path().join("state"), &identity, &RocksSettings::default())
///     .map_err(|error| error.to_string())?;
/// assert_eq!(store.identity(), Ok(identity));
/// assert_eq!(store.meta(0), Ok(None));
/// # Ok::<(), String>(())
/// ```
pub struct RocksStore {
    db: DB,
    path: PathBuf,
    settings: RocksSettings,
    /// Held by whoever writes files to be taken over.
    files: Mutex<()>,
    first_failure: fault::First,
    trust: Trust,
}

impl RocksStore {
    /// Opens a directory, or makes it with all that lead to it.
    ///
    /// # Errors
    /// Where it is in use, belongs to another identity, or can't be read.
    pub fn open(
        path: &Path,
        identity: &Identity,
        settings: &RocksSettings,
    ) -> Result<RocksStore, StoreError> {
        fs::create_dir_all(path).map_err(|error| fault::of_io(path, "making", &error))?;
        trust::check(path)?;
        let db = options::of_db(settings)
            .and_then(|options| DB::open_cf_descriptors(&options, path, options::of_tables(settings)))
            .map_err(|error| fault::of(path, "opening", error))?;
        let store = RocksStore {
            db,
            path: path.to_path_buf(),
            settings: *settings,
            files: Mutex::default(),
            first_failure: fault::First::default(),
            trust: Trust::begin(path)?,
        };
        files::clear(path)?;
        let stored = store.get(Table::About, &header::encode_key())?;
        identity.admits(stored.as_deref(), path)?;
        // The log that opening begins names none before it: nothing but this may be in it (see `options::of_db`).
        store.write_batch(&[identity.entry()], true)?;
        store.flush()?;
        // What was in the log is in files now.
        store.trust.note();
        Ok(store)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes to tables on disk what is in memory and the log, so that the next open has less to read again.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn flush(&self) -> Result<(), StoreError> {
        let families = Table::ALL.map(|table| self.family(table));
        let families: Vec<&&ColumnFamily> = families.iter().collect();
        let flushed = self.db.flush_cfs_opt(&families, &rocksdb::FlushOptions::default());
        flushed.map_err(|error| self.failed("writing", error))
    }

    /// What a write that failed means: the directory is not gone on with.
    fn failed(&self, doing: &'static str, error: rocksdb::Error) -> StoreError {
        self.trust.end();
        self.first_failure.told(fault::of(&self.path, doing, error))
    }

    fn family(&self, table: Table) -> &ColumnFamily {
        // Opening makes every family that is missing.
        self.db.cf_handle(options::name(table)).unwrap_or_else(|| unreachable!("{table:?} was opened"))
    }

    fn write_batch(&self, entries: &[Entry], sync: bool) -> Result<(), StoreError> {
        let families = Table::ALL.map(|table| (table, self.family(table)));
        let family = |wanted| {
            families.iter().find(|(table, _)| *table == wanted).map_or(families[0].1, |found| found.1)
        };
        let bytes =
            entries.iter().map(|entry| entry.key.len() + entry.value.as_ref().map_or(0, Vec::len) + 16).sum();
        let mut batch = WriteBatch::with_capacity_bytes(bytes);
        for Entry { table, key, value } in entries {
            match value {
                Some(value) => batch.put_cf(family(*table), key, value),
                None => batch.delete_cf(family(*table), key),
            }
        }
        self.apply(batch, sync)
    }

    fn apply(&self, batch: WriteBatch, sync: bool) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        self.trust.note();
        let written = self.db.write_opt(batch, &options);
        written.map_err(|error| self.failed("writing", error))
    }

    fn property(&self, table: Table, name: &str) -> Result<u64, StoreError> {
        let value = self.db.property_int_value_cf(self.family(table), name);
        value.map(Option::unwrap_or_default).map_err(|error| fault::of(&self.path, "measuring", error))
    }
}

impl Store for RocksStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.db.get_cf(self.family(table), key).map_err(|error| fault::of(&self.path, "reading", error))
    }

    fn scan(&self, scan: &Scan, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(scan.to.clone());
        if scan.one_account {
            // Lets the filters say that an account is not there; only its own prefix is looked at.
            options.set_prefix_same_as_start(true);
        } else {
            options.set_total_order_seek(true);
        }
        let mut cursor = self.db.raw_iterator_cf_opt(self.family(scan.table), options);
        cursor.seek(&scan.from);
        while let Some((key, value)) = cursor.item() {
            if visit(key, value)?.is_break() {
                return Ok(());
            }
            cursor.next();
        }
        cursor.status().map_err(|error| fault::of(&self.path, "reading", error))
    }

    fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.write_batch(entries, self.settings.sync)
    }

    fn restore(&self, bulk: &mut Bulk, up_to: Entry) -> Result<(), StoreError> {
        bulk.sort();
        if bulk.size() < files::LEAST_BYTES {
            let entries: Vec<Entry> = bulk.entries().chain([up_to]).collect();
            return self.write(&entries);
        }
        files::ingest(self, bulk)?;
        self.write(&[up_to])
    }

    fn drop_partition(&self, partition: i32) -> Result<(), StoreError> {
        let (from, to) = partition_range(partition);
        let mut batch = WriteBatch::default();
        for table in Table::ALL {
            batch.delete_range_cf(self.family(table), &from, &to);
        }
        self.apply(batch, self.settings.sync)
    }

    fn scrub(&self, partition: i32) -> Result<(), StoreError> {
        // Logs are gone once what they have is in files.
        self.flush()?;
        let (from, to) = partition_range(partition);
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(false);
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        for table in Table::ALL {
            self.db.compact_range_cf_opt(self.family(table), Some(&from), Some(&to), &options);
        }
        Ok(())
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        let mut size = 0;
        for table in Table::ALL {
            size += self.property(table, "rocksdb.live-sst-files-size")?;
            size += self.property(table, "rocksdb.cur-size-all-mem-tables")?;
        }
        Ok(size)
    }
}
