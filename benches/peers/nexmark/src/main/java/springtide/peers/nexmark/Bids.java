package springtide.peers.nexmark;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads bids, which are meter readings in JSON, as rows of the account and the price. */
final class Bids implements KafkaRecordDeserializationSchema<RowData> {
    private static final long serialVersionUID = 1;
    private static final Queue<Bids> OPENED = new ConcurrentLinkedQueue<>();
    private static final RowType ROW = RowType.of(
            new LogicalType[] {VarCharType.STRING_TYPE, new BigIntType()}, new String[] {"account", "price"});

    private transient JsonFactory json;
    private transient long count;

    /** How many records this process has read. */
    static long processed() {
        return OPENED.stream().mapToLong(bids -> bids.count).sum();
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        json = JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();
        OPENED.add(this);
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RowData> out) throws IOException {
        count++;
        try (JsonParser parser = json.createParser(record.value())) {
            parser.nextToken();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                if (name.equals("used")) {
                    out.collect(GenericRowData.of(StringData.fromBytes(record.key()), parser.getLongValue()));
                    return;
                }
                parser.skipChildren();
            }
        }
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return InternalTypeInfo.of(ROW);
    }
}
