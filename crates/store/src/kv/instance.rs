//! Which process' state this is, among all of a pipeline: a name made when the directory is.
//!
//! Key: tag, one byte like the header's, so that it belongs to no partition and no changelog. Value: the name.

use super::{Entry, StoreKey, Table, sealed, tag};
use crate::error::StoreError;

const VERSION: u8 = 1;

/// The key.
pub fn encode_key() -> Vec<u8> {
    vec![tag::INSTANCE]
}

/// The entry that puts it.
pub(crate) fn entry(name: &str) -> Entry {
    Entry { table: Table::About, key: encode_key(), value: Some(sealed::seal(VERSION, &name)) }
}

/// Reads the name.
///
/// # Errors
/// Where it is damaged.
pub fn decode_value(value: &[u8]) -> Result<String, StoreError> {
    sealed::open(VERSION, value).map_err(|why| StoreError::BadValue { key: StoreKey::Instance, why })
}
