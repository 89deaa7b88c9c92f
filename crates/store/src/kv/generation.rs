//! Which rules made a partition's state: they are numbered from 0, which are those that a pipeline began with, and change
//! with the state, in one batch.
//!
//! Key: partition, tag. Value: the number; a partition without one is at 0.

use super::bytes::partition_key;
use super::{Entry, StoreKey, Table, sealed, tag};
use crate::error::StoreError;

const VERSION: u8 = 1;

/// A partition's key.
pub fn encode_key(partition: i32) -> Vec<u8> {
    partition_key(partition, tag::GENERATION)
}

/// The entry that puts it.
pub fn entry(partition: i32, generation: u32) -> Entry {
    let value = Some(sealed::seal(VERSION, &generation));
    Entry { table: Table::State, key: encode_key(partition), value }
}

/// Reads a partition's value.
///
/// # Errors
/// Where it is damaged.
pub fn decode_value(partition: i32, value: &[u8]) -> Result<u32, StoreError> {
    sealed::open(VERSION, value)
        .map_err(|why| StoreError::BadValue { key: StoreKey::Generation { partition }, why })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_generation_survives_its_bytes(partition: i32, generation: u32) {
            let entry = entry(partition, generation);
            prop_assert_eq!(decode_value(partition, &entry.value.unwrap_or_default()), Ok(generation));
            prop_assert_eq!(StoreKey::decode(&entry.key), Ok(StoreKey::Generation { partition }));
        }
    }
}
