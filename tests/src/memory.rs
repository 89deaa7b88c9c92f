//! What a process holds in memory, and how much of the disk is state.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::process::Process;

/// Memory of a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// What it holds.
    pub resident_kib: u64,
    /// Of that, what no file backs.
    pub anonymous_kib: u64,
    /// The most it ever held.
    pub peak_kib: u64,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [resident, anonymous, peak] =
            [self.resident_kib, self.anonymous_kib, self.peak_kib].map(|kib| kib >> 10);
        write!(f, "{resident} MiB resident, {anonymous} of them anonymous, {peak} at most so far")
    }
}

/// The settings that bound a process' memory.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// Accounts that are kept decoded.
    pub resident_mib: u64,
    /// Blocks of the state.
    pub block_cache_mib: u64,
    /// State on its way to disk.
    pub write_buffer_mib: u64,
    /// Members of the group.
    pub threads: u64,
}

impl Allowed {
    /// As lines of a configuration file.
    pub fn settings(&self) -> [(&'static str, u64); 4] {
        [
            ("resident_mib", self.resident_mib),
            ("block_cache_mib", self.block_cache_mib),
            ("write_buffer_mib", self.write_buffer_mib),
            ("threads", self.threads),
        ]
    }

    /// How much that may come to, as README.md says: the weight of accounts is an estimate, half of the write buffers
    /// may be on their way to disk besides, and each thread holds what it fetched and one commit.
    pub fn mib(&self) -> u64 {
        let write_buffers = self.write_buffer_mib + self.write_buffer_mib.div_ceil(2);
        64 + 64 * self.threads + 2 * self.resident_mib + self.block_cache_mib + write_buffers
    }
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
        Memory { resident_kib: field("VmRSS"), anonymous_kib: field("RssAnon"), peak_kib: field("VmHWM") }
    }
}

/// Bytes of the tables in a state directory; 0 where it is not there yet.
pub fn tables_bytes(state: &Path) -> u64 {
    let files = fs::read_dir(state).into_iter().flatten().flatten();
    let tables = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "sst"));
    tables.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum()
}
