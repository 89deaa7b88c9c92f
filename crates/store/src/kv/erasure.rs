//! Who was erased: the key of a partition's hashes, and the hashes that are remembered.
//!
//! Key: partition, tag, sort, and for a tombstone the hash of its account. Value of the salt: 128 random bits; of
//! a tombstone: when it was written.

use springtide_core::partition::ErasureCut;
use springtide_core::time::Millis;
use uuid::Uuid;

use super::bytes::{KeyReader, after_prefix, partition_key};
use super::{Entry, StoreKey, Table, sealed, tag};
use crate::error::{StoreError, ValueFault};
use crate::store::Scan;

/// The version of both values.
const VERSION: u8 = 1;

/// Sorts of keys. A byte that was in use is never given to another; the salt comes first.
mod sort {
    pub const SALT: u8 = 0x01;
    pub const TOMBSTONE: u8 = 0x02;
}

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// The key of the partition's hashes.
    Salt,
    /// The tombstone of the account with this hash.
    Tombstone(Uuid),
}

/// A key.
pub fn encode_key(partition: i32, what: Remembered) -> Vec<u8> {
    let mut key = partition_key(partition, tag::ERASURE);
    match what {
        Remembered::Salt => key.push(sort::SALT),
        Remembered::Tombstone(hash) => {
            key.push(sort::TOMBSTONE);
            key.extend(hash.as_bytes());
        }
    }
    key
}

/// Reads a key.
///
/// # Errors
/// Where it is damaged.
pub fn decode_key(key: &[u8]) -> Result<(i32, Remembered), StoreError> {
    let mut reader = KeyReader::new(key);
    let partition = reader.partition()?;
    reader.expect_tag(tag::ERASURE)?;
    let what = match reader.u8()? {
        sort::SALT => Remembered::Salt,
        sort::TOMBSTONE => Remembered::Tombstone(Uuid::from_bytes(reader.bytes()?)),
        _ => return Err(reader.bad("its sort of erasure is unknown")),
    };
    reader.end()?;
    Ok((partition, what))
}

/// The value of a salt.
pub fn encode_salt(salt: Uuid) -> Vec<u8> {
    sealed::seal(VERSION, &salt)
}

/// The value of a tombstone.
pub fn encode_tombstone(written_at: Millis) -> Vec<u8> {
    sealed::seal(VERSION, &written_at)
}

fn bad_value(partition: i32, what: Remembered) -> impl FnOnce(ValueFault) -> StoreError {
    move |why| StoreError::BadValue { key: StoreKey::Erasure { partition, what }, why }
}

/// Reads the value of a salt; it must be there where a tombstone is.
pub(crate) fn decode_salt(partition: i32, value: &[u8]) -> Result<Uuid, StoreError> {
    sealed::open(VERSION, value).map_err(bad_value(partition, Remembered::Salt))
}

/// Reads the value of a tombstone.
pub(crate) fn decode_tombstone(partition: i32, hash: Uuid, value: &[u8]) -> Result<Millis, StoreError> {
    sealed::open(VERSION, value).map_err(bad_value(partition, Remembered::Tombstone(hash)))
}

/// The entries of a cut: the salt, then each hash that changed.
pub(crate) fn entries(partition: i32, cut: &ErasureCut) -> impl Iterator<Item = Entry> {
    let entry = move |what, value| Entry { table: Table::State, key: encode_key(partition, what), value };
    let changes = cut
        .changes
        .iter()
        .map(move |(hash, at)| entry(Remembered::Tombstone(*hash), at.map(encode_tombstone)));
    [entry(Remembered::Salt, Some(encode_salt(cut.salt)))].into_iter().chain(changes)
}

/// The keys of a partition's erasures.
pub(crate) fn scan(partition: i32) -> Scan {
    let from = partition_key(partition, tag::ERASURE);
    // The tag alone has a successor, so the fallback is never needed.
    let to = after_prefix(&from).unwrap_or_else(|| partition_key(partition, tag::END));
    Scan { table: Table::State, from, to, one_account: false }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn remembered() -> impl Strategy<Value = Remembered> {
        prop_oneof![
            Just(Remembered::Salt),
            any::<u128>().prop_map(|hash| Remembered::Tombstone(Uuid::from_u128(hash)))
        ]
    }

    proptest! {
        #[test]
        fn a_key_survives_its_bytes(partition: i32, what in remembered()) {
            let key = encode_key(partition, what);
            prop_assert_eq!(decode_key(&key), Ok((partition, what)));
            prop_assert_eq!(StoreKey::decode(&key), Ok(StoreKey::Erasure { partition, what }));
        }

        #[test]
        fn a_scan_holds_the_keys_of_its_partition_alone(partition: i32, other: i32, what in remembered()) {
            let (scan, key) = (scan(partition), encode_key(other, what));
            prop_assert_eq!(scan.from <= key && key < scan.to, partition == other);
        }

        #[test]
        fn values_survive_their_bytes(salt: u128, hash: u128, written_at: i64) {
            let (salt, hash) = (Uuid::from_u128(salt), Uuid::from_u128(hash));
            prop_assert_eq!(decode_salt(3, &encode_salt(salt)), Ok(salt));
            prop_assert_eq!(decode_tombstone(3, hash, &encode_tombstone(written_at)), Ok(written_at));
        }

        #[test]
        fn odd_bytes_are_an_error_not_a_panic(bytes: Vec<u8>, sort in 0..4_u8) {
            let _ = (decode_key(&bytes), decode_salt(3, &bytes), decode_tombstone(3, Uuid::nil(), &bytes));
            let _ = decode_key(&[&encode_key(3, Remembered::Salt)[..5], &[sort], &bytes[..]].concat());
        }
    }
}
