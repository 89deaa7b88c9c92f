package springtide.peers.flink;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** What the command line says; every contender takes the same, this one {@code --form} and {@code --state} besides. */
public final class Options {
    private static final String CAUGHT_UP = "--until-caught-up";
    private static final Set<String> NAMES = Set.of("--bootstrap-servers", "--application-id", "--prefix", "--format",
            "--output", "--state-dir", "--commit-interval-ms", "--threads", "--disorder-ms", "--form", "--state");

    private final Map<String, String> values;

    private Options(Map<String, String> values) {
        this.values = values;
    }

    /** Reads the command line. */
    public static Options of(String[] arguments) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i];
            if (name.equals(CAUGHT_UP)) {
                values.put(name, "");
            } else if (NAMES.contains(name) && i + 1 < arguments.length) {
                values.put(name, arguments[++i]);
            } else {
                throw new IllegalArgumentException("`" + name + "` is no option, or lacks its value; there are "
                        + CAUGHT_UP + " and, each with a value, " + String.join(" ", NAMES));
            }
        }
        return new Options(values);
    }

    /** The value of an option without its dashes, which must be there. */
    public String text(String name) {
        String value = values.get("--" + name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }

    /** The same as a number. */
    public long number(String name) {
        return Long.parseLong(text(name));
    }

    /** The value of an option without its dashes, or what holds without it. */
    String text(String name, String otherwise) {
        return values.getOrDefault("--" + name, otherwise);
    }

    /** Whether to end once everything that the topics held at the start is processed. */
    public boolean untilCaughtUp() {
        return values.containsKey(CAUGHT_UP);
    }
}
