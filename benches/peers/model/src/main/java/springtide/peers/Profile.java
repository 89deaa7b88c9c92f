package springtide.peers;

/** What the gate, the detectors and the score read of an account's profile. */
public final class Profile {
    /** The instant of what never happened. */
    public static final long NEVER = Long.MIN_VALUE;

    private static final double DAY_MS = 86_400_000.0;
    private static final double[] CHAMPION_POINTS = {0, 25, 50, 75};

    /** Monthly recurring revenue. */
    public double mrr;
    /** 0 to 100; not a number where there is none. */
    public double healthScore = Double.NaN;
    /** When the product first proved its worth, or {@link #NEVER}; the same holds for the others. */
    public long firstValueAt = NEVER;
    /** Next renewal. */
    public long renewalAt = NEVER;
    /** Last time the customer bought more. */
    public long lastExpansionAt = NEVER;
    /** 0 none, 1 weak, 2 moderate, 3 strong. */
    public int champion;
    /** Fingerprints of the departments that buy. */
    public long[] buyerDepartments = {};

    /** A profile with nothing in it. */
    public Profile() {}

    static int champion(String name) {
        return switch (name) {
            case "weak" -> 1;
            case "moderate" -> 2;
            case "strong" -> 3;
            default -> 0;
        };
    }

    boolean buys(long department) {
        for (long buyer : buyerDepartments) {
            if (buyer == department) {
                return true;
            }
        }
        return false;
    }

    /** The default gate (SPEC 3.6) at an instant. */
    public boolean gate(long at) {
        return healthScore > 60.0
                && (lastExpansionAt == NEVER || (at - lastExpansionAt) / DAY_MS > 90.0)
                && firstValueAt != NEVER
                && (at - firstValueAt) / DAY_MS >= 90.0;
    }

    /** Ten times the score at an instant (SPEC 3.7), which has one decimal. */
    public long scoreTenths(long at) {
        double health = Double.isNaN(healthScore) ? 0.0 : healthScore;
        double timing = renewalAt == NEVER || renewalAt < at ? 50.0 : timing((renewalAt - at) / DAY_MS);
        double score = 0.40 * potential(mrr * 12.0 * 0.20) + 0.30 * health + 0.20 * timing
                + 0.10 * CHAMPION_POINTS[champion];
        return (long) Math.floor((score + 1e-9) * 10.0 + 0.5);
    }

    private static double potential(double yearly) {
        if (yearly <= 1_000.0) {
            return line(yearly, 0.0, 0.0, 1_000.0, 40.0);
        }
        if (yearly <= 5_000.0) {
            return line(yearly, 1_000.0, 40.0, 5_000.0, 80.0);
        }
        return yearly <= 20_000.0 ? line(yearly, 5_000.0, 80.0, 20_000.0, 100.0) : 100.0;
    }

    private static double timing(double days) {
        if (days <= 60.0) {
            return line(days, 0.0, 100.0, 60.0, 90.0);
        }
        if (days <= 90.0) {
            return line(days, 60.0, 90.0, 90.0, 80.0);
        }
        if (days <= 180.0) {
            return line(days, 90.0, 80.0, 180.0, 50.0);
        }
        return days <= 365.0 ? line(days, 180.0, 50.0, 365.0, 20.0) : 20.0;
    }

    private static double line(double x, double x0, double y0, double x1, double y1) {
        return y0 + (x - x0) * (y1 - y0) / (x1 - x0);
    }
}
