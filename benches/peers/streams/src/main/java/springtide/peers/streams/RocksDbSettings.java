package springtide.peers.streams;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WriteBufferManager;

/** One bound on memory for all stores of the process, and a filter that spares reads of files without the key. */
public final class RocksDbSettings implements RocksDBConfigSetter {
    private static final long MIB = 1L << 20;
    private static final long WRITE_BUFFERS = 64 * MIB;
    private static final Cache CACHE = new LRUCache(64 * MIB + WRITE_BUFFERS, -1, false, 0.1);
    private static final WriteBufferManager WRITES = new WriteBufferManager(WRITE_BUFFERS, CACHE);
    private static final BloomFilter FILTER = new BloomFilter(10.0);

    /** Made by Kafka Streams. */
    public RocksDbSettings() {}

    @Override
    public void setConfig(String store, Options options, Map<String, Object> configs) {
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(CACHE);
        table.setCacheIndexAndFilterBlocks(true);
        table.setPinL0FilterAndIndexBlocksInCache(true);
        table.setFilterPolicy(FILTER);
        options.setTableFormatConfig(table);
        options.setWriteBufferManager(WRITES);
        options.setWriteBufferSize(8 * MIB);
        options.setMaxBackgroundJobs(2);
    }

    @Override
    public void close(String store, Options options) {
        // The cache, the buffers and the filter are all stores', for the life of the process.
    }
}
