package springtide.peers;

/** A record that can't be read. */
public final class BadRecord extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadRecord(String message, Throwable cause) {
        super(message, cause);
    }
}
