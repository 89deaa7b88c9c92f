package springtide.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AccountTest {
    private static final long HOUR_MS = 3_600_000L;
    private static final long DAY_MS = 24 * HOUR_MS;
    private static final long START = 1_780_272_000_000L;
    private static final String[] NAMES = {"hiring_surge", "invitations", "new_executive", "seats_90"};

    @Test
    void inOrderFindsWhatTheNaivePlayFinds() {
        int lines = 0;
        int revisions = 0;
        for (int seed = 0; seed < 2_000; seed++) {
            List<Event> events = events(new Random(seed));
            List<String> found = new ArrayList<>();
            Account account = new Account();
            for (Event event : events) {
                account.apply(event, collect(found));
                account = copy(account);
            }
            List<String> expected = new NaivePlay(events).found();
            assertEquals(expected, found, "seed " + seed);
            lines += expected.size();
            revisions += (int) expected.stream().filter(line -> line.contains(" 2 [")).count();
        }
        assertTrue(lines > 2_000 && revisions > 200, lines + " lines, " + revisions + " revisions");
    }

    @Test
    void outOfOrderFindsTheSame() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            long disorder = HOUR_MS * (1 + random.nextInt(72));
            List<Event> events = events(random);
            List<Event> arrivals = new ArrayList<>(events);
            List<Long> due = new ArrayList<>();
            events.forEach(event -> due.add(event.at + random.nextLong(disorder)));
            arrivals.sort(Comparator.comparingLong(event -> due.get(events.indexOf(event))));
            List<String> found = new ArrayList<>();
            // Touched only by its events and the alarm that it asks for, as an engine does.
            Account account = new Account();
            long high = Long.MIN_VALUE;
            for (Event event : arrivals) {
                high = Math.max(high, event.at);
                long before = high - disorder;
                if (account.alarm() != Profile.NEVER && account.alarm() < before) {
                    account.settle(before, collect(found));
                    account.setAlarm(account.wakeAt());
                }
                if (random.nextBoolean()) {
                    account.settle(before, collect(found));
                }
                account.hold(event);
                if (account.alarm() == Profile.NEVER) {
                    account.setAlarm(account.wakeAt());
                }
                account = copy(account);
            }
            if (account.alarm() != Profile.NEVER) {
                account.settle(Long.MAX_VALUE, collect(found));
            }
            assertEquals(new NaivePlay(events).found(), found, "seed " + seed);
        }
    }

    private static Account copy(Account account) {
        AccountCodec codec = new AccountCodec();
        Account copy = new Account();
        codec.read(codec.write(account), copy);
        return copy;
    }

    private static Consumer<Opportunity> collect(List<String> found) {
        return opportunity -> {
            TreeSet<String> names = new TreeSet<>();
            for (int detector = 0; detector < NAMES.length; detector++) {
                if ((opportunity.evidence >> detector & 1) == 1) {
                    names.add(NAMES[detector]);
                }
            }
            found.add(opportunity.openedAt + " " + opportunity.revision + " " + names + " " + opportunity.scoreTenths);
        };
    }

    /** Events of 90 days, no two at one time, dense enough for all that can happen. */
    private static List<Event> events(Random random) {
        int count = 5 + random.nextInt(120);
        TreeSet<Long> times = new TreeSet<>();
        while (times.size() < count) {
            // Whole hours hit the windows' ends.
            times.add(START + HOUR_MS * random.nextInt(90 * 24));
        }
        List<Event> events = new ArrayList<>();
        for (long at : times) {
            Event event = new Event();
            int draw = random.nextInt(100);
            if (events.isEmpty() && random.nextInt(5) > 0 || draw < 4) {
                event.set(profile(random));
            } else if (draw < 15) {
                event.set(Event.Kind.SEATS_90, 0, 0);
            } else if (draw < 60) {
                event.set(Event.Kind.USER_INVITED, random.nextInt(8), 0);
            } else if (draw < 92) {
                event.set(Event.Kind.JOB_POSTED, random.nextInt(6), random.nextInt(3));
            } else {
                event.set(Event.Kind.EXECUTIVE_HIRED, 0, random.nextInt(3));
            }
            event.at = at;
            events.add(event);
        }
        return events;
    }

    private static Profile profile(Random random) {
        Profile profile = new Profile();
        profile.mrr = random.nextInt(20_000);
        profile.healthScore = 50 + random.nextInt(50);
        profile.firstValueAt = START - random.nextInt(400) * DAY_MS;
        profile.lastExpansionAt = random.nextInt(3) == 0 ? START - random.nextInt(200) * DAY_MS : Profile.NEVER;
        profile.renewalAt = START + random.nextInt(300) * DAY_MS;
        profile.champion = random.nextInt(4);
        profile.buyerDepartments = new long[] {random.nextInt(3), random.nextInt(3)};
        return profile;
    }
}
