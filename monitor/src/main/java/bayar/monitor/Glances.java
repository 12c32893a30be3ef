package bayar.monitor;

import bayar.EngineStatus;
import bayar.Operator;
import bayar.StoreStatus;
import bayar.TransportStatus;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The glances of the last {@value #KEPT} seconds, as they are sent: whoever comes, or comes again, gets what it has not
 * seen. Thread-safe.
 */
final class Glances {
    /** How many are kept: those that a page draws. */
    static final int KEPT = 300;

    private final Operator operator;
    private final Counts counts;
    private final Deque<Sent> kept = new ArrayDeque<>();
    private long lastMillis;

    /**
     * A glance as it is sent.
     *
     * @param timeMillis what names it
     * @param json it
     */
    record Sent(long timeMillis, byte[] json) {}

    Glances(Operator operator, Counts counts) {
        this.operator = operator;
        this.counts = counts;
    }

    /** Looks at the engine; to be called once a second. */
    void look() {
        EngineStatus engine = operator.status();
        // What names a glance never goes back, even where the machine's clock does.
        long timeMillis = Math.max(engine.time().toEpochMilli(), lastMillis + 1);
        Sent sent = new Sent(timeMillis, Json.MAPPER.writeValueAsBytes(glance(engine, timeMillis)));
        synchronized (kept) {
            lastMillis = timeMillis;
            kept.addLast(sent);
            if (kept.size() > KEPT) {
                kept.removeFirst();
            }
            kept.notifyAll();
        }
    }

    /**
     * What came after the glance of {@code timeMillis}, oldest first; everything that is kept when that is later than all.
     * Waits for the next one, but no longer than that, and then may tell none.
     */
    List<Sent> after(long timeMillis, Duration atMost) throws InterruptedException {
        synchronized (kept) {
            if (kept.isEmpty() || kept.getLast().timeMillis() == timeMillis) {
                TimeUnit.MILLISECONDS.timedWait(kept, atMost.toMillis());
            }
            boolean isOfAnotherLife =
                    !kept.isEmpty() && timeMillis > kept.getLast().timeMillis();
            long from = isOfAnotherLife ? 0 : timeMillis;
            return kept.stream().filter(sent -> sent.timeMillis() > from).toList();
        }
    }

    /** The last one, as JSON; {@link #look} must have been called. */
    byte[] latest() {
        synchronized (kept) {
            return kept.getLast().json();
        }
    }

    private Glance glance(EngineStatus engine, long timeMillis) {
        Counts.Taken taken = counts.take();
        StoreStatus store = operator.store();
        return new Glance(
                timeMillis,
                engine.started().toEpochMilli(),
                Math.max(0, Duration.between(engine.started(), engine.time()).toSeconds()),
                engine.refusing() == null ? null : engine.refusing().code(),
                taken.byStatus(),
                taken.byReason(),
                taken.statusOf(),
                taken.byOperation(),
                taken.byTransport(),
                taken.latencyMicros(),
                taken.stageMicros(),
                new Glance.Queue(engine.queued(), engine.queueCapacity()),
                taken.batch(),
                engine.pending(),
                inDoubt(engine),
                store.holds(),
                connections(),
                new Glance.Store(
                        store.isWritable(),
                        store.fileBytes(),
                        store.logBytes(),
                        store.writtenBytes(),
                        store.usableBytes() == Long.MAX_VALUE ? -1 : store.usableBytes(),
                        store.payments()),
                memory(),
                collections(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                new Glance.Events(engine.eventsDropped(), engine.eventsFailed() + engine.probesFailed()));
    }

    private static Glance.InDoubt inDoubt(EngineStatus engine) {
        long oldest = engine.oldestInDoubt() == null
                ? 0
                : Duration.between(engine.oldestInDoubt(), engine.time()).toSeconds();
        return new Glance.InDoubt(engine.inDoubt(), Math.max(0, oldest));
    }

    private Map<String, Glance.Connections> connections() {
        Map<String, Glance.Connections> all = new LinkedHashMap<>();
        int number = 1;
        for (TransportStatus transport : operator.transports()) {
            String name = all.containsKey(transport.name()) ? transport.name() + "-" + ++number : transport.name();
            all.put(
                    name,
                    new Glance.Connections(
                            transport.open(),
                            transport.accepted(),
                            transport.refused(),
                            transport.slow(),
                            transport.broken(),
                            transport.bytesIn(),
                            transport.bytesOut()));
        }
        return all;
    }

    private static Glance.Memory memory() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return new Glance.Memory(
                heap.getUsed(),
                heap.getMax(),
                ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed());
    }

    private static Glance.Collections collections() {
        long count = 0;
        long millis = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            count += Math.max(0, collector.getCollectionCount());
            millis += Math.max(0, collector.getCollectionTime());
        }
        return new Glance.Collections(count, millis);
    }
}
