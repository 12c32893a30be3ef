package bayar.engine;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the committer: requests, up to a bound, and what was heard from outside, which has none and goes first.
 * Any thread puts, with one compare-and-set and without ever waiting; the committer's thread takes all that has come at
 * once.
 *
 * <p>Each of the two is a stack of commands linked to each other, which the taker turns round.
 */
final class CommandQueue {
    private final int capacity;
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicReference<@Nullable Command> newest = new AtomicReference<>();
    private final AtomicReference<@Nullable Command> newestOutcome = new AtomicReference<>();
    private volatile boolean isEnding;
    private volatile boolean isShut;
    private volatile @Nullable Thread sleeper;

    /** What was taken from the stacks and is in no batch yet. The committer's alone. */
    private @Nullable Command oldest;

    private @Nullable Command oldestOutcome;

    CommandQueue(int capacity) {
        this.capacity = capacity;
    }

    /** Puts a request; false, and nothing is put, when it is full. */
    boolean offer(Command request) {
        if (size.incrementAndGet() > capacity) {
            size.decrementAndGet();
            return false;
        }
        push(newest, request);
        return true;
    }

    /** Puts what was heard from outside, however much there is already. */
    void put(Command outcome) {
        push(newestOutcome, outcome);
    }

    private void push(AtomicReference<@Nullable Command> stack, Command command) {
        Command before;
        do {
            before = stack.get();
            command.next = before;
        } while (!stack.compareAndSet(before, command));
        wake();
    }

    private void wake() {
        Thread waits = sleeper;
        if (waits != null) {
            sleeper = null;
            LockSupport.unpark(waits);
        }
    }

    /** How many requests wait. */
    int size() {
        return size.get();
    }

    /**
     * Moves what waits to the end of {@code batch}, in the order in which it came, until the batch is full. The
     * committer's thread alone.
     */
    void drainTo(List<Command> batch, int maxCommands, int maxBytes) {
        int bytes = 0;
        int requests = 0;
        while (batch.size() < maxCommands && bytes < maxBytes) {
            Command next = nextOutcome();
            if (next == null) {
                next = nextRequest();
                requests += next == null ? 0 : 1;
            }
            if (next == null) {
                break;
            }
            batch.add(next);
            bytes += next.weightBytes();
        }
        if (requests > 0) {
            size.addAndGet(-requests);
        }
    }

    private @Nullable Command nextOutcome() {
        Command next = oldestOutcome != null ? oldestOutcome : takeAll(newestOutcome);
        oldestOutcome = next == null ? null : unlinked(next);
        return next;
    }

    private @Nullable Command nextRequest() {
        Command next = oldest != null ? oldest : takeAll(newest);
        oldest = next == null ? null : unlinked(next);
        return next;
    }

    private static @Nullable Command unlinked(Command command) {
        Command next = command.next;
        command.next = null;
        return next;
    }

    /** Everything on the stack, from the oldest on. */
    private static @Nullable Command takeAll(AtomicReference<@Nullable Command> stack) {
        Command from = stack.get() == null ? null : stack.getAndSet(null);
        Command to = null;
        while (from != null) {
            Command older = from.next;
            from.next = to;
            to = from;
            from = older;
        }
        return to;
    }

    /**
     * Waits until something is there, or the time is up, or it {@linkplain #end ends}; may return earlier. The committer's
     * thread alone.
     *
     * @param millis how long at most; {@link Long#MAX_VALUE} for ever
     * @throws InterruptedException if the thread was interrupted
     */
    void await(long millis) throws InterruptedException {
        sleeper = Thread.currentThread();
        // From here on whoever puts something wakes; what was put before is seen here.
        if (newest.get() == null && newestOutcome.get() == null && !isEnding) {
            if (millis == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(millis));
            }
        }
        sleeper = null;
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /** The taker is to end once nothing is left. */
    void end() {
        isEnding = true;
        wake();
    }

    /** Whether the taker is to end. */
    boolean isEnding() {
        return isEnding;
    }

    /** Nobody will take any more: whoever puts something from now on has to {@linkplain #takeBack take it back}. */
    void shut() {
        isShut = true;
    }

    /** Whether nobody takes any more. To be asked after putting something. */
    boolean isShut() {
        return isShut;
    }

    /** Adds to {@code commands} what nobody will take. From any thread, once it is shut. */
    void takeBack(List<Command> commands) {
        for (Command next = takeAll(newestOutcome); next != null; next = unlinked(next)) {
            commands.add(next);
        }
        int outcomes = commands.size();
        for (Command next = takeAll(newest); next != null; next = unlinked(next)) {
            commands.add(next);
        }
        size.addAndGet(outcomes - commands.size());
    }
}
