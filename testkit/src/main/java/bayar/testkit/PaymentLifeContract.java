package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.AccountId;
import bayar.Money;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Status;
import bayar.ledger.Account;
import bayar.ledger.Ledger;
import bayar.ledger.NewAccount;
import bayar.ledger.PaymentRecord;
import bayar.store.PaymentStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What becomes of payments over a {@link PaymentStore}, whatever is asked in whatever order: random requests, batches,
 * abandoned batches, leaps of time and restarts, compared after every step with a plain model. Extend it, say how a store
 * is opened, and run it with JUnit 6.
 *
 * <p>The system property {@code bayar.model.steps} says how many steps, {@code bayar.model.seed} which; a failure names its
 * seed.
 */
public abstract class PaymentLifeContract {
    private static final long BEGIN_MILLIS = 1_795_420_800_123L;
    private static final Duration LIFETIME = Duration.ofHours(6);
    private static final List<String> ACCOUNTS = List.of("alice", "bob", "kedai", "overdraft", "float", "euros");
    private static final List<Principal> PRINCIPALS = List.of(
            Principal.named("shop").mayDebit("*"), Principal.named("till").mayDebit("alice", "k*"));
    private static final Operation[] ASKED = {
        Operation.AUTHORIZE, Operation.AUTHORIZE, Operation.CAPTURE, Operation.CAPTURE, Operation.CAPTURE,
        Operation.VOID, Operation.SALE, Operation.REFUND, Operation.REFUND, Operation.TRANSFER
    };

    /** For subclasses. */
    protected PaymentLifeContract() {}

    /** Opens a store with nothing in it. */
    protected abstract PaymentStore open();

    /** Opens what was opened last, after it was closed; or gives it back, if it would be forgotten. */
    protected abstract PaymentStore reopen();

    /** How many steps, unless the system property says so. */
    protected int steps() {
        return 20_000;
    }

    /** Looks at what is left when the store has been closed; nothing by default. */
    protected void assertSound() {}

    @Test
    void everyPaymentGoesTheWayOfThePlainModel() {
        long seed = Long.getLong("bayar.model.seed", new Random().nextLong());
        int steps = Integer.getInteger("bayar.model.steps", steps());
        System.out.println(getClass().getSimpleName() + ": " + steps + " steps of seed " + seed);
        Run run = new Run(new Random(seed));
        try {
            run.begin();
            for (int step = 1; step <= steps; step++) {
                run.step();
            }
            run.end();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("with -Dbayar.model.seed=" + seed + ": " + e.getMessage(), e);
        } finally {
            run.store.close();
        }
        System.out.println(run.outcomes);
        assertSound();
    }

    /** The plain model: what a banker would do with a ledger of paper. */
    private static final class Model {
        private record Key(String principal, String id) {}

        private static final class Entry {
            private final PaymentRequest request;
            private final Receipt receipt;
            private final @Nullable String payer;
            private final @Nullable String payee;
            private long authorized, captured, released, refunded, expires;
            private boolean expired;

            Entry(PaymentRequest request, Receipt receipt, @Nullable Entry original) {
                this.request = request;
                this.receipt = receipt;
                this.payer = payer(request, original);
                this.payee = payee(request, original);
            }

            long open() {
                return authorized - captured - released;
            }
        }

        private final Map<String, Long> posted = new TreeMap<>();
        private final Map<String, Long> held = new TreeMap<>();
        private final Map<Key, Entry> entries = new HashMap<>();
        private final Map<Key, Entry> open = new LinkedHashMap<>();
        private long time;

        long available(String account) {
            long floor = account.equals("overdraft") ? -500 : account.equals("float") ? -1L << 60 : 0;
            return posted.get(account) - held.get(account) - floor;
        }

        /** What is to become of a new request; null for what is not permitted. */
        @Nullable
        Reason judge(Principal principal, PaymentRequest request, long now, @Nullable Entry original) {
            Operation type = request.type();
            String payer = payer(request, original);
            String payee = payee(request, original);
            if (type != Operation.VOID && payer != null && !principal.permitsDebit(AccountId.of(payer))) {
                return null;
            }
            if (type.namesPayment()) {
                if (original == null) {
                    return Reason.ORIGINAL_NOT_FOUND;
                }
                if (original.authorized == 0) {
                    return Reason.INVALID_TRANSITION;
                }
                boolean late = original.expired || (original.open() > 0 && Math.max(time, now) >= original.expires);
                if (type != Operation.REFUND && late) {
                    return Reason.AUTHORIZATION_EXPIRED;
                }
                boolean nothingToAct = type == Operation.REFUND
                        ? original.captured == 0
                        : original.open() == 0 && (type == Operation.VOID || original.captured == 0);
                if (nothingToAct) {
                    return Reason.INVALID_TRANSITION;
                }
            }
            Money amount = request.amount();
            if (amount == null) {
                return Reason.APPROVED;
            }
            if (!posted.containsKey(payer) || !posted.containsKey(payee)) {
                return Reason.ACCOUNT_UNKNOWN;
            }
            String currency = amount.currency().getCurrencyCode();
            if (!currency.equals(currencyOf(payer)) || !currency.equals(currencyOf(payee))) {
                return Reason.CURRENCY_MISMATCH;
            }
            if (type == Operation.CAPTURE) {
                return amount.minor() > original.open() ? Reason.EXCEEDS_AUTHORIZED : Reason.APPROVED;
            }
            if (type == Operation.REFUND && amount.minor() > original.captured - original.refunded) {
                return Reason.EXCEEDS_CAPTURED;
            }
            return amount.minor() > available(payer) ? Reason.INSUFFICIENT_FUNDS : Reason.APPROVED;
        }

        private static @Nullable String payer(PaymentRequest request, @Nullable Entry original) {
            if (!request.type().namesPayment()) {
                return request.payer().value();
            }
            return original == null ? null : request.type() == Operation.REFUND ? original.payee : original.payer;
        }

        private static @Nullable String payee(PaymentRequest request, @Nullable Entry original) {
            if (!request.type().namesPayment()) {
                return request.payee().value();
            }
            return original == null ? null : request.type() == Operation.REFUND ? original.payer : original.payee;
        }

        void record(Key key, PaymentRequest request, Receipt receipt, @Nullable Entry original) {
            Entry entry = new Entry(request, receipt, original);
            entries.put(key, entry);
            time = receipt.time().toEpochMilli();
            if (receipt.reason() != Reason.APPROVED) {
                return;
            }
            long minor = request.amount() == null ? 0 : request.amount().minor();
            switch (request.type()) {
                case AUTHORIZE -> {
                    entry.authorized = minor;
                    entry.expires = time + LIFETIME.toMillis();
                    held.merge(entry.payer, minor, Long::sum);
                    open.put(key, entry);
                }
                case CAPTURE -> {
                    original.captured += minor;
                    held.merge(entry.payer, -minor, Long::sum);
                    pay(entry, minor);
                    if (request.isFinal()) {
                        release(original);
                    }
                }
                case VOID -> release(original);
                case REFUND -> {
                    original.refunded += minor;
                    pay(entry, minor);
                }
                case SALE -> {
                    entry.authorized = minor;
                    entry.captured = minor;
                    pay(entry, minor);
                }
                default -> pay(entry, minor);
            }
            open.values().removeIf(authorization -> authorization.open() == 0);
        }

        private void pay(Entry entry, long minor) {
            posted.merge(entry.payer, -minor, Long::sum);
            posted.merge(entry.payee, minor, Long::sum);
        }

        private void release(Entry original) {
            held.merge(original.payer, -original.open(), Long::sum);
            original.released += original.open();
        }

        /** How many authorizations end now. */
        int expire(long now) {
            List<Entry> over = open.values().stream()
                    .filter(authorization -> Math.max(time, now) >= authorization.expires)
                    .toList();
            for (Entry authorization : over) {
                release(authorization);
                authorization.expired = true;
            }
            open.values().removeAll(over);
            time = over.isEmpty() ? time : Math.max(time, now);
            return over.size();
        }
    }

    private static String currencyOf(@Nullable String account) {
        return "euros".equals(account) ? "EUR" : "MYR";
    }

    /** One run of the ledger beside the model. */
    private final class Run {
        private final Random random;
        private final Model model = new Model();
        private final List<Model.Key> keys = new ArrayList<>();
        private final Map<String, Integer> outcomes = new TreeMap<>();
        private PaymentStore store = open();
        private Ledger ledger = over(store);
        private Principal principal = PRINCIPALS.get(0);
        private long now = BEGIN_MILLIS;
        private int inBatch;
        private int nextId;

        Run(Random random) {
            this.random = random;
        }

        private static Ledger over(PaymentStore store) {
            return new Ledger(store, store.lastSequence(), store.lastTimeMillis(), LIFETIME);
        }

        void begin() {
            for (String name : ACCOUNTS) {
                Money opening = Money.of(name.equals("float") ? 0 : 2000, currencyOf(name));
                long floor = name.equals("overdraft") ? -500 : name.equals("float") ? Long.MIN_VALUE : 0;
                ledger.open(new NewAccount(AccountId.of(name), opening, floor), now);
                model.posted.put(name, opening.minor());
                model.held.put(name, 0L);
            }
            model.time = now;
            commit();
        }

        void step() {
            if (inBatch == 0) {
                beginBatch();
            }
            ask(request());
            compareAccounts();
            if (--inBatch == 0) {
                commit();
                if (random.nextInt(200) == 0) {
                    restart();
                }
            }
        }

        private void beginBatch() {
            inBatch = 1 + random.nextInt(40);
            now += switch (random.nextInt(10)) {
                case 0 -> random.nextLong(LIFETIME.toMillis());
                case 1 -> -random.nextLong(10_000);
                default -> random.nextLong(1000);
            };
            if (random.nextInt(10) == 0) {
                ledger.releaseExpired(now);
                for (int i = random.nextInt(5); i > 0; i--) {
                    PaymentRequest request = request();
                    ledger.decide(principal, request, Long.MAX_VALUE, now);
                }
                ledger.abandon();
            }
            // Sometimes the release comes late: an answer must not depend on it.
            if (random.nextInt(4) != 0) {
                int released = ledger.releaseExpired(now);
                assertEquals(model.expire(now), released);
                outcomes.merge("expired", released, Integer::sum);
            }
        }

        /** Chooses the principal too. */
        private PaymentRequest request() {
            principal = PRINCIPALS.get(random.nextInt(4) == 0 ? 1 : 0);
            if (!keys.isEmpty() && random.nextInt(12) == 0) {
                return model.entries.get(someKey()).request;
            }
            Operation type = ASKED[random.nextInt(ASKED.length)];
            // Now and then an id that is used already.
            String id = random.nextInt(50) == 0 && !keys.isEmpty() ? someKey().id() : "p-" + nextId++;
            PaymentRequest.Builder builder = PaymentRequest.builder(id, type);
            if (type.carriesAmount()) {
                String currency = random.nextInt(30) == 0 ? "EUR" : "MYR";
                builder.amount(Money.of(1 + random.nextInt(random.nextInt(5) == 0 ? 1500 : 150), currency));
            }
            if (type.namesPayment()) {
                builder.payment(
                        keys.isEmpty() || random.nextInt(30) == 0
                                ? "p-no"
                                : someKey().id());
            }
            if (type.namesAccounts()) {
                int payer = random.nextInt(ACCOUNTS.size() * 20) == 0 ? -1 : random.nextInt(ACCOUNTS.size());
                int payee = (Math.max(payer, 0) + 1 + random.nextInt(ACCOUNTS.size() - 1)) % ACCOUNTS.size();
                builder.payer(payer < 0 ? "nobody" : ACCOUNTS.get(payer)).payee(ACCOUNTS.get(payee));
            }
            return builder.isFinal(type == Operation.CAPTURE && random.nextInt(3) == 0)
                    .build();
        }

        /** Mostly an open authorization or one of the last payments, and mostly of its own principal. */
        private Model.Key someKey() {
            Model.Key key;
            int open = model.open.size();
            if (open > 0 && random.nextInt(3) == 0) {
                key = List.copyOf(model.open.keySet()).get(random.nextInt(open));
            } else {
                int back = random.nextInt(random.nextInt(10) == 0 ? keys.size() : Math.min(keys.size(), 60));
                key = keys.get(keys.size() - 1 - back);
            }
            if (random.nextInt(20) != 0) {
                principal = PRINCIPALS.get(key.principal().equals("shop") ? 0 : 1);
            }
            return key;
        }

        private void ask(PaymentRequest request) {
            Model.Key key = new Model.Key(principal.name(), request.id());
            Model.Entry earlier = model.entries.get(key);
            Receipt receipt = ledger.decide(principal, request, Long.MAX_VALUE, now);
            String outcome = receipt.replayed() ? "replayed" : receipt.reason().code();
            outcomes.merge(request.type().code() + " " + outcome, 1, Integer::sum);
            if (earlier != null) {
                boolean same = earlier.request.equals(request);
                if (same) {
                    assertEquals(earlier.receipt.asReplayed(), receipt);
                } else {
                    assertEquals(Reason.ID_REUSED, receipt.reason());
                }
                return;
            }
            Model.Entry original =
                    model.entries.get(new Model.Key(principal.name(), String.valueOf(request.payment())));
            Reason expected = model.judge(principal, request, now, original);
            assertEquals(expected == null ? Reason.NOT_PERMITTED : expected, receipt.reason(), request::toString);
            if (expected != null) {
                model.record(key, request, receipt, original);
                keys.add(key);
            }
        }

        private void compareAccounts() {
            Map<String, Long> held = new HashMap<>();
            model.open.values().forEach(open -> held.merge(String.valueOf(open.payer), open.open(), Long::sum));
            Map<String, Long> totals = new HashMap<>();
            for (String name : ACCOUNTS) {
                Account account = ledger.account(AccountId.of(name));
                assertNotNull(account, name);
                assertEquals(model.posted.get(name), account.posted(), name);
                assertEquals(model.held.get(name), account.held(), name);
                assertEquals(held.getOrDefault(name, 0L), account.held(), () -> name + ": open authorizations");
                assertTrue(model.available(name) >= 0, () -> name + " is below its floor");
                totals.merge(currencyOf(name), account.posted(), Long::sum);
            }
            totals.forEach((currency, total) -> {
                Account opening = ledger.account(AccountId.of("bayar:opening:" + currency));
                assertNotNull(opening, currency);
                assertEquals(0, total + opening.posted(), () -> "all money in " + currency);
            });
        }

        private void commit() {
            store.commit(ledger.changes());
            ledger.committed();
        }

        private void restart() {
            store.close();
            store = reopen();
            ledger = over(store);
            compareAccounts();
            compareOpen();
        }

        private void compareOpen() {
            List<PaymentRecord> open = new ArrayList<>();
            store.openAuthorizations(open::add);
            assertEquals(
                    model.open.values().stream()
                            .map(entry -> entry.receipt.sequence())
                            .sorted()
                            .toList(),
                    open.stream().map(PaymentRecord::sequence).sorted().toList());
        }

        void end() {
            commit();
            inBatch = 0;
            restart();
            model.entries.forEach((key, entry) -> {
                PaymentRecord record = store.payment(key.principal(), key.id());
                assertNotNull(record, key::toString);
                assertEquals(entry.request, record.request());
                assertEquals(entry.receipt.reason(), record.reason());
                assertEquals(
                        new PaymentSums(entry.authorized, entry.captured, entry.released, entry.refunded),
                        record.sums(),
                        key::toString);
                assertTrue(record.sums().open() == 0 || record.reason().status() == Status.APPROVED);
            });
        }
    }
}
