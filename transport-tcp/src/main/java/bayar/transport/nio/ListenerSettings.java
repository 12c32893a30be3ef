package bayar.transport.nio;

import bayar.BayarException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Where a listener listens, and every limit on its connections. */
public final class ListenerSettings {
    private final String host;
    private final int port;
    private final int loops;
    private final int backlog;
    private final int maxConnections;
    private final int maxConnectionsPerAddress;
    private final int maxConnectionsPerName;
    private final int acceptsPerSecond;
    private final int maxUnanswered;
    private final int receiveBufferBytes;
    private final int pauseReadingAtUnsentBytes;
    private final int closeAtUnsentBytes;
    private final int messageBytes;
    private final long handshakeMillis;
    private final long idleMillis;
    private final long partialMessageMillis;
    private final long stallMillis;
    private final long sweepMillis;
    private final ThreadFactory threads;
    private final LongSupplier nanoClock;

    private ListenerSettings(Builder<?> from) {
        host = from.host;
        port = from.port;
        loops = from.loops;
        backlog = from.backlog;
        maxConnections = from.maxConnections;
        boolean allFromHere = isLoopback(host);
        maxConnectionsPerAddress = told(from.maxConnectionsPerAddress, allFromHere ? maxConnections : 4_096);
        maxConnectionsPerName = told(from.maxConnectionsPerName, allFromHere ? maxConnections : 1_024);
        acceptsPerSecond = from.acceptsPerSecond;
        maxUnanswered = from.maxUnanswered;
        receiveBufferBytes = from.receiveBufferBytes;
        pauseReadingAtUnsentBytes = from.pauseReadingAtUnsentBytes;
        closeAtUnsentBytes = from.closeAtUnsentBytes;
        messageBytes = from.messageBytes;
        handshakeMillis = from.handshakeMillis;
        idleMillis = from.idleMillis;
        partialMessageMillis = from.partialMessageMillis;
        stallMillis = from.stallMillis;
        sweepMillis = from.sweepMillis;
        threads = from.threads;
        nanoClock = from.nanoClock;
    }

    private static int told(@Nullable Integer limit, int otherwise) {
        return limit == null ? otherwise : limit;
    }

    private static boolean isLoopback(String host) {
        InetAddress address = new InetSocketAddress(host, 0).getAddress();
        return address != null && address.isLoopbackAddress();
    }

    /** The name or address it binds. */
    public String host() {
        return host;
    }

    /** The port it binds; 0 takes any free one. */
    public int port() {
        return port;
    }

    /** How many event loops serve the connections. */
    public int loops() {
        return loops;
    }

    /** How many connections the operating system may hold that were not accepted yet. */
    public int backlog() {
        return backlog;
    }

    /** How many connections there may be. */
    public int maxConnections() {
        return maxConnections;
    }

    /** How many connections one address may hold; for IPv6 the first 64 bits are the address. */
    public int maxConnectionsPerAddress() {
        return maxConnectionsPerAddress;
    }

    /** How many connections one {@linkplain bayar.transport.Peer#identify name} may hold. */
    public int maxConnectionsPerName() {
        return maxConnectionsPerName;
    }

    /** How many connections are accepted in a second at most; the others wait in the backlog. */
    public int acceptsPerSecond() {
        return acceptsPerSecond;
    }

    /** At how many unanswered messages a connection is not read any more. */
    public int maxUnanswered() {
        return maxUnanswered;
    }

    /** How many bytes that came and were not read yet the operating system may keep for a connection; a hint to it. */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /** At how many bytes that wait to be sent a connection is not read any more. */
    public int pauseReadingAtUnsentBytes() {
        return pauseReadingAtUnsentBytes;
    }

    /** Beyond how many bytes that wait to be sent a connection is closed, its peer being too slow a reader. */
    public int closeAtUnsentBytes() {
        return closeAtUnsentBytes;
    }

    /** How long a message may be. */
    public int messageBytes() {
        return messageBytes;
    }

    /** How long a connection may take until it is ready for messages. */
    public long handshakeMillis() {
        return handshakeMillis;
    }

    /** How long a connection may be without a byte received; 0 is for ever. */
    public long idleMillis() {
        return idleMillis;
    }

    /** How long the rest of a message may take that has begun to arrive. */
    public long partialMessageMillis() {
        return partialMessageMillis;
    }

    /** How long a peer may take nothing of what waits to be sent. */
    public long stallMillis() {
        return stallMillis;
    }

    /** The time between two looks at the deadlines. */
    public long sweepMillis() {
        return sweepMillis;
    }

    /** Makes the threads of the acceptor and of the loops. */
    public ThreadFactory threads() {
        return threads;
    }

    /** The monotonic clock behind all deadlines, in nanoseconds. */
    public LongSupplier nanoClock() {
        return nanoClock;
    }

    private static ThreadFactory daemons() {
        AtomicInteger made = new AtomicInteger();
        return work -> {
            Thread thread = new Thread(work, "bayar-io-" + made.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Collects the settings of a listener; the builders of the transports extend it.
     *
     * @param <B> the extending builder
     */
    public abstract static class Builder<B extends Builder<B>> {
        private String host = "127.0.0.1";
        private int port;
        private int loops = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors()));
        private int backlog = 1_024;
        private int maxConnections = 20_000;
        private @Nullable Integer maxConnectionsPerAddress;
        private @Nullable Integer maxConnectionsPerName;
        private int acceptsPerSecond = 4_000;
        private int maxUnanswered = 256;
        private int receiveBufferBytes = 16 * 1_024;
        private int pauseReadingAtUnsentBytes = 256 * 1_024;
        private int closeAtUnsentBytes = 4 * 1_024 * 1_024;
        private int messageBytes = 64 * 1_024;
        private long handshakeMillis = 5_000;
        private long idleMillis = 300_000;
        private long partialMessageMillis = 10_000;
        private long stallMillis = 10_000;
        private long sweepMillis = 200;
        private ThreadFactory threads = daemons();
        private LongSupplier nanoClock = System::nanoTime;

        protected Builder() {}

        /** This builder. */
        protected abstract B self();

        /** The settings as they stand. */
        protected ListenerSettings settings() {
            if (closeAtUnsentBytes <= pauseReadingAtUnsentBytes) {
                throw new BayarException("closeAtUnsentBytes " + closeAtUnsentBytes
                        + " must be more than pauseReadingAtUnsentBytes " + pauseReadingAtUnsentBytes);
            }
            return new ListenerSettings(this);
        }

        /** The name or address to bind: loopback unless told, {@code 0.0.0.0} for every IPv4 interface. */
        public B host(String host) {
            this.host = host;
            return self();
        }

        /** The port to bind; 0, the default, takes any free one. */
        public B port(int port) {
            this.port = (int) between("port", port, 0, 65_535);
            return self();
        }

        /** How many event loops serve the connections: one for each processor, at most four, unless told. */
        public B loops(int loops) {
            this.loops = (int) between("loops", loops, 1, 256);
            return self();
        }

        /** How many connections the operating system may hold that were not accepted yet: 1,024 unless told. */
        public B backlog(int backlog) {
            this.backlog = (int) between("backlog", backlog, 1, 65_535);
            return self();
        }

        /** How many connections there may be: 20,000 unless told. More are closed as they come. */
        public B maxConnections(int connections) {
            this.maxConnections = (int) between("maxConnections", connections, 1, Integer.MAX_VALUE);
            return self();
        }

        /**
         * How many connections one address may hold. Unless told: 4,096; on a loopback address, where all come from this
         * machine, a proxy perhaps, as many as there may be. More are closed as they come.
         */
        public B maxConnectionsPerAddress(int connections) {
            this.maxConnectionsPerAddress =
                    (int) between("maxConnectionsPerAddress", connections, 1, Integer.MAX_VALUE);
            return self();
        }

        /**
         * How many connections one {@linkplain bayar.transport.Peer#identify name} may hold. Unless told: 1,024; on a
         * loopback address as many as there may be.
         */
        public B maxConnectionsPerName(int connections) {
            this.maxConnectionsPerName = (int) between("maxConnectionsPerName", connections, 1, Integer.MAX_VALUE);
            return self();
        }

        /** How many connections are accepted in a second at most: 4,000 unless told. More wait in the backlog. */
        public B acceptsPerSecond(int accepts) {
            this.acceptsPerSecond = (int) between("acceptsPerSecond", accepts, 1, 1_000_000);
            return self();
        }

        /** At how many unanswered messages a connection is not read any more: 256 unless told. */
        public B maxUnanswered(int messages) {
            this.maxUnanswered = (int) between("maxUnanswered", messages, 1, 1_000_000);
            return self();
        }

        /**
         * How many bytes that came and were not read yet the operating system may keep for a connection: 16 KiB unless told.
         * What waits there has not been seen by anybody, so that much of it makes the wait long when more comes than can be
         * done; little of it bounds how fast one peer that is far away can send (this much for each round trip).
         */
        public B receiveBufferBytes(int bytes) {
            this.receiveBufferBytes = (int) between("receiveBufferBytes", bytes, 1_024, 1 << 26);
            return self();
        }

        /** At how many bytes that wait to be sent a connection is not read any more: 256 KiB unless told. */
        public B pauseReadingAtUnsentBytes(int bytes) {
            this.pauseReadingAtUnsentBytes = (int) between("pauseReadingAtUnsentBytes", bytes, 1, 1 << 30);
            return self();
        }

        /** Beyond how many bytes that wait to be sent a connection is closed: 4 MiB unless told. */
        public B closeAtUnsentBytes(int bytes) {
            this.closeAtUnsentBytes = (int) between("closeAtUnsentBytes", bytes, 1, 1 << 30);
            return self();
        }

        /** How long a message may be: 64 KiB unless told. */
        public B messageBytes(int bytes) {
            this.messageBytes = (int) between("messageBytes", bytes, 1, 1 << 26);
            return self();
        }

        /** How long a connection may take until it is ready for messages: 5 s unless told. */
        public B handshakeMillis(long millis) {
            this.handshakeMillis = between("handshakeMillis", millis, 1, Integer.MAX_VALUE);
            return self();
        }

        /** How long a connection may be without a byte received: 5 minutes unless told; 0 is for ever. */
        public B idleMillis(long millis) {
            this.idleMillis = between("idleMillis", millis, 0, Integer.MAX_VALUE);
            return self();
        }

        /** How long the rest of a message may take that has begun to arrive: 10 s unless told. */
        public B partialMessageMillis(long millis) {
            this.partialMessageMillis = between("partialMessageMillis", millis, 1, Integer.MAX_VALUE);
            return self();
        }

        /** How long a peer may take nothing of what waits to be sent: 10 s unless told. */
        public B stallMillis(long millis) {
            this.stallMillis = between("stallMillis", millis, 1, Integer.MAX_VALUE);
            return self();
        }

        /** The time between two looks at the deadlines: 200 ms unless told. */
        public B sweepMillis(long millis) {
            this.sweepMillis = between("sweepMillis", millis, 1, 10_000);
            return self();
        }

        /** Makes the threads of the acceptor and of the loops: daemon threads unless told. */
        public B threads(ThreadFactory threads) {
            this.threads = threads;
            return self();
        }

        /** The monotonic clock behind all deadlines, in nanoseconds: {@link System#nanoTime} unless told. */
        public B nanoClock(LongSupplier clock) {
            this.nanoClock = clock;
            return self();
        }

        private static long between(String name, long value, long least, long most) {
            if (value < least || value > most) {
                throw new BayarException(name + " is " + value + "; it must be from " + least + " to " + most);
            }
            return value;
        }
    }
}
