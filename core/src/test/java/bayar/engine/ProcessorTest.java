package bayar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Attempt;
import bayar.BayarException;
import bayar.BlockingProcessor;
import bayar.Capabilities;
import bayar.Extension;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Notice;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentEvent;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Processor;
import bayar.Reason;
import bayar.Receipt;
import bayar.Resolution;
import bayar.Status;
import bayar.UnresolvedPayment;
import bayar.ledger.Account;
import bayar.ledger.NewAccount;
import bayar.ledger.PaymentRecord;
import bayar.store.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** What an engine makes of what its processors do. */
@Timeout(60)
class ProcessorTest {
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");
    private static final Money TEN = Money.of(10, "MYR");
    private static final Money NINE = Money.of(9, "MYR");
    private static final Capabilities ASKABLE = Capabilities.NONE.inquirable(Duration.ofMinutes(10));

    private final SteppedClock clock = new SteppedClock();
    private final AtomicLong nanos = new AtomicLong();
    private final MemoryStore store = new MemoryStore();
    private final FakeProcessor card = new FakeProcessor();
    private final List<PaymentEngine> engines = new ArrayList<>();

    /** Gives out stages, for the test to complete. */
    private static final class FakeProcessor implements Processor {
        record Asked(String what, Payment payment, Attempt attempt, CompletableFuture<Outcome> answer) {}

        private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
        private volatile Capabilities capabilities = ASKABLE;

        @Override
        public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
            return ask("process", payment, attempt);
        }

        @Override
        public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
            return ask("inquire", payment, attempt);
        }

        @Override
        public CompletionStage<Outcome> reverse(Payment payment, Attempt attempt) {
            return ask("reverse", payment, attempt);
        }

        private CompletionStage<Outcome> ask(String what, Payment payment, Attempt attempt) {
            CompletableFuture<Outcome> answer = new CompletableFuture<>();
            asked.add(new Asked(what, payment, attempt, answer));
            return answer;
        }

        @Override
        public Capabilities capabilities() {
            return capabilities;
        }

        /** {@code body} is "key outcome"; the header says whether it is authentic. */
        @Override
        public Notice read(Notification notification) {
            if (!"yes".equals(notification.header("authentic"))) {
                throw new NotificationException("not authentic");
            }
            String[] words = new String(notification.body(), StandardCharsets.UTF_8).split(" ");
            return new Notice(
                    words[0],
                    switch (words[1]) {
                        case "approved" -> Outcome.approved(TEN);
                        case "unknown" -> Outcome.unknown("busy");
                        case "missing" -> Outcome.notFound();
                        default -> Outcome.declined(Reason.DO_NOT_HONOR);
                    });
        }

        /** The next call that was made, when it is made. */
        Asked next(String what) throws InterruptedException {
            await(() -> !asked.isEmpty());
            Asked next = asked.remove();
            assertEquals(what, next.what());
            return next;
        }
    }

    @AfterEach
    void close() {
        engines.forEach(engine -> engine.drain(Duration.ofMillis(1)));
    }

    @Test
    void aSaleIsPendingAndHeldUntilTheProcessorApprovesIt() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked asked = card.next("process");

        PaymentRecord pending = present(store.payment("shop", "s"));
        assertEquals(Reason.PENDING, pending.reason(), "durable before the call");
        assertEquals(10, account(engine, "alice").held());
        assertEquals(pending.sequence(), asked.payment().sequence());
        assertEquals(TEN, asked.payment().amount());
        assertEquals(Operation.SALE, asked.payment().type());
        assertEquals("shop", asked.payment().principal());
        assertFalse(answer.isDone());
        assertEquals(
                Reason.PENDING,
                engine.submit(SHOP, PaymentRequest.inquiry("i", "s")).join().reason());

        asked.answer().complete(Outcome.approved(TEN).withReference("acq-1"));
        Receipt receipt = answer.join();
        assertEquals(Reason.APPROVED, receipt.reason());
        assertEquals(MoneyEffect.MOVED, receipt.money());
        assertEquals(pending.sequence(), receipt.sequence());
        assertFalse(receipt.replayed());
        assertEquals(0, account(engine, "alice").held());
        assertEquals(990, account(engine, "alice").posted());
        assertEquals(receipt.asReplayed(), engine.submit(SHOP, sale("s")).join());
        assertTrue(engine.unresolved(10).join().isEmpty());
    }

    @Test
    void whoAsksMeanwhileWaitsForTheSameOutcome() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> first = engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked asked = card.next("process");
        List<CompletableFuture<Receipt>> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(engine.submit(SHOP, sale("s")));
        }
        account(engine, "alice");
        asked.answer().complete(Outcome.declined(Reason.SUSPECTED_FRAUD));

        Receipt declined = first.join();
        assertEquals(Reason.SUSPECTED_FRAUD, declined.reason());
        assertEquals(MoneyEffect.NOT_MOVED, declined.money());
        others.forEach(other -> assertEquals(declined.asReplayed(), other.join()));
        assertEquals(1000, account(engine, "alice").debitable());
        assertTrue(card.asked.isEmpty());
    }

    @Test
    void whoseTimeIsUpHearsThatItIsPending() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> hurried =
                engine.submit(SHOP, sale("s"), clock.instant().plusSeconds(2));
        CompletableFuture<Receipt> patient = engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked asked = card.next("process");
        clock.advance(Duration.ofSeconds(2));

        Receipt pending = hurried.join();
        assertEquals(Reason.PENDING, pending.reason());
        assertEquals(MoneyEffect.UNKNOWN, pending.money());
        assertFalse(patient.isDone());
        asked.answer().complete(Outcome.approved(TEN));
        assertEquals(Reason.APPROVED, patient.join().reason());
    }

    @Test
    void whatIsNotAnsweredInTimeIsInDoubtAndInquiredUntilItIsKnown() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked processed = card.next("process");
        pass(Duration.ofSeconds(10));

        assertEquals(Reason.PROCESSOR_TIMEOUT, answer.join().reason());
        assertEquals(Status.IN_DOUBT, answer.join().status());
        awaitScheduled(engine);
        assertEquals(10, account(engine, "alice").held());
        UnresolvedPayment open = engine.unresolved(10).join().get(0);
        assertEquals("s", open.request().id());
        assertNotNull(open.nextTry());
        assertFalse(open.isStuck());

        clock.advance(Duration.ofSeconds(2));
        FakeProcessor.Asked inquired = card.next("inquire");
        assertEquals(processed.attempt(), inquired.attempt());
        assertEquals(processed.payment(), inquired.payment());
        inquired.answer().complete(Outcome.notFound());
        await(() -> engine.unresolved(1).join().get(0).tries() == 1);
        clock.advance(Duration.ofSeconds(7));
        inquired = card.next("inquire");
        inquired.answer().complete(Outcome.approved(TEN));
        await(() -> account(engine, "alice").posted() == 990);
        assertEquals(Reason.APPROVED, engine.submit(SHOP, sale("s")).join().reason());
        pass(Duration.ofDays(2));
        account(engine, "alice");
        assertTrue(card.asked.isEmpty(), "what is settled is asked about no more");
    }

    @Test
    void notFoundFailsItOnceTheFinalityWindowIsOver() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        clock.advance(Duration.ofMinutes(9));
        card.next("inquire").answer().complete(Outcome.notFound());
        await(() -> engine.unresolved(1).join().get(0).tries() == 1);
        assertEquals(Status.IN_DOUBT, status(engine, "s"));
        clock.advance(Duration.ofMinutes(1));
        card.next("inquire").answer().complete(Outcome.notFound());
        await(() -> status(engine, "s") == Status.FAILED);
        assertEquals(0, account(engine, "alice").held());
        assertEquals(1000, account(engine, "alice").posted());
    }

    /** It tells how things stood when it was asked: the call may have arrived since. */
    @Test
    void aNotFoundThatWasOnItsWayForLongProvesNothing() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        clock.advance(Duration.ofMinutes(9));
        FakeProcessor.Asked slow = card.next("inquire");
        pass(Duration.ofSeconds(10));
        await(() -> {
            clock.advance(Duration.ofSeconds(1));
            return !card.asked.isEmpty();
        });
        FakeProcessor.Asked inTime = card.next("inquire");
        clock.advance(Duration.ofMinutes(2));
        slow.answer().complete(Outcome.notFound());
        inTime.answer().complete(Outcome.notFound());
        account(engine, "alice");
        assertEquals(Status.IN_DOUBT, status(engine, "s"), "both were asked before the window was over");
        assertEquals(10, account(engine, "alice").held());

        passUntilAsked();
        card.next("inquire").answer().complete(Outcome.notFound());
        await(() -> status(engine, "s") == Status.FAILED);
    }

    @Test
    void notFoundThatWasAskedForBeforeTheWindowWasOverFailsNothing() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        clock.advance(Duration.ofMinutes(9));
        FakeProcessor.Asked slow = card.next("inquire");
        clock.advance(Duration.ofMinutes(2));
        slow.answer().complete(Outcome.notFound());
        passUntilAsked();
        assertEquals(Status.IN_DOUBT, status(engine, "s"), "it may have arrived behind the inquiry");
        card.next("inquire").answer().complete(Outcome.notFound());
        await(() -> status(engine, "s") == Status.FAILED);
    }

    @Test
    void aFinalityWindowMayBeForEver() throws Exception {
        card.capabilities = Capabilities.NONE.inquirable(ChronoUnit.FOREVER.getDuration());
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        clock.advance(Duration.ofDays(366));
        card.next("inquire").answer().complete(Outcome.notFound());
        passUntilAsked();
        assertEquals(Status.IN_DOUBT, status(engine, "s"));
        card.next("inquire").answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "s") == Status.APPROVED);
    }

    @Test
    void whatAProcessorDoesWrongIsDoubtNeverADecline() throws Exception {
        Processor wrong = new Processor() {
            @Override
            public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
                return switch (payment.request().id()) {
                    case "throws" -> throw new IllegalStateException("on purpose");
                    case "error" -> throw new StackOverflowError("on purpose");
                    case "no-stage" -> nothing();
                    case "no-outcome" -> CompletableFuture.completedFuture(null);
                    case "more" -> CompletableFuture.completedFuture(Outcome.approved(Money.of(11, "MYR")));
                    case "euros" -> CompletableFuture.completedFuture(Outcome.approved(Money.of(10, "EUR")));
                    default -> CompletableFuture.failedFuture(new IOException("reset"));
                };
            }

            @Override
            public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
                return CompletableFuture.completedFuture(Outcome.notSupported());
            }
        };
        PaymentEngine engine = start(builder().processor("wrong", wrong));
        for (String id : List.of("throws", "error", "no-stage", "no-outcome", "reset")) {
            assertEquals(
                    Reason.PROCESSOR_ERROR,
                    engine.submit(SHOP, sale(id, "wrong")).join().reason(),
                    id);
        }
        for (String id : List.of("more", "euros")) {
            assertEquals(
                    Reason.INTEGRITY_MISMATCH,
                    engine.submit(SHOP, sale(id, "wrong")).join().reason(),
                    id);
        }
        assertEquals(70, account(engine, "alice").held());
        List<UnresolvedPayment> open = engine.unresolved(10).join();
        assertEquals(7, open.size());
        assertTrue(open.stream().allMatch(UnresolvedPayment::isStuck), "nothing to ask it");
    }

    @SuppressWarnings("NullAway")
    private static <T> T nothing() {
        return null;
    }

    @Test
    void aLateAnswerIsEvidenceAndAppliedOnce() throws Exception {
        PaymentEngine engine = start();
        engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked processed = card.next("process");
        pass(Duration.ofSeconds(10));
        awaitScheduled(engine);
        clock.advance(Duration.ofSeconds(2));
        FakeProcessor.Asked inquired = card.next("inquire");

        processed.answer().complete(Outcome.approved(TEN));
        inquired.answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "s") == Status.APPROVED);
        account(engine, "alice");
        assertEquals(990, account(engine, "alice").posted());
        assertEquals(3, store.lastSequence() - 1, "pending, in doubt, approved");
    }

    @Test
    void aContradictionIsAnAnomalyUntilItIsAcknowledged() throws Exception {
        List<PaymentEvent> events = new CopyOnWriteArrayList<>();
        PaymentEngine engine = start(builder().processor("card", card).extension(new Extension() {
            @Override
            public void onPayment(PaymentEvent event) {
                events.add(event);
            }
        }));
        engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked processed = card.next("process");
        processed.answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "s") == Status.APPROVED);
        assertEquals(0, engine.status().contradicted());
        String key = processed.attempt().key();
        for (int i = 0; i < 1000; i++) {
            assertEquals(
                    Reason.APPROVED,
                    engine.deliver("card", notification(key, "declined")).join().reason());
        }
        assertEquals(1, engine.status().contradicted());
        UnresolvedPayment anomalous = engine.unresolved(10).join().get(0);
        assertTrue(anomalous.isAnomalous());
        assertTrue(anomalous.isStuck());
        assertEquals(1 + 3, store.lastSequence(), "opening, pending, approved, one anomaly");
        await(() -> events.size() == 4);
        assertEquals(Operation.ANOMALY, events.get(3).recorded());
        assertEquals("notification", events.get(3).evidence().get("source"));
        assertEquals("declined", events.get(3).evidence().get("told"));
        assertEquals(Reason.APPROVED, events.get(3).receipt().reason());
        assertEquals(
                List.of(1L, 2L, 3L, 4L),
                events.stream().map(PaymentEvent::sequence).toList());

        engine.resolve(resolution("s", Resolution.Decision.ACKNOWLEDGE)).join();
        assertTrue(engine.unresolved(10).join().isEmpty());
        assertEquals(0, engine.status().contradicted());
        engine.deliver("card", notification(key, "declined")).join();
        assertTrue(engine.unresolved(10).join().isEmpty());
        assertEquals(0, engine.status().contradicted());
    }

    @Test
    void aContradictionIsCountedAfterARestartToo() throws Exception {
        PaymentEngine before = start();
        before.submit(SHOP, sale("s"));
        FakeProcessor.Asked processed = card.next("process");
        processed.answer().complete(Outcome.approved(TEN));
        await(() -> status(before, "s") == Status.APPROVED);
        before.deliver("card", notification(processed.attempt().key(), "declined"))
                .join();
        before.close();

        PaymentEngine after = start();
        assertEquals(1, after.status().contradicted());
        after.resolve(resolution("s", Resolution.Decision.ACKNOWLEDGE)).join();
        assertEquals(0, after.status().contradicted());
    }

    @Test
    void aNotificationSettlesItOnceHoweverOftenItComes() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked processed = card.next("process");
        String key = processed.attempt().key();
        List<CompletableFuture<Receipt>> delivered = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            if (i == 500) {
                processed.answer().complete(Outcome.approved(TEN));
            }
            delivered.add(engine.deliver("card", notification(key, "approved")));
        }
        Receipt receipt = answer.join();
        assertEquals(Reason.APPROVED, receipt.reason());
        delivered.forEach(told -> assertEquals(receipt, told.join()));
        assertEquals(990, account(engine, "alice").posted());
        assertEquals(3, store.lastSequence(), "opening, pending, approved");
    }

    @Test
    void notificationsThatAreNotAuthenticOrOfNoPaymentHereAreRefused() throws Exception {
        PaymentEngine engine = start();
        engine.submit(SHOP, sale("s"));
        String key = card.next("process").attempt().key();
        engine.submit(SHOP, PaymentRequest.sale("inside", "alice", "kedai", TEN))
                .join();

        refused(engine, "card", new Notification(Map.of(), (key + " approved").getBytes(StandardCharsets.UTF_8)));
        refused(engine, "nobody", notification(key, "approved"));
        for (String foreign : List.of(key + "0", "3-" + key.substring(2), "99-abc", "-", "", "x", "2")) {
            refused(engine, "card", notification(foreign, "approved"));
        }
        assertEquals(Status.PENDING, status(engine, "s"));
    }

    @Test
    void oneProcessorsCounterpartSettlesNothingOfAnothers() throws Exception {
        FakeProcessor other = new FakeProcessor();
        PaymentEngine engine = start(builder().processor("card", card).processor("other", other));
        engine.submit(SHOP, sale("s"));
        String key = card.next("process").attempt().key();
        refused(engine, "other", notification(key, "approved"));
        assertEquals(Status.PENDING, status(engine, "s"));
        assertEquals(
                Reason.APPROVED,
                engine.deliver("card", notification(key, "approved")).join().reason());
    }

    private static void refused(PaymentEngine engine, String method, Notification notification) {
        CompletionException e = assertThrows(
                CompletionException.class,
                () -> engine.deliver(method, notification).join());
        assertInstanceOf(NotificationException.class, e.getCause());
    }

    @Test
    void whatWasOpenAtTheEndIsAskedAboutByTheNextEngine() throws Exception {
        PaymentEngine first = start();
        first.submit(SHOP, sale("pending"));
        String key = card.next("process").attempt().key();
        first.submit(SHOP, sale("doubt"));
        card.next("process").answer().completeExceptionally(new IOException("reset"));
        await(() -> status(first, "doubt") == Status.IN_DOUBT);
        first.drain(Duration.ofMillis(1));

        PaymentEngine second = start();
        assertEquals(
                Reason.INTERRUPTED, second.submit(SHOP, sale("pending")).join().reason());
        assertEquals(20, account(second, "alice").held());
        await(() -> second.unresolved(10).join().stream().allMatch(open -> open.nextTry() != null));
        clock.advance(Duration.ofSeconds(2));
        FakeProcessor.Asked one = card.next("inquire");
        FakeProcessor.Asked other = card.next("inquire");
        FakeProcessor.Asked pending = one.payment().request().id().equals("pending") ? one : other;
        FakeProcessor.Asked doubt = pending == one ? other : one;
        assertEquals(key, pending.attempt().key());
        pending.answer().complete(Outcome.approved(TEN));
        doubt.answer().complete(Outcome.declined(Reason.DO_NOT_HONOR));
        await(() -> second.unresolved(1).join().isEmpty());
        assertEquals(Status.APPROVED, status(second, "pending"));
        assertEquals(Status.DECLINED, status(second, "doubt"));
        assertEquals(990, account(second, "alice").debitable());
    }

    /** What is in doubt is looked for under its key, also by a later version: the key must never be another one. */
    @Test
    void theKeyOfAnAttemptIsTheSameForEver() throws Exception {
        PaymentEngine engine = start();
        engine.submit(SHOP, sale("s"));
        Attempt attempt = card.next("process").attempt();
        assertEquals("2-493914511af9cfb4ce14", attempt.key(), "SHA-256 of shop, s and 1, a line each");
        assertEquals(1, attempt.number());
    }

    @Test
    void whatIsAskedAlreadyAndWhatIsSettledIsNotAskedAgain() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        clock.advance(Duration.ofSeconds(2));
        FakeProcessor.Asked asked = card.next("inquire");
        bringIntoDoubt(engine, sale("t"));
        await(() -> engine.unresolved(10).join().stream().allMatch(open -> open.nextTry() != null));
        for (int seconds : new int[] {10, 10}) {
            clock.advance(Duration.ofSeconds(seconds));
            FakeProcessor.Asked other = card.next("inquire");
            assertEquals("t", other.payment().request().id(), "the first is still being asked");
            other.answer().complete(Outcome.unknown("busy"));
        }
        asked.answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "s") == Status.APPROVED);
        for (int days = 0; days < 3; days++) {
            clock.advance(Duration.ofDays(2));
            FakeProcessor.Asked other = card.next("inquire");
            assertEquals("t", other.payment().request().id(), "the first is settled");
            other.answer().complete(Outcome.unknown("busy"));
        }
    }

    @Test
    void aYearDoesNotSettleAnything() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, authorize("a"));
        for (int day = 0; day < 366; day++) {
            pass(Duration.ofDays(2));
            card.next("inquire").answer().complete(Outcome.unknown("busy"));
            int tries = day + 1;
            await(() -> engine.unresolved(1).join().get(0).tries() == tries);
        }
        UnresolvedPayment open = engine.unresolved(1).join().get(0);
        assertEquals(Status.IN_DOUBT, open.receipt().status());
        assertTrue(open.since().isBefore(clock.instant().minus(Duration.ofDays(365))));
        assertEquals(10, account(engine, "alice").held());
    }

    @Test
    void theScheduleIsKeptWithAFifthOfJitter() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        for (Duration wait : List.of(
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Duration.ofHours(1),
                Duration.ofDays(1),
                Duration.ofDays(1))) {
            await(() -> engine.unresolved(1).join().get(0).nextTry() != null);
            Instant next = present(engine.unresolved(1).join().get(0).nextTry());
            long waited = Duration.between(clock.instant(), next).toMillis();
            assertTrue(
                    Math.abs(waited - wait.toMillis()) <= wait.toMillis() / 5, () -> waited + " ms instead of " + wait);
            int tries = engine.unresolved(1).join().get(0).tries() + 1;
            clock.advance(Duration.ofMillis(waited));
            card.next("inquire").answer().complete(Outcome.unknown("busy"));
            await(() -> engine.unresolved(1).join().get(0).tries() == tries);
        }
    }

    @Test
    void whatCannotBeAskedIsReversedUntilThatIsAcknowledged() throws Exception {
        card.capabilities = Capabilities.NONE.reversible();
        PaymentEngine engine = start();
        engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked processed = card.next("process");
        pass(Duration.ofSeconds(10));
        awaitScheduled(engine);
        clock.advance(Duration.ofSeconds(2));
        FakeProcessor.Asked reversal = card.next("reverse");
        assertEquals(processed.attempt(), reversal.attempt());
        assertEquals(Reason.BEING_REVERSED, present(store.payment("shop", "s")).reason(), "durable before the call");
        reversal.answer().completeExceptionally(new IOException("reset"));
        processed.answer().complete(Outcome.approved(TEN));
        clock.advance(Duration.ofSeconds(8));
        reversal = card.next("reverse");
        assertEquals(Status.IN_DOUBT, status(engine, "s"), "it was done, and is being undone");
        reversal.answer().complete(Outcome.reversed());
        await(() -> status(engine, "s") == Status.REVERSED);
        assertEquals(1000, account(engine, "alice").debitable());
    }

    @Test
    void whatCannotBeAskedOrReversedIsSentAgainOnlyWhereThatIsSafe() throws Exception {
        card.capabilities = Capabilities.NONE.idempotent();
        PaymentEngine engine = start();
        engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked first = card.next("process");
        first.answer().completeExceptionally(new IOException("reset"));
        awaitScheduled(engine);
        clock.advance(Duration.ofSeconds(2));
        FakeProcessor.Asked again = card.next("process");
        assertEquals(first.attempt(), again.attempt());
        again.answer().complete(Outcome.notExecuted("no connection"));
        await(() -> engine.unresolved(1).join().get(0).tries() == 1);
        assertEquals(Status.IN_DOUBT, status(engine, "s"), "the first sending may have been executed");
        clock.advance(Duration.ofSeconds(7));
        card.next("process").answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "s") == Status.APPROVED);
    }

    @Test
    void whatIsBeingSettledIsNotSentAgain() throws Exception {
        card.capabilities = Capabilities.NONE.idempotent();
        FakeProcessor other = new FakeProcessor();
        HeldStore held = new HeldStore();
        PaymentEngine engine =
                start(builder().store(held).processor("card", card).processor("other", other));
        engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked first = card.next("process");
        engine.submit(SHOP, sale("o", "other"));
        other.next("process");
        pass(Duration.ofSeconds(10));
        await(() -> engine.unresolved(10).join().stream().allMatch(open -> open.nextTry() != null));

        held.hold();
        first.answer().complete(Outcome.notExecuted("no connection"));
        held.awaitHeld();
        clock.advance(Duration.ofSeconds(2));
        other.next("inquire");
        assertTrue(card.asked.isEmpty(), "it is about to fail: sent again it would be charged for nothing");
        held.release(1_000_000);
        await(() -> status(engine, "s") == Status.FAILED);
        pass(Duration.ofDays(2));
        other.next("inquire");
        assertTrue(card.asked.isEmpty());
    }

    @Test
    void aRepetitionThatIsNotExecutedContradictsNothing() throws Exception {
        card.capabilities = Capabilities.NONE.idempotent();
        PaymentEngine engine = start();
        for (boolean isFirstApproved : List.of(true, false)) {
            String id = "s" + isFirstApproved;
            engine.submit(SHOP, sale(id));
            FakeProcessor.Asked first = card.next("process");
            pass(Duration.ofSeconds(10));
            awaitScheduled(engine);
            clock.advance(Duration.ofSeconds(2));
            FakeProcessor.Asked again = card.next("process");
            (isFirstApproved ? first : again).answer().complete(Outcome.approved(TEN));
            await(() -> status(engine, id) == Status.APPROVED);
            pass(Duration.ofSeconds(1));
            (isFirstApproved ? again : first).answer().complete(Outcome.notExecuted("no connection"));
            account(engine, "alice");
            assertTrue(engine.unresolved(10).join().isEmpty(), id);
        }
    }

    @Test
    void aMismatchDidArriveWhateverIsForgottenLater() throws Exception {
        PaymentEngine engine = start();
        engine.submit(SHOP, sale("s"));
        card.next("process").answer().complete(Outcome.approved(NINE));
        awaitScheduled(engine);
        clock.advance(Duration.ofDays(2));
        card.next("inquire").answer().complete(Outcome.notFound());
        passUntilAsked();
        assertEquals(Status.IN_DOUBT, status(engine, "s"), "9 were taken");
        assertEquals(10, account(engine, "alice").held());
        card.next("inquire").answer().complete(Outcome.reversed());
        await(() -> status(engine, "s") == Status.REVERSED);
    }

    @Test
    void whatKeepsOneFromItsAnswerStopsNothing() throws Exception {
        for (Throwable failure : List.of(new RejectedExecutionException("full"), new NoClassDefFoundError("gone"))) {
            AtomicBoolean isFull = new AtomicBoolean();
            AtomicInteger lost = new AtomicInteger();
            PaymentEngine engine = start(
                    builder().store(new MemoryStore()).processor("card", card).callbacks(task -> {
                        if (isFull.get()) {
                            lost.incrementAndGet();
                            thrown(failure);
                        }
                        ForkJoinPool.commonPool().execute(task);
                    }));
            engine.submit(SHOP, sale("s"));
            FakeProcessor.Asked asked = card.next("process");
            CompletableFuture<Receipt> late =
                    engine.submit(SHOP, sale("s"), clock.instant().plusSeconds(1));
            account(engine, "alice");
            isFull.set(true);
            clock.advance(Duration.ofSeconds(2));
            await(() -> lost.get() == 1);
            asked.answer().complete(Outcome.approved(TEN));
            await(() -> lost.get() == 2);
            isFull.set(false);
            assertEquals(Reason.APPROVED, engine.submit(SHOP, sale("s")).join().reason());
            assertFalse(late.isDone());
            assertNull(engine.status().refusing());
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void thrown(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void nothingThatAProcessorThrowsOrInterruptsStopsTheOthers() throws Exception {
        Processor wild = new Processor() {
            @Override
            public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
                if (payment.request().id().equals("interrupts")) {
                    Thread.currentThread().interrupt();
                    return CompletableFuture.completedFuture(Outcome.approved(payment.amount()));
                }
                return new CompletableFuture<>() {
                    @Override
                    public CompletableFuture<Outcome> whenComplete(
                            BiConsumer<? super Outcome, ? super Throwable> action) {
                        throw new StackOverflowError("on purpose");
                    }
                };
            }

            @Override
            public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
                return CompletableFuture.completedFuture(Outcome.notSupported());
            }
        };
        PaymentEngine engine = start(builder().processor("card", card).processor("wild", wild));
        assertEquals(
                Reason.PROCESSOR_ERROR,
                engine.submit(SHOP, sale("throws", "wild")).join().reason());
        assertEquals(
                Reason.APPROVED,
                engine.submit(SHOP, sale("interrupts", "wild")).join().reason());
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        card.next("process");
        pass(Duration.ofSeconds(10));
        assertEquals(Reason.PROCESSOR_TIMEOUT, answer.join().reason());
    }

    @Test
    void aProcessorThatNeverReturnsDoesNotKeepTheProcessFromEnding() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean isDaemon = new AtomicBoolean();
        Processor hanging = new Processor() {
            @Override
            public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
                isDaemon.set(Thread.currentThread().isDaemon());
                called.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return CompletableFuture.completedFuture(Outcome.unknown("hung"));
            }

            @Override
            public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
                return CompletableFuture.completedFuture(Outcome.notSupported());
            }
        };
        PaymentEngine engine = start(builder().processor("hanging", hanging));
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s", "hanging"));
        called.await();
        engine.drain(Duration.ofMillis(1));
        assertEquals(Reason.PENDING, answer.join().reason());
        assertTrue(isDaemon.get());
        never.countDown();
    }

    @Test
    void aProcessorMustSayWhatItVouchesFor() {
        card.capabilities = nothing();
        BayarException e = assertThrows(BayarException.class, this::start);
        assertTrue(present(e.getMessage()).contains("processor card"), e.getMessage());
    }

    @Test
    void anOperatorSettlesWhatIsInDoubtByName() throws Exception {
        card.capabilities = Capabilities.NONE;
        PaymentEngine engine = start();
        for (String id : List.of("a", "d", "n")) {
            engine.submit(SHOP, sale(id));
            card.next("process").answer().completeExceptionally(new IOException("reset"));
            await(() -> status(engine, id) == Status.IN_DOUBT);
        }
        assertEquals(
                Reason.APPROVED,
                engine.resolve(resolution("a", Resolution.Decision.APPROVED))
                        .join()
                        .reason());
        assertEquals(
                Reason.DO_NOT_HONOR,
                engine.resolve(resolution("d", Resolution.Decision.DECLINED))
                        .join()
                        .reason());
        assertEquals(
                Reason.NOT_EXECUTED,
                engine.resolve(resolution("n", Resolution.Decision.NOT_EXECUTED))
                        .join()
                        .reason());
        assertEquals(990, account(engine, "alice").debitable());
        PaymentRecord step = present(store.payment(store.lastSequence()));
        assertEquals("maria", step.request().metadata().get("operator"));
        assertEquals("statement 4711", step.request().metadata().get("note"));
        for (String id : List.of("a", "nothing")) {
            CompletionException e = assertThrows(
                    CompletionException.class,
                    () -> engine.resolve(resolution(id, Resolution.Decision.DECLINED))
                            .join());
            assertInstanceOf(BayarException.class, e.getCause());
        }
    }

    @Test
    void anOperatorHearsForHowMuchAPaymentCanBeApproved() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        Resolution more = new Resolution(
                "shop", "s", Resolution.Decision.APPROVED, Money.of(11, "MYR"), "maria", "statement 4711");
        CompletionException e = assertThrows(
                CompletionException.class, () -> engine.resolve(more).join());
        String message = present(e.getCause().getMessage());
        assertTrue(message.startsWith("payment s cannot be resolved as APPROVED for 11 MYR: "), message);
        assertTrue(message.endsWith("; it is about 10 MYR"), message);
        assertEquals(Status.IN_DOUBT, status(engine, "s"));
    }

    @Test
    void anOperatorHasItReversed() throws Exception {
        card.capabilities = ASKABLE.reversible();
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        engine.resolve(resolution("s", Resolution.Decision.REVERSE)).join();
        card.next("reverse").answer().complete(Outcome.reversed());
        await(() -> status(engine, "s") == Status.REVERSED);
    }

    @Test
    void onlySoManyAreAtWorkAtATime() throws Exception {
        PaymentEngine engine = start(builder().processor("card", card, ProcessorSettings.DEFAULT.permits(2)));
        engine.submit(SHOP, sale("one"));
        FakeProcessor.Asked one = card.next("process");
        engine.submit(SHOP, sale("two"));
        card.next("process");
        Receipt busy = engine.submit(SHOP, sale("three")).join();
        assertEquals(Reason.PROCESSOR_UNAVAILABLE, busy.reason());
        assertTrue(busy.retryAfterMillis() > 0);
        assertNull(store.payment("shop", "three"), "nothing is recorded, the id is unused");
        one.answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "one") == Status.APPROVED);
        Receipt repeated = engine.submit(SHOP, sale("one")).join();
        assertEquals(Reason.APPROVED, repeated.reason());
        CompletableFuture<Receipt> three = engine.submit(SHOP, sale("three"));
        card.next("process").answer().complete(Outcome.approved(TEN));
        assertEquals(Reason.APPROVED, three.join().reason());
    }

    @Test
    void aPlaceIsGivenBackOnceHoweverLateTheAnswer() throws Exception {
        card.capabilities = Capabilities.NONE;
        PaymentEngine engine = start(builder().processor("card", card, ProcessorSettings.DEFAULT.permits(1)));
        CompletableFuture<Receipt> late = engine.submit(SHOP, sale("late"));
        FakeProcessor.Asked asked = card.next("process");
        pass(Duration.ofSeconds(10));
        assertEquals(Reason.PROCESSOR_TIMEOUT, late.join().reason());
        asked.answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "late") == Status.APPROVED);

        engine.submit(SHOP, sale("one"));
        card.next("process");
        assertEquals(
                Reason.PROCESSOR_UNAVAILABLE,
                engine.submit(SHOP, sale("two")).join().reason());
        assertEquals(1, engine.status().pending());
    }

    @Test
    void placesThatAreRefusedAreNotTaken() throws Exception {
        card.capabilities = Capabilities.NONE;
        PaymentEngine engine = start(builder()
                .processor("card", card, ProcessorSettings.DEFAULT.permits(2).failures(50, 2, Duration.ofSeconds(30))));
        for (int i = 0; i < 2; i++) {
            CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s" + i));
            card.next("process").answer().completeExceptionally(new IOException("reset"));
            answer.join();
        }
        for (int i = 0; i < 5; i++) {
            engine.submit(SHOP, sale("refused" + i)).join();
        }
        assertEquals(0, engine.status().pending());
        pass(Duration.ofSeconds(31));
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("again"));
        card.next("process").answer().complete(Outcome.approved(TEN));
        assertEquals(Reason.APPROVED, answer.join().reason());
    }

    @Test
    void aProcessorThatFailsIsLeftAloneForAWhile() throws Exception {
        card.capabilities = Capabilities.NONE;
        PaymentEngine engine = start(
                builder().processor("card", card, ProcessorSettings.DEFAULT.failures(50, 4, Duration.ofSeconds(30))));
        for (int i = 0; i < 4; i++) {
            CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s" + i));
            card.next("process").answer().completeExceptionally(new IOException("reset"));
            answer.join();
        }
        assertEquals(
                Reason.PROCESSOR_UNAVAILABLE,
                engine.submit(SHOP, sale("s4")).join().reason());
        pass(Duration.ofSeconds(31));
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s4"));
        card.next("process").answer().complete(Outcome.approved(TEN));
        assertEquals(Reason.APPROVED, answer.join().reason());
    }

    @Test
    void aPauseIsNoLongerWhenTheClockIsSetBack() throws Exception {
        card.capabilities = Capabilities.NONE;
        PaymentEngine engine = start(
                builder().processor("card", card, ProcessorSettings.DEFAULT.failures(50, 1, Duration.ofSeconds(30))));
        CompletableFuture<Receipt> failed = engine.submit(SHOP, sale("f"));
        card.next("process").answer().completeExceptionally(new IOException("reset"));
        failed.join();
        clock.advance(Duration.ofHours(-1));
        assertEquals(
                Reason.PROCESSOR_UNAVAILABLE,
                engine.submit(SHOP, sale("s")).join().reason());
        pass(Duration.ofSeconds(31));
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        assertNull(answer.getNow(null));
        card.next("process").answer().complete(Outcome.approved(TEN));
        assertEquals(Reason.APPROVED, answer.join().reason());
    }

    @Test
    void nothingBecomesPendingThatNoProcessorIsCalledForAnyMore() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        FakeProcessor.Asked asked = card.next("process");
        CompletableFuture<DrainReport> drained =
                CompletableFuture.supplyAsync(() -> engine.drain(Duration.ofSeconds(20)));
        await(() -> engine.status().refusing() != null);
        assertEquals(Reason.DRAINING, engine.submit(SHOP, sale("t")).join().reason());
        assertFalse(answer.isDone(), "those that it has are waited for");
        asked.answer().complete(Outcome.approved(TEN));
        assertEquals(Reason.APPROVED, answer.join().reason());
        drained.join();
        assertNull(store.payment("shop", "t"));
    }

    @Test
    void whatIsDecidedOnceMoreTakesOnePlace() throws Exception {
        card.capabilities = Capabilities.NONE;
        HeldStore held = new HeldStore();
        PaymentEngine engine = start(builder()
                .store(held)
                .account("bob", TEN)
                .processor("card", card, ProcessorSettings.DEFAULT.permits(1).failures(50, 1, Duration.ofSeconds(30))));
        CompletableFuture<Receipt> failed = engine.submit(SHOP, sale("f"));
        card.next("process").answer().completeExceptionally(new IOException("reset"));
        failed.join();
        pass(Duration.ofSeconds(31));

        held.hold();
        engine.submit(SHOP, PaymentRequest.sale("t", "alice", "kedai", TEN));
        held.awaitHeld();
        CompletableFuture<Receipt> trial = engine.submit(SHOP, sale("s"));
        engine.submit(SHOP, PaymentRequest.sale("b", "bob", "kedai", TEN));
        held.runOutOfMemoryAt("bob");
        held.release(1_000_000);
        card.next("process").answer().complete(Outcome.approved(TEN));
        assertEquals(Reason.APPROVED, trial.join().reason());
        assertFalse(trial.join().replayed(), "nothing of the first try was kept");
        assertEquals(0, engine.status().pending());
        assertEquals(1000 - 10 - 10, account(engine, "alice").posted());
        assertEquals(0, account(engine, "bob").posted());
    }

    @Test
    void capturesVoidsAndRefundsGoWhereTheAuthorizationWent() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> authorized = engine.submit(SHOP, authorize("a"));
        FakeProcessor.Asked first = card.next("process");
        first.answer().complete(Outcome.approved(TEN).withReference("acq-7"));
        assertEquals(MoneyEffect.HELD, authorized.join().money());

        CompletableFuture<Receipt> captured = engine.submit(SHOP, PaymentRequest.capture("c", "a", NINE));
        FakeProcessor.Asked capture = card.next("process");
        Payment.Original original = present(capture.payment().original());
        assertEquals(first.attempt(), original.attempt());
        assertEquals("acq-7", original.reference());
        capture.answer().complete(Outcome.approved(NINE));
        assertEquals(MoneyEffect.MOVED, captured.join().money());

        CompletableFuture<Receipt> voided = engine.submit(SHOP, PaymentRequest.voidOf("v", "a"));
        FakeProcessor.Asked release = card.next("process");
        assertEquals(Money.of(1, "MYR"), release.payment().amount());
        release.answer().complete(Outcome.approved(release.payment().amount()));
        assertEquals(Reason.APPROVED, voided.join().reason());
        assertEquals(0, account(engine, "alice").held());

        CompletableFuture<Receipt> refunded = engine.submit(SHOP, PaymentRequest.refund("r", "a", NINE));
        card.next("process").answer().complete(Outcome.approved(NINE));
        assertEquals(MoneyEffect.MOVED, refunded.join().money());
        assertEquals(1000, account(engine, "alice").debitable());
    }

    @Test
    void aBlockingProcessorWaitsOnThreadsOfItsOwn() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        BlockingProcessor blocking = new BlockingProcessor() {
            @Override
            public Outcome process(Payment payment, Attempt attempt) throws Exception {
                if (payment.request().id().equals("quick")) {
                    return Outcome.approved(payment.amount());
                }
                try {
                    release.await();
                } catch (InterruptedException e) {
                    interrupted.incrementAndGet();
                    throw e;
                }
                return Outcome.approved(payment.amount());
            }

            @Override
            public Outcome inquire(Payment payment, Attempt attempt) {
                return Outcome.declined(Reason.DO_NOT_HONOR);
            }

            @Override
            public Capabilities capabilities() {
                return ASKABLE;
            }
        };
        PaymentEngine engine = start(builder().processor("slow", blocking, ProcessorSettings.DEFAULT.threads(2)));
        CompletableFuture<Receipt> slow = engine.submit(SHOP, sale("slow", "slow"));
        assertEquals(
                Reason.APPROVED,
                engine.submit(SHOP, sale("quick", "slow")).join().reason());
        await(() -> status(engine, "slow") == Status.PENDING);
        passUntil(slow::isDone);
        assertEquals(Reason.PROCESSOR_TIMEOUT, slow.join().reason());
        await(() -> interrupted.get() == 1);
        awaitScheduled(engine);
        clock.advance(Duration.ofSeconds(2));
        await(() -> status(engine, "slow") == Status.DECLINED);
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_23)
    void anInquiryThatFindsNoThreadProvesNothing() throws Exception {
        CountDownLatch isBusy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        BlockingProcessor stubborn = new BlockingProcessor() {
            @Override
            public Outcome process(Payment payment, Attempt attempt) throws Exception {
                if (payment.request().id().equals("a")) {
                    throw new IOException("reset");
                }
                isBusy.countDown();
                while (release.getCount() > 0) {
                    Thread.onSpinWait();
                }
                return Outcome.approved(payment.amount());
            }

            @Override
            public Outcome inquire(Payment payment, Attempt attempt) {
                return Outcome.unknown("busy");
            }

            @Override
            public Capabilities capabilities() {
                return ASKABLE;
            }
        };
        PaymentEngine engine = start(builder().processor("one", stubborn, ProcessorSettings.DEFAULT.threads(1)));
        assertEquals(
                Reason.PROCESSOR_ERROR,
                engine.submit(SHOP, sale("a", "one")).join().reason());
        awaitScheduled(engine);
        engine.submit(SHOP, sale("b", "one"));
        isBusy.await();
        try {
            for (int tries = 1; tries <= 2; tries++) {
                int tried = tries;
                pass(Duration.ofSeconds(12));
                await(() -> engine.unresolved(1).join().get(0).tries() >= tried);
            }
            assertEquals("a", engine.unresolved(1).join().get(0).request().id());
            assertEquals(Status.IN_DOUBT, status(engine, "a"));
        } finally {
            release.countDown();
        }
    }

    @Test
    void aDrainAnswersWhoWaitsThatItIsPending() throws Exception {
        PaymentEngine engine = start(builder().processor("card", card).clock(Clock.systemUTC()));
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        card.next("process");
        engine.drain(Duration.ofMillis(200));
        assertEquals(Reason.PENDING, answer.join().reason());
        assertEquals(Status.PENDING, present(store.payment("shop", "s")).status());
    }

    @Test
    void halfOfADrainIsLeftForTheRepliesToWhoWaits() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s"));
        card.next("process");
        CompletableFuture<DrainReport> drained =
                CompletableFuture.supplyAsync(() -> engine.drain(Duration.ofMinutes(10)));
        await(() -> engine.status().refusing() != null);
        await(() -> {
            clock.advance(Duration.ofMinutes(5));
            return answer.isDone();
        });
        assertEquals(Reason.PENDING, answer.join().reason());
        drained.join();
    }

    @Test
    void aProcessorThatReadsNothingHarmsNobody() {
        Processor careless = new Processor() {
            @Override
            public CompletionStage<Outcome> process(Payment payment, Attempt attempt) {
                return CompletableFuture.completedFuture(Outcome.approved(payment.amount()));
            }

            @Override
            public CompletionStage<Outcome> inquire(Payment payment, Attempt attempt) {
                return CompletableFuture.completedFuture(Outcome.notSupported());
            }

            @Override
            public Notice read(Notification notification) {
                return switch (notification.body().length) {
                    case 0 -> nothing();
                    case 1 -> new Notice(nothing(), Outcome.approved(TEN));
                    default -> throw new IllegalStateException("on purpose");
                };
            }
        };
        PaymentEngine engine = start(builder().processor("careless", careless));
        for (int length = 0; length < 3; length++) {
            refused(engine, "careless", new Notification(Map.of(), new byte[length]));
        }
        assertEquals(
                Reason.APPROVED,
                engine.submit(SHOP, sale("s", "careless")).join().reason());
    }

    @Test
    void aNotificationWithoutEvidenceLeavesACallThatIsGoingOnAlone() throws Exception {
        PaymentEngine engine = start();
        engine.submit(SHOP, sale("s"));
        String key = card.next("process").attempt().key();
        for (String word : List.of("unknown", "missing")) {
            assertEquals(
                    Reason.PENDING,
                    engine.deliver("card", notification(key, word)).join().reason());
        }
        assertEquals(Status.PENDING, status(engine, "s"));
    }

    @Test
    void whatIsSettledIsToldAgainWithoutItsProcessor() throws Exception {
        PaymentEngine first = start();
        CompletableFuture<Receipt> answer = first.submit(SHOP, sale("s"));
        card.next("process").answer().complete(Outcome.approved(TEN));
        Receipt approved = answer.join();
        first.drain(Duration.ofMillis(1));

        PaymentEngine second = start(builder());
        assertEquals(approved.asReplayed(), second.submit(SHOP, sale("s")).join());
        assertEquals(
                Reason.METHOD_UNKNOWN, second.submit(SHOP, sale("new")).join().reason());
        assertEquals(
                Reason.PROCESSOR_UNAVAILABLE,
                second.submit(SHOP, PaymentRequest.refund("r", "s", TEN)).join().reason());
        assertNull(store.payment("shop", "r"));
    }

    @Test
    void whatIsInDoubtWithoutItsProcessorWaitsForItOrForAnOperator() throws Exception {
        PaymentEngine first = start();
        first.submit(SHOP, sale("s"));
        card.next("process");
        first.drain(Duration.ofMillis(1));

        PaymentEngine second = start(builder());
        assertTrue(second.unresolved(10).join().get(0).isStuck());
        second.drain(Duration.ofMillis(1));
        PaymentEngine third = start();
        awaitScheduled(third);
        clock.advance(Duration.ofSeconds(2));
        card.next("inquire").answer().complete(Outcome.approved(TEN));
        await(() -> status(third, "s") == Status.APPROVED);
    }

    @Test
    void aReversalGoesOnAfterARestart() throws Exception {
        card.capabilities = ASKABLE.reversible();
        PaymentEngine first = start();
        bringIntoDoubt(first, sale("s"));
        first.resolve(resolution("s", Resolution.Decision.REVERSE)).join();
        card.next("reverse");
        first.drain(Duration.ofMillis(1));

        PaymentEngine second = start();
        card.next("reverse").answer().complete(Outcome.reversed());
        await(() -> status(second, "s") == Status.REVERSED);
        assertEquals(1000, account(second, "alice").debitable());
    }

    @Test
    void anOperatorCannotHaveReversedWhatNobodyReverses() throws Exception {
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        CompletionException e = assertThrows(
                CompletionException.class,
                () -> engine.resolve(resolution("s", Resolution.Decision.REVERSE))
                        .join());
        assertTrue(present(e.getCause()).getMessage().contains("processor card undoes nothing"));
        clock.advance(Duration.ofSeconds(2));
        card.next("inquire").answer().complete(Outcome.approved(TEN));
        await(() -> status(engine, "s") == Status.APPROVED);
    }

    @Test
    void anInquiryThatIsNotSupportedMakesRoomForAReversal() throws Exception {
        card.capabilities = ASKABLE.reversible().idempotent();
        PaymentEngine engine = start();
        bringIntoDoubt(engine, sale("s"));
        clock.advance(Duration.ofSeconds(2));
        card.next("inquire").answer().complete(Outcome.notSupported());
        passUntilAsked();
        card.next("reverse").answer().complete(Outcome.reversed());
        await(() -> status(engine, "s") == Status.REVERSED);
    }

    @Test
    void whatIsNotExecutedFailsAndWhatIsApprovedPartlyIsSmaller() throws Exception {
        PaymentEngine engine = start();
        CompletableFuture<Receipt> failed = engine.submit(SHOP, sale("f"));
        card.next("process").answer().complete(Outcome.notExecuted("no connection"));
        assertEquals(Reason.NOT_EXECUTED, failed.join().reason());
        assertEquals(MoneyEffect.NOT_MOVED, failed.join().money());

        CompletableFuture<Receipt> part = engine.submit(SHOP, sale("p"));
        card.next("process").answer().complete(Outcome.approvedPartly(NINE));
        assertEquals(Reason.APPROVED_PARTIAL, part.join().reason());
        assertEquals(NINE, part.join().amount());
        assertEquals(991, account(engine, "alice").debitable());
    }

    @Test
    void noConnectionsAreAReasonToLeaveAProcessorAloneToo() throws Exception {
        PaymentEngine engine = start(
                builder().processor("card", card, ProcessorSettings.DEFAULT.failures(50, 2, Duration.ofSeconds(30))));
        for (int i = 0; i < 2; i++) {
            CompletableFuture<Receipt> answer = engine.submit(SHOP, sale("s" + i));
            card.next("process").answer().complete(Outcome.notExecuted("no connection"));
            answer.join();
        }
        Receipt busy = engine.submit(SHOP, sale("s2")).join();
        assertEquals(Reason.PROCESSOR_UNAVAILABLE, busy.reason());
        assertTrue(busy.retryAfterMillis() >= 1000);
    }

    @Test
    void onlySoManyInquiriesBeginInASecond() throws Exception {
        PaymentEngine engine =
                start(builder().processor("card", card, ProcessorSettings.DEFAULT.inquiriesPerSecond(3)));
        for (int i = 0; i < 10; i++) {
            String id = "s" + i;
            CompletableFuture<Receipt> answer = engine.submit(SHOP, sale(id));
            card.next("process").answer().completeExceptionally(new IOException("reset"));
            answer.join();
        }
        await(() -> engine.unresolved(10).join().stream().allMatch(open -> open.nextTry() != null));
        clock.advance(Duration.ofSeconds(2));
        for (int second = 0; second < 3; second++) {
            for (int i = 0; i < 3; i++) {
                card.next("inquire");
            }
            assertEquals(3 * (second + 1), engine.status().inDoubt() - notAskedYet(engine));
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        }
        card.next("inquire");
    }

    private static long notAskedYet(PaymentEngine engine) {
        return engine.unresolved(10).join().stream()
                .filter(open -> open.tries() == 0)
                .count();
    }

    @Test
    void whoWaitsHearsOfItWhenTheStoreFails() throws Exception {
        HeldStore held = new HeldStore();
        PaymentEngine engine = start(builder().store(held).processor("card", card));
        CompletableFuture<Receipt> waiting = engine.submit(SHOP, sale("s"));
        card.next("process");
        held.failBeforeWriting();
        engine.submit(SHOP, PaymentRequest.sale("t", "alice", "kedai", TEN)).join();
        assertEquals(Reason.PENDING, waiting.join().reason());
    }

    @Test
    void anAuthorizationExpiresBesideItsCaptureInDoubtAndTheRestWithIt() throws Exception {
        PaymentEngine engine = start(builder().processor("card", card).authorizationsExpireAfter(Duration.ofHours(1)));
        CompletableFuture<Receipt> authorized = engine.submit(SHOP, authorize("a"));
        card.next("process").answer().complete(Outcome.approved(TEN));
        authorized.join();
        bringIntoDoubt(engine, PaymentRequest.capture("c", "a", NINE));
        clock.advance(Duration.ofHours(2));
        FakeProcessor.Asked inquiry = card.next("inquire");
        await(() -> account(engine, "alice").held() == 9);
        inquiry.answer().complete(Outcome.declined(Reason.DO_NOT_HONOR));
        await(() -> account(engine, "alice").held() == 0);
        assertEquals(1000, account(engine, "alice").posted());
    }

    @Test
    void methodsAreKnownOrRefused() {
        PaymentEngine engine = start();
        assertEquals(
                Reason.METHOD_UNKNOWN,
                engine.submit(SHOP, sale("s", "cash")).join().reason());
        for (String taken : List.of("ledger", "not a name", "card")) {
            assertThrows(
                    BayarException.class,
                    () -> builder().processor("card", card).processor(taken, card));
        }
    }

    private PaymentEngine start() {
        return start(builder().processor("card", card));
    }

    private PaymentEngine start(PaymentEngine.Builder builder) {
        PaymentEngine engine = builder.start();
        engines.add(engine);
        return engine;
    }

    private PaymentEngine.Builder builder() {
        return PaymentEngine.builder()
                .store(store)
                .clock(clock)
                .nanoTicker(nanos::get)
                .logRequests(false)
                .account("alice", Money.of(1000, "MYR"))
                .account(NewAccount.of("kedai", Money.of(0, "MYR")));
    }

    private void bringIntoDoubt(PaymentEngine engine, PaymentRequest request) throws InterruptedException {
        engine.submit(SHOP, request);
        card.next("process").answer().completeExceptionally(new IOException("reset"));
        awaitScheduled(engine);
    }

    /** Waits until the one payment that is open is in doubt, and it is known when it is asked about. */
    private static void awaitScheduled(PaymentEngine engine) throws InterruptedException {
        await(() -> engine.unresolved(1).join().get(0).nextTry() != null);
    }

    /** Time passes on both clocks. */
    private void pass(Duration duration) {
        clock.advance(duration);
        nanos.addAndGet(duration.toNanos());
    }

    private void passUntil(BooleanSupplier condition) throws InterruptedException {
        await(() -> {
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            return condition.getAsBoolean();
        });
    }

    /** Time passes until the processor is asked something. */
    private void passUntilAsked() throws InterruptedException {
        await(() -> {
            clock.advance(Duration.ofSeconds(1));
            return !card.asked.isEmpty();
        });
    }

    private static PaymentRequest sale(String id) {
        return sale(id, "card");
    }

    private static PaymentRequest sale(String id, String method) {
        return request(id, Operation.SALE, method);
    }

    private static PaymentRequest authorize(String id) {
        return request(id, Operation.AUTHORIZE, "card");
    }

    private static PaymentRequest request(String id, Operation type, String method) {
        return PaymentRequest.builder(id, type)
                .payer("alice")
                .payee("kedai")
                .amount(TEN)
                .method(method)
                .build();
    }

    private static Resolution resolution(String id, Resolution.Decision decision) {
        return Resolution.of("shop", id, decision, "maria", "statement 4711");
    }

    private static Notification notification(String key, String outcome) {
        return new Notification(Map.of("Authentic", "yes"), (key + " " + outcome).getBytes(StandardCharsets.UTF_8));
    }

    private static Status status(PaymentEngine engine, String id) {
        return engine.submit(SHOP, PaymentRequest.inquiry("i-" + id, id)).join().status();
    }

    private static Account account(PaymentEngine engine, String name) {
        return engine.account(AccountId.of(name)).join().orElseThrow();
    }

    private static <T> T present(@Nullable T value) {
        assertNotNull(value);
        return value;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "this did not happen within 30 s");
            Thread.sleep(1);
        }
    }
}
