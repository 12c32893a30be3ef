package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bayar.AccountId;
import bayar.Attempt;
import bayar.Capabilities;
import bayar.Money;
import bayar.Notice;
import bayar.Notification;
import bayar.NotificationException;
import bayar.Operation;
import bayar.Outcome;
import bayar.Payment;
import bayar.PaymentRequest;
import bayar.Processor;
import bayar.ProcessorTraits;
import bayar.testkit.CrashedPayment.Loss;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Processor} and {@link bayar.BlockingProcessor} must do. Extend it, say how to reach your outside world's
 * sandbox and what its own book says, and run it with JUnit 6. Tests of what the processor does not vouch for in its {@link
 * Capabilities}, or does not offer, are skipped.
 *
 * <p>The tests of crashes run an engine over a store in memory, have it die at every commit and every call, and its
 * recovery too, and look at how the payment ends: about a hundred payments each, a dozen at a time, every one with an id and
 * a key of its own. The engine's time is advanced; the sandbox is waited for.
 */
public abstract class ProcessorContract {
    /**
     * What the outside world's own book says of an attempt.
     *
     * @param times how often it was done and not undone
     * @param minor for how much altogether, in minor units; for a void it may be 0
     */
    public record Charge(int times, long minor) {
        /** It was never done, or undone. */
        public static final Charge NONE = new Charge(0, 0);
    }

    /** Where a connection can be cut. */
    public enum Cut {
        /** The call never arrives. */
        BEFORE_THE_EFFECT,
        /** The call is done, and the answer never arrives. */
        AFTER_THE_EFFECT
    }

    private static final String METHOD = "outside";
    private static final int SENT_AT_ONCE = 16;

    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "processor-contract");
        thread.setDaemon(true);
        return thread;
    });
    private long sequence;

    /** For subclasses. */
    protected ProcessorContract() {}

    /** A {@link Processor} or {@link bayar.BlockingProcessor}; called anew for each test, and for each payment that crashes. */
    protected abstract ProcessorTraits processor();

    /** A sale or an authorization of 2 minor units or more that is approved in full. Its id is replaced. */
    protected abstract PaymentRequest approvedPayment();

    /** A sale or an authorization that is declined. Its id is replaced. */
    protected abstract PaymentRequest declinedPayment();

    /** What the outside world's book says of this attempt; not asked through the processor, which may be wrong. */
    protected abstract Charge chargedBy(Attempt attempt);

    /** What the processor offers besides the type of {@link #approvedPayment}; by default everything. */
    protected Set<Operation> operations() {
        return EnumSet.of(Operation.SALE, Operation.AUTHORIZE, Operation.CAPTURE, Operation.VOID, Operation.REFUND);
    }

    /** An authentic notification about this attempt, which was approved, or null when there are none, as by default. */
    protected @Nullable Notification notificationAbout(Attempt attempt) {
        return null;
    }

    /** Has the next call be cut there; whether that can be done: by default it cannot. */
    protected boolean cutNextCall(Cut where) {
        return false;
    }

    /** How long a call to the sandbox may take; by default 30 s. */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    /** How often a payment's engine dies at most; by default 2, so that its recovery dies too. */
    protected int deaths() {
        return 2;
    }

    /** Ends the threads that wait in a blocking processor. */
    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void vouchesForTheSameEachTime() {
        Processor processor = open();
        Capabilities capabilities = processor.capabilities();
        assertNotNull(capabilities);
        assertEquals(capabilities, processor.capabilities());
    }

    @Test
    void anApprovedPaymentIsChargedOnceForWhatWasAsked() {
        Processor processor = open();
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        assertApproved(payment, told(() -> processor.process(payment, attempt)));
        assertCharged(payment, attempt);
    }

    @Test
    void aDeclinedPaymentIsNotCharged() {
        Processor processor = open();
        Payment payment = payment(declinedPayment());
        Attempt attempt = newAttempt();
        assertEquals(
                Outcome.Kind.DECLINED,
                told(() -> processor.process(payment, attempt)).kind());
        assertEquals(Charge.NONE, chargedBy(attempt));
    }

    @Test
    void anInquiryTellsOfAnApprovalWhatTheCallTold() {
        Processor processor = open();
        assumeTrue(processor.capabilities().isInquirable(), "not inquirable");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        Outcome processed = told(() -> processor.process(payment, attempt));
        Outcome inquired = told(() -> processor.inquire(payment, attempt));
        assertApproved(payment, inquired);
        if (processed.reference() != null && inquired.reference() != null) {
            assertEquals(processed.reference(), inquired.reference(), "the reference");
        }
        assertCharged(payment, attempt);
    }

    /** An outside world may forget what it declined. */
    @Test
    void anInquiryTellsOfADeclineThatItWasNotDone() {
        Processor processor = open();
        assumeTrue(processor.capabilities().isInquirable(), "not inquirable");
        Payment payment = payment(declinedPayment());
        Attempt attempt = newAttempt();
        told(() -> processor.process(payment, attempt));
        Outcome.Kind kind = told(() -> processor.inquire(payment, attempt)).kind();
        assertTrue(
                EnumSet.of(Outcome.Kind.DECLINED, Outcome.Kind.NOT_EXECUTED, Outcome.Kind.NOT_FOUND)
                        .contains(kind),
                () -> "an inquiry about what was declined told " + kind);
        assertEquals(Charge.NONE, chargedBy(attempt));
    }

    /** It may still be on its way: only the engine knows when that time is over. */
    @Test
    void anInquiryAboutWhatWasNeverSentIsNoEvidence() {
        Processor processor = open();
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        Outcome outcome = told(() -> processor.inquire(payment, attempt));
        assertFalse(outcome.isEvidence(), () -> "nothing was sent, yet an inquiry told " + outcome);
        assertEquals(Charge.NONE, chargedBy(attempt));
    }

    @Test
    void whatIsSentTwiceIsChargedOnceAndToldTheSame() {
        Processor processor = open();
        assumeTrue(processor.capabilities().isIdempotent(), "not idempotent");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        Outcome first = told(() -> processor.process(payment, attempt));
        Outcome second = told(() -> processor.process(payment, attempt));
        assertApproved(payment, second);
        assertEquals(first.reference(), second.reference(), "the reference");
        assertCharged(payment, attempt);
    }

    /** One that comes while another is at work may be told that nobody knows yet. */
    @Test
    void whatIsSentManyTimesAtOnceIsChargedOnce() {
        Processor processor = open();
        assumeTrue(processor.capabilities().isIdempotent(), "not idempotent");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        List<Future<Outcome>> sent = new ArrayList<>();
        for (int i = 0; i < SENT_AT_ONCE; i++) {
            sent.add(threads.submit(() -> told(() -> processor.process(payment, attempt))));
        }
        for (Future<Outcome> one : sent) {
            Outcome outcome = await(one);
            if (outcome.isEvidence()) {
                assertApproved(payment, outcome);
            }
        }
        assertApproved(payment, told(() -> processor.process(payment, attempt)));
        assertCharged(payment, attempt);
    }

    @Test
    void aReversalUndoesWhatWasDoneAndCanBeRepeated() {
        Processor processor = open();
        assumeTrue(processor.capabilities().isReversible(), "not reversible");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        told(() -> processor.process(payment, attempt));
        for (int i = 1; i <= 3; i++) {
            assertEquals(
                    Outcome.Kind.REVERSED,
                    told(() -> processor.reverse(payment, attempt)).kind(),
                    "reversal " + i);
            assertEquals(Charge.NONE, chargedBy(attempt));
        }
        assertNotEquals(
                Outcome.Kind.APPROVED,
                told(() -> processor.inquire(payment, attempt)).kind(),
                "an inquiry about what was reversed");
    }

    @Test
    void whatWasReversedBeforeItArrivedIsNeverDone() {
        Processor processor = open();
        assumeTrue(processor.capabilities().isReversible(), "not reversible");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        Outcome reversed = told(() -> processor.reverse(payment, attempt));
        assertTrue(
                reversed.kind() == Outcome.Kind.REVERSED || reversed.kind() == Outcome.Kind.NOT_EXECUTED,
                () -> "a reversal of what was never sent told " + reversed);
        assertNotEquals(
                Outcome.Kind.APPROVED,
                told(() -> processor.process(payment, attempt)).kind(),
                "what comes after its own reversal");
        assertEquals(Charge.NONE, chargedBy(attempt));
    }

    @Test
    void aReversalThatIsAcknowledgedHoldsThoughThePaymentIsStillAtWork() {
        Processor processor = open();
        assumeTrue(processor.capabilities().isReversible(), "not reversible");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        var atWork = threads.submit(() -> told(() -> processor.process(payment, attempt)));
        Outcome reversed = told(() -> processor.reverse(payment, attempt));
        await(atWork);
        if (reversed.isEvidence()) {
            assertEquals(Charge.NONE, chargedBy(attempt));
        }
    }

    @Test
    void aReversalThatIsNotVouchedForIsNoEvidence() {
        Processor processor = open();
        assumeTrue(!processor.capabilities().isReversible(), "reversible");
        Payment payment = payment(approvedPayment());
        Outcome outcome = told(() -> processor.reverse(payment, newAttempt()));
        assertFalse(outcome.isEvidence(), () -> "not reversible, yet a reversal told " + outcome);
    }

    @Test
    void capturesTakePartsOfAnAuthorization() {
        assumeOffered(Operation.AUTHORIZE, Operation.CAPTURE);
        Processor processor = open();
        Payment authorization = payment(typed(Operation.AUTHORIZE));
        Payment.Original original = done(processor, authorization);
        long minor = authorization.amount().minor();
        for (long part : new long[] {1, minor - 1}) {
            Money amount = new Money(part, authorization.amount().currency());
            PaymentRequest request = acting(Operation.CAPTURE, authorization, amount);
            done(processor, payment(request, amount, authorization, original));
        }
    }

    @Test
    void aVoidReleasesAnAuthorization() {
        assumeOffered(Operation.AUTHORIZE, Operation.VOID);
        Processor processor = open();
        Payment authorization = payment(typed(Operation.AUTHORIZE));
        Payment.Original original = done(processor, authorization);
        PaymentRequest request = acting(Operation.VOID, authorization, null);
        Payment payment = payment(request, authorization.amount(), authorization, original);
        Attempt attempt = newAttempt();
        assertApproved(payment, told(() -> processor.process(payment, attempt)));
        assertEquals(1, chargedBy(attempt).times());
    }

    @Test
    void refundsGiveBackPartsOfASale() {
        assumeOffered(Operation.SALE, Operation.REFUND);
        Processor processor = open();
        Payment sale = payment(typed(Operation.SALE));
        Payment.Original original = done(processor, sale);
        long minor = sale.amount().minor();
        for (long part : new long[] {1, minor - 1}) {
            Money amount = new Money(part, sale.amount().currency());
            PaymentRequest request = acting(Operation.REFUND, sale, amount);
            done(processor, payment(request, amount, sale, original));
        }
    }

    @Test
    void anAuthenticNotificationIsRead() {
        Processor processor = open();
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        Notice notice = processor.read(authentic(processor, payment, attempt));
        assertEquals(attempt.key(), notice.key());
        assertApproved(payment, notice.outcome());
    }

    @Test
    void aChangedNotificationIsRefused() {
        Processor processor = open();
        Notification authentic = authentic(processor, payment(approvedPayment()), newAttempt());
        Notice told = processor.read(authentic);
        for (int i = 0; i < authentic.body().length; i++) {
            byte[] changed = authentic.body().clone();
            changed[i] ^= 1;
            assertRefusedOrToldTheSame(processor, new Notification(authentic.headers(), changed), told);
        }
        for (String name : authentic.headers().keySet()) {
            Map<String, String> changed = new HashMap<>(authentic.headers());
            changed.computeIfPresent(name, (same, value) -> value + "0");
            assertRefusedOrToldTheSame(processor, new Notification(changed, authentic.body()), told);
        }
    }

    @Test
    void whatIsNoNotificationIsRefused() {
        Processor processor = open();
        for (String body : List.of("", "{}", "{\"status\":\"approved\"}", "\u0000\uffff", "a".repeat(10_000))) {
            Notification forged = new Notification(Map.of(), body.getBytes(StandardCharsets.UTF_8));
            assertThrows(NotificationException.class, () -> processor.read(forged), body);
        }
    }

    @Test
    void aCallThatNeverArrivesIsNeitherDoneNorDeclined() {
        Processor processor = open();
        assumeTrue(cutNextCall(Cut.BEFORE_THE_EFFECT), "cannot be cut");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        Outcome outcome = toldOrBroken(() -> processor.process(payment, attempt));
        assertTrue(
                !outcome.isEvidence() || outcome.kind() == Outcome.Kind.NOT_EXECUTED,
                () -> "the call was cut, yet it told " + outcome);
        assertEquals(Charge.NONE, chargedBy(attempt));
        if (processor.capabilities().isInquirable()) {
            Outcome inquired = told(() -> processor.inquire(payment, attempt));
            assertFalse(inquired.isEvidence(), () -> "it never arrived, yet an inquiry told " + inquired);
        }
    }

    @Test
    void aCallWhoseAnswerNeverArrivesIsNotToldAsCertain() {
        Processor processor = open();
        assumeTrue(cutNextCall(Cut.AFTER_THE_EFFECT), "cannot be cut");
        Payment payment = payment(approvedPayment());
        Attempt attempt = newAttempt();
        Outcome outcome = toldOrBroken(() -> processor.process(payment, attempt));
        if (outcome.isEvidence()) {
            assertApproved(payment, outcome);
        }
        assertCharged(payment, attempt);
        if (processor.capabilities().isInquirable()) {
            assertApproved(payment, told(() -> processor.inquire(payment, attempt)));
        }
    }

    @Test
    void anApprovedPaymentSurvivesEveryCrash() {
        crash(approvedPayment(), true, Loss.NOTHING);
    }

    @Test
    void aDeclinedPaymentSurvivesEveryCrash() {
        crash(declinedPayment(), false, Loss.NOTHING);
    }

    @Test
    void aPaymentWhoseAnswerIsLostSurvivesEveryCrash() {
        crash(approvedPayment(), true, Loss.ANSWER);
    }

    @Test
    void aPaymentWhoseCallIsLostSurvivesEveryCrash() {
        crash(approvedPayment(), true, Loss.CALL);
    }

    private void crash(PaymentRequest template, boolean isApproved, Loss loss) {
        Capabilities capabilities = open().capabilities();
        assumeTrue(
                capabilities.isInquirable() || capabilities.isReversible(),
                "neither inquirable nor reversible: what is in doubt waits for an operator");
        CrashPoints.dying(deaths())
                .each(
                        () -> new CrashedPayment(
                                open(), renewed(template), loss, isApproved, this::chargedBy, patience(), threads),
                        threads);
    }

    private Processor open() {
        return AsynchronousProcessor.of(processor(), threads);
    }

    private void assumeOffered(Operation... types) {
        for (Operation type : types) {
            assumeTrue(
                    operations().contains(type) || approvedPayment().type() == type, () -> "no " + type + " offered");
        }
    }

    /** Does it, and looks whether it was done once. */
    private Payment.Original done(Processor processor, Payment payment) {
        Attempt attempt = newAttempt();
        Outcome outcome = told(() -> processor.process(payment, attempt));
        assertApproved(payment, outcome);
        assertCharged(payment, attempt);
        return new Payment.Original(attempt, outcome.reference());
    }

    private Notification authentic(Processor processor, Payment payment, Attempt attempt) {
        told(() -> processor.process(payment, attempt));
        Notification notification = notificationAbout(attempt);
        assumeTrue(notification != null, "no notifications");
        return notification == null ? new Notification(Map.of(), new byte[0]) : notification;
    }

    private static void assertRefusedOrToldTheSame(Processor processor, Notification changed, Notice told) {
        Notice notice;
        try {
            notice = processor.read(changed);
        } catch (NotificationException e) {
            return;
        }
        assertEquals(told, notice, "a changed notification tells something else");
    }

    private static void assertApproved(Payment payment, Outcome outcome) {
        assertEquals(Outcome.Kind.APPROVED, outcome.kind(), outcome::toString);
        assertEquals(payment.amount(), outcome.amount(), "the amount");
    }

    private void assertCharged(Payment payment, Attempt attempt) {
        assertEquals(new Charge(1, payment.amount().minor()), chargedBy(attempt), "what the book says");
    }

    private Attempt newAttempt() {
        return new Attempt(UUID.randomUUID().toString(), 1);
    }

    private PaymentRequest typed(Operation type) {
        PaymentRequest template = approvedPayment();
        return template.type() == type ? template : renewed(template, type);
    }

    private static PaymentRequest renewed(PaymentRequest template) {
        return renewed(template, template.type());
    }

    private static PaymentRequest renewed(PaymentRequest template, Operation type) {
        return new PaymentRequest(
                UUID.randomUUID().toString(),
                type,
                template.payer(),
                template.payee(),
                template.amount(),
                null,
                false,
                methodOf(template),
                template.metadata());
    }

    private static PaymentRequest acting(Operation type, Payment original, @Nullable Money amount) {
        return new PaymentRequest(
                UUID.randomUUID().toString(),
                type,
                null,
                null,
                amount,
                original.request().id(),
                false,
                methodOf(original.request()),
                original.request().metadata());
    }

    private static String methodOf(PaymentRequest template) {
        return template.method().equals(PaymentRequest.LEDGER) ? METHOD : template.method();
    }

    private Payment payment(PaymentRequest template) {
        PaymentRequest request = renewed(template);
        AccountId payer = request.payer();
        AccountId payee = request.payee();
        Money amount = request.amount();
        if (payer == null || payee == null || amount == null) {
            throw new AssertionError("neither a sale nor an authorization: " + template);
        }
        return new Payment(++sequence, now(), "contract", request, amount, payer, payee, null);
    }

    private Payment payment(PaymentRequest request, Money amount, Payment earlier, Payment.Original original) {
        boolean isBack = request.type() == Operation.REFUND;
        return new Payment(
                ++sequence,
                now(),
                "contract",
                request,
                amount,
                isBack ? earlier.credited() : earlier.debited(),
                isBack ? earlier.debited() : earlier.credited(),
                original);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    private Outcome told(Supplier<CompletionStage<Outcome>> call) {
        try {
            return answer(call);
        } catch (ExecutionException e) {
            throw new AssertionError("the stage failed: " + e.getCause(), e);
        }
    }

    private Outcome toldOrBroken(Supplier<CompletionStage<Outcome>> call) {
        try {
            return answer(call);
        } catch (ExecutionException e) {
            return Outcome.unknown(String.valueOf(e.getCause()));
        }
    }

    private Outcome answer(Supplier<CompletionStage<Outcome>> call) throws ExecutionException {
        CompletionStage<Outcome> stage = call.get();
        assertNotNull(stage, "the stage");
        try {
            Outcome outcome = stage.toCompletableFuture().get(patience().toMillis(), TimeUnit.MILLISECONDS);
            assertNotNull(outcome, "the outcome");
            return outcome;
        } catch (TimeoutException e) {
            return fail("no answer within " + patience());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private Outcome await(Future<Outcome> one) {
        try {
            return one.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
