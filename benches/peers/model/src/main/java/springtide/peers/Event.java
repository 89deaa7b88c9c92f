package springtide.peers;

/** An event that a rule reads, reduced to what the rules need of it. Mutable: a reader fills one again and again. */
public final class Event {
    /** What an event is. The order is that in which events of one instant are applied: the profile holds for all. */
    public enum Kind {
        /** A whole profile. */
        PROFILE,
        /** Seats at 90 % or more of those licensed. */
        SEATS_90,
        /** A user invited; {@link #id} is the invitee. */
        USER_INVITED,
        /** A job posted; {@link #id} is the posting. */
        JOB_POSTED,
        /** An executive hired, VP or above. */
        EXECUTIVE_HIRED;

        static final Kind[] ALL = values();
    }

    /** What it is. */
    public Kind kind;
    /** When it happened, in milliseconds since 1970. */
    public long at;
    /** A {@link Fingerprint} of the invitee or the posting. */
    public long id;
    /** A {@link Fingerprint} of the department. */
    public long department;
    /** The profile, of {@link Kind#PROFILE}. */
    public Profile profile;

    /** An event with nothing in it yet. */
    public Event() {}

    void set(Kind kind, long id, long department) {
        this.kind = kind;
        this.id = id;
        this.department = department;
        this.profile = null;
    }

    void set(Profile profile) {
        this.kind = Kind.PROFILE;
        this.id = 0;
        this.department = 0;
        this.profile = profile;
    }
}
