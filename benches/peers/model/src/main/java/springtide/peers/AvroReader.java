package springtide.peers;

import java.io.IOException;
import java.util.Arrays;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;

/**
 * Reads Avro in the Confluent wire format by the schemas of this repository, field after field, no further than the
 * last one that a rule needs.
 */
final class AvroReader implements RecordReader {
    private static final int HEADER_BYTES = 5;
    private static final Utf8 SEAT_SNAPSHOT = new Utf8("seat_snapshot");
    private static final Utf8 USER_INVITED = new Utf8("user_invited");
    private static final Utf8 JOB_POSTED = new Utf8("job_posted");
    private static final Utf8 EXECUTIVE_HIRED = new Utf8("executive_hired");
    private static final Utf8 C_LEVEL = new Utf8("c_level");
    private static final Utf8 VP = new Utf8("vp");

    private final Utf8 text = new Utf8();
    private BinaryDecoder decoder;

    @Override
    public boolean usage(byte[] value, Event into) {
        try {
            open(value);
            if (read().equals(SEAT_SNAPSHOT)) {
                double used = count();
                double licensed = count();
                if (!Play.seats90(used, licensed)) {
                    return false;
                }
                into.set(Event.Kind.SEATS_90, 0, 0);
                return true;
            }
            if (!text.equals(USER_INVITED)) {
                return false;
            }
            count(); // seats_used
            count(); // seats_licensed
            skip(); // meter
            amount(); // used
            amount(); // limit
            skip(); // user_id
            skip(); // feature
            skip(); // integration
            into.set(Event.Kind.USER_INVITED, fingerprint(), 0);
            return true;
        } catch (IOException error) {
            throw new BadRecord("not the Avro of product-usage.avsc", error);
        }
    }

    @Override
    public boolean business(byte[] value, Event into) {
        try {
            open(value);
            if (read().equals(JOB_POSTED)) {
                long posting = fingerprint();
                skip(); // title
                into.set(Event.Kind.JOB_POSTED, posting, fingerprint());
                return true;
            }
            if (!text.equals(EXECUTIVE_HIRED)) {
                return false;
            }
            skip(); // posting_id
            skip(); // title
            long department = fingerprint();
            skip(); // name
            if (!present() || !read().equals(C_LEVEL) && !text.equals(VP)) {
                return false;
            }
            into.set(Event.Kind.EXECUTIVE_HIRED, 0, department);
            return true;
        } catch (IOException error) {
            throw new BadRecord("not the Avro of business-signals.avsc", error);
        }
    }

    @Override
    public boolean profile(byte[] value, Event into) {
        try {
            Profile profile = new Profile();
            open(value);
            decoder.skipString(); // name
            skipTexts(); // domains
            decoder.skipString(); // segment
            skip(); // industry
            skip(); // plan
            time(); // signed_up_at
            profile.mrr = decoder.readDouble();
            decoder.skipString(); // currency
            count(); // seats_licensed
            amount(); // price_per_seat
            skipLimits();
            profile.healthScore = amount();
            profile.firstValueAt = time();
            profile.renewalAt = time();
            profile.lastExpansionAt = time();
            profile.champion = present() ? Profile.champion(read().toString()) : 0;
            skipTexts(); // products
            profile.buyerDepartments = fingerprints();
            into.set(profile);
            return true;
        } catch (IOException error) {
            throw new BadRecord("not the Avro of account-profiles.avsc", error);
        }
    }

    /** Opens a value behind the three fields that all topics begin with: event_id, account_id, occurred_at. */
    private void open(byte[] value) throws IOException {
        if (value.length < HEADER_BYTES || value[0] != 0) {
            throw new BadRecord("not in the Confluent wire format", null);
        }
        decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, decoder);
        decoder.skipString();
        decoder.skipString();
        decoder.readLong();
    }

    /** The text at hand, until the next one is read. */
    private Utf8 read() throws IOException {
        return decoder.readString(text);
    }

    /** Whether the optional value at hand is there. */
    private boolean present() throws IOException {
        return decoder.readIndex() == 1;
    }

    private void skip() throws IOException {
        if (present()) {
            decoder.skipString();
        }
    }

    private double count() throws IOException {
        return present() ? decoder.readLong() : Double.NaN;
    }

    private double amount() throws IOException {
        return present() ? decoder.readDouble() : Double.NaN;
    }

    private long time() throws IOException {
        return present() ? decoder.readLong() : Profile.NEVER;
    }

    private long fingerprint() throws IOException {
        return present() ? fingerprintOfText() : 0;
    }

    private long fingerprintOfText() throws IOException {
        read();
        return Fingerprint.of(text.getBytes(), 0, text.getByteLength());
    }

    private void skipTexts() throws IOException {
        for (long left = decoder.skipArray(); left != 0; left = decoder.skipArray()) {
            for (; left > 0; left--) {
                decoder.skipString();
            }
        }
    }

    private void skipLimits() throws IOException {
        for (long left = decoder.skipMap(); left != 0; left = decoder.skipMap()) {
            for (; left > 0; left--) {
                decoder.skipString();
                decoder.readDouble();
            }
        }
    }

    private long[] fingerprints() throws IOException {
        long[] found = new long[4];
        int count = 0;
        for (long left = decoder.readArrayStart(); left != 0; left = decoder.arrayNext()) {
            for (; left > 0; left--) {
                if (count == found.length) {
                    found = Arrays.copyOf(found, count * 2);
                }
                found[count++] = fingerprintOfText();
            }
        }
        return Arrays.copyOf(found, count);
    }
}
