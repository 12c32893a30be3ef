package bayar.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import bayar.AccountId;
import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A ledger whose payments a card processor does, for which the test speaks: alice has 1000, and limits, kedai nothing. */
final class CardLedger {
    static final long NOON = 1_795_435_200_000L;
    static final Duration LIFETIME = Duration.ofDays(7);
    static final Duration FINALITY = Duration.ofMinutes(5);
    static final String CARD = "card";
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");

    final MemoryStore store = new MemoryStore();
    Ledger ledger = new Ledger(store, 0, 0, LIFETIME);
    long nowMillis = NOON;
    /** The methods for which a place was asked. */
    final List<String> asked = new ArrayList<>();
    /** Why there is none. */
    @Nullable
    Refusal noPlace;

    CardLedger() {
        this(Limits.NONE.perDay(100_000));
    }

    /** With these limits on alice. */
    CardLedger(Limits limits) {
        this(limits, NOON);
    }

    /** With these limits on alice, from this time on. */
    CardLedger(Limits limits, long beginMillis) {
        nowMillis = beginMillis;
        ledger.open(new NewAccount(AccountId.of("alice"), myr(1000), 0, limits), nowMillis);
        ledger.open(NewAccount.of("kedai", myr(0)), nowMillis);
        commit();
    }

    static Money myr(long minor) {
        return Money.of(minor, "MYR");
    }

    Receipt authorize(String id, long minor) {
        return decide(beginning(id, Operation.AUTHORIZE, minor));
    }

    Receipt sale(String id, long minor) {
        return decide(beginning(id, Operation.SALE, minor));
    }

    static PaymentRequest beginning(String id, Operation type, long minor) {
        return PaymentRequest.builder(id, type)
                .payer("alice")
                .payee("kedai")
                .amount(myr(minor))
                .method(CARD)
                .build();
    }

    Receipt capture(String id, String payment, long minor) {
        return decide(PaymentRequest.capture(id, payment, myr(minor)));
    }

    Receipt finalCapture(String id, String payment, long minor) {
        return decide(PaymentRequest.builder(id, Operation.CAPTURE)
                .payment(payment)
                .amount(myr(minor))
                .isFinal(true)
                .build());
    }

    Receipt voidOf(String id, String payment) {
        return decide(PaymentRequest.voidOf(id, payment));
    }

    Receipt refund(String id, String payment, long minor) {
        return decide(PaymentRequest.refund(id, payment, myr(minor)));
    }

    Receipt inquire(String payment) {
        return decide(PaymentRequest.inquiry("i", payment));
    }

    Receipt decide(PaymentRequest request) {
        Receipt receipt = decideInBatch(request);
        commit();
        return receipt;
    }

    Receipt decideInBatch(PaymentRequest request) {
        return ledger.decide(SHOP, request, Long.MAX_VALUE, nowMillis, method -> {
            asked.add(method);
            return noPlace;
        });
    }

    /** An authorization of this much that the processor has approved. */
    void authorized(String id, long minor) {
        assertEquals(Reason.PENDING, authorize(id, minor).reason());
        tell(id, Outcome.approved(myr(minor)));
    }

    /** A sale of this much that the processor has approved. */
    void sold(String id, long minor) {
        assertEquals(Reason.PENDING, sale(id, minor).reason());
        tell(id, Outcome.approved(myr(minor)));
    }

    /** The processor's answer. */
    Settlement tell(String id, Outcome outcome) {
        return tell(id, Source.PROCESS, outcome);
    }

    Settlement tell(String id, Source source, Outcome outcome) {
        return settle(id, Evidence.of(source, outcome, FINALITY));
    }

    /** An operator's word. */
    Settlement resolve(String id, Outcome outcome) {
        return settle(id, Evidence.ofOperator("siti", outcome));
    }

    Settlement settle(String id, Evidence evidence) {
        Settlement settlement = ledger.settle(payment(id).sequence(), evidence, nowMillis);
        assertEquals(settlement.isChanged(), !ledger.changes().isEmpty(), "changes exactly where it says so");
        commit();
        return settlement;
    }

    Settlement reverse(String id) {
        Settlement settlement = ledger.reverse(payment(id).sequence(), null, "no answer", nowMillis);
        commit();
        return settlement;
    }

    void acknowledge(String id) {
        ledger.acknowledge(payment(id).sequence(), "siti", "paid back by hand", nowMillis);
        commit();
    }

    int release() {
        int released = ledger.releaseExpired(nowMillis);
        commit();
        return released;
    }

    void pass(Duration time) {
        nowMillis += time.toMillis();
    }

    PaymentRecord payment(String id) {
        PaymentRecord payment = ledger.payment("shop", id);
        assertNotNull(payment, id);
        return payment;
    }

    Reason reason(String id) {
        return payment(id).reason();
    }

    PaymentSums sums(String id) {
        return payment(id).sums();
    }

    /** The record that was appended last. */
    PaymentRecord last() {
        return store.history().after(store.lastSequence() - 1, 1).get(0);
    }

    Account account(String name) {
        Account account = ledger.account(AccountId.of(name));
        assertNotNull(account, name);
        return account;
    }

    /** What is on the two accounts, and what is held of it. */
    void assertMoney(long alice, long aliceHeld, long kedai, long kedaiHeld) {
        assertEquals(
                "alice %d of which held %d, kedai %d of which held %d".formatted(alice, aliceHeld, kedai, kedaiHeld),
                "alice %d of which held %d, kedai %d of which held %d"
                        .formatted(
                                account("alice").posted(),
                                account("alice").held(),
                                account("kedai").posted(),
                                account("kedai").held()));
    }

    /** What alice has spent today, and how often in the window. */
    void assertSpent(long dayMinor, int count) {
        Spending spending = account("alice").spending();
        assertEquals(
                dayMinor + " in " + count + " payments",
                spending.dayMinor() + " in " + spending.windowCount() + " payments");
    }

    void assertUnresolved(String... ids) {
        List<String> unresolved = new ArrayList<>();
        store.unresolved(payment -> unresolved.add(payment.request().id()));
        assertEquals(List.of(ids), unresolved);
    }

    void commit() {
        store.commit(ledger.changes());
        ledger.committed();
    }
}
