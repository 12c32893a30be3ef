package bayar.transport;

import bayar.TransportStatus;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Carries messages between peers and a {@link MessageHandler}. Knows nothing of what is in them.
 *
 * <p>Used once: started, drained, closed. Thread-safe.
 */
public interface Transport extends AutoCloseable {
    /** Its scheme in lower case, as it stands in addresses of peers and in logs: {@code tcp}, {@code ws}. */
    String name();

    /**
     * Binds and begins to accept. When it returns, peers can connect.
     *
     * @throws bayar.BayarException if that cannot be, such as when the port is taken; nothing is left behind then
     */
    void start(MessageHandler handler);

    /** Where it listens, with the port that was chosen when it was told to take any. Only after {@link #start}. */
    InetSocketAddress address();

    /** How it is and what it has done, for whoever watches. From any thread, at any time. */
    default TransportStatus status() {
        return TransportStatus.unknown(name());
    }

    /**
     * Accepts no more connections and reads no more messages, sends the replies to those it has read, and closes each
     * connection once it owes it nothing. Returns when none is left or the time is up. May be called from a handler's
     * callback, where it begins the drain and returns at once.
     *
     * @return whether every reply was handed to the operating system in time
     */
    boolean drain(Duration timeout);

    /** Closes everything at once and gives its threads and descriptors back. May be called again, and from callbacks. */
    @Override
    void close();
}
