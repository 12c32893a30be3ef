package bayar.transport.nio;

import bayar.BayarException;
import bayar.transport.Exchange;
import bayar.transport.Peer;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/** One message that was handed to the handler; with its reply, it is a node of its loop's queue of replies. */
final class UnansweredMessage implements Exchange {
    private static final AtomicReferenceFieldUpdater<UnansweredMessage, byte[]> REPLY =
            AtomicReferenceFieldUpdater.newUpdater(UnansweredMessage.class, byte[].class, "reply");

    private final Connection connection;
    private final int kind;
    private volatile byte @Nullable [] reply;

    @Nullable
    UnansweredMessage next;

    UnansweredMessage(Connection connection, int kind) {
        this.connection = connection;
        this.kind = kind;
    }

    @Override
    public Peer peer() {
        return connection.peer();
    }

    @Override
    public Outbox enqueue(byte[] reply) {
        if (!REPLY.compareAndSet(this, null, reply)) {
            throw new BayarException("a message from " + connection.address()
                    + " was given a second reply; the first one counts. Reply once to each exchange");
        }
        return connection.loop().enqueue(this);
    }

    Connection connection() {
        return connection;
    }

    int kind() {
        return kind;
    }

    byte[] reply() {
        byte[] given = reply;
        if (given == null) {
            throw new IllegalStateException("queued without a reply");
        }
        return given;
    }
}
