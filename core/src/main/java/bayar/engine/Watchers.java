package bayar.engine;

import bayar.EngineEvent;
import bayar.Extension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/** The extensions of an engine, each behind a queue and on a thread of its own. */
final class Watchers {
    private final List<Watcher> watchers;

    Watchers(List<Extension> extensions, int queueCapacity, ThreadFactory threads, LongSupplier nanoTicker) {
        List<Watcher> made = new ArrayList<>();
        for (Extension extension : extensions) {
            made.add(new Watcher(extension, queueCapacity, threads, nanoTicker));
        }
        this.watchers = List.copyOf(made);
    }

    boolean isEmpty() {
        return watchers.isEmpty();
    }

    /** Queues the events, in this order, for every extension; never waits. */
    void tell(List<EngineEvent> events) {
        for (Watcher watcher : watchers) {
            watcher.tell(events);
        }
    }

    void start() {
        watchers.forEach(Watcher::start);
    }

    /** Lets the extensions have what is queued until the time is up, then leaves them. */
    void close(long timeoutMillis) {
        watchers.forEach(Watcher::finish);
        watchers.forEach(watcher -> watcher.await(timeoutMillis));
    }

    /** How many events were dropped because an extension was too slow, all together. */
    long dropped() {
        return watchers.stream().mapToLong(Watcher::dropped).sum();
    }

    /** How many events an extension threw on, all together. */
    long failed() {
        return watchers.stream().mapToLong(Watcher::failed).sum();
    }
}
