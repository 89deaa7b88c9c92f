//! A store that a crash finds between any two writes, that a loss of power leaves without its last ones, and that is
//! full now and then.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use springtide_store::{
    Bulk, Entry, Identity, MemoryDisk, MemoryStore, Scan, Store, StoreError, Table, Visit,
};

use crate::bug::Bug;
use crate::stage;

/// How long a write takes.
const WRITE: stage::Micros = 300;
/// Longer than it takes until somebody is killed.
const FOR_GOOD: stage::Micros = 10_000_000;
/// Writes that the system may not have brought to the disk yet.
const UNSYNCED: usize = 60;

/// What can go wrong with a disk, told from outside; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Condition {
    full: Arc<AtomicBool>,
    /// After how many more steps of writing the process stands still, to be killed there; 0 where it does not.
    crash_in: Arc<AtomicU64>,
    stands: Arc<AtomicBool>,
    /// What takes back each write that is not on the disk for good, the latest last.
    unsynced: Arc<Mutex<VecDeque<Vec<Entry>>>>,
}

impl Condition {
    /// Whether writes fail from here on.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// Has the process stand still in the midst of writing, after so many steps.
    pub fn crash_in(&self, steps: u64) {
        self.crash_in.store(steps, Ordering::SeqCst);
    }

    /// Whether it does.
    pub fn stands(&self) -> bool {
        self.stands.load(Ordering::SeqCst)
    }

    /// After the process was killed.
    pub fn calm(&self) {
        self.crash_in(0);
        self.stands.store(false, Ordering::SeqCst);
    }

    /// A step of writing: somebody else may come first, and the process may die here.
    fn step(&self) {
        let left = self.crash_in.load(Ordering::SeqCst);
        self.crash_in(left.saturating_sub(1));
        if left == 1 {
            self.stands.store(true, Ordering::SeqCst);
            stage::pass_here(FOR_GOOD);
        }
        stage::pass_here(WRITE);
    }

    /// How many writes a loss of power may take.
    pub fn unsynced(&self) -> usize {
        self.tail().len()
    }

    /// Takes the last writes away, as a loss of power does.
    ///
    /// # Errors
    /// Where the disk belongs to another pipeline.
    pub fn lose(&self, disk: &MemoryDisk, identity: &Identity, writes: usize) -> Result<(), StoreError> {
        let store = MemoryStore::open(disk, identity)?;
        let mut tail = self.tail();
        for _ in 0..writes {
            if let Some(undo) = tail.pop_back() {
                store.write(&undo)?;
            }
        }
        Ok(())
    }

    fn tail(&self) -> MutexGuard<'_, VecDeque<Vec<Entry>>> {
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// A process' store.
pub struct Disk {
    store: MemoryStore,
    condition: Condition,
    bug: Option<Bug>,
}

impl Disk {
    /// Opens what is left of a disk.
    ///
    /// # Errors
    /// Where it belongs to another pipeline.
    pub fn open(
        disk: &MemoryDisk,
        identity: &Identity,
        condition: Condition,
        bug: Option<Bug>,
    ) -> Result<Disk, StoreError> {
        Ok(Disk { store: MemoryStore::open(disk, identity)?, condition, bug })
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.condition.step();
        match self.condition.full.load(Ordering::SeqCst) {
            true => {
                Err(StoreError::Full { path: PathBuf::from("memory"), cause: "no space left".to_owned() })
            }
            false => Ok(()),
        }
    }

    fn remember(&self, undo: Vec<Entry>) {
        let mut tail = self.condition.tail();
        tail.push_back(undo);
        if tail.len() > UNSYNCED {
            tail.pop_front();
        }
    }

    fn as_it_is(&self, entry: &Entry) -> Result<Entry, StoreError> {
        let value = self.store.get(entry.table, &entry.key)?;
        Ok(Entry { table: entry.table, key: entry.key.clone(), value })
    }

    fn all(&self) -> Result<Rows, StoreError> {
        let mut all = Rows::new();
        for table in Table::ALL {
            let scan = Scan { table, from: Vec::new(), to: vec![u8::MAX; 32], one_account: false };
            self.store.scan(&scan, &mut |key, value| {
                all.insert((table, key.to_vec()), value.to_vec());
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(all)
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
        self.begin()?;
        let undo = entries.iter().map(|entry| self.as_it_is(entry)).collect::<Result<_, _>>()?;
        self.remember(undo);
        self.store.write(entries)
    }

    /// As RocksDB takes files over: what was written before lasts from here on, and so does each table's file at once.
    fn restore(&self, bulk: &mut Bulk, up_to: Entry) -> Result<(), StoreError> {
        bulk.sort();
        if self.bug == Some(Bug::ProgressBeforeCopy) {
            self.write(std::slice::from_ref(&up_to))?;
        }
        for table in Table::ALL {
            self.begin()?;
            self.condition.tail().clear();
            let of_table: Vec<Entry> = bulk.entries().filter(|entry| entry.table == table).collect();
            self.store.write(&of_table)?;
        }
        self.write(&[up_to])
    }

    fn drop_partition(&self, partition: i32) -> Result<(), StoreError> {
        self.begin()?;
        let before = self.all()?;
        self.store.drop_partition(partition)?;
        let after = self.all()?;
        let gone = before.into_iter().filter(|(key, _)| !after.contains_key(key));
        self.remember(gone.map(|((table, key), value)| Entry { table, key, value: Some(value) }).collect());
        Ok(())
    }

    fn scrub(&self, partition: i32) -> Result<(), StoreError> {
        self.store.scrub(partition)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        self.store.size_bytes()
    }
}
