package bayar.client;

import bayar.BayarException;
import bayar.PaymentRequest;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Status;
import bayar.auth.Signer;
import bayar.codec.Claims;
import bayar.codec.InputLimits;
import bayar.codec.ReceiptReader;
import bayar.codec.RequestWriter;
import bayar.transport.Dialer;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to an engine and brings back their outcomes. Thread-safe; one is enough for a process.
 *
 * <p>All requests share one connection, on which they are pipelined; replies find their request by its id. The
 * connection is made when there is something to send, and made again when it is lost. A request that is not answered in
 * time, loses its connection, or is answered {@code busy}, {@code pending} or {@code in_doubt} is signed afresh and sent
 * again with the same id, which the engine executes once however often it comes. That goes on until there is an outcome,
 * or until the client's own deadline or number of tries is used up. Then the future fails with
 * {@link OutcomeUnknownException}, unless every single try was answered {@code busy}: in that case nothing was done, and
 * that answer is the receipt.
 *
 * <p>A reply that says {@code rejected} is an outcome too, unless an earlier try was left unanswered: the refusal of the
 * second says nothing of the first, so that the outcome is unknown.
 *
 * <p>The same request sent again while it is on its way joins it: both futures get the one receipt. A different request
 * with an id that is on its way is refused at once, by a future that fails with a {@link BayarException}. Cancelling a
 * future calls nothing back.
 *
 * <p>The caller makes the id and stores it before sending, so that it can send the same request again after a crash.
 */
public final class PaymentClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PaymentClient.class);
    private static final int LARGEST_BACKOFF_SHIFT = 16;

    private final Dialer dialer;
    private final Signer signer;
    private final Duration replyTimeout;
    private final Duration deadline;
    private final int maxTries;
    private final Duration validity;
    private final Supplier<@Nullable String> traceparent;
    private final Duration minBackoff;
    private final Duration maxBackoff;
    private final int maxInFlight;
    private final Clock clock;
    private final RandomGenerator random;
    private final ScheduledExecutorService timers;
    private final Executor sender;
    private final Executor callbacks;
    private final List<ExecutorService> ownThreads;
    private final RequestWriter writer = new RequestWriter();
    private final ReceiptReader reader = new ReceiptReader();

    /** Guards everything below, and every {@link Call} and {@link Link}. Nothing of others' is called under it. */
    private final Object lock = new Object();

    private final Map<String, Call> calls = new LinkedHashMap<>();
    private final Queue<Call> outbox = new ArrayDeque<>();
    /** What was decided under the lock and is to be done without it. */
    private final Queue<Runnable> afterwards = new ConcurrentLinkedQueue<>();

    private @Nullable Link link;
    private boolean isSending;
    private boolean waitsToDial;
    private int failedDials;
    private @Nullable String lastTrouble;
    private boolean isClosed;

    private PaymentClient(Builder builder) {
        dialer = builder.dialer;
        signer = builder.signer;
        replyTimeout = builder.replyTimeout;
        deadline = builder.deadline;
        maxTries = builder.maxTries;
        validity = builder.validity;
        traceparent = builder.traceparent;
        minBackoff = builder.minBackoff;
        maxBackoff = builder.maxBackoff;
        maxInFlight = builder.maxInFlight;
        clock = builder.clock;
        random = builder.random;
        callbacks = builder.callbacks;
        ownThreads = new ArrayList<>();
        timers = builder.timers != null ? builder.timers : own(timerThread());
        sender = builder.sender != null ? builder.sender : own(senderThread());
    }

    /** A builder of a client that reaches an engine through {@code dialer} and signs with {@code signer}. */
    public static Builder builder(Dialer dialer, Signer signer) {
        return new Builder(dialer, signer);
    }

    /**
     * Sends a request until it has an outcome.
     *
     * @return its receipt; or {@link OutcomeUnknownException}; or another {@link BayarException} when nothing was sent
     *     because the client is closed, has too much in flight, has another request with this id on its way, or because
     *     no engine would take the request
     */
    public CompletableFuture<Receipt> send(PaymentRequest request) {
        CompletableFuture<Receipt> future = new CompletableFuture<>();
        String trace = traceparent.get();
        Refusal malformed = InputLimits.DEFAULT.metadataProblem(request.metadata());
        synchronized (lock) {
            Call running = calls.get(request.id());
            String difference = running == null ? null : running.request.firstDifference(request);
            String refusal = null;
            if (isClosed) {
                refusal = "the client is closed; make another";
            } else if (malformed != null) {
                refusal = malformed.message();
            } else if (difference != null) {
                refusal = "another request with this id is on its way, with another " + difference
                        + "; give each request an id of its own";
            } else if (running == null && calls.size() >= maxInFlight) {
                refusal = maxInFlight + " requests are on their way already; wait for some of them";
            }
            if (refusal != null) {
                future.completeExceptionally(
                        new BayarException("request \"" + request.id() + "\" was not sent: " + refusal));
                return future;
            }
            if (running != null) {
                running.futures.add(future);
                return future;
            }
            Call call = new Call(request, trace);
            call.futures.add(future);
            calls.put(call.id(), call);
            call.deadline(after(deadline, () -> onDeadline(call)));
            enqueue(call);
            wakeSender();
        }
        doAfterwards();
        return future;
    }

    /** Asks how an earlier payment ended. The answer names it, with its sums, in {@link Receipt#original()}. */
    public CompletableFuture<Receipt> inquire(String payment) {
        long number;
        synchronized (lock) {
            number = random.nextLong();
        }
        return send(PaymentRequest.inquiry("inquiry-" + Long.toHexString(number), payment));
    }

    /**
     * Closes the connection. What is on its way ends with {@link OutcomeUnknownException}, where it may have been done.
     * May be called again.
     */
    @Override
    public void close() {
        synchronized (lock) {
            if (!isClosed) {
                isClosed = true;
                for (Call call : List.copyOf(calls.values())) {
                    giveUp(call, "the client was closed");
                }
                disconnect();
                ownThreads.forEach(threads -> afterwards.add(threads::shutdownNow));
            }
        }
        doAfterwards();
    }

    /** Sends what is in the outbox, one by one, and dials where that is needed. Only one thread is here at a time. */
    private void sendAll() {
        boolean isDone = false;
        try {
            while (!isDone) {
                isDone = sendNext();
            }
        } finally {
            if (!isDone) {
                // Something was thrown that should not be. The requests are still due, and their deadlines still run.
                synchronized (lock) {
                    isSending = false;
                }
            }
        }
    }

    private boolean sendNext() {
        Link on;
        Call call = null;
        synchronized (lock) {
            if (isClosed || waitsToDial || outbox.isEmpty()) {
                isSending = false;
                return true;
            }
            on = link;
            if (on != null) {
                call = outbox.remove();
                call.isQueued = false;
                call.begins(on);
                int thisTry = call.tries;
                Call sent = call;
                call.timer(after(replyTimeout, () -> onSilence(sent, thisTry)));
            }
        }
        if (on == null || call == null) {
            dial();
        } else {
            transmit(call, on);
        }
        return false;
    }

    private void dial() {
        Link fresh = new Link();
        String trouble = null;
        try {
            fresh.connection = dialer.dial(fresh);
        } catch (IOException e) {
            trouble = "no connection, " + e.getMessage();
        }
        synchronized (lock) {
            if (isClosed || fresh.isGone || trouble != null) {
                if (fresh.connection != null) {
                    afterwards.add(fresh.connection::close);
                }
                fresh.isGone = true;
                waitToDial(trouble);
            } else {
                link = fresh;
            }
        }
        doAfterwards();
    }

    private void transmit(Call call, Link on) {
        long issuedAt = clock.instant().getEpochSecond();
        byte[] payload = writer.write(call.request, issuedAt, issuedAt + validity.toSeconds(), call.traceparent);
        try {
            on.connection().send(signer.sign(payload));
        } catch (IOException e) {
            onLost(on, "sending failed, " + e.getMessage());
        }
    }

    /** A connection, told of what arrives on it. */
    final class Link implements Dialer.Listener {
        private Dialer.@Nullable Connection connection;
        private boolean isGone;
        long replies;

        @Override
        public void onMessage(byte[] message) {
            onReply(this, message);
        }

        @Override
        public void onClose(String why) {
            onLost(this, why);
        }

        Dialer.Connection connection() {
            return Objects.requireNonNull(connection);
        }
    }

    private void onReply(Link from, byte[] message) {
        Receipt receipt = null;
        BayarException unreadable = null;
        String id;
        try {
            receipt = reader.read(message);
            id = receipt.id();
        } catch (BayarException e) {
            unreadable = e;
            id = Claims.read(message, 0, message.length).id();
        }
        synchronized (lock) {
            from.replies++;
            failedDials = 0;
            Call call = id != null ? calls.get(id) : onlyOneInFlight();
            if (call == null) {
                logUnclaimed(id, receipt);
            } else if (receipt == null) {
                fail(call, "its reply cannot be read", unreadable);
            } else {
                answered(call, receipt);
            }
        }
        doAfterwards();
    }

    private void answered(Call call, Receipt receipt) {
        // A late answer to an earlier try may find the next one waiting in the outbox already.
        unqueue(call);
        call.answered(receipt);
        if (call.isSettledBy(receipt)) {
            finish(call);
            call.futures.forEach(future -> onCallback(() -> future.complete(receipt)));
        } else if (receipt.status() == Status.REJECTED) {
            fail(
                    call,
                    "a try was refused as " + receipt.reason().code() + ", but an earlier one was not answered",
                    null);
        } else if (call.tries >= maxTries) {
            giveUp(call, "still " + receipt.status().code());
        } else {
            call.timer(
                    after(pause(call.answersThatSettleNothing(), receipt.retryAfterMillis()), () -> sendAgain(call)));
        }
    }

    private void sendAgain(Call call) {
        synchronized (lock) {
            if (calls.get(call.id()) == call && call.link == null) {
                enqueue(call);
                wakeSender();
            }
        }
        doAfterwards();
    }

    private void onSilence(Call call, int silentTry) {
        synchronized (lock) {
            Link on = call.link;
            if (calls.get(call.id()) == call && on != null && call.tries == silentTry) {
                if (on.replies == call.repliesBefore) {
                    // Nobody else heard anything either: the connection is dead, whatever TCP believes.
                    lose(on, "no reply came within " + replyTimeout.toMillis() + " ms");
                } else {
                    tryAgain(call, "no reply came within " + replyTimeout.toMillis() + " ms");
                }
                wakeSender();
            }
        }
        doAfterwards();
    }

    private void onLost(Link lost, String why) {
        synchronized (lock) {
            lose(lost, "the connection was lost, " + why);
            wakeSender();
        }
        doAfterwards();
    }

    private void onDeadline(Call call) {
        synchronized (lock) {
            if (calls.get(call.id()) == call) {
                giveUp(call, "its time of " + deadline.toMillis() + " ms is up");
            }
        }
        doAfterwards();
    }

    private void lose(Link lost, String why) {
        if (lost.isGone) {
            return;
        }
        lost.isGone = true;
        lastTrouble = why;
        if (lost == link) {
            disconnect();
            if (lost.replies == 0) {
                // It was good for nothing: the next one waits, so that a server that hangs up at once is not pestered.
                waitToDial(why);
            }
        }
        for (Call call : List.copyOf(calls.values())) {
            if (call.link == lost) {
                tryAgain(call, why);
            }
        }
    }

    private void disconnect() {
        Link current = link;
        if (current != null) {
            current.isGone = true;
            afterwards.add(current.connection()::close);
            link = null;
        }
    }

    private void tryAgain(Call call, String why) {
        call.link = null;
        call.timer(null);
        lastTrouble = why;
        if (call.tries >= maxTries) {
            giveUp(call, call.tries + " tries were made");
        } else if (call.tries == 1) {
            enqueue(call);
        } else {
            call.timer(after(pause(call.tries - 1, 0), () -> sendAgain(call)));
        }
    }

    private void enqueue(Call call) {
        if (!call.isQueued) {
            call.isQueued = true;
            outbox.add(call);
        }
    }

    private void unqueue(Call call) {
        if (call.isQueued) {
            call.isQueued = false;
            outbox.remove(call);
        }
    }

    private void waitToDial(@Nullable String why) {
        lastTrouble = why != null ? why : lastTrouble;
        failedDials++;
        if (!isClosed && !waitsToDial) {
            waitsToDial = true;
            after(pause(failedDials, 0), this::onTimeToDial);
        }
    }

    private void onTimeToDial() {
        synchronized (lock) {
            waitsToDial = false;
            wakeSender();
        }
        doAfterwards();
    }

    /** Ends a call without an outcome; or with its last answer, where all answers prove that nothing was done. */
    private void giveUp(Call call, String why) {
        Receipt last = call.lastReceipt;
        if (last != null && call.nothingCanHaveBeenDone()) {
            finish(call);
            call.futures.forEach(future -> onCallback(() -> future.complete(last)));
        } else {
            String sent = call.tries == 0 ? ", and it was never sent" : "";
            String trouble = lastTrouble == null ? "" : " (" + lastTrouble + ")";
            fail(call, why + sent + trouble, null);
        }
    }

    private void fail(Call call, String why, @Nullable Throwable cause) {
        finish(call);
        OutcomeUnknownException unknown = new OutcomeUnknownException(call.id(), why, call.lastReceipt, cause);
        call.futures.forEach(future -> onCallback(() -> future.completeExceptionally(unknown)));
    }

    private void finish(Call call) {
        call.cancelTimers();
        calls.remove(call.id());
        unqueue(call);
    }

    private @Nullable Call onlyOneInFlight() {
        Call only = null;
        for (Call call : calls.values()) {
            if (call.link != null) {
                if (only != null) {
                    return null;
                }
                only = call;
            }
        }
        return only;
    }

    private static void logUnclaimed(@Nullable String id, @Nullable Receipt receipt) {
        if (id != null) {
            LOG.debug("A reply for {} came when that was settled already; nothing is done with it", id);
        } else {
            LOG.warn(
                    "A reply without an id came, {}; what it answers will be sent again when its time is up",
                    receipt == null ? "which cannot be read" : receipt.reason().code());
        }
    }

    private void wakeSender() {
        if (!isSending && !isClosed && !waitsToDial && !outbox.isEmpty()) {
            isSending = true;
            afterwards.add(() -> sender.execute(this::sendAll));
        }
    }

    private void onCallback(Runnable completion) {
        afterwards.add(() -> callbacks.execute(completion));
    }

    private void doAfterwards() {
        for (Runnable next = afterwards.poll(); next != null; next = afterwards.poll()) {
            next.run();
        }
    }

    private Future<?> after(Duration delay, Runnable task) {
        return timers.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Twice as long each time, up to the limit, with jitter; never shorter than what the engine asked for. */
    private Duration pause(int times, long atLeastMillis) {
        long doubled = minBackoff.toMillis() << Math.min(times - 1, LARGEST_BACKOFF_SHIFT);
        long most = Math.min(maxBackoff.toMillis(), doubled);
        long jittered = most / 2 + random.nextLong(most / 2 + 1);
        return Duration.ofMillis(Math.max(jittered, atLeastMillis + random.nextLong(atLeastMillis / 4 + 1)));
    }

    private <T extends ExecutorService> T own(T threads) {
        ownThreads.add(threads);
        return threads;
    }

    private static ScheduledExecutorService timerThread() {
        ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1, daemon("timers"));
        timers.setRemoveOnCancelPolicy(true);
        return timers;
    }

    private static ExecutorService senderThread() {
        // What comes after the client was closed has nothing left to send.
        return new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                daemon("sender"),
                new ThreadPoolExecutor.DiscardPolicy());
    }

    private static ThreadFactory daemon(String what) {
        ThreadFactory threads = Executors.defaultThreadFactory();
        return task -> {
            Thread thread = threads.newThread(task);
            thread.setName("bayar-client-" + what);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Gathers a client's settings. Not thread-safe. */
    public static final class Builder {
        private final Dialer dialer;
        private final Signer signer;
        private Duration replyTimeout = Duration.ofSeconds(5);
        private Duration deadline = Duration.ofSeconds(30);
        private int maxTries = 50;
        private Duration validity = Duration.ofSeconds(30);
        private Supplier<@Nullable String> traceparent = () -> null;
        private Duration minBackoff = Duration.ofMillis(50);
        private Duration maxBackoff = Duration.ofSeconds(2);
        private int maxInFlight = 1_024;
        private Clock clock = Clock.systemUTC();
        private RandomGenerator random = new Random();
        private @Nullable ScheduledExecutorService timers;
        private @Nullable Executor sender;
        private Executor callbacks = ForkJoinPool.commonPool();

        private Builder(Dialer dialer, Signer signer) {
            this.dialer = dialer;
            this.signer = signer;
        }

        /**
         * Asked on the thread that sends for the trace context to send with each request, as W3C Trace Context writes it;
         * null, as by default, for none.
         */
        public Builder traceparent(Supplier<@Nullable String> traceparent) {
            this.traceparent = traceparent;
            return this;
        }

        /** How long to wait for the answer to one try; 5 s when this is not called. */
        public Builder replyTimeout(Duration timeout) {
            replyTimeout = positive("replyTimeout", timeout);
            return this;
        }

        /** How long to go on trying; 30 s when this is not called. */
        public Builder deadline(Duration time) {
            deadline = positive("deadline", time);
            return this;
        }

        /** How often to try at most; 50 times when this is not called. */
        public Builder maxTries(int tries) {
            maxTries = positive("maxTries", tries);
            return this;
        }

        /**
         * How long a signed message holds ({@code exp} less {@code iat}), in whole seconds; 30 s when this is not called.
         * Leave room for clocks that differ: an engine drops what has expired by its own clock.
         */
        public Builder validity(Duration time) {
            if (time.toSeconds() < 1) {
                throw new BayarException("validity is " + time + "; it must be 1 s or more");
            }
            validity = time;
            return this;
        }

        /** The shortest and the longest pause between tries; 50 ms and 2 s when this is not called. */
        public Builder backoff(Duration min, Duration max) {
            minBackoff = positive("the shortest backoff", min);
            maxBackoff = positive("the longest backoff", max);
            if (min.compareTo(max) > 0) {
                throw new BayarException("the shortest backoff, " + min + ", is longer than the longest, " + max);
            }
            return this;
        }

        /** How many requests may be on their way at once; 1,024 when this is not called. */
        public Builder maxInFlight(int requests) {
            maxInFlight = positive("maxInFlight", requests);
            return this;
        }

        /** What {@code iat} and {@code exp} are read from; the system's clock when this is not called. */
        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        /** Where jitter and the ids of inquiries come from; used by one thread at a time. */
        public Builder random(RandomGenerator random) {
            this.random = random;
            return this;
        }

        /** What keeps the time; a thread of the client's own when this is not called. Not shut down by the client. */
        public Builder timers(ScheduledExecutorService timers) {
            this.timers = timers;
            return this;
        }

        /**
         * Where connections are opened and messages signed and sent, both of which may block; a thread of the client's own
         * when this is not called. Gets one task at a time. Not shut down by the client.
         */
        public Builder sender(Executor sender) {
            this.sender = sender;
            return this;
        }

        /** Where futures are completed, and what hangs on them runs; the common pool when this is not called. */
        public Builder callbacks(Executor callbacks) {
            this.callbacks = callbacks;
            return this;
        }

        /** The client; it connects when it has something to send. */
        public PaymentClient build() {
            return new PaymentClient(this);
        }

        private static Duration positive(String what, Duration time) {
            if (time.toMillis() < 1) {
                throw new BayarException(what + " is " + time + "; it must be 1 ms or more");
            }
            return time;
        }

        private static int positive(String what, int count) {
            if (count < 1) {
                throw new BayarException(what + " is " + count + "; it must be 1 or more");
            }
            return count;
        }
    }
}
