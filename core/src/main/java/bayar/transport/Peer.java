package bayar.transport;

/** The other end of a connection. Thread-safe. */
public interface Peer {
    /** Where it is, such as {@code tcp:127.0.0.1:50412}; ends with the port. */
    String address();

    /**
     * Says who is on this connection, once that is established, so that the transport can bound how many connections one
     * name holds. Saying the same name again costs nothing; a connection may carry several names and counts for each.
     *
     * @return false when that name has as many connections as it may; this one does not count for it then
     */
    boolean identify(String name);

    /**
     * How many messages of this peer have no reply yet, that being handed over included. Exact in {@link
     * MessageHandler#onMessage}, elsewhere a guess.
     */
    default int unanswered() {
        return 1;
    }

    /** How many peers of its transport have messages without a reply, about. */
    default int busyPeers() {
        return 1;
    }

    /** Sends what is queued, then closes the connection. */
    void close();
}
