//! Pieces of accounts, as any store keeps them.

use springtide_core::meaning::piece::PieceKey;
use springtide_store::{Store, StoreError};

use crate::place::{Place, before_and_after_a_restart, identity, in_both};
use crate::samples::{commit, cut, log, meta, pieces, put, schedule};

in_both! {
    what_was_committed_is_there_in_order_after_a_restart
    a_piece_that_is_none_is_gone
    a_commit_that_can_not_be_stored_writes_nothing
    accounts_do_not_get_into_each_other
    an_account_with_many_pieces_is_whole
}

fn what_was_committed_is_there_in_order_after_a_restart<P: Place>() {
    let place = P::new();
    let store = place.open();
    assert_eq!((store.meta(3), store.load(3, "acme")), (Ok(None), Ok(Vec::new())));
    let mut reversed = put(pieces());
    reversed.reverse();
    store.commit(&commit(3, 12, vec![cut("acme", reversed)])).unwrap();
    before_and_after_a_restart(&place, store, |store| {
        assert_eq!(store.load(3, "acme"), Ok(pieces()));
        assert_eq!(store.meta(3), Ok(Some(meta(12))));
        assert_eq!(store.identity(), Ok(identity()));
    });
}

fn a_piece_that_is_none_is_gone<P: Place>() {
    let store = P::new().open();
    store.commit(&commit(0, 1, vec![cut("acme", put(pieces()))])).unwrap();
    let gone: Vec<_> = pieces().into_iter().skip(1).map(|(key, _)| (key, None)).collect();
    store.commit(&commit(0, 2, vec![cut("acme", gone)])).unwrap();
    assert_eq!(store.load(0, "acme"), Ok(vec![(PieceKey::Schedule, schedule(-1))]));
    store.commit(&commit(0, 3, vec![cut("acme", vec![(PieceKey::Schedule, None)])])).unwrap();
    assert_eq!(store.load(0, "acme"), Ok(Vec::new()));
    assert_eq!(store.accounts(0).count(), 0);
}

fn a_commit_that_can_not_be_stored_writes_nothing<P: Place>() {
    let store = P::new().open();
    let good = cut("acme", put(pieces()));
    for bad in [
        cut("odd", vec![(PieceKey::Rows, Some(schedule(1)))]),
        cut(&"x".repeat(65_536), vec![(PieceKey::Rows, None)]),
        cut("odd", vec![(PieceKey::Play(usize::MAX), None)]),
    ] {
        let both = commit(0, 1, vec![good.clone(), bad]);
        assert!(matches!(store.commit(&both), Err(StoreError::Unstorable { .. })));
        assert_eq!((store.meta(0), store.load(0, "acme")), (Ok(None), Ok(Vec::new())));
    }
}

fn accounts_do_not_get_into_each_other<P: Place>() {
    let store = P::new().open();
    let longest = "é".repeat(512);
    let mut accounts =
        ["a", "a\0", "a\0\0", "ab", "\0", "\u{10}", "a\u{10}", "\u{10FFFF}", &longest, &longest[2..]];
    for (at, account) in accounts.iter().enumerate() {
        let own = vec![(PieceKey::Schedule, schedule(at as i64)), log(at as i64)];
        store.commit(&commit(0, 0, vec![cut(account, put(own))])).unwrap();
    }
    for (at, account) in accounts.iter().enumerate() {
        assert_eq!(
            store.load(0, account),
            Ok(vec![(PieceKey::Schedule, schedule(at as i64)), log(at as i64)])
        );
    }
    assert_eq!(store.load(0, "b"), Ok(Vec::new()));
    accounts.sort_by_key(|account| (account.len(), *account));
    assert_eq!(store.accounts(0).map(Result::unwrap).collect::<Vec<_>>(), accounts.map(Box::from));
}

fn an_account_with_many_pieces_is_whole<P: Place>() {
    let store = P::new().open();
    let days = |of: i64| (0..10_000_i64).map(move |n| log((n * 37 - 100_000) * of * 86_400_000));
    let mut sorted: Vec<_> = days(1).collect();
    sorted.sort_by_key(|(key, _)| *key);
    store
        .commit(&commit(0, 0, vec![cut("small", put(pieces())), cut("large", put(days(1).collect()))]))
        .unwrap();
    assert_eq!(store.load(0, "large"), Ok(sorted));
    assert_eq!(store.accounts(0).map(Result::unwrap).collect::<Vec<_>>(), ["large", "small"].map(Box::from));
    assert!(store.size_bytes().unwrap() > 100_000);
}
