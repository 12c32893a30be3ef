package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import bayar.AccountId;
import bayar.Attempt;
import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Processor;
import bayar.Receipt;
import bayar.Status;
import bayar.UnresolvedPayment;
import bayar.engine.PaymentEngine;
import bayar.engine.ProcessorSettings;
import bayar.ledger.Account;
import bayar.ledger.Ledger;
import bayar.ledger.NewAccount;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import bayar.testkit.CrashPoints.Life;
import bayar.testkit.ProcessorContract.Charge;
import bayar.testkit.ScriptedProcessor.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One payment by a processor, that an engine makes and the next one goes on with where the one before died. Its client
 * keeps to the rule: the same id until there is a final answer.
 *
 * <p>The engines' time stands still but for what they wait for: the timeout of a call that was lost, and the next time to
 * ask. So a slow sandbox is never taken for a dead one.
 */
final class CrashedPayment implements CrashPoints.Run {
    /** What never arrives, the first time that the payment is sent. */
    enum Loss {
        NOTHING,
        ANSWER,
        CALL
    }

    private static final Principal PRINCIPAL = Principal.named("contract").mayDebit("*");
    private static final ProcessorSettings SETTINGS = ProcessorSettings.DEFAULT.timeout(Duration.ofHours(1));
    private static final Duration STEP = Duration.ofMinutes(10);
    private static final Duration NEVER = Duration.ofDays(3660);
    private static final long PAUSE_NANOS = 200_000;

    private final MemoryStore committed = new MemoryStore();
    private final SettableClock clock = SettableClock.at(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    private final Outside outside;
    private final PaymentRequest request;
    private final Money amount;
    private final AccountId payer;
    private final AccountId payee;
    private final Loss loss;
    private final boolean isApproved;
    private final Function<Attempt, Charge> chargedBy;
    private final Duration patience;
    private final Executor threads;
    private final AtomicBoolean hasLost = new AtomicBoolean();

    private int lives;
    private volatile boolean isLost;
    private @Nullable Receipt receipt;
    private List<?> unresolved = List.of();
    private @Nullable Account debited;
    private @Nullable Account credited;

    CrashedPayment(
            Processor processor,
            PaymentRequest request,
            Loss loss,
            boolean isApproved,
            Function<Attempt, Charge> chargedBy,
            Duration patience,
            Executor threads) {
        AccountId payer = request.payer();
        AccountId payee = request.payee();
        Money amount = request.amount();
        if (payer == null || payee == null || amount == null) {
            throw new AssertionError("neither a sale nor an authorization: " + request);
        }
        this.outside = new Outside(processor);
        this.request = request;
        this.amount = amount;
        this.payer = payer;
        this.payee = payee;
        this.loss = loss;
        this.isApproved = isApproved;
        this.chargedBy = chargedBy;
        this.patience = patience.multipliedBy(2);
        this.threads = threads;
        openAccounts();
    }

    private void openAccounts() {
        Ledger ledger = new Ledger(committed, 0, 0, NEVER);
        ledger.open(NewAccount.of(payer.value(), amount), clock.millis());
        ledger.open(NewAccount.of(payee.value(), new Money(0, amount.currency())), clock.millis());
        committed.commit(ledger.changes());
    }

    @Override
    public PaymentStore open() {
        return committed;
    }

    @Override
    public void live(Life life) {
        lives++;
        isLost = false;
        PaymentEngine engine = PaymentEngine.builder()
                .store(life.store())
                .processor(request.method(), losing(life.processor(outside)), SETTINGS)
                .clock(clock)
                .nanoTicker(clock.nanoTicker())
                .authorizationsExpireAfter(NEVER)
                .logRequests(false)
                .start();
        try {
            pay(engine, life);
            if (!life.isOver()) {
                look(engine);
            }
        } finally {
            end(engine);
        }
    }

    private void pay(PaymentEngine engine, Life life) {
        long endNanos = System.nanoTime() + patience.toNanos();
        while (!life.isOver()) {
            Receipt told = await(engine.submit(PRINCIPAL, request), life);
            if (told != null && told.status().isFinal()) {
                acknowledge(told);
                return;
            }
            if (told != null && told.status() == Status.IN_DOUBT) {
                isLost = false;
                awaitNextTry(engine, life);
            }
            requireBefore(endNanos, () -> "still " + told);
            pause(Duration.ZERO);
        }
    }

    /** What is asked about at a time of its own is asked about now. */
    private void awaitNextTry(PaymentEngine engine, Life life) {
        List<UnresolvedPayment> open = await(engine.unresolved(1), life);
        Instant nextTry = open == null || open.isEmpty() ? null : open.get(0).nextTry();
        if (nextTry != null && nextTry.isAfter(clock.instant())) {
            clock.set(nextTry);
        }
    }

    /** The answer, or null when life is over before. What was lost is waited for until its time is up. */
    private <T> @Nullable T await(CompletableFuture<T> answer, Life life) {
        long endNanos = System.nanoTime() + patience.toNanos();
        while (!answer.isDone()) {
            if (life.isOver()) {
                return null;
            }
            requireBefore(endNanos, () -> "no answer about " + request);
            pause(isLost ? STEP : Duration.ZERO);
        }
        return life.isOver() ? null : answer.join();
    }

    private void acknowledge(Receipt told) {
        Receipt before = receipt;
        if (before != null) {
            assertEquals(before.asReplayed(), told.asReplayed(), "what was acknowledged is told again");
        }
        receipt = told;
    }

    private void look(PaymentEngine engine) {
        debited = engine.account(payer).join().orElseThrow();
        credited = engine.account(payee).join().orElseThrow();
        unresolved = engine.unresolved(10).join();
    }

    /** What is dead has nothing to wait for but the time that it gives itself to end in. */
    private void end(PaymentEngine engine) {
        CompletableFuture<Void> ended = CompletableFuture.runAsync(engine::close, threads);
        long endNanos = System.nanoTime() + patience.toNanos();
        while (!ended.isDone() || outside.atWork.get() > 0) {
            requireBefore(endNanos, () -> ended.isDone() ? "the sandbox does not answer" : "the engine does not end");
            pause(Duration.ofSeconds(1));
        }
        ended.join();
    }

    private void pause(Duration goesBy) {
        clock.advance(goesBy);
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private void requireBefore(long endNanos, Supplier<String> otherwise) {
        if (System.nanoTime() - endNanos > 0) {
            throw new AssertionError(otherwise.get() + " after " + patience);
        }
    }

    @Override
    public void check() {
        Receipt end = receipt;
        assertNotNull(end, "the receipt");
        boolean isDone = end.status() == Status.APPROVED;
        if (lives == 1 && loss == Loss.NOTHING) {
            assertEquals(isApproved ? Status.APPROVED : Status.DECLINED, end.status());
        }
        int times = 0;
        long minor = 0;
        for (Attempt attempt : outside.attempts) {
            Charge charge = chargedBy.apply(attempt);
            times += charge.times();
            minor += charge.minor();
        }
        Charge expected = isDone ? new Charge(1, amount.minor()) : Charge.NONE;
        assertEquals(expected, new Charge(times, minor), () -> "what the book says of what ended as " + end);

        boolean isHeld = isDone && request.type() == Operation.AUTHORIZE;
        boolean isMoved = isDone && !isHeld;
        assertAccount(debited, isMoved ? 0 : amount.minor(), isHeld ? amount.minor() : 0);
        assertAccount(credited, isMoved ? amount.minor() : 0, 0);
        assertEquals(List.of(), unresolved, "what is unresolved");
    }

    private static void assertAccount(@Nullable Account account, long posted, long held) {
        assertNotNull(account, "the account");
        assertEquals(posted, account.posted(), () -> "posted on " + account.id());
        assertEquals(held, account.held(), () -> "held on " + account.id());
    }

    /** Loses the first call, or the answer to it. */
    private Processor losing(Processor behind) {
        return new RelayedProcessor(behind) {
            @Override
            CompletionStage<Outcome> call(Kind kind, Attempt attempt, Supplier<CompletionStage<Outcome>> relayed) {
                if (loss == Loss.NOTHING || kind != Kind.PROCESS || !hasLost.compareAndSet(false, true)) {
                    return relayed.get();
                }
                if (loss == Loss.CALL) {
                    isLost = true;
                } else {
                    relayed.get().whenComplete((outcome, failure) -> isLost = true);
                }
                return new CompletableFuture<>();
            }
        };
    }

    /** The outside world, and what is at work there. */
    private static final class Outside extends RelayedProcessor {
        private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();
        private final AtomicInteger atWork = new AtomicInteger();

        Outside(Processor behind) {
            super(behind);
        }

        @Override
        CompletionStage<Outcome> call(Kind kind, Attempt attempt, Supplier<CompletionStage<Outcome>> relayed) {
            attempts.add(attempt);
            atWork.incrementAndGet();
            try {
                return relayed.get().whenComplete((outcome, failure) -> atWork.decrementAndGet());
            } catch (RuntimeException e) {
                atWork.decrementAndGet();
                throw e;
            }
        }
    }
}
