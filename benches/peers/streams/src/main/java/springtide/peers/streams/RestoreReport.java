package springtide.peers.streams;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** How much was restored and how long it took, from the first store's beginning to the last one's end. */
final class RestoreReport implements StateRestoreListener {
    private long records;
    private long began;
    private long ended;
    private int open;

    @Override
    public synchronized void onRestoreStart(TopicPartition partition, String store, long from, long to) {
        if (began == 0) {
            began = System.nanoTime();
        }
        open++;
    }

    @Override
    public synchronized void onBatchRestored(TopicPartition partition, String store, long to, long count) {
        records += count;
    }

    @Override
    public synchronized void onRestoreEnd(TopicPartition partition, String store, long total) {
        ended = System.nanoTime();
        open--;
    }

    @Override
    public synchronized void onRestoreSuspended(TopicPartition partition, String store, long total) {
        open--;
    }

    /** Says so once all has ended, and starts anew. */
    synchronized void say() {
        if (began != 0 && open == 0) {
            System.err.println("restored=" + records + " records ms=" + (ended - began) / 1_000_000);
            began = 0;
            records = 0;
        }
    }
}
