//! What RocksDB says of itself.

use rocksdb::properties;
use rocksdb::statistics::Ticker;

use super::RocksStore;
use crate::figures::{MemoryFigures, StoreFigures, WorkFigures};
use crate::kv::Table;

impl RocksStore {
    /// The sum over all tables of a property; what RocksDB does not say counts as nothing.
    fn sum(&self, name: &properties::PropName) -> u64 {
        let of = |table| self.db.property_int_value_cf(self.family(table), name).ok().flatten().unwrap_or(0);
        Table::ALL.into_iter().map(of).sum()
    }

    /// A property that all tables share.
    fn shared(&self, name: &properties::PropName) -> u64 {
        self.db.property_int_value(name).ok().flatten().unwrap_or(0)
    }

    pub(super) fn watched(&self) -> StoreFigures {
        let ticked = |ticker| self.options.get_ticker_count(ticker);
        StoreFigures {
            memory: MemoryFigures {
                buffer_bytes: self.sum(properties::CUR_SIZE_ALL_MEM_TABLES),
                cache_bytes: self.shared(properties::BLOCK_CACHE_USAGE),
                cache_hits: ticked(Ticker::BlockCacheHit),
                cache_misses: ticked(Ticker::BlockCacheMiss),
            },
            work: WorkFigures {
                file_bytes: self.sum(properties::TOTAL_SST_FILES_SIZE),
                running: self.shared(properties::NUM_RUNNING_COMPACTIONS)
                    + self.shared(properties::NUM_RUNNING_FLUSHES),
                pending_bytes: self.sum(properties::ESTIMATE_PENDING_COMPACTION_BYTES),
                compaction_read_bytes: ticked(Ticker::CompactReadBytes),
                compaction_written_bytes: ticked(Ticker::CompactWriteBytes),
                is_stopped: self.shared(properties::IS_WRITE_STOPPED) > 0,
                stalled_micros: ticked(Ticker::StallMicros),
            },
            disk: self.disk(),
        }
    }

    fn disk(&self) -> Option<(u64, u64)> {
        let disk = rustix::fs::statvfs(&self.path).ok()?;
        Some((disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize))
    }
}
