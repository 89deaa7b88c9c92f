package springtide.peers;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An opportunity as it stands after an instant: what opened, or one more reason for it. */
public final class Opportunity {
    private static final byte[] BEGIN = ascii("{\"account_id\":\"");
    private static final byte[] OPENED = ascii("\",\"play\":\"seat-expansion\",\"opened_at\":\"");
    private static final byte[] REVISION = ascii("\",\"revision\":");
    private static final byte[] SCORE = ascii(",\"score\":");
    private static final byte[][] DETECTORS = detectors();
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    /** When it opened. */
    public final long openedAt;
    /** The instant that it is as of. */
    public final long at;
    /** 1 when it opens. */
    public final int revision;
    /** The detectors in the evidence, as bits. */
    final int evidence;
    /** Ten times the score. */
    final long scoreTenths;

    /** An opportunity with its evidence as bits of {@link Play}, and ten times its score. */
    public Opportunity(long openedAt, long at, int revision, int evidence, long scoreTenths) {
        this.openedAt = openedAt;
        this.at = at;
        this.revision = revision;
        this.evidence = evidence;
        this.scoreTenths = scoreTenths;
    }

    /** The output record's value, for an account named in UTF-8. */
    public byte[] json(byte[] account) {
        byte[] out = new byte[account.length * 6 + 256];
        int at = put(BEGIN, out, 0);
        at = escaped(account, out, at);
        at = put(OPENED, out, at);
        at = Rfc3339.write(openedAt, out, at);
        at = put(REVISION, out, at);
        at = number(revision, out, at);
        at = put(DETECTORS[evidence], out, at);
        at = put(SCORE, out, at);
        at = number(scoreTenths / 10, out, at);
        out[at++] = '.';
        out[at++] = (byte) ('0' + scoreTenths % 10);
        out[at++] = '}';
        return Arrays.copyOf(out, at);
    }

    private static int put(byte[] text, byte[] out, int at) {
        System.arraycopy(text, 0, out, at, text.length);
        return at + text.length;
    }

    private static int number(long value, byte[] out, int at) {
        return put(ascii(Long.toString(value)), out, at);
    }

    private static int escaped(byte[] text, byte[] out, int at) {
        for (byte unit : text) {
            if (unit == '"' || unit == '\\') {
                out[at++] = '\\';
            } else if (unit >= 0 && unit < 0x20) {
                at = put(ascii("\\u00"), out, at);
                out[at++] = (byte) HEX[unit >> 4];
                out[at++] = (byte) HEX[unit & 15];
                continue;
            }
            out[at++] = unit;
        }
        return at;
    }

    private static byte[][] detectors() {
        String[] names = {"hiring_surge", "invitations", "new_executive", "seats_90"};
        byte[][] lists = new byte[1 << Play.DETECTORS][];
        for (int set = 0; set < lists.length; set++) {
            StringBuilder list = new StringBuilder(",\"detectors\":[");
            String between = "\"";
            for (int detector = 0; detector < names.length; detector++) {
                if ((set >> detector & 1) == 1) {
                    list.append(between).append(names[detector]).append('"');
                    between = ",\"";
                }
            }
            lists[set] = ascii(list.append(']').toString());
        }
        return lists;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
