package bayar.engine;

import bayar.AnswerEvent;
import bayar.BatchEvent;
import bayar.EngineEvent;
import bayar.Probe;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The probes of an engine, called where it works: whatever they throw, payments go on. Thread-safe. */
final class Probes {
    private static final Logger log = LoggerFactory.getLogger(Probes.class);
    private static final long NANOS_BETWEEN_WARNINGS = 10_000_000_000L;

    private final Probe[] probes;
    private final LongSupplier nanoTicker;
    private final LongAdder failed = new LongAdder();
    private final AtomicLong warnedAtNanos;

    Probes(List<Probe> probes, LongSupplier nanoTicker) {
        this.probes = probes.toArray(new Probe[0]);
        this.nanoTicker = nanoTicker;
        this.warnedAtNanos = new AtomicLong(nanoTicker.getAsLong() - NANOS_BETWEEN_WARNINGS);
    }

    boolean isEmpty() {
        return probes.length == 0;
    }

    /** Tells each probe of these events. One that interrupts the thread does not stop whoever works there. */
    void tell(List<EngineEvent> events) {
        if (isEmpty()) {
            return;
        }
        boolean wasInterrupted = Thread.interrupted();
        for (Probe probe : probes) {
            for (int i = 0; i < events.size(); i++) {
                tell(probe, events.get(i));
            }
        }
        Thread.interrupted();
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(Probe probe, EngineEvent event) {
        try {
            if (event instanceof AnswerEvent answer) {
                probe.answered(answer);
            } else if (event instanceof BatchEvent batch) {
                probe.committed(batch);
            }
        } catch (Throwable e) {
            // An Error too: whatever somebody counts, it must not stop the engine.
            failed(probe, e);
        }
    }

    private void failed(Probe probe, Throwable failure) {
        failed.increment();
        long now = nanoTicker.getAsLong();
        long warned = warnedAtNanos.get();
        if (now - warned >= NANOS_BETWEEN_WARNINGS && warnedAtNanos.compareAndSet(warned, now)) {
            log.warn(
                    "probe {} failed on {} events so far; it gets the next one, payments go on",
                    probe.getClass().getName(),
                    failed.sum(),
                    failure);
        }
    }

    /** How many events a probe threw on. */
    long failed() {
        return failed.sum();
    }
}
