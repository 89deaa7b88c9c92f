package springtide.peers.streams;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What the processors and whoever watches them tell each other. */
final class Progress {
    /** Records processed, by processors that are closed. */
    final LongAdder events = new LongAdder();
    /** Tasks that have settled what they held, since {@link #ended}. */
    final AtomicInteger drained = new AtomicInteger();
    /** Whether nothing more comes: what is held may be settled. */
    volatile boolean ended;
}
