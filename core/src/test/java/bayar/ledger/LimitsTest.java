package bayar.ledger;

import static bayar.ledger.CardLedger.myr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.Reason;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be taken from an account that has limits, besides what is on it. */
class LimitsTest {
    private static final Outcome NO_ANSWER = Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer");
    private static final Duration HALF_A_DAY = Duration.ofHours(12);

    private CardLedger books = new CardLedger();

    private void limit(Limits limits) {
        books = new CardLedger(limits);
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTHORIZE", "SALE", "TRANSFER"})
    void onePaymentIsNeverMoreThanItsLimit(Operation type) {
        limit(Limits.NONE.perPayment(100));
        assertEquals(Reason.LIMIT_PER_PAYMENT, ask("a", type, 101));
        assertEquals(Reason.APPROVED, ask("b", type, 100));
        assertEquals(Reason.APPROVED, ask("c", type, 100), "each by itself");
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTHORIZE", "SALE", "TRANSFER"})
    void oneDayIsNeverMoreThanItsLimit(Operation type) {
        limit(Limits.NONE.perDay(100));
        assertEquals(Reason.APPROVED, ask("a", type, 60));
        assertEquals(Reason.LIMIT_VELOCITY, ask("b", type, 41));
        assertEquals(Reason.APPROVED, ask("c", type, 40));
        assertEquals(Reason.LIMIT_VELOCITY, ask("d", type, 1));
        books.assertSpent(100, 2);
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTHORIZE", "SALE", "TRANSFER"})
    void oneWindowHasNeverMorePaymentsThanItsLimit(Operation type) {
        limit(Limits.NONE.perWindow(2, Duration.ofHours(1)));
        assertEquals(Reason.APPROVED, ask("a", type, 1));
        books.pass(Duration.ofMinutes(59));
        assertEquals(Reason.APPROVED, ask("b", type, 1));
        assertEquals(Reason.LIMIT_VELOCITY, ask("c", type, 1));
        books.pass(Duration.ofMinutes(1));
        assertEquals(Reason.APPROVED, ask("d", type, 1), "a window ends when its time has passed since its first");
        assertEquals(Reason.APPROVED, ask("e", type, 1));
        assertEquals(Reason.LIMIT_VELOCITY, ask("f", type, 1));
    }

    @Test
    void aDayIsOneOfUtcInCommittedTime() {
        limit(Limits.NONE.perDay(100));
        ask("a", Operation.SALE, 100);
        books.pass(HALF_A_DAY.minusMillis(1));
        assertEquals(Reason.LIMIT_VELOCITY, ask("b", Operation.SALE, 1), "a millisecond before midnight");
        books.pass(Duration.ofMillis(1));
        assertEquals(Reason.APPROVED, ask("c", Operation.SALE, 100));
        books.pass(HALF_A_DAY.negated());
        assertEquals(Reason.LIMIT_VELOCITY, ask("d", Operation.SALE, 1), "the clock went back, the books did not");
    }

    @Test
    void paymentsOfOneBatchAreDecidedInOrder() {
        limit(Limits.NONE.perDay(100));
        assertEquals(Reason.APPROVED, decideInBatch("a", 60));
        assertEquals(Reason.LIMIT_VELOCITY, decideInBatch("b", 50));
        assertEquals(Reason.APPROVED, decideInBatch("c", 40));
        books.commit();
        books.assertSpent(100, 2);
    }

    private Reason decideInBatch(String id, long minor) {
        return books.decideInBatch(PaymentRequest.transfer(id, "alice", "kedai", myr(minor)))
                .reason();
    }

    @Test
    void whatIsDeclinedNeverCounts() {
        limit(Limits.NONE.perPayment(2000).perDay(3000).perWindow(1, HALF_A_DAY));
        assertEquals(Reason.INSUFFICIENT_FUNDS, ask("a", Operation.SALE, 1001));
        assertEquals(Reason.LIMIT_PER_PAYMENT, ask("b", Operation.SALE, 2001));
        assertEquals(Reason.APPROVED, ask("c", Operation.SALE, 1));
        books.assertSpent(1, 1);
        assertEquals(Reason.LIMIT_VELOCITY, ask("d", Operation.SALE, 1));
        books.assertSpent(1, 1);
    }

    @Test
    void aLimitIsNamedBeforeTheMoneyThatIsMissingAndAfterTheCurrency() {
        limit(Limits.NONE.perPayment(2000).perDay(1500));
        assertEquals(Reason.LIMIT_PER_PAYMENT, ask("a", Operation.SALE, 2001));
        assertEquals(Reason.LIMIT_VELOCITY, ask("b", Operation.SALE, 1501));
        assertEquals(Reason.INSUFFICIENT_FUNDS, ask("c", Operation.SALE, 1500));
        PaymentRequest euros = PaymentRequest.sale("d", "alice", "kedai", Money.of(5000, "EUR"));
        assertEquals(Reason.CURRENCY_MISMATCH, books.decide(euros).reason());
    }

    @Test
    void whatComesInAndGoesBackIsNotLimited() {
        limit(Limits.NONE.perPayment(100).perDay(100).perWindow(1, HALF_A_DAY));
        ask("s", Operation.SALE, 100);
        books.ledger.limit(AccountId.of("kedai"), Limits.NONE.perPayment(1).perDay(1));
        books.commit();
        assertEquals(Reason.APPROVED, books.refund("r", "s", 100).reason());
        books.assertSpent(100, 1);
    }

    @Test
    void aRefundGivesNothingBackOfTheDay() {
        limit(Limits.NONE.perDay(100));
        ask("s", Operation.SALE, 100);
        books.refund("r", "s", 100);
        assertEquals(Reason.LIMIT_VELOCITY, ask("t", Operation.SALE, 1), "it was spent all the same");
    }

    @Test
    void aCaptureDoesNotCountAgain() {
        limit(Limits.NONE.perDay(100).perWindow(1, HALF_A_DAY));
        ask("a", Operation.AUTHORIZE, 100);
        assertEquals(Reason.APPROVED, books.capture("c", "a", 60).reason());
        assertEquals(Reason.APPROVED, books.capture("d", "a", 40).reason());
        books.assertSpent(100, 1);
    }

    // Given back.

    @Test
    void whatIsReleasedOnTheSameDayMayBeSpentAgainButWasAPayment() {
        limit(Limits.NONE.perDay(100).perWindow(3, HALF_A_DAY));
        ask("voided", Operation.AUTHORIZE, 100);
        books.voidOf("v", "voided");
        books.assertSpent(0, 1);
        ask("captured", Operation.AUTHORIZE, 100);
        books.finalCapture("c", "captured", 60);
        books.assertSpent(60, 2);
        assertEquals(Reason.LIMIT_VELOCITY, ask("s", Operation.SALE, 41));
        assertEquals(Reason.APPROVED, ask("t", Operation.SALE, 40));
        assertEquals(Reason.LIMIT_VELOCITY, ask("u", Operation.SALE, 1), "the third was the last");
    }

    @Test
    void whatExpiresOnTheSameDayMayBeSpentAgain() {
        limit(Limits.NONE.perDay(100));
        books.ledger =
                new Ledger(books.store, books.store.lastSequence(), books.store.lastTimeMillis(), Duration.ofHours(1));
        ask("a", Operation.AUTHORIZE, 100);
        books.capture("c", "a", 30);
        books.pass(Duration.ofHours(1));
        assertEquals(1, books.release());
        books.assertSpent(30, 1);
    }

    @Test
    void whatIsReleasedOnAnotherDayIsNotOfThatDay() {
        limit(Limits.NONE.perDay(100));
        ask("a", Operation.AUTHORIZE, 100);
        books.pass(HALF_A_DAY);
        ask("s", Operation.SALE, 70);
        books.voidOf("v", "a");
        books.assertSpent(70, 2);
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTHORIZE", "SALE"})
    void whatIsPendingOrInDoubtCounts(Operation type) {
        limit(Limits.NONE.perDay(100).perWindow(2, HALF_A_DAY));
        books.decide(CardLedger.beginning("p", type, 60));
        assertEquals(Reason.LIMIT_VELOCITY, ask("a", type, 41));
        books.tell("p", NO_ANSWER);
        assertEquals(Reason.LIMIT_VELOCITY, ask("b", type, 41));
        books.tell("p", Outcome.approved(myr(60)));
        assertEquals(Reason.LIMIT_VELOCITY, ask("c", type, 41), "and not twice when it is approved");
        assertEquals(Reason.APPROVED, ask("d", type, 40));
    }

    @ParameterizedTest
    @ValueSource(strings = {"declined", "failed", "reversed"})
    void whatNeverCameToBeCountsNoMore(String end) {
        limit(Limits.NONE.perDay(100).perWindow(1, HALF_A_DAY));
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        books.tell(
                "s",
                switch (end) {
                    case "declined" -> Outcome.declined(Reason.DO_NOT_HONOR);
                    case "failed" -> Outcome.notExecuted("never sent");
                    default -> Outcome.reversed();
                });
        books.assertSpent(0, 0);
        assertEquals(Reason.APPROVED, ask("t", Operation.SALE, 100));
    }

    @Test
    void ofWhatIsApprovedPartlyThePartCounts() {
        limit(Limits.NONE.perDay(100).perWindow(2, HALF_A_DAY));
        books.authorize("a", 100);
        books.tell("a", Outcome.approvedPartly(myr(60)));
        books.assertSpent(60, 1);
        books.voidOf("v", "a");
        books.assertSpent(60, 1);
        books.tell("v", Outcome.approved(myr(60)));
        books.assertSpent(0, 1);
    }

    @Test
    void aPaymentOfYesterdayThatIsDeclinedTodayGivesTodayNothing() {
        limit(Limits.NONE.perDay(100).perWindow(10, Duration.ofHours(1)));
        books.sale("s", 100);
        books.tell("s", NO_ANSWER);
        books.pass(HALF_A_DAY);
        ask("t", Operation.SALE, 70);
        books.tell("s", Outcome.declined(Reason.DO_NOT_HONOR));
        books.assertSpent(70, 1);
        assertEquals(Reason.LIMIT_VELOCITY, ask("u", Operation.SALE, 31));
    }

    @Test
    void anApprovalOfTheNextDayIsOfTheDayOnWhichItWasTakenOn() {
        limit(Limits.NONE.perDay(100));
        books.authorize("a", 100);
        books.pass(HALF_A_DAY);
        ask("s", Operation.SALE, 70);
        books.tell("a", Outcome.approvedPartly(myr(50)));
        books.voidOf("v", "a");
        books.tell("v", Outcome.approved(myr(50)));
        books.assertSpent(70, 2);
    }

    // Other limits.

    @Test
    void changedLimitsCountWhatWasTakenBefore() {
        limit(Limits.NONE.perDay(100));
        ask("a", Operation.SALE, 60);
        change(Limits.NONE.perDay(80).perWindow(2, Duration.ofHours(1)));
        assertEquals(Reason.LIMIT_VELOCITY, ask("b", Operation.SALE, 21));
        assertEquals(Reason.APPROVED, ask("c", Operation.SALE, 20));
        change(Limits.NONE.perWindow(2, Duration.ofHours(1)));
        assertEquals(Reason.LIMIT_VELOCITY, ask("d", Operation.SALE, 1), "two payments were made");
        change(Limits.NONE);
        assertEquals(Reason.APPROVED, ask("e", Operation.SALE, 500));
        books.assertSpent(0, 0);
    }

    @Test
    void theFirstLimitsCountWhatIsHeldSoThatItsReleaseMakesNoRoomThatWasNotThere() {
        limit(Limits.NONE);
        ask("a", Operation.AUTHORIZE, 60);
        books.sale("s", 30);
        books.pass(Duration.ofMillis(1));
        change(Limits.NONE.perDay(100));
        books.assertSpent(90, 0);
        assertEquals(Reason.LIMIT_VELOCITY, ask("b", Operation.SALE, 11));
        assertEquals(Reason.APPROVED, ask("c", Operation.SALE, 10));
        books.voidOf("v", "a");
        books.tell("s", Outcome.declined(Reason.DO_NOT_HONOR));
        books.assertSpent(10, 1);
        assertEquals(Reason.APPROVED, ask("d", Operation.SALE, 90));
        assertEquals(Reason.LIMIT_VELOCITY, ask("e", Operation.SALE, 1));
        books.pass(HALF_A_DAY);
        assertEquals(Reason.APPROVED, ask("f", Operation.SALE, 100), "the next day");
    }

    @Test
    void theReleaseOfWhatWasHeldBeforeTheFirstLimitsGivesTheNextDayNothing() {
        limit(Limits.NONE);
        ask("a", Operation.AUTHORIZE, 60);
        books.pass(HALF_A_DAY);
        change(Limits.NONE.perDay(100));
        ask("s", Operation.SALE, 70);
        books.voidOf("v", "a");
        books.assertSpent(70, 1);
    }

    @Test
    void aWindowMadeShorterAndLongerNeverCountsBelowNothing() {
        limit(Limits.NONE.perWindow(5, HALF_A_DAY));
        books.sale("a", 1);
        books.pass(Duration.ofMillis(1));
        books.sale("b", 1);
        change(Limits.NONE.perWindow(5, Duration.ofMillis(1)));
        books.sale("c", 1);
        for (String id : new String[] {"a", "b", "c"}) {
            books.tell(id, Outcome.declined(Reason.DO_NOT_HONOR));
        }
        books.assertSpent(0, 0);
    }

    @Test
    void nothingIsGivenBackWhereNothingIsCountedAlsoInTheFirstDayOf1970() {
        CardLedger early = new CardLedger(Limits.NONE, 1000);
        early.sale("s", 100);
        early.tell("s", Outcome.declined(Reason.DO_NOT_HONOR));
        early.assertMoney(1000, 0, 0, 0);
        early.assertSpent(0, 0);
        early.authorized("a", 100);
        early.voidOf("v", "a");
        early.tell("v", Outcome.approved(CardLedger.myr(100)));
        early.assertMoney(1000, 0, 0, 0);
    }

    @Test
    void anUnknownAccountCannotBeLimitedNorTheEnginesOwn() {
        Consumer<String> limit = name -> books.ledger.limit(AccountId.of(name), Limits.NONE.perDay(1));
        assertThrows(BayarException.class, () -> limit.accept("nobody"));
        assertThrows(BayarException.class, () -> limit.accept("bayar:opening:MYR"));
    }

    @Test
    void anAbandonedLimitIsNone() {
        books.ledger.limit(AccountId.of("alice"), Limits.NONE.perDay(1));
        books.ledger.abandon();
        assertEquals(Reason.APPROVED, ask("a", Operation.SALE, 2));
    }

    @Test
    void limitsOutOfBoundsAreRefused() {
        assertThrows(BayarException.class, () -> Limits.NONE.perPayment(0));
        assertThrows(BayarException.class, () -> Limits.NONE.perDay(0));
        assertThrows(BayarException.class, () -> Limits.NONE.perWindow(0, HALF_A_DAY));
        assertThrows(BayarException.class, () -> Limits.NONE.perWindow(1, Duration.ZERO));
        assertThrows(BayarException.class, () -> Limits.NONE.perWindow(1, Duration.ofDays(367)));
    }

    private void change(Limits limits) {
        books.ledger.limit(AccountId.of("alice"), limits);
        books.commit();
    }

    /** Asks the ledger alone. */
    private Reason ask(String id, Operation type, long minor) {
        PaymentRequest request = PaymentRequest.builder(id, type)
                .payer("alice")
                .payee("kedai")
                .amount(myr(minor))
                .build();
        return books.decide(request).reason();
    }
}
