package bayar.engine;

import bayar.EngineEvent;
import bayar.Extension;
import bayar.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/** Who is told what an engine does: probes, at once, and extensions, each behind a queue and on a thread of its own. */
final class Watchers {
    private final Probes probes;
    private final List<Watcher> watchers;
    private final boolean wantsPayments;

    Watchers(
            List<Probe> probes,
            List<Extension> extensions,
            int queueCapacity,
            ThreadFactory threads,
            LongSupplier nanoTicker) {
        this.probes = new Probes(probes, nanoTicker);
        List<Watcher> made = new ArrayList<>();
        for (Extension extension : extensions) {
            made.add(new Watcher(extension, queueCapacity, threads, nanoTicker));
        }
        this.watchers = made.stream().filter(Watcher::wantsAnything).toList();
        this.wantsPayments = watchers.stream().anyMatch(Watcher::wantsPayments);
    }

    /** Whether nobody is told anything. */
    boolean isEmpty() {
        return watchers.isEmpty() && probes.isEmpty();
    }

    /** Whether somebody is told what was recorded. */
    boolean wantsPayments() {
        return wantsPayments;
    }

    /** Tells every probe, then queues the events, in this order, for every extension; never waits. */
    void tell(List<EngineEvent> events) {
        probes.tell(events);
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

    /** How many events a probe threw on, all together. */
    long probesFailed() {
        return probes.failed();
    }

    /** How many events an extension threw on, all together. */
    long failed() {
        return watchers.stream().mapToLong(Watcher::failed).sum();
    }
}
