//! A value behind its version byte.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ValueFault;

/// Room for most values, so that they are not moved as they grow.
const USUAL_BYTES: usize = 240;

/// A version byte, then the value. Each kind of value has versions of its own, from 1 on.
pub fn seal<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    bytes.push(version);
    postcard::to_extend(value, bytes)
        // A vector takes all it is given, and no stored type has a shape that postcard refuses: every
        // sequence and map of theirs knows its length.
        .unwrap_or_else(|error| unreachable!("{error}"))
}

/// The value behind the version byte, which must be this one.
pub fn open<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, ValueFault> {
    match bytes.split_first() {
        None => Err(ValueFault::Missing),
        Some((&found, body)) if found == version => match postcard::take_from_bytes(body) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(ValueFault::Trailing),
            Err(_) => Err(ValueFault::Undecodable),
        },
        Some((&found, _)) => Err(ValueFault::Version(found)),
    }
}
