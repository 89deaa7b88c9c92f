package springtide.peers.streams;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import springtide.peers.RecordReader;

/** One sub-topology: three topics of equal partitions, a processor for each, the stores that they share, the output. */
final class PlayTopology {
    private static final String OUTPUT = "output";

    private PlayTopology() {}

    static Topology of(Arguments arguments, Progress progress) {
        Set<StoreBuilder<?>> stores = stores(arguments.disorderMs());
        Topology topology = new Topology();
        add(topology, arguments.usageTopic(), supplier(stores, () -> {
            RecordReader reader = RecordReader.of(arguments.format());
            return new PlayProcessor(reader::usage, arguments.disorderMs(), true, progress);
        }));
        add(topology, arguments.businessTopic(), supplier(stores, () -> {
            RecordReader reader = RecordReader.of(arguments.format());
            return new PlayProcessor(reader::business, arguments.disorderMs(), false, progress);
        }));
        add(topology, arguments.profilesTopic(), supplier(stores, () -> {
            RecordReader reader = RecordReader.of(arguments.format());
            return new PlayProcessor(reader::profile, arguments.disorderMs(), false, progress);
        }));
        return topology.addSink(OUTPUT, arguments.output(), new ByteArraySerializer(), new ByteArraySerializer(),
                arguments.topics().stream().map(PlayTopology::processor).toArray(String[]::new));
    }

    private static void add(
            Topology topology, String topic, ProcessorSupplier<byte[], byte[], byte[], byte[]> supplier) {
        topology.addSource(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer(), topic);
        topology.addProcessor(processor(topic), supplier, topic);
    }

    private static String processor(String topic) {
        return "play-" + topic;
    }

    private static ProcessorSupplier<byte[], byte[], byte[], byte[]> supplier(
            Set<StoreBuilder<?>> stores, ProcessorSupplier<byte[], byte[], byte[], byte[]> of) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<byte[], byte[], byte[], byte[]> get() {
                return of.get();
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return stores;
            }
        };
    }

    private static Set<StoreBuilder<?>> stores(long disorderMs) {
        StoreBuilder<?> accounts = Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(PlayProcessor.ACCOUNTS), Serdes.ByteArray(), Serdes.ByteArray())
                .withCachingEnabled()
                .withLoggingEnabled(Map.of());
        if (disorderMs == 0) {
            return Set.of(accounts);
        }
        // The alarms of an hour are few: in memory, behind a changelog.
        StoreBuilder<?> alarms = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(PlayProcessor.ALARMS), Serdes.ByteArray(), Serdes.ByteArray())
                .withLoggingEnabled(Map.of());
        return Set.of(accounts, alarms);
    }
}
