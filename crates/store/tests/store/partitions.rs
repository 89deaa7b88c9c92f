//! Partitions side by side in any store: apart, dropped, brought back.

use springtide_core::meaning::piece::PieceKey;
use springtide_core::partition::Deadline;
use springtide_core::time::Millis;
use springtide_store::{Commit, Entry, Store};

use crate::place::{Place, before_and_after_a_restart, in_both};
use crate::samples::{change, commit, cut, erased, erasures, log, meta, pieces, put};

in_both! {
    partitions_do_not_see_each_other
    a_dropped_partition_is_gone_alone
    a_changelog_brings_everything_back
    erasures_outlive_a_restart_until_they_are_forgotten
}

fn partitions_do_not_see_each_other<P: Place>() {
    let store = P::new().open();
    for partition in [0, 1, 255, 256, i32::MAX] {
        let mut commit =
            commit(partition, i64::from(partition), vec![cut("acme", put(vec![log(i64::from(partition))]))]);
        commit.partitions[0].deadlines =
            vec![change(Deadline::Quiet, "acme", None, Some(i64::from(partition)))];
        store.commit(&commit).unwrap();
    }
    for partition in [0, 1, 255, 256, i32::MAX] {
        let at = i64::from(partition);
        assert_eq!(store.load(partition, "acme"), Ok(vec![log(at)]));
        assert_eq!(store.meta(partition), Ok(Some(meta(at))));
        assert_eq!(
            store.due(partition, Deadline::Quiet, Millis::MAX, usize::MAX),
            Ok(vec![(at, "acme".into())])
        );
    }
    assert_eq!(store.partitions(), Ok(vec![0, 1, 255, 256, i32::MAX]));
    assert_eq!(store.load(2, "acme"), Ok(Vec::new()));
}

fn a_dropped_partition_is_gone_alone<P: Place>() {
    let place = P::new();
    let store = place.open();
    for partition in [0, 1, 2] {
        let mut commit = commit(partition, 1, vec![cut("acme", put(pieces())), cut("zeta", put(pieces()))]);
        commit.partitions[0].deadlines = vec![change(Deadline::Timer, "acme", None, Some(1))];
        commit.partitions[0].erasures = Some(erasures(&[(1, Some(5))]));
        store.commit(&commit).unwrap();
    }
    store.drop_partition(1).unwrap();
    let store = before_and_after_a_restart(&place, store, |store| {
        assert_eq!(store.partitions(), Ok(vec![0, 2]));
        assert_eq!((store.meta(1), store.load(1, "acme")), (Ok(None), Ok(Vec::new())));
        assert_eq!(
            (store.accounts(1).count(), store.due(1, Deadline::Timer, 9, usize::MAX)),
            (0, Ok(Vec::new()))
        );
        assert_eq!((store.load(0, "zeta"), store.load(2, "acme")), (Ok(pieces()), Ok(pieces())));
        assert_eq!((store.erased(1), store.erased(2)), (Ok(None), Ok(Some(erased(&[(1, 5)])))));
        assert_eq!(store.due(2, Deadline::Timer, 9, usize::MAX), Ok(vec![(1, "acme".into())]));
    });
    store.commit(&commit(1, 5, vec![cut("acme", put(pieces()))])).unwrap();
    assert_eq!(store.load(1, "acme"), Ok(pieces()), "a partition may come back");
}

fn a_changelog_brings_everything_back<P: Place>() {
    let (one, other) = (P::new().open(), P::new().open());
    let mut first = commit(0, 1, vec![cut("acme", put(pieces()))]);
    first.partitions[0].deadlines = vec![change(Deadline::Timer, "acme", None, Some(1))];
    first.partitions[0].erasures = Some(erasures(&[(1, Some(5)), (2, Some(-6))]));
    let mut second = commit(0, 2, vec![cut("acme", vec![(PieceKey::Rows, None)])]);
    second.partitions[0].deadlines = vec![change(Deadline::Timer, "acme", Some(1), Some(7))];
    second.partitions[0].erasures = Some(erasures(&[(2, None), (1, Some(7))]));
    for commit in [first, second] {
        one.commit(&commit).unwrap();
        let records =
            commit.entries().unwrap().into_iter().map(|entry| Entry::restored(entry.key, entry.value));
        other.write(&records.collect::<Result<Vec<_>, _>>().unwrap()).unwrap();
    }
    assert_eq!(one.load(0, "acme"), other.load(0, "acme"));
    assert_eq!(other.meta(0), Ok(Some(meta(2))));
    assert_eq!(other.erased(0), Ok(Some(erased(&[(1, 7)]))));
    assert_eq!(other.due(0, Deadline::Timer, 9, usize::MAX), Ok(vec![(7, "acme".into())]));
    assert!(Entry::restored(vec![0; 3], None).is_err());
    assert_eq!(Commit::default().entries(), Ok(Vec::new()));
}

fn erasures_outlive_a_restart_until_they_are_forgotten<P: Place>() {
    let place = P::new();
    let store = place.open();
    let with = |changes: &[(u128, Option<Millis>)]| {
        let mut commit = commit(3, 1, vec![cut("acme", put(pieces()))]);
        commit.partitions[0].erasures = Some(erasures(changes));
        commit
    };
    assert_eq!(store.erased(3), Ok(None));
    store.commit(&with(&[(1, Some(5)), (u128::MAX, Some(Millis::MIN)), (0, Some(Millis::MAX))])).unwrap();
    let all = [(1, 5), (u128::MAX, Millis::MIN), (0, Millis::MAX)];
    let store = before_and_after_a_restart(&place, store, |store| {
        assert_eq!(store.erased(3), Ok(Some(erased(&all))));
        assert_eq!((store.erased(2), store.erased(4)), (Ok(None), Ok(None)));
        assert_eq!(store.accounts(3).map(Result::unwrap).collect::<Vec<_>>(), ["acme".into()]);
        assert_eq!(store.partitions(), Ok(vec![3]));
    });
    store.commit(&with(&[(0, None), (u128::MAX, Some(9))])).unwrap();
    store.commit(&commit(3, 2, Vec::new())).unwrap();
    before_and_after_a_restart(&place, store, |store| {
        assert_eq!(store.erased(3), Ok(Some(erased(&[(1, 5), (u128::MAX, 9)]))));
    });
}
