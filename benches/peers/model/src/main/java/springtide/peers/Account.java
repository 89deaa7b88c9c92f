package springtide.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is known of one account, and the play over it. Two ways to use it, which find the same:
 *
 * <ul>
 *   <li>events that come in order of time: {@link #apply} each;
 *   <li>events that come out of order: {@link #hold} each, and {@link #settle} up to an instant before which nothing more
 *       comes. Settling later than possible changes nothing, but {@link #wakeAt} says when there may be something to find.
 * </ul>
 *
 * <p>{@link AccountCodec} turns it into bytes and back. One object may serve many accounts in turn.
 */
public final class Account {
    private static final long NEVER = Profile.NEVER;

    /** The latest signal of each detector. */
    final long[] last = new long[Play.DETECTORS];
    final Latest invitees = new Latest(Play.INVITEES);
    final Latest postings = new Latest(Play.POSTINGS);
    /** What waits to be settled, by time. */
    final List<Event> held = new ArrayList<>();
    Profile profile;
    long openedAt;
    int evidence;
    int revision;
    long alarm;

    /** An account of which nothing is known. */
    public Account() {
        clear();
    }

    /** Forgets everything. */
    void clear() {
        Arrays.fill(last, NEVER);
        invitees.size = 0;
        postings.size = 0;
        held.clear();
        profile = null;
        openedAt = NEVER;
        evidence = 0;
        revision = 0;
        alarm = NEVER;
    }

    /** Takes the next event in order of time. */
    public void apply(Event event, Consumer<Opportunity> found) {
        int signals = take(event);
        if (signals != 0 || event.kind == Event.Kind.PROFILE) {
            evaluate(event.at, signals, found);
        }
    }

    /** Keeps a copy of an event until its time is settled. */
    public void hold(Event event) {
        Event copy = new Event();
        copy.kind = event.kind;
        copy.at = event.at;
        copy.id = event.id;
        copy.department = event.department;
        copy.profile = event.profile;
        int place = held.size();
        while (place > 0 && after(held.get(place - 1), copy)) {
            place--;
        }
        held.add(place, copy);
    }

    private static boolean after(Event one, Event other) {
        return one.at != other.at ? one.at > other.at : one.kind.compareTo(other.kind) > 0;
    }

    /** Applies what is held from before an instant. */
    public void settle(long before, Consumer<Opportunity> found) {
        int settled = 0;
        while (settled < held.size() && held.get(settled).at < before) {
            long at = held.get(settled).at;
            // The profile comes first among those of one instant.
            boolean instant = held.get(settled).kind == Event.Kind.PROFILE;
            int signals = 0;
            while (settled < held.size() && held.get(settled).at == at) {
                signals |= take(held.get(settled++));
            }
            if (instant || signals != 0) {
                evaluate(at, signals, found);
            }
        }
        held.subList(0, settled).clear();
    }

    /**
     * Takes what is held up to an instant, and leaves the play to others.
     *
     * @return the detectors that have a signal by it, as bits of {@link Play}
     */
    public int detect(long upTo) {
        int taken = 0;
        int signals = 0;
        while (taken < held.size() && held.get(taken).at <= upTo) {
            signals |= take(held.get(taken++));
        }
        held.subList(0, taken).clear();
        return signals;
    }

    /**
     * The instant that must be settled for something to be found without another event, or {@link Profile#NEVER}: what
     * is held can bring something only where both sides of the play have a signal near it, or what is open may be revised.
     */
    public long wakeAt() {
        if (held.isEmpty()) {
            return NEVER;
        }
        long from = held.get(0).at - Play.WINDOW_MS;
        boolean product = lastOf(Play.PRODUCT) >= from;
        boolean business = lastOf(Play.BUSINESS) >= from;
        int invited = invitees.size;
        for (Event event : held) {
            switch (event.kind) {
                case SEATS_90 -> product = true;
                case USER_INVITED -> product |= ++invited >= Play.INVITEES;
                case JOB_POSTED, EXECUTIVE_HIRED -> business = true;
                case PROFILE -> { }
            }
        }
        return product && business || openedAt >= from ? held.get(0).at : NEVER;
    }

    /** The instant for which a wake-up is set, or {@link Profile#NEVER}; whoever sets one keeps it here. */
    public long alarm() {
        return alarm;
    }

    /** Notes for which instant a wake-up is set. */
    public void setAlarm(long instant) {
        alarm = instant;
    }

    /** Takes an event into the state; the detectors that have a signal by it. */
    private int take(Event event) {
        long at = event.at;
        int signals = switch (event.kind) {
            case PROFILE -> {
                profile = event.profile;
                yield 0;
            }
            case SEATS_90 -> Play.SEATS_90;
            case USER_INVITED -> {
                invitees.add(at, event.id, 0);
                yield invitees.reached(at - Play.INVITATIONS_MS, 0) ? Play.INVITATIONS : 0;
            }
            case JOB_POSTED -> {
                if (!buys(event.department)) {
                    yield 0;
                }
                postings.forget(at - Play.HIRING_MS);
                postings.add(at, event.id, event.department);
                yield postings.reached(at - Play.HIRING_MS, event.department) ? Play.HIRING_SURGE : 0;
            }
            case EXECUTIVE_HIRED -> buys(event.department) ? Play.NEW_EXECUTIVE : 0;
        };
        for (int detector = 0; detector < Play.DETECTORS; detector++) {
            if ((signals >> detector & 1) == 1) {
                last[detector] = Math.max(last[detector], at);
            }
        }
        return signals;
    }

    private boolean buys(long department) {
        return profile != null && profile.buys(department);
    }

    /** Goes through an instant that brought signals, or a profile: first revises, then may open (SPEC 3.4). */
    private void evaluate(long at, int signals, Consumer<Opportunity> found) {
        if (openedAt >= at - Play.WINDOW_MS && (signals & ~evidence) != 0) {
            evidence |= signals;
            revision++;
            emit(at, found);
        }
        if (openedAt != NEVER && at - openedAt < Play.COOLDOWN_MS || profile == null) {
            return;
        }
        int inWindow = 0;
        for (int detector = 0; detector < Play.DETECTORS; detector++) {
            if (last[detector] >= at - Play.WINDOW_MS) {
                inWindow |= 1 << detector;
            }
        }
        if ((inWindow & Play.PRODUCT) != 0 && (inWindow & Play.BUSINESS) != 0 && profile.gate(at)) {
            openedAt = at;
            evidence = inWindow;
            revision = 1;
            emit(at, found);
        }
    }

    private void emit(long at, Consumer<Opportunity> found) {
        found.accept(new Opportunity(openedAt, at, revision, evidence, profile.scoreTenths(at)));
    }

    private long lastOf(int detectors) {
        long latest = NEVER;
        for (int detector = 0; detector < Play.DETECTORS; detector++) {
            if ((detectors >> detector & 1) == 1) {
                latest = Math.max(latest, last[detector]);
            }
        }
        return latest;
    }
}
