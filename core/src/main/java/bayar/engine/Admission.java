package bayar.engine;

import bayar.transport.Peer;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the wait short when more comes than can be done: bounds how many requests wait by how long those before them did
 * (as CoDel bounds a queue of packets: Nichols and Jacobson, <i>Controlling Queue Delay</i>, ACM Queue 10(5), 2012), and
 * says which peers are not to be read meanwhile, or are to be told {@code overloaded} by a transport that reads on: those
 * that have more than their share unanswered. Whoever keeps to {@value #ALWAYS_FAIR} at a time is not among them, unless
 * half the queue is taken.
 *
 * <p>The bound falls when a request has waited too long that came after the last time it fell, so that one wait counts
 * once; else it grows by an eighth with each batch. A wait is too long at 10 ms, or at twice the quickest commit where the
 * store is slower than that.
 */
final class Admission {
    /** How many unanswered requests of one peer are its fair share however many peers there are. */
    static final int ALWAYS_FAIR = 32;

    private static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int LEAST = 1024;
    private static final int GROWTH_DIVISOR = 8;
    private static final int FORGET_DIVISOR = 256;

    private final CommandQueue queue;
    private final int capacity;
    /** Written by the committer's thread alone, as what follows. */
    private volatile int bound;

    private long fellNanos;
    private long quickestCommitNanos = Long.MAX_VALUE;

    Admission(CommandQueue queue, int capacity, long nowNanos) {
        this.queue = queue;
        this.capacity = capacity;
        this.bound = capacity;
        this.fellNanos = nowNanos;
    }

    /** Whether more waits than should, so that each message is to be looked at before work is put into it. */
    boolean isCongested() {
        return queue.size() > bound;
    }

    /** How many requests of this peer may be unanswered while it is {@linkplain #isCongested congested}. */
    int share(Peer peer) {
        int peers = Math.max(1, peer.busyPeers());
        boolean isFilling = queue.size() > capacity / 2;
        return isFilling ? Math.max(1, capacity / 2 / peers) : Math.max(ALWAYS_FAIR, bound / peers);
    }

    /** Whether this peer has more unanswered than its share while it is {@linkplain #isCongested congested}. */
    boolean isOverShare(Peer peer) {
        return peer.unanswered() > share(peer);
    }

    /** How many may wait now. */
    int bound() {
        return bound;
    }

    /**
     * A batch was taken. The committer's thread.
     *
     * @param waiting how many requests waited, those in the batch included
     * @param arrivedNanos when the oldest of them came
     */
    void took(int waiting, long arrivedNanos, long nowNanos) {
        long waitedNanos = nowNanos - arrivedNanos;
        long longWaitNanos =
                Math.max(LONG_WAIT_NANOS, quickestCommitNanos == Long.MAX_VALUE ? 0 : 2 * quickestCommitNanos);
        if (waitedNanos <= longWaitNanos) {
            bound = Math.min(capacity, bound + bound / GROWTH_DIVISOR + 1);
        } else if (arrivedNanos - fellNanos >= 0) {
            fellNanos = nowNanos;
            int now = Math.min(bound, waiting);
            long wanted = Math.max(now / 2, now * longWaitNanos / waitedNanos);
            bound = (int) Math.max(Math.min(LEAST, capacity), wanted);
        }
    }

    /** A batch was made durable. The committer's thread. */
    void committed(long commitNanos) {
        // Forgotten slowly, since a disk may become slower for good.
        long forgetting = quickestCommitNanos == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : quickestCommitNanos + quickestCommitNanos / FORGET_DIVISOR + 1;
        quickestCommitNanos = Math.min(commitNanos, forgetting);
    }
}
