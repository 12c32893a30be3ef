package bayar.engine;

import bayar.BayarException;
import bayar.OutboxListener;
import bayar.PaymentEvent;
import bayar.ledger.Ledger;
import bayar.ledger.PaymentRecord;
import bayar.store.History;
import bayar.store.PaymentStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the ledger's history for one listener, behind its durable cursor, on a thread of its own: whatever the listener
 * does, nobody waits for it and it misses nothing.
 */
final class Outbox {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);
    private static final int PAGE = 500;

    /** How long to gather before the cursor is kept, so that a trickle of payments does not force the disk twice each. */
    private static final long CURSOR_MILLIS = 100;

    /** The most events that are told again after a crash, while a listener catches up. */
    private static final long MAX_UNKEPT = 5_000;

    private static final long MIN_PAUSE_MILLIS = 100;
    private static final long MAX_PAUSE_MILLIS = 60_000;

    private final String name;
    private final OutboxListener listener;
    private final PaymentStore store;
    private final Function<HostCommand.Work<Long>, CompletableFuture<Long>> ledger;
    private final Thread thread;

    private final Object lock = new Object();
    private boolean hasNews;
    private boolean finishing;

    /** @param ledger has something done in the committer's turn */
    Outbox(
            String name,
            OutboxListener listener,
            PaymentStore store,
            Function<HostCommand.Work<Long>, CompletableFuture<Long>> ledger,
            ThreadFactory threads) {
        this.name = name;
        this.listener = listener;
        this.store = store;
        this.ledger = ledger;
        this.thread = threads.newThread(this::run);
    }

    void start() {
        thread.setName("bayar-outbox-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Something was committed. */
    void wake() {
        synchronized (lock) {
            hasNews = true;
            lock.notifyAll();
        }
    }

    /** Delivers what is there already, for at most this long, and ends. */
    void finish(long timeoutMillis) {
        synchronized (lock) {
            finishing = true;
            lock.notifyAll();
        }
        try {
            thread.join(Math.max(1, timeoutMillis));
            if (thread.isAlive()) {
                log.warn("outbox {} did not finish within {} ms; it goes on after a restart", name, timeoutMillis);
                thread.interrupt();
                thread.join(Math.max(1, timeoutMillis));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (History history = store.history()) {
            long kept = ledger.apply((books, nowMillis) -> books.cursor(name)).join();
            long delivered = kept;
            boolean isLast = false;
            while (!isLast) {
                boolean wasFinishing = isFinishing();
                List<PaymentRecord> page = history.after(delivered, PAGE);
                if (!page.isEmpty()) {
                    deliver(events(page, history));
                    delivered = page.get(page.size() - 1).sequence();
                }
                isLast = page.isEmpty() && wasFinishing;
                boolean isCaughtUp = page.size() < PAGE;
                if (delivered > kept && (isCaughtUp || delivered - kept >= MAX_UNKEPT)) {
                    if (isCaughtUp && !wasFinishing) {
                        Thread.sleep(CURSOR_MILLIS);
                    }
                    long now = delivered;
                    ledger.apply((books, nowMillis) -> keep(books, now)).join();
                    kept = delivered;
                } else if (page.isEmpty() && !isLast) {
                    awaitNews();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (CompletionException e) {
            log.info("outbox {} has ended with the engine: {}", name, String.valueOf(e.getCause()));
        } catch (RuntimeException | Error e) {
            log.error("outbox {} cannot read the ledger, and goes on after a restart", name, e);
        }
    }

    private long keep(Ledger books, long sequence) {
        books.moveCursor(name, sequence);
        return sequence;
    }

    private static List<PaymentEvent> events(List<PaymentRecord> page, History history) {
        List<PaymentEvent> events = new ArrayList<>(page.size());
        for (PaymentRecord record : page) {
            PaymentRecord payment = record.isStep() ? history.at(record.about()) : record;
            if (payment == null) {
                throw new BayarException("record " + record.sequence() + " tells of a payment that is not there");
            }
            events.add(Ledger.event(record, payment));
        }
        return List.copyOf(events);
    }

    private void deliver(List<PaymentEvent> events) throws InterruptedException {
        long pauseMillis = MIN_PAUSE_MILLIS;
        while (!isDelivered(events, pauseMillis)) {
            Thread.sleep(pauseMillis);
            pauseMillis = Math.min(MAX_PAUSE_MILLIS, pauseMillis * 2);
        }
    }

    private boolean isDelivered(List<PaymentEvent> events, long pauseMillis) throws InterruptedException {
        try {
            listener.onEvents(events);
            return true;
        } catch (Exception | Error e) {
            if (e instanceof InterruptedException interrupted && isFinishing()) {
                throw interrupted;
            }
            log.warn(
                    "outbox {} failed on events {} to {}; it gets them again in {} ms",
                    name,
                    events.get(0).sequence(),
                    events.get(events.size() - 1).sequence(),
                    pauseMillis,
                    e);
            return false;
        } finally {
            if (!isFinishing()) {
                // Its own interrupts are no reason to tell it nothing any more.
                Thread.interrupted();
            }
        }
    }

    private boolean isFinishing() {
        synchronized (lock) {
            return finishing;
        }
    }

    private void awaitNews() throws InterruptedException {
        synchronized (lock) {
            while (!finishing && !hasNews) {
                lock.wait();
            }
            hasNews = false;
        }
    }
}
