//! A value behind its version byte.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ValueFault;

/// The version of every value so far. A kind of value that changes gets a version of its own.
pub const VERSION: u8 = 1;

/// A version byte, then the value.
pub fn seal<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![VERSION])
        // A vector takes all it is given, and no stored type has a shape that postcard refuses: every
        // sequence and map of theirs knows its length.
        .unwrap_or_else(|error| unreachable!("{error}"))
}

/// The value behind the version byte.
pub fn open<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ValueFault> {
    match bytes.split_first() {
        None => Err(ValueFault::Missing),
        Some((&VERSION, body)) => match postcard::take_from_bytes(body) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(ValueFault::Trailing),
            Err(_) => Err(ValueFault::Undecodable),
        },
        Some((version, _)) => Err(ValueFault::Version(*version)),
    }
}
