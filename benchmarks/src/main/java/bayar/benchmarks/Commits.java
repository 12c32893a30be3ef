package bayar.benchmarks;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/** The batches of payments that a store alone is given, always the same: between accounts of which few are much used. */
final class Commits {
    private static final Currency MYR = Money.currency("MYR");
    private static final int PRINCIPALS = 16;
    private static final int LARGE_BATCH = 2048;
    private static final double ZIPF_EXPONENT = 0.99;
    private static final long NOW_MILLIS = 1_795_420_800_000L;

    private final SplittableRandom random = new SplittableRandom(1);
    private final double[] cumulative;
    private final AccountId[] ids;
    private final Account[] accounts;
    private long sequence;
    private long earliestMillis = NOW_MILLIS;

    Commits(int count) {
        cumulative = new double[count];
        ids = new AccountId[count];
        accounts = new Account[count];
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += 1 / Math.pow(i + 1, ZIPF_EXPONENT);
            cumulative[i] = total;
            ids[i] = AccountId.of("account-" + i);
            accounts[i] = new Account(ids[i], MYR, 0, 0, Long.MIN_VALUE);
        }
    }

    /** The first, which opens the accounts. */
    Changes opening() {
        return new Changes(List.of(), List.of(accounts), List.of(), Map.of(), Map.of());
    }

    /** The sequence number of the last payment made. */
    long sequence() {
        return sequence;
    }

    /** Commits payments, in large batches, until the store has so many. */
    void fill(PaymentStore store, long payments) {
        // Others may have paid there meanwhile.
        sequence = store.lastSequence();
        earliestMillis = store.lastTimeMillis();
        while (sequence < payments) {
            store.commit(next((int) Math.min(LARGE_BATCH, payments - sequence)));
        }
    }

    /** The next, of so many payments. */
    Changes next(int size) {
        List<PaymentRecord> records = new ArrayList<>(size);
        Map<AccountId, Account> changed = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            int from = zipf();
            int to = zipf();
            if (from == to) {
                to = (to + 1) % ids.length;
            }
            long minor = 1 + random.nextInt(10_000);
            accounts[from] = accounts[from].plusPosted(-minor);
            accounts[to] = accounts[to].plusPosted(minor);
            changed.put(ids[from], accounts[from]);
            changed.put(ids[to], accounts[to]);
            String id = new UUID(random.nextLong(), random.nextLong()).toString();
            records.add(new PaymentRecord(
                    ++sequence,
                    Math.max(earliestMillis, NOW_MILLIS + sequence / 100),
                    "shop-" + random.nextInt(PRINCIPALS),
                    new PaymentRequest(
                            id,
                            Operation.SALE,
                            ids[from],
                            ids[to],
                            new Money(minor, MYR),
                            null,
                            false,
                            PaymentRequest.LEDGER,
                            Map.of()),
                    Reason.APPROVED,
                    MoneyEffect.MOVED,
                    ids[from],
                    ids[to],
                    PaymentSums.ofSale(minor)));
        }
        return new Changes(records, List.of(), changed.values(), Map.of(), Map.of());
    }

    private int zipf() {
        int found = Arrays.binarySearch(cumulative, random.nextDouble() * cumulative[ids.length - 1]);
        return found < 0 ? Math.min(-found - 1, ids.length - 1) : found;
    }
}
