package bayar.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import bayar.Status;
import bayar.ledger.Account;
import bayar.ledger.Evidence;
import bayar.ledger.Ledger;
import bayar.ledger.Limits;
import bayar.ledger.NewAccount;
import bayar.ledger.PaymentRecord;
import bayar.ledger.Settlement;
import bayar.ledger.Source;
import bayar.store.PaymentStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What becomes of payments over a {@link PaymentStore}, whatever is asked and told in whatever order: random requests,
 * outcomes of processors (late, again, contradicting), reversals, operators, batches, abandoned batches, leaps of time and
 * restarts, compared after every step with a plain model. Extend it, say how a store
 * is opened, and run it with JUnit 6.
 *
 * <p>The system property {@code bayar.model.steps} says how many steps, {@code bayar.model.seed} which; a failure names its
 * seed.
 */
public abstract class PaymentLifeContract {
    private static final long BEGIN_MILLIS = 1_795_420_800_123L;
    private static final Duration LIFETIME = Duration.ofHours(6);
    private static final Duration FINALITY = Duration.ofMinutes(10);
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();
    private static final String CARD = "card";
    /** Those of bob. */
    private static final Limits LIMITS =
            Limits.NONE.perPayment(1200).perDay(1500).perWindow(12, Duration.ofHours(1));

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
    @Timeout(value = 2, unit = TimeUnit.HOURS)
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
            private final Key key;
            private final PaymentRequest request;
            private final @Nullable Entry original;
            private final @Nullable String payer;
            private final @Nullable String payee;
            private final long taken;
            private final Set<String> contradicted = new HashSet<>();
            private Receipt receipt;
            private long authorized, captured, released, refunded, capturing, refunding, expires, doubted;
            private boolean expired, anomalous;

            Entry(Key key, PaymentRequest request, Receipt receipt, @Nullable Entry original) {
                this.key = key;
                this.request = request;
                this.receipt = receipt;
                this.original = original;
                this.payer = payer(request, original);
                this.payee = payee(request, original);
                this.taken = receipt.time().toEpochMilli();
            }

            long open() {
                return authorized - captured - released;
            }

            long free() {
                return open() - capturing;
            }

            long asked() {
                return request.amount() == null ? 0 : request.amount().minor();
            }

            boolean isOpen() {
                return !receipt.status().isFinal();
            }

            boolean isUnresolved() {
                return isOpen() || anomalous;
            }

            String method() {
                return original == null ? request.method() : original.request.method();
            }

            /** What it counts against its payer's limits. */
            long spent() {
                if (!isOpen() && receipt.status() != Status.APPROVED) {
                    return 0;
                }
                return isOpen() || request.type() == Operation.TRANSFER ? asked() : authorized - released;
            }
        }

        private final Map<String, Long> posted = new TreeMap<>();
        private final Map<String, Long> held = new TreeMap<>();
        private final Map<Key, Entry> entries = new HashMap<>();
        private final Map<Key, Entry> open = new LinkedHashMap<>();
        private final Map<Key, Entry> unresolved = new LinkedHashMap<>();
        private final List<Key> captured = new ArrayList<>();
        private final List<Entry> ofBob = new ArrayList<>();
        private final List<Entry> windowOfBob = new ArrayList<>();
        private long windowBegin;
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
                boolean otherMethod = !request.method().equals(PaymentRequest.LEDGER)
                        && !request.method().equals(original.request.method());
                if (original.authorized == 0 || otherMethod) {
                    return Reason.INVALID_TRANSITION;
                }
                boolean late = original.expired || (original.open() > 0 && Math.max(time, now) >= original.expires);
                if (type != Operation.REFUND && late) {
                    return Reason.AUTHORIZATION_EXPIRED;
                }
                boolean busy = original.capturing > 0 && !late;
                boolean alone = type == Operation.VOID || request.isFinal();
                boolean nothingToAct = type == Operation.REFUND
                        ? original.captured == 0 && !busy
                        : original.open() == 0 && (type == Operation.VOID || original.captured == 0);
                if (nothingToAct || (alone && busy)) {
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
                return amount.minor() > original.free() ? Reason.EXCEEDS_AUTHORIZED : Reason.APPROVED;
            }
            if (type == Operation.REFUND
                    && amount.minor() > original.captured - original.refunded - original.refunding) {
                return Reason.EXCEEDS_CAPTURED;
            }
            if (type.namesAccounts() && "bob".equals(payer)) {
                Reason limited = limited(amount.minor(), Math.max(time, now));
                if (limited != Reason.APPROVED) {
                    return limited;
                }
            }
            return amount.minor() > available(payer) ? Reason.INSUFFICIENT_FUNDS : Reason.APPROVED;
        }

        private Reason limited(long minor, long now) {
            if (minor > LIMITS.perPaymentMinor()) {
                return Reason.LIMIT_PER_PAYMENT;
            }
            ofBob.removeIf(entry -> entry.taken / DAY_MILLIS != now / DAY_MILLIS);
            long today = ofBob.stream().mapToLong(Entry::spent).sum();
            boolean often =
                    now - windowBegin < LIMITS.window().toMillis() && windowOfBob.size() >= LIMITS.perWindowCount();
            return often || today + minor > LIMITS.perDayMinor() ? Reason.LIMIT_VELOCITY : Reason.APPROVED;
        }

        private void count(Entry entry) {
            if (!entry.request.type().namesAccounts() || !"bob".equals(entry.payer)) {
                return;
            }
            if (entry.taken - windowBegin >= LIMITS.window().toMillis()) {
                windowBegin = entry.taken;
                windowOfBob.clear();
            }
            windowOfBob.add(entry);
            ofBob.add(entry);
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
            Entry entry = new Entry(key, request, receipt, original);
            entries.put(key, entry);
            time = entry.taken;
            if (receipt.reason() == Reason.PENDING) {
                count(entry);
                reserve(entry, 1);
                unresolved.put(key, entry);
            } else if (receipt.reason() == Reason.APPROVED) {
                count(entry);
                execute(entry, entry.asked());
            }
        }

        /** Reserves what it needs, or (with -1) gives that back. */
        private void reserve(Entry entry, int sign) {
            long minor = entry.asked() * sign;
            switch (entry.request.type()) {
                case AUTHORIZE, SALE -> held.merge(entry.payer, minor, Long::sum);
                case REFUND -> {
                    held.merge(entry.payer, minor, Long::sum);
                    entry.original.refunding += minor;
                }
                case CAPTURE, VOID -> {
                    boolean isAll = entry.request.type() == Operation.VOID || entry.request.isFinal();
                    entry.original.capturing +=
                            !isAll ? minor : sign > 0 ? entry.original.free() : -entry.original.capturing;
                }
                default -> throw new AssertionError(entry.request);
            }
        }

        private void execute(Entry entry, long minor) {
            Entry original = entry.original;
            switch (entry.request.type()) {
                case AUTHORIZE -> {
                    entry.authorized = minor;
                    entry.expires = time + LIFETIME.toMillis();
                    held.merge(entry.payer, minor, Long::sum);
                    open.put(entry.key, entry);
                }
                case CAPTURE -> {
                    captured.add(original.key);
                    original.captured += minor;
                    held.merge(entry.payer, -minor, Long::sum);
                    pay(entry, minor);
                    if (entry.request.isFinal()) {
                        release(original);
                    }
                }
                case VOID -> release(original);
                case REFUND -> {
                    original.refunded += minor;
                    pay(entry, minor);
                }
                case SALE -> {
                    captured.add(entry.key);
                    entry.authorized = minor;
                    entry.captured = minor;
                    pay(entry, minor);
                }
                default -> pay(entry, minor);
            }
            if (original != null && original.open() == 0) {
                open.remove(original.key);
            }
        }

        /** How much a processor's payment is about. */
        Money amount(Entry entry) {
            Money known = entry.receipt.amount() != null ? entry.receipt.amount() : entry.request.amount();
            return known != null
                    ? known
                    : new Money(
                            entry.original.capturing,
                            entry.original.request.amount().currency());
        }

        /** What comes of evidence: the reason that it gives, null for nothing; an anomaly gives the same reason again. */
        @Nullable
        Reason told(Entry entry, Source source, Outcome outcome, long now) {
            Money amount = amount(entry);
            boolean begins = entry.request.type().namesAccounts();
            Money approved = outcome.amount();
            boolean fits = approved != null
                    && (outcome.reason() == Reason.APPROVED_PARTIAL && entry.isOpen()
                            ? begins && approved.minor() < amount.minor()
                            : approved.equals(amount));
            boolean arrived = entry.doubted == 0 || Math.max(time, now) - entry.doubted < FINALITY.toMillis();
            boolean asked = source != Source.PROCESS && entry.receipt.reason() != Reason.INTEGRITY_MISMATCH;
            boolean notFound =
                    outcome.kind() == Outcome.Kind.NOT_FOUND && (source == Source.OPERATOR || (asked && !arrived));
            boolean yes = approved != null;
            boolean no = notFound || (outcome.isEvidence() && !yes);
            if (!entry.isOpen()) {
                boolean done = entry.receipt.status() == Status.APPROVED;
                boolean contradicts = done ? (no && !notFound) || (yes && !fits) : yes;
                String kind = yes && !fits ? "otherwise" : outcome.kind().name();
                if (!contradicts || !entry.contradicted.add(kind)) {
                    return null;
                }
                entry.anomalous = true;
                return entry.receipt.reason();
            }
            boolean undone = entry.receipt.reason() == Reason.BEING_REVERSED && source != Source.OPERATOR;
            if (no || (yes && fits && !undone)) {
                return outcome.reason();
            }
            if (yes && !undone) {
                return entry.receipt.reason() == Reason.INTEGRITY_MISMATCH ? null : Reason.INTEGRITY_MISMATCH;
            }
            boolean pending = entry.receipt.status() == Status.PENDING;
            boolean named = outcome.reason().status() == Status.IN_DOUBT;
            return !pending ? null : named ? outcome.reason() : Reason.PROCESSOR_ERROR;
        }

        /** Takes a change of how it stands into the books. */
        void settle(Entry entry, Receipt now) {
            if (entry.isOpen()) {
                time = now.time().toEpochMilli();
                entry.doubted = entry.doubted == 0 ? time : entry.doubted;
                entry.receipt = now;
                if (!entry.isOpen()) {
                    reserve(entry, -1);
                    if (now.status() == Status.APPROVED) {
                        execute(
                                entry,
                                entry.request.amount() == null
                                        ? 0
                                        : now.amount().minor());
                    } else {
                        windowOfBob.remove(entry);
                    }
                }
            }
            remember(entry);
        }

        void remember(Entry entry) {
            if (entry.isUnresolved()) {
                unresolved.put(entry.key, entry);
            } else {
                unresolved.remove(entry.key);
            }
        }

        private void pay(Entry entry, long minor) {
            posted.merge(entry.payer, -minor, Long::sum);
            posted.merge(entry.payee, minor, Long::sum);
        }

        private void release(Entry original) {
            held.merge(original.payer, -original.free(), Long::sum);
            original.released += original.free();
        }

        /** How many authorizations end now. */
        int expire(long now) {
            List<Entry> over = open.values().stream()
                    .filter(authorization -> authorization.free() > 0)
                    .filter(authorization -> Math.max(time, now) >= authorization.expires)
                    .toList();
            for (Entry authorization : over) {
                release(authorization);
                authorization.expired = true;
            }
            open.values().removeIf(authorization -> authorization.open() == 0);
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
        private final List<Model.Key> outside = new ArrayList<>();
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
                Limits limits = name.equals("bob") ? LIMITS : Limits.NONE;
                ledger.open(new NewAccount(AccountId.of(name), opening, floor, limits), now);
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
            int what = random.nextInt(10);
            Model.Entry told = what < 4 ? someOutside() : null;
            if (told == null) {
                ask(request());
            } else if (what == 0) {
                operate(told);
            } else {
                tell(told);
            }
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
                    ledger.decide(principal, request, Long.MAX_VALUE, now, method -> null);
                    Model.Entry told = someOutside();
                    if (told != null) {
                        ledger.settle(told.receipt.sequence(), evidence(outcome(told), Source.PROCESS), now);
                    }
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
            if (type.isForProcessors() && random.nextInt(type.namesPayment() ? 20 : 2) == 0) {
                builder.method(CARD);
            }
            if (type.namesPayment()) {
                builder.payment(
                        keys.isEmpty() || random.nextInt(30) == 0
                                ? "p-no"
                                : (type == Operation.REFUND && random.nextBoolean() ? someCaptured() : someKey()).id());
            }
            if (type.namesAccounts()) {
                int payer = random.nextInt(ACCOUNTS.size() * 20) == 0 ? -1 : random.nextInt(ACCOUNTS.size());
                int payee = (Math.max(payer, 0) + 1 + random.nextInt(ACCOUNTS.size() - 1)) % ACCOUNTS.size();
                builder.payer(payer < 0 ? "nobody" : ACCOUNTS.get(payer)).payee(ACCOUNTS.get(payee));
            }
            return builder.isFinal(type == Operation.CAPTURE && random.nextInt(3) == 0)
                    .build();
        }

        /** One of those of which something was captured last, if there is one. */
        private Model.Key someCaptured() {
            int back = Math.min(model.captured.size(), 40);
            if (back == 0) {
                return someKey();
            }
            Model.Key key = model.captured.get(model.captured.size() - 1 - random.nextInt(back));
            principal = PRINCIPALS.get(key.principal().equals("shop") ? 0 : 1);
            return key;
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
            boolean isFull = random.nextInt(20) == 0;
            Receipt receipt = ledger.decide(
                    principal,
                    request,
                    Long.MAX_VALUE,
                    now,
                    method -> isFull ? Refusal.of(Reason.PROCESSOR_UNAVAILABLE) : null);
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
            Reason expected = expected(request, original, isFull);
            assertEquals(expected, receipt.reason(), request::toString);
            if (expected.status().isRecorded()) {
                model.record(key, request, receipt, original);
                keys.add(key);
            }
            if (expected == Reason.PENDING) {
                outside.add(key);
            }
        }

        private Reason expected(PaymentRequest request, Model.@Nullable Entry original, boolean isFull) {
            Reason judged = model.judge(principal, request, now, original);
            if (judged == null) {
                return Reason.NOT_PERMITTED;
            }
            PaymentRequest by = original == null ? request : original.request;
            if (judged != Reason.APPROVED || by.method().equals(PaymentRequest.LEDGER)) {
                return judged;
            }
            return isFull ? Reason.PROCESSOR_UNAVAILABLE : Reason.PENDING;
        }

        /** Mostly one that is unresolved; null when there is none. */
        private Model.@Nullable Entry someOutside() {
            int unresolved = model.unresolved.size();
            if (unresolved > 0 && random.nextInt(5) != 0) {
                return List.copyOf(model.unresolved.values()).get(random.nextInt(unresolved));
            }
            int back = Math.min(outside.size(), 100);
            return back == 0 ? null : model.entries.get(outside.get(outside.size() - 1 - random.nextInt(back)));
        }

        private Outcome outcome(Model.Entry entry) {
            Money amount = model.amount(entry);
            return switch (random.nextInt(12)) {
                case 0, 1, 2 -> Outcome.approved(amount);
                case 3 -> Outcome.approvedPartly(new Money(1 + random.nextLong(amount.minor()), amount.currency()));
                case 4 -> Outcome.approved(new Money(amount.minor() + random.nextInt(3) - 1, amount.currency()));
                case 5 -> Outcome.declined(Reason.DO_NOT_HONOR);
                case 6 -> Outcome.notExecuted("not sent");
                case 7 -> Outcome.notFound();
                case 8 -> Outcome.reversed();
                case 9 -> Outcome.unknown(Reason.PROCESSOR_TIMEOUT, "no answer");
                case 10 -> Outcome.notSupported();
                default -> Outcome.unknown("reset");
            };
        }

        private Evidence evidence(Outcome outcome, Source source) {
            return source == Source.OPERATOR
                    ? Evidence.ofOperator("siti", outcome)
                    : Evidence.of(source, outcome, FINALITY);
        }

        private void tell(Model.Entry entry) {
            Source[] sources = {Source.PROCESS, Source.INQUIRY, Source.NOTIFICATION, Source.REVERSAL};
            tell(entry, sources[random.nextInt(sources.length)], outcome(entry));
        }

        private void tell(Model.Entry entry, Source source, Outcome outcome) {
            Reason expected = model.told(entry, source, outcome, now);
            boolean wasOpen = entry.isOpen();
            Settlement settlement = ledger.settle(entry.receipt.sequence(), evidence(outcome, source), now);
            String what = entry.request + " " + entry.receipt + " told by " + source + " " + outcome;
            assertEquals(expected != null, settlement.isChanged(), what);
            if (expected == null) {
                return;
            }
            Receipt receipt = Ledger.receipt(settlement.payment());
            assertEquals(expected, receipt.reason(), what);
            if (wasOpen) {
                boolean isApproved = receipt.status() == Status.APPROVED;
                Money amount = isApproved ? outcome.amount() : model.amount(entry);
                assertEquals(amount, receipt.amount(), what);
                assertEquals(Math.max(model.time, now), receipt.time().toEpochMilli(), what);
            } else {
                assertEquals(entry.receipt, receipt, "nothing final ever flips");
                model.time = Math.max(model.time, now);
            }
            outcomes.merge("told " + (wasOpen ? receipt.reason().code() : "anomaly"), 1, Integer::sum);
            model.settle(entry, receipt);
        }

        /** What an operator may do with it, or the engine when it undoes it. */
        private void operate(Model.Entry entry) {
            long sequence = entry.receipt.sequence();
            if (entry.anomalous) {
                ledger.acknowledge(sequence, "siti", "seen to", now);
                entry.anomalous = false;
                model.time = Math.max(model.time, now);
                model.remember(entry);
            } else if (entry.receipt.status() != Status.IN_DOUBT) {
                tell(entry);
            } else if (random.nextBoolean() && entry.receipt.reason() != Reason.BEING_REVERSED) {
                Settlement reversing = ledger.reverse(sequence, null, "in doubt for too long", now);
                assertEquals(Reason.BEING_REVERSED, reversing.payment().reason());
                model.settle(entry, Ledger.receipt(reversing.payment()));
            } else {
                Outcome[] certain = {
                    Outcome.approved(model.amount(entry)), Outcome.declined(Reason.DO_NOT_HONOR), Outcome.notFound()
                };
                tell(entry, Source.OPERATOR, certain[random.nextInt(certain.length)]);
            }
        }

        private void compareAccounts() {
            Map<String, Long> held = new HashMap<>();
            model.open.values().forEach(open -> held.merge(String.valueOf(open.payer), open.open(), Long::sum));
            model.unresolved.values().stream()
                    .filter(entry -> entry.isOpen() && entry.request.amount() != null)
                    .filter(entry -> entry.request.type() != Operation.CAPTURE)
                    .forEach(entry -> held.merge(String.valueOf(entry.payer), entry.asked(), Long::sum));
            Map<String, Long> totals = new HashMap<>();
            for (String name : ACCOUNTS) {
                Account account = ledger.account(AccountId.of(name));
                assertNotNull(account, name);
                assertEquals(model.posted.get(name), account.posted(), name);
                assertEquals(model.held.get(name), account.held(), name);
                assertEquals(
                        held.getOrDefault(name, 0L),
                        account.held(),
                        () -> name + ": what is open, pending or in doubt");
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
            compareUnresolved();
        }

        private void compareUnresolved() {
            List<Long> unresolved = new ArrayList<>();
            store.unresolved(payment -> unresolved.add(payment.sequence()));
            assertEquals(
                    model.unresolved.values().stream()
                            .map(entry -> entry.receipt.sequence())
                            .sorted()
                            .toList(),
                    unresolved);
        }

        private void compareOpen() {
            List<PaymentRecord> open = new ArrayList<>();
            store.openAuthorizations(open::add);
            assertEquals(
                    model.open.values().stream()
                            .filter(entry -> entry.free() > 0)
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
                assertEquals(entry.receipt, Ledger.receipt(record));
                assertEquals(
                        new PaymentSums(
                                entry.authorized,
                                entry.captured,
                                entry.released,
                                entry.refunded,
                                entry.capturing,
                                entry.refunding),
                        record.sums(),
                        key::toString);
                assertTrue(record.sums().open() == 0 || record.reason().status() == Status.APPROVED);
            });
        }
    }
}
