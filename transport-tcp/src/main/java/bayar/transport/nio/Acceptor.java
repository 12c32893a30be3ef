package bayar.transport.nio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that accepts connections and gives each to the loop that has the fewest.
 *
 * <p>Nothing that goes wrong with accepting ends it, running out of descriptors least of all: it waits, longer each time
 * up to a second, and tries again.
 */
final class Acceptor implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long WAIT_MILLIS = 20;

    private final String scheme;
    private final ListenerSettings settings;
    private final List<EventLoop> loops;
    private final ConnectionCounts counts;
    private final Traffic traffic;
    private final SystemCalls calls;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final SelectionKey key;

    private volatile boolean stopping;
    private double permits;
    private long permitsNanos;
    private long pauseNanos;
    private long pausedNanos;

    Acceptor(
            String scheme,
            ListenerSettings settings,
            List<EventLoop> loops,
            ConnectionCounts counts,
            Traffic traffic,
            SystemCalls calls,
            ServerSocketChannel listener)
            throws IOException {
        this.scheme = scheme;
        this.settings = settings;
        this.loops = loops;
        this.counts = counts;
        this.traffic = traffic;
        this.calls = calls;
        this.listener = listener;
        this.permits = settings.acceptsPerSecond();
        this.permitsNanos = settings.nanoClock().getAsLong();
        listener.configureBlocking(false);
        selector = Selector.open();
        key = listener.register(selector, 0);
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                try {
                    turn();
                } catch (OutOfMemoryError e) {
                    // Somebody in this process has eaten the heap; a log line would need memory too.
                    LockSupport.parkNanos(FIRST_PAUSE_NANOS);
                }
            }
        } finally {
            discard();
        }
    }

    private void turn() {
        try {
            Thread.interrupted();
            long nowNanos = settings.nanoClock().getAsLong();
            refill(nowNanos);
            boolean pausing = pauseNanos > 0 && nowNanos - pausedNanos < pauseNanos;
            if (permits < 1 || pausing) {
                key.interestOps(0);
                calls.select(selector, WAIT_MILLIS);
            } else {
                key.interestOps(SelectionKey.OP_ACCEPT);
                calls.select(selector, 0);
                selector.selectedKeys().clear();
                acceptAll();
            }
        } catch (IOException | RuntimeException failure) {
            LOG.error("{}: the acceptor goes on after the failure below", scheme, failure);
            LockSupport.parkNanos(FIRST_PAUSE_NANOS);
        }
    }

    private void refill(long nowNanos) {
        double perSecond = settings.acceptsPerSecond();
        permits = Math.min(perSecond, permits + perSecond * (nowNanos - permitsNanos) / SECOND_NANOS);
        permitsNanos = nowNanos;
    }

    private void acceptAll() {
        try {
            while (!stopping && permits >= 1) {
                SocketChannel socket = calls.accept(listener);
                if (socket == null) {
                    return;
                }
                permits--;
                place(socket);
                if (pauseNanos > 0) {
                    LOG.info("{}: connections are accepted again", scheme);
                    pauseNanos = 0;
                }
            }
        } catch (IOException | RuntimeException | Error failure) {
            if (stopping) {
                return;
            }
            if (pauseNanos == 0) {
                LOG.warn(
                        "{}: no connection can be accepted now: {}; tried again until it works",
                        scheme,
                        failure.toString());
            }
            pausedNanos = settings.nanoClock().getAsLong();
            pauseNanos = pauseNanos == 0 ? FIRST_PAUSE_NANOS : Math.min(SECOND_NANOS, 2 * pauseNanos);
        }
    }

    private void place(SocketChannel socket) throws IOException {
        boolean placed = false;
        try {
            InetSocketAddress remote = (InetSocketAddress) socket.getRemoteAddress();
            ConnectionCounts.Admission admission = counts.admit(remote.getAddress());
            if (admission != ConnectionCounts.Admission.ADMITTED) {
                traffic.refused();
                LOG.debug("{}: a connection from {} was closed: {}", scheme, remote, admission);
                return;
            }
            traffic.accepted();
            leastLoaded().adopt(socket, remote);
            placed = true;
        } finally {
            if (!placed) {
                socket.close();
            }
        }
    }

    private EventLoop leastLoaded() {
        EventLoop least = loops.get(0);
        for (EventLoop loop : loops) {
            if (loop.load() < least.load()) {
                least = loop;
            }
        }
        return least;
    }

    void stop() {
        stopping = true;
        selector.wakeup();
    }

    /** Gives back what it holds. */
    void discard() {
        try {
            listener.close();
            selector.close();
        } catch (IOException e) {
            LOG.warn("{}: the listener was closed, but not without an error: {}", scheme, e.getMessage());
        }
    }
}
