//! RocksDB's errors in the words of the store.
//!
//! RocksDB tells a lock and a full disk apart from other failures by its message alone.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use rocksdb::ErrorKind;

use crate::error::StoreError;

/// The first error of a store's log, which says why: after it RocksDB only says that there was one.
#[derive(Default)]
pub struct First(OnceLock<StoreError>);

impl First {
    /// The error that says why.
    pub fn told(&self, error: StoreError) -> StoreError {
        let is_of_before =
            matches!(&error, StoreError::Failed { cause, .. } if cause.contains("previous error"));
        if is_of_before {
            return self.0.get().cloned().unwrap_or(error);
        }
        // Only the first is kept.
        let _ = self.0.set(error.clone());
        error
    }
}

/// What an error of RocksDB means.
pub fn of(path: &Path, doing: &'static str, error: rocksdb::Error) -> StoreError {
    told(path, doing, error.kind(), error.into_string())
}

/// What an error of the file system means.
pub fn of_io(path: &Path, doing: &'static str, error: &io::Error) -> StoreError {
    let path = path.to_path_buf();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full { path, cause: error.to_string() }
        }
        _ => StoreError::Failed { path, doing, cause: error.to_string() },
    }
}

fn told(path: &Path, doing: &'static str, kind: ErrorKind, cause: String) -> StoreError {
    let path = path.to_path_buf();
    let says = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    match kind {
        // "While lock file: …/LOCK: Resource temporarily unavailable", or "lock hold by current process".
        ErrorKind::IOError if says(&["While lock file", "lock hold by current process"]) => {
            StoreError::InUse { path }
        }
        ErrorKind::IOError if says(&["No space left on device", "Disk quota exceeded"]) => {
            StoreError::Full { path, cause }
        }
        ErrorKind::Corruption => StoreError::Damaged { path, cause },
        ErrorKind::InvalidArgument if says(&["Column families not opened"]) => {
            StoreError::OtherFormat { path, found: None }
        }
        // Files that the manifest names are gone: found out when it is opened, or when they are first read.
        ErrorKind::InvalidArgument | ErrorKind::IOError | ErrorKind::NotFound
            if says(&["No such file", "does not exist"]) =>
        {
            StoreError::Damaged { path, cause }
        }
        _ => StoreError::Failed { path, doing, cause },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_because_something_failed_before_says_what_that_was() {
        let (path, first) = (Path::new("/state"), First::default());
        let after =
            told(path, "writing", ErrorKind::IOError, "IO error: Writer has previous error.".to_owned());
        assert_eq!(first.told(after.clone()), after, "nothing is known of one before");
        let full = StoreError::Full { path: path.to_path_buf(), cause: "No space left on device".to_owned() };
        assert_eq!(first.told(full.clone()), full);
        assert_eq!(first.told(after), full);
    }

    #[test]
    fn a_failure_is_told_by_kind_and_message() {
        let path = Path::new("/state");
        let at = || path.to_path_buf();
        let words = |cause: &str| cause.to_owned();
        let space = "IO error: No space left on device: While appending to file: /state/000012.log";
        let families = "Invalid argument: Column families not opened: later";
        let rot = "Corruption: block checksum mismatch";
        let held = "IO error: While lock file: /state/LOCK: Resource temporarily unavailable";
        let denied = "IO error: While open a file for appending: /state/LOCK: Permission denied";
        let gone =
            "IO error: No such file or directory: While open a file for random read: /state/000025.sst";
        let missing = StoreError::Damaged { path: at(), cause: words(gone) };
        assert_eq!(told(path, "reading", ErrorKind::IOError, words(gone)), missing);
        for (kind, cause, told_as) in [
            (ErrorKind::IOError, held, StoreError::InUse { path: at() }),
            (ErrorKind::IOError, space, StoreError::Full { path: at(), cause: words(space) }),
            (ErrorKind::Corruption, rot, StoreError::Damaged { path: at(), cause: words(rot) }),
            (ErrorKind::InvalidArgument, families, StoreError::OtherFormat { path: at(), found: None }),
            (
                ErrorKind::IOError,
                denied,
                StoreError::Failed { path: at(), doing: "opening", cause: words(denied) },
            ),
        ] {
            assert_eq!(told(path, "opening", kind, words(cause)), told_as);
        }
    }
}
