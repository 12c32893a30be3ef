package bayar.transport.nio;

import java.nio.ByteBuffer;

/** What an event loop offers a {@link Protocol}: one connection. Used on the loop's thread only. */
public interface Link {
    /** Where the peer is, such as {@code tcp:127.0.0.1:50412}. */
    String address();

    /** The handshake is done: the handshake's deadline ends, and messages may be delivered. Called once. */
    void opened();

    /**
     * Hands one whole message to the handler.
     *
     * @param kind comes back with the reply, in {@link Protocol#onReply}
     * @param message the bytes of the message alone; the handler may keep the array
     */
    void deliver(int kind, byte[] message);

    /** Whether the connection takes no messages now: too many are unanswered, or too much is unsent. */
    boolean isPaused();

    /** Queues bytes to be sent; the buffer belongs to the link now. */
    void write(ByteBuffer bytes);

    /** The monotonic clock that ticks are given in, in nanoseconds. */
    long nowNanos();

    /** Closes the connection when all that is queued was sent; nothing more is read. */
    void closeAfterWrites();

    /** Closes the connection now. */
    void close();
}
