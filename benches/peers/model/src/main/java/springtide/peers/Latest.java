package springtide.peers;

import java.util.Arrays;

/**
 * The last few distinct ids with their latest instants, by group: as many a group as a threshold asks for. That many are
 * enough to say whether the threshold is reached, now and later: one that newer ones have pushed out would be the oldest
 * of them, and so is needed by no window that does not have all of those.
 */
final class Latest {
    private final int perGroup;
    int size;
    long[] at = new long[8];
    long[] id = new long[8];
    long[] group = new long[8];

    Latest(int perGroup) {
        this.perGroup = perGroup;
    }

    /** Adds what came at an instant, no earlier than what was added before it. */
    void add(long instant, long what, long of) {
        int held = 0;
        int oldest = -1;
        for (int i = 0; i < size; i++) {
            if (group[i] != of) {
                continue;
            }
            if (id[i] == what) {
                at[i] = Math.max(at[i], instant);
                return;
            }
            held++;
            if (oldest < 0 || at[i] < at[oldest]) {
                oldest = i;
            }
        }
        if (held == perGroup) {
            if (at[oldest] < instant) {
                set(oldest, instant, what, of);
            }
        } else {
            append(instant, what, of);
        }
    }

    /** Puts one more at the end. */
    void append(long instant, long what, long of) {
        if (size == at.length) {
            at = Arrays.copyOf(at, size * 2);
            id = Arrays.copyOf(id, size * 2);
            group = Arrays.copyOf(group, size * 2);
        }
        set(size++, instant, what, of);
    }

    private void set(int i, long instant, long what, long of) {
        at[i] = instant;
        id[i] = what;
        group[i] = of;
    }

    /** Whether the threshold is reached by what is in a group from an instant on. */
    boolean reached(long from, long of) {
        int found = 0;
        for (int i = 0; i < size; i++) {
            if (group[i] == of && at[i] >= from) {
                found++;
            }
        }
        return found >= perGroup;
    }

    /** Forgets what is older than an instant. */
    void forget(long before) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (at[i] >= before) {
                set(kept++, at[i], id[i], group[i]);
            }
        }
        size = kept;
    }
}
