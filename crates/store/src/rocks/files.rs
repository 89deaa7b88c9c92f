//! Much at once, sorted, by the shortest way: as files that RocksDB takes over as they are. They pass neither the log nor
//! the buffers in memory, and are compacted only where they lie over others.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use rocksdb::{IngestExternalFileOptions, SstFileWriter};

use super::{RocksStore, fault, options};
use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::kv::Table;

/// From so much on a file costs less than what it spares.
pub const LEAST_BYTES: usize = 1 << 20;

/// In the database's own directory, so that files are moved and not copied.
const DIRECTORY: &str = "restoring";

fn directory(path: &Path) -> PathBuf {
    path.join(DIRECTORY)
}

/// Removes what a process left behind that ended half-way.
pub fn clear(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(directory(path)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(fault::of_io(path, "clearing the directory for files to restore from", &error))
        }
        _ => Ok(()),
    }
}

/// Makes sorted changes part of the database. When it returns, they are on disk.
pub fn ingest(store: &RocksStore, bulk: &Bulk) -> Result<(), StoreError> {
    let _alone = store.files.lock().unwrap_or_else(PoisonError::into_inner);
    let home = directory(&store.path);
    fs::create_dir_all(&home).map_err(|error| fault::of_io(&home, "making", &error))?;
    // Files last from when they are taken over; what was written before them, of how far the copy is, must last as well.
    store.db.flush_wal(true).map_err(|error| store.failed("writing", error))?;
    for table in Table::ALL {
        let file = home.join(format!("{}.sst", options::name(table)));
        vacate(&file)?;
        write(store, table, bulk, &file)
            .and_then(|any| if any { take_over(store, table, &file) } else { Ok(()) })
            .map_err(|error| store.failed("writing what was restored", error))?;
    }
    clear(&store.path)
}

/// A file of this name that was taken over, and could not be unlinked, is one with a live one: writing would empty that.
fn vacate(file: &Path) -> Result<(), StoreError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(fault::of_io(file, "removing", &error)),
        _ => Ok(()),
    }
}

/// Whether there was anything to write.
fn write(store: &RocksStore, table: Table, bulk: &Bulk, file: &Path) -> Result<bool, rocksdb::Error> {
    let mut changes = bulk.of(table).peekable();
    if changes.peek().is_none() {
        return Ok(false);
    }
    let options = options::of_files(table, &store.settings);
    let mut writer = SstFileWriter::create(&options);
    writer.open(file)?;
    for (key, value) in changes {
        match value {
            Some(value) => writer.put(key, value)?,
            None => writer.delete(key)?,
        }
    }
    writer.finish()?;
    Ok(true)
}

fn take_over(store: &RocksStore, table: Table, file: &Path) -> Result<(), rocksdb::Error> {
    let mut options = IngestExternalFileOptions::default();
    options.set_move_files(true);
    store.db.ingest_external_file_cf_opts(&store.family(table), &options, vec![file])
}
