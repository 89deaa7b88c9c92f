//! What can go wrong, in words that say what to do, and the exit code it gives.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why the command ended without success.
#[derive(Debug)]
pub enum Failure {
    /// What was asked for makes no sense: exit code 2, as for a wrong flag.
    Usage(String),
    /// The rules have mistakes: exit code 1.
    Rules(String),
    /// A file can't be read or written.
    File(PathBuf, String),
    /// Standard output can't be written.
    Output(io::Error),
    /// Anything else, said in full.
    Other(String),
}

impl Failure {
    /// 2 for a wrong call, 1 for the rest.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Failure::Usage(_)) { 2 } else { 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(message) | Failure::Rules(message) | Failure::Other(message) => {
                f.write_str(message)
            }
            Failure::File(path, message) => write!(f, "{}: {message}", path.display()),
            Failure::Output(error) => write!(f, "can't write to standard output: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
