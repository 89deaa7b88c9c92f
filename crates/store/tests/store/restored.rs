//! What a changelog brings back in great numbers is what the same changes make one by one.

use std::fs;

use springtide_core::meaning::piece::PieceKey;
use springtide_core::partition::Deadline;
use springtide_store::{Entry, Store};

use crate::place::{Content, Directory, Place, before_and_after_a_restart, content, in_both, restore};
use crate::samples::{change, commit, cut, erasures, pieces, put};

in_both! {
    changes_in_bulk_are_changes_one_by_one
    what_is_brought_back_goes_over_what_was_dropped
}

/// Accounts of which a bulk is much and is little.
const SIZES: [i64; 2] = [4_000, 10];

fn entries(n: i64, accounts: i64) -> Vec<Entry> {
    let name = |number: i64| format!("account-{}", (number * 7_919) % accounts);
    let cuts = (0..accounts).map(|number| cut(&name(number), put(pieces())));
    let gone = (0..accounts / 3).map(|number| cut(&name(number * 2), vec![(PieceKey::Rows, None)]));
    let mut commit = commit(0, n, cuts.chain(gone).collect());
    commit.partitions[0].deadlines =
        (0..accounts).map(|number| change(Deadline::Timer, &name(number), Some(n - 1), Some(n))).collect();
    commit.partitions[0].erasures = Some(erasures(&[(1, Some(n))]));
    commit.entries().unwrap()
}

fn all(store: &impl Store) -> Content {
    content(store).unwrap()
}

fn changes_in_bulk_are_changes_one_by_one<P: Place>() {
    let (place, beside) = (P::new(), P::new());
    let (store, other) = (place.open(), beside.open());
    for (n, accounts) in (1..).zip(SIZES.into_iter().chain(SIZES)) {
        let entries = entries(n, accounts);
        other.write(&entries).unwrap();
        restore(&store, &entries);
    }
    let expected = all(&other);
    assert!(expected.len() > 4_000);
    before_and_after_a_restart(&place, store, |store| assert!(all(store) == expected));
}

fn what_is_brought_back_goes_over_what_was_dropped<P: Place>() {
    for accounts in SIZES {
        let (place, beside) = (P::new(), P::new());
        let (store, other) = (place.open(), beside.open());
        store.write(&entries(1, SIZES[0])).unwrap();
        store.drop_partition(0).unwrap();
        restore(&store, &entries(2, accounts));
        other.write(&entries(2, accounts)).unwrap();
        let expected = all(&other);
        before_and_after_a_restart(&place, store, |store| assert!(all(store) == expected));
    }
}

#[test]
fn files_that_a_killed_process_left_are_removed() {
    let place = Directory::new();
    let store = place.open();
    restore(&store, &entries(1, SIZES[0]));
    let left = store.path().join("restoring");
    drop(store);
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("state.sst"), "half of a file").unwrap();
    let store = place.open();
    assert!(!left.exists());
    assert_eq!(store.load(0, "account-1").unwrap().len(), pieces().len());
}
