package springtide.peers.streams;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The command line. */
record Arguments(
        String bootstrapServers,
        String applicationId,
        String prefix,
        String format,
        String output,
        String stateDir,
        long commitIntervalMs,
        int threads,
        long disorderMs,
        boolean untilCaughtUp) {

    static final String USAGE = """
            usage: run-streams --bootstrap-servers HOST:PORT --application-id ID --prefix PREFIX --format json|avro
                --output TOPIC --state-dir DIR --commit-interval-ms N --threads N --disorder-ms N [--until-caught-up]""";

    /** Reads it; a word that is not known, or one that is missing, is refused. */
    static Arguments read(String[] words) {
        Map<String, String> values = new HashMap<>();
        boolean untilCaughtUp = false;
        for (int i = 0; i < words.length; i++) {
            if (words[i].equals("--until-caught-up")) {
                untilCaughtUp = true;
            } else if (words[i].startsWith("--") && i + 1 < words.length) {
                values.put(words[i].substring(2), words[++i]);
            } else {
                throw new IllegalArgumentException("`" + words[i] + "` is no flag with a value");
            }
        }
        Arguments arguments = new Arguments(
                take(values, "bootstrap-servers"),
                take(values, "application-id"),
                take(values, "prefix"),
                take(values, "format"),
                take(values, "output"),
                take(values, "state-dir"),
                Long.parseLong(take(values, "commit-interval-ms")),
                Integer.parseInt(take(values, "threads")),
                Long.parseLong(take(values, "disorder-ms")),
                untilCaughtUp);
        if (!values.isEmpty()) {
            throw new IllegalArgumentException("unknown: --" + values.keySet().iterator().next());
        }
        return arguments;
    }

    private static String take(Map<String, String> values, String name) {
        String value = values.remove(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }

    String usageTopic() {
        return prefix + "product-usage";
    }

    String businessTopic() {
        return prefix + "business-signals";
    }

    String profilesTopic() {
        return prefix + "account-profiles";
    }

    List<String> topics() {
        return List.of(usageTopic(), businessTopic(), profilesTopic());
    }
}
