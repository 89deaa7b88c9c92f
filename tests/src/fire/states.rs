//! What state directories hold of the same partition, up to the same record of the changelog, must be the same.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use springtide_store::{Identity, RocksSettings, RocksStore, Scan, Store, StoreError, Table};

/// Keys with their values, by table.
type Content = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// By partition and the changelog's offset, what is there, and in which directory that was seen first.
#[derive(Default)]
pub struct States {
    seen: BTreeMap<(i32, i64), (PathBuf, Content)>,
    /// How many were compared with one that was seen before.
    pub compared: usize,
    /// Those that are not as they should be.
    pub faults: Vec<String>,
}

impl States {
    /// Looks into a directory that nobody has open.
    pub fn look(&mut self, folder: &Path, application: &str) {
        if !folder.join("CURRENT").exists() {
            return;
        }
        match open(folder, application).and_then(|store| self.compare(folder, &store)) {
            // Damage that is found out only now is found out.
            Ok(())
            | Err(StoreError::Damaged { .. } | StoreError::BadValue { .. } | StoreError::BadKey { .. }) => {}
            Err(error) => self.faults.push(format!("{}: {error}", folder.display())),
        }
    }

    /// Looks for accounts that were erased in a directory that has all partitions up to their ends.
    pub fn look_for_erased(&mut self, folder: &Path, application: &str, erased: &BTreeSet<String>) {
        if let Err(error) = open(folder, application).and_then(|store| self.must_lack(&store, erased)) {
            self.faults.push(format!("{}: {error}", folder.display()));
        }
    }

    fn must_lack(&mut self, store: &RocksStore, erased: &BTreeSet<String>) -> Result<(), StoreError> {
        for partition in store.partitions()? {
            for (_, key) in content(store, partition)?.keys() {
                let key = String::from_utf8_lossy(key);
                let found = erased.iter().filter(|account| key.contains(&***account));
                self.faults.extend(found.map(|account| format!("partition {partition} still has {account}")));
            }
        }
        Ok(())
    }

    fn compare(&mut self, folder: &Path, store: &RocksStore) -> Result<(), StoreError> {
        for partition in store.partitions()? {
            let Some(offset) = store.meta(partition)?.and_then(|meta| meta.changelog_offset) else {
                continue;
            };
            let content = content(store, partition)?;
            match self.seen.get(&(partition, offset)) {
                None => drop(self.seen.insert((partition, offset), (folder.to_owned(), content))),
                Some((other, wanted)) => {
                    self.compared += 1;
                    if let Some(what) = difference(wanted, &content) {
                        let (folder, other) = (folder.display(), other.display());
                        self.faults.push(format!(
                            "partition {partition} up to {offset} is not the same in {folder} as in {other}: {what}"
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

fn open(folder: &Path, application: &str) -> Result<RocksStore, StoreError> {
    let open =
        |rules: &str| RocksStore::open(folder, &Identity::new(rules, application), &RocksSettings::default());
    match open("?") {
        // Whoever asks for the state of other rules is told whose it is.
        Err(StoreError::OtherRules { found, .. }) => open(&found),
        other => other,
    }
}

fn content(store: &RocksStore, partition: i32) -> Result<Content, StoreError> {
    let mut content = Content::new();
    for table in [Table::State, Table::Deadlines] {
        let [from, to] = [partition, partition + 1].map(|partition| partition.to_be_bytes().to_vec());
        store.scan(&Scan { table, from, to, one_account: false }, &mut |key, value| {
            content.insert((table, key.to_vec()), value.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(content)
}

/// How many keys differ, and the first of them.
fn difference(one: &Content, other: &Content) -> Option<String> {
    let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
    let mut differing = keys.filter(|key| one.get(*key) != other.get(*key));
    let first = differing.next()?;
    let which = springtide_store::StoreKey::decode(&first.1)
        .map_or_else(|error| error.to_string(), |key| key.to_string());
    Some(format!("{} keys, of them {which}", 1 + differing.count()))
}
