package springtide.peers.flink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import springtide.peers.RecordReader;

/** Reads the records of the three topics; what no rule reads ends here, before it costs anything. */
final class Records implements KafkaRecordDeserializationSchema<Input> {
    private static final long serialVersionUID = 1;
    private static final Queue<Records> OPENED = new ConcurrentLinkedQueue<>();

    private final String format;
    private final String usage;
    private final String business;
    private transient RecordReader reader;
    private transient Input input;
    private transient long count;

    Records(String format, String prefix) {
        this.format = format;
        this.usage = prefix + "product-usage";
        this.business = prefix + "business-signals";
    }

    /** How many records this process has read. */
    static long processed() {
        return OPENED.stream().mapToLong(records -> records.count).sum();
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        reader = RecordReader.of(format);
        input = new Input();
        OPENED.add(this);
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Input> out) throws IOException {
        count++;
        if (read(record)) {
            input.account = new String(record.key(), StandardCharsets.UTF_8);
            input.event.at = record.timestamp();
            out.collect(input);
        }
    }

    private boolean read(ConsumerRecord<byte[], byte[]> record) {
        String topic = record.topic();
        if (topic.equals(usage)) {
            return reader.usage(record.value(), input.event);
        }
        return topic.equals(business)
                ? reader.business(record.value(), input.event)
                : reader.profile(record.value(), input.event);
    }

    @Override
    public TypeInformation<Input> getProducedType() {
        return Input.TYPE;
    }
}
