//! Whether a directory can be gone on with. The changelog has all of it, so what is doubtful begins anew, and what is
//! damaged is refused.
//!
//! A file says that all is well. It goes with the first write that fails: what the disk has of that write, and of those
//! that RocksDB took after it, nobody can tell; on a full disk nothing can be made, but removed it can. While it is there
//! it says how RocksDB's list of files (its manifest) began when something was last written. RocksDB takes a list that
//! lost its end for one that was not longer: files with what a partition has are forgotten then, while how far the
//! partition is stands in the log.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rocksdb::{DB, Options};

use super::fault;
use crate::error::StoreError;

const SOUND: &str = "SOUND";
/// What is to take its place.
const NEXT: &str = "SOUND.next";
/// Every database has this file; it names the list of files.
const CURRENT: &str = "CURRENT";

/// How a list of files begins, as far as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Listed {
    name: String,
    bytes: u64,
    /// Of those bytes, by FNV-1a: against disks, not against people.
    sum: u64,
}

impl Listed {
    fn named(name: String) -> Listed {
        Listed { name, bytes: 0, sum: 0xcbf2_9ce4_8422_2325 }
    }

    fn parse(text: &str) -> Option<Listed> {
        let mut words = text.split_whitespace();
        let (name, bytes, sum) = (words.next()?, words.next()?, words.next()?);
        let (bytes, sum) = (bytes.parse().ok()?, u64::from_str_radix(sum, 16).ok()?);
        words.next().is_none().then(|| Listed { name: name.to_owned(), bytes, sum })
    }

    fn text(&self) -> String {
        format!("{} {} {:016x}\n", self.name, self.bytes, self.sum)
    }

    /// Takes in what was added to it, up to so many bytes in all.
    fn follow(&mut self, path: &Path, up_to: u64) -> io::Result<()> {
        let mut file = File::open(path.join(&self.name))?;
        file.seek(SeekFrom::Start(self.bytes))?;
        let mut added = Vec::new();
        file.take(up_to.saturating_sub(self.bytes)).read_to_end(&mut added)?;
        for byte in &added {
            self.sum = (self.sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.bytes += added.len() as u64;
        Ok(())
    }
}

fn current(path: &Path) -> io::Result<String> {
    Ok(fs::read_to_string(path.join(CURRENT))?.trim().to_owned())
}

/// Takes away a database in which a write failed; refuses one whose list of files is not what it was.
pub fn check(path: &Path) -> Result<(), StoreError> {
    if !path.join(CURRENT).exists() {
        return Ok(());
    }
    match fs::read_to_string(path.join(SOUND)) {
        // As it was written when it said no more than that.
        Ok(said) if said.is_empty() => Ok(()),
        Ok(said) => must_be_listed(path, &said),
        Err(_) => {
            DB::destroy(&Options::default(), path).map_err(|error| fault::of(path, "beginning anew", error))
        }
    }
}

fn must_be_listed(path: &Path, said: &str) -> Result<(), StoreError> {
    let damaged = |cause: String| Err(StoreError::Damaged { path: path.to_path_buf(), cause });
    let Some(seen) = Listed::parse(said) else {
        return damaged(format!("Its file {SOUND} says `{}`", said.trim().escape_debug()));
    };
    // Another list is a newer one, begun by a process that ended while it opened the database.
    if current(path).is_ok_and(|name| name != seen.name) {
        return Ok(());
    }
    let mut there = Listed::named(seen.name.clone());
    // A list that is not there is RocksDB's to tell of.
    if there.follow(path, seen.bytes).is_err() || there == seen {
        return Ok(());
    }
    damaged(if there.bytes < seen.bytes {
        format!("{} has {} bytes and had {}", seen.name, there.bytes, seen.bytes)
    } else {
        format!("{} does not begin as it did", seen.name)
    })
}

/// Says of an open database that all is well.
#[derive(Debug)]
pub struct Trust {
    path: PathBuf,
    /// `None` once a write has failed.
    listed: Mutex<Option<Listed>>,
}

impl Trust {
    /// Says so from now on.
    pub fn begin(path: &Path) -> Result<Trust, StoreError> {
        let name = current(path).map_err(|error| fault::of_io(path, "reading", &error))?;
        fs::write(path.join(SOUND), Listed::named(name.clone()).text())
            .map_err(|error| fault::of_io(path, "writing", &error))?;
        Ok(Trust { path: path.to_path_buf(), listed: Mutex::new(Some(Listed::named(name))) })
    }

    fn listed(&self) -> MutexGuard<'_, Option<Listed>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how the list of files is now: to be asked before each write, so that whatever the log has, the list was seen
    /// that goes with it.
    pub fn note(&self) {
        let mut listed = self.listed();
        let Some(seen) = &mut *listed else { return };
        // What was said before stays true where this does not work out, on a full disk for one.
        let _ = self.follow(seen);
    }

    fn follow(&self, seen: &mut Listed) -> io::Result<()> {
        let name = current(&self.path)?;
        let bytes = fs::metadata(self.path.join(&name))?.len();
        if (&*name, bytes) == (&*seen.name, seen.bytes) {
            return Ok(());
        }
        let mut next = if name == seen.name { seen.clone() } else { Listed::named(name) };
        next.follow(&self.path, bytes)?;
        fs::write(self.path.join(NEXT), next.text())?;
        fs::rename(self.path.join(NEXT), self.path.join(SOUND))?;
        *seen = next;
        Ok(())
    }

    /// Says so no longer.
    pub fn end(&self) {
        *self.listed() = None;
        // It may be gone since an earlier failure; and a disk that lets nothing be removed lets nothing be opened either.
        let _removed = fs::remove_file(self.path.join(SOUND));
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{Identity, PartitionMeta, RocksSettings, RocksStore, Store};

    fn open(home: &TempDir) -> Result<RocksStore, StoreError> {
        RocksStore::open(home.path(), &Identity::new("rules", "test"), &RocksSettings::default())
    }

    #[test]
    fn after_a_write_that_failed_the_next_open_begins_anew() {
        let home = TempDir::new().unwrap();
        open(&home).unwrap().write(&[PartitionMeta::default().entry(3)]).unwrap();
        let store = open(&home).unwrap();
        assert_eq!(store.partitions(), Ok(vec![3]), "nothing failed");
        store.trust.end();
        store.write(&[PartitionMeta::default().entry(5)]).unwrap();
        drop(store);
        assert_eq!(open(&home).unwrap().partitions(), Ok(vec![]), "something did");
        open(&home).unwrap().write(&[PartitionMeta::default().entry(4)]).unwrap();
        assert_eq!(open(&home).unwrap().partitions(), Ok(vec![4]));
    }

    #[test]
    fn a_list_of_files_that_is_not_as_it_was_is_refused_by_name() {
        let home = TempDir::new().unwrap();
        drop(open(&home).unwrap());
        let name = current(home.path()).unwrap();
        let list = home.path().join(&name);
        let bytes = fs::read(&list).unwrap();
        let refused = |with: &[u8]| {
            fs::write(&list, with).unwrap();
            open(&home).err().unwrap().to_string()
        };
        let cut = refused(&bytes[..bytes.len() - 1]);
        assert!(
            cut.contains(&format!("{name} has {} bytes and had {}", bytes.len() - 1, bytes.len())),
            "{cut}"
        );
        let mut other = bytes.clone();
        other[bytes.len() / 2] ^= 1;
        let flipped = refused(&other);
        assert!(flipped.contains(&format!("{name} does not begin as it did")), "{flipped}");
        fs::write(&list, &bytes).unwrap();
        fs::write(home.path().join(SOUND), "well").unwrap();
        let unread = open(&home).err().unwrap().to_string();
        assert!(
            unread.contains("SOUND says `well`") && unread.contains("move the state directory away"),
            "{unread}"
        );
    }

    #[test]
    fn a_directory_of_an_earlier_version_says_no_more_than_that_all_is_well() {
        let home = TempDir::new().unwrap();
        open(&home).unwrap().write(&[PartitionMeta::default().entry(3)]).unwrap();
        fs::write(home.path().join(SOUND), "").unwrap();
        assert_eq!(open(&home).unwrap().partitions(), Ok(vec![3]));
    }

    #[test]
    fn what_is_said_is_read_again() {
        let listed = Listed { name: "MANIFEST-000005".to_owned(), bytes: 77, sum: 0xab };
        assert_eq!(Listed::parse(&listed.text()), Some(listed));
        for not in ["", "MANIFEST-000005", "MANIFEST-000005 77", "MANIFEST-000005 x 00", "a 1 2 3"] {
            assert_eq!(Listed::parse(not), None, "{not}");
        }
    }
}
