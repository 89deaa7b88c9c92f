package springtide.peers;

/**
 * Reads values of the topics. A reader has buffers of its own: one a thread. Times come with the records, whose
 * timestamp is {@code occurred_at}, and the account is their key: no reader fills {@link Event#at}.
 */
public interface RecordReader {
    /**
     * Reads a value of {@code product-usage}.
     *
     * @return whether a rule reads the event; if not, {@code into} is as it was
     * @throws BadRecord where it can't be read
     */
    boolean usage(byte[] value, Event into);

    /** The same for {@code business-signals}. */
    boolean business(byte[] value, Event into);

    /** The same for {@code account-profiles}. */
    boolean profile(byte[] value, Event into);

    /** The reader of a format, {@code json} or {@code avro}. */
    static RecordReader of(String format) {
        return switch (format) {
            case "json" -> new JsonReader();
            case "avro" -> new AvroReader();
            default -> throw new IllegalArgumentException("`" + format + "` is no format: json or avro");
        };
    }
}
