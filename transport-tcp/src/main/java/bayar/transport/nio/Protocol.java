package bayar.transport.nio;

import java.nio.ByteBuffer;

/**
 * One connection's protocol: finds messages in the bytes that arrive, and puts replies into bytes. Every call is made on
 * the event loop of the connection. What a method throws closes the connection.
 */
public interface Protocol {
    /** Makes the protocol of one connection. */
    interface Factory {
        /** A protocol that talks through {@code link}. Called on the connection's event loop. */
        Protocol open(Link link);
    }

    /**
     * Bytes are there. Takes what it can use; what it leaves is given again, at the front, when more has arrived or when
     * the link is ready for messages again. Returns once {@link Link#isPaused} says so.
     *
     * @param input a heap buffer at array offset 0, ready to be read
     */
    void onBytes(ByteBuffer input);

    /**
     * The peer will send nothing more; replies can still be sent. Bytes that were left over will never be completed. When
     * every reply has been given, {@link #onDrain} is called.
     */
    void onEnd();

    /**
     * Puts a reply on the link.
     *
     * @param kind what was given to {@link Link#deliver} with the message that this answers
     * @param reply the bytes of the reply
     */
    void onReply(int kind, byte[] reply);

    /**
     * The connection is to end, for a reason of the transport's own and after all replies: says good-bye as the protocol
     * wants it, and calls {@link Link#closeAfterWrites}, at once or when the peer has answered. Called once at most, and
     * only after {@link Link#opened}; bytes may still arrive after it, replies do not.
     */
    void onDrain();

    /** A coarse clock tick, every 100 to 250 ms, to check what the protocol waits for. */
    default void onTick(long nowNanos) {}
}
