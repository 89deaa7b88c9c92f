//! A directory in which a write failed is not gone on with: what the disk has of that write, and of those that RocksDB
//! took after it, nobody can tell. The changelog has all of it, so the next open begins anew.
//!
//! A file says that all is well, and goes with the first write that fails: on a full disk nothing can be made, but
//! removed it can.

use std::fs;
use std::path::Path;

use rocksdb::{DB, Options};

use super::fault;
use crate::error::StoreError;

const SOUND: &str = "SOUND";
/// Every database has this file.
const CURRENT: &str = "CURRENT";

/// Takes away a database in which a write failed.
pub fn leave_if_doubtful(path: &Path) -> Result<(), StoreError> {
    if !path.join(CURRENT).exists() || path.join(SOUND).exists() {
        return Ok(());
    }
    DB::destroy(&Options::default(), path).map_err(|error| fault::of(path, "beginning anew", error))
}

/// Says that all is well.
pub fn begin(path: &Path) -> Result<(), StoreError> {
    fs::write(path.join(SOUND), []).map_err(|error| fault::of_io(path, "writing", &error))
}

/// Says so no longer.
pub fn end(path: &Path) {
    // It may be gone since an earlier failure; and a disk that lets nothing be removed lets nothing be opened either.
    let _removed = fs::remove_file(path.join(SOUND));
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{Identity, PartitionMeta, RocksSettings, RocksStore, Store};

    #[test]
    fn after_a_write_that_failed_the_next_open_begins_anew() {
        let home = TempDir::new().unwrap();
        let open = || {
            RocksStore::open(home.path(), &Identity::new("rules", "test"), &RocksSettings::default()).unwrap()
        };
        open().write(&[PartitionMeta::default().entry(3)]).unwrap();
        assert_eq!(open().partitions(), Ok(vec![3]), "nothing failed");
        end(home.path());
        assert_eq!(open().partitions(), Ok(vec![]), "something did");
        open().write(&[PartitionMeta::default().entry(4)]).unwrap();
        assert_eq!(open().partitions(), Ok(vec![4]));
    }
}
