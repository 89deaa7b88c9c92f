package springtide.peers.streams;

import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** How Kafka Streams and its clients are set. */
final class Settings {
    private static final int MIB = 1 << 20;

    private Settings() {}

    static Properties of(Arguments arguments) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.bootstrapServers());
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments.applicationId());
        settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments.stateDir());
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, arguments.threads());
        settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 0);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, arguments.commitIntervalMs());
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, Long.getLong("cache.mib", 64) * MIB);
        settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, Integer.getInteger("buffered", 1000));
        settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksDbSettings.class);
        settings.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        consumer(settings, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, Integer.getInteger("poll", 1000));
        consumer(settings, ConsumerConfig.CHECK_CRCS_CONFIG, false);
        consumer(settings, ConsumerConfig.RECEIVE_BUFFER_CONFIG, MIB);
        consumer(settings, ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Integer.getInteger("fetch.kib", 1024) * 1024);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), MIB / 4);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.SEND_BUFFER_CONFIG), MIB);
        return settings;
    }

    private static void consumer(Properties settings, String name, Object value) {
        settings.put(StreamsConfig.consumerPrefix(name), value);
    }
}
