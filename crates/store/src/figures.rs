//! What a store says of itself: memory, work in the background, the disk that it is on.

/// What a store says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreFigures {
    /// What it holds in memory, and how often that helped.
    pub memory: MemoryFigures,
    /// What it does in the background.
    pub work: WorkFigures,
    /// Free bytes and all bytes of the file system that it is on, where it is on one.
    pub disk: Option<(u64, u64)>,
}

/// What a store holds in memory; counts are since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryFigures {
    /// What was written and is not in files yet.
    pub buffer_bytes: u64,
    /// What was read from files.
    pub cache_bytes: u64,
    /// Blocks that were there when they were looked for.
    pub cache_hits: u64,
    /// Blocks that were not.
    pub cache_misses: u64,
}

/// What a store does in the background; sums are since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkFigures {
    /// What is in files.
    pub file_bytes: u64,
    /// Compactions and flushes that run.
    pub running: u64,
    /// About what is yet to be compacted.
    pub pending_bytes: u64,
    /// What compactions have read.
    pub compaction_read_bytes: u64,
    /// What compactions have written.
    pub compaction_written_bytes: u64,
    /// Whether no write is taken.
    pub is_stopped: bool,
    /// For how long writers were kept waiting, in microseconds.
    pub stalled_micros: u64,
}
