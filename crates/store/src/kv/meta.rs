//! How far a partition has come.
//!
//! Key: partition, tag. Value: [`PartitionMeta`].

use serde::{Deserialize, Serialize};
use springtide_core::time::Millis;

use super::bytes::partition_key;
use super::{Entry, StoreKey, Table, sealed, tag};
use crate::error::StoreError;
use crate::store::Scan;

/// The version of the value.
const VERSION: u8 = 2;

/// How far a partition has come; it moves with the state, in one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionMeta {
    /// The next offset to read by topic; -1 where it is not known.
    pub offsets: [i64; 5],
    /// The highest `occurred_at` seen by topic.
    pub highest: [Option<Millis>; 5],
    /// By topic, the bound before which events were late.
    pub passed: [Millis; 5],
    /// The partition's horizon.
    pub horizon: Millis,
    /// The timers' clock.
    pub clock: Millis,
    /// The wall clock at the commit; 0 where it is not known.
    pub written_at: Millis,
    /// The next offset of the changelog that is not in the state; `None` where there is no changelog.
    pub changelog_offset: Option<i64>,
}

impl Default for PartitionMeta {
    /// The beginning.
    fn default() -> Self {
        PartitionMeta {
            offsets: [-1; 5],
            highest: [None; 5],
            passed: [Millis::MIN; 5],
            horizon: Millis::MIN,
            clock: Millis::MIN,
            written_at: 0,
            changelog_offset: None,
        }
    }
}

impl PartitionMeta {
    /// The entry that puts it.
    pub fn entry(&self, partition: i32) -> Entry {
        Entry { table: Table::About, key: encode_key(partition), value: Some(encode_value(self)) }
    }
}

/// A partition's key.
pub fn encode_key(partition: i32) -> Vec<u8> {
    partition_key(partition, tag::META)
}

/// A partition's value.
pub fn encode_value(meta: &PartitionMeta) -> Vec<u8> {
    sealed::seal(VERSION, meta)
}

/// Reads a partition's value.
///
/// # Errors
/// Where it is damaged.
pub fn decode_value(partition: i32, value: &[u8]) -> Result<PartitionMeta, StoreError> {
    sealed::open(VERSION, value)
        .map_err(|why| StoreError::BadValue { key: StoreKey::Meta { partition }, why })
}

/// All partitions' keys, and the header's, which lies between them.
pub(crate) fn scan() -> Scan {
    Scan { table: Table::About, from: Vec::new(), to: partition_key(-1, tag::END), one_account: false }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_meta_survives_its_bytes(
            partition: i32, offsets: [i64; 5], highest: [Option<i64>; 5], passed: [i64; 5], horizon: i64, clock: i64,
            written_at: i64, changelog_offset: Option<i64>,
        ) {
            let meta = PartitionMeta { offsets, highest, passed, horizon, clock, written_at, changelog_offset };
            prop_assert_eq!(decode_value(partition, &encode_value(&meta)), Ok(meta));
            prop_assert_eq!(StoreKey::decode(&encode_key(partition)), Ok(StoreKey::Meta { partition }));
        }

        #[test]
        fn keys_sort_as_partitions(one in 0..i32::MAX, other in 0..i32::MAX) {
            prop_assert_eq!(encode_key(one).cmp(&encode_key(other)), one.cmp(&other));
        }
    }
}
