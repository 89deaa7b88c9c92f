//! What a process holds in memory, and how much of the disk is state.

use std::fs;
use std::path::Path;

use crate::process::Process;

/// Memory of a process, in KiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// What it holds.
    pub resident: u64,
    /// Of that, what no file backs.
    pub anonymous: u64,
    /// The most it ever held.
    pub peak: u64,
}

impl Memory {
    /// Of a process that runs.
    ///
    /// # Panics
    /// Where the kernel does not say.
    pub fn of(process: &Process) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Memory { resident: field("VmRSS"), anonymous: field("RssAnon"), peak: field("VmHWM") }
    }
}

/// Bytes of the tables in a state directory.
///
/// # Panics
/// Where it can't be read.
pub fn tables_bytes(state: &Path) -> u64 {
    let files = fs::read_dir(state).unwrap().flatten();
    let tables = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "sst"));
    tables.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum()
}
