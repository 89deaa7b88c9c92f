//! The index of deadlines, as any store keeps it, and what a backing lays over it.

use std::sync::atomic::{AtomicUsize, Ordering};

use springtide_core::partition::{Backing, Deadline};
use springtide_core::time::Millis;
use springtide_store::{Entry, PartitionBacking, Scan, Store, StoreError, Table, Visit};

use crate::place::{Place, in_both};
use crate::samples::{change, deadlines};

in_both! {
    due_is_by_instant_then_account
    due_sees_what_is_not_committed
    a_limit_bounds_what_is_read
}

fn due_is_by_instant_then_account<P: Place>() {
    let store = P::new().open();
    let at = [Millis::MIN, -86_400_001, -1, 0, 1, Millis::MAX];
    let changes = at.iter().rev().flat_map(|at| {
        [change(Deadline::Timer, "b", None, Some(*at)), change(Deadline::Timer, "a\0", None, Some(*at))]
    });
    store.commit(&deadlines(0, changes.collect())).unwrap();
    store.commit(&deadlines(0, vec![change(Deadline::Quiet, "q", None, Some(-3))])).unwrap();
    for (due, up_to) in at.iter().enumerate() {
        let expected = at[..=due].iter().flat_map(|at| [(*at, "a\0".into()), (*at, "b".into())]);
        let expected: Vec<_> = expected.collect();
        for at_most in [0, 1, 3, expected.len()] {
            let first = expected[..at_most.min(expected.len())].to_vec();
            assert_eq!(store.due(0, Deadline::Timer, *up_to, at_most), Ok(first));
        }
        assert_eq!(store.due(0, Deadline::Timer, *up_to, usize::MAX), Ok(expected));
    }
    assert_eq!(store.due(0, Deadline::Quiet, 5, usize::MAX), Ok(vec![(-3, "q".into())]));
    store.commit(&deadlines(0, vec![change(Deadline::Quiet, "q", Some(-3), Some(6))])).unwrap();
    assert_eq!(store.due(0, Deadline::Quiet, 5, usize::MAX), Ok(Vec::new()));
    store.commit(&deadlines(0, vec![change(Deadline::Quiet, "q", Some(6), Some(6))])).unwrap();
    assert_eq!(store.due(0, Deadline::Quiet, 6, usize::MAX), Ok(vec![(6, "q".into())]));
}

fn due_sees_what_is_not_committed<P: Place>() {
    let store = P::new().open();
    let timer = Deadline::Timer;
    let stored = [("a", 1), ("b", 2), ("c", 3)].map(|(account, at)| change(timer, account, None, Some(at)));
    store.commit(&deadlines(0, stored.into())).unwrap();
    let mut backing = PartitionBacking::new(&store, 0);
    backing.reschedule(timer, "a", Some(1), None).unwrap();
    backing.reschedule(timer, "b", Some(2), Some(9)).unwrap();
    backing.reschedule(timer, "d", None, Some(-4)).unwrap();
    let due =
        |backing: &mut PartitionBacking<'_, P::Store>, up_to| backing.due(timer, up_to, usize::MAX).unwrap();
    assert_eq!(due(&mut backing, 8), ["d", "c"].map(Box::from));
    assert_eq!(due(&mut backing, 9), ["d", "c", "b"].map(Box::from));
    assert_eq!(store.due(0, timer, 9, usize::MAX).unwrap().len(), 3, "the store does not know yet");
    store.commit(&deadlines(0, backing.take_deadlines())).unwrap();
    assert_eq!(due(&mut backing, 9), ["d", "c", "b"].map(Box::from));
    assert_eq!(backing.take_deadlines(), []);
}

/// A store that counts the keys it hands out.
struct Counting<S> {
    store: S,
    keys: AtomicUsize,
}

impl<S: Store> Store for Counting<S> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(table, key)
    }

    fn scan(&self, scan: &Scan, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.store.scan(scan, &mut |key, value| {
            self.keys.fetch_add(1, Ordering::Relaxed);
            visit(key, value)
        })
    }

    fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.store.write(entries)
    }

    fn scrub(&self, partition: i32) -> Result<(), StoreError> {
        self.store.scrub(partition)
    }

    fn drop_partition(&self, partition: i32) -> Result<(), StoreError> {
        self.store.drop_partition(partition)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        self.store.size_bytes()
    }
}

fn a_limit_bounds_what_is_read<P: Place>() {
    let store = Counting { store: P::new().open(), keys: AtomicUsize::new(0) };
    let name = |at: i64| format!("account-{at:03}");
    let all = (0..500).map(|at| change(Deadline::Timer, &name(at), None, Some(at)));
    store.commit(&deadlines(0, all.collect())).unwrap();
    let mut backing = PartitionBacking::new(&store, 0);
    for at in 0..20 {
        backing.reschedule(Deadline::Timer, &name(at), Some(at), Some(at + 1_000)).unwrap();
    }
    for (at_most, read) in [(0, 0), (1, 21), (7, 27), (1_000, 500)] {
        store.keys.store(0, Ordering::Relaxed);
        let due = backing.due(Deadline::Timer, 900, at_most).unwrap();
        let expected: Vec<Box<str>> = (20..500).take(at_most).map(|at| name(at).into()).collect();
        assert_eq!(due, expected);
        assert_eq!(store.keys.load(Ordering::Relaxed), read, "at most {at_most}");
    }
}
