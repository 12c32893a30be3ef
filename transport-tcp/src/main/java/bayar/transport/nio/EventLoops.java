package bayar.transport.nio;

import bayar.BayarException;
import bayar.TransportStatus;
import bayar.transport.MessageHandler;
import bayar.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transport that carries any protocol over TCP: one acceptor, N event loops, each connection pinned to one loop.
 *
 * <p>The whole life of a transport is here, and every limit; a protocol adds only where messages begin and end.
 */
public final class EventLoops implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);

    /** How long threads may take to end once they were told to: they do so at once unless a handler blocks them. */
    private static final long END_MILLIS = 5_000;

    private static final Duration LONGEST_DRAIN = Duration.ofDays(1);

    private final String scheme;
    private final ListenerSettings settings;
    private final Protocol.Factory protocols;
    private final SystemCalls calls;
    private final ConnectionCounts counts;
    private final Traffic traffic = new Traffic();

    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private @Nullable Acceptor acceptor;
    private @Nullable InetSocketAddress address;
    private boolean closed;

    /**
     * @param scheme the transport's name, such as {@code tcp}; peers' addresses begin with it
     * @param settings where it listens, and its limits
     * @param protocols what is spoken
     */
    public EventLoops(String scheme, ListenerSettings settings, Protocol.Factory protocols) {
        this(scheme, settings, protocols, new SystemCalls());
    }

    EventLoops(String scheme, ListenerSettings settings, Protocol.Factory protocols, SystemCalls calls) {
        this.scheme = scheme;
        this.settings = settings;
        this.protocols = protocols;
        this.calls = calls;
        this.counts = new ConnectionCounts(settings);
    }

    @Override
    public String name() {
        return scheme;
    }

    @Override
    public synchronized void start(MessageHandler handler) {
        if (closed || address != null) {
            throw new BayarException("the " + scheme + " transport was " + (closed ? "closed" : "started")
                    + " already; a transport is started once: make a new one");
        }
        InetSocketAddress wanted = new InetSocketAddress(settings.host(), settings.port());
        if (wanted.isUnresolved()) {
            throw new BayarException("the host " + settings.host() + " that the " + scheme
                    + " transport is to listen on has no address; give a name or address of this machine");
        }
        try {
            listen(wanted, handler);
            run();
        } catch (IOException | RuntimeException | Error failure) {
            abandon();
            throw new BayarException(
                    "cannot listen on " + scheme + " " + settings.host() + ":" + settings.port() + ": "
                            + failure.getMessage()
                            + "; choose another host or port, or end what holds this one",
                    failure);
        }
    }

    private void listen(InetSocketAddress wanted, MessageHandler handler) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        try {
            // Before it is bound: connections get it from their listener, and the window they offer from it.
            listener.setOption(StandardSocketOptions.SO_RCVBUF, settings.receiveBufferBytes());
            listener.bind(wanted, settings.backlog());
            acceptor = new Acceptor(scheme, settings, loops, counts, traffic, calls, listener);
        } catch (IOException | RuntimeException | Error failure) {
            listener.close();
            throw failure;
        }
        address = (InetSocketAddress) listener.getLocalAddress();
        for (int i = 0; i < settings.loops(); i++) {
            loops.add(new EventLoop(scheme, settings, protocols, handler, counts, traffic, calls));
        }
    }

    private void run() {
        for (EventLoop loop : loops) {
            threads.add(startThread(loop));
        }
        threads.add(startThread(acceptor()));
    }

    private Thread startThread(Runnable work) {
        Thread thread = settings.threads().newThread(work);
        thread.start();
        return thread;
    }

    /** A start has failed: ends what it had begun. */
    private void abandon() {
        int running = threads.size();
        for (int i = 0; i < loops.size(); i++) {
            if (i < running) {
                loops.get(i).stop();
            } else {
                loops.get(i).discard();
            }
        }
        if (acceptor != null) {
            acceptor.discard();
        }
        awaitEnd();
        loops.clear();
        threads.clear();
        acceptor = null;
        address = null;
    }

    @Override
    public synchronized InetSocketAddress address() {
        if (address == null) {
            throw new BayarException("the " + scheme + " transport has no address yet; start it first");
        }
        return address;
    }

    @Override
    public TransportStatus status() {
        return traffic.status(scheme, counts.total());
    }

    @Override
    public boolean drain(Duration timeout) {
        long beganNanos = System.nanoTime();
        synchronized (this) {
            if (acceptor == null) {
                return true;
            }
            acceptor.stop();
        }
        long timeoutNanos = timeout.compareTo(LONGEST_DRAIN) < 0 ? timeout.toNanos() : LONGEST_DRAIN.toNanos();
        long deadlineNanos = settings.nanoClock().getAsLong() + timeoutNanos;
        loops.forEach(loop -> loop.drain(deadlineNanos));
        if (!EventLoop.isCallback()) {
            // The loops close what is left at the deadline; only one that a handler blocks can be later than that.
            awaitDrained(beganNanos, timeoutNanos + TimeUnit.MILLISECONDS.toNanos(settings.sweepMillis()));
        }
        return loops.stream().allMatch(loop -> loop.hasDrained() && !loop.lostReplies());
    }

    private void awaitDrained(long beganNanos, long patienceNanos) {
        try {
            for (EventLoop loop : loops) {
                loop.awaitDrained(patienceNanos - (System.nanoTime() - beganNanos));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (acceptor == null) {
                return;
            }
            acceptor.stop();
        }
        loops.forEach(EventLoop::stop);
        if (!EventLoop.isCallback()) {
            awaitEnd();
        }
    }

    private void awaitEnd() {
        long beganNanos = System.nanoTime();
        try {
            for (Thread thread : threads) {
                long leftMillis = END_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
                thread.join(Math.max(1, leftMillis));
                if (thread.isAlive()) {
                    LOG.warn(
                            "{}: {} has not ended in {} ms, since a handler blocks it; it ends when that returns",
                            scheme,
                            thread.getName(),
                            END_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Acceptor acceptor() {
        Acceptor made = acceptor;
        if (made == null) {
            throw new IllegalStateException("not listening");
        }
        return made;
    }

    /** How many connections there are now. */
    public int connections() {
        return counts.total();
    }
}
