package springtide.peers.streams;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import springtide.peers.Account;
import springtide.peers.AccountCodec;
import springtide.peers.Event;
import springtide.peers.Opportunity;
import springtide.peers.Profile;

/**
 * The play over the records of one topic. The three processors of a task share its stores: the accounts, and, where
 * records may be out of order, the instants at which one of them must be looked at again, in order of time.
 */
final class PlayProcessor implements Processor<byte[], byte[], byte[], byte[]>, Consumer<Opportunity> {
    static final String ACCOUNTS = "accounts";
    static final String ALARMS = "alarms";

    private static final Duration DRAIN_EVERY = Duration.ofMillis(100);
    /** Alarms are looked for this often in the time of disorder: more often finds the same, but sooner. */
    private static final long CHECKS_A_DISORDER = 2;
    private static final byte[] PRESENT = {1};

    /** Reads a value; says whether a rule reads it. */
    interface Reading {
        boolean read(byte[] value, Event into);
    }

    private final Reading reading;
    private final long disorderMs;
    private final boolean watchesAlarms;
    private final Progress progress;
    private final Event event = new Event();
    private final Account account = new Account();
    private final AccountCodec codec = new AccountCodec();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], byte[]> accounts;
    private KeyValueStore<byte[], byte[]> alarms;
    private Cancellable drain;
    private byte[] key;
    private long events;

    /** One of a task's processors watches the alarms. */
    PlayProcessor(Reading reading, long disorderMs, boolean watchesAlarms, Progress progress) {
        this.reading = reading;
        this.disorderMs = disorderMs;
        this.watchesAlarms = watchesAlarms;
        this.progress = progress;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        accounts = context.getStateStore(ACCOUNTS);
        if (disorderMs == 0) {
            return;
        }
        alarms = context.getStateStore(ALARMS);
        if (watchesAlarms) {
            Duration every = Duration.ofMillis(Math.max(disorderMs / CHECKS_A_DISORDER, 1));
            context.schedule(every, PunctuationType.STREAM_TIME, now -> settleDue(now - disorderMs));
            drain = context.schedule(DRAIN_EVERY, PunctuationType.WALL_CLOCK_TIME, now -> drain());
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        events++;
        if (!reading.read(record.value(), event)) {
            return;
        }
        key = record.key();
        event.at = record.timestamp();
        codec.read(accounts.get(key), account);
        if (disorderMs == 0) {
            account.apply(event, this);
        } else {
            account.settle(context.currentStreamTimeMs() - disorderMs, this);
            account.hold(event);
            setAlarm();
        }
        accounts.put(key, codec.write(account));
    }

    @Override
    public void accept(Opportunity found) {
        context.forward(new Record<>(key, found.json(key), found.at));
    }

    private void setAlarm() {
        if (account.alarm() != Profile.NEVER) {
            return;
        }
        long at = account.wakeAt();
        if (at != Profile.NEVER) {
            account.setAlarm(at);
            alarms.put(ByteBuffer.allocate(Long.BYTES + key.length).putLong(at).put(key).array(), PRESENT);
        }
    }

    /** Settles the accounts whose alarms are from before an instant. */
    private void settleDue(long before) {
        byte[] end = ByteBuffer.allocate(Long.BYTES).putLong(before).array();
        List<byte[]> due = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> found = alarms.range(null, end)) {
            while (found.hasNext()) {
                KeyValue<byte[], byte[]> alarm = found.next();
                due.add(alarm.key);
            }
        }
        for (byte[] alarm : due) {
            alarms.delete(alarm);
            key = Arrays.copyOfRange(alarm, Long.BYTES, alarm.length);
            codec.read(accounts.get(key), account);
            account.setAlarm(Profile.NEVER);
            account.settle(before, this);
            setAlarm();
            accounts.put(key, codec.write(account));
        }
    }

    private void drain() {
        if (progress.ended) {
            settleDue(Long.MAX_VALUE);
            drain.cancel();
            progress.drained.incrementAndGet();
        }
    }

    @Override
    public void close() {
        progress.events.add(events);
        events = 0;
    }
}
