package bayar.engine;

import bayar.BatchEvent;
import bayar.BayarException;
import bayar.Reason;
import bayar.Refusal;
import bayar.ledger.Changes;
import bayar.ledger.Ledger;
import bayar.ledger.PaymentRecord;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that decides. Takes what has arrived, decides it in the ledger, has the store make the whole batch
 * durable, and only then answers. While one batch is written the next one gathers in the queue. A timer only looks for
 * authorizations that expire while nothing arrives.
 *
 * <p>Fails for good when the store fails or the ledger contradicts itself: what was being written is answered as in
 * doubt, everything else as busy, and nothing more is decided.
 */
final class Committer {
    private static final Logger log = LoggerFactory.getLogger(Committer.class);

    /** How often to look for expired authorizations while nothing arrives. */
    private static final long TICK_MILLIS = 500;

    private static final int MAX_TRIES_WITHOUT_MEMORY = 100;
    private static final long PAUSE_WITHOUT_MEMORY_MILLIS = 100;

    /** The largest batch, in bytes of its messages. */
    private static final int MAX_BATCH_BYTES = 1 << 20;

    private final int maxBatch;
    private final CommandQueue queue;
    private final Admission admission;
    private final Outside outside;
    private final List<Outbox> outboxes;
    private final PaymentStore store;
    private final Ledger ledger;
    private final Clock clock;
    private final LongSupplier nanoTicker;
    private final Watchers watchers;
    private final AnswerGroup answers;
    private final Thread thread;
    private final List<Command> batch = new ArrayList<>();
    private int released;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private volatile @Nullable Refusal closed;
    private volatile long lastRecordedMillis;

    Committer(
            PaymentStore store,
            int queueCapacity,
            int maxBatch,
            Duration authorizationLifetime,
            Clock clock,
            LongSupplier nanoTicker,
            Watchers watchers,
            Outside outside,
            List<Outbox> outboxes,
            ThreadFactory threads) {
        this.outside = outside;
        this.outboxes = outboxes;
        this.maxBatch = maxBatch;
        this.queue = new CommandQueue(queueCapacity);
        this.admission = new Admission(queue, queueCapacity, nanoTicker.getAsLong());
        this.store = store;
        this.ledger = new Ledger(store, store.lastSequence(), store.lastTimeMillis(), authorizationLifetime);
        this.lastRecordedMillis = store.lastTimeMillis();
        this.clock = clock;
        this.nanoTicker = nanoTicker;
        this.watchers = watchers;
        this.answers = new AnswerGroup(watchers);
        this.thread = threads.newThread(this::run);
    }

    void start() {
        thread.setName("bayar-committer");
        thread.start();
    }

    /** Queues a command, or answers at once that it cannot be taken. From any thread; never waits. */
    void submit(Command command) {
        Refusal refusal = closed;
        if (refusal == null && !queue.offer(command)) {
            refusal = Refusal.of(Reason.OVERLOADED);
        }
        if (refusal != null) {
            Refusal why = refusal;
            AnswerGroup.alone(watchers, group -> command.refuse(why, group));
        } else {
            refuseLate();
        }
    }

    /** Queues what was heard from outside, however much there is already. From any thread; never waits. */
    void submitOutcome(Command outcome) {
        queue.put(outcome);
        refuseLate();
    }

    /** What came after the thread's last look is refused by whoever brought it. */
    private void refuseLate() {
        if (!queue.isShut()) {
            return;
        }
        Refusal refusal = closed;
        Refusal why = refusal != null ? refusal : Refusal.of(Reason.DRAINING);
        List<Command> late = new ArrayList<>();
        queue.takeBack(late);
        AnswerGroup.alone(watchers, group -> late.forEach(command -> command.refuse(why, group)));
    }

    /** Says whether a request may come in. */
    Admission admission() {
        return admission;
    }

    /** How many commands wait. */
    int queued() {
        return queue.size();
    }

    /** The time of the last record, or null while there is none. */
    @Nullable
    Instant lastRecorded() {
        return lastRecordedMillis == 0 ? null : Instant.ofEpochMilli(lastRecordedMillis);
    }

    /** Why nothing is taken any more, or null while commands are taken. */
    @Nullable
    Refusal closed() {
        return closed;
    }

    /** Completes when the thread has ended: exceptionally if that was because of a failure. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /** Takes nothing new, finishes what is queued, and ends the thread. Waits for that. */
    void finish() {
        if (closed == null) {
            closed = Refusal.of(Reason.DRAINING);
        }
        queue.end();
        ended.exceptionally(failure -> null).join();
    }

    private void run() {
        try {
            while (commitNextBatch()) {
                // one batch after another
            }
            close(Refusal.of(Reason.DRAINING));
            ended.complete(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop(new BayarException("the committer's thread was interrupted", e));
        } catch (RuntimeException | Error e) {
            stop(e);
        }
    }

    /** @return false when this was the last one */
    private boolean commitNextBatch() throws InterruptedException {
        boolean isLast = !take();
        long takenNanos = nanoTicker.getAsLong();
        answers.batch(takenNanos, takenNanos);
        tellWait(takenNanos);
        if (decide()) {
            Changes changes = ledger.changes();
            long startNanos = nanoTicker.getAsLong();
            commit(changes);
            long committedNanos = nanoTicker.getAsLong();
            long commitNanos = committedNanos - startNanos;
            answers.batch(takenNanos, committedNanos);
            admission.committed(commitNanos);
            if (!changes.records().isEmpty()) {
                lastRecordedMillis =
                        changes.records().get(changes.records().size() - 1).timeMillis();
            }
            tellRecords(changes);
            forEachInBatch(command -> command.answer(answers));
            BatchEvent event = new BatchEvent(batch.size(), changes.records().size(), queue.size(), commitNanos);
            // From here on they have their answers: nothing that goes wrong may give them another.
            batch.clear();
            answers.tell(event);
            BatchFlight.record(event);
            outside.committed(changes, ledger, answers);
            if (!changes.records().isEmpty()) {
                outboxes.forEach(Outbox::wake);
            }
            ledger.committed();
        }
        answers.send();
        return !isLast;
    }

    /** @return false when there is nothing and nothing more will come */
    private boolean take() throws InterruptedException {
        queue.drainTo(batch, maxBatch, MAX_BATCH_BYTES);
        if (batch.isEmpty()) {
            if (queue.isEnding()) {
                return false;
            }
            queue.await(ledger.awaitsExpiry() ? TICK_MILLIS : Long.MAX_VALUE);
            queue.drainTo(batch, maxBatch, MAX_BATCH_BYTES);
        }
        return true;
    }

    private void tellWait(long takenNanos) {
        for (Command command : batch) {
            if (command instanceof PaymentCommand request) {
                admission.took(batch.size() + queue.size(), request.arrivedNanos(), takenNanos);
                return;
            }
        }
    }

    private boolean decide() throws InterruptedException {
        try {
            for (int tries = 1; !decideWithinMemory(); tries++) {
                if (tries == MAX_TRIES_WITHOUT_MEMORY) {
                    throw new OutOfMemoryError("the heap stays full, whoever fills it");
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_WITHOUT_MEMORY_MILLIS);
            }
            return !batch.isEmpty() || released > 0;
        } catch (RuntimeException | Error e) {
            refuseAll(Refusal.of(Reason.ENGINE_STOPPED));
            throw e;
        }
    }

    /** Somebody in this process (an extension?) may have eaten the heap. Nothing is written yet, so it can be tried again. */
    private boolean decideWithinMemory() {
        long nowMillis = clock.millis();
        try {
            released = ledger.releaseExpired(nowMillis);
            for (Command command : batch) {
                command.expect(ledger);
            }
            for (Command command : batch) {
                command.decide(ledger, nowMillis);
            }
            return true;
        } catch (OutOfMemoryError e) {
            ledger.abandon();
            return false;
        }
    }

    private void commit(Changes changes) {
        if (changes.isEmpty()) {
            return;
        }
        try {
            store.commit(changes);
        } catch (RuntimeException | Error e) {
            forEachInBatch(command -> command.doubt(answers));
            batch.clear();
            throw e;
        }
    }

    private void tellRecords(Changes changes) {
        if (!watchers.wantsPayments()) {
            return;
        }
        for (PaymentRecord record : changes.records()) {
            PaymentRecord payment = record.isStep() ? ledger.payment(record.about()) : record;
            if (payment != null) {
                answers.tell(Ledger.event(record, payment));
            }
        }
    }

    private void refuseAll(Refusal refusal) {
        forEachInBatch(command -> command.refuse(refusal, answers));
        answers.send();
        batch.clear();
    }

    /** Gives each its answer. What keeps one from it keeps nobody else: the decision stands, its sender will ask again. */
    private void forEachInBatch(Consumer<Command> giveAnswer) {
        Throwable failure = null;
        int lost = 0;
        for (Command command : batch) {
            try {
                giveAnswer.accept(command);
            } catch (RuntimeException | Error e) {
                failure = e;
                lost++;
            }
        }
        if (lost > 0) {
            log.error("{} answers were lost; their senders will ask again and get them", lost, failure);
        }
    }

    private void stop(Throwable cause) {
        if (cause instanceof StoreException) {
            // A disk that is full is no defect of ours: its message says all there is to know.
            log.error("the engine has stopped and takes no more payments: {}", cause.getMessage());
        } else {
            log.error("the engine has stopped and takes no more payments; mend the cause, then restart it", cause);
        }
        StopFlight.record(cause);
        close(Refusal.of(Reason.ENGINE_STOPPED));
        ended.completeExceptionally(cause);
    }

    /** From here on everything is refused, what is queued already too. */
    private void close(Refusal refusal) {
        closed = refusal;
        queue.shut();
        queue.drainTo(batch, Integer.MAX_VALUE, Integer.MAX_VALUE);
        refuseAll(refusal);
        outside.answerAll(answers);
        answers.send();
    }
}
