package springtide.peers;

/**
 * 64 bits that stand for a text: the state holds these and not texts. Within one account, where they are compared, a
 * clash among a million texts has a chance of one in 37 million.
 */
public final class Fingerprint {
    private static final long SEED = 0xcbf2_9ce4_8422_2325L;
    private static final long PRIME = 0x9e37_79b9_7f4a_7c15L;

    private Fingerprint() {}

    /** Of characters. */
    public static long of(char[] text, int from, int length) {
        long hash = SEED ^ length;
        for (int i = from; i < from + length; i++) {
            hash = mix(hash, text[i]);
        }
        return finish(hash);
    }

    /** Of bytes: for ASCII, the same as of characters. */
    public static long of(byte[] text, int from, int length) {
        long hash = SEED ^ length;
        for (int i = from; i < from + length; i++) {
            hash = mix(hash, text[i] & 0xff);
        }
        return finish(hash);
    }

    /** Of a text. */
    public static long of(String text) {
        return of(text.toCharArray(), 0, text.length());
    }

    private static long mix(long hash, int unit) {
        return Long.rotateLeft((hash ^ unit) * PRIME, 29);
    }

    private static long finish(long hash) {
        hash = (hash ^ (hash >>> 32)) * 0xd6e8_feb8_6659_fd93L;
        return hash ^ (hash >>> 32);
    }
}
