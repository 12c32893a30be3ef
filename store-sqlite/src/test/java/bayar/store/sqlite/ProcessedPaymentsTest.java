package bayar.store.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.Operation;
import bayar.Outcome;
import bayar.PaymentRequest;
import bayar.Principal;
import bayar.Reason;
import bayar.Status;
import bayar.ledger.Account;
import bayar.ledger.Evidence;
import bayar.ledger.Ledger;
import bayar.ledger.Limits;
import bayar.ledger.NewAccount;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Source;
import bayar.store.MemoryStore;
import bayar.store.PaymentStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Payments that a processor does, with random answers, over this store and the one in memory: both tell the same, also
 * after restarts, and the history is sound. The system property {@code bayar.model.seed} says which random ones.
 */
class ProcessedPaymentsTest {
    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final Duration FINALITY = Duration.ofMinutes(10);
    private static final Principal SHOP = Principal.named("shop").mayDebit("*");
    private static final List<String> ACCOUNTS = List.of("alice", "bob", "kedai");
    private static final Operation[] ASKED = {
        Operation.AUTHORIZE, Operation.AUTHORIZE, Operation.SALE, Operation.TRANSFER, Operation.CAPTURE,
        Operation.CAPTURE, Operation.CAPTURE, Operation.VOID, Operation.REFUND, Operation.REFUND
    };

    @TempDir
    Path directory;

    private final MemoryStore memory = new MemoryStore();
    private final Map<String, Integer> settled = new TreeMap<>();
    private final List<String> begun = new ArrayList<>();
    private final List<Long> processed = new ArrayList<>();
    private Random random = new Random();
    private SqliteStore store;
    private Ledger ledger;
    private long nowMillis = Payments.NOW_MILLIS;

    @Test
    void areToldAsTheStoreInMemoryTellsThem() {
        long seed = Long.getLong("bayar.model.seed", new Random().nextLong());
        random = new Random(seed);
        open();
        try {
            for (String name : ACCOUNTS) {
                ledger.open(NewAccount.of(name, Money.of(20_000, "MYR")), nowMillis);
            }
            commit();
            for (int batch = 0; batch < 1500; batch++) {
                nowMillis += random.nextInt(60_000);
                ledger.releaseExpired(nowMillis);
                for (int i = random.nextInt(12); i > 0; i--) {
                    act();
                }
                commit();
                if (batch % 150 == 0) {
                    store.close();
                    open();
                    compare();
                }
            }
            compare();
            assertReachedAll();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("with -Dbayar.model.seed=" + seed + ": " + e.getMessage(), e);
        } finally {
            store.close();
        }
        assertEquals(unresolved(memory), readUnresolved());
        HistoryReport report = SqliteStore.verify(directory, reached -> {});
        assertTrue(report.isSound(), () -> "seed " + seed + ": " + report);
    }

    private void open() {
        store = SqliteStore.open(directory, SipHash::new, new SqliteStore.Tuning(4, 3, 20));
        ledger = new Ledger(store, store.lastSequence(), store.lastTimeMillis(), LIFETIME);
    }

    private void commit() {
        for (PaymentRecord record : ledger.changes().records()) {
            if (record.reason() == Reason.PENDING) {
                processed.add(record.sequence());
            }
        }
        memory.commit(ledger.changes());
        store.commit(ledger.changes());
        ledger.committed();
    }

    private void act() {
        switch (random.nextInt(20)) {
            case 0 -> ledger.moveCursor("reader-" + random.nextInt(3), random.nextInt(1000));
            case 1 -> {
                Limits limits = random.nextBoolean() ? Limits.NONE : Limits.NONE.perWindow(9, FINALITY);
                ledger.limit(AccountId.of(ACCOUNTS.get(random.nextInt(3))), limits.perDay(1 + random.nextInt(90_000)));
                ledger.limit(AccountId.of("bob"), limits);
            }
            case 2, 3, 4, 5, 6, 7, 8, 9 -> ask();
            default -> tell();
        }
    }

    private void ask() {
        Operation type = ASKED[random.nextInt(ASKED.length)];
        PaymentRequest.Builder request = new PaymentRequest.Builder()
                .id("p-" + (ledger.changes().records().size() + store.lastSequence()) + "-" + random.nextInt())
                .type(type);
        if (type.carriesAmount()) {
            request.amount(Money.of(1 + random.nextInt(60), "MYR"));
        }
        if (type.namesPayment()) {
            if (begun.isEmpty()) {
                return;
            }
            request.payment(oneOfTheLast(
                            begun, id -> ledger.payment("shop", id).sums().authorized() > 0))
                    .isFinal(type == Operation.CAPTURE && random.nextInt(4) == 0);
        } else {
            int payer = random.nextInt(3);
            request.payer(ACCOUNTS.get(payer)).payee(ACCOUNTS.get((payer + 1 + random.nextInt(2)) % 3));
            boolean isInside = type == Operation.TRANSFER || random.nextInt(4) == 0;
            request.method(isInside ? PaymentRequest.LEDGER : "card");
        }
        PaymentRequest made = request.build();
        ledger.decide(SHOP, made, Long.MAX_VALUE, nowMillis, method -> null);
        if (!type.namesPayment()) {
            begun.add(made.id());
        }
    }

    /** Mostly one for which this holds. */
    private <T> T oneOfTheLast(List<T> all, Predicate<T> wanted) {
        T one = all.get(all.size() - 1);
        for (int tries = 0; tries < 4; tries++) {
            one = all.get(Math.max(0, all.size() - 1 - random.nextInt(30)));
            if (wanted.test(one)) {
                return one;
            }
        }
        return one;
    }

    private void tell() {
        if (processed.isEmpty()) {
            return;
        }
        long sequence = oneOfTheLast(
                processed, settling -> !ledger.payment(settling).status().isFinal());
        PaymentRecord payment = ledger.payment(sequence);
        if (payment.course().anomalies() != 0 && random.nextBoolean()) {
            ledger.acknowledge(sequence, "aminah", "looked into it", nowMillis);
            count("acknowledged");
        } else if (payment.status() == Status.IN_DOUBT && random.nextInt(5) == 0) {
            ledger.reverse(sequence, null, "nobody knows", nowMillis);
            count("reverse");
        } else {
            Outcome outcome = outcome(payment);
            String told = random.nextInt(3) == 0 ? "ref-" + random.nextInt(5) : null;
            Outcome referred = told == null ? outcome : outcome.withReference(told);
            Evidence evidence = Evidence.of(Source.INQUIRY, referred, FINALITY);
            if (ledger.settle(sequence, evidence, nowMillis).isChanged()) {
                PaymentRecord now = ledger.payment(sequence);
                boolean isContradicted =
                        now.course().contradicted() != payment.course().contradicted();
                count(payment.request().type().code() + " "
                        + (isContradicted ? "contradicted" : now.status().code()));
            }
        }
    }

    private Outcome outcome(PaymentRecord payment) {
        Money amount = ledger.amount(payment);
        return switch (random.nextInt(8)) {
            case 0, 1 -> Outcome.approved(amount);
            case 2 ->
                amount.minor() > 1
                        ? Outcome.approvedPartly(new Money(amount.minor() - 1, amount.currency()))
                        : Outcome.approved(amount);
            case 3 -> Outcome.approved(new Money(amount.minor() + 1, amount.currency()));
            case 4 -> Outcome.declined(Reason.DO_NOT_HONOR);
            case 5 -> Outcome.notFound();
            case 6 -> Outcome.reversed();
            default -> Outcome.unknown("nobody knows");
        };
    }

    private void count(String what) {
        settled.merge(what, 1, Integer::sum);
    }

    private void compare() {
        assertEquals(memory.lastSequence(), store.lastSequence());
        for (long sequence = 1; sequence <= memory.lastSequence(); sequence++) {
            assertEquals(memory.payment(sequence), store.payment(sequence));
        }
        assertEquals(open(memory), open(store));
        assertEquals(unresolved(memory), unresolved(store));
        assertEquals(unresolved(memory), readUnresolved());
        assertEquals(accounts(memory), accounts(store));
        for (int i = 0; i < 3; i++) {
            assertEquals(memory.cursor("reader-" + i), store.cursor("reader-" + i));
        }
    }

    private static List<PaymentRecord> open(PaymentStore store) {
        List<PaymentRecord> open = new ArrayList<>();
        store.openAuthorizations(open::add);
        return open;
    }

    private static List<PaymentRecord> unresolved(PaymentStore store) {
        List<PaymentRecord> unresolved = new ArrayList<>();
        store.unresolved(unresolved::add);
        return unresolved;
    }

    /** As whoever has not opened the ledger sees it. */
    private List<PaymentRecord> readUnresolved() {
        List<PaymentRecord> unresolved = new ArrayList<>();
        SqliteStore.readUnresolved(directory, unresolved::add);
        return unresolved;
    }

    private static List<Account> accounts(PaymentStore store) {
        List<Account> accounts = new ArrayList<>();
        store.forEachAccount(accounts::add);
        return accounts;
    }

    private void assertReachedAll() {
        for (String type : List.of("authorize", "sale", "capture", "void", "refund")) {
            for (String end : List.of("approved", "declined", "in_doubt", "contradicted")) {
                assertTrue(settled.containsKey(type + " " + end), () -> type + " " + end + " is not in " + settled);
            }
        }
        assertTrue(settled.containsKey("acknowledged") && settled.containsKey("reverse"), settled::toString);
    }
}
