package springtide.peers;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An {@link Account} as bytes: a set of what there is, then that, in longs of eight bytes. A codec has a buffer of its
 * own: one a thread.
 */
public final class AccountCodec {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle DOUBLE =
            MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int PROFILE = 1 << Play.DETECTORS;
    private static final int OPENED = PROFILE << 1;
    private static final int ALARM = PROFILE << 2;
    private static final int HELD = PROFILE << 3;

    private byte[] buffer = new byte[1_024];
    private int at;

    /** A codec. */
    public AccountCodec() {}

    /** Reads what {@link #write} wrote; of null, an account of which nothing is known. */
    public void read(byte[] bytes, Account into) {
        into.clear();
        if (bytes == null) {
            return;
        }
        byte[] own = buffer;
        buffer = bytes;
        at = 0;
        read(into);
        buffer = own;
    }

    private void read(Account into) {
        int there = buffer[at++];
        for (int detector = 0; detector < Play.DETECTORS; detector++) {
            if ((there >> detector & 1) == 1) {
                into.last[detector] = getLong();
            }
        }
        if ((there & OPENED) != 0) {
            into.openedAt = getLong();
            into.evidence = buffer[at++];
            into.revision = buffer[at++];
        }
        if ((there & ALARM) != 0) {
            into.alarm = getLong();
        }
        read(into.invitees, false);
        read(into.postings, true);
        if ((there & PROFILE) != 0) {
            into.profile = getProfile();
        }
        if ((there & HELD) != 0) {
            for (int left = (int) getLong(); left > 0; left--) {
                into.held.add(getEvent());
            }
        }
    }

    private void read(Latest into, boolean grouped) {
        for (int left = buffer[at++]; left > 0; left--) {
            into.append(getLong(), getLong(), grouped ? getLong() : 0);
        }
    }

    private Event getEvent() {
        Event event = new Event();
        event.kind = Event.Kind.ALL[buffer[at++]];
        event.at = getLong();
        event.id = getLong();
        event.department = getLong();
        event.profile = event.kind == Event.Kind.PROFILE ? getProfile() : null;
        return event;
    }

    private Profile getProfile() {
        Profile profile = new Profile();
        profile.mrr = getDouble();
        profile.healthScore = getDouble();
        profile.firstValueAt = getLong();
        profile.renewalAt = getLong();
        profile.lastExpansionAt = getLong();
        profile.champion = buffer[at++];
        profile.buyerDepartments = new long[(int) getLong()];
        for (int i = 0; i < profile.buyerDepartments.length; i++) {
            profile.buyerDepartments[i] = getLong();
        }
        return profile;
    }

    /** The account's bytes. */
    public byte[] write(Account account) {
        at = 1;
        int there = 0;
        for (int detector = 0; detector < Play.DETECTORS; detector++) {
            if (account.last[detector] != Profile.NEVER) {
                there |= 1 << detector;
                put(account.last[detector]);
            }
        }
        if (account.openedAt != Profile.NEVER) {
            there |= OPENED;
            put(account.openedAt);
            put((byte) account.evidence);
            put((byte) account.revision);
        }
        if (account.alarm != Profile.NEVER) {
            there |= ALARM;
            put(account.alarm);
        }
        write(account.invitees, false);
        write(account.postings, true);
        if (account.profile != null) {
            there |= PROFILE;
            put(account.profile);
        }
        if (!account.held.isEmpty()) {
            there |= HELD;
            put(account.held.size());
            for (Event event : account.held) {
                put(event);
            }
        }
        buffer[0] = (byte) there;
        return Arrays.copyOf(buffer, at);
    }

    private void write(Latest latest, boolean grouped) {
        put((byte) latest.size);
        for (int i = 0; i < latest.size; i++) {
            put(latest.at[i]);
            put(latest.id[i]);
            if (grouped) {
                put(latest.group[i]);
            }
        }
    }

    private void put(Event event) {
        put((byte) event.kind.ordinal());
        put(event.at);
        put(event.id);
        put(event.department);
        if (event.kind == Event.Kind.PROFILE) {
            put(event.profile);
        }
    }

    private void put(Profile profile) {
        put(profile.mrr);
        put(profile.healthScore);
        put(profile.firstValueAt);
        put(profile.renewalAt);
        put(profile.lastExpansionAt);
        put((byte) profile.champion);
        put((long) profile.buyerDepartments.length);
        for (long department : profile.buyerDepartments) {
            put(department);
        }
    }

    private void put(byte value) {
        room(1);
        buffer[at++] = value;
    }

    private void put(long value) {
        room(Long.BYTES);
        LONG.set(buffer, at, value);
        at += Long.BYTES;
    }

    private void put(double value) {
        room(Double.BYTES);
        DOUBLE.set(buffer, at, value);
        at += Double.BYTES;
    }

    private void room(int bytes) {
        if (at + bytes > buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
    }

    private long getLong() {
        long value = (long) LONG.get(buffer, at);
        at += Long.BYTES;
        return value;
    }

    private double getDouble() {
        double value = (double) DOUBLE.get(buffer, at);
        at += Double.BYTES;
        return value;
    }
}
