//! Every sort of piece survives its bytes, and bytes that are none are refused.

use proptest::prelude::*;
use springtide_core::meaning::account::Schedule;

use super::*;

fn piece_key() -> impl Strategy<Value = PieceKey> {
    let id = 0..300_usize;
    prop_oneof![
        Just(PieceKey::Schedule),
        Just(PieceKey::Profiles),
        Just(PieceKey::Outcomes),
        id.clone().prop_map(PieceKey::Play),
        Just(PieceKey::Rows),
        id.clone().prop_map(PieceKey::Base),
        (id.clone(), any::<i64>()).prop_map(|(id, day)| PieceKey::Log(id, day)),
        (id, any::<i64>()).prop_map(|(id, day)| PieceKey::Signals(id, day)),
    ]
}

proptest! {
    #[test]
    fn a_key_survives_its_bytes(partition: i32, account in ".*", piece in piece_key()) {
        let key = encode_key(partition, &account, piece).unwrap();
        prop_assert_eq!(decode_key(&key), Ok((partition, account.as_str().into(), piece)));
        let prefix = account_key(partition, &account);
        prop_assert_eq!(account_prefix(&key), prefix.as_deref());
    }

    #[test]
    fn keys_of_an_account_sort_as_its_pieces(one in piece_key(), other in piece_key()) {
        let key = |piece| encode_key(0, "acme", piece).unwrap();
        prop_assert_eq!(key(one).cmp(&key(other)), one.cmp(&other));
    }

    #[test]
    fn a_scan_holds_the_keys_of_its_account_alone(
        account in "[a\0\u{10}]{0,4}", other in "[a\0\u{10}]{0,4}", piece in piece_key(),
    ) {
        let (scan, key) = (scan_account(7, &account).unwrap(), encode_key(7, &other, piece).unwrap());
        prop_assert_eq!(scan.from <= key && key < scan.to, account == other);
    }

    #[test]
    fn odd_bytes_are_an_error_not_a_panic(key: Vec<u8>, value: Vec<u8>) {
        let _ = (decode(&key, &value), decode_account(&key), account_prefix(&key), StoreKey::decode(&key));
        let key = encode_key(0, "acme", PieceKey::Base(1)).unwrap();
        for sort in 0..8 {
            let _ = decode(&key, &[&[VERSION, sort], &value[..]].concat());
        }
    }
}

#[test]
fn a_value_that_does_not_fit_says_why() {
    let key = encode_key(3, "acme", PieceKey::Log(2, -4)).unwrap();
    let schedule = encode_value(&Piece::Schedule(Schedule { timer: Some(1), quiet: None }));
    let log = encode_value(&Piece::Log(Vec::new()));
    for (value, why) in [
        (schedule.clone(), ValueFault::OtherSort),
        (Vec::new(), ValueFault::Missing),
        (vec![9, 1], ValueFault::Version(9)),
        (vec![VERSION, 200], ValueFault::Undecodable),
        ([&log[..], &[0]].concat(), ValueFault::Trailing),
        (schedule[..2].to_vec(), ValueFault::Undecodable),
    ] {
        let at = StoreKey::Piece { partition: 3, account: "acme".into(), piece: PieceKey::Log(2, -4) };
        assert_eq!(decode(&key, &value), Err(StoreError::BadValue { key: at, why }));
    }
}

#[test]
fn an_account_too_long_is_refused() {
    let account = "x".repeat(65_536);
    assert!(matches!(encode_key(0, &account, PieceKey::Rows), Err(StoreError::Unstorable { .. })));
    assert_eq!(scan_account(0, &account), None);
}
