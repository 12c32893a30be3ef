package bayar.store.sqlite;

import bayar.AccountId;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Reason;
import bayar.ledger.Account;
import bayar.ledger.Changes;
import bayar.ledger.PaymentRecord;
import bayar.store.PaymentStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        Map<Long, PaymentSums> noSums = new LinkedHashMap<>();
        if (alice == null || kedai == null) {
            List<Account> opened = List.of(account(ALICE, -moved), account(KEDAI, moved));
            store.commit(new Changes(records, opened, List.of(), noSums));
        } else {
            List<Account> changed = List.of(alice.plusPosted(-moved), kedai.plusPosted(moved));
            store.commit(new Changes(records, List.of(), changed, noSums));
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
                Map.of(sequence, PaymentSums.ofSale(AMOUNT).plusRefunded(1))));
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
                List.of(authorization), List.of(), List.of(store.account(ALICE).plusHeld(AMOUNT)), Map.of()));
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
                Map.of(sequence, PaymentSums.ofAuthorization(AMOUNT).plusCaptured(4))));
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
                Map.of(
                        sequence,
                        PaymentSums.ofAuthorization(AMOUNT).plusCaptured(4).withRestReleased())));
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
