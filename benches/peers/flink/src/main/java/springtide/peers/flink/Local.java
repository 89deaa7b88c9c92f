package springtide.peers.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.rocksdb.CompressionType;

/** Flink in this process: its settings, its sources and its sink, exactly once from end to end. */
public final class Local {
    private final Options options;
    private final StreamExecutionEnvironment environment;

    /** A cluster of one process, with its state in {@code rocksdb} or {@code hashmap} where the options do not say. */
    public Local(Options options, String state) throws IOException {
        this.options = options;
        this.environment = StreamExecutionEnvironment.createLocalEnvironment(
                (int) options.number("threads"), configuration(options, options.text("state", state)));
    }

    /** What jobs are built with. */
    public StreamExecutionEnvironment environment() {
        return environment;
    }

    private static Configuration configuration(Options options, String state) throws IOException {
        Path home = Path.of(options.text("state-dir")).toAbsolutePath();
        Path checkpoints = Files.createDirectories(home.resolve("checkpoints"));
        Configuration settings = new Configuration();
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        settings.set(RestOptions.BIND_PORT, "0");
        settings.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        settings.set(StateBackendOptions.STATE_BACKEND, state);
        settings.set(RocksDBOptions.LOCAL_DIRECTORIES, home.resolve("rocksdb").toString());
        settings.set(RocksDBConfigurableOptions.USE_BLOOM_FILTER, true);
        // The state is small: time is dearer than room.
        settings.set(RocksDBConfigurableOptions.COMPRESSION_PER_LEVEL, List.of(CompressionType.NO_COMPRESSION));
        // Timers are few.
        settings.set(RocksDBOptions.TIMER_SERVICE_FACTORY, PriorityQueueStateType.HEAP);
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(options.number("commit-interval-ms")));
        settings.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
        settings.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
        settings.set(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.parse("128m"));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.parse("16m"));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.parse("16m"));
        Optional<Path> last = lastCheckpoint(checkpoints);
        last.ifPresent(path -> settings.set(StateRecoveryOptions.SAVEPOINT_PATH, path.toUri().toString()));
        return settings;
    }

    /** The newest whole checkpoint of an earlier run, from which this one goes on. */
    private static Optional<Path> lastCheckpoint(Path checkpoints) throws IOException {
        try (Stream<Path> files = Files.walk(checkpoints, 3)) {
            return files.filter(file -> file.endsWith("_metadata")).max((one, other) -> written(one).compareTo(written(other)))
                    .map(Path::getParent);
        }
    }

    private static FileTime written(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException gone) {
            return FileTime.fromMillis(0);
        }
    }

    /** The topics' events, with watermarks a partition. */
    public <T> DataStream<T> source(KafkaRecordDeserializationSchema<T> records, String... topics) {
        String prefix = options.text("prefix");
        String[] names = Stream.of(topics).map(topic -> prefix + topic).toArray(String[]::new);
        KafkaSourceBuilder<T> source = KafkaSource.<T>builder()
                .setBootstrapServers(options.text("bootstrap-servers"))
                .setGroupId(options.text("application-id"))
                .setTopics(names)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(records)
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setProperty("register.consumer.metrics", "false")
                .setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "2000");
        WatermarkStrategy<T> watermarks =
                WatermarkStrategy.forBoundedOutOfOrderness(Duration.ofMillis(options.number("disorder-ms")));
        if (options.untilCaughtUp()) {
            source.setBounded(OffsetsInitializer.latest());
        } else {
            // A topic that is silent holds back the others for so long, and no longer.
            watermarks = watermarks.withIdleness(Duration.ofSeconds(10));
        }
        return environment.fromSource(source.build(), watermarks, "events").uid("events");
    }

    /** Writes what was found, in transactions. */
    public void sink(DataStream<Found> found) {
        Properties producer = new Properties();
        producer.setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "600000");
        KafkaSinkBuilder<Found> sink = KafkaSink.<Found>builder()
                .setBootstrapServers(options.text("bootstrap-servers"))
                .setKafkaProducerConfig(producer)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(options.text("application-id"))
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setRecordSerializer(KafkaRecordSerializationSchema.<Found>builder()
                        .setTopic(options.text("output"))
                        .setKeySerializationSchema(new Found.Keys())
                        .setValueSerializationSchema(new Found.Values())
                        .build());
        found.sinkTo(sink.build()).name("found").uid("found");
    }
}
