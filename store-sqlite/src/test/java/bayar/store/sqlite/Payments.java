package bayar.store.sqlite;

import bayar.AccountId;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.Evidence;
import bayar.ledger.Ledger;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Source;
import bayar.store.PaymentStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fills a store for tests: sales of 10 sen from "alice" to "kedai", of principal "shop". */
final class Payments {
    static final long NOW_MILLIS = 1_795_420_800_123L;
    static final long AMOUNT = 10;
    private static final long WEEK_MILLIS = 7 * 24 * 3600 * 1000L;

    private static final AccountId ALICE = AccountId.of("alice");
    private static final AccountId KEDAI = AccountId.of("kedai");

    /** Commits one batch of sales with these ids; opens the accounts with the first. */
    static void commit(PaymentStore store, String... ids) {
        List<PaymentRecord> records = new ArrayList<>();
        for (String id : ids) {
            records.add(sale(store.lastSequence() + 1 + records.size(), id));
        }
        long moved = AMOUNT * ids.length;
        Account alice = store.account(ALICE);
        Account kedai = store.account(KEDAI);
        if (alice == null || kedai == null) {
            List<Account> opened = List.of(account(ALICE, -moved), account(KEDAI, moved));
            store.commit(new Changes(records, opened, List.of(), Map.of(), Map.of()));
        } else {
            List<Account> changed = List.of(alice.plusPosted(-moved), kedai.plusPosted(moved));
            store.commit(new Changes(records, List.of(), changed, Map.of(), Map.of()));
        }
    }

    /** Commits a refund of one sen of the payment with this sequence number, which is not refunded yet. */
    static void refund(PaymentStore store, String id, long sequence, String payment) {
        PaymentRecord refund = new PaymentRecord(
                store.lastSequence() + 1,
                NOW_MILLIS,
                "shop",
                PaymentRequest.refund(id, payment, Money.of(1, "MYR")),
                Reason.APPROVED,
                MoneyEffect.MOVED,
                KEDAI,
                ALICE,
                PaymentSums.NONE);
        List<Account> changed =
                List.of(store.account(ALICE).plusPosted(1), store.account(KEDAI).plusPosted(-1));
        store.commit(new Changes(
                List.of(refund),
                List.of(),
                changed,
                with(store, sequence, PaymentSums.ofSale(AMOUNT).plusRefunded(1)),
                Map.of()));
    }

    /** Commits an authorization of 10 sen, for a week. */
    static void authorize(PaymentStore store, String id) {
        PaymentRecord authorization = new PaymentRecord(
                store.lastSequence() + 1,
                NOW_MILLIS,
                "shop",
                PaymentRequest.authorize(id, "alice", "kedai", Money.of(AMOUNT, "MYR")),
                Reason.APPROVED,
                MoneyEffect.HELD,
                ALICE,
                KEDAI,
                PaymentSums.ofAuthorization(AMOUNT),
                NOW_MILLIS + WEEK_MILLIS);
        store.commit(new Changes(
                List.of(authorization), List.of(), List.of(store.account(ALICE).plusHeld(AMOUNT)), Map.of(), Map.of()));
    }

    /** Commits a capture of four sen of the authorization with this sequence number, the first of it. */
    static void capture(PaymentStore store, String id, long sequence, String payment) {
        PaymentRecord capture = new PaymentRecord(
                store.lastSequence() + 1,
                NOW_MILLIS,
                "shop",
                PaymentRequest.capture(id, payment, Money.of(4, "MYR")),
                Reason.APPROVED,
                MoneyEffect.MOVED,
                ALICE,
                KEDAI,
                PaymentSums.NONE);
        List<Account> changed = List.of(
                store.account(ALICE).plusHeld(-4).plusPosted(-4),
                store.account(KEDAI).plusPosted(4));
        store.commit(new Changes(
                List.of(capture),
                List.of(),
                changed,
                with(store, sequence, PaymentSums.ofAuthorization(AMOUNT).plusCaptured(4)),
                Map.of()));
    }

    /** Commits the expiry of the authorization with this sequence number, of which four sen were captured. */
    static void expire(PaymentStore store, long sequence, String payment) {
        PaymentRecord release = new PaymentRecord(
                store.lastSequence() + 1,
                NOW_MILLIS,
                "bayar:ledger",
                PaymentRequest.voidOf("bayar:expire:" + sequence, payment),
                Reason.APPROVED,
                MoneyEffect.NOT_MOVED,
                ALICE,
                KEDAI,
                PaymentSums.NONE);
        store.commit(new Changes(
                List.of(release),
                List.of(),
                List.of(store.account(ALICE).plusHeld(4 - AMOUNT)),
                with(
                        store,
                        sequence,
                        PaymentSums.ofAuthorization(AMOUNT).plusCaptured(4).withRestReleased()),
                Map.of()));
    }

    private static Map<Long, PaymentRecord> with(PaymentStore store, long sequence, PaymentSums sums) {
        return Map.of(sequence, store.payment(sequence).withSums(sums));
    }

    /** Commits what the ledger makes of a request of "shop", for which a processor may work. */
    static void decide(PaymentStore store, PaymentRequest request) {
        Ledger ledger = ledger(store);
        Principal shop = Principal.named("shop").mayDebit("*");
        ledger.decide(shop, request, Long.MAX_VALUE, NOW_MILLIS, method -> null);
        store.commit(ledger.changes());
    }

    /** A request for 10 sen from "alice" to "kedai" by a processor. */
    static PaymentRequest card(String id, Operation type) {
        return PaymentRequest.builder(id, type)
                .payer(ALICE)
                .payee(KEDAI)
                .amount(Money.of(AMOUNT, "MYR"))
                .method("card")
                .build();
    }

    /** Commits what the ledger makes of this outcome of the payment with this sequence number. */
    static void tell(PaymentStore store, long sequence, Outcome outcome) {
        Ledger ledger = ledger(store);
        ledger.settle(sequence, Evidence.of(Source.INQUIRY, outcome, Duration.ofDays(1)), NOW_MILLIS + 1000);
        store.commit(ledger.changes());
    }

    /** A ledger over what is in the store. */
    static Ledger ledger(PaymentStore store) {
        return new Ledger(store, store.lastSequence(), store.lastTimeMillis(), Ledger.DEFAULT_AUTHORIZATION_LIFETIME);
    }

    private static Account account(AccountId id, long posted) {
        return new Account(id, Money.currency("MYR"), posted, 0, Long.MIN_VALUE);
    }

    private static PaymentRecord sale(long sequence, String id) {
        return new PaymentRecord(
                sequence,
                NOW_MILLIS,
                "shop",
                PaymentRequest.sale(id, "alice", "kedai", Money.of(AMOUNT, "MYR")),
                Reason.APPROVED,
                MoneyEffect.MOVED,
                ALICE,
                KEDAI,
                PaymentSums.ofSale(AMOUNT));
    }

    private Payments() {}
}
