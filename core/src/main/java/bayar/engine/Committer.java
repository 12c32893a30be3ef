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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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

    /** Ends the thread when it is taken from the queue. */
    private static final Command LAST = new Sign();

    /** Has the thread look after the outcomes when it is taken from the queue. */
    private static final Command OUTCOMES = new Sign();

    /** Nothing to decide: wakes the thread. */
    private static final class Sign implements Command {
        @Override
        public int weightBytes() {
            return 0;
        }

        @Override
        public void decide(Ledger ledger, long nowMillis) {}

        @Override
        public void answer(AnswerGroup group) {}

        @Override
        public void refuse(Refusal refusal, AnswerGroup group) {}

        @Override
        public void doubt(AnswerGroup group) {}
    }

    private final int maxBatch;
    private final BlockingQueue<Command> queue;
    /** What was heard from outside: taken first, never refused, bounded by the processors' permits. */
    private final Queue<Command> outcomes = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean outcomesTold = new AtomicBoolean();
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
        this.queue = new ArrayBlockingQueue<>(queueCapacity);
        this.store = store;
        this.ledger = new Ledger(store, store.lastSequence(), store.lastTimeMillis(), authorizationLifetime);
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
        if (refusal == null && closed != null && queue.remove(command)) {
            refusal = closed;
        }
        if (refusal != null) {
            Refusal why = refusal;
            AnswerGroup.alone(watchers, group -> command.refuse(why, group));
        }
    }

    /** Queues what was heard from outside, however much there is already. From any thread; never waits. */
    void submitOutcome(Command command) {
        outcomes.add(command);
        if (closed != null && outcomes.remove(command)) {
            Refusal why = Refusal.of(Reason.DRAINING);
            AnswerGroup.alone(watchers, group -> command.refuse(why, group));
        } else if (outcomesTold.compareAndSet(false, true) && !queue.offer(OUTCOMES)) {
            // A full queue keeps the thread awake, and it looks here before it takes more from there.
            outcomesTold.set(false);
        }
    }

    /** How many commands wait. */
    int queued() {
        return queue.size();
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
        boolean interrupted = false;
        while (!ended.isDone()) {
            try {
                if (queue.offer(LAST, 10, TimeUnit.MILLISECONDS)) {
                    thread.join();
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
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
        boolean last = take();
        if (decide()) {
            Changes changes = ledger.changes();
            long startNanos = nanoTicker.getAsLong();
            commit(changes);
            long commitNanos = nanoTicker.getAsLong() - startNanos;
            tellRecords(changes);
            forEachInBatch(command -> command.answer(answers));
            BatchEvent event = new BatchEvent(batch.size(), changes.records().size(), queue.size(), commitNanos);
            // From here on they have their answers: nothing that goes wrong may give them another.
            batch.clear();
            answers.tell(event);
            outside.committed(changes, ledger, answers);
            if (!changes.records().isEmpty()) {
                outboxes.forEach(Outbox::wake);
            }
            ledger.committed();
        }
        answers.send();
        return !last;
    }

    private boolean take() throws InterruptedException {
        takeOutcomes();
        Command next = batch.isEmpty() ? await() : queue.poll();
        int bytes = 0;
        while (next != null && next != LAST) {
            if (next == OUTCOMES) {
                outcomesTold.set(false);
                takeOutcomes();
            } else {
                batch.add(next);
                bytes += next.weightBytes();
            }
            boolean full = batch.size() >= maxBatch || bytes >= MAX_BATCH_BYTES;
            next = full ? null : queue.poll();
        }
        return next == LAST;
    }

    private @Nullable Command await() throws InterruptedException {
        return ledger.awaitsExpiry() ? queue.poll(TICK_MILLIS, TimeUnit.MILLISECONDS) : queue.take();
    }

    private void takeOutcomes() {
        Command next = null;
        while (batch.size() < maxBatch && (next = outcomes.poll()) != null) {
            batch.add(next);
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
        if (watchers.isEmpty()) {
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
        RuntimeException failure = null;
        int lost = 0;
        for (Command command : batch) {
            try {
                giveAnswer.accept(command);
            } catch (RuntimeException e) {
                failure = e;
                lost++;
            } catch (OutOfMemoryError e) {
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
        close(Refusal.of(Reason.ENGINE_STOPPED));
        ended.completeExceptionally(cause);
    }

    /** From here on everything is refused, what is queued already too. */
    private void close(Refusal refusal) {
        closed = refusal;
        for (Command next = queue.poll(); next != null; next = queue.poll()) {
            batch.add(next);
        }
        for (Command next = outcomes.poll(); next != null; next = outcomes.poll()) {
            batch.add(next);
        }
        refuseAll(refusal);
        outside.answerAll(answers);
        answers.send();
    }
}
