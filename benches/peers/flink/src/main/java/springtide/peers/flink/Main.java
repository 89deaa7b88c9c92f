package springtide.peers.flink;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;

/** The contender on Apache Flink. */
public final class Main {
    private Main() {}

    /** Runs it with the options of {@link Options}. */
    public static void main(String[] arguments) throws Exception {
        Options options = Options.of(arguments);
        Local local = new Local(options, "rocksdb");
        KeyedStream<Input, String> inputs = local
                .source(new Records(options.text("format"), options.text("prefix")),
                        "product-usage", "business-signals", "account-profiles")
                .keyBy(input -> input.account, Types.STRING);
        DataStream<Found> found = switch (options.text("form", "process")) {
            case "process" -> inputs.process(new ProcessForm(), Found.TYPE).name("account").uid("account");
            case "cep" -> CepForm.of(inputs);
            default -> throw new IllegalArgumentException("--form is process or cep");
        };
        local.sink(found);
        local.environment().execute(options.text("application-id"));
        System.out.println("events=" + Records.processed());
        System.exit(0);
    }
}
