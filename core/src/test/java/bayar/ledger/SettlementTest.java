package bayar.ledger;

import static bayar.ledger.CardLedger.myr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentEvent;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Status;
import bayar.store.MemoryStore;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Payments that a processor does, from their reservation to their end. */
class SettlementTest {
    private static final Outcome NO_ANSWER = Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer in 10 s");
    private static final Outcome NO = Outcome.declined(Reason.DO_NOT_HONOR);

    private final CardLedger books = new CardLedger();

    // What is asked for.

    @Test
    void aPlaceIsAskedForOnlyWhenAllElseAllowsIt() {
        books.sale("too-much", 1001);
        books.decide(PaymentRequest.sale("inside", "alice", "kedai", myr(10)));
        books.capture("no-such", "nothing", 1);
        books.authorize("a", 100);
        books.capture("too-early", "a", 1);
        assertEquals(List.of("card"), books.asked, "for the authorization alone");
        books.tell("a", Outcome.approved(myr(100)));
        books.capture("c", "a", 10);
        books.capture("c", "a", 10);
        assertEquals(List.of("card", "card"), books.asked, "not for the repeat either");
    }

    @Test
    void withoutAPlaceNothingIsRecordedAndTheIdStaysUnused() {
        long before = books.store.lastSequence();
        books.noPlace = Refusal.of(Reason.PROCESSOR_UNAVAILABLE);

        Receipt refused = books.sale("s", 100);

        assertEquals(Reason.PROCESSOR_UNAVAILABLE, refused.reason());
        assertEquals(Status.BUSY, refused.status());
        assertEquals(MoneyEffect.NOT_MOVED, refused.money());
        assertEquals(before, books.store.lastSequence());
        books.assertMoney(1000, 0, 0, 0);
        books.assertSpent(0, 0);
        books.noPlace = null;
        assertEquals(Reason.PENDING, books.sale("s", 100).reason());
    }

    @Test
    void withoutProcessorsAMethodIsUnknown() {
        Receipt receipt = books.ledger.decide(
                bayar.Principal.named("shop").mayDebit("*"),
                CardLedger.beginning("s", Operation.SALE, 1),
                Long.MAX_VALUE,
                books.nowMillis);
        assertEquals(Reason.METHOD_UNKNOWN, receipt.reason());
        assertTrue(books.ledger.changes().isEmpty());
    }

    @Test
    void aCaptureFollowsTheMethodOfItsAuthorizationAndTakesNoOther() {
        books.authorized("a", 100);
        PaymentRequest.Builder capture = PaymentRequest.builder("c", Operation.CAPTURE)
                .payment("a")
                .amount(myr(10))
                .method("wire");
        assertEquals(Reason.INVALID_TRANSITION, books.decide(capture.build()).reason());
        assertEquals(
                Reason.PENDING,
                books.decide(capture.id("d").method("card").build()).reason());
        assertEquals(Reason.PENDING, books.capture("e", "a", 10).reason());
        assertEquals("card", books.ledger.method(books.payment("e")));

        books.decide(PaymentRequest.authorize("inside", "alice", "kedai", myr(100)));
        PaymentRequest byCard = capture.id("f").payment("inside").build();
        assertEquals(Reason.INVALID_TRANSITION, books.decide(byCard).reason());
    }

    @Test
    void repeatsAndInquiriesTellHowItStands() {
        Receipt pending = books.sale("s", 100);
        assertEquals(Reason.PENDING, pending.reason());
        assertEquals(pending.asReplayed(), books.sale("s", 100));
        assertEquals(Reason.PENDING, books.inquire("s").reason());

        books.pass(Duration.ofSeconds(10));
        books.tell("s", NO_ANSWER);
        Receipt doubted = books.sale("s", 100);
        assertEquals(Reason.PROCESSOR_TIMEOUT, doubted.reason());
        assertEquals(MoneyEffect.UNKNOWN, doubted.money());
        assertEquals(pending.sequence(), doubted.sequence());
        assertEquals(books.nowMillis, doubted.time().toEpochMilli());
        assertEquals(Reason.PROCESSOR_TIMEOUT, books.inquire("s").reason());

        books.tell("s", Source.INQUIRY, Outcome.approvedPartly(myr(60)));
        Receipt settled = books.sale("s", 100);
        assertEquals(Reason.APPROVED_PARTIAL, settled.reason());
        assertEquals(MoneyEffect.MOVED, settled.money());
        assertEquals(myr(60), settled.amount());
        assertTrue(settled.replayed());
        assertEquals(settled, books.sale("s", 100), "a final answer never changes");
        assertEquals(settled, Ledger.receipt(books.payment("s")).asReplayed());
        Receipt told = books.inquire("s");
        assertEquals(Reason.APPROVED_PARTIAL, told.reason());
        assertEquals(myr(60), told.amount());
        assertEquals(new PaymentSums(60, 60, 0, 0), told.original().sums());
        assertEquals(Reason.ID_REUSED, books.sale("s", 60).reason(), "it was a sale of 100");
    }

    @Test
    void anInquiryTellsWhatIsReserved() {
        books.authorized("a", 100);
        books.capture("c", "a", 40);
        Receipt told = books.inquire("a");
        assertEquals(MoneyEffect.HELD, told.money());
        assertEquals(new PaymentSums(100, 0, 0, 0, 40, 0), told.original().sums());
    }

    @Test
    void anAbandonedBatchRestoresAll() {
        books.authorized("a", 100);
        books.sold("s", 50);
        books.refund("r", "s", 20);
        PaymentRecord authorization = books.payment("a");
        long last = books.store.lastSequence();
        books.decideInBatch(PaymentRequest.capture("c", "a", myr(40)));
        books.decideInBatch(CardLedger.beginning("t", Operation.SALE, 30));
        long sequence = books.payment("c").sequence();
        books.ledger.settle(
                sequence, Evidence.of(Source.PROCESS, Outcome.approved(myr(40)), Duration.ZERO), books.nowMillis);
        books.ledger.settle(
                books.payment("r").sequence(), Evidence.of(Source.PROCESS, NO_ANSWER, Duration.ZERO), books.nowMillis);
        books.ledger.abandon();

        assertTrue(books.ledger.changes().isEmpty());
        assertEquals(authorization, books.payment("a"));
        assertEquals(Reason.PENDING, books.reason("r"));
        assertNull(books.ledger.payment("shop", "c"));
        books.assertMoney(950, 100, 50, 20);
        books.assertSpent(150, 2);
        assertEquals(last + 1, books.capture("c", "a", 40).sequence());
    }

    @Test
    void aPaymentAndItsAnswerMayShareABatch() {
        books.decideInBatch(CardLedger.beginning("a", Operation.AUTHORIZE, 100));
        long sequence = books.payment("a").sequence();
        books.ledger.settle(
                sequence, Evidence.of(Source.PROCESS, Outcome.approved(myr(100)), Duration.ZERO), books.nowMillis);
        books.decideInBatch(PaymentRequest.capture("c", "a", myr(10)));
        books.commit();
        books.assertMoney(1000, 100, 0, 0);
        assertEquals(10, books.sums("a").capturing());
        books.assertUnresolved("c");
    }

    // What a processor may say.

    @ParameterizedTest
    @EnumSource(names = {"AUTHORIZE", "SALE"})
    void aPartMayBeApprovedOfWhatBegins(Operation type) {
        books.decide(CardLedger.beginning("p", type, 100));
        books.tell("p", Outcome.approvedPartly(myr(60)));

        assertEquals(Reason.APPROVED_PARTIAL, books.reason("p"));
        boolean isSale = type == Operation.SALE;
        assertEquals(isSale ? PaymentSums.ofSale(60) : PaymentSums.ofAuthorization(60), books.sums("p"));
        books.assertMoney(isSale ? 940 : 1000, isSale ? 0 : 60, isSale ? 60 : 0, 0);
        books.assertSpent(60, 1);
        assertFalse(books.tell("p", Outcome.approvedPartly(myr(60))).isChanged());
        assertFalse(books.tell("p", Outcome.approved(myr(60))).isChanged(), "the same in other words");
        assertTrue(books.tell("p", Outcome.approved(myr(100))).isChanged(), "all of it is another answer");
        books.assertUnresolved("p");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 20, 30, 31})
    void noPartMayBeApprovedOfWhatActsOnAnother(long part) {
        books.sold("s", 100);
        books.refund("r", "s", 30);
        books.tell("r", Outcome.approvedPartly(myr(part)));
        assertEquals(Reason.INTEGRITY_MISMATCH, books.reason("r"));
        books.assertMoney(900, 0, 100, 30);
    }

    @ParameterizedTest
    @ValueSource(strings = {"99 MYR", "101 MYR", "100 EUR", "0 MYR", "-100 MYR"})
    void anotherAmountOrCurrencyIsInDoubtAndToldOnce(String approved) {
        String[] parts = approved.split(" ");
        Money other = Money.of(Long.parseLong(parts[0]), parts[1]);
        books.sale("s", 100);

        Settlement first = books.tell("s", Outcome.approved(other));

        assertTrue(first.isChanged());
        assertEquals(Reason.INTEGRITY_MISMATCH, books.reason("s"));
        assertEquals("approved " + other, books.last().request().metadata().get("note"));
        assertFalse(books.tell("s", Source.INQUIRY, Outcome.approved(other)).isChanged());
        assertFalse(books.tell("s", NO_ANSWER).isChanged(), "what is in doubt is not more so");
        books.assertMoney(1000, 100, 0, 0);
        books.tell("s", Source.INQUIRY, Outcome.approved(myr(100)));
        books.assertMoney(900, 0, 100, 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 100, 101})
    void aPartIsLessThanTheWholeAndMoreThanNothing(long part) {
        books.sale("s", 100);
        books.tell("s", Outcome.approvedPartly(myr(part)));
        assertEquals(Reason.INTEGRITY_MISMATCH, books.reason("s"));
    }

    @Test
    void aDoubtTurnsIntoAMismatchWhenAnotherAmountIsTold() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        long since = books.payment("s").course().doubtMillis();
        books.pass(Duration.ofMinutes(1));
        assertTrue(books.tell("s", Source.INQUIRY, Outcome.approved(myr(99))).isChanged());
        assertEquals(Reason.INTEGRITY_MISMATCH, books.reason("s"));
        assertEquals(since, books.payment("s").course().doubtMillis(), "it has been in doubt since the first time");
    }

    @Test
    void whatNobodyCanTellLeavesItInDoubt() {
        for (Outcome outcome :
                List.of(Outcome.unknown("connection reset"), Outcome.notSupported(), Outcome.notFound(), NO_ANSWER)) {
            String id = "s" + outcome.kind() + outcome.reason();
            books.sale(id, 10);
            books.tell(id, outcome);
            assertEquals(Status.IN_DOUBT, books.payment(id).status(), id);
        }
        assertEquals(Reason.PROCESSOR_TIMEOUT, books.reason("s" + NO_ANSWER.kind() + NO_ANSWER.reason()));
        books.assertMoney(1000, 40, 0, 0);
        books.assertSpent(40, 4);
    }

    @Test
    void notFoundIsEvidenceOnlyOnceItCannotArriveAnyMore() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        books.pass(CardLedger.FINALITY.minusMillis(1));
        assertFalse(books.tell("s", Source.INQUIRY, Outcome.notFound()).isChanged());
        books.assertMoney(1000, 100, 0, 0);
        books.pass(Duration.ofMillis(1));
        assertTrue(books.tell("s", Source.INQUIRY, Outcome.notFound()).isChanged());
        assertEquals(Reason.NOT_EXECUTED, books.reason("s"));
        assertEquals(Status.FAILED, books.payment("s").status());
        books.assertMoney(1000, 0, 0, 0);
    }

    @Test
    void notFoundCountsFromWhenItWasAskedHoweverLateTheAnswer() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        long doubted = books.nowMillis;
        long finality = CardLedger.FINALITY.toMillis();
        books.pass(Duration.ofDays(1));
        Evidence missing = Evidence.of(Source.INQUIRY, Outcome.notFound(), CardLedger.FINALITY);
        assertFalse(books.settle("s", missing.askedAt(doubted + finality - 1)).isChanged(), "it may have arrived then");
        books.assertMoney(1000, 100, 0, 0);
        assertTrue(books.settle("s", missing.askedAt(doubted + finality)).isChanged());
        assertEquals(Reason.NOT_EXECUTED, books.reason("s"));
    }

    @Test
    void notFoundIsNeverEvidenceWhereTheWindowIsForEver() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        books.pass(Duration.ofDays(36_600));
        Duration forEver = ChronoUnit.FOREVER.getDuration();
        assertFalse(books.settle("s", Evidence.of(Source.INQUIRY, Outcome.notFound(), forEver))
                .isChanged());
        books.assertMoney(1000, 100, 0, 0);
    }

    @Test
    void notFoundIsNoAnswerToBeingSentAgain() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        books.pass(CardLedger.FINALITY);
        assertFalse(books.tell("s", Source.PROCESS, Outcome.notFound()).isChanged(), "nobody was asked about it");
        books.assertMoney(1000, 100, 0, 0);
        assertTrue(books.tell("s", Source.REVERSAL, Outcome.notFound()).isChanged());
    }

    @Test
    void theFinalityWindowIsMeasuredInCommittedTime() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        long doubted = books.nowMillis;
        books.pass(CardLedger.FINALITY);
        books.sale("t", 1);
        books.nowMillis = doubted;
        assertTrue(books.tell("s", Source.INQUIRY, Outcome.notFound()).isChanged(), "the clock went back");
    }

    @Test
    void theTimeAloneSettlesNothing() {
        books.sale("s", 100);
        books.authorize("a", 100);
        books.tell("a", NO_ANSWER);
        books.pass(Duration.ofDays(366));
        assertEquals(0, books.release());
        assertFalse(books.tell("a", Source.ENGINE, NO_ANSWER).isChanged());
        books.assertMoney(1000, 200, 0, 0);
        books.assertUnresolved("s", "a");
    }

    @Test
    void theReferenceIsKeptAndNotForgotten() {
        books.authorize("a", 100);
        books.tell("a", NO_ANSWER.withReference("ch_1"));
        assertEquals("ch_1", books.payment("a").course().reference());
        books.tell("a", Outcome.approved(myr(100)));
        assertEquals("ch_1", books.payment("a").course().reference());
        books.sale("s", 1);
        books.tell("s", NO_ANSWER.withReference("ch_2"));
        books.tell("s", Outcome.approved(myr(1)).withReference("ch_3"));
        assertEquals("ch_3", books.payment("s").course().reference());
    }

    @Test
    void eachChangeIsARecordOfItsOwn() {
        Receipt pending = books.sale("s", 100);
        books.tell("s", Source.NOTIFICATION, Outcome.approvedPartly(myr(60)).withReference("ch_1"));

        PaymentRecord step = books.last();
        assertEquals("bayar:outcome:2:3", step.request().id());
        assertEquals(pending.sequence(), step.about());
        assertEquals(Ledger.PRINCIPAL, step.principal());
        assertEquals("s", step.request().payment());
        assertEquals(Reason.APPROVED_PARTIAL, step.reason());
        assertEquals(MoneyEffect.MOVED, step.money());
        assertEquals(myr(60), step.amount());
        assertEquals(AccountId.of("alice"), step.debited());
        assertEquals(AccountId.of("kedai"), step.credited());
        assertFalse(step.isUnresolved());
        PaymentRecord first = books.store.history().at(pending.sequence());
        assertNotNull(first);
        assertEquals(Reason.PENDING, first.reason(), "the history is as it was written");
        PaymentEvent event = Ledger.event(step, first);
        assertEquals(step.sequence(), event.sequence());
        assertEquals(Operation.OUTCOME, event.recorded());
        assertEquals("shop", event.principal());
        assertEquals(first.request(), event.request());
        assertEquals(books.sale("s", 100), event.receipt().asReplayed(), "what is told then is what is told later");
        assertEquals(
                Map.of("source", "notification", "note", "approved 60 MYR", "reference", "ch_1"), event.evidence());
        assertEquals(Reason.PENDING, Ledger.event(first, first).receipt().reason());
    }

    // Late, again, and otherwise.

    @Test
    void aContradictionIsOneAnomalyHoweverOftenItIsTold() {
        books.sold("s", 100);
        for (int i = 0; i < 1000; i++) {
            assertEquals(i == 0, books.tell("s", Source.NOTIFICATION, NO).isChanged());
        }
        assertTrue(books.tell("s", Source.NOTIFICATION, Outcome.reversed()).isChanged(), "another kind is another one");
        assertFalse(books.tell("s", Source.NOTIFICATION, Outcome.reversed()).isChanged());
        assertEquals(Reason.APPROVED, books.reason("s"));
        books.assertMoney(900, 0, 100, 0);
        books.assertUnresolved("s");
        PaymentRecord anomaly = books.last();
        assertEquals(Operation.ANOMALY, anomaly.request().type());
        assertNull(anomaly.debited(), "no money follows from it");
        assertNull(anomaly.credited());
        assertFalse(anomaly.isUnresolved(), "it is the payment that is");
    }

    @Test
    void anAcknowledgedContradictionIsNotRaisedAgain() {
        books.sold("s", 100);
        books.tell("s", NO);
        books.acknowledge("s");

        books.assertUnresolved();
        assertEquals(Operation.ACKNOWLEDGEMENT, books.last().request().type());
        assertEquals(
                Map.of("source", "operator", "operator", "siti", "note", "paid back by hand"),
                books.last().request().metadata());
        assertFalse(books.tell("s", Source.NOTIFICATION, NO).isChanged());
        books.assertUnresolved();
        assertTrue(books.tell("s", Source.NOTIFICATION, Outcome.reversed()).isChanged(), "but another kind is");
        books.assertUnresolved("s");
        books.acknowledge("s");
        BayarException none = assertThrows(BayarException.class, () -> books.acknowledge("s"));
        assertEquals("payment s has no anomaly to acknowledge", none.getMessage());
    }

    @Test
    void whatWasDeclinedAndThenDoneIsShownAndNotMoved() {
        books.sale("s", 100);
        books.tell("s", NO);
        assertTrue(
                books.tell("s", Source.NOTIFICATION, Outcome.approved(myr(100))).isChanged());
        assertEquals(Reason.DO_NOT_HONOR, books.reason("s"));
        books.assertMoney(1000, 0, 0, 0);
        books.assertUnresolved("s");
        assertEquals(Reason.DO_NOT_HONOR, books.sale("s", 100).reason());
    }

    @Test
    void anAnomalyDoesNotKeepAnybodyFromActingOnThePayment() {
        books.authorized("a", 100);
        books.tell("a", NO);
        books.capture("c", "a", 10);
        books.tell("c", Outcome.approved(myr(10)));
        assertEquals(new PaymentSums(100, 10, 0, 0), books.sums("a"));
        assertEquals(1, Integer.bitCount(books.payment("a").course().anomalies()), "and is not lost by it");
    }

    @Test
    void whatNoProcessorDoesCannotBeSettled() {
        books.decide(PaymentRequest.sale("s", "alice", "kedai", myr(10)));
        books.sale("no", 5000);
        for (String id : List.of("s", "no")) {
            assertThrows(BayarException.class, () -> books.tell(id, NO));
        }
        Evidence evidence = Evidence.of(Source.NOTIFICATION, NO, Duration.ZERO);
        assertThrows(BayarException.class, () -> books.ledger.settle(99, evidence, books.nowMillis));
        books.sold("t", 10);
        long step = books.store.lastSequence();
        assertThrows(BayarException.class, () -> books.ledger.settle(step, evidence, books.nowMillis));
        assertTrue(books.ledger.changes().isEmpty());
    }

    // Undoing.

    @Test
    void whatIsBeingReversedIsNotApprovedAnyMore() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        assertTrue(books.reverse("s").isChanged());
        assertEquals(Operation.REVERSAL, books.last().request().type());
        assertFalse(books.reverse("s").isChanged(), "once is enough");
        assertFalse(books.tell("s", Outcome.approved(myr(100))).isChanged(), "that is what is being undone");
        assertFalse(books.tell("s", Outcome.approved(myr(99))).isChanged());
        assertEquals(Reason.BEING_REVERSED, books.reason("s"));
        books.assertMoney(1000, 100, 0, 0);

        books.tell("s", Source.REVERSAL, Outcome.reversed());
        assertEquals(Status.REVERSED, books.payment("s").status());
        assertEquals(MoneyEffect.NOT_MOVED, books.payment("s").money());
        books.assertMoney(1000, 0, 0, 0);
        books.assertUnresolved();
    }

    @Test
    void aReversalEndsAlsoWhenTheAttemptProvesNeverToHaveBeenExecuted() {
        for (Outcome outcome : List.of(NO, Outcome.notExecuted("declined before"), Outcome.notFound())) {
            String id = "s" + outcome.kind();
            books.sale(id, 100);
            books.tell(id, NO_ANSWER);
            books.reverse(id);
            assertFalse(
                    books.tell(id, Source.REVERSAL, Outcome.unknown("reset")).isChanged());
            books.pass(CardLedger.FINALITY);
            assertTrue(books.tell(id, Source.REVERSAL, outcome).isChanged());
            assertEquals(outcome.reason(), books.reason(id));
        }
        books.assertMoney(1000, 0, 0, 0);
    }

    @Test
    void onlyWhatIsInDoubtIsReversed() {
        books.sale("pending", 10);
        books.sold("approved", 10);
        for (String id : List.of("pending", "approved")) {
            BayarException e = assertThrows(BayarException.class, () -> books.reverse(id));
            assertEquals("payment " + id + " is " + id + "; only what is in doubt can be reversed", e.getMessage());
        }
        assertTrue(books.ledger.changes().isEmpty());
    }

    // Operators.

    @Test
    void anOperatorSettlesWhatIsInDoubtOnTheRecord() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        books.resolve("s", Outcome.approved(myr(100)).withNote("on the statement of May 3rd"));
        assertEquals(Reason.APPROVED, books.reason("s"));
        assertEquals(
                Map.of(
                        "source",
                        "operator",
                        "operator",
                        "siti",
                        "note",
                        "approved 100 MYR; on the statement of May 3rd"),
                books.last().request().metadata());
        books.assertMoney(900, 0, 100, 0);
    }

    @Test
    void anOperatorSettlesAlsoWhatIsBeingReversed() {
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        books.reverse("s");
        books.resolve("s", Outcome.approved(myr(100)));
        assertEquals(Reason.APPROVED, books.reason("s"));
        assertTrue(books.tell("s", Source.REVERSAL, Outcome.reversed()).isChanged(), "then undone all the same");
        books.assertUnresolved("s");
        books.assertMoney(900, 0, 100, 0);
    }

    @Test
    void anOperatorSettlesNothingElseAndNothingHalf() {
        books.sale("pending", 10);
        books.sold("approved", 10);
        for (String id : List.of("pending", "approved")) {
            BayarException e = assertThrows(BayarException.class, () -> books.resolve(id, NO));
            assertEquals("payment " + id + " is " + id + "; only what is in doubt can be resolved", e.getMessage());
        }
        books.tell("pending", NO_ANSWER);
        assertThrows(BayarException.class, () -> books.resolve("pending", Outcome.unknown("who knows")));
        BayarException other =
                assertThrows(BayarException.class, () -> books.resolve("pending", Outcome.approved(myr(9))));
        assertTrue(other.getMessage().endsWith("it is about 10 MYR"), other.getMessage());
        assertTrue(books.ledger.changes().isEmpty());
        books.resolve("pending", Outcome.notFound());
        assertEquals(Reason.NOT_EXECUTED, books.reason("pending"), "an operator need not wait for the window");
    }

    // Captures beside each other.

    @Test
    void capturesStandBesideEachOtherWithinWhatIsFree() {
        books.authorized("a", 100);
        books.capture("c", "a", 60);
        assertEquals(Reason.EXCEEDS_AUTHORIZED, books.capture("d", "a", 41).reason());
        assertEquals(Reason.PENDING, books.capture("e", "a", 40).reason());
        assertEquals(Reason.EXCEEDS_AUTHORIZED, books.capture("f", "a", 1).reason());
        assertEquals(new PaymentSums(100, 0, 0, 0, 100, 0), books.sums("a"));
        books.tell("e", Outcome.approved(myr(40)));
        assertEquals(new PaymentSums(100, 40, 0, 0, 60, 0), books.sums("a"));
        books.assertMoney(960, 60, 40, 0);
        books.tell("c", NO);
        assertEquals(new PaymentSums(100, 40, 0, 0), books.sums("a"));
        assertEquals(Reason.PENDING, books.capture("g", "a", 60).reason());
    }

    @Test
    void nothingIsVoidedOrFinallyCapturedBesideACapture() {
        books.authorized("a", 100);
        books.capture("c", "a", 60);
        assertEquals(Reason.INVALID_TRANSITION, books.voidOf("v", "a").reason());
        assertEquals(Reason.INVALID_TRANSITION, books.finalCapture("f", "a", 1).reason());
        books.tell("c", NO_ANSWER);
        assertEquals(Reason.INVALID_TRANSITION, books.voidOf("w", "a").reason(), "nor while it is in doubt");
        books.tell("c", NO);
        assertEquals(Reason.PENDING, books.voidOf("x", "a").reason());
        assertEquals(Reason.EXCEEDS_AUTHORIZED, books.capture("d", "a", 1).reason(), "all is reserved for the void");
        assertEquals(Reason.INVALID_TRANSITION, books.voidOf("y", "a").reason());
        books.tell("x", Outcome.approved(myr(100)));
        assertEquals(new PaymentSums(100, 0, 100, 0), books.sums("a"));
        books.assertMoney(1000, 0, 0, 0);
    }

    @Test
    void refundsStandBesideEachOtherAndTheirMoneyCannotBeSpentTwice() {
        books.sold("s", 100);
        books.refund("r", "s", 60);
        assertEquals(Reason.EXCEEDS_CAPTURED, books.refund("q", "s", 41).reason());
        PaymentRequest spend = PaymentRequest.transfer("t", "kedai", "alice", myr(41));
        assertEquals(Reason.INSUFFICIENT_FUNDS, books.decide(spend).reason());
        assertEquals(Reason.PENDING, books.refund("u", "s", 40).reason());
        books.tell("r", Outcome.approved(myr(60)));
        books.tell("u", NO);
        assertEquals(new PaymentSums(100, 100, 0, 60), books.sums("s"));
        books.assertMoney(960, 0, 40, 0);
    }

    @Test
    void nothingIsCapturedOfWhatHasNothingCapturedYet() {
        books.authorized("a", 100);
        books.capture("c", "a", 60);
        assertEquals(Reason.EXCEEDS_CAPTURED, books.refund("r", "a", 1).reason(), "it is not captured before it is");
    }

    // Expiry.

    @Test
    void anAuthorizationExpiresCountedFromItsApproval() {
        books.authorize("a", 100);
        books.pass(Duration.ofDays(30));
        assertEquals(0, books.release());
        books.tell("a", Outcome.approved(myr(100)));
        books.pass(CardLedger.LIFETIME.minusMillis(1));
        assertEquals(0, books.release());
        books.pass(Duration.ofMillis(1));
        assertEquals(1, books.release());
        books.assertMoney(1000, 0, 0, 0);
    }

    @Test
    void whatIsReservedForACaptureIsReleasedOnceThatIsDeclined() {
        books.authorized("a", 100);
        long sequence = books.payment("a").sequence();
        books.capture("c", "a", 60);
        books.pass(CardLedger.LIFETIME);
        assertEquals(1, books.release());
        assertEquals("bayar:expire:" + sequence, books.last().request().id());
        assertEquals(new PaymentSums(100, 0, 40, 0, 60, 0), books.sums("a"));
        books.assertMoney(1000, 60, 0, 0);
        assertEquals(0, books.release());
        assertEquals(Reason.AUTHORIZATION_EXPIRED, books.capture("d", "a", 1).reason());

        books.tell("c", NO);
        assertEquals(Reason.AUTHORIZATION_EXPIRED, books.capture("e", "a", 1).reason(), "nothing has released it yet");
        assertTrue(books.ledger.awaitsExpiry());
        assertEquals(1, books.release());
        long own = books.last().sequence();
        assertEquals(
                "bayar:expire:" + sequence + ":" + own, books.last().request().id());
        assertEquals(sequence, Ledger.sequenceOfExpired(books.last().request().id()));
        assertEquals(new PaymentSums(100, 0, 100, 0), books.sums("a"));
        books.assertMoney(1000, 0, 0, 0);
        assertEquals(0, books.release());
        assertFalse(books.ledger.awaitsExpiry());
    }

    @ParameterizedTest
    @ValueSource(strings = {"void", "final", "capture of all"})
    void anAuthorizationOfWhichAllIsReservedExpiresWhenThatIsDeclined(String operation) {
        books.authorized("a", 100);
        long sequence = books.payment("a").sequence();
        switch (operation) {
            case "void" -> books.voidOf("x", "a");
            case "final" -> books.finalCapture("x", "a", 10);
            default -> books.capture("x", "a", 100);
        }
        books.pass(CardLedger.LIFETIME);
        assertEquals(0, books.release());
        assertEquals(Reason.AUTHORIZATION_EXPIRED, books.capture("c", "a", 1).reason());
        assertEquals(Reason.AUTHORIZATION_EXPIRED, books.voidOf("v", "a").reason());
        books.tell("x", NO);
        assertEquals(1, books.release());
        assertEquals("bayar:expire:" + sequence, books.last().request().id());
        books.assertMoney(1000, 0, 0, 0);
    }

    @Test
    void aCaptureThatWasTakenOnInTimeIsApprovedLater() {
        books.authorized("a", 100);
        books.finalCapture("c", "a", 60);
        books.pass(CardLedger.LIFETIME);
        books.tell("c", Outcome.approved(myr(60)));
        assertEquals(new PaymentSums(100, 60, 40, 0), books.sums("a"));
        assertEquals(0, books.release());
        books.assertMoney(940, 0, 60, 0);
        assertEquals(Reason.PENDING, books.refund("r", "a", 60).reason());
    }

    @Test
    void aReleaseThatComesLaterIsFoundAfterARestart() {
        books.authorized("a", 100);
        books.capture("c", "a", 60);
        books.pass(CardLedger.LIFETIME);
        books.release();
        books.tell("c", NO);
        books.ledger =
                new Ledger(books.store, books.store.lastSequence(), books.store.lastTimeMillis(), CardLedger.LIFETIME);
        assertEquals(1, books.release());
        books.assertMoney(1000, 0, 0, 0);
    }

    @Test
    void whatNoLongerFitsOnThePayeesAccountIsInDoubtForAnOperator() {
        MemoryStore store = new MemoryStore();
        Money most = Money.of(Long.MAX_VALUE - 5, "MYR");
        store.commit(new Changes(
                List.of(),
                List.of(
                        new Account(AccountId.of("vault"), most.currency(), most.minor(), 0, 0),
                        new Account(AccountId.of("debt"), most.currency(), -most.minor(), 0, Long.MIN_VALUE),
                        new Account(AccountId.of("float"), most.currency(), 0, 0, Long.MIN_VALUE)),
                List.of(),
                Map.of(),
                Map.of()));
        Ledger ledger = new Ledger(store, 0, 0, CardLedger.LIFETIME);
        Principal shop = Principal.named("shop").mayDebit("*");
        PaymentRequest sale = PaymentRequest.builder("s", Operation.SALE)
                .payer("float")
                .payee("vault")
                .amount(Money.of(5, "MYR"))
                .method(CardLedger.CARD)
                .build();
        long sequence = ledger.decide(shop, sale, Long.MAX_VALUE, CardLedger.NOON, method -> null)
                .sequence();
        ledger.decide(
                shop,
                PaymentRequest.transfer("t", "float", "vault", Money.of(5, "MYR")),
                Long.MAX_VALUE,
                CardLedger.NOON);

        Evidence approved = Evidence.of(Source.PROCESS, Outcome.approved(Money.of(5, "MYR")), Duration.ZERO);
        PaymentRecord now = ledger.settle(sequence, approved, CardLedger.NOON).payment();
        assertEquals(Reason.INTEGRITY_MISMATCH, now.reason());
        ledger.decide(
                shop,
                PaymentRequest.transfer("u", "vault", "float", Money.of(5, "MYR")),
                Long.MAX_VALUE,
                CardLedger.NOON);
        assertEquals(
                Reason.APPROVED,
                ledger.settle(sequence, approved, CardLedger.NOON).payment().reason());
    }
}
