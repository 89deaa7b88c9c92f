//! How RocksDB is set up: bounded in memory, quiet in its logs, fast at finding an account.

use rocksdb::statistics::StatsLevel;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, LogLevel, Options, SliceTransform,
    WriteBufferManager,
};

use crate::kv::{Table, account_prefix};

/// How much memory the store may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// For blocks read from disk, their indexes and their filters.
    pub block_cache_bytes: usize,
    /// For what was written and is not yet in a table on disk. While that is being written it may be
    /// exceeded by half.
    pub write_buffer_bytes: usize,
}

impl Default for Budget {
    /// 64 MiB and 32 MiB.
    fn default() -> Self {
        Budget { block_cache_bytes: 64 << 20, write_buffer_bytes: 32 << 20 }
    }
}

/// How a store on disk behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RocksSettings {
    /// How much memory it may take.
    pub budget: Budget,
    /// Whether a commit waits until the disk has it. Without that a commit outlives the process but maybe
    /// not the machine: then the last ones are gone, whole, and are made again from the topics.
    pub sync: bool,
}

/// The name of a table's column family. A name that was in use is never given to another table.
pub fn name(table: Table) -> &'static str {
    match table {
        Table::About => "default",
        Table::State => "state",
        Table::Deadlines => "deadlines",
    }
}

/// The least write buffer that RocksDB makes sense of.
const LEAST_BUFFER_BYTES: usize = 64 << 10;

/// Files kept open; each takes some memory besides the block cache.
const OPEN_FILES: i32 = 512;

const BACKGROUND_JOBS: i32 = 2;

/// How many flushed files are merged at once: each merge writes the whole level again that they go to.
const FILES_TO_COMPACT: i32 = 8;

/// What a compaction reads ahead in each of its files, of which there may be dozens.
const COMPACTION_READ_BYTES: usize = 256 << 10;

/// The database's own.
///
/// # Errors
/// Where RocksDB does not know a setting: it is another RocksDB.
pub fn of_db(settings: &RocksSettings) -> Result<Options, rocksdb::Error> {
    let buffers = settings.budget.write_buffer_bytes;
    // Each log names the one before it. Where the manifest lost its end, and with it the files that took over from a log
    // that is gone by now, what is in the log after that is not put upon state that lacks what was before.
    let mut options = Options::default().get_options_from_string("track_and_verify_wals=true")?;
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    // One budget for all families. It starts flushes but never stalls writers: that is left to each
    // family's own limit (see `of_tables`), which can't wait for a flush that nobody starts.
    options.set_write_buffer_manager(&WriteBufferManager::new_write_buffer_manager(buffers, false));
    // What one batch wrote to several families stays together even where the log is lost.
    options.set_atomic_flush(true);
    options.set_max_total_wal_size((4 * buffers as u64).max(16 << 20));
    options.set_max_open_files(OPEN_FILES);
    options.set_max_background_jobs(BACKGROUND_JOBS);
    options.set_compaction_readahead_size(COMPACTION_READ_BYTES);
    options.set_max_manifest_file_size(8 << 20);
    options.set_log_level(LogLevel::Warn);
    options.set_keep_log_file_num(2);
    options.set_max_log_file_size(1 << 20);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    // Counters alone: no clock is asked.
    options.enable_statistics();
    options.set_statistics_level(StatsLevel::ExceptHistogramOrTimers);
    Ok(options)
}

/// The column families with one block cache between them.
pub fn of_tables(settings: &RocksSettings) -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(settings.budget.block_cache_bytes);
    let descriptor = |table| ColumnFamilyDescriptor::new(name(table), of_table(table, settings, &cache));
    Table::ALL.into_iter().map(descriptor).collect()
}

/// For files that are written beside the database and then become part of it.
pub fn of_files(table: Table, settings: &RocksSettings) -> Options {
    // Nothing is read by way of it.
    of_table(table, settings, &Cache::new_lru_cache(0))
}

fn of_table(table: Table, settings: &RocksSettings, cache: &Cache) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_block_size(16 << 10);
    // Indexes and filters count against the cache, so that its size is a bound.
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    let mut options = Options::default();
    options.set_compression_type(DBCompressionType::Lz4);
    // Two buffers each, one that is filled and one that is flushed.
    options.set_max_write_buffer_number(2);
    let share = match table {
        Table::State => 2,
        Table::Deadlines | Table::About => 8,
    };
    options.set_level_zero_file_num_compaction_trigger(FILES_TO_COMPACT);
    options.set_write_buffer_size((settings.budget.write_buffer_bytes / share).max(LEAST_BUFFER_BYTES));
    match table {
        Table::State => {
            // Accounts are looked up by prefix, never by whole key.
            blocks.set_bloom_filter(10.0, false);
            blocks.set_whole_key_filtering(false);
            let prefix = |key| account_prefix(key).unwrap_or(key);
            let in_domain = |key: &[u8]| account_prefix(key).is_some();
            options.set_prefix_extractor(SliceTransform::create(
                "springtide.account.1",
                prefix,
                Some(in_domain),
            ));
            options.set_memtable_prefix_bloom_ratio(0.05);
        }
        // What is due is taken from the front, which leaves a trail of deletions for the next scan to
        // step over: files that are half deletions are compacted early.
        Table::Deadlines => options.add_compact_on_deletion_collector_factory(1_024, 512, 0.5),
        Table::About => {}
    }
    options.set_block_based_table_factory(&blocks);
    options
}
