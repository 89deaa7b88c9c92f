//! What can go wrong with stored state, and what to do about it.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use crate::kv::StoreKey;

/// Why the store can't do what it was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreError {
    /// Another process has the directory open.
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The state was written in a format this version doesn't know.
    OtherFormat {
        /// The directory.
        path: PathBuf,
        /// The format's version, where it could be read.
        found: Option<u8>,
    },
    /// The state was made by rules that keep something else.
    OtherRules {
        /// The directory.
        path: PathBuf,
        /// The fingerprint in the store.
        found: String,
        /// The fingerprint of the rules given.
        expected: String,
    },
    /// The state belongs to another application id.
    OtherApplication {
        /// The directory.
        path: PathBuf,
        /// The application id in the store.
        found: String,
        /// The application id given.
        expected: String,
    },
    /// No space is left.
    Full {
        /// The directory.
        path: PathBuf,
        /// The database's own words.
        cause: String,
    },
    /// The files are damaged.
    Damaged {
        /// The directory.
        path: PathBuf,
        /// The database's own words.
        cause: String,
    },
    /// Reading or writing failed otherwise.
    Failed {
        /// The directory.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// The database's or the system's own words.
        cause: String,
    },
    /// A stored key can't be read.
    BadKey {
        /// The key, in hexadecimal.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A stored value can't be read.
    BadValue {
        /// Its key.
        key: StoreKey,
        /// What is wrong with it.
        why: ValueFault,
    },
    /// A commit holds something that can't be written; nothing of it was.
    Unstorable {
        /// The account.
        account: Box<str>,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// What is wrong with a stored value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFault {
    /// There is nothing where a value should be.
    Missing,
    /// Its version byte is one this version doesn't know.
    Version(u8),
    /// Its bytes say nothing that belongs there.
    Undecodable,
    /// It goes on after its end.
    Trailing,
    /// It is a piece of another sort than its key says.
    OtherSort,
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueFault::Missing => f.write_str("it is missing"),
            ValueFault::Version(version) => write!(f, "its version {version} is unknown"),
            ValueFault::Undecodable => f.write_str("its bytes can't be decoded"),
            ValueFault::Trailing => f.write_str("it has bytes after its end"),
            ValueFault::OtherSort => f.write_str("it is of another sort than its key"),
        }
    }
}

/// What brings back state that can't be read.
const REBUILD: &str =
    "stop, move the state directory away and start again: the state is brought back from the changelog topic";

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::InUse { path } => write!(
                f,
                "{} is in use by another springtide; stop that one, or give this one another --state-dir",
                path.display()
            ),
            StoreError::OtherFormat { path, found } => {
                write!(f, "{} holds state in ", path.display())?;
                match found {
                    Some(version) => write!(f, "format {version}, ")?,
                    None => f.write_str("a format of its own, ")?,
                }
                write!(
                    f,
                    "this springtide reads format {}; start the version that wrote it, or give another --state-dir",
                    crate::kv::header::FORMAT
                )
            }
            StoreError::OtherRules { path, found, expected } => write!(
                f,
                "{} holds state made by other rules ({found}, these are {expected}); start with the rules that \
                 made it (`springtide change DIR` then has others take over while it runs), or give another --state-dir and \
                 --application-id to begin anew",
                path.display()
            ),
            StoreError::OtherApplication { path, found, expected } => write!(
                f,
                "{} belongs to the application id {found:?}, not {expected:?}; give that --application-id, or \
                 another --state-dir",
                path.display()
            ),
            StoreError::Full { path, cause } => {
                write!(f, "no space left for {}; free some and start again ({cause})", path.display())
            }
            StoreError::Damaged { path, cause } => {
                write!(f, "{} is damaged ({cause}); {REBUILD}", path.display())
            }
            StoreError::Failed { path, doing, cause } => {
                write!(f, "{doing} {} failed: {cause}", path.display())
            }
            StoreError::BadKey { key, why } => {
                write!(f, "the stored key {key} can't be read: {why}; {REBUILD}")
            }
            StoreError::BadValue { key, why } => {
                write!(f, "the stored value of {key} can't be read: {why}; {REBUILD}")
            }
            StoreError::Unstorable { account, why } => {
                write!(f, "state of account {account:?} can't be stored: {why}; nothing was written")
            }
        }
    }
}

impl Error for StoreError {}
