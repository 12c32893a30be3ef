package bayar.transport;

/**
 * One message and its one reply. Replies may be given in any order and from any thread; each exchange takes one, and a
 * message counts as unanswered until then. A reply to a connection that is gone is dropped.
 */
public interface Exchange {
    /** Who sent the message. */
    Peer peer();

    /**
     * Queues the reply without waking the event loop that will send it; several replies that are ready together cost one
     * wake-up then.
     *
     * @param reply the bytes of the reply; the transport keeps the array
     * @return what to {@linkplain Outbox#wake wake} so that the reply leaves; the same object for all connections that
     *     one event loop serves
     */
    Outbox enqueue(byte[] reply);

    /** Sends the reply. */
    default void reply(byte[] reply) {
        enqueue(reply).wake();
    }

    /** The queue of replies of one event loop. */
    interface Outbox {
        /** Has the event loop send what was queued. Cheap when it is awake already; from any thread. */
        void wake();
    }
}
