package bayar.transport.nio;

import bayar.TransportStatus;
import java.util.concurrent.atomic.LongAdder;

/** Counts what went through a transport. Thread-safe. */
final class Traffic {
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder slow = new LongAdder();
    private final LongAdder broken = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();

    /** A connection was accepted. */
    void accepted() {
        accepted.increment();
    }

    /** A connection was closed at once. */
    void refused() {
        refused.increment();
    }

    /** A connection was closed that did not read. */
    void slow() {
        slow.increment();
    }

    /** A connection was closed that did not keep to the protocol. */
    void broken() {
        broken.increment();
    }

    void received(int bytes) {
        bytesIn.add(bytes);
    }

    void sent(int bytes) {
        bytesOut.add(bytes);
    }

    TransportStatus status(String name, long open) {
        return new TransportStatus(
                name, open, accepted.sum(), refused.sum(), slow.sum(), broken.sum(), bytesIn.sum(), bytesOut.sum());
    }
}
