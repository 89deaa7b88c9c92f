//! Whose state it is: the one key that belongs to no partition.
//!
//! Key: tag. One byte is less than any key of a partition can be, so dropping a partition never meets it.
//! Value: the version of the whole format, then [`Identity`].

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Entry, StoreKey, Table, sealed, tag};
use crate::error::{StoreError, ValueFault};

/// The version of the stored format: of keys, tables and values together. Values have versions of their own
/// besides, and keep theirs where another kind of value changes.
pub const FORMAT: u8 = 2;

/// Whose state it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The fingerprint of what the rules keep of the past: state made by other rules says something else.
    pub rules: String,
    /// The application id, which names the consumer group and the changelog topic.
    pub application: String,
}

impl Identity {
    /// The identity of rules with this fingerprint under this application id.
    pub fn new(rules: impl Into<String>, application: impl Into<String>) -> Identity {
        Identity { rules: rules.into(), application: application.into() }
    }

    /// The header, as it is written by a first open and stands in a changelog.
    pub fn entry(&self) -> Entry {
        Entry { table: Table::About, key: encode_key(), value: Some(encode_value(self)) }
    }

    /// Whether state with this header may be used; true where there is none yet. `path` says where it is.
    ///
    /// # Errors
    /// Where it is another's, or of another format.
    pub fn admits(&self, stored: Option<&[u8]>, path: &Path) -> Result<bool, StoreError> {
        let Some(stored) = stored else { return Ok(true) };
        let path = path.to_path_buf();
        if stored.first() != Some(&FORMAT) {
            return Err(StoreError::OtherFormat { path, found: stored.first().copied() });
        }
        let found = decode_value(stored)?;
        let expected = self.clone();
        if found.application != expected.application {
            let (found, expected) = (found.application, expected.application);
            return Err(StoreError::OtherApplication { path, found, expected });
        }
        if found.rules != expected.rules {
            return Err(StoreError::OtherRules { path, found: found.rules, expected: expected.rules });
        }
        Ok(false)
    }
}

/// The header's key.
pub fn encode_key() -> Vec<u8> {
    vec![tag::HEADER]
}

/// The header's value.
pub fn encode_value(identity: &Identity) -> Vec<u8> {
    sealed::seal(FORMAT, identity)
}

/// Reads the header's value.
///
/// # Errors
/// Where it is of another format or damaged.
pub fn decode_value(value: &[u8]) -> Result<Identity, StoreError> {
    sealed::open(FORMAT, value).map_err(|why: ValueFault| StoreError::BadValue { key: StoreKey::Header, why })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_header_survives_its_bytes(rules in ".*", application in ".*") {
            let identity = Identity { rules, application };
            prop_assert_eq!(decode_value(&encode_value(&identity)), Ok(identity));
        }
    }
}
