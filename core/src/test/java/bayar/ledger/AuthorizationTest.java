package bayar.ledger;

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
import bayar.PaymentEvent;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is held for an authorization, and what becomes of it. */
class AuthorizationTest {
    private static final long NOON = 1_795_435_200_000L;
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");

    private final MemoryStore store = new MemoryStore();
    private Ledger ledger = new Ledger(store, 0, 0, Duration.ofDays(7));
    private int nextId = 1;

    @BeforeEach
    void openAccounts() {
        ledger.open(NewAccount.of("alice", Money.of(1000, "MYR")), NOON);
        ledger.open(NewAccount.of("kedai", Money.of(0, "MYR")), NOON);
        ledger.open(NewAccount.of("euros", Money.of(1000, "EUR")), NOON);
        ledger.open(new NewAccount(AccountId.of("float"), Money.of(0, "MYR"), Long.MIN_VALUE), NOON);
        commit();
    }

    @Test
    void holdsTheAmountSoThatNothingElseCanSpendIt() {
        Receipt receipt = authorize("a", 700);

        assertEquals(Reason.APPROVED, receipt.reason());
        assertEquals(MoneyEffect.HELD, receipt.money());
        assertAccount("alice", 1000, 700);
        assertAccount("kedai", 0, 0);
        assertEquals(Reason.INSUFFICIENT_FUNDS, authorize("b", 301).reason());
        assertEquals(
                Reason.INSUFFICIENT_FUNDS,
                decide(PaymentRequest.transfer("t", "alice", "kedai", myr(301))).reason());
        assertEquals(
                Reason.APPROVED,
                decide(PaymentRequest.transfer("u", "alice", "kedai", myr(300))).reason());
    }

    @Test
    void anInquiryTellsWhatHasBecomeOfTheMoneyByNow() {
        authorize("captured", 300);
        authorize("voided", 300);
        assertEquals(MoneyEffect.HELD, inquire("captured").money());
        capture("captured", 100);
        assertEquals(MoneyEffect.HELD, inquire("captured").money(), "the rest is still held");
        decide(finalCapture("last", "captured", 100));
        decide(PaymentRequest.voidOf("v", "voided"));

        assertEquals(MoneyEffect.MOVED, inquire("captured").money());
        assertEquals(MoneyEffect.NOT_MOVED, inquire("voided").money());
        Receipt again = decide(PaymentRequest.authorize("voided", "alice", "kedai", myr(300)));
        assertEquals(MoneyEffect.HELD, again.money(), "told again, a receipt is what it was");
    }

    @Test
    void isDeclinedLikeASale() {
        assertEquals(
                Reason.ACCOUNT_UNKNOWN,
                decide(PaymentRequest.authorize("a", "nobody", "kedai", myr(1))).reason());
        assertEquals(
                Reason.ACCOUNT_UNKNOWN,
                decide(PaymentRequest.authorize("b", "alice", "nobody", myr(1))).reason());
        assertEquals(
                Reason.CURRENCY_MISMATCH,
                decide(PaymentRequest.authorize("c", "alice", "euros", myr(1))).reason());
        assertEquals(Reason.INSUFFICIENT_FUNDS, authorize("d", 1001).reason());
        assertAccount("alice", 1000, 0);
    }

    @Test
    void isCapturedInPartsUntilNothingIsLeft() {
        authorize("a", 100);
        assertEquals(Reason.APPROVED, capture("a", 30).reason());
        assertAccount("alice", 970, 70);
        assertEquals(Reason.EXCEEDS_AUTHORIZED, capture("a", 71).reason());
        assertEquals(MoneyEffect.MOVED, capture("a", 70).money());
        assertAccount("alice", 900, 0);
        assertAccount("kedai", 100, 0);
        assertEquals(Reason.EXCEEDS_AUTHORIZED, capture("a", 1).reason());
        assertEquals(new PaymentSums(100, 100, 0, 0), sums("a"));
    }

    @Test
    void aFinalCaptureReleasesTheRest() {
        authorize("a", 100);
        decide(finalCapture("c", "a", 30));
        assertAccount("alice", 970, 0);
        assertEquals(new PaymentSums(100, 30, 70, 0), sums("a"));
        assertEquals(Reason.EXCEEDS_AUTHORIZED, capture("a", 1).reason());
    }

    @Test
    void aDeclinedFinalCaptureReleasesNothing() {
        authorize("a", 100);
        assertEquals(
                Reason.EXCEEDS_AUTHORIZED, decide(finalCapture("c", "a", 101)).reason());
        assertAccount("alice", 1000, 100);
    }

    @Test
    void aVoidReleasesWhatIsLeft() {
        authorize("a", 100);
        capture("a", 30);
        Receipt voided = decide(PaymentRequest.voidOf("v", "a"));
        assertEquals(Reason.APPROVED, voided.reason());
        assertEquals(MoneyEffect.NOT_MOVED, voided.money());
        assertAccount("alice", 970, 0);
        assertEquals(new PaymentSums(100, 30, 70, 0), sums("a"));
    }

    @Test
    void aRefundGivesBackWhatWasCapturedAndLeavesTheRestHeld() {
        authorize("a", 100);
        capture("a", 30);
        assertEquals(Reason.EXCEEDS_CAPTURED, refund("a", 31).reason());
        assertEquals(Reason.APPROVED, refund("a", 30).reason());
        assertEquals(Reason.EXCEEDS_CAPTURED, refund("a", 1).reason());
        assertAccount("alice", 1000, 70);
        assertEquals(Reason.APPROVED, capture("a", 70).reason());
        assertEquals(new PaymentSums(100, 100, 0, 30), sums("a"));
    }

    @Test
    void anotherCurrencyIsNamedBeforeTheAmountThatIsTooMuch() {
        authorize("a", 100);
        capture("a", 100);
        Receipt euros = decide(PaymentRequest.capture("c", "a", Money.of(101, "EUR")));
        assertEquals(Reason.CURRENCY_MISMATCH, euros.reason());
    }

    @Test
    void aCaptureNeedsTheGrantForThePayerAgainAndAVoidNeedsNone() {
        authorize("a", 100);
        Principal revoked = Principal.named("shop");

        Receipt refused = ledger.decide(revoked, PaymentRequest.capture("c", "a", myr(1)), Long.MAX_VALUE, NOON);
        Receipt voided = ledger.decide(revoked, PaymentRequest.voidOf("v", "a"), Long.MAX_VALUE, NOON);
        commit();

        assertEquals(Reason.NOT_PERMITTED, refused.reason());
        assertNull(store.payment("shop", "c"), "a refusal leaves the id unused");
        assertEquals(Reason.APPROVED, voided.reason());
    }

    @Test
    void anAuthorizationBelongsToItsPrincipal() {
        authorize("a", 100);
        Principal other = Principal.named("other").mayDebit("*");
        for (PaymentRequest request :
                List.of(PaymentRequest.capture("c", "a", myr(1)), PaymentRequest.voidOf("v", "a"))) {
            Receipt foreign = ledger.decide(other, request, Long.MAX_VALUE, NOON);
            commit();
            assertEquals(Reason.ORIGINAL_NOT_FOUND, foreign.reason());
        }
        assertAccount("alice", 1000, 100);
    }

    @Test
    void tellsTheSameOutcomeAgainWhateverBecameOfIt() {
        PaymentRequest authorize = PaymentRequest.authorize("a", "alice", "kedai", myr(100));
        PaymentRequest capture = finalCapture("c", "a", 30);
        Receipt held = decide(authorize);
        Receipt moved = decide(capture);

        assertEquals(held.asReplayed(), decide(authorize));
        assertEquals(moved.asReplayed(), decide(capture));
        assertEquals(MoneyEffect.HELD, decide(authorize).money());
        assertAccount("alice", 970, 0);
    }

    @Test
    void theSameIdWithAnotherFinalIsAnotherRequest() {
        authorize("a", 100);
        decide(PaymentRequest.capture("c", "a", myr(30)));
        Receipt reused = decide(finalCapture("c", "a", 30));
        assertEquals(Reason.ID_REUSED, reused.reason());
        assertEquals("final", reused.field());
    }

    @Test
    void partsOfOneBatchSeeEachOther() {
        ledger.decide(SHOP, PaymentRequest.authorize("a", "alice", "kedai", myr(100)), Long.MAX_VALUE, NOON);
        ledger.decide(SHOP, PaymentRequest.capture("c", "a", myr(60)), Long.MAX_VALUE, NOON);
        ledger.decide(SHOP, PaymentRequest.voidOf("v", "a"), Long.MAX_VALUE, NOON);
        commit();
        assertEquals(new PaymentSums(100, 60, 40, 0), sums("a"));
        assertAccount("alice", 940, 0);
        assertNothingOpen();
    }

    @Test
    void expiresWhenItsTimeHasPassedAndNotAMillisecondBefore() {
        authorize("a", 100);
        long end = NOON + 7 * DAY_MILLIS;
        assertEquals(List.of(), release(end - 1));
        assertEquals(Reason.APPROVED, captureAt("a", 1, end - 1).reason());

        Receipt late = captureAt("a", 1, end);
        assertEquals(Reason.AUTHORIZATION_EXPIRED, late.reason(), "although nothing has released it yet");
        assertAccount("alice", 999, 99);
        assertEquals(1, release(end).size());
        assertAccount("alice", 999, 0);
        assertEquals(new PaymentSums(100, 1, 99, 0), sums("a"));
        assertEquals(
                Reason.AUTHORIZATION_EXPIRED,
                captureAt("a", 1, end + DAY_MILLIS).reason());
        assertEquals(late.asReplayed(), captureAgain());
    }

    private Receipt captureAgain() {
        return ledger.decide(
                SHOP, PaymentRequest.capture("p" + (nextId - 2), "a", myr(1)), Long.MAX_VALUE, NOON + 9 * DAY_MILLIS);
    }

    @Test
    void theReleaseIsARecordOfTheLedgersOwn() {
        Receipt authorized = authorize("a", 100);
        PaymentEvent event = release(NOON + 7 * DAY_MILLIS).get(0);

        assertEquals("bayar:ledger", event.principal());
        assertEquals(PaymentRequest.voidOf("bayar:expire:" + authorized.sequence(), "a"), event.request());
        assertEquals(Reason.APPROVED, event.receipt().reason());
        assertEquals(MoneyEffect.NOT_MOVED, event.receipt().money());
        PaymentRecord record = store.payment("bayar:ledger", event.request().id());
        assertNotNull(record);
        assertEquals(event.receipt().sequence(), record.sequence());
        assertEquals(AccountId.of("alice"), record.debited());
    }

    @Test
    void whatWasVoidedOrCapturedInTimeDoesNotExpire() {
        authorize("voided", 100);
        decide(PaymentRequest.voidOf("v", "voided"));
        authorize("captured", 100);
        decide(finalCapture("c", "captured", 60));
        long later = NOON + 8 * DAY_MILLIS;

        assertEquals(List.of(), release(later));
        assertEquals(Reason.INVALID_TRANSITION, captureAt("voided", 1, later).reason());
        assertEquals(Reason.EXCEEDS_AUTHORIZED, captureAt("captured", 1, later).reason());
    }

    @Test
    void expiryIsMeasuredInCommittedTime() {
        authorize("a", 100);
        ledger.decide(
                SHOP, PaymentRequest.transfer("t", "alice", "kedai", myr(1)), Long.MAX_VALUE, NOON + 7 * DAY_MILLIS);
        commit();

        Receipt clockWentBack = captureAt("a", 1, NOON);

        assertEquals(Reason.AUTHORIZATION_EXPIRED, clockWentBack.reason());
        assertEquals(1, release(NOON).size());
    }

    @Test
    void anAuthorizationMadeWhileNothingWasOpenExpiresToo() {
        assertEquals(List.of(), release(NOON));
        assertFalse(ledger.awaitsExpiry());
        authorize("a", 100);
        assertTrue(ledger.awaitsExpiry());
        assertEquals(1, release(NOON + 7 * DAY_MILLIS).size());
    }

    @Test
    void releasesABoundedNumberAtATimeEarliestFirst() {
        int count = Ledger.MAX_RELEASED_TOGETHER + 3;
        IntStream.range(0, count)
                .forEach(i -> ledger.decide(
                        SHOP, PaymentRequest.authorize("a" + i, "alice", "kedai", myr(1)), Long.MAX_VALUE, NOON + i));
        commit();
        long later = NOON + 8 * DAY_MILLIS;

        assertEquals(Ledger.MAX_RELEASED_TOGETHER, release(later).size());
        assertTrue(ledger.awaitsExpiry());
        assertAccount("alice", 1000, 3);
        List<String> rest =
                release(later).stream().map(event -> event.request().payment()).toList();
        assertEquals(List.of("a" + (count - 3), "a" + (count - 2), "a" + (count - 1)), rest);
        assertFalse(ledger.awaitsExpiry());
        assertAccount("alice", 1000, 0);
    }

    @Test
    void anotherLifetimeConcernsLaterAuthorizationsOnlyAlsoAfterARestart() {
        authorize("long", 100);
        ledger = new Ledger(store, store.lastSequence(), store.lastTimeMillis(), Duration.ofDays(1));
        authorize("short", 10);

        assertEquals(
                List.of("short"),
                release(NOON + DAY_MILLIS).stream()
                        .map(event -> event.request().payment())
                        .toList());
        assertAccount("alice", 1000, 100);
        assertEquals(1, release(NOON + 7 * DAY_MILLIS).size());
    }

    @Test
    void anAbandonedReleaseIsDoneLater() {
        authorize("a", 100);
        ledger.releaseExpired(NOON + 7 * DAY_MILLIS);
        ledger.abandon();
        assertAccount("alice", 1000, 100);
        assertEquals(1, release(NOON + 7 * DAY_MILLIS).size());
    }

    @Test
    void anAccountCalledLikeAReleaseIsNoneOfItsBusiness() {
        authorize("a", 100);
        ledger.open(NewAccount.of("expire:5", Money.of(5, "MYR")), NOON);
        commit();
        assertEquals(1, release(NOON + 7 * DAY_MILLIS).size());
    }

    @Test
    void holdsOnAnAccountWithoutAFloorEndWhereCountingEnds() {
        MemoryStore full = new MemoryStore();
        Money most = Money.of(Long.MAX_VALUE - 5, "MYR");
        full.commit(new Changes(
                List.of(),
                List.of(
                        new Account(AccountId.of("shop"), most.currency(), most.minor(), 0, 0),
                        new Account(AccountId.of("bank"), most.currency(), -most.minor(), 0, Long.MIN_VALUE),
                        new Account(AccountId.of("held"), most.currency(), 0, Long.MAX_VALUE - 5, Long.MIN_VALUE)),
                List.of(),
                Map.of(),
                Map.of()));
        Ledger over = new Ledger(full, 0, 0, Duration.ofDays(7));
        assertEquals(
                Reason.INSUFFICIENT_FUNDS,
                over.decide(SHOP, PaymentRequest.authorize("1", "bank", "held", myr(6)), Long.MAX_VALUE, NOON)
                        .reason());
        assertEquals(
                Reason.APPROVED,
                over.decide(SHOP, PaymentRequest.authorize("2", "bank", "held", myr(5)), Long.MAX_VALUE, NOON)
                        .reason());
        assertEquals(
                Reason.INSUFFICIENT_FUNDS,
                over.decide(SHOP, PaymentRequest.authorize("3", "held", "bank", myr(6)), Long.MAX_VALUE, NOON)
                        .reason());
        assertEquals(
                Reason.APPROVED,
                over.decide(
                                SHOP,
                                PaymentRequest.authorize("4", "shop", "held", myr(999_999_999_999L)),
                                Long.MAX_VALUE,
                                NOON)
                        .reason());
        assertEquals(
                Reason.APPROVED,
                over.decide(SHOP, PaymentRequest.sale("5", "shop", "held", myr(100)), Long.MAX_VALUE, NOON)
                        .reason());
        assertEquals(
                Reason.BALANCE_OVERFLOW,
                over.decide(SHOP, PaymentRequest.authorize("6", "held", "bank", myr(6)), Long.MAX_VALUE, NOON)
                        .reason());
    }

    @Test
    void aLifetimeOutOfBoundsIsRefused() {
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofDays(-1), Duration.ofDays(3661))) {
            BayarException e = assertThrows(BayarException.class, () -> new Ledger(store, 0, 0, wrong));
            assertTrue(e.getMessage().contains("3660 days"), e.getMessage());
        }
    }

    private Receipt authorize(String id, long minor) {
        return decide(PaymentRequest.authorize(id, "alice", "kedai", myr(minor)));
    }

    private Receipt capture(String payment, long minor) {
        return captureAt(payment, minor, NOON);
    }

    private Receipt captureAt(String payment, long minor, long nowMillis) {
        Receipt receipt = ledger.decide(
                SHOP, PaymentRequest.capture("p" + nextId++, payment, myr(minor)), Long.MAX_VALUE, nowMillis);
        commit();
        return receipt;
    }

    private Receipt inquire(String payment) {
        return decide(PaymentRequest.inquiry("inquiry-" + nextId++, payment));
    }

    private Receipt refund(String payment, long minor) {
        return decide(PaymentRequest.refund("p" + nextId++, payment, myr(minor)));
    }

    private static PaymentRequest finalCapture(String id, String payment, long minor) {
        return PaymentRequest.builder(id, Operation.CAPTURE)
                .payment(payment)
                .amount(myr(minor))
                .isFinal(true)
                .build();
    }

    private List<PaymentEvent> release(long nowMillis) {
        int released = ledger.releaseExpired(nowMillis);
        List<PaymentEvent> events = ledger.changes().records().stream()
                .map(record -> Ledger.event(record, record))
                .toList();
        assertEquals(released, events.size());
        commit();
        return events;
    }

    private Receipt decide(PaymentRequest request) {
        Receipt receipt = ledger.decide(SHOP, request, Long.MAX_VALUE, NOON);
        commit();
        return receipt;
    }

    private void commit() {
        store.commit(ledger.changes());
        ledger.committed();
    }

    private PaymentSums sums(String id) {
        PaymentRecord record = store.payment("shop", id);
        assertNotNull(record);
        return record.sums();
    }

    private void assertNothingOpen() {
        store.openAuthorizations(open -> {
            throw new AssertionError("open: " + open);
        });
    }

    private void assertAccount(String name, long posted, long held) {
        Account account = store.account(AccountId.of(name));
        assertNotNull(account);
        assertEquals(posted, account.posted(), name + " posted");
        assertEquals(held, account.held(), name + " held");
    }

    private static Money myr(long minor) {
        return Money.of(minor, "MYR");
    }
}
