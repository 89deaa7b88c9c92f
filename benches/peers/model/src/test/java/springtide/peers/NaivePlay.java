package springtide.peers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The play as SPEC 3.3 and 3.4 say it, over all events of an account, with nothing kept from one instant to the next. */
final class NaivePlay {
    private static final long DAY_MS = 86_400_000L;

    private record Signal(String detector, long at) {}

    private final List<Event> events;
    private final List<Signal> signals = new ArrayList<>();

    NaivePlay(List<Event> events) {
        this.events = new ArrayList<>(events);
        this.events.sort(Comparator.<Event>comparingLong(event -> event.at).thenComparing(event -> event.kind));
        for (Event event : this.events) {
            String detector = detector(event);
            if (detector != null) {
                signals.add(new Signal(detector, event.at));
            }
        }
    }

    /** What is found, a line each: opened at, revision, detectors, score. */
    List<String> found() {
        List<String> lines = new ArrayList<>();
        Set<String> evidence = new TreeSet<>();
        Long opened = null;
        int revision = 0;
        TreeSet<Long> instants = new TreeSet<>();
        signals.forEach(signal -> instants.add(signal.at));
        events.stream().filter(event -> event.kind == Event.Kind.PROFILE).forEach(event -> instants.add(event.at));
        for (long at : instants) {
            Set<String> now = detectors(at, at);
            if (opened != null && opened >= at - 5 * DAY_MS && !evidence.containsAll(now)) {
                evidence.addAll(now);
                lines.add(line(opened, ++revision, evidence, at));
            }
            Set<String> window = detectors(at - 5 * DAY_MS, at);
            boolean product = window.contains("seats_90") || window.contains("invitations");
            boolean business = window.contains("hiring_surge") || window.contains("new_executive");
            boolean cooling = opened != null && at - opened < 30 * DAY_MS;
            if (product && business && !cooling && profile(at) != null && profile(at).gate(at)) {
                opened = at;
                evidence = window;
                revision = 1;
                lines.add(line(opened, revision, evidence, at));
            }
        }
        return lines;
    }

    private String line(long opened, int revision, Set<String> evidence, long at) {
        return opened + " " + revision + " " + evidence + " " + profile(at).scoreTenths(at);
    }

    private Set<String> detectors(long from, long to) {
        Set<String> found = new TreeSet<>();
        signals.stream().filter(signal -> signal.at >= from && signal.at <= to).forEach(signal -> found.add(signal.detector));
        return found;
    }

    private Profile profile(long at) {
        Profile latest = null;
        for (Event event : events) {
            if (event.kind == Event.Kind.PROFILE && event.at <= at) {
                latest = event.profile;
            }
        }
        return latest;
    }

    private boolean buys(Event event) {
        Profile profile = profile(event.at);
        return profile != null && profile.buys(event.department);
    }

    private String detector(Event event) {
        return switch (event.kind) {
            case PROFILE -> null;
            case SEATS_90 -> "seats_90";
            case EXECUTIVE_HIRED -> buys(event) ? "new_executive" : null;
            case USER_INVITED -> distinct(event, 7) >= 5 ? "invitations" : null;
            case JOB_POSTED -> buys(event) && distinct(event, 30) >= 3 ? "hiring_surge" : null;
        };
    }

    private int distinct(Event event, int days) {
        Set<Long> ids = new HashSet<>();
        for (Event other : events) {
            boolean matches = other.kind == event.kind && other.department == event.department
                    && (event.kind != Event.Kind.JOB_POSTED || buys(other));
            if (matches && other.at <= event.at && other.at >= event.at - days * DAY_MS) {
                ids.add(other.id);
            }
        }
        return ids.size();
    }
}
