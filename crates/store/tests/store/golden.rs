//! The stored bytes of a small state. Where this test fails the format has changed: raise
//! `kv::header::FORMAT`, say in the changelog how the old state is read, and only then change the bytes.

use springtide_core::partition::Deadline;
use springtide_store::{
    Commit, Entry, Identity, MemoryStore, PartitionCommit, PartitionMeta, Store, Table, kv,
};

use crate::place::identity;
use crate::samples::{change, cut, erased, erasures, pieces, put};

const GOLDEN: &str = include_str!("golden.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn line(entry: &Entry) -> String {
    let value = entry.value.as_deref().map_or("-".to_owned(), hex);
    format!("{:?} {} {value}", entry.table, hex(&entry.key))
}

fn small_state() -> Commit {
    let meta = PartitionMeta {
        offsets: [12, -1, 0, 300, 5],
        highest: [Some(1_000), None, Some(-1), None, None],
        passed: [-86_400_000, 0, 1, i64::MIN, i64::MAX],
        horizon: -86_400_000,
        clock: 2_000,
        written_at: 1_772_443_800_000,
        changelog_offset: Some(77),
    };
    let mut pieces = put(pieces());
    pieces[5].1 = None;
    let deadlines = vec![
        change(Deadline::Timer, "acme", Some(-1), Some(1)),
        change(Deadline::Quiet, "é", None, Some(86_400_000)),
    ];
    Commit {
        partitions: vec![PartitionCommit {
            partition: 3,
            meta,
            accounts: vec![cut("acme", pieces)],
            deadlines,
            erasures: Some(erasures(&[(1, Some(1_772_443_800_000)), (2, None)])),
            generation: Some(2),
        }],
    }
}

#[test]
fn the_stored_bytes_are_those_of_this_format() {
    let (key, value) = (kv::header::encode_key(), kv::header::encode_value(&identity()));
    let header = Entry { table: Table::About, key, value: Some(value) };
    let written: Vec<_> =
        [header].into_iter().chain(small_state().entries().unwrap()).map(|e| line(&e)).collect();
    assert_eq!(written, GOLDEN.lines().collect::<Vec<_>>(), "written:\n{}", written.join("\n"));
}

#[test]
fn bytes_of_this_format_are_read_as_they_were_meant() {
    let store = MemoryStore::new(&Identity::new("another", "one"));
    let entries = GOLDEN.lines().map(|line| {
        let mut parts = line.split(' ').skip(1);
        let (key, value) = (parts.next().unwrap(), parts.next().unwrap());
        Entry::restored(bytes(key), (value != "-").then(|| bytes(value))).unwrap()
    });
    store.write(&entries.collect::<Vec<_>>()).unwrap();
    let state = small_state().partitions.remove(0);
    let mut pieces = pieces();
    pieces.remove(5);
    assert_eq!(store.identity(), Ok(identity()));
    assert_eq!(store.meta(3), Ok(Some(state.meta)));
    assert_eq!(store.load(3, "acme"), Ok(pieces));
    assert_eq!(store.due(3, Deadline::Timer, 1, usize::MAX), Ok(vec![(1, "acme".into())]));
    assert_eq!(store.due(3, Deadline::Quiet, i64::MAX, usize::MAX), Ok(vec![(86_400_000, "é".into())]));
    assert_eq!(store.erased(3), Ok(Some(erased(&[(1, 1_772_443_800_000)]))));
}
