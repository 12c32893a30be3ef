package bayar.engine;

import bayar.AccountId;
import bayar.BayarException;
import bayar.BlockingProcessor;
import bayar.EngineStatus;
import bayar.Extension;
import bayar.Money;
import bayar.Notice;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Operator;
import bayar.OutboxListener;
import bayar.PaymentHistory;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Probe;
import bayar.Processor;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Resolution;
import bayar.Status;
import bayar.StoreStatus;
import bayar.TransportStatus;
import bayar.UnresolvedPayment;
import bayar.VerificationContext;
import bayar.Verifier;
import bayar.auth.Authenticator;
import bayar.auth.KeySet;
import bayar.codec.InputLimits;
import bayar.codec.LogLine;
import bayar.ledger.Account;
import bayar.ledger.Ledger;
import bayar.ledger.Limits;
import bayar.ledger.NewAccount;
import bayar.store.PaymentStore;
import bayar.transport.Transport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes payments, over transports and from the host's own calls, and executes each exactly once on a durable ledger.
 *
 * <pre>{@code
 * try (PaymentEngine engine = PaymentEngine.builder()
 *         .store(new MemoryStore())
 *         .account("alice", Money.of(100_00, "MYR"))
 *         .account("kedai", Money.of(0, "MYR"))
 *         .start()) {
 *     Principal shop = Principal.named("shop").mayDebit("alice");
 *     Receipt receipt = engine.submit(shop, PaymentRequest.sale("1001", "alice", "kedai", Money.of(12_50, "MYR"))).join();
 * }
 * }</pre>
 *
 * <p>Thread-safe. A message passes: signature, format, verifiers (on the event loop or a worker), then a bounded queue,
 * then the one committer, which decides, has the store make it durable, and answers. When the store fails the engine
 * stops: it answers everything with {@link bayar.Reason#ENGINE_STOPPED} until it is closed, and {@link #stopped} tells why.
 */
public final class PaymentEngine implements Operator, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PaymentEngine.class);
    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(10);
    private static final long EXTENSION_FINISH_MILLIS = 1000;
    private static final int OPENED_TOGETHER = 1000;
    private static final long NANOS_BETWEEN_PROGRESS = 2_000_000_000L;
    private static final int CALLBACK_THREADS = 2;

    private final PaymentStore store;
    private final Clock clock;
    private final LongSupplier nanoTicker;
    private final Executor callbacks;
    private final List<Transport> transports;
    private final Tally tally;
    private final Watchers watchers;
    private final InputLimits limits;
    private final Gate gate;
    private final Workers workers;
    private final Committer committer;
    private final Outside outside;
    private final Desk desk;
    private final List<Outbox> outboxes;
    private final List<Extension> extensions;
    private final List<Extension> started = new ArrayList<>();
    private final Instant startedAt;
    private final int queueCapacity;
    private final AuditLog audit;
    private final CompletableFuture<DrainReport> drained = new CompletableFuture<>();
    private volatile boolean draining;

    private PaymentEngine(Builder builder, PaymentStore store) {
        this.store = store;
        this.clock = builder.clock;
        this.nanoTicker = builder.nanoTicker;
        this.callbacks = builder.callbacks != null ? builder.callbacks : ownCallbacks();
        this.transports = builder.transports.stream().map(Attached::transport).toList();
        this.startedAt = clock.instant();
        this.queueCapacity = builder.queueCapacity;
        this.audit = new AuditLog(builder.logFormat);

        this.extensions = builder.extensions();
        Plugs plugs = builder.plugs;
        extensions.forEach(extension -> extension.install(plugs));
        this.limits = builder.limits;
        this.gate = new Gate(plugs.verifiers);
        this.watchers =
                new Watchers(plugs.probes, extensions, builder.extensionQueueCapacity, builder.threads, nanoTicker);
        this.tally = new Tally(nanoTicker, watchers);
        this.workers = new Workers(builder.workers, builder.workerQueueCapacity, builder.threads);
        this.outside = new Outside(clock, nanoTicker, watchers, builder.threads);
        plugs.processors.forEach((method, plugged) -> outside.add(method, plugged.processor(), plugged.settings()));
        this.desk = new Desk(outside);
        this.outboxes = plugs.outboxes.entrySet().stream()
                .map(entry -> new Outbox(entry.getKey(), entry.getValue(), store, this::askAnyway, builder.threads))
                .toList();
        this.committer = new Committer(
                store,
                builder.queueCapacity,
                builder.maxBatch,
                builder.authorizationLifetime,
                clock,
                nanoTicker,
                watchers,
                outside,
                outboxes,
                builder.threads);
    }

    /**
     * Not the common pool: on a small machine that has one thread, and whoever blocks it would keep everybody from their
     * answers. Its threads come when they are needed, end when they are not, and hold no process up.
     */
    private static Executor ownCallbacks() {
        return new ForkJoinPool(CALLBACK_THREADS, ForkJoinPool.defaultForkJoinWorkerThreadFactory, null, true);
    }

    /** A builder with every default; a store must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Has a request of the host's own verified and executed, exactly as one that came over a transport: the principal's
     * grants and all verifiers apply, and the same id is executed once.
     *
     * @return completes with the answer, whatever it is, on the executor for callbacks; never exceptionally
     */
    public CompletableFuture<Receipt> submit(Principal principal, PaymentRequest request) {
        return submit(principal, request, Instant.MAX);
    }

    /**
     * Like {@link #submit(Principal, PaymentRequest)}, with a deadline.
     *
     * @param deadline a request that has not reached the ledger by then is answered as busy and not executed
     */
    public CompletableFuture<Receipt> submit(Principal principal, PaymentRequest request, Instant deadline) {
        CompletableFuture<Receipt> future = new CompletableFuture<>();
        Caller caller = Caller.host(future, callbacks, tally);
        Instant now = clock.instant();
        boolean hasDeadline = !deadline.equals(Instant.MAX);
        VerificationContext context =
                new VerificationContext(principal, null, null, hasDeadline ? deadline : null, now, caller.peer());
        // What its processor is not called for any more must not become pending.
        Refusal refusal = draining ? Refusal.of(Reason.DRAINING) : refusal(request, context);
        caller.verified();
        if (refusal != null) {
            AnswerGroup.alone(watchers, group -> caller.refuse(request.id(), principal, request, refusal, group));
        } else {
            long deadlineMillis = hasDeadline ? deadline.toEpochMilli() : Long.MAX_VALUE;
            committer.submit(
                    new PaymentCommand(caller, principal, request, deadlineMillis, HostCommand.WEIGHT_BYTES, outside));
        }
        return future;
    }

    /** A message's limits were kept while it was read; a call's are looked at here. */
    private @Nullable Refusal refusal(PaymentRequest request, VerificationContext context) {
        Refusal overLimit = limits.metadataProblem(request.metadata());
        return overLimit != null ? overLimit : gate.refusal(request, context);
    }

    /**
     * Opens an account, unless it is open already.
     *
     * @return completes with the account as it is, once that is durable; exceptionally with a {@link BayarException} when
     *     it is open in another currency, or when the engine takes nothing
     */
    public CompletableFuture<Account> open(NewAccount account) {
        return ask((ledger, nowMillis) -> {
                    boolean isNew = ledger.account(account.id()) == null;
                    return new Opened(ledger.open(account, nowMillis), isNew);
                })
                .thenApply(opened -> {
                    if (opened.isNew()) {
                        audit.opened(opened.account(), account.opening().minor());
                    }
                    return opened.account();
                });
    }

    private record Opened(Account account, boolean isNew) {}

    /**
     * Reads an account, as it is after every payment that was answered before this call.
     *
     * @return completes with the account, or with nothing when there is none of this name
     */
    public CompletableFuture<Optional<Account>> account(AccountId id) {
        return ask((ledger, nowMillis) -> Optional.ofNullable(ledger.account(id)));
    }

    /**
     * Replaces an account's limits; what was counted so far still counts.
     *
     * @return completes with the account, once that is durable; exceptionally with a {@link BayarException} when there is
     *     none of this name, or when the engine takes nothing
     */
    public CompletableFuture<Account> limit(AccountId id, Limits limits) {
        return ask((ledger, nowMillis) -> ledger.limit(id, limits)).thenApply(account -> {
            audit.limited(id, limits);
            return account;
        });
    }

    /**
     * Takes a message that a processor's counterpart sent of its own accord (a webhook). The processor verifies and reads
     * it; what it tells is applied once, however often it comes.
     *
     * @param method the processor it is for
     * @return completes with how the payment stands, once that is durable: only then is it to be acknowledged;
     *     exceptionally with a {@link bayar.NotificationException} when it is not authentic or about no payment here,
     *     with another {@link BayarException} when it should be sent again later
     */
    public CompletableFuture<Receipt> deliver(String method, Notification notification) {
        try {
            Notice notice = outside.read(method, notification);
            return ask((ledger, nowMillis) -> desk.take(method, notice, ledger, nowMillis));
        } catch (NotificationException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletableFuture<List<UnresolvedPayment>> unresolved(int max) {
        return ask((ledger, nowMillis) -> desk.unresolved(max, ledger));
    }

    @Override
    public CompletableFuture<PaymentHistory> history(String principal, String id) {
        return ask((ledger, nowMillis) -> desk.require(principal, id, ledger))
                .thenApply(payment -> PastOf.payment(payment, store));
    }

    @Override
    public CompletableFuture<Receipt> resolve(Resolution resolution) {
        return ask((ledger, nowMillis) -> desk.resolve(resolution, ledger, nowMillis))
                .whenComplete((receipt, failure) -> audit.resolved(resolution, receipt, failure));
    }

    private <T> CompletableFuture<T> ask(HostCommand.Work<T> work) {
        HostCommand<T> command = new HostCommand<>(work, callbacks);
        committer.submit(command);
        return command.future();
    }

    /** As {@link #ask}, however much there is to do already. */
    private <T> CompletableFuture<T> askAnyway(HostCommand.Work<T> work) {
        HostCommand<T> command = new HostCommand<>(work, callbacks);
        committer.submitOutcome(command);
        return command.future();
    }

    /** Completes when the engine takes nothing any more: exceptionally, with the cause, when a failure has stopped it. */
    public CompletableFuture<Void> stopped() {
        return committer.ended().copy();
    }

    @Override
    public EngineStatus status() {
        Refusal closed = committer.closed();
        Reason draining = this.draining ? Reason.DRAINING : null;
        return new EngineStatus(
                closed == null ? draining : closed.reason(),
                committer.queued(),
                queueCapacity,
                committer.admission().isCongested(),
                outside.pending(),
                outside.inDoubt(),
                outside.oldestInDoubt(),
                outside.contradicted(),
                tally.arrivals(),
                tally.answers(),
                watchers.dropped(),
                watchers.failed(),
                watchers.probesFailed(),
                startedAt,
                clock.instant(),
                committer.lastRecorded());
    }

    @Override
    public StoreStatus store() {
        return store.status();
    }

    @Override
    public List<TransportStatus> transports() {
        return transports.stream().map(Transport::status).toList();
    }

    @Override
    public List<String> methods() {
        return outside.methods();
    }

    /**
     * Ends the engine: takes no new requests, answers those it has, closes the transports, lets the extensions catch up,
     * and closes the store. Called again, it waits for the same end.
     *
     * @param timeout how long peers may take to receive what they are owed
     */
    public DrainReport drain(Duration timeout) {
        synchronized (drained) {
            if (draining) {
                return drained.join();
            }
            draining = true;
        }
        long startNanos = nanoTicker.getAsLong();
        // Whoever waits for a processor hears in time that it is still at work.
        outside.answerAllFrom(clock.millis() + timeout.toMillis() / 2);
        boolean delivered = true;
        for (Transport transport : transports) {
            delivered &= drained(transport, left(timeout, startNanos));
        }
        workers.finish();
        outside.finish(left(timeout, startNanos));
        outboxes.forEach(outbox -> outbox.finish(EXTENSION_FINISH_MILLIS));
        committer.finish();
        transports.forEach(PaymentEngine::closed);
        started.forEach(PaymentEngine::stopping);
        watchers.close(EXTENSION_FINISH_MILLIS);
        long lastSequence = lastSequence();
        store.close();
        DrainReport report = report(delivered, lastSequence, Duration.ofNanos(nanoTicker.getAsLong() - startNanos));
        log.info("engine drained: {}", report);
        audit.ended(store.description(), lastSequence);
        drained.complete(report);
        return report;
    }

    /** Whatever a transport does, what it brought is finished and the store is closed. */
    private static boolean drained(Transport transport, Duration timeout) {
        try {
            return transport.drain(timeout);
        } catch (RuntimeException e) {
            log.error(
                    "transport {} did not drain; its replies may be lost, their peers will ask again",
                    transport.name(),
                    e);
            return false;
        }
    }

    private static void closed(Transport transport) {
        try {
            transport.close();
        } catch (RuntimeException e) {
            log.error(
                    "transport {} did not close; its port may stay taken until the process ends", transport.name(), e);
        }
    }

    private static void stopping(Extension extension) {
        try {
            extension.stopping();
        } catch (RuntimeException e) {
            log.warn("extension {} did not stop in good order; the engine ends all the same", extension.name(), e);
        }
    }

    private Duration left(Duration timeout, long startNanos) {
        Duration spent = Duration.ofNanos(nanoTicker.getAsLong() - startNanos);
        return timeout.compareTo(spent) > 0 ? timeout.minus(spent) : Duration.ZERO;
    }

    private long lastSequence() {
        try {
            return store.lastSequence();
        } catch (BayarException e) {
            log.warn("the store does not tell its last sequence number any more: {}", e.getMessage());
            return 0;
        }
    }

    private DrainReport report(boolean delivered, long lastSequence, Duration duration) {
        long unanswered = tally.arrivals() - tally.answers();
        return new DrainReport(
                delivered && unanswered == 0,
                tally.answers(Status.APPROVED),
                tally.answers(Status.DECLINED),
                tally.answers(Status.REJECTED),
                tally.answers(Status.BUSY),
                tally.answers(Status.IN_DOUBT) + tally.answers(Status.PENDING),
                tally.replays(),
                unanswered,
                lastSequence,
                duration);
    }

    /** {@linkplain #drain Drains} for at most ten seconds. */
    @Override
    public void close() {
        drain(DEFAULT_DRAIN);
    }

    private void start(Builder builder) {
        audit.started(store.description(), builder.keys);
        watchers.start();
        outside.start(committer::submitOutcome);
        committer.start();
        try {
            ask(outside::recover).join();
            openAll(builder.accounts, Math.min(builder.queueCapacity, OPENED_TOGETHER));
            limitAll(builder.limitsByAccount, Math.min(builder.queueCapacity, OPENED_TOGETHER));
            // Only now: what an outbox has done must not take the room that opening the accounts needs.
            outboxes.forEach(Outbox::start);
            for (Attached attached : builder.transports) {
                Authenticator authenticator = new Authenticator(builder.keys, builder.limits);
                attached.transport.start(new Gateway(
                        attached.transport.name(),
                        authenticator,
                        attached.unsigned,
                        builder.limits,
                        gate,
                        workers,
                        committer,
                        outside,
                        watchers,
                        tally,
                        clock));
                log.info("listening on {} {}", attached.transport.name(), attached.transport.address());
            }
            for (Extension extension : extensions) {
                started.add(extension);
                extension.started(this);
            }
        } catch (CompletionException e) {
            close();
            throw e.getCause() instanceof BayarException cause ? cause : e;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Opens so many together that they share commits, and never more than the queue can take. */
    private void openAll(List<NewAccount> accounts, int together) {
        long toldNanos = nanoTicker.getAsLong();
        for (int from = 0; from < accounts.size(); from += together) {
            long nowNanos = nanoTicker.getAsLong();
            if (nowNanos - toldNanos >= NANOS_BETWEEN_PROGRESS) {
                toldNanos = nowNanos;
                log.info("starting: {} of {} accounts are open", from, accounts.size());
            }
            List<NewAccount> some = accounts.subList(from, Math.min(accounts.size(), from + together));
            some.stream().map(this::open).toList().forEach(CompletableFuture::join);
        }
    }

    private void limitAll(Map<AccountId, Limits> limitsByAccount, int together) {
        List<AccountId> ids = List.copyOf(limitsByAccount.keySet());
        for (int from = 0; from < ids.size(); from += together) {
            List<AccountId> some = ids.subList(from, Math.min(ids.size(), from + together));
            some.stream()
                    .map(id -> limitUnlessSo(id, limitsByAccount.getOrDefault(id, Limits.NONE)))
                    .toList()
                    .forEach(CompletableFuture::join);
        }
    }

    private CompletableFuture<Boolean> limitUnlessSo(AccountId id, Limits limits) {
        return ask((ledger, nowMillis) -> {
                    Account account = ledger.account(id);
                    boolean isSo =
                            account != null && account.spending().limits().equals(limits);
                    if (!isSo) {
                        ledger.limit(id, limits);
                    }
                    return !isSo;
                })
                .thenApply(isNew -> {
                    if (isNew) {
                        audit.limited(id, limits);
                    }
                    return isNew;
                });
    }

    private record Attached(Transport transport, @Nullable Principal unsigned) {}

    /** Puts an engine together. Not thread-safe; used once. */
    public static final class Builder {
        private @Nullable PaymentStore store;
        private KeySet keys = KeySet.of();
        private InputLimits limits = InputLimits.DEFAULT;
        private final List<NewAccount> accounts = new ArrayList<>();
        private final Map<AccountId, Limits> limitsByAccount = new LinkedHashMap<>();
        private final List<Attached> transports = new ArrayList<>();
        private final Plugs plugs = new Plugs(task -> this.threads.newThread(task));
        private final List<Extension> extensions = new ArrayList<>();
        private boolean discoversExtensions;
        private boolean logsRequests = true;
        private LogLine.Format logFormat = LogLine.Format.TEXT;
        private Duration authorizationLifetime = Ledger.DEFAULT_AUTHORIZATION_LIFETIME;
        private int queueCapacity = 16_384;
        private int maxBatch = 4096;
        private int extensionQueueCapacity = 16_384;
        private int workers = Runtime.getRuntime().availableProcessors();
        private int workerQueueCapacity = 4096;
        private Clock clock = Clock.systemUTC();
        private LongSupplier nanoTicker = System::nanoTime;
        private ThreadFactory threads = Thread::new;
        private @Nullable Executor callbacks;

        private Builder() {}

        /** Where the ledger is kept; the engine closes it. Must be given. */
        public Builder store(PaymentStore store) {
            this.store = store;
            return this;
        }

        /** The keys whose signatures count; none by default. */
        public Builder keys(KeySet keys) {
            this.keys = keys;
            return this;
        }

        /** An account that is opened when the engine starts, unless it is open already. */
        public Builder account(NewAccount account) {
            accounts.add(account);
            return this;
        }

        /** An account without overdraft that is opened with this balance, unless it is open already. */
        public Builder account(String id, Money opening) {
            return account(NewAccount.of(id, opening));
        }

        /**
         * What may be taken from an account from the start on, also when it is open already, with other limits. The account
         * must be open, or be opened at the start.
         */
        public Builder limit(AccountId id, Limits limits) {
            limitsByAccount.put(id, limits);
            return this;
        }

        /** A transport that brings signed messages. */
        public Builder transport(Transport transport) {
            transports.add(new Attached(transport, null));
            return this;
        }

        /**
         * A transport that also brings unsigned messages: whoever reaches it acts as {@code unsigned}. For experiments,
         * and where the transport itself keeps strangers out.
         */
        public Builder transport(Transport transport, Principal unsigned) {
            transports.add(new Attached(transport, unsigned));
            return this;
        }

        /** A verifier behind those given before. */
        public Builder verifier(Verifier verifier) {
            plugs.verifier(verifier);
            return this;
        }

        /**
         * A processor for the requests with this method, with the {@linkplain ProcessorSettings#DEFAULT usual} settings.
         *
         * @throws BayarException if the name is not valid or taken
         */
        public Builder processor(String method, Processor processor) {
            return processor(method, processor, ProcessorSettings.DEFAULT);
        }

        /**
         * A processor for the requests with this method.
         *
         * @throws BayarException if the name is not valid or taken
         */
        public Builder processor(String method, Processor processor, ProcessorSettings settings) {
            plugs.processor(method, processor, settings);
            return this;
        }

        /** Like {@link #processor(String, Processor)}, with one whose calls wait for their answer. */
        public Builder processor(String method, BlockingProcessor processor) {
            return processor(method, processor, ProcessorSettings.DEFAULT);
        }

        /** Like {@link #processor(String, Processor, ProcessorSettings)}, with one whose calls wait for their answer. */
        public Builder processor(String method, BlockingProcessor processor, ProcessorSettings settings) {
            plugs.processor(method, processor, settings);
            return this;
        }

        /**
         * Has {@code listener} told of every committed event behind a durable cursor.
         *
         * @see Extension.Registrar#outbox
         * @throws BayarException if the name is not valid or taken
         */
        public Builder outbox(String name, OutboxListener listener) {
            plugs.outbox(name, listener);
            return this;
        }

        /** A probe behind those given before. */
        public Builder probe(Probe probe) {
            plugs.probe(probe);
            return this;
        }

        /** An extension behind those given before. */
        public Builder extension(Extension extension) {
            extensions.add(extension);
            return this;
        }

        /** Adds every extension that {@link ServiceLoader} finds, behind those that were given. */
        public Builder discoverExtensions() {
            discoversExtensions = true;
            return this;
        }

        /** Whether a {@link RequestLog} is among the extensions; true by default. */
        public Builder logRequests(boolean logsRequests) {
            this.logsRequests = logsRequests;
            return this;
        }

        /** How the lines of the {@link RequestLog} and of the audit log look; as text by default. */
        public Builder logFormat(LogLine.Format format) {
            this.logFormat = format;
            return this;
        }

        /** The limits on what a message may be. */
        public Builder limits(InputLimits limits) {
            this.limits = limits;
            return this;
        }

        /**
         * How long an authorization holds its amount, 1 ms to 3660 days; by default 7 days. It is fixed when the
         * authorization is made, so a change only concerns later ones.
         */
        public Builder authorizationsExpireAfter(Duration lifetime) {
            this.authorizationLifetime = lifetime;
            return this;
        }

        /** How many verified requests may wait for the committer, 1 or more; beyond that they are busy. */
        public Builder queueCapacity(int commands) {
            this.queueCapacity = atLeastOne("queueCapacity", commands);
            return this;
        }

        /**
         * How many requests are made durable together at most, 1 or more; 4096 by default. More would lengthen the wait of
         * the first for little more throughput; fewer cost throughput, since every batch forces the disk.
         */
        public Builder maxBatch(int commands) {
            this.maxBatch = atLeastOne("maxBatch", commands);
            return this;
        }

        /** How many events may wait for a slow extension, 1 or more; beyond that it misses some. */
        public Builder extensionQueueCapacity(int events) {
            this.extensionQueueCapacity = atLeastOne("extensionQueueCapacity", events);
            return this;
        }

        /** How many threads check public-key signatures and run the host's verifiers, 1 or more. */
        public Builder workers(int threads) {
            this.workers = atLeastOne("workers", threads);
            return this;
        }

        /** How many requests may wait for those threads, 1 or more; beyond that they are busy. */
        public Builder workerQueueCapacity(int requests) {
            this.workerQueueCapacity = atLeastOne("workerQueueCapacity", requests);
            return this;
        }

        /** The time of day, for freshness, deadlines and receipts. */
        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        /** A clock for durations, in nanoseconds from any origin, never going back. */
        public Builder nanoTicker(LongSupplier nanoTicker) {
            this.nanoTicker = nanoTicker;
            return this;
        }

        /** Makes the engine's threads. */
        public Builder threads(ThreadFactory threads) {
            this.threads = threads;
            return this;
        }

        /**
         * Runs what hangs on the futures that the host is given; by default a small pool of the engine's own, in which
         * one callback may wait for another's future.
         */
        public Builder callbacks(Executor callbacks) {
            this.callbacks = callbacks;
            return this;
        }

        /**
         * Starts the engine: when this returns, accounts are open and transports listen.
         *
         * @throws BayarException if that cannot be, such as when a port is taken; what was started is ended again, and
         *     the store is closed
         */
        public PaymentEngine start() {
            if (store == null) {
                throw new BayarException("the engine has no store; give it one, such as SqliteStore or MemoryStore");
            }
            try {
                for (Attached attached : transports) {
                    if (keys.keys().isEmpty() && attached.unsigned == null) {
                        throw new BayarException("transport " + attached.transport.name()
                                + " could never take a message: give the engine keys, or name who sends unsigned ones");
                    }
                }
                PaymentEngine engine = new PaymentEngine(this, store);
                engine.start(this);
                return engine;
            } catch (RuntimeException e) {
                store.close();
                throw e;
            }
        }

        private List<Extension> extensions() {
            List<Extension> all = new ArrayList<>();
            if (logsRequests) {
                all.add(new RequestLog(nanoTicker, logFormat));
            }
            all.addAll(extensions);
            if (discoversExtensions) {
                ServiceLoader.load(Extension.class).forEach(all::add);
            }
            return all;
        }

        private static int atLeastOne(String setting, int value) {
            if (value < 1) {
                throw new BayarException(setting + " is " + value + "; it must be 1 or more");
            }
            return value;
        }
    }
}
