package springtide.peers.streams;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** The play on Kafka Streams, until it has caught up or is told to end. */
public final class Main {
    private static final Duration CLOSE_WITHIN = Duration.ofMinutes(2);
    private static final long LOOK_EVERY_MS = 200;

    private final Arguments arguments;
    private final Progress progress = new Progress();
    private final RestoreReport restored = new RestoreReport();
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile Throwable failure;

    private Main(Arguments arguments) {
        this.arguments = arguments;
    }

    /** Starts it. */
    public static void main(String[] words) throws InterruptedException {
        Arguments arguments;
        try {
            arguments = Arguments.read(words);
        } catch (IllegalArgumentException mistake) {
            System.err.println(mistake.getMessage() + "\n" + Arguments.USAGE);
            System.exit(2);
            return;
        }
        Main main = new Main(arguments);
        CountDownLatch done = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            main.stop.countDown();
            await(done);
        }));
        boolean good = false;
        try {
            good = main.run();
        } catch (ExecutionException | RuntimeException error) {
            System.err.println("failed: " + error);
        }
        done.countDown();
        if (!good) {
            System.exit(1);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean run() throws ExecutionException, InterruptedException {
        Properties settings = Settings.of(arguments);
        try (Admin admin = admin(); KafkaStreams streams = new KafkaStreams(PlayTopology.of(arguments, progress), settings)) {
            CaughtUp caughtUp = arguments.untilCaughtUp() ? new CaughtUp(admin, arguments) : null;
            streams.setGlobalStateRestoreListener(restored);
            streams.setStateListener((now, before) -> {
                if (now == KafkaStreams.State.RUNNING) {
                    restored.say();
                    running.countDown();
                }
            });
            streams.setUncaughtExceptionHandler(error -> {
                failure = error;
                stop.countDown();
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            streams.start();
            waitFor(streams, caughtUp);
            boolean closed = streams.close(CloseOptions
                    .groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                    .withTimeout(CLOSE_WITHIN));
            if (failure != null || !closed) {
                System.err.println(failure == null ? "not closed within " + CLOSE_WITHIN : "failed: " + failure);
                return false;
            }
            System.out.println("events=" + progress.events.sum());
            return true;
        }
    }

    private Admin admin() {
        Properties settings = new Properties();
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.bootstrapServers());
        settings.put(AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return Admin.create(settings);
    }

    /** Until it is told to end, or has caught up and then settled what it held; the close commits that. */
    private void waitFor(KafkaStreams streams, CaughtUp caughtUp) throws ExecutionException, InterruptedException {
        if (caughtUp == null) {
            stop.await();
            return;
        }
        boolean ended = false;
        while (!ended && !stop.await(LOOK_EVERY_MS, TimeUnit.MILLISECONDS)) {
            // A group that had caught up before restores its state all the same.
            ended = running.getCount() == 0 && caughtUp.now();
        }
        progress.ended = ended;
        int tasks = streams.metadataForLocalThreads().stream().mapToInt(thread -> thread.activeTasks().size()).sum();
        while (arguments.disorderMs() > 0 && ended && progress.drained.get() < tasks) {
            ended = !stop.await(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }
}
