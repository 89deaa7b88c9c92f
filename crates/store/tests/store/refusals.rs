//! What any store refuses to open or to read.

use springtide_core::meaning::piece::PieceKey;
use springtide_store::kv::erasure::Remembered;
use springtide_store::{Entry, Identity, Store, StoreError, StoreKey, ValueFault, kv};
use uuid::Uuid;

use crate::place::{Place, identity, in_both};
use crate::samples::schedule;

in_both! {
    another_identity_is_refused
    damaged_bytes_are_an_error_that_names_the_key
    a_damaged_erasure_is_not_taken_for_none
}

fn another_identity_is_refused<P: Place>() {
    let place = P::new();
    drop(place.open());
    let refused = |identity| place.open_as(&identity).err().map(|error| (error.to_string(), error));
    let (text, error) = refused(Identity::new("other", "springtide")).unwrap();
    assert!(matches!(error, StoreError::OtherRules { .. }));
    assert!(text.contains("start with the rules that made it") && text.contains("--state-dir"), "{text}");
    let (text, error) = refused(Identity::new("a1b2", "other")).unwrap();
    assert!(matches!(error, StoreError::OtherApplication { .. }));
    assert!(text.contains("\"springtide\"") && text.contains("--application-id"), "{text}");

    let store = place.open();
    let header = kv::header::encode_key();
    let later = Entry { table: kv::Table::About, key: header, value: Some(vec![kv::header::FORMAT + 1, 77]) };
    store.write(&[later]).unwrap();
    drop(store);
    let (text, error) = refused(identity()).unwrap();
    assert!(matches!(error, StoreError::OtherFormat { found: Some(_), .. }));
    assert!(text.contains("start the version that wrote it"), "{text}");
}

fn damaged_bytes_are_an_error_that_names_the_key<P: Place>() {
    let store = P::new().open();
    let key = kv::piece::encode_key(4, "acme", PieceKey::Log(2, -7)).unwrap();
    let entry = |key: &[u8], value: &[u8]| Entry {
        table: kv::Table::State,
        key: key.into(),
        value: Some(value.into()),
    };
    for (value, why) in [
        (&[][..], ValueFault::Missing),
        (&[200, 1, 2], ValueFault::Version(200)),
        (&[1, 6, 255, 255, 255, 255, 15], ValueFault::Undecodable),
        (&kv::piece::encode_value(&schedule(1)), ValueFault::OtherSort),
    ] {
        store.write(&[entry(&key, value)]).unwrap();
        let error = store.load(4, "acme").unwrap_err();
        assert!(matches!(&error, StoreError::BadValue { why: found, .. } if *found == why), "{error:?}");
        assert!(error.to_string().contains("partition 4, account \"acme\", Log(2, -7)"), "{error}");
    }
    store.write(&[entry(&[&key[..], &[9]].concat(), &[1])]).unwrap();
    store.write(&[Entry { table: kv::Table::State, key: key.clone(), value: None }]).unwrap();
    assert!(matches!(store.load(4, "acme"), Err(StoreError::BadKey { .. })));
    store
        .write(&[Entry { table: kv::Table::About, key: kv::meta::encode_key(4), value: Some(vec![1, 2]) }])
        .unwrap();
    assert!(matches!(store.meta(4), Err(StoreError::BadValue { .. })));
}

fn a_damaged_erasure_is_not_taken_for_none<P: Place>() {
    let store = P::new().open();
    let put = |what, value| Entry {
        table: kv::Table::State,
        key: kv::erasure::encode_key(4, what),
        value: Some(value),
    };
    let (salt, tombstone) = (Remembered::Salt, Remembered::Tombstone(Uuid::from_u128(1)));
    let written = kv::erasure::encode_tombstone(5);
    let trailing = [&written[..], &[0]].concat();
    for (entries, what, why) in [
        (vec![put(tombstone, written)], salt, ValueFault::Missing),
        (vec![put(salt, vec![1, 3])], salt, ValueFault::Undecodable),
        (
            vec![put(salt, kv::erasure::encode_salt(Uuid::nil())), put(tombstone, trailing)],
            tombstone,
            ValueFault::Trailing,
        ),
    ] {
        store.write(&entries).unwrap();
        let key = StoreKey::Erasure { partition: 4, what };
        assert_eq!(store.erased(4), Err(StoreError::BadValue { key, why }));
    }
}
