package springtide.peers;

/** Times as RFC 3339 writes them, without the calendar classes' objects. */
public final class Rfc3339 {
    private static final long DAY_MS = 86_400_000L;
    /** Days from 0000-03-01 to 1970-01-01. */
    private static final long EPOCH_DAYS = 719_468L;
    private static final long ERA_DAYS = 146_097L;

    private Rfc3339() {}

    /**
     * Milliseconds since 1970 of a time such as {@code 2026-03-02T09:30:00.000Z} or {@code 2026-03-02T10:30:00+01:00}.
     *
     * @throws BadRecord where it is none
     */
    public static long parse(char[] text, int from, int length) {
        int end = from + length;
        if (length < 20 || text[from + 4] != '-' || text[from + 7] != '-' || text[from + 13] != ':'
                || text[from + 16] != ':') {
            throw bad(text, from, length);
        }
        long days = days(digits(text, from, 4), digits(text, from + 5, 2), digits(text, from + 8, 2));
        long seconds = digits(text, from + 11, 2) * 3_600L + digits(text, from + 14, 2) * 60L + digits(text, from + 17, 2);
        int at = from + 19;
        int millis = 0;
        if (text[at] == '.') {
            at++;
            for (int unit = 100; at < end && text[at] >= '0' && text[at] <= '9'; at++, unit /= 10) {
                millis += (text[at] - '0') * unit;
            }
        }
        return days * DAY_MS + (seconds - offset(text, at, end)) * 1_000L + millis;
    }

    /** Seconds east of UTC. */
    private static long offset(char[] text, int at, int end) {
        if (at + 1 == end && (text[at] == 'Z' || text[at] == 'z')) {
            return 0;
        }
        if (at + 6 != end || text[at] != '+' && text[at] != '-' || text[at + 3] != ':') {
            throw bad(text, at, end - at);
        }
        long seconds = digits(text, at + 1, 2) * 3_600L + digits(text, at + 4, 2) * 60L;
        return text[at] == '+' ? seconds : -seconds;
    }

    private static int digits(char[] text, int from, int count) {
        int value = 0;
        for (int i = from; i < from + count; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) {
                throw bad(text, from, count);
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** Days since 1970 of a date; the year begins in March, so that the leap day is its last. */
    private static long days(int year, int month, int day) {
        long shifted = month <= 2 ? year - 1L : year;
        long era = Math.floorDiv(shifted, 400L);
        long yearOfEra = shifted - era * 400L;
        long dayOfYear = (153L * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        return era * ERA_DAYS + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - EPOCH_DAYS;
    }

    /** Writes 24 bytes, such as {@code 2026-03-02T09:30:00.000Z}, and returns where they end. */
    public static int write(long millis, byte[] into, int at) {
        long days = Math.floorDiv(millis, DAY_MS) + EPOCH_DAYS;
        int rest = (int) Math.floorMod(millis, DAY_MS);
        long era = Math.floorDiv(days, ERA_DAYS);
        long dayOfEra = days - era * ERA_DAYS;
        long yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int shifted = (int) ((5 * dayOfYear + 2) / 153);
        int month = shifted < 10 ? shifted + 3 : shifted - 9;
        at = number((int) (yearOfEra + era * 400) + (month <= 2 ? 1 : 0), 4, '-', into, at);
        at = number(month, 2, '-', into, at);
        at = number((int) (dayOfYear - (153L * shifted + 2) / 5 + 1), 2, 'T', into, at);
        at = number(rest / 3_600_000, 2, ':', into, at);
        at = number(rest / 60_000 % 60, 2, ':', into, at);
        at = number(rest / 1_000 % 60, 2, '.', into, at);
        return number(rest % 1_000, 3, 'Z', into, at);
    }

    private static int number(int value, int digits, char then, byte[] into, int at) {
        for (int i = at + digits - 1; i >= at; i--, value /= 10) {
            into[i] = (byte) ('0' + value % 10);
        }
        into[at + digits] = (byte) then;
        return at + digits + 1;
    }

    private static BadRecord bad(char[] text, int from, int length) {
        return new BadRecord("not a time of RFC 3339: `" + new String(text, from, length) + "`", null);
    }
}
