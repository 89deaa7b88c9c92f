package springtide.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OpportunityTest {
    private static final DateTimeFormatter MILLIS = new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    @Test
    void theGoldenCase() {
        Profile profile = new Profile();
        profile.mrr = 5_000.0 / 12.0 / 0.20;
        profile.healthScore = 85.0;
        profile.renewalAt = 60L * 86_400_000L;
        profile.champion = 3;
        assertEquals(830, profile.scoreTenths(0));
        Opportunity opportunity = new Opportunity(1_772_443_800_250L, 0, 2, Play.SEATS_90 | Play.HIRING_SURGE, 830);
        String expected = "{\"account_id\":\"ac\\\"me\",\"play\":\"seat-expansion\",\"opened_at\":\"2026-03-02T09:30:00.250Z\","
                + "\"revision\":2,\"detectors\":[\"hiring_surge\",\"seats_90\"],\"score\":83.0}";
        byte[] json = opportunity.json("ac\"me".getBytes(StandardCharsets.UTF_8));
        assertEquals(expected, new String(json, StandardCharsets.UTF_8));
    }

    @Test
    void timesAreWrittenAndReadAsTheCalendarDoes() {
        Random random = new Random(3);
        byte[] written = new byte[24];
        for (int i = 0; i < 10_000; i++) {
            long millis = random.nextLong(-60_000_000_000_000L, 250_000_000_000_000L);
            String text = MILLIS.format(Instant.ofEpochMilli(millis));
            assertEquals(24, Rfc3339.write(millis, written, 0));
            assertEquals(text, new String(written, StandardCharsets.US_ASCII));
            assertEquals(millis, Rfc3339.parse(text.toCharArray(), 0, text.length()));
        }
        assertEquals(1_772_443_800_000L, parse("2026-03-02T10:30:00+01:00"));
        assertEquals(1_772_443_800_123L, parse("2026-03-02T09:30:00.123987Z"));
        for (String bad : new String[] {"", "2026-03-02", "2026-03-02T09:30:00.000", "2026-03-0xT09:30:00Z"}) {
            assertThrows(BadRecord.class, () -> parse(bad));
        }
    }

    private static long parse(String text) {
        return Rfc3339.parse(text.toCharArray(), 0, text.length());
    }
}
