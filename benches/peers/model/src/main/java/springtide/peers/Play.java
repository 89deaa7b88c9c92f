package springtide.peers;

/** The play {@code seat-expansion}: its detectors, which are bits of a set, and its constants (SPEC 3.3, 3.4). */
public final class Play {
    /** At least three postings of a buying department in 30 days. */
    public static final int HIRING_SURGE = 1;
    /** At least five invitees in 7 days. */
    public static final int INVITATIONS = 2;
    /** A VP or above in a buying department. */
    public static final int NEW_EXECUTIVE = 4;
    /** Seats at 90 %. */
    public static final int SEATS_90 = 8;

    /** How many detectors there are; in the order of their names, as their bits are. */
    public static final int DETECTORS = 4;
    /** The detectors of the product side. */
    public static final int PRODUCT = INVITATIONS | SEATS_90;
    /** The detectors of the business side. */
    public static final int BUSINESS = HIRING_SURGE | NEW_EXECUTIVE;

    static final int INVITEES = 5;
    static final int POSTINGS = 3;

    private static final long DAY_MS = 86_400_000L;
    /** How far apart the two sides may be, inclusive. */
    public static final long WINDOW_MS = 5 * DAY_MS;
    /** How long after an opening there is no other. */
    public static final long COOLDOWN_MS = 30 * DAY_MS;
    static final long INVITATIONS_MS = 7 * DAY_MS;
    static final long HIRING_MS = 30 * DAY_MS;

    private Play() {}

    /** Whether a snapshot is a signal; one without a limit is none. */
    static boolean seats90(double used, double licensed) {
        return licensed > 0.0 && used / licensed >= 0.9;
    }
}
