package bayar.transport.nio;

import bayar.transport.Exchange;
import bayar.transport.MessageHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread and the connections that are pinned to it.
 *
 * <p>A turn reads what has come, hands it to the protocols and the handler, takes the replies that are ready, and sends
 * them, all replies to one connection in one write. Replies come in from other threads on a lock-free stack; whoever
 * wakes the loop does so once until it has come round, since it looks at the stack before it sleeps again.
 */
final class EventLoop implements Runnable, Exchange.Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

    /** No socket write is larger: the JDK keeps a native copy of the largest heap buffer that a thread has written. */
    private static final int OUTPUT_BYTES = 64 * 1_024;

    /** After so many returns of select in a row with nothing to do, the selector is taken for broken. */
    private static final int EMPTY_RETURNS = 512;

    private static final long PAUSE_AFTER_FAILURE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final ThreadLocal<@Nullable EventLoop> ON_A_LOOP = new ThreadLocal<>();

    private final String scheme;
    private final ListenerSettings settings;
    private final Protocol.Factory protocols;
    private final MessageHandler handler;
    private final ConnectionCounts counts;
    private final Traffic traffic;
    private final SystemCalls calls;

    /** For what is read at once, behind as much that a connection has kept. */
    private final ByteBuffer input = ByteBuffer.allocate(2 * Connection.READ_BYTES);

    private final ByteBuffer output = ByteBuffer.allocateDirect(OUTPUT_BYTES);
    private final List<Connection> connections = new ArrayList<>();
    private final ArrayDeque<Connection> touched = new ArrayDeque<>();
    private final ArrayDeque<Connection> again = new ArrayDeque<>();

    private final AtomicReference<@Nullable UnansweredMessage> replies = new AtomicReference<>();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean awake = new AtomicBoolean(true);
    private final AtomicInteger load = new AtomicInteger();
    private final CountDownLatch drained = new CountDownLatch(1);

    private volatile Selector selector;
    private volatile @Nullable Thread thread;
    private volatile boolean stopping;
    private volatile boolean ended;
    private volatile boolean draining;
    private volatile boolean lostReplies;
    private long drainDeadlineNanos;
    private long nowNanos;
    private long sweptNanos;
    private int emptyReturns;

    EventLoop(
            String scheme,
            ListenerSettings settings,
            Protocol.Factory protocols,
            MessageHandler handler,
            ConnectionCounts counts,
            Traffic traffic,
            SystemCalls calls)
            throws IOException {
        this.scheme = scheme;
        this.settings = settings;
        this.protocols = protocols;
        this.handler = handler;
        this.counts = counts;
        this.traffic = traffic;
        this.calls = calls;
        this.selector = Selector.open();
        this.nowNanos = settings.nanoClock().getAsLong();
        this.sweptNanos = nowNanos;
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        ON_A_LOOP.set(this);
        try {
            while (!stopping) {
                try {
                    turn();
                } catch (OutOfMemoryError e) {
                    // Somebody in this process has eaten the heap; a log line would need memory too.
                    LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
                }
            }
        } finally {
            end();
        }
    }

    private void turn() {
        try {
            // Set by a handler, it would make every select return at once, for ever.
            Thread.interrupted();
            awaitWork();
            nowNanos = settings.nanoClock().getAsLong();
            serveReady();
            goOnWithHeld();
            runTasksAfterReplies();
            settleTouched();
            sweepWhenDue();
        } catch (Throwable failure) {
            // A connection's own failures were dealt with; this is the loop's, and all its connections depend on it.
            LOG.error("{}: an event loop goes on after the failure below", scheme, failure);
            LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
        }
    }

    private void awaitWork() throws IOException {
        if (!again.isEmpty() || !touched.isEmpty()) {
            selector.selectNow();
            return;
        }
        awake.set(false);
        // From here on whoever adds work wakes the selector; what was added before is seen here.
        if (!tasks.isEmpty() || replies.get() != null || stopping) {
            awake.set(true);
            selector.selectNow();
            return;
        }
        long millis = waitMillis();
        long beganNanos = System.nanoTime();
        int ready;
        try {
            ready = calls.select(selector, millis);
        } catch (IOException | ClosedSelectorException e) {
            awake.set(true);
            replaceSelector("select failed: " + e);
            return;
        }
        boolean woken = awake.getAndSet(true);
        if (ready > 0 || woken || System.nanoTime() - beganNanos >= TimeUnit.MILLISECONDS.toNanos(millis) / 2) {
            emptyReturns = 0;
        } else if (++emptyReturns >= EMPTY_RETURNS) {
            emptyReturns = 0;
            replaceSelector("select returned " + EMPTY_RETURNS + " times for nothing");
        }
    }

    private long waitMillis() {
        if (!draining) {
            return settings.sweepMillis();
        }
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(
                drainDeadlineNanos - settings.nanoClock().getAsLong());
        return Math.max(1, Math.min(settings.sweepMillis(), leftMillis));
    }

    private void replaceSelector(String why) throws IOException {
        LOG.warn("{}: {}; a new selector takes over", scheme, why);
        Selector old = selector;
        Selector fresh = Selector.open();
        for (int i = connections.size() - 1; i >= 0; i--) {
            guard(connections.get(i), connection -> connection.moveTo(fresh));
        }
        selector = fresh;
        old.close();
    }

    private void serveReady() {
        try {
            for (SelectionKey key : selector.selectedKeys()) {
                guard((Connection) key.attachment(), Connection::ready);
            }
        } finally {
            selector.selectedKeys().clear();
        }
    }

    private void goOnWithHeld() {
        for (int left = again.size(); left > 0; left--) {
            Connection connection = again.remove();
            connection.queuedAgain = false;
            guard(connection, Connection::goOn);
        }
    }

    /** Runs the tasks that are there, but first takes the replies that were queued before them. */
    private void runTasksAfterReplies() {
        int count = tasks.isEmpty() ? 0 : tasks.size();
        takeReplies();
        for (; count > 0; count--) {
            tasks.remove().run();
        }
    }

    private void takeReplies() {
        UnansweredMessage newest = replies.getAndSet(null);
        UnansweredMessage oldest = null;
        while (newest != null) {
            UnansweredMessage older = newest.next;
            newest.next = oldest;
            oldest = newest;
            newest = older;
        }
        while (oldest != null) {
            UnansweredMessage message = oldest;
            oldest = message.next;
            message.next = null;
            guard(message.connection(), connection -> connection.reply(message));
        }
    }

    private void settleTouched() {
        for (int left = touched.size(); left > 0; left--) {
            Connection connection = touched.remove();
            connection.touched = false;
            guard(connection, Connection::settle);
        }
    }

    private void sweepWhenDue() {
        boolean drainIsOver = draining && nowNanos - drainDeadlineNanos >= 0;
        if (!drainIsOver && nowNanos - sweptNanos < TimeUnit.MILLISECONDS.toNanos(settings.sweepMillis())) {
            return;
        }
        sweptNanos = nowNanos;
        for (int i = connections.size() - 1; i >= 0; i--) {
            Connection connection = connections.get(i);
            if (drainIsOver) {
                connection.close();
            } else {
                guard(connection, swept -> swept.checkDeadlines(nowNanos));
            }
        }
    }

    /** What goes wrong with one connection, even an Error, is the end of that connection at most. */
    private static void guard(Connection connection, Step step) {
        if (connection.isClosed()) {
            return;
        }
        try {
            step.take(connection);
        } catch (IOException e) {
            connection.lost(e);
        } catch (Throwable failure) {
            connection.failed(failure);
        }
    }

    private void end() {
        stopping = true;
        try {
            for (int i = connections.size() - 1; i >= 0; i--) {
                connections.get(i).close();
            }
            ended = true;
            dropTasks();
            selector.close();
        } catch (IOException e) {
            LOG.warn("{}: an event loop has ended, but not without an error: {}", scheme, e.getMessage());
        } finally {
            drained.countDown();
        }
    }

    // From any thread.

    EventLoop enqueue(UnansweredMessage message) {
        UnansweredMessage newest;
        do {
            newest = replies.get();
            message.next = newest;
        } while (!replies.compareAndSet(newest, message));
        return this;
    }

    @Override
    public void wake() {
        if (!awake.get() && Thread.currentThread() != thread && awake.compareAndSet(false, true)) {
            calls.wakeup(selector);
        }
    }

    /** Takes a connection that was accepted and counted. */
    void adopt(SocketChannel socket, InetSocketAddress remote) {
        load.incrementAndGet();
        submit(() -> register(socket, remote));
    }

    void submit(Connection connection, Step step) {
        submit(() -> guard(connection, step));
    }

    private void submit(Runnable task) {
        tasks.add(task);
        wake();
        if (ended) {
            dropTasks();
        }
    }

    /** The loop has ended: every connection is closed, and a task for one does nothing. */
    private void dropTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    void drain(long deadlineNanos) {
        submit(() -> {
            if (draining || stopping) {
                return;
            }
            drainDeadlineNanos = deadlineNanos;
            draining = true;
            for (int i = connections.size() - 1; i >= 0; i--) {
                guard(connections.get(i), Connection::closeAfterReplies);
            }
            countDownWhenEmpty();
        });
    }

    /** Waits until no connection is left. */
    void awaitDrained(long nanos) throws InterruptedException {
        drained.await(nanos, TimeUnit.NANOSECONDS);
    }

    boolean hasDrained() {
        return drained.getCount() == 0;
    }

    boolean lostReplies() {
        return lostReplies;
    }

    void stop() {
        stopping = true;
        wake();
    }

    /** Gives back what a loop holds that never ran. */
    void discard() {
        end();
    }

    /** Whether the caller is a callback on an event loop, of whichever transport: it must not wait for one then. */
    static boolean isCallback() {
        return ON_A_LOOP.get() != null;
    }

    int load() {
        return load.get();
    }

    // For its connections.

    private void register(SocketChannel socket, InetSocketAddress remote) {
        Connection connection = null;
        try {
            if (!draining && !stopping) {
                socket.configureBlocking(false);
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                connection = new Connection(this, socket, calls.wire(socket), scheme, remote);
            }
        } catch (IOException e) {
            LOG.debug("{}: a connection was gone before it was served: {}", scheme, e.getMessage());
        } finally {
            if (connection == null) {
                giveUp(socket, remote.getAddress());
            }
        }
        if (connection != null) {
            connection.index = connections.size();
            connections.add(connection);
            guard(connection, fresh -> fresh.begin(selector, protocols));
        }
    }

    private void giveUp(SocketChannel socket, InetAddress from) {
        load.decrementAndGet();
        counts.release(from);
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("{}: a socket was given up, but not without an error: {}", scheme, e.getMessage());
        }
    }

    void closed(Connection connection) {
        Connection last = connections.remove(connections.size() - 1);
        if (last != connection) {
            connections.set(connection.index, last);
            last.index = connection.index;
        }
        load.decrementAndGet();
        counts.release(connection.from());
        if (draining) {
            lostReplies |= connection.owes();
            countDownWhenEmpty();
        }
    }

    private void countDownWhenEmpty() {
        if (connections.isEmpty()) {
            drained.countDown();
        }
    }

    void touch(Connection connection) {
        if (!connection.touched) {
            connection.touched = true;
            touched.add(connection);
        }
    }

    void again(Connection connection) {
        if (!connection.queuedAgain) {
            connection.queuedAgain = true;
            again.add(connection);
        }
    }

    ListenerSettings settings() {
        return settings;
    }

    MessageHandler handler() {
        return handler;
    }

    ConnectionCounts counts() {
        return counts;
    }

    Traffic traffic() {
        return traffic;
    }

    ByteBuffer input() {
        return input;
    }

    ByteBuffer output() {
        return output;
    }

    long nowNanos() {
        return nowNanos;
    }

    /** Something to do with one connection. */
    interface Step {
        void take(Connection connection) throws IOException;
    }
}
