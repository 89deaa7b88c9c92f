//! An account as bytes, for as long as it lies in memory and nothing happens to it.
//!
//! A resting account takes a sixth of the memory, and waking it costs a fifth of what reading it from a disk's cache
//! does. The bytes hold what memory holds, which may be ahead of what is stored.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::account::Account;
use super::shared::sharing;

/// Room for most accounts, so that they are not moved as they are written.
pub(super) const USUAL_BYTES: usize = 1_000;

/// An account at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resting(Box<[u8]>);

impl Account {
    /// Lays it to rest. It must have nothing to settle, and nothing to write.
    pub fn to_rest(mut self) -> Resting {
        self.rest();
        // A vector takes all it is given, and nothing remembered has a shape that is refused.
        let room = Vec::with_capacity(USUAL_BYTES);
        let bytes =
            sharing(|| postcard::to_extend(&self, room)).unwrap_or_else(|error| unreachable!("{error}"));
        Resting(bytes.into_boxed_slice())
    }
}

impl Resting {
    /// How many bytes it takes.
    pub fn weight_bytes(&self) -> usize {
        self.0.len()
    }

    /// The account as it was when it was laid to rest.
    pub fn wake(&self, id: &str) -> Account {
        // Our own bytes, of this process.
        let mut account: Account =
            sharing(|| postcard::from_bytes(&self.0)).unwrap_or_else(|error| unreachable!("{error}"));
        account.id = id.into();
        account
    }
}

/// Bytes that are written and read as one piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bytes(pub(super) Box<[u8]>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(AnyBytes)
    }
}

struct AnyBytes;

impl Visitor<'_> for AnyBytes {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.into()))
    }
}
