package springtide.peers.nexmark;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.Row;
import springtide.peers.flink.Found;
import springtide.peers.flink.Local;
import springtide.peers.flink.Options;

/** A Nexmark pattern within a time limit, in Flink SQL. */
public final class Main {
    /** The two detectors of the play, as one column; what neither reads is left out. */
    private static final String SIGNALS = """
            CREATE TEMPORARY VIEW signals AS
            SELECT account, happened, price >= 1000000 AS high
            FROM bids
            WHERE price >= 1000000 OR price <= 10000
            """;

    /**
     * A bid of one kind, and the next of the other kind within five seconds, which are inclusive in the play; as with a
     * cooldown, the first of an account counts.
     */
    private static final String SWINGS = """
            SELECT account, CAST(swung AS TIMESTAMP_LTZ(3)) AS swung
            FROM (
              SELECT account, swung, ROW_NUMBER() OVER (PARTITION BY account ORDER BY seen) AS nth
              FROM signals MATCH_RECOGNIZE (
                PARTITION BY account
                ORDER BY happened
                MEASURES other.happened AS swung, MATCH_PROCTIME() AS seen
                ONE ROW PER MATCH
                AFTER MATCH SKIP PAST LAST ROW
                PATTERN (a more* other) WITHIN INTERVAL '5.001' SECOND
                DEFINE
                  more AS more.high = a.high,
                  other AS other.high <> a.high
              )
            )
            WHERE nth = 1
            """;

    private Main() {}

    /** Runs it with the options of {@link Options}. */
    public static void main(String[] arguments) throws Exception {
        Options options = Options.of(arguments);
        if (!options.text("format").equals("json")) {
            throw new IllegalArgumentException("the bids are JSON alone: --format json");
        }
        // What a pattern of five seconds remembers is little; in RocksDB, Flink's patterns pass over all that they deleted.
        Local local = new Local(options, "hashmap");
        StreamTableEnvironment tables = StreamTableEnvironment.create(local.environment());
        Schema schema = Schema.newBuilder()
                .column("account", "STRING NOT NULL")
                .column("price", "BIGINT NOT NULL")
                .columnByMetadata("happened", DataTypes.TIMESTAMP_LTZ(3), "rowtime")
                .watermark("happened", "SOURCE_WATERMARK()")
                .build();
        DataStream<RowData> bids = local.source(new Bids(), "product-usage");
        tables.createTemporaryView("bids", bids, schema);
        tables.executeSql(SIGNALS);
        Table swings = tables.sqlQuery(SWINGS);
        local.sink(tables.toDataStream(swings).map(new Opportunities()).returns(Found.TYPE));
        local.environment().execute(options.text("application-id"));
        System.out.println("events=" + Bids.processed());
        System.exit(0);
    }

    /** Says a swing as an opportunity of the play, whose score is the same for all: there is nothing to score. */
    private static final class Opportunities implements MapFunction<Row, Found> {
        private static final long serialVersionUID = 1;
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

        @Override
        public Found map(Row swing) {
            String account = swing.<String>getFieldAs(0);
            String opened = TIME.format(swing.<Instant>getFieldAs(1));
            String value = "{\"account_id\":\"" + account + "\",\"play\":\"price-swing\",\"opened_at\":\"" + opened
                    + "\",\"revision\":1,\"detectors\":[\"high_bid\",\"low_bid\"],\"score\":10.0}";
            return new Found(account.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
        }
    }
}
