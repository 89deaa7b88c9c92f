package springtide.peers.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlayTopologyTest {
    private static final Instant START = Instant.parse("2026-06-10T00:00:00Z");
    private static final List<String> EXPECTED = List.of(
            "acme {\"account_id\":\"acme\",\"play\":\"seat-expansion\",\"opened_at\":\"2026-06-10T02:00:00.000Z\","
                    + "\"revision\":1,\"detectors\":[\"new_executive\",\"seats_90\"],\"score\":84.7}",
            "acme {\"account_id\":\"acme\",\"play\":\"seat-expansion\",\"opened_at\":\"2026-06-10T02:00:00.000Z\","
                    + "\"revision\":2,\"detectors\":[\"invitations\",\"new_executive\",\"seats_90\"],\"score\":84.7}");

    @TempDir
    Path folder;

    @Test
    void inOrderIsFoundAtOnce() {
        assertEquals(EXPECTED, run(0, List.of(2, 3, 4, 5, 6, 7)));
    }

    @Test
    void outOfOrderIsFoundOnceSettled() {
        assertEquals(EXPECTED, run(4 * 3_600_000L, List.of(5, 2, 7, 4, 3, 6)));
    }

    /** Seats in the first hour, then an executive and five invitations, one an hour, in an order of arrival. */
    private List<String> run(long disorderMs, List<Integer> hours) {
        Arguments arguments = new Arguments(
                "none:1", "test", "t-", "json", "out", folder.toString(), 100, 1, disorderMs, true);
        Progress progress = new Progress();
        Properties settings = Settings.of(arguments);
        List<String> found = new ArrayList<>();
        try (TopologyTestDriver driver = new TopologyTestDriver(PlayTopology.of(arguments, progress), settings)) {
            send(driver, "t-account-profiles", 0, "\"mrr\":4000,\"health_score\":85,\"champion\":\"strong\","
                    + "\"first_value_at\":\"2025-06-01T00:00:00.000Z\",\"renewal_at\":\"2026-08-20T00:00:00.000Z\","
                    + "\"buyer_departments\":[\"sales\"]");
            send(driver, "t-product-usage", 1, "\"type\":\"seat_snapshot\",\"seats_used\":9,\"seats_licensed\":10");
            for (int hour : hours) {
                if (hour == 2) {
                    send(driver, "t-business-signals", hour,
                            "\"type\":\"executive_hired\",\"seniority\":\"vp\",\"department\":\"sales\"");
                } else {
                    send(driver, "t-product-usage", hour, "\"type\":\"user_invited\",\"invitee\":\"guest-" + hour + "\"");
                }
            }
            progress.ended = true;
            driver.advanceWallClockTime(Duration.ofSeconds(1));
            TestOutputTopic<String, String> output =
                    driver.createOutputTopic("out", new StringDeserializer(), new StringDeserializer());
            output.readKeyValuesToList().forEach(record -> found.add(record.key + " " + record.value));
        }
        assertEquals(hours.size() + 2, progress.events.sum());
        return found;
    }

    private static void send(TopologyTestDriver driver, String topic, int hour, String fields) {
        TestInputTopic<String, String> input =
                driver.createInputTopic(topic, new StringSerializer(), new StringSerializer());
        input.pipeInput("acme", "{" + fields + "}", START.plus(Duration.ofHours(hour)));
    }
}
