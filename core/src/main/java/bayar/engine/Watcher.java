package bayar.engine;

import bayar.AnswerEvent;
import bayar.BatchEvent;
import bayar.EngineEvent;
import bayar.Extension;
import bayar.PaymentEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One extension behind its bounded queue, on its own thread: whatever it does, nobody waits for it. */
final class Watcher {
    private static final Logger log = LoggerFactory.getLogger(Watcher.class);
    private static final long NANOS_BETWEEN_WARNINGS = 10_000_000_000L;

    /** Says, on the engine's threads, which answers an extension is told: thread-safe, and quick. */
    interface Sieve {
        boolean takes(AnswerEvent answer);

        /** This one was taken, but the extension is too slow to be told. */
        void missed(AnswerEvent answer);

        /** The extension was told its last event. On the extension's thread. */
        void ended();
    }

    private @Nullable Extension extension;
    private final @Nullable Sieve sieve;
    private final boolean wantsPayments;
    private final boolean wantsAnswers;
    private final boolean wantsBatches;
    private final String name;
    private final int capacity;
    private final LongSupplier nanoTicker;
    private final Thread thread;

    private final Object lock = new Object();
    private final ArrayDeque<EngineEvent> queue = new ArrayDeque<>();
    private boolean finishing;
    private boolean ended;
    private long dropped;
    private long failed;
    private long droppedWarnedAtNanos;
    private long failedWarnedAtNanos;

    Watcher(Extension extension, int capacity, ThreadFactory threads, LongSupplier nanoTicker) {
        this.extension = extension;
        this.sieve = extension instanceof RequestLog requests ? requests.sieve() : null;
        this.wantsPayments = overrides(extension, "onPayment", PaymentEvent.class);
        this.wantsAnswers = overrides(extension, "onAnswer", AnswerEvent.class);
        this.wantsBatches = overrides(extension, "onBatch", BatchEvent.class);
        this.name = extension.name();
        this.capacity = capacity;
        this.nanoTicker = nanoTicker;
        this.thread = threads.newThread(this::deliver);
        this.droppedWarnedAtNanos = nanoTicker.getAsLong() - NANOS_BETWEEN_WARNINGS;
        this.failedWarnedAtNanos = droppedWarnedAtNanos;
    }

    private static boolean overrides(Extension extension, String method, Class<?> event) {
        try {
            return extension.getClass().getMethod(method, event).getDeclaringClass() != Extension.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("every extension has a method " + method, e);
        }
    }

    /** Whether it is told what was recorded. */
    boolean wantsPayments() {
        return wantsPayments;
    }

    /** Whether it is told anything at all. */
    boolean wantsAnything() {
        return wantsPayments || wantsAnswers || wantsBatches;
    }

    private boolean wants(EngineEvent event) {
        if (event instanceof AnswerEvent answer) {
            return wantsAnswers && (sieve == null || sieve.takes(answer));
        }
        return event instanceof PaymentEvent ? wantsPayments : wantsBatches;
    }

    void start() {
        thread.setName("bayar-extension-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    void tell(List<EngineEvent> all) {
        List<EngineEvent> events = wanted(all);
        if (events.isEmpty()) {
            return;
        }
        int room;
        long droppedNow = 0;
        synchronized (lock) {
            room = ended ? 0 : Math.min(capacity - queue.size(), events.size());
            for (int i = 0; i < room; i++) {
                queue.add(events.get(i));
            }
            if (room < events.size()) {
                dropped += events.size() - room;
                long now = nanoTicker.getAsLong();
                if (!ended && now - droppedWarnedAtNanos >= NANOS_BETWEEN_WARNINGS) {
                    droppedWarnedAtNanos = now;
                    droppedNow = dropped;
                }
            }
            lock.notifyAll();
        }
        tellMissed(events, room);
        if (droppedNow > 0) {
            log.warn(
                    "extension {} is too slow: {} events were dropped for it so far; payments go on without it",
                    name,
                    droppedNow);
        }
    }

    private List<EngineEvent> wanted(List<EngineEvent> all) {
        if (wantsPayments && wantsAnswers && wantsBatches && sieve == null) {
            return all;
        }
        List<EngineEvent> wanted = new ArrayList<>();
        for (EngineEvent event : all) {
            if (wants(event)) {
                wanted.add(event);
            }
        }
        return wanted;
    }

    private void tellMissed(List<EngineEvent> events, int from) {
        for (int i = from; sieve != null && i < events.size(); i++) {
            if (events.get(i) instanceof AnswerEvent answer) {
                sieve.missed(answer);
            }
        }
    }

    private void deliver() {
        Extension watching = extension;
        boolean finished = watching == null;
        try {
            for (EngineEvent event = next(); event != null && watching != null; event = next()) {
                hand(watching, event);
            }
            if (sieve != null) {
                sieve.ended();
            }
            finished = true;
        } finally {
            // Lets go of the extension first, and without needing memory: it may hold all there is.
            watching = null;
            synchronized (lock) {
                extension = null;
                ended = true;
                queue.clear();
            }
            if (!finished) {
                log.error("extension {} ended with an error; it gets no more events, payments go on without it", name);
            }
        }
    }

    private @Nullable EngineEvent next() {
        synchronized (lock) {
            while (queue.isEmpty() && !finishing) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // If the extension has done that itself, it gets the next event all the same.
                    if (finishing) {
                        Thread.currentThread().interrupt();
                        return null;
                    }
                }
            }
            return queue.poll();
        }
    }

    private void hand(Extension extension, EngineEvent event) {
        try {
            if (event instanceof PaymentEvent payment) {
                extension.onPayment(payment);
            } else if (event instanceof AnswerEvent answer) {
                extension.onAnswer(answer);
            } else if (event instanceof BatchEvent batch) {
                extension.onBatch(batch);
            }
        } catch (Exception e) {
            failed(e);
        }
    }

    private void failed(Exception e) {
        long failedNow;
        synchronized (lock) {
            failedNow = ++failed;
        }
        long now = nanoTicker.getAsLong();
        if (now - failedWarnedAtNanos >= NANOS_BETWEEN_WARNINGS) {
            failedWarnedAtNanos = now;
            log.warn("extension {} failed on {} events so far; it gets the next one", name, failedNow, e);
        }
    }

    void finish() {
        synchronized (lock) {
            finishing = true;
            lock.notifyAll();
        }
    }

    void await(long timeoutMillis) {
        try {
            thread.join(Math.max(1, timeoutMillis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            thread.interrupt();
            log.warn("extension {} did not finish within {} ms; it is left behind", name, timeoutMillis);
        }
    }

    long dropped() {
        synchronized (lock) {
            return dropped;
        }
    }

    long failed() {
        synchronized (lock) {
            return failed;
        }
    }
}
