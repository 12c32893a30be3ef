package bayar.testkit;

import static bayar.testkit.Behavior.approves;
import static bayar.testkit.Behavior.approvesOtherwise;
import static bayar.testkit.Behavior.approvesPartly;
import static bayar.testkit.Behavior.declines;
import static bayar.testkit.Behavior.failsAfterTheEffect;
import static bayar.testkit.Behavior.failsBeforeTheEffect;
import static bayar.testkit.Behavior.forgets;
import static bayar.testkit.Behavior.says;
import static bayar.testkit.Behavior.timesOutAfterTheEffect;
import static bayar.testkit.Behavior.timesOutBeforeTheEffect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Attempt;
import bayar.BayarException;
import bayar.Capabilities;
import bayar.Money;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Reason;
import bayar.testkit.ScriptedProcessor.Entry;
import bayar.testkit.ScriptedProcessor.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScriptedProcessorTest {
    private static final Money TEN = Money.of(10_00, "MYR");
    private static final Attempt FIRST = new Attempt("a-1", 1);
    private static final Attempt SECOND = new Attempt("a-2", 1);

    private final ScriptedProcessor card = new ScriptedProcessor();

    @Test
    void approvesAndKeepsABookByDefault() {
        Outcome outcome = told(process(FIRST));
        assertEquals(Outcome.approved(TEN).withReference("scripted-1"), outcome);
        assertEquals(entry("a-1", Entry.State.DONE, 1, TEN), card.entry("a-1"));
        assertEquals(outcome, told(inquire(FIRST)));
        assertNull(card.entry("a-2"));
        assertEquals(Outcome.notFound(), told(inquire(SECOND)));
        assertEquals(List.of(Kind.PROCESS, Kind.INQUIRE, Kind.INQUIRE), kinds());
        assertEquals(10_00, card.minorDone(Operation.SALE, "MYR"));
        assertEquals(0, card.minorDone(Operation.SALE, "EUR"));
        assertEquals(0, card.minorDone(Operation.REFUND, "MYR"));
    }

    @Test
    void refusesAndChargesNothing() {
        card.next(declines(Reason.SUSPECTED_FRAUD));
        assertEquals(Reason.SUSPECTED_FRAUD, told(process(FIRST)).reason());
        assertEquals(entry("a-1", Entry.State.DECLINED, 0, TEN), card.entry("a-1"));
        assertEquals(Outcome.Kind.DECLINED, told(inquire(FIRST)).kind());
        assertEquals(0, card.minorDone(Operation.SALE, "MYR"));
        assertEquals(Outcome.Kind.APPROVED, told(process(SECOND)).kind());
    }

    @Test
    void doesAPartAnotherAmountOrAnotherCurrencyAndSaysSo() {
        card.next(approvesPartly(1), approvesOtherwise(Money.of(9, "MYR")), approvesOtherwise(Money.of(10_00, "EUR")));
        Outcome part = told(process(FIRST));
        assertEquals(Reason.APPROVED_PARTIAL, part.reason());
        assertEquals(Money.of(1, "MYR"), part.amount());
        assertEquals(Money.of(9, "MYR"), told(process(SECOND)).amount());
        assertEquals(
                Money.of(10_00, "EUR"), told(process(new Attempt("a-3", 1))).amount());
        assertEquals(10, card.minorDone(Operation.SALE, "MYR"));
        assertEquals(10_00, card.minorDone(Operation.SALE, "EUR"));
    }

    @Test
    void saysAnotherAmountThanItDid() {
        card.next(approves().answering(Outcome.approved(Money.of(9, "MYR"))));
        assertEquals(Money.of(9, "MYR"), told(process(FIRST)).amount());
        assertEquals(TEN, told(inquire(FIRST)).amount());
    }

    @Test
    void timesOutBeforeOrAfterTheEffect() {
        card.next(timesOutBeforeTheEffect(), timesOutAfterTheEffect());
        CompletableFuture<Outcome> before = process(FIRST);
        CompletableFuture<Outcome> after = process(SECOND);
        assertEquals(0, card.releaseAll());
        assertFalse(before.isDone());
        assertFalse(after.isDone());
        assertNull(card.entry("a-1"));
        assertEquals(entry("a-2", Entry.State.DONE, 1, TEN), card.entry("a-2"));
    }

    @Test
    void breaksBeforeOrAfterTheEffect() {
        card.next(failsBeforeTheEffect(), failsAfterTheEffect());
        assertBroken(process(FIRST));
        assertNull(card.entry("a-1"));
        assertBroken(process(FIRST));
        assertNotNull(card.entry("a-1"));
    }

    @Test
    void throwsAndReturnsNullAfterOrWithoutTheEffect() {
        card.next(approves().withoutEffect().throwing(), approves().returningNull());
        assertThrows(IllegalStateException.class, () -> process(FIRST));
        assertNull(card.entry("a-1"));
        assertNull(card.process(payment(), FIRST));
        assertNotNull(card.entry("a-1"));
    }

    @Test
    void isSlowOrOnlyItsAnswerIsLate() {
        card.next(approves().held(), approves().answeredLate());
        CompletableFuture<Outcome> slow = process(FIRST);
        CompletableFuture<Outcome> late = process(SECOND);
        assertNull(card.entry("a-1"));
        assertNotNull(card.entry("a-2"));
        assertFalse(slow.isDone() || late.isDone());

        assertEquals(1, card.release("a-1"));
        assertNotNull(card.entry("a-1"));
        assertEquals(Outcome.Kind.APPROVED, told(slow).kind());
        assertFalse(late.isDone());
        assertEquals(1, card.releaseAll());
        assertEquals(Outcome.Kind.APPROVED, told(late).kind());
        assertEquals(0, card.releaseAll());
    }

    @Test
    void takesItsTimeWithAScheduler() {
        assertThrows(BayarException.class, () -> card.next(approves().answeredAfter(Duration.ofMillis(1))));
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try {
            ScriptedProcessor slow = new ScriptedProcessor(scheduler);
            slow.byDefault(approves().answeredAfter(Duration.ofMillis(20)));
            long startNanos = System.nanoTime();
            slow.process(payment(), FIRST).toCompletableFuture().join();
            assertTrue(System.nanoTime() - startNanos >= TimeUnit.MILLISECONDS.toNanos(20));
        } finally {
            scheduler.shutdownNow();
        }
    }

    @Test
    void forgetsWhatItDid() {
        process(FIRST);
        card.next(Kind.INQUIRE, forgets(), says(Outcome.unknown("ask tomorrow")));
        assertEquals(Outcome.Kind.NOT_FOUND, told(inquire(FIRST)).kind());
        assertEquals(Outcome.Kind.UNKNOWN, told(inquire(FIRST)).kind());
        assertEquals(Outcome.Kind.APPROVED, told(inquire(FIRST)).kind());
    }

    @Test
    void isDownUntilItComesBackAndKeepsTheScript() {
        card.next(declines(Reason.DO_NOT_HONOR));
        card.goesDown();
        assertBroken(process(FIRST));
        assertBroken(inquire(FIRST));
        assertBroken(reverse(FIRST));
        assertEquals(List.of(), card.entries());
        card.comesBack();
        assertEquals(Outcome.Kind.DECLINED, told(process(FIRST)).kind());
        assertEquals(Outcome.Kind.APPROVED, told(process(SECOND)).kind());
    }

    @Test
    void rulesComeAfterOneShotsAndBeforeTheDefault() {
        card.byDefault(declines(Reason.DO_NOT_HONOR));
        card.when(payment -> payment.amount().minor() == 10_00, declines(Reason.SUSPECTED_FRAUD));
        card.when(payment -> true, declines(Reason.INSUFFICIENT_FUNDS));
        card.when(Kind.INQUIRE, payment -> true, says(Outcome.notSupported()));
        card.next(approves());
        assertEquals(Reason.APPROVED, told(process(FIRST)).reason());
        assertEquals(Reason.SUSPECTED_FRAUD, told(process(SECOND)).reason());
        assertEquals(Outcome.Kind.NOT_SUPPORTED, told(inquire(SECOND)).kind());

        ScriptedProcessor other = new ScriptedProcessor().byDefault(declines(Reason.DO_NOT_HONOR));
        assertEquals(
                Reason.DO_NOT_HONOR,
                other.process(payment(), FIRST).toCompletableFuture().join().reason());
    }

    @Test
    void chargesAKeyOnceUnlessItIsToldToRepeat() {
        assertEquals(told(process(FIRST)), told(process(FIRST)));
        assertEquals(entry("a-1", Entry.State.DONE, 1, TEN), card.entry("a-1"));
        card.repeats(true);
        process(FIRST);
        assertEquals(entry("a-1", Entry.State.DONE, 2, TEN), card.entry("a-1"));
        assertEquals(20_00, card.minorDone(Operation.SALE, "MYR"));
    }

    @Test
    void chargesAKeyOnceThoughManyThreadsSendIt() {
        IntStream.range(0, 1000).parallel().forEach(i -> process(new Attempt("a-" + i % 10, 1)));
        assertEquals(10, card.entries().size());
        assertEquals(1000, card.calls().size());
        assertTrue(card.entries().stream().allMatch(entry -> entry.times() == 1));
    }

    @Test
    void undoesWhatWasDoneAndKeepsOffWhatWasNot() {
        process(FIRST);
        assertEquals(Outcome.reversed(), told(reverse(FIRST)));
        assertEquals(Outcome.reversed(), told(reverse(FIRST)));
        assertEquals(Outcome.reversed(), told(inquire(FIRST)));

        assertEquals(Outcome.reversed(), told(reverse(SECOND)));
        card.repeats(true);
        assertEquals(Outcome.Kind.NOT_EXECUTED, told(process(SECOND)).kind());
        assertEquals(Outcome.Kind.NOT_EXECUTED, told(process(FIRST)).kind());
        assertEquals(0, card.minorDone(Operation.SALE, "MYR"));
        assertEquals(
                List.of(Entry.State.REVERSED, Entry.State.REVERSED),
                card.entries().stream().map(Entry::state).toList());
    }

    @Test
    void aReversalThatHasNoEffectAcknowledgesNothing() {
        process(FIRST);
        card.next(Kind.REVERSE, approves().withoutEffect());
        assertEquals(Outcome.Kind.UNKNOWN, told(reverse(FIRST)).kind());
        assertEquals(10_00, card.minorDone(Operation.SALE, "MYR"));
    }

    @Test
    void knowsWhatALaterOperationActsOn() {
        process(FIRST);
        PaymentRequest refund = PaymentRequest.refund("r", "s", Money.of(4, "MYR"));
        Payment payment = new Payment(
                2,
                Instant.EPOCH,
                "shop",
                refund,
                Money.of(4, "MYR"),
                AccountId.of("kedai"),
                AccountId.of("alice"),
                new Payment.Original(FIRST, "scripted-1"));
        card.process(payment, SECOND);
        Entry entry = card.entry("a-2");
        assertNotNull(entry);
        assertEquals("a-1", entry.originalKey());
        assertEquals(4, card.minorDone(Operation.REFUND, "MYR"));
    }

    @Test
    void notifiesBesidesAnsweringOrInsteadOfIt() {
        List<Notification> arrived = new ArrayList<>();
        card.notifies(arrived::add)
                .next(approves().notifying(), timesOutAfterTheEffect().notifying());
        Outcome answered = told(process(FIRST));
        assertFalse(process(SECOND).isDone());
        assertEquals(
                List.of("a-1", "a-2"),
                arrived.stream().map(n -> card.read(n).key()).toList());
        assertEquals(answered, card.read(arrived.get(0)).outcome());
    }

    @Test
    void readsOnlyWhatItSigned() {
        card.next(declines(Reason.INSUFFICIENT_FUNDS));
        process(FIRST);
        Notification authentic = card.notification("a-1");
        assertEquals(Reason.INSUFFICIENT_FUNDS, card.read(authentic).outcome().reason());
        Outcome part = Outcome.approvedPartly(TEN).withReference("ref 7").withNote("a note; more");
        assertEquals(part, card.read(card.notification("a-1", part)).outcome());

        byte[] body = authentic.body().clone();
        body[0] ^= 1;
        assertThrows(NotificationException.class, () -> card.read(new Notification(authentic.headers(), body)));
        assertThrows(NotificationException.class, () -> card.read(new Notification(Map.of(), authentic.body())));
    }

    @Test
    void vouchesForWhatItIsToldTo() {
        assertTrue(card.capabilities().isIdempotent()
                && card.capabilities().isInquirable()
                && card.capabilities().isReversible());
        assertEquals(Capabilities.NONE, card.vouchesFor(Capabilities.NONE).capabilities());
    }

    @Test
    void waitsForCallsThatComeFromOtherThreads() {
        CompletableFuture.runAsync(() -> {
            process(FIRST);
            process(SECOND);
        });
        assertEquals(2, card.awaitCalls(Kind.PROCESS, 2).size());
    }

    @Test
    void isTheSameAtRandomForTheSameSeedInWhateverOrder() {
        List<String> keys = IntStream.range(0, 500).mapToObj(i -> "a-" + i).toList();
        List<String> backwards = new ArrayList<>(keys);
        Collections.reverse(backwards);
        assertEquals(runAtRandom(7, keys), runAtRandom(7, backwards));
        assertFalse(runAtRandom(7, keys).equals(runAtRandom(8, keys)));
    }

    @Test
    void doesEverythingAtRandomAndNeverGivesFalseEvidence() {
        Set<String> seen = new HashSet<>();
        card.atRandom(1);
        for (int i = 0; i < 2000; i++) {
            Attempt attempt = new Attempt("a-" + i, 1);
            seen.add(kind(attempt));
            for (int ask = 0; ask < 20; ask++) {
                Outcome outcome = asked(attempt);
                Entry entry = card.entry(attempt.key());
                if (outcome != null && outcome.kind() == Outcome.Kind.APPROVED) {
                    assertTrue(entry != null && entry.state() == Entry.State.DONE && entry.times() == 1);
                } else if (outcome != null && outcome.kind() == Outcome.Kind.DECLINED) {
                    assertTrue(entry != null && entry.state() == Entry.State.DECLINED);
                } else if (outcome != null && outcome.kind() == Outcome.Kind.NOT_FOUND) {
                    assertNull(entry);
                }
            }
        }
        assertTrue(
                seen.containsAll(Set.of("APPROVED", "DECLINED", "UNKNOWN", "open", "broken", "null", "thrown")),
                seen::toString);
        assertTrue(card.releaseAll() > 0);
    }

    private Map<String, String> runAtRandom(long seed, List<String> keys) {
        ScriptedProcessor random = new ScriptedProcessor().atRandom(seed);
        Map<String, String> results = new TreeMap<>();
        for (String key : keys) {
            Attempt attempt = new Attempt(key, 1);
            results.put(key, kind(random, attempt) + kind(random, attempt) + (random.entry(key) != null));
        }
        return results;
    }

    private String kind(Attempt attempt) {
        return kind(card, attempt);
    }

    @SuppressWarnings("NullAway") // the scripted processor may return null
    private static String kind(ScriptedProcessor processor, Attempt attempt) {
        try {
            var stage = processor.process(payment(), attempt);
            if (stage == null) {
                return "null";
            }
            CompletableFuture<Outcome> future = stage.toCompletableFuture();
            return !future.isDone()
                    ? "open"
                    : future.isCompletedExceptionally()
                            ? "broken"
                            : future.join().kind().name();
        } catch (IllegalStateException e) {
            return "thrown";
        }
    }

    @SuppressWarnings("NullAway") // the scripted processor may return null
    private Outcome asked(Attempt attempt) {
        try {
            var stage = card.inquire(payment(), attempt);
            boolean isTold = stage != null
                    && stage.toCompletableFuture().isDone()
                    && !stage.toCompletableFuture().isCompletedExceptionally();
            return isTold ? stage.toCompletableFuture().join() : null;
        } catch (IllegalStateException e) {
            return null;
        }
    }

    private CompletableFuture<Outcome> process(Attempt attempt) {
        return card.process(payment(), attempt).toCompletableFuture();
    }

    private CompletableFuture<Outcome> inquire(Attempt attempt) {
        return card.inquire(payment(), attempt).toCompletableFuture();
    }

    private CompletableFuture<Outcome> reverse(Attempt attempt) {
        return card.reverse(payment(), attempt).toCompletableFuture();
    }

    private static Outcome told(CompletableFuture<Outcome> stage) {
        assertTrue(stage.isDone());
        return stage.join();
    }

    private static void assertBroken(CompletableFuture<Outcome> stage) {
        assertTrue(stage.isDone());
        assertTrue(assertThrows(CompletionException.class, stage::join).getCause() instanceof IOException);
    }

    private List<Kind> kinds() {
        return card.calls().stream().map(ScriptedProcessor.Call::kind).toList();
    }

    private static Entry entry(String key, Entry.State state, int times, Money amount) {
        return new Entry(key, Operation.SALE, state, times, amount, "scripted-1", null);
    }

    private static Payment payment() {
        PaymentRequest sale = PaymentRequest.sale("s", "alice", "kedai", TEN);
        return new Payment(1, Instant.EPOCH, "shop", sale, TEN, AccountId.of("alice"), AccountId.of("kedai"), null);
    }
}
