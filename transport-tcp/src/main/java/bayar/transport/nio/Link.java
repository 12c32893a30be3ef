package bayar.transport.nio;

import java.nio.ByteBuffer;

/**
 * What an event loop offers a {@link Protocol}: one connection. Used on the loop's thread only. Once the connection is
 * closed, every method does nothing.
 */
public interface Link {
    /** Where the peer is, such as {@code tcp:127.0.0.1:50412}. */
    String address();

    /** The handshake is done: the handshake's deadline ends, and messages may be delivered. Called once. */
    void opened();

    /**
     * Hands one whole message to the handler. Drops it when the connection is about to end: it counts as never read.
     *
     * @param kind comes back with the reply, in {@link Protocol#onReply}
     * @param message the bytes of the message alone; the handler may keep the array
     */
    void deliver(int kind, byte[] message);

    /**
     * Whether the connection takes no messages now: too many are unanswered, too much is unsent, it has had its share of
     * this turn, or it is about to end. False between {@link Protocol#onDrain} and {@link #closeAfterWrites}, so that
     * the protocol can read the peer's good-bye.
     */
    boolean isPaused();

    /** Queues bytes to be sent; the buffer belongs to the link now. */
    void write(ByteBuffer bytes);

    /** The peer has broken the protocol, and will be closed for it: to be counted. */
    default void broken() {}

    /** The monotonic clock that ticks are given in, in nanoseconds. */
    long nowNanos();

    /**
     * Reads nothing more, waits until every message that was delivered has its reply, and calls
     * {@link Protocol#onDrain} then, which may be at once.
     */
    void closeAfterReplies();

    /**
     * Closes the connection when all that is queued was sent; nothing more is read. Messages still unanswered lose their
     * replies.
     */
    void closeAfterWrites();

    /** Closes the connection now. */
    void close();
}
