package bayar.transport;

/**
 * What a transport hands messages to.
 *
 * <p>Called on the event loop that the peer's connection belongs to, so it must not block. What it throws closes that
 * one connection.
 */
@FunctionalInterface
public interface MessageHandler {
    /**
     * One whole message has arrived.
     *
     * @param exchange where its one reply goes, now or later, from any thread
     * @param message the bytes of the message alone; the handler may keep the array
     */
    void onMessage(Exchange exchange, byte[] message);

    /**
     * How many messages of this peer may be without a reply now; with as many or more it is not to be read, so that it
     * comes to wait itself. Asked often, on the peer's event loop: must be cheap. The transport has a limit of its own
     * besides, and resumes when it is asked again after a reply.
     */
    default int mostUnanswered(Peer peer) {
        return Integer.MAX_VALUE;
    }

    /** A connection is ready for messages. Called once for each, before its first message. */
    default void onOpen(Peer peer) {}

    /** A connection is gone. Called once for each that was opened, and nothing is called for it after. */
    default void onClose(Peer peer) {}
}
