package bayar.testkit;

import bayar.Attempt;
import bayar.BayarException;
import bayar.Capabilities;
import bayar.Money;
import bayar.Notice;
import bayar.Notification;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.Processor;
import bayar.testkit.Behavior.Answer;
import bayar.testkit.Behavior.Hold;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A processor with an outside world in memory that does what a test says, and keeps a book of what it did.
 *
 * <pre>{@code
 * ScriptedProcessor card = new ScriptedProcessor();
 * card.next(timesOutAfterTheEffect());
 * card.when(payment -> payment.amount().minor() > 500_00, declines(Reason.SUSPECTED_FRAUD));
 * try (PaymentEngine engine = PaymentEngine.builder().store(store).processor("card", card).start()) {
 *     engine.submit(shop, sale);
 *     card.awaitCalls(Kind.PROCESS, 1);
 *     engine.deliver("card", card.notification(card.calls().get(0).attempt().key())).join();
 * }
 * assertEquals(1, card.entries().get(0).times());
 * }</pre>
 *
 * <p>A call behaves as one of the {@linkplain #next next} in line says, else as the first of the {@linkplain #when rules}
 * that fits, else as the {@linkplain #byDefault default}, which approves. Thread-safe. It has no threads of its own: calls
 * are answered on the caller's thread, on the test's when it releases one, or on the scheduler that it was given.
 */
public final class ScriptedProcessor implements Processor {
    /** What a call was for. */
    public enum Kind {
        /** {@link Processor#process}. */
        PROCESS,
        /** {@link Processor#inquire}. */
        INQUIRE,
        /** {@link Processor#reverse}. */
        REVERSE
    }

    /** A call that came in. */
    public record Call(Kind kind, Payment payment, Attempt attempt) {}

    /**
     * What the book says of one attempt.
     *
     * @param key the attempt's key
     * @param type what was to be done
     * @param state how it ended
     * @param times how often it was done; more than once only without {@link #repeats idempotence}. Reversals do not count
     *     back
     * @param amount how much was done each time, or refused
     * @param reference what it is called here
     * @param originalKey the key of the attempt that it acts on, or null
     */
    public record Entry(
            String key,
            Operation type,
            State state,
            int times,
            Money amount,
            String reference,
            @Nullable String originalKey) {
        /** How an attempt ends. */
        public enum State {
            /** It was done. */
            DONE,
            /** It was refused. */
            DECLINED,
            /** It was undone, or will never be done. */
            REVERSED
        }

        Entry reversed() {
            return new Entry(key, type, State.REVERSED, times, amount, reference, originalKey);
        }
    }

    private record Rule(Kind kind, Predicate<Payment> applies, Behavior behavior) {}

    private record Held(String key, Runnable goesOn) {}

    private static final long PATIENCE_SECONDS = 60;

    private final @Nullable ScheduledExecutorService scheduler;
    private final SignedNotices notices = new SignedNotices("the scripted outside world's secret");

    private final Object lock = new Object();
    private final ScriptedBook book = new ScriptedBook();
    private final List<Call> calls = new ArrayList<>();
    private final Map<String, Integer> callsByAttempt = new HashMap<>();
    private final Map<Kind, Deque<Behavior>> next = new EnumMap<>(Kind.class);
    private final List<Rule> rules = new ArrayList<>();
    private final Map<Kind, Behavior> defaults = new EnumMap<>(Kind.class);
    private final Deque<Held> held = new ArrayDeque<>();
    private Capabilities capabilities =
            Capabilities.NONE.inquirable(Duration.ZERO).reversible().idempotent();
    private Consumer<Notification> recipient = notification -> {};
    private @Nullable RandomScript randomScript;
    private boolean repeats;
    private boolean isDown;

    /** One that approves, answers at once, and vouches for everything. */
    public ScriptedProcessor() {
        this.scheduler = null;
    }

    /** One whose answers may take time, which goes by in this scheduler; it is not shut down here. */
    public ScriptedProcessor(ScheduledExecutorService scheduler) {
        this.scheduler = scheduler;
    }

    /** The next calls of {@link #process} behave so, one each, after those in line already. */
    public ScriptedProcessor next(Behavior... behaviors) {
        return next(Kind.PROCESS, behaviors);
    }

    /** The next calls of this kind behave so, one each, after those in line already. */
    public ScriptedProcessor next(Kind kind, Behavior... behaviors) {
        synchronized (lock) {
            Deque<Behavior> line = next.computeIfAbsent(kind, none -> new ArrayDeque<>());
            Arrays.stream(behaviors).map(this::feasible).forEach(line::add);
        }
        return this;
    }

    /** Calls of {@link #process} for payments like this behave so. */
    public ScriptedProcessor when(Predicate<Payment> applies, Behavior behavior) {
        return when(Kind.PROCESS, applies, behavior);
    }

    /** Calls of this kind for payments like this behave so, unless a rule given before applies. */
    public ScriptedProcessor when(Kind kind, Predicate<Payment> applies, Behavior behavior) {
        synchronized (lock) {
            rules.add(new Rule(kind, applies, feasible(behavior)));
        }
        return this;
    }

    /** Calls of {@link #process} of which nothing else is said behave so from now on. */
    public ScriptedProcessor byDefault(Behavior behavior) {
        return byDefault(Kind.PROCESS, behavior);
    }

    /** Calls of this kind of which nothing else is said behave so from now on. */
    public ScriptedProcessor byDefault(Kind kind, Behavior behavior) {
        synchronized (lock) {
            defaults.put(kind, feasible(behavior));
        }
        return this;
    }

    /**
     * Calls of which nothing else is said do at random what outside worlds do, from now on: they mostly work, and
     * sometimes decline, hang, break, lie about the amount, answer late or notify. The seed and the attempt's key decide,
     * so a run can be repeated. What is late waits for {@link #releaseAll}. Inquiries and reversals give an answer sooner
     * or later when they are repeated.
     */
    public ScriptedProcessor atRandom(long seed) {
        synchronized (lock) {
            randomScript = new RandomScript(seed);
        }
        return this;
    }

    /** What it vouches for from now on, be it true or not; an engine asks once, when it starts. */
    public ScriptedProcessor vouchesFor(Capabilities newCapabilities) {
        synchronized (lock) {
            capabilities = newCapabilities;
        }
        return this;
    }

    /** Whether what is sent again with the same key is done again; by default it is not. */
    public ScriptedProcessor repeats(boolean newRepeats) {
        synchronized (lock) {
            repeats = newRepeats;
        }
        return this;
    }

    /** Where notifications go; by default nowhere. Called without a lock, after the answer if there is one. */
    public ScriptedProcessor notifies(Consumer<Notification> newRecipient) {
        synchronized (lock) {
            recipient = newRecipient;
        }
        return this;
    }

    /** Until {@link #comesBack}, every call fails without any effect, whatever the script says, which is not used up. */
    public void goesDown() {
        synchronized (lock) {
            isDown = true;
        }
    }

    /** Calls behave as the script says again. */
    public void comesBack() {
        synchronized (lock) {
            isDown = false;
        }
    }

    private Behavior feasible(Behavior behavior) {
        if (!behavior.delay.isZero() && scheduler == null) {
            throw new BayarException(
                    "an answer can only take " + behavior.delay + " when the scripted processor was given a scheduler");
        }
        return behavior;
    }

    @Override
    public Capabilities capabilities() {
        synchronized (lock) {
            return capabilities;
        }
    }

    @Override
    public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
        return called(new Call(Kind.PROCESS, payment, attempt));
    }

    @Override
    public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
        return called(new Call(Kind.INQUIRE, payment, attempt));
    }

    @Override
    public CompletionStage<Outcome> reverse(Payment payment, Attempt attempt) {
        return called(new Call(Kind.REVERSE, payment, attempt));
    }

    @SuppressWarnings("NullAway") // a processor that returns null is what is played here
    private CompletionStage<Outcome> called(Call call) {
        CompletableFuture<Outcome> stage = new CompletableFuture<>();
        Behavior behavior;
        Runnable answer = () -> {};
        synchronized (lock) {
            behavior = behavior(call);
            calls.add(call);
            lock.notifyAll();
            if (behavior.hold == Hold.EVERYTHING) {
                Behavior free = behavior;
                held.add(new Held(
                        call.attempt().key(), () -> act(call, free, stage).run()));
            } else {
                answer = act(call, behavior, stage);
            }
            if (behavior.hold == Hold.ANSWER) {
                held.add(new Held(call.attempt().key(), answer));
                answer = () -> {};
            }
        }
        if (scheduler != null && !behavior.delay.isZero()) {
            scheduler.schedule(answer, behavior.delay.toNanos(), TimeUnit.NANOSECONDS);
        } else {
            answer.run();
        }
        if (behavior.answer == Answer.THROWN) {
            throw new IllegalStateException("the script throws");
        }
        return behavior.answer == Answer.NULL ? null : stage;
    }

    private Behavior behavior(Call call) {
        if (isDown) {
            return Behavior.failsBeforeTheEffect();
        }
        int earlier = callsByAttempt.merge(call.kind() + " " + call.attempt().key(), 1, Integer::sum) - 1;
        Deque<Behavior> line = next.get(call.kind());
        if (line != null && !line.isEmpty()) {
            return line.remove();
        }
        for (Rule rule : rules) {
            if (rule.kind() == call.kind() && rule.applies().test(call.payment())) {
                return rule.behavior();
            }
        }
        return randomScript != null
                ? randomScript.behavior(call, earlier)
                : defaults.getOrDefault(call.kind(), Behavior.approves());
    }

    /** Does in the book what there is to do, and returns what answers; that is to be run without the lock. */
    private Runnable act(Call call, Behavior behavior, CompletableFuture<Outcome> stage) {
        String key = call.attempt().key();
        Outcome outcome;
        Consumer<Notification> notified;
        synchronized (lock) {
            if (behavior.hasEffect) {
                takeEffect(call, behavior);
            }
            outcome = behavior.told != null
                    ? behavior.told
                    : switch (call.kind()) {
                        case PROCESS -> book.afterProcess(key);
                        case INQUIRE -> book.afterInquiry(key);
                        case REVERSE -> book.afterReversal(key);
                    };
            notified = recipient;
        }
        return () -> {
            if (behavior.answer == Answer.TOLD) {
                stage.complete(outcome);
            } else if (behavior.answer == Answer.FAILED) {
                stage.completeExceptionally(new IOException("the script breaks the connection"));
            }
            if (behavior.notifies) {
                notified.accept(notification(key));
            }
        };
    }

    private void takeEffect(Call call, Behavior behavior) {
        if (call.kind() == Kind.PROCESS) {
            book.execute(call.payment(), call.attempt(), behavior.becomes.apply(call.payment()), repeats);
        } else if (call.kind() == Kind.REVERSE) {
            book.reverse(call.payment(), call.attempt());
        }
    }

    /** Lets go on what was held back for this attempt, on this thread; returns how many calls that were. */
    public int release(String key) {
        return release(waiting -> waiting.key().equals(key));
    }

    /** Lets go on everything that was held back, in order, on this thread; returns how many calls that were. */
    public int releaseAll() {
        return release(waiting -> true);
    }

    private int release(Predicate<Held> which) {
        List<Held> released;
        synchronized (lock) {
            released = held.stream().filter(which).toList();
            held.removeAll(released);
        }
        released.forEach(waiting -> waiting.goesOn().run());
        return released.size();
    }

    /** All calls so far, in the order in which they came. */
    public List<Call> calls() {
        synchronized (lock) {
            return List.copyOf(calls);
        }
    }

    /** The calls of this kind so far, in the order in which they came. */
    public List<Call> calls(Kind kind) {
        return calls().stream().filter(call -> call.kind() == kind).toList();
    }

    /**
     * Waits until there were so many calls of this kind, and returns them all.
     *
     * @throws AssertionError if they do not come within a minute
     */
    public List<Call> awaitCalls(Kind kind, int count) {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        synchronized (lock) {
            while (calls(kind).size() < count) {
                long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
                if (leftMillis <= 0) {
                    throw new AssertionError("waited for " + count + " calls of " + kind + "; there were " + calls);
                }
                waitFor(leftMillis);
            }
            return calls(kind);
        }
    }

    private void waitFor(long millis) {
        try {
            lock.wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for calls", e);
        }
    }

    /** What the book says of this attempt, or null when it says nothing. */
    public @Nullable Entry entry(String key) {
        synchronized (lock) {
            return book.entry(key);
        }
    }

    /** The whole book, in the order in which attempts came in. */
    public List<Entry> entries() {
        synchronized (lock) {
            return book.entries();
        }
    }

    /** How many minor units of this currency were done, and not undone, by operations of this type. */
    public long minorDone(Operation type, String currencyCode) {
        return entries().stream()
                .filter(entry -> entry.state() == Entry.State.DONE && entry.type() == type)
                .filter(entry -> entry.amount().currency().equals(Money.currency(currencyCode)))
                .mapToLong(entry -> entry.times() * entry.amount().minor())
                .sum();
    }

    /** A signed notification that tells what the book says of this attempt. */
    public Notification notification(String key) {
        Outcome outcome;
        synchronized (lock) {
            outcome = book.afterInquiry(key);
        }
        return notification(key, outcome);
    }

    /** A signed notification that tells this of an attempt, be it true or not. */
    public Notification notification(String key, Outcome outcome) {
        return notices.write(new Notice(key, outcome));
    }

    @Override
    public Notice read(Notification notification) {
        return notices.read(notification);
    }
}
