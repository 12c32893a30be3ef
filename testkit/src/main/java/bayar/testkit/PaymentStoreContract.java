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
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.PaymentStore;
import bayar.store.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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
        private final List<PaymentRecord> records = new ArrayList<>();
        private final Map<AccountId, Account> accounts = new TreeMap<>(Comparator.comparing(AccountId::value));

        private List<PaymentRecord> newRecords = new ArrayList<>();
        private Map<AccountId, Account> opened = new LinkedHashMap<>();
        private Map<AccountId, Account> changed = new LinkedHashMap<>();
        private Map<Long, PaymentRecord> newPayments = new HashMap<>();

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

        boolean canRefund(long sequence) {
            return sequence >= 1 && records.get((int) sequence - 1).sums().refundable() > 0;
        }

        String principalOf(long sequence) {
            return records.get((int) sequence - 1).principal();
        }

        void record(PaymentRecord record) {
            records.add(record);
            newRecords.add(record);
            if (record.money() == MoneyEffect.MOVED) {
                long minor = present(record.request().amount()).minor();
                post(present(record.debited()), -minor);
                post(present(record.credited()), minor);
            }
        }

        void sums(long sequence, PaymentSums sums) {
            PaymentRecord now = records.get((int) sequence - 1).withSums(sums);
            newPayments.put(sequence, now);
            records.set((int) sequence - 1, now);
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
            PaymentStoreContract.this.commit(newRecords, opened.values(), changed.values(), newPayments);
            newRecords = new ArrayList<>();
            opened = new LinkedHashMap<>();
            changed = new LinkedHashMap<>();
            newPayments = new HashMap<>();
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
            assertEquals(records.isEmpty() ? 0 : records.get(records.size() - 1).timeMillis(), store.lastTimeMillis());
            for (PaymentRecord record : records) {
                assertEquals(
                        record,
                        store.payment(record.principal(), record.request().id()));
            }
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
