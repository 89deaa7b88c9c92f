//! What only a store on disk does: locks, directories, damage, bounds.

use std::fs;
use std::path::Path;

use springtide_core::partition::Deadline;
use springtide_store::{RocksSettings, RocksStore, Store, StoreError};

use crate::place::{Directory, Place, SMALL, identity};
use crate::samples::{change, commit, cut, deadlines, log, pieces, put};

fn files(path: &Path, is: impl Fn(&str) -> bool) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(path).unwrap().map(|file| file.unwrap().path());
    paths.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(&is)).collect()
}

#[test]
fn a_directory_in_use_is_refused() {
    let place = Directory::new();
    let store = place.open();
    let error = place.open_as(&identity()).err().unwrap();
    assert_eq!(error, StoreError::InUse { path: store.path().to_path_buf() });
    assert!(error.to_string().contains("in use by another springtide"), "{error}");
}

#[test]
fn a_directory_that_can_not_be_made_says_so() {
    let place = Directory::new();
    let file = place.0.path().join("file");
    fs::write(&file, "").unwrap();
    let error = RocksStore::open(&file.join("state"), &identity(), &SMALL).err().unwrap();
    assert!(matches!(error, StoreError::Failed { doing: "making", .. }), "{error:?}");
}

#[test]
fn damaged_files_say_what_to_do() {
    for which in ["CURRENT", "MANIFEST", ".sst"] {
        let place = Directory::new();
        let store = place.open();
        store.commit(&commit(0, 1, vec![cut("acme", put(pieces()))])).unwrap();
        store.flush().unwrap();
        let path = store.path().to_path_buf();
        drop(store);
        for file in files(&path, |name| name.starts_with(which) || name.ends_with(which)) {
            fs::write(file, "not what was written here, and long enough to be read as a footer".repeat(4))
                .unwrap();
        }
        let error = place.open_as(&identity()).and_then(|store| store.load(0, "acme")).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{which}: {error:?}");
        assert!(error.to_string().contains("brought back from the changelog topic"), "{error}");
    }
}

#[test]
fn a_missing_file_is_damage() {
    let place = Directory::new();
    let store = place.open();
    store.commit(&commit(0, 1, vec![cut("acme", put(pieces()))])).unwrap();
    store.flush().unwrap();
    let path = store.path().to_path_buf();
    drop(store);
    files(&path, |name| name.ends_with(".sst")).iter().for_each(|file| fs::remove_file(file).unwrap());
    let error = place.open_as(&identity()).err().unwrap();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_family_of_a_later_format_is_another_format() {
    let place = Directory::new();
    let path = place.open().path().to_path_buf();
    let mut db =
        rocksdb::DB::open_cf(&rocksdb::Options::default(), &path, ["default", "state", "deadlines"]).unwrap();
    db.create_cf("later", &rocksdb::Options::default()).unwrap();
    drop(db);
    let error = place.open_as(&identity()).err().unwrap();
    assert_eq!(error, StoreError::OtherFormat { path, found: None });
}

#[test]
fn other_budgets_and_waiting_for_the_disk_change_nothing() {
    let place = Directory::new();
    let store = place.open();
    store.commit(&commit(0, 1, vec![cut("acme", put(pieces()))])).unwrap();
    let path = store.path().to_path_buf();
    drop(store);
    let settings = RocksSettings { sync: true, ..RocksSettings::default() };
    let store = RocksStore::open(&path, &identity(), &settings).unwrap();
    assert_eq!(store.load(0, "acme"), Ok(pieces()));
    store.commit(&commit(0, 1, vec![cut("zeta", put(pieces()))])).unwrap();
    assert_eq!(store.load(0, "zeta"), Ok(pieces()));
}

#[test]
fn state_larger_than_the_buffers_is_found_through_the_filters() {
    let place = Directory::new();
    let mut store = place.open();
    let account = |n: i64| format!("account-{n}");
    for batch in 0..40 {
        let accounts = (batch * 500..(batch + 1) * 500)
            .map(|n| cut(&account(n), put((0..4).map(|d| log(d * 86_400_000)).collect())));
        store.commit(&commit(0, batch, accounts.collect())).unwrap();
        let changes =
            (batch * 500..(batch + 1) * 500).map(|n| change(Deadline::Timer, &account(n), None, Some(n)));
        store.commit(&deadlines(0, changes.collect())).unwrap();
    }
    assert!(!files(store.path(), |name| name.ends_with(".sst")).is_empty(), "the buffers are bounded");
    for _ in 0..2 {
        for n in (0..20_000).step_by(997) {
            assert_eq!(store.load(0, &account(n)).unwrap().len(), 4, "{n}");
            assert_eq!(store.load(0, &format!("account-{n}x")), Ok(Vec::new()));
        }
        assert_eq!(store.accounts(0).count(), 20_000);
        assert_eq!(store.due(0, Deadline::Timer, 999, usize::MAX).unwrap().len(), 1_000);
        store.flush().unwrap();
        drop(store);
        store = place.open();
    }
    assert!(files(store.path(), |name| name.starts_with("LOG")).len() <= 3, "old logs are removed");
}
