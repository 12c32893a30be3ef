package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.Status;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.Course;
import bayar.ledger.Limits;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Spending;
import bayar.store.History;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link PaymentStore} must do. Extend it, say how a store is opened, and run it with JUnit 6.
 *
 * <p>All changes that it commits keep the ledger's own promises, so a store may check those: every account is the sum of
 * the records that moved money to and from it, and the accounts of a currency add up to zero.
 */
public abstract class PaymentStoreContract {
    private static final long NOW_MILLIS = 1_795_420_800_123L;

    private @Nullable PaymentStore current;

    /** For subclasses. */
    protected PaymentStoreContract() {}

    /** Opens a store with nothing in it, another one for each test. */
    protected abstract PaymentStore open();

    /** Opens what {@link #open} opened last, after it was closed. Called only if the store {@link #isDurable}. */
    protected abstract PaymentStore reopen();

    /** Whether the store survives being closed; the tests of that are skipped when it does not. */
    protected boolean isDurable() {
        return true;
    }

    /** The store of this test. */
    protected final PaymentStore store() {
        PaymentStore opened = current;
        assertNotNull(opened, "open() gave no store");
        return opened;
    }

    @BeforeEach
    final void openStore() {
        current = open();
    }

    @AfterEach
    final void closeStore() {
        if (current != null) {
            current.close();
        }
    }

    @Test
    void aNewStoreIsEmpty() {
        assertEquals(0, store().lastSequence());
        assertEquals(0, store().lastTimeMillis());
        assertNull(store().account(AccountId.of("alice")));
        assertNull(store().payment("shop", "p-1"));
        assertEquals(List.of(), accountsOf(store()));
    }

    @Test
    void describesItselfInAWordOrTwo() {
        assertEquals(false, store().description().isBlank());
    }

    @Test
    void tellsAPaymentAndItsAccountsAsCommitted() {
        Ledger ledger = new Ledger();
        PaymentRecord opening = ledger.moved("bayar", sale("open-1", "bayar:opening", "alice", 5000), NOW_MILLIS);
        PaymentRecord sale = ledger.moved("shop", sale("p-1", "alice", "kedai", 1250), NOW_MILLIS + 1);
        ledger.commit();

        assertEquals(2, store().lastSequence());
        assertEquals(NOW_MILLIS + 1, store().lastTimeMillis());
        assertEquals(opening, store().payment("bayar", "open-1"));
        assertEquals(sale, store().payment("shop", "p-1"));
        assertEquals(3750, posted("alice"));
        assertEquals(1250, posted("kedai"));
        assertEquals(-5000, posted("bayar:opening"));
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void tellsEveryFieldOfEveryKindOfRecord() {
        Ledger ledger = new Ledger();
        ledger.moved("bayar", sale("open-1", "bayar:opening", "alice", 5000), NOW_MILLIS);
        ledger.moved("shop", PaymentRequest.transfer("t-1", "alice", "bob", myr(100)), NOW_MILLIS);
        ledger.moved("shop", sale("s-1", "alice", "kedai", 300), NOW_MILLIS);
        PaymentRequest noted = PaymentRequest.builder("s-2", Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(myr(1))
                .metadata(Map.of("order", "1001", "note", "two lines\n\tand \"quotes\" \\ \u0000\u001f"))
                .build();
        ledger.moved("shop", noted, NOW_MILLIS);
        PaymentRequest unicode = PaymentRequest.builder("s-3", Operation.SALE)
                .payer("alice")
                .payee("kedai")
                .amount(myr(1))
                .metadata(Map.of("名前", "Ünïcödé 💸 \u202e \ufffe", "", "", "half", "\ud83d", "'; --", "NULL"))
                .build();
        ledger.moved("shop", unicode, NOW_MILLIS);
        // The refund goes to where the sale came from, so its record names accounts that its request does not.
        ledger.record(new PaymentRecord(
                ledger.next(),
                NOW_MILLIS,
                "shop",
                PaymentRequest.refund("r-1", "s-1", myr(50)),
                Reason.APPROVED,
                MoneyEffect.MOVED,
                AccountId.of("kedai"),
                AccountId.of("alice"),
                PaymentSums.NONE));
        ledger.sums(3, PaymentSums.ofSale(300).plusRefunded(50));
        ledger.declined("shop", sale("d-1", "alice", "kedai", 999_999), Reason.INSUFFICIENT_FUNDS, "alice", "kedai");
        ledger.declined("shop", sale("d-2", "alice", "nobody", 1), Reason.ACCOUNT_UNKNOWN, "alice", null);
        ledger.declined("shop", sale("d-3", "nobody", "kedai", 1), Reason.ACCOUNT_UNKNOWN, null, "kedai");
        ledger.declined("shop", sale("d-4", "nobody", "no-one", 1), Reason.ACCOUNT_UNKNOWN, null, null);
        ledger.declined("shop", sale("d-5", "nobody", "no-one", 1), Reason.ACCOUNT_UNKNOWN, "nobody", "no-one");
        ledger.declined("shop", sale("d-6", "alice", "kedai", 1), Reason.ACCOUNT_CLOSED, "kedai", "alice");
        ledger.declined("shop", PaymentRequest.refund("d-7", "s-9", myr(1)), Reason.ORIGINAL_NOT_FOUND, null, null);
        ledger.record(new PaymentRecord(
                ledger.next(),
                NOW_MILLIS,
                "gate:way_1.x-",
                PaymentRequest.builder("c-1", Operation.CAPTURE)
                        .payment("a-1")
                        .amount(Money.of(7, "JPY"))
                        .isFinal(true)
                        .method("card-eu")
                        .build(),
                Reason.PROCESSOR_TIMEOUT,
                MoneyEffect.UNKNOWN,
                null,
                null,
                PaymentSums.NONE));
        ledger.record(new PaymentRecord(
                ledger.next(),
                NOW_MILLIS,
                "shop",
                PaymentRequest.builder("v-1", Operation.VOID).payment("a-1").build(),
                Reason.INVALID_TRANSITION,
                MoneyEffect.NOT_MOVED,
                null,
                null,
                PaymentSums.NONE));
        ledger.record(new PaymentRecord(
                ledger.next(),
                NOW_MILLIS,
                "shop",
                PaymentRequest.builder("a-1", Operation.AUTHORIZE)
                        .payer("alice")
                        .payee("kedai")
                        .amount(myr(40))
                        .method("card-eu")
                        .build(),
                Reason.APPROVED,
                MoneyEffect.HELD,
                AccountId.of("alice"),
                AccountId.of("kedai"),
                new PaymentSums(40, 0, 0, 0)));
        ledger.record(new PaymentRecord(
                ledger.next(),
                NOW_MILLIS,
                "shop",
                sale("x-1", "alice", "kedai", 20),
                Reason.APPROVED_PARTIAL,
                MoneyEffect.HELD,
                AccountId.of("alice"),
                AccountId.of("kedai"),
                new PaymentSums(10, 7, 2, 3)));
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void tellsTheSmallestAndTheLargestValues() {
        String longest = "x".repeat(64);
        Ledger ledger = new Ledger();
        ledger.open("source", Long.MIN_VALUE);
        ledger.open("sink", Long.MIN_VALUE + 1);
        ledger.open(longest, 0);
        ledger.open("a", Long.MIN_VALUE);
        ledger.moved("p".repeat(64), sale(longest, "source", "sink", Long.MAX_VALUE), 0);
        ledger.moved("p", sale("1", "a", longest, 1), 253_402_300_799_999L);
        ledger.commit();

        assertEquals(Long.MAX_VALUE, posted("sink"));
        assertEquals(-Long.MAX_VALUE, posted("source"));
        assertEquals(253_402_300_799_999L, store().lastTimeMillis());
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void keepsTheFloorAndTheHeldAmount() {
        Ledger ledger = new Ledger();
        ledger.open("overdraft", -10_000);
        ledger.open("no-floor", Long.MIN_VALUE);
        ledger.open("zero", 0);
        ledger.moved("bank", sale("1", "overdraft", "no-floor", 500), NOW_MILLIS);
        ledger.hold("no-floor", 120);
        ledger.hold("overdraft", 3);
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();

        ledger.hold("no-floor", 0);
        ledger.commit();
        assertEquals(0, heldOn("no-floor"));
        assertEquals(3, heldOn("overdraft"));
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void doesNotKnowWhatWasNeverCommitted() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();

        assertNull(store().payment("shop", "p-2"));
        assertNull(store().payment("shop", "P-1"));
        assertNull(store().payment("shop", "p-1 "));
        assertNull(store().payment("shop", ""));
        assertNull(store().payment("shop", "名前"));
        assertNull(store().payment("other", "p-1"));
        assertNull(store().account(AccountId.of("Alice")));
        assertNull(store().account(AccountId.of("alic")));
    }

    @Test
    void keepsTheSameIdOfTwoPrincipalsApart() {
        Ledger ledger = new Ledger();
        PaymentRecord one = ledger.moved("one", sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        PaymentRecord two = ledger.moved("two", sale("p-1", "alice", "kedai", 2), NOW_MILLIS);
        ledger.commit();
        PaymentRecord three = ledger.moved("three", sale("p-1", "alice", "kedai", 3), NOW_MILLIS);
        ledger.commit();

        assertEquals(one, store().payment("one", "p-1"));
        assertEquals(two, store().payment("two", "p-1"));
        assertEquals(three, store().payment("three", "p-1"));
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void replacesTheSumsOfARecordOfTheSameBatchAndOfAnEarlierOne() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-1", "alice", "kedai", 100), NOW_MILLIS);
        ledger.moved("shop", sale("p-2", "alice", "kedai", 200), NOW_MILLIS);
        ledger.refunded("shop", "r-1", 1, 30);
        ledger.commit();
        assertEquals(30, refundedOf("p-1"));
        assertEquals(0, refundedOf("p-2"));
        ledger.assertToldAlsoAfterReopening();

        ledger.refunded("shop", "r-2", 1, 70);
        ledger.refunded("shop", "r-3", 2, 1);
        ledger.commit();
        assertEquals(100, refundedOf("p-1"));
        assertEquals(1, refundedOf("p-2"));
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void showsTheOpenAuthorizationsInTheOrderOfTheirExpiry() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-1", "alice", "kedai", 100), NOW_MILLIS);
        ledger.authorized("shop", "third", 10, NOW_MILLIS + 300);
        ledger.authorized("till", "first", 10, NOW_MILLIS + 100);
        ledger.authorized("shop", "closed-at-once", 10, NOW_MILLIS + 100);
        ledger.sums(4, PaymentSums.ofAuthorization(10).withRestReleased());
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();

        ledger.authorized("shop", "second-too", 10, NOW_MILLIS + 200);
        ledger.authorized("shop", "earliest", 10, NOW_MILLIS + 1);
        ledger.authorized("shop", "second", 10, NOW_MILLIS + 200);
        ledger.sums(2, PaymentSums.ofAuthorization(10).plusCaptured(4));
        ledger.commit();
        assertEquals(List.of("earliest", "first", "second-too", "second", "third"), openIds());
        ledger.assertToldAlsoAfterReopening();

        ledger.sums(2, PaymentSums.ofAuthorization(10).plusCaptured(4).withRestReleased());
        ledger.sums(3, PaymentSums.ofAuthorization(10).plusCaptured(10));
        ledger.refunded("shop", "r-1", 1, 30);
        ledger.commit();
        assertEquals(List.of("earliest", "second-too", "second"), openIds());
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void showsNoMoreOpenAuthorizationsThanAreWanted() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-1", "alice", "kedai", 100), NOW_MILLIS);
        for (int i = 0; i < 5; i++) {
            ledger.authorized("shop", "a-" + i, 10, NOW_MILLIS + i);
        }
        ledger.commit();
        List<String> shown = new ArrayList<>();
        store().openAuthorizations(open -> {
            shown.add(open.request().id());
            return shown.size() < 2;
        });
        assertEquals(List.of("a-0", "a-1"), shown);
        assertEquals(5, openIds().size(), "asked again, it begins anew");
    }

    @Test
    void tellsHowAPaymentStandsAfterEachStep() {
        Ledger ledger = new Ledger();
        ledger.moved("bank", sale("p-1", "source", "alice", 100), NOW_MILLIS);
        ledger.pending("shop", card("s-2", Operation.SALE, 10));
        ledger.commit();
        assertEquals(Reason.PENDING, present(store().payment(2)).reason());
        assertEquals(Course.NONE, present(store().payment(2)).course());
        ledger.assertToldAlsoAfterReopening();

        ledger.step(2, Reason.PROCESSOR_TIMEOUT, MoneyEffect.UNKNOWN, 10, null);
        ledger.commit();
        assertEquals(
                Reason.PROCESSOR_TIMEOUT,
                present(store().payment("shop", "s-2")).reason());
        ledger.assertToldAlsoAfterReopening();

        ledger.step(2, Reason.APPROVED_PARTIAL, MoneyEffect.MOVED, 8, "ref 1/\u007e");
        ledger.sums(2, PaymentSums.ofSale(8));
        ledger.commit();
        PaymentRecord settled = present(store().payment(2));
        assertEquals(myr(8), settled.amount());
        assertEquals(myr(10), settled.request().amount());
        assertEquals("ref 1/\u007e", settled.course().reference());
        assertEquals(4, settled.course().step());
        assertEquals(92, posted("alice"));
        ledger.assertToldAlsoAfterReopening();

        ledger.refunded("shop", "r-5", 2, 3);
        ledger.commit();
        assertEquals(5, present(store().payment(2)).sums().refundable());
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void tellsWhatWasSettledInTheBatchThatRecordedIt() {
        Ledger ledger = new Ledger();
        ledger.moved("bank", sale("p-1", "source", "alice", 100), NOW_MILLIS);
        ledger.pending("shop", card("s-2", Operation.SALE, 10));
        ledger.step(2, Reason.DO_NOT_HONOR, MoneyEffect.NOT_MOVED, 10, null);
        ledger.pending("shop", card("a-4", Operation.AUTHORIZE, 10));
        ledger.step(4, Reason.APPROVED, MoneyEffect.HELD, 10, "r-4", NOW_MILLIS + 7);
        ledger.sums(4, PaymentSums.ofAuthorization(10));
        ledger.commit();
        assertEquals(List.of("a-4"), openIds());
        assertEquals(List.of(), unresolvedIds());
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void tellsWhatIsReserved() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("s-1", "alice", "kedai", 100), NOW_MILLIS);
        ledger.authorized("shop", "a-2", 60, NOW_MILLIS + 1);
        ledger.commit();
        ledger.sums(1, PaymentSums.ofSale(100).plusRefunded(5).plusRefunding(95));
        ledger.sums(2, PaymentSums.ofAuthorization(60).plusCaptured(10).plusCapturing(20));
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();
        ledger.sums(1, PaymentSums.ofSale(100).plusRefunded(5));
        ledger.sums(2, PaymentSums.ofAuthorization(60).plusCaptured(10));
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void showsWhatIsUnresolvedInTheOrderOfTheSequence() {
        Ledger ledger = new Ledger();
        ledger.moved("bank", sale("p-1", "source", "alice", 100), NOW_MILLIS);
        for (int sequence = 2; sequence <= 5; sequence++) {
            ledger.pending("shop", card("s-" + sequence, Operation.SALE, 10));
        }
        ledger.commit();
        assertEquals(List.of("s-2", "s-3", "s-4", "s-5"), unresolvedIds());
        ledger.assertToldAlsoAfterReopening();

        ledger.step(3, Reason.DO_NOT_HONOR, MoneyEffect.NOT_MOVED, 10, null);
        ledger.step(2, Reason.PROCESSOR_TIMEOUT, MoneyEffect.UNKNOWN, 10, null);
        ledger.commit();
        assertEquals(List.of("s-2", "s-4", "s-5"), unresolvedIds());
        ledger.assertToldAlsoAfterReopening();

        ledger.remark(3, Operation.ANOMALY, 1);
        ledger.step(5, Reason.NOT_EXECUTED, MoneyEffect.NOT_MOVED, 10, null);
        ledger.commit();
        assertEquals(List.of("s-2", "s-3", "s-4"), unresolvedIds());
        ledger.assertToldAlsoAfterReopening();

        ledger.remark(3, Operation.ANOMALY, 1 | 16);
        ledger.commit();
        assertEquals(17, present(store().payment(3)).course().anomalies());
        ledger.remark(3, Operation.ACKNOWLEDGEMENT, 0);
        ledger.commit();
        assertEquals(List.of("s-2", "s-4"), unresolvedIds());
        assertEquals(17, present(store().payment(3)).course().contradicted());
        ledger.assertToldAlsoAfterReopening();

        List<Long> shown = new ArrayList<>();
        store().unresolved(payment -> !shown.add(payment.sequence()));
        assertEquals(List.of(2L), shown, "no more than are wanted");
    }

    @Test
    void letsAnAuthorizationComeBack() {
        Ledger ledger = new Ledger();
        ledger.moved("bank", sale("p-1", "source", "alice", 100), NOW_MILLIS);
        ledger.authorized("shop", "a-2", 10, NOW_MILLIS + 500);
        ledger.pending("shop", card("a-3", Operation.AUTHORIZE, 10));
        ledger.commit();
        assertEquals(List.of("a-2"), openIds(), "what is pending has no expiry yet");

        ledger.step(3, Reason.APPROVED_PARTIAL, MoneyEffect.HELD, 9, "ref", NOW_MILLIS + 400);
        ledger.sums(3, PaymentSums.ofAuthorization(9));
        ledger.commit();
        assertEquals(List.of("a-3", "a-2"), openIds());
        ledger.assertToldAlsoAfterReopening();

        ledger.pending("shop", PaymentRequest.capture("c-5", "a-3", myr(9)));
        ledger.sums(3, PaymentSums.ofAuthorization(9).plusCapturing(9));
        ledger.sums(2, PaymentSums.ofAuthorization(10).plusCapturing(10));
        ledger.commit();
        assertEquals(List.of(), openIds());
        ledger.assertToldAlsoAfterReopening();

        ledger.step(5, Reason.DO_NOT_HONOR, MoneyEffect.NOT_MOVED, 9, null);
        ledger.sums(3, PaymentSums.ofAuthorization(9));
        ledger.sums(2, PaymentSums.ofAuthorization(10).plusCaptured(4));
        ledger.commit();
        assertEquals(List.of("a-3", "a-2"), openIds());
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void keepsTheHistoryAsItWasAppended() {
        Ledger ledger = new Ledger();
        ledger.moved("bank", sale("p-1", "source", "alice", 100), NOW_MILLIS);
        ledger.authorized("shop", "a-2", 10, NOW_MILLIS + 5);
        ledger.pending("shop", card("s-3", Operation.SALE, 10));
        ledger.commit();
        ledger.sums(1, PaymentSums.ofSale(100).plusRefunded(5));
        ledger.sums(2, PaymentSums.ofAuthorization(10).withRestReleased());
        ledger.step(3, Reason.APPROVED, MoneyEffect.MOVED, 10, "ref");
        ledger.sums(3, PaymentSums.ofSale(10));
        ledger.record(new PaymentRecord(
                ledger.next(),
                NOW_MILLIS,
                "shop",
                sale("x-5", "alice", "kedai", 20),
                Reason.APPROVED_PARTIAL,
                MoneyEffect.HELD,
                AccountId.of("alice"),
                AccountId.of("kedai"),
                new PaymentSums(10, 5, 2, 3, 1, 1)));
        ledger.sums(5, new PaymentSums(10, 6, 2, 3));
        ledger.remark(3, Operation.ANOMALY, 4);
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();

        try (History history = store().history()) {
            assertEquals(PaymentSums.ofAuthorization(10), present(history.at(2)).sums());
            assertEquals(Reason.PENDING, present(history.at(3)).reason());
            assertNull(history.at(0));
            assertNull(history.at(7));
            assertEquals(List.of(), history.after(6, 10));
            assertEquals(List.of(), history.after(Long.MAX_VALUE, 1));
            assertEquals(6, history.after(0, Integer.MAX_VALUE).size());
            assertEquals(
                    List.of(3L, 4L),
                    history.after(2, 2).stream().map(PaymentRecord::sequence).toList());
        }
        History history = store().history();
        history.close();
        history.close();
    }

    @Test
    void readsTheHistoryOnAnotherThreadWhileBatchesAreCommitted() throws Exception {
        Ledger ledger = new Ledger();
        ledger.moved("shop-0", sale("p-0", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();
        int batches = 300;
        AtomicLong committed = new AtomicLong(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            PaymentStore store = store();
            Future<List<PaymentRecord>> read = thread.submit(() -> readUpTo(store, 1 + 3L * batches, committed));
            for (int i = 1; i <= batches; i++) {
                // Names and kinds that the reader has not met yet, too.
                ledger.moved("shop-" + i, sale("p-" + i, "alice", "to-" + i, i), NOW_MILLIS + i);
                ledger.pending("shop-" + i, card("s-" + i, Operation.SALE, i));
                Reason reason = i % 2 == 0 ? Reason.DO_NOT_HONOR : Reason.INSUFFICIENT_FUNDS;
                ledger.step(3L * i, reason, MoneyEffect.NOT_MOVED, i, null);
                ledger.commit();
                committed.set(1 + 3L * i);
            }
            assertEquals(ledger.appended, read.get(60, TimeUnit.SECONDS));
        } finally {
            thread.shutdownNow();
        }
        ledger.assertToldAlsoAfterReopening();
    }

    /** Also fails when something that was committed before a call is not there, or something that was not. */
    private static List<PaymentRecord> readUpTo(PaymentStore store, long last, AtomicLong committed) {
        List<PaymentRecord> read = new ArrayList<>();
        try (History history = store.history()) {
            while (read.size() < last && !Thread.currentThread().isInterrupted()) {
                long before = committed.get();
                assertNotNull(history.at(before), "record " + before + " is committed");
                List<PaymentRecord> page = history.after(read.size(), 7);
                assertEquals(true, page.size() >= Math.min(7, before - read.size()), "all that is committed");
                for (PaymentRecord record : page) {
                    assertEquals(read.size() + 1L, record.sequence());
                    read.add(record);
                }
            }
        }
        return read;
    }

    @Test
    void keepsHowFarReadersHaveCome() {
        Ledger ledger = new Ledger();
        assertEquals(0, store().cursor("outbox"));
        ledger.moved("shop", sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        ledger.cursor("outbox", 1);
        ledger.cursor("Outbox", 0);
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();

        ledger.cursor("outbox", 7);
        ledger.cursor("a reader's \"name\"", Long.MAX_VALUE);
        ledger.commit();
        assertEquals(7, store().cursor("outbox"), "also in a batch of nothing else");
        assertEquals(0, store().cursor("other"));
        ledger.assertToldAlsoAfterReopening();
        ledger.moved("shop", sale("p-2", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void keepsTheLimitsOfAccountsAndWhatIsCounted() {
        Limits all = Limits.NONE.perPayment(500).perDay(1000).perWindow(3, Duration.ofMillis(90_001));
        Ledger ledger = new Ledger();
        ledger.open("alice", 0);
        ledger.open("bob", 0);
        ledger.spending("bob", Spending.of(all));
        ledger.open("carol", 0);
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();

        ledger.spending("alice", new Spending(Limits.NONE.perPayment(1), 20_000, 12, NOW_MILLIS, 2));
        ledger.spending("bob", new Spending(all, 20_001, Long.MAX_VALUE, NOW_MILLIS, Integer.MAX_VALUE));
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();

        ledger.spending("alice", Spending.UNLIMITED);
        ledger.spending("bob", Spending.of(Limits.NONE.perWindow(1, Duration.ofDays(366))));
        ledger.spending("carol", Spending.of(Limits.NONE.perDay(Long.MAX_VALUE - 1)));
        ledger.moved("shop", sale("p-1", "dora", "alice", 1), NOW_MILLIS);
        ledger.commit();
        assertEquals(
                Spending.UNLIMITED,
                present(store().account(AccountId.of("alice"))).spending());
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void opensAccountsWithoutAnyRecord() {
        Ledger ledger = new Ledger();
        ledger.open("alice", 0);
        ledger.commit();
        ledger.open("bob", 0);
        ledger.commit();

        assertEquals(0, store().lastSequence());
        assertEquals(0, posted("alice"));
        ledger.moved("shop", sale("p-1", "carol", "bob", 1), NOW_MILLIS);
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void takesAChangeOfNothingForNothing() {
        Ledger ledger = new Ledger();
        ledger.commit();
        assertEquals(0, store().lastSequence());
        ledger.moved("shop", sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void refusesARecordThatLeavesAGap() {
        refuses(3);
    }

    @Test
    void refusesARecordWhoseSequenceNumberIsTaken() {
        refuses(1);
    }

    private void refuses(long sequence) {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();
        PaymentRecord stray = record(sequence, sale("p-2", "alice", "kedai", 1), NOW_MILLIS);

        assertThrows(StoreException.class, () -> commit(List.of(stray), List.of(), List.of(), Map.of()));
        ledger.assertToldAfterReopening();
    }

    @Test
    void refusesAnIdThatItHas() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();
        PaymentRecord again = record(2, sale("p-1", "alice", "kedai", 2), NOW_MILLIS);

        assertThrows(StoreException.class, () -> commit(List.of(again), List.of(), List.of(), Map.of()));
        ledger.assertToldAfterReopening();
    }

    @Test
    void refusesAnIdTwiceInOneBatch() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-0", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();
        PaymentRecord one = record(2, sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        PaymentRecord two = record(3, sale("p-1", "alice", "kedai", 1), NOW_MILLIS);

        assertThrows(StoreException.class, () -> commit(List.of(one, two), List.of(), List.of(), Map.of()));
        ledger.assertToldAfterReopening();
    }

    @Test
    void refusesToOpenAnAccountTwice() {
        Ledger ledger = new Ledger();
        ledger.open("alice", 0);
        ledger.commit();
        Account again = account("alice", 0, 0, 0);

        assertThrows(StoreException.class, () -> commit(List.of(), List.of(again), List.of(), Map.of()));
        ledger.assertToldAfterReopening();
    }

    @Test
    void refusesToChangeAnAccountThatItDoesNotHave() {
        Ledger ledger = new Ledger();
        ledger.open("alice", 0);
        ledger.commit();
        Account unknown = account("bob", 0, 0, 0);

        assertThrows(StoreException.class, () -> commit(List.of(), List.of(), List.of(unknown), Map.of()));
        ledger.assertToldAfterReopening();
    }

    @Test
    void refusesSumsOfARecordThatItDoesNotHave() {
        Ledger ledger = new Ledger();
        ledger.moved("shop", sale("p-1", "alice", "kedai", 1), NOW_MILLIS);
        ledger.commit();

        PaymentRecord missing = record(2, sale("p-2", "alice", "kedai", 1), NOW_MILLIS);
        assertThrows(StoreException.class, () -> commit(List.of(), List.of(), List.of(), Map.of(2L, missing)));
        ledger.assertToldAfterReopening();
    }

    @Test
    void handsOverTheAccountsInTheOrderOfTheirNames() {
        Ledger ledger = new Ledger();
        for (String name : List.of("b", "a:1", "B", "a", "a.2", "10", "9", "_", "a-3", "Z", "aa")) {
            ledger.open(name, 0);
        }
        ledger.commit();
        ledger.open("A", 0);
        ledger.open("c", 0);
        ledger.commit();

        List<String> names = accountsOf(store()).stream()
                .map(account -> account.id().value())
                .toList();
        assertEquals(names.stream().sorted().toList(), names);
        assertEquals(13, names.size());
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void takesABatchOfFiveThousand() {
        Ledger ledger = new Ledger();
        for (int i = 0; i < 5_000; i++) {
            ledger.moved("shop-" + i % 3, sale("p-" + i, "from-" + i % 700, "to-" + i % 900, 1 + i), NOW_MILLIS + i);
        }
        ledger.commit();
        ledger.assertToldAlsoAfterReopening();
    }

    @Test
    void takesManyBatchesOfEverySize() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Ledger ledger = new Ledger();
        int id = 0;
        for (int batch = 0; batch < 150; batch++) {
            int size = random.nextInt(batch % 10 == 0 ? 200 : 20);
            for (int i = 0; i < size; i++) {
                long refundable = random.nextLong(Math.max(1, ledger.next()));
                if (random.nextInt(8) == 0 && ledger.canRefund(refundable)) {
                    ledger.refunded(ledger.principalOf(refundable), "r-" + id++, refundable, 1);
                } else {
                    int from = random.nextInt(50);
                    ledger.moved(
                            "shop-" + random.nextInt(4),
                            sale("p-" + id++, "a-" + from, "a-" + (from + 1 + random.nextInt(49)), 5),
                            NOW_MILLIS + id);
                }
            }
            ledger.commit();
        }
        try {
            ledger.assertToldAlsoAfterReopening();
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }

    @Test
    void canBeClosedAgainAndAfterAFailure() {
        assertThrows(
                StoreException.class,
                () -> commit(List.of(record(9, sale("p-1", "alice", "kedai", 1), 0)), List.of(), List.of(), Map.of()));
        store().close();
        store().close();
    }

    @Test
    void goesOnWhereItStoppedAfterReopening() {
        assumeTrue(isDurable(), "the store forgets");
        Ledger ledger = new Ledger();
        for (int round = 0; round < 4; round++) {
            ledger.moved("shop", sale("p-" + round, "alice", "kedai", 10 + round), NOW_MILLIS + round);
            ledger.commit();
            ledger.assertToldAfterReopening();
        }
        assertEquals(4, store().lastSequence());
        assertEquals(-46, posted("alice"));
    }

    private long posted(String account) {
        return present(store().account(AccountId.of(account))).posted();
    }

    private long heldOn(String account) {
        return present(store().account(AccountId.of(account))).held();
    }

    private long refundedOf(String id) {
        return present(store().payment("shop", id)).sums().refunded();
    }

    private List<String> openIds() {
        List<String> ids = new ArrayList<>();
        store().openAuthorizations(open -> ids.add(open.request().id()));
        return ids;
    }

    private List<String> unresolvedIds() {
        List<String> ids = new ArrayList<>();
        store().unresolved(payment -> ids.add(payment.request().id()));
        return ids;
    }

    private static <T> T present(@Nullable T value) {
        assertNotNull(value);
        return value;
    }

    private static List<Account> accountsOf(PaymentStore store) {
        List<Account> accounts = new ArrayList<>();
        store.forEachAccount(accounts::add);
        return accounts;
    }

    private static Money myr(long minor) {
        return Money.of(minor, "MYR");
    }

    private static Account account(String name, long posted, long held, long floor) {
        return new Account(AccountId.of(name), Money.currency("MYR"), posted, held, floor);
    }

    private static PaymentRequest sale(String id, String payer, String payee, long minor) {
        return new PaymentRequest(
                id,
                Operation.SALE,
                AccountId.of(payer),
                AccountId.of(payee),
                myr(minor),
                null,
                false,
                PaymentRequest.LEDGER,
                Map.of());
    }

    /** From "alice", who has to be there, to "kedai", by a processor. */
    private static PaymentRequest card(String id, Operation type, long minor) {
        return PaymentRequest.builder(id, type)
                .payer("alice")
                .payee("kedai")
                .amount(myr(minor))
                .method("card")
                .build();
    }

    private static PaymentRecord record(long sequence, PaymentRequest sale, long timeMillis) {
        return record(sequence, "shop", sale, timeMillis);
    }

    private static PaymentRecord record(long sequence, String principal, PaymentRequest request, long timeMillis) {
        Money amount = present(request.amount());
        PaymentSums sums = request.type() == Operation.SALE ? PaymentSums.ofSale(amount.minor()) : PaymentSums.NONE;
        return new PaymentRecord(
                sequence,
                timeMillis,
                principal,
                request,
                Reason.APPROVED,
                MoneyEffect.MOVED,
                request.payer(),
                request.payee(),
                sums);
    }

    private void commit(
            List<PaymentRecord> records,
            Collection<Account> opened,
            Collection<Account> changed,
            Map<Long, PaymentRecord> payments) {
        store().commit(new Changes(records, opened, changed, payments, Map.of()));
    }

    /** What the store should tell: gathers a batch at a time, and opens accounts without a floor as they are named. */
    private final class Ledger {
        /** As they were appended, and as they stand now. */
        private final List<PaymentRecord> appended = new ArrayList<>();

        private final List<PaymentRecord> records = new ArrayList<>();
        private final Map<String, Long> cursors = new HashMap<>();
        private final Map<AccountId, Account> accounts = new TreeMap<>(Comparator.comparing(AccountId::value));

        private List<PaymentRecord> newRecords = new ArrayList<>();
        private Map<AccountId, Account> opened = new LinkedHashMap<>();
        private Map<AccountId, Account> changed = new LinkedHashMap<>();
        private Map<Long, PaymentRecord> newPayments = new HashMap<>();
        private Map<String, Long> newCursors = new HashMap<>();

        long next() {
            return records.size() + 1L;
        }

        void open(String name, long floor) {
            put(account(name, 0, 0, floor), true);
        }

        PaymentRecord moved(String principal, PaymentRequest request, long timeMillis) {
            PaymentRecord record = PaymentStoreContract.record(next(), principal, request, timeMillis);
            record(record);
            return record;
        }

        void declined(
                String principal,
                PaymentRequest request,
                Reason reason,
                @Nullable String debited,
                @Nullable String credited) {
            record(new PaymentRecord(
                    next(),
                    NOW_MILLIS,
                    principal,
                    request,
                    reason,
                    MoneyEffect.NOT_MOVED,
                    debited == null ? null : AccountId.of(debited),
                    credited == null ? null : AccountId.of(credited),
                    PaymentSums.NONE));
        }

        void refunded(String principal, String id, long sequence, long minor) {
            PaymentRecord original = records.get((int) sequence - 1);
            record(new PaymentRecord(
                    next(),
                    NOW_MILLIS,
                    principal,
                    PaymentRequest.refund(id, original.request().id(), myr(minor)),
                    Reason.APPROVED,
                    MoneyEffect.MOVED,
                    original.credited(),
                    original.debited(),
                    PaymentSums.NONE));
            sums(sequence, original.sums().plusRefunded(minor));
        }

        /** On the account "alice", which must be there; what it holds is not this test's business. */
        void authorized(String principal, String id, long minor, long expiresMillis) {
            record(new PaymentRecord(
                    next(),
                    NOW_MILLIS,
                    principal,
                    PaymentRequest.authorize(id, "alice", "kedai", myr(minor)),
                    Reason.APPROVED,
                    MoneyEffect.HELD,
                    AccountId.of("alice"),
                    AccountId.of("kedai"),
                    PaymentSums.ofAuthorization(minor),
                    expiresMillis));
        }

        /** What it reserves is not this test's business. */
        void pending(String principal, PaymentRequest request) {
            record(new PaymentRecord(
                    next(),
                    NOW_MILLIS,
                    principal,
                    request,
                    Reason.PENDING,
                    MoneyEffect.UNKNOWN,
                    AccountId.of("alice"),
                    AccountId.of("kedai"),
                    PaymentSums.NONE));
        }

        void step(long sequence, Reason reason, MoneyEffect money, long minor, @Nullable String reference) {
            step(sequence, reason, money, minor, reference, 0);
        }

        /** Appends the outcome of a payment that is pending or in doubt. */
        void step(
                long sequence,
                Reason reason,
                MoneyEffect money,
                long minor,
                @Nullable String reference,
                long expiresMillis) {
            PaymentRecord payment = records.get((int) sequence - 1);
            Course course = payment.course();
            PaymentRecord step = new PaymentRecord(
                    next(),
                    NOW_MILLIS + next(),
                    "bayar:ledger",
                    about(payment, Operation.OUTCOME, minor),
                    reason,
                    money,
                    payment.debited(),
                    payment.credited(),
                    PaymentSums.NONE,
                    expiresMillis);
            record(step);
            Course newCourse = new Course(
                    step.sequence(),
                    payment.takenMillis(),
                    reason.status() == Status.IN_DOUBT ? step.timeMillis() : course.doubtMillis(),
                    myr(minor),
                    reference,
                    course.anomalies(),
                    course.contradicted());
            stands(payment.after(step, payment.sums(), newCourse));
        }

        /** Appends an anomaly, or the acknowledgement of all. */
        void remark(long sequence, Operation type, int anomalies) {
            PaymentRecord payment = records.get((int) sequence - 1);
            Course course = payment.course();
            long minor = present(payment.amount()).minor();
            record(new PaymentRecord(
                    next(),
                    NOW_MILLIS + next(),
                    "bayar:ledger",
                    about(payment, type, minor),
                    payment.reason(),
                    payment.money(),
                    null,
                    null,
                    PaymentSums.NONE));
            PaymentRecord step = records.get((int) course.step() - 1);
            Course newCourse = new Course(
                    course.step(),
                    course.takenMillis(),
                    course.doubtMillis(),
                    course.amount(),
                    course.reference(),
                    anomalies,
                    course.contradicted() | anomalies);
            stands(payment.after(step, payment.sums(), newCourse));
        }

        private PaymentRequest about(PaymentRecord payment, Operation type, long minor) {
            String id = "bayar:" + type.code() + ":" + payment.sequence() + ":" + next();
            return PaymentRequest.builder(id, type)
                    .payment(payment.request().id())
                    .amount(myr(minor))
                    .metadata(Map.of("source", "inquiry", "note", "as the acquirer says"))
                    .build();
        }

        void cursor(String name, long sequence) {
            cursors.put(name, sequence);
            newCursors.put(name, sequence);
        }

        void spending(String name, Spending spending) {
            Account before = accounts.get(AccountId.of(name));
            put(
                    new Account(
                            before.id(), before.currency(), before.posted(), before.held(), before.floor(), spending),
                    false);
        }

        boolean canRefund(long sequence) {
            return sequence >= 1 && records.get((int) sequence - 1).sums().refundable() > 0;
        }

        String principalOf(long sequence) {
            return records.get((int) sequence - 1).principal();
        }

        void record(PaymentRecord record) {
            appended.add(record);
            records.add(record);
            newRecords.add(record);
            boolean hasAccounts = record.debited() != null && record.credited() != null;
            if (record.money() == MoneyEffect.MOVED && hasAccounts) {
                long minor = present(record.request().amount()).minor();
                post(present(record.debited()), -minor);
                post(present(record.credited()), minor);
            }
        }

        void sums(long sequence, PaymentSums sums) {
            stands(records.get((int) sequence - 1).withSums(sums));
        }

        private void stands(PaymentRecord now) {
            newPayments.put(now.sequence(), now);
            records.set((int) now.sequence() - 1, now);
        }

        void hold(String name, long minor) {
            Account before = accounts.get(AccountId.of(name));
            put(account(name, before.posted(), minor, before.floor()), false);
        }

        private void post(AccountId id, long minor) {
            Account before = accounts.get(id);
            if (before == null) {
                put(account(id.value(), minor, 0, Long.MIN_VALUE), true);
            } else {
                put(before.plusPosted(minor), false);
            }
        }

        private void put(Account account, boolean isNew) {
            accounts.put(account.id(), account);
            if (isNew || opened.containsKey(account.id())) {
                opened.put(account.id(), account);
            } else {
                changed.put(account.id(), account);
            }
        }

        void commit() {
            store().commit(new Changes(newRecords, opened.values(), changed.values(), newPayments, newCursors));
            newRecords = new ArrayList<>();
            opened = new LinkedHashMap<>();
            changed = new LinkedHashMap<>();
            newPayments = new HashMap<>();
            newCursors = new HashMap<>();
        }

        void assertToldAlsoAfterReopening() {
            assertTold(store());
            assertToldAfterReopening();
        }

        /** Only for durable stores, since a store that has failed is not asked any more. */
        void assertToldAfterReopening() {
            if (isDurable()) {
                store().close();
                current = reopen();
                assertTold(store());
            }
        }

        private void assertTold(PaymentStore store) {
            assertEquals(records.size(), store.lastSequence());
            assertEquals(
                    appended.isEmpty() ? 0 : appended.get(appended.size() - 1).timeMillis(), store.lastTimeMillis());
            assertNull(store.payment(0));
            assertNull(store.payment(records.size() + 1L));
            for (PaymentRecord record : records) {
                assertEquals(
                        record,
                        store.payment(record.principal(), record.request().id()));
                assertEquals(record, store.payment(record.sequence()));
            }
            try (History history = store.history()) {
                assertEquals(appended, history.after(0, appended.size() + 1));
            }
            List<PaymentRecord> unresolved = new ArrayList<>();
            store.unresolved(unresolved::add);
            assertEquals(records.stream().filter(PaymentRecord::isUnresolved).toList(), unresolved);
            cursors.forEach((name, sequence) -> assertEquals(sequence, store.cursor(name), name));
            List<PaymentRecord> open = new ArrayList<>();
            store.openAuthorizations(open::add);
            assertEquals(
                    records.stream()
                            .filter(PaymentRecord::isOpen)
                            .sorted(Comparator.comparingLong(PaymentRecord::expiresMillis))
                            .toList(),
                    open);
            assertEquals(List.copyOf(accounts.values()), accountsOf(store));
            accounts.forEach((id, account) -> assertEquals(account, store.account(id)));
        }
    }
}
