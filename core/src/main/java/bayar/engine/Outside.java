package bayar.engine;

import bayar.Attempt;
import bayar.BayarException;
import bayar.Money;
import bayar.Notice;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Processor;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Status;
import bayar.ledger.Changes;
import bayar.ledger.Evidence;
import bayar.ledger.Ledger;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Source;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outside world: calls the processors for payments that have become pending, gives up on them in time, asks again
 * about what is in doubt, and hands whatever it hears to the committer as commands. Decides nothing.
 *
 * <p>One thread begins all calls and watches all clocks; the calls in flight wait on no thread of the engine's, unless
 * the processor blocks.
 */
final class Outside {
    private static final Logger log = LoggerFactory.getLogger(Outside.class);

    /** How often to look at the clocks while something is going on. */
    private static final long TICK_MILLIS = 50;

    private static final long FINISH_MILLIS = 1000;
    private static final long SLOW_MILLIS = 200;

    /** Where commands go that tell what was heard. */
    @FunctionalInterface
    interface Committing {
        void submit(Command command);
    }

    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final Clock clock;
    private final LongSupplier nanoTicker;
    private final Watchers watchers;
    private final WaitingCallers waiting = new WaitingCallers();
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    /** Written by the one thread; read by whoever asks. */
    private final Map<Long, Doubt> doubts = new ConcurrentHashMap<>();
    /** Since when each payment in doubt is, in milliseconds since 1970 UTC. Written by the committer's thread. */
    private final Map<Long, Long> inDoubtSince = new ConcurrentHashMap<>();
    /** What is contradicted and not acknowledged. Written by the committer's thread. */
    private final Set<Long> contradicted = ConcurrentHashMap.newKeySet();

    private final Thread thread;
    private @Nullable Committing committing;
    private volatile boolean finishing;
    private volatile long answerAllMillis = Long.MAX_VALUE;

    Outside(Clock clock, LongSupplier nanoTicker, Watchers watchers, ThreadFactory threads) {
        this.clock = clock;
        this.nanoTicker = nanoTicker;
        this.watchers = watchers;
        this.thread = threads.newThread(this::run);
    }

    void add(String method, Processor processor, ProcessorSettings settings) {
        lines.put(method, new Line(method, processor, settings, nanoTicker));
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    void start(Committing newCommitting) {
        committing = newCommitting;
        if (!isEmpty()) {
            thread.setName("bayar-processors");
            // A processor that never returns must not keep the process from ending.
            thread.setDaemon(true);
            thread.start();
        }
    }

    // On the committer's thread.

    /** Whether there is a processor by this method. */
    boolean knows(String method) {
        return lines.containsKey(method);
    }

    /** Takes up a place for one payment by this method; or says why there is none. */
    @Nullable
    Refusal admit(String method) {
        Line line = lines.get(method);
        return line == null
                ? new Refusal(
                        Reason.PROCESSOR_UNAVAILABLE, null, "there is no processor " + method + " here now; try later")
                : line.admit();
    }

    /** Nothing will be heard of any more: answers all who wait that their payments are pending. */
    void answerAll(AnswerGroup answers) {
        waiting.answerOverdue(Long.MAX_VALUE, answers);
    }

    /** Gives a place back that was taken, but is not needed. */
    void release(String method) {
        Line line = lines.get(method);
        if (line != null) {
            line.release();
        }
    }

    /** Keeps a caller until it is known what became of a payment that is pending. */
    void await(Caller caller, Principal principal, PaymentRequest request, Receipt pending, long deadlineMillis) {
        waiting.add(caller, principal, request, pending, deadlineMillis);
    }

    /** These changes are durable: begins what is pending, and answers those who waited for what is known now. */
    void committed(Changes changes, Ledger ledger, AnswerGroup answers) {
        for (PaymentRecord record : changes.records()) {
            if (record.isStep()) {
                PaymentRecord payment = ledger.payment(record.about());
                if (payment != null) {
                    stands(payment, record, ledger, answers);
                }
            } else if (record.status() == Status.PENDING) {
                begin(record, ledger);
            }
        }
    }

    private void begin(PaymentRecord record, Ledger ledger) {
        Line line = lines.get(ledger.method(record));
        if (line != null) {
            Payment payment = payment(record, ledger);
            Attempt attempt = AttemptKeys.attempt(record);
            tasks.add(() -> call(line, payment, attempt, Source.PROCESS, true));
        }
    }

    private void stands(PaymentRecord payment, PaymentRecord step, Ledger ledger, AnswerGroup answers) {
        Operation told = step.request().type();
        count(payment);
        if (told == Operation.ANOMALY) {
            log.error(
                    "payment {} of {} is {}, but was contradicted: {}; nothing was changed, an operator must look into it",
                    payment.request().id(),
                    payment.principal(),
                    payment.status().code(),
                    step.request().metadata());
        }
        if (told == Operation.OUTCOME) {
            waiting.answer(Ledger.receipt(payment), answers);
        }
        if (payment.status() == Status.IN_DOUBT) {
            log.warn(
                    "payment {} of {} is in doubt: {} {}",
                    payment.request().id(),
                    payment.principal(),
                    payment.reason().code(),
                    step.request().metadata());
            watch(payment, ledger);
        } else if (payment.status().isFinal()) {
            if (told == Operation.OUTCOME && payment.course().doubtMillis() > 0) {
                log.info(
                        "payment {} of {} is in doubt no more: {} {}",
                        payment.request().id(),
                        payment.principal(),
                        payment.reason().code(),
                        step.request().metadata());
            }
            tasks.add(() -> settled(payment.sequence()));
        }
    }

    private void count(PaymentRecord payment) {
        if (payment.status() == Status.IN_DOUBT) {
            inDoubtSince.put(payment.sequence(), payment.course().doubtMillis());
        } else {
            inDoubtSince.remove(payment.sequence());
        }
        if (payment.course().anomalies() != 0) {
            contradicted.add(payment.sequence());
        } else {
            contradicted.remove(payment.sequence());
        }
    }

    private void watch(PaymentRecord record, Ledger ledger) {
        Line line = lines.get(ledger.method(record));
        if (line == null) {
            log.warn(
                    "payment {} of {} is in doubt, and there is no processor {} to ask; an operator must resolve it",
                    record.request().id(),
                    record.principal(),
                    ledger.method(record));
            return;
        }
        Payment payment = payment(record, ledger);
        Attempt attempt = AttemptKeys.attempt(record);
        boolean isBeingReversed = record.reason() == Reason.BEING_REVERSED;
        tasks.add(() -> doubt(line, payment, attempt, isBeingReversed));
    }

    private static Payment payment(PaymentRecord record, Ledger ledger) {
        if (record.debited() == null || record.credited() == null) {
            throw new BayarException("payment " + record.sequence() + " is pending between no accounts");
        }
        PaymentRecord original = ledger.original(record);
        Money amount = ledger.amount(record);
        return new Payment(
                record.sequence(),
                Instant.ofEpochMilli(record.takenMillis()),
                record.principal(),
                record.request(),
                amount,
                record.debited(),
                record.credited(),
                original == null
                        ? null
                        : new Payment.Original(
                                AttemptKeys.attempt(original), original.course().reference()));
    }

    /** Takes up what an engine before this one has left open. The first command of all. */
    int recover(Ledger ledger, long nowMillis) {
        List<PaymentRecord> open = new ArrayList<>();
        ledger.unresolved(open::add);
        Outcome interrupted = Outcome.unknown(Reason.INTERRUPTED, "the engine ended before there was an answer");
        for (PaymentRecord payment : open) {
            count(payment);
            if (payment.status() == Status.PENDING) {
                ledger.settle(payment.sequence(), Evidence.of(Source.ENGINE, interrupted, Duration.ZERO), nowMillis);
            } else if (payment.status() == Status.IN_DOUBT) {
                watch(payment, ledger);
            }
        }
        if (!open.isEmpty()) {
            log.warn("{} payments were left open or contradicted; those in doubt are being asked about", open.size());
        }
        return open.size();
    }

    // On the thread of the host.

    /** What an authentic notification tells. */
    Notice read(String method, Notification notification) {
        Line line = lines.get(method);
        if (line == null) {
            throw new NotificationException("there is no processor " + method + " here");
        }
        try {
            return Objects.requireNonNull(line.processor.read(notification), "it read nothing");
        } catch (NotificationException e) {
            throw e;
        } catch (RuntimeException e) {
            log.warn("processor {} failed to read a notification, which is refused", method, e);
            throw new NotificationException("processor " + method + " cannot read this notification");
        }
    }

    /** Whether there is a processor by this method, and it undoes what it is told to. */
    boolean canReverse(String method) {
        Line line = lines.get(method);
        return line != null && line.capabilities.isReversible();
    }

    Duration finalityWindow(String method) {
        Line line = lines.get(method);
        return line == null ? Duration.ZERO : line.capabilities.finalityWindow();
    }

    /** What is known about a payment in doubt, or null when nobody asks about it. */
    @Nullable
    Doubt doubt(long sequence) {
        return doubts.get(sequence);
    }

    /** How many payments are at work. */
    int pending() {
        return lines.values().stream().mapToInt(Line::atWork).sum();
    }

    /** How many payments are in doubt. */
    int inDoubt() {
        return inDoubtSince.size();
    }

    /** Since when the oldest of them is, or null when none is. */
    @Nullable
    Instant oldestInDoubt() {
        return inDoubtSince.values().stream()
                .min(Long::compare)
                .map(Instant::ofEpochMilli)
                .orElse(null);
    }

    /** How many payments are contradicted, and nobody has acknowledged that. */
    int contradicted() {
        return contradicted.size();
    }

    /** The methods that there are processors for. */
    List<String> methods() {
        return List.copyOf(lines.keySet());
    }

    /** From this time on everybody who waits is answered that the payment is pending. */
    void answerAllFrom(long millis) {
        answerAllMillis = millis;
    }

    /**
     * Ends. Waits this long for the calls that are going on; what becomes of the payments of the others is found out after
     * a restart, and whoever waits for them is answered that they are pending.
     */
    void finish(Duration timeout) {
        try {
            waiting.awaitNone(timeout.toMillis());
            finishing = true;
            tasks.add(() -> {});
            if (thread.isAlive()) {
                thread.join(FINISH_MILLIS);
                if (thread.isAlive()) {
                    log.warn("a processor hangs in a call that should return at once; its thread is left behind");
                }
            }
        } catch (InterruptedException e) {
            finishing = true;
            Thread.currentThread().interrupt();
        }
        AnswerGroup.alone(watchers, group -> waiting.answerOverdue(Long.MAX_VALUE, group));
        for (Line line : lines.values()) {
            if (line.processor instanceof BlockingAdapter blocking) {
                blocking.close();
            }
        }
    }

    // On the one thread.

    private void run() {
        long lookedNanos = nanoTicker.getAsLong();
        while (!finishing) {
            try {
                Runnable task = isIdle() ? tasks.take() : tasks.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
                if (task != null) {
                    task.run();
                }
                long nowNanos = nanoTicker.getAsLong();
                if (task == null || nowNanos - lookedNanos >= TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) {
                    lookedNanos = nowNanos;
                    lookAtClocks(nowNanos);
                }
            } catch (InterruptedException e) {
                // Whoever did that is no reason to let all that is pending wait for ever.
                log.warn("a processor has interrupted the thread that calls it, which goes on");
            } catch (RuntimeException | Error e) {
                log.error("a defect: looking after the processors failed, and goes on", e);
            }
        }
    }

    private boolean isIdle() {
        if (!waiting.isEmpty()) {
            return false;
        }
        for (Line line : lines.values()) {
            if (!line.calls.isEmpty() || !line.schedule.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private void call(Line line, Payment payment, Attempt attempt, Source source, boolean holdsPlace) {
        Call call = new Call(line, payment, attempt, source, holdsPlace, clock.millis(), nanoTicker.getAsLong());
        line.calls.add(call);
        long beganNanos = nanoTicker.getAsLong();
        try {
            CompletionStage<Outcome> stage = call.begin();
            warnIfSlow(line, nanoTicker.getAsLong() - beganNanos);
            if (stage == null) {
                throw new BayarException("the processor gave no stage");
            }
            stage.whenComplete((outcome, failure) -> answered(call, outcome, failure));
        } catch (RuntimeException | Error e) {
            answered(call, null, e);
        }
    }

    private void warnIfSlow(Line line, long tookNanos) {
        long tookMillis = TimeUnit.NANOSECONDS.toMillis(tookNanos);
        if (tookMillis >= SLOW_MILLIS) {
            log.warn(
                    "processor {} took {} ms to give its stage, and kept everybody else waiting; let it be a"
                            + " BlockingProcessor",
                    line.method,
                    tookMillis);
        }
    }

    /** On whichever thread the processor answers. */
    private void answered(Call call, @Nullable Outcome outcome, @Nullable Throwable failure) {
        Outcome told = outcome != null ? outcome : Outcome.unknown(noteOf(failure));
        boolean isInTime = call.end();
        if (isInTime) {
            over(call, told);
            tasks.add(() -> heard(call, told));
        } else if (told.kind() != Outcome.Kind.UNKNOWN) {
            // Late, but evidence still.
            tell(call, told, true);
        }
    }

    private static String noteOf(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause == null ? "the processor answered nothing" : "the processor failed: " + cause;
    }

    private void over(Call call, Outcome outcome) {
        if (call.holdsPlace) {
            // That it was not executed is clear for the payment, but no good sign of the processor.
            call.line.release(outcome.isEvidence() && outcome.kind() != Outcome.Kind.NOT_EXECUTED);
        }
        tell(call, outcome, false);
    }

    private void tell(Call call, Outcome answer, boolean isLate) {
        submit((ledger, nowMillis) -> {
            Outcome outcome = isAboutThisSendingAlone(call, answer, isLate)
                    ? Outcome.unknown("not executed this time, but it was sent more than once")
                    : answer;
            Evidence evidence = Evidence.of(call.source, outcome, call.line.capabilities.finalityWindow())
                    .askedAt(call.beganMillis);
            return ledger.settle(call.payment.sequence(), evidence, nowMillis);
        });
    }

    /**
     * That one sending came to nothing proves nothing about another one. In the committer's turn, in which it is also
     * decided that something is {@linkplain #sendAgain sent again}.
     */
    private boolean isAboutThisSendingAlone(Call call, Outcome outcome, boolean isLate) {
        if (call.source != Source.PROCESS || outcome.kind() != Outcome.Kind.NOT_EXECUTED) {
            return false;
        }
        Doubt doubt = doubts.get(call.payment.sequence());
        boolean mayHaveBeen = isLate && call.line.capabilities.isIdempotent();
        return !call.holdsPlace || (doubt == null ? mayHaveBeen : doubt.isSentAgain());
    }

    private <T> void submit(HostCommand.Work<T> work) {
        if (committing == null) {
            throw new IllegalStateException("heard something before the start");
        }
        HostCommand<T> command = new HostCommand<>(work, Runnable::run);
        command.future().whenComplete((done, failure) -> {
            if (failure != null) {
                log.warn(
                        "what was heard of a payment is not recorded, and will be asked for again: {}",
                        failure.getMessage());
            }
        });
        committing.submit(command);
    }

    /** The line has heard an answer, or has given up. */
    private void heard(Call call, Outcome outcome) {
        call.line.calls.remove(call);
        Doubt doubt = doubts.get(call.payment.sequence());
        if (doubt != null) {
            doubt.isBeingAsked(false);
            if (call.source == Source.INQUIRY && outcome.kind() == Outcome.Kind.NOT_SUPPORTED) {
                doubt.cannotBeInquired();
                scheduleNext(call.line, doubt);
            }
        }
    }

    private void doubt(Line line, Payment payment, Attempt attempt, boolean isBeingReversed) {
        Doubt doubt = doubts.computeIfAbsent(
                payment.sequence(), sequence -> new Doubt(payment, attempt, line.capabilities.isInquirable()));
        if (isBeingReversed && !doubt.isBeingReversed()) {
            doubt.reverse();
            schedule(line, doubt, clock.millis());
        } else if (doubt.nextTryMillis() == Doubt.NEVER) {
            scheduleNext(line, doubt);
        }
    }

    private void scheduleNext(Line line, Doubt doubt) {
        boolean canBeAsked = doubt.isBeingReversed()
                || doubt.isInquirable()
                || line.capabilities.isReversible()
                || line.capabilities.isIdempotent();
        if (canBeAsked) {
            schedule(line, doubt, clock.millis() + doubt.waitMillis());
        } else {
            schedule(line, doubt, Doubt.NEVER);
            log.warn(
                    "payment {} of {} stays in doubt: processor {} can be asked nothing about it; an operator must resolve"
                            + " it",
                    doubt.payment.request().id(),
                    doubt.payment.principal(),
                    line.method);
        }
    }

    private static void schedule(Line line, Doubt doubt, long atMillis) {
        line.schedule.remove(doubt);
        doubt.tryAt(atMillis);
        if (atMillis != Doubt.NEVER) {
            line.schedule.add(doubt);
        }
    }

    private void settled(long sequence) {
        Doubt doubt = doubts.remove(sequence);
        if (doubt != null) {
            lines.values().forEach(line -> line.schedule.remove(doubt));
        }
    }

    private void lookAtClocks(long nowNanos) {
        long nowMillis = clock.millis();
        for (Line line : lines.values()) {
            giveUpOverdue(line, nowNanos);
            askAgain(line, nowMillis);
        }
        long overdueMillis = nowMillis >= answerAllMillis ? Long.MAX_VALUE : nowMillis;
        AnswerGroup.alone(watchers, group -> waiting.answerOverdue(overdueMillis, group));
    }

    private void giveUpOverdue(Line line, long nowNanos) {
        List<Call> overdue = new ArrayList<>();
        for (Call call : line.calls) {
            if (nowNanos - call.deadlineNanos < 0) {
                break;
            }
            overdue.add(call);
        }
        for (Call call : overdue) {
            if (call.end()) {
                Outcome outcome = call.giveUp();
                over(call, outcome);
                heard(call, outcome);
            }
        }
    }

    private void askAgain(Line line, long nowMillis) {
        while (!line.schedule.isEmpty() && line.schedule.first().nextTryMillis() <= nowMillis && line.mayInquire()) {
            Doubt doubt = line.schedule.first();
            boolean isBeingAsked = doubt.isBeingAsked();
            if (!isBeingAsked) {
                doubt.tried();
            }
            scheduleNext(line, doubt);
            if (!isBeingAsked) {
                ask(line, doubt);
            }
        }
    }

    private void ask(Line line, Doubt doubt) {
        if (doubt.isBeingReversed()) {
            ask(line, doubt, Source.REVERSAL);
        } else if (doubt.isInquirable()) {
            ask(line, doubt, Source.INQUIRY);
        } else if (line.capabilities.isReversible()) {
            String why = "processor " + line.method + " cannot be asked what happened";
            submit((ledger, nowMillis) -> ledger.reverse(doubt.sequence(), null, why, nowMillis));
        } else {
            sendAgain(line, doubt);
        }
    }

    /** Only in the committer's turn is it certain that nothing was told meanwhile that settles it. */
    private void sendAgain(Line line, Doubt doubt) {
        submit((ledger, nowMillis) -> {
            PaymentRecord payment = ledger.payment(doubt.sequence());
            boolean isWanted = payment != null && payment.status() == Status.IN_DOUBT;
            if (isWanted) {
                doubt.sendAgain();
                tasks.add(() -> ask(line, doubt, Source.PROCESS));
            }
            return isWanted;
        });
    }

    private void ask(Line line, Doubt doubt, Source source) {
        doubt.isBeingAsked(true);
        call(line, doubt.payment, doubt.attempt, source, false);
    }
}
