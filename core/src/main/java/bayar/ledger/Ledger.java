package bayar.ledger;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentEvent;
import bayar.PaymentRequest;
import bayar.PaymentSummary;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state machine that decides every payment. Deterministic: the same commands at the same times over the same state
 * give the same receipts and the same changes, whatever the store.
 *
 * <p>Decides one command after another into a batch; each sees what those before it have changed. The batch is then
 * taken as {@link #changes}, written by a store, and closed with {@link #committed}. Not thread-safe.
 */
public final class Ledger {
    /**
     * Whose records those are that the ledger makes of its own accord: opening balances, which are transfers with the
     * account's name as id, and {@linkplain #releaseExpired expiries}.
     */
    public static final String PRINCIPAL = "bayar:ledger";

    /** No account can have a name like this, and so no opening balance an id like it. */
    private static final String EXPIRY_PREFIX = "bayar:expire:";

    /** How long an authorization holds its amount unless it is said otherwise. */
    public static final Duration DEFAULT_AUTHORIZATION_LIFETIME = Duration.ofDays(7);

    private static final Duration MAX_AUTHORIZATION_LIFETIME = Duration.ofDays(3660);

    /** The most releases in one batch, so that a pile of them keeps nobody waiting for long. */
    static final int MAX_RELEASED_TOGETHER = 500;

    private final Books books;
    private final Settler settler;
    private final long authorizationLifetimeMillis;
    /** No open authorization expires before this; 0 when the store has to be asked. */
    private long nextExpiryMillis;

    /**
     * A ledger that goes on where {@code committed} is.
     *
     * @param committed what was committed; it must tell of this ledger's changes once {@link #committed} is called
     * @param lastSequence the sequence of its last record, 0 for none
     * @param lastTimeMillis the time of its last record in milliseconds since 1970 UTC, 0 for none
     * @param authorizationLifetime how long an authorization made from now on holds its amount; 1 ms to 3660 days
     * @throws BayarException if that is outside of these bounds
     */
    public Ledger(LedgerState committed, long lastSequence, long lastTimeMillis, Duration authorizationLifetime) {
        if (authorizationLifetime.compareTo(Duration.ofMillis(1)) < 0
                || authorizationLifetime.compareTo(MAX_AUTHORIZATION_LIFETIME) > 0) {
            throw new BayarException("an authorization cannot expire after " + authorizationLifetime
                    + "; choose 1 ms to " + MAX_AUTHORIZATION_LIFETIME.toDays() + " days");
        }
        this.authorizationLifetimeMillis = authorizationLifetime.toMillis();
        this.books = new Books(committed, lastSequence, lastTimeMillis);
        this.settler = new Settler(books, authorizationLifetimeMillis);
    }

    /** Whether requests of this type can be decided here. */
    public static boolean offers(Operation operation) {
        return operation == Operation.INQUIRY || TransitionTable.row(operation) != null;
    }

    /** Says that this request of this principal is to be decided soon, so that the store can look ahead. */
    public void expect(Principal principal, PaymentRequest request) {
        books.expect(principal.name(), request);
    }

    /**
     * Decides one request. What a processor is to do becomes {@link Reason#PENDING}: its record, with what is reserved
     * for it, is among the {@link #changes}.
     *
     * @param deadlineMillis a request that is still new at this time is not executed, in milliseconds since 1970 UTC
     * @param nowMillis the time of the decision, in milliseconds since 1970 UTC
     * @param processing asked for a place when a processor is to do it, last of all
     * @return the outcome, which holds once the batch is committed
     * @throws BayarException if the ledger does not {@linkplain #offers offer} the operation
     */
    public Receipt decide(
            Principal principal, PaymentRequest request, long deadlineMillis, long nowMillis, Processing processing) {
        if (request.type() == Operation.INQUIRY) {
            return inquire(principal, request);
        }
        PaymentRecord earlier = books.payment(principal.name(), request.id());
        if (earlier != null) {
            return repeat(earlier, request);
        }
        if (nowMillis >= deadlineMillis) {
            return Receipt.refused(request.id(), Refusal.of(Reason.DEADLINE_EXCEEDED), 0);
        }
        return claim(principal, request, nowMillis, processing);
    }

    /**
     * Decides one request where no processor works: one that asks for a processor is refused.
     *
     * @see #decide(Principal, PaymentRequest, long, long, Processing)
     */
    public Receipt decide(Principal principal, PaymentRequest request, long deadlineMillis, long nowMillis) {
        return decide(principal, request, deadlineMillis, nowMillis, Processing.NONE);
    }

    private Receipt inquire(Principal principal, PaymentRequest request) {
        String asked = request.payment();
        PaymentRecord found = asked == null ? null : books.payment(principal.name(), asked);
        if (found == null) {
            return new Receipt(
                    request.id(),
                    Reason.ORIGINAL_NOT_FOUND,
                    MoneyEffect.NOT_MOVED,
                    false,
                    0,
                    null,
                    null,
                    Reason.ORIGINAL_NOT_FOUND.sentence(),
                    "payment",
                    0,
                    null);
        }
        PaymentRequest told = found.request();
        PaymentSummary summary = new PaymentSummary(told.id(), told.type(), found.sums());
        return receipt(request.id(), found, moneyNow(found), summary);
    }

    /** What has become of the money by now; of a hold that is gone, what was captured of it is what matters. */
    private static MoneyEffect moneyNow(PaymentRecord found) {
        if (found.money() != MoneyEffect.HELD || found.sums().open() > 0) {
            return found.money();
        }
        return found.sums().captured() > 0 ? MoneyEffect.MOVED : MoneyEffect.NOT_MOVED;
    }

    private static Receipt repeat(PaymentRecord earlier, PaymentRequest request) {
        String difference = earlier.request().firstDifference(request);
        if (difference == null) {
            return receipt(request.id(), earlier, earlier.money(), null).asReplayed();
        }
        String message = "id " + request.id() + " was used before for a request with another " + difference
                + "; nothing was changed, use a new id for a new payment";
        return Receipt.refused(request.id(), new Refusal(Reason.ID_REUSED, difference, message), 0);
    }

    private Receipt claim(Principal principal, PaymentRequest request, long nowMillis, Processing processing) {
        if (!request.method().equals(PaymentRequest.LEDGER) && !processing.knows(request.method())) {
            String message = "there is no method " + request.method() + "; leave it out, or name one that there is";
            return Receipt.refused(request.id(), new Refusal(Reason.METHOD_UNKNOWN, "method", message), 0);
        }
        TransitionTable.Row row = TransitionTable.require(request);
        PaymentRecord original = request.payment() == null ? null : books.payment(principal.name(), request.payment());
        AccountId debited = accountOf(row.accounts(), request.payer(), original, true);
        AccountId credited = accountOf(row.accounts(), request.payee(), original, false);
        if (row.money() != MoneyEffect.NOT_MOVED && debited != null && !principal.permitsDebit(debited)) {
            String message = "principal " + principal.name() + " may not debit the account that this takes the money"
                    + " from; grant it to the key";
            return Receipt.refused(request.id(), new Refusal(Reason.NOT_PERMITTED, null, message), 0);
        }
        long timeMillis = books.timeMillis(nowMillis);
        PaymentState state = PaymentState.of(request, original, original != null && hasExpired(original, timeMillis));
        Reason answer = row.answers().get(state);
        if (answer == null) {
            throw new BayarException("the transition table has no answer for " + request);
        }
        String method = original == null ? request.method() : original.request().method();
        if (!request.method().equals(PaymentRequest.LEDGER) && !request.method().equals(method)) {
            answer = first(answer, Reason.INVALID_TRANSITION);
        }
        Account from = usable(debited);
        Account to = usable(credited);
        Reason reason = first(answer, judge(row, request.amount(), original, from, to, timeMillis));
        boolean isOutside = reason == Reason.APPROVED && !method.equals(PaymentRequest.LEDGER);
        if (isOutside) {
            Refusal refusal = processing.admit(method);
            if (refusal != null) {
                return Receipt.refused(request.id(), refusal, 0);
            }
            reason = Reason.PENDING;
        }
        // The accounts' own ids, since these are found quicker again.
        PaymentRecord record = record(
                row,
                principal.name(),
                request,
                original,
                reason,
                from == null ? debited : from.id(),
                to == null ? credited : to.id(),
                timeMillis);
        return receipt(request.id(), record, record.money(), null);
    }

    private static @Nullable AccountId accountOf(
            TransitionTable.Accounts accounts,
            @Nullable AccountId named,
            @Nullable PaymentRecord original,
            boolean isDebited) {
        if (accounts == TransitionTable.Accounts.OF_REQUEST) {
            return named;
        }
        if (original == null) {
            return null;
        }
        boolean isPayer = isDebited == (accounts == TransitionTable.Accounts.OF_ORIGINAL);
        return isPayer ? original.debited() : original.credited();
    }

    /**
     * Whether time has ended what was still held of it. The committer may not have released that yet, or not be able to
     * because of a capture that is pending.
     */
    private boolean hasExpired(PaymentRecord authorization, long timeMillis) {
        if (authorization.expiresMillis() == 0 || timeMillis < authorization.expiresMillis()) {
            return false;
        }
        return authorization.sums().open() > 0 || books.payment(PRINCIPAL, expiryId(authorization)) != null;
    }

    /** Of several reasons that apply, the one that takes precedence. */
    private static Reason first(Reason one, Reason other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** What accounts, sums and limits say to an amount. */
    private Reason judge(
            TransitionTable.Row row,
            @Nullable Money amount,
            @Nullable PaymentRecord original,
            @Nullable Account from,
            @Nullable Account to,
            long timeMillis) {
        if (amount == null) {
            return Reason.APPROVED;
        }
        if (from == null || to == null) {
            return Reason.ACCOUNT_UNKNOWN;
        }
        Currency currency = amount.currency();
        if (!from.currency().equals(currency) || !to.currency().equals(currency)) {
            return Reason.CURRENCY_MISMATCH;
        }
        TransitionTable.Part part = row.part();
        if (part != null && original != null && amount.minor() > part.left().applyAsLong(original.sums())) {
            return part.excess();
        }
        if (Execution.counts(row)) {
            Reason limited = from.spending().judge(amount.minor(), timeMillis);
            if (limited != Reason.APPROVED) {
                return limited;
            }
        }
        // A capture takes what was held for it, so it is there.
        boolean isHeld = row.accounts() == TransitionTable.Accounts.OF_ORIGINAL;
        if (!isHeld && amount.minor() > from.debitable()) {
            return Reason.INSUFFICIENT_FUNDS;
        }
        boolean hasRoom = (isHeld || amount.minor() <= from.holdable())
                && (row.money() == MoneyEffect.HELD || amount.minor() <= to.creditable());
        return hasRoom ? Reason.APPROVED : Reason.BALANCE_OVERFLOW;
    }

    private @Nullable Account usable(@Nullable AccountId id) {
        return id == null || id.isReserved() ? null : books.account(id);
    }

    /** Records the decision, and does what the row says when it is approved, or reserves for it when it is pending. */
    private PaymentRecord record(
            TransitionTable.Row row,
            String principal,
            PaymentRequest request,
            @Nullable PaymentRecord original,
            Reason reason,
            @Nullable AccountId debited,
            @Nullable AccountId credited,
            long timeMillis) {
        MoneyEffect money = MoneyEffect.NOT_MOVED;
        PaymentSums begun = PaymentSums.NONE;
        if (reason == Reason.APPROVED || reason == Reason.PENDING) {
            Execution execution = Execution.of(books, row, debited, credited, original);
            long minor = request.amount() == null ? 0 : request.amount().minor();
            if (Execution.counts(row)) {
                Account payer = books.require(execution.debited());
                Account counted = payer.withSpending(payer.spending().plus(minor, timeMillis));
                if (counted != payer) {
                    books.change(counted);
                }
            }
            if (reason == Reason.APPROVED) {
                begun = execution.execute(minor);
                money = row.money();
            } else {
                execution.reserve(minor);
                money = MoneyEffect.UNKNOWN;
            }
        }
        long expiresMillis = begun.open() > 0 ? timeMillis + authorizationLifetimeMillis : 0;
        awaitExpiry(expiresMillis);
        return books.append(new PaymentRecord(
                books.nextSequence(),
                timeMillis,
                principal,
                request,
                reason,
                money,
                debited,
                credited,
                begun,
                expiresMillis));
    }

    private void awaitExpiry(long expiresMillis) {
        if (expiresMillis > 0) {
            nextExpiryMillis = Math.min(nextExpiryMillis, expiresMillis);
        }
    }

    /**
     * Takes what is told of a payment that a processor does: settles it, puts it in doubt, keeps a contradiction as an
     * anomaly, or leaves all as it is when that is known already or no evidence.
     *
     * @param sequence the payment's
     * @param nowMillis the time of the decision, in milliseconds since 1970 UTC
     * @throws BayarException if no processor does that payment, or an operator settles what is not in doubt
     */
    public Settlement settle(long sequence, Evidence evidence, long nowMillis) {
        Settlement settlement = settler.settle(outside(sequence), evidence, books.timeMillis(nowMillis));
        if (settlement.isChanged()) {
            awaitExpiry(settlement.payment().expiresMillis());
            // What an expired authorization had reserved for a capture may be free again.
            PaymentRecord original = books.original(settlement.payment());
            awaitExpiry(original == null ? 0 : original.expiresMillis());
        }
        return settlement;
    }

    /**
     * Records that a payment that is in doubt will be undone, so that its processor may be told to.
     *
     * @param operator who wants it, or null when it is the engine
     * @throws BayarException if it is not in doubt
     */
    public Settlement reverse(long sequence, @Nullable String operator, String note, long nowMillis) {
        return settler.reverse(outside(sequence), operator, note, books.timeMillis(nowMillis));
    }

    /**
     * Records that an operator has dealt with a payment's anomalies.
     *
     * @throws BayarException if it has none
     */
    public Settlement acknowledge(long sequence, String operator, String note, long nowMillis) {
        return settler.acknowledge(outside(sequence), operator, note, books.timeMillis(nowMillis));
    }

    /** Whether a processor does this payment, or has done it. */
    public static boolean isOutside(PaymentRecord payment) {
        return payment.reason() == Reason.PENDING || payment.course().step() > 0;
    }

    private PaymentRecord outside(long sequence) {
        PaymentRecord payment = books.payment(sequence);
        if (payment == null || !isOutside(payment)) {
            throw new BayarException("payment " + sequence + " is not one that a processor does");
        }
        return payment;
    }

    /** The payment that this one acts on, as it stands now; null when it acts on none. */
    public @Nullable PaymentRecord original(PaymentRecord payment) {
        return books.original(payment);
    }

    /** The method that does this payment: that of the payment it acts on, else its own. */
    public String method(PaymentRecord payment) {
        PaymentRecord original = books.original(payment);
        return (original == null ? payment : original).request().method();
    }

    /** How much a payment that a processor does is about, as far as that is known; for a void all that it releases. */
    public Money amount(PaymentRecord payment) {
        return settler.amount(payment);
    }

    /** What was recorded for this id of this principal, as the batch has it, or null when nothing was. */
    public @Nullable PaymentRecord payment(String principal, String id) {
        return books.payment(principal, id);
    }

    /** The record with this sequence, as the batch has it, or null when there is none. */
    public @Nullable PaymentRecord payment(long sequence) {
        return books.payment(sequence);
    }

    /** Shows the payments that were {@linkplain PaymentRecord#isUnresolved unresolved} when the batch began; see there. */
    public void unresolved(Predicate<PaymentRecord> visitor) {
        books.unresolved(visitor);
    }

    /** How far the reader of this name has come: a sequence; 0 when it has not begun. */
    public long cursor(String name) {
        return books.cursor(name);
    }

    /** Keeps how far the reader of this name has come. */
    public void moveCursor(String name, long sequence) {
        books.moveCursor(name, sequence);
    }

    /**
     * Replaces an account's limits. What was counted so far still counts; where nothing was limited, all that is held counts
     * as taken on the day of the last record. To have no limits any more forgets what was counted.
     *
     * @throws BayarException if there is no such account
     */
    public Account limit(AccountId id, Limits limits) {
        Account account = usable(id);
        if (account == null) {
            throw new BayarException("there is no account " + id + " to limit; open it first");
        }
        Account limited =
                account.withSpending(account.spending().withLimits(limits, account.held(), books.timeMillis(0)));
        books.change(limited);
        return limited;
    }

    /**
     * Releases what is held for authorizations that have expired: at most {@value #MAX_RELEASED_TOGETHER}, those that
     * expired first first, each by a record of its own, a void of the {@linkplain #PRINCIPAL ledger's} with the id {@code
     * bayar:expire:} and the authorization's sequence. To be called before anything else of a batch.
     *
     * @param nowMillis the time of the batch, in milliseconds since 1970 UTC
     * @return how many that were; they hold once the batch is committed
     */
    public int releaseExpired(long nowMillis) {
        if (!books.isUnchanged()) {
            throw new IllegalStateException("expired authorizations are released first in a batch");
        }
        long timeMillis = books.timeMillis(nowMillis);
        if (timeMillis < nextExpiryMillis) {
            return 0;
        }
        List<PaymentRecord> expired = new ArrayList<>();
        nextExpiryMillis = Long.MAX_VALUE;
        books.openAuthorizations(authorization -> {
            boolean isNext = authorization.expiresMillis() <= timeMillis && expired.size() < MAX_RELEASED_TOGETHER;
            if (isNext) {
                expired.add(authorization);
            } else {
                nextExpiryMillis = authorization.expiresMillis();
            }
            return isNext;
        });
        expired.forEach(authorization -> release(authorization, timeMillis));
        return expired.size();
    }

    private void release(PaymentRecord authorization, long timeMillis) {
        String id = expiryId(authorization);
        // Once more, when a capture that was reserved at the first time has come to nothing.
        boolean isAgain = books.payment(PRINCIPAL, id) != null;
        PaymentRequest request = PaymentRequest.voidOf(
                isAgain ? id + ":" + books.nextSequence() : id,
                authorization.request().id());
        record(
                TransitionTable.require(request),
                PRINCIPAL,
                request,
                authorization,
                Reason.APPROVED,
                authorization.debited(),
                authorization.credited(),
                timeMillis);
    }

    private static String expiryId(PaymentRecord authorization) {
        return EXPIRY_PREFIX + authorization.sequence();
    }

    /** The sequence of the authorization that the ledger's own void with this id has released; 0 for any other id. */
    public static long sequenceOfExpired(String id) {
        return id.startsWith(EXPIRY_PREFIX) ? StepId.payment(id) : 0;
    }

    /** Whether {@link #releaseExpired} may have something to do, now or when time has passed. */
    public boolean awaitsExpiry() {
        return nextExpiryMillis != Long.MAX_VALUE;
    }

    /**
     * Opens an account, unless it is open already.
     *
     * @param nowMillis the time of the decision, in milliseconds since 1970 UTC
     * @return the account as it is then
     * @throws BayarException if it is open in another currency
     */
    public Account open(NewAccount wanted, long nowMillis) {
        Account there = books.account(wanted.id());
        Currency currency = wanted.opening().currency();
        if (there != null) {
            if (!there.currency().equals(currency)) {
                throw new BayarException("account " + wanted.id() + " is open in " + there.currency() + ", not in "
                        + currency + "; an account keeps its currency, so open another one");
            }
            return there;
        }
        long minor = wanted.opening().minor();
        AccountId counterpart = AccountId.of("bayar:opening:" + currency.getCurrencyCode());
        if (books.account(counterpart) == null) {
            books.open(new Account(counterpart, currency, 0, 0, Long.MIN_VALUE));
        }
        if (books.require(counterpart).debitable() < minor) {
            throw new BayarException("account " + wanted.id() + ": no room for another opening of " + minor);
        }
        if (minor == 0) {
            books.open(opened(wanted, 0));
            return books.require(wanted.id());
        }
        books.open(opened(wanted, minor));
        books.change(books.require(counterpart).plusPosted(-minor));
        PaymentRequest request = new PaymentRequest(
                wanted.id().value(),
                Operation.TRANSFER,
                counterpart,
                wanted.id(),
                wanted.opening(),
                null,
                false,
                PaymentRequest.LEDGER,
                Map.of());
        books.append(new PaymentRecord(
                books.nextSequence(),
                books.timeMillis(nowMillis),
                PRINCIPAL,
                request,
                Reason.APPROVED,
                MoneyEffect.MOVED,
                counterpart,
                wanted.id(),
                PaymentSums.NONE,
                0));
        return books.require(wanted.id());
    }

    private static Account opened(NewAccount wanted, long minor) {
        Spending spending = Spending.of(wanted.limits());
        return new Account(wanted.id(), wanted.opening().currency(), minor, 0, wanted.floor(), spending);
    }

    /** The account of this name as the batch has it, or null when there is none. */
    public @Nullable Account account(AccountId id) {
        return books.account(id);
    }

    /** What the batch changes so far; valid until {@link #committed} or {@link #abandon}. */
    public Changes changes() {
        return books.changes();
    }

    /** How often this ledger has changed anything: what left it as it was has changed nothing. */
    public long changesMade() {
        return books.changesMade();
    }

    /** The batch is in the store; the next one begins. */
    public void committed() {
        books.committed();
    }

    /** The batch will not be written: forgets all that was decided since {@link #committed}. */
    public void abandon() {
        nextExpiryMillis = 0;
        books.abandon();
    }

    /** The answer to the request of this payment, as it stands now. */
    public static Receipt receipt(PaymentRecord payment) {
        return receipt(payment.request().id(), payment, payment.money(), null);
    }

    private static Receipt receipt(
            String id, PaymentRecord record, MoneyEffect money, @Nullable PaymentSummary original) {
        Reason reason = record.reason();
        return new Receipt(
                id,
                reason,
                money,
                false,
                record.sequence(),
                record.amount(),
                Instant.ofEpochMilli(record.timeMillis()),
                reason == Reason.APPROVED ? null : reason.sentence(),
                null,
                0,
                original);
    }

    /**
     * What is told to those who watch, of a record as it was appended.
     *
     * @param payment the payment that it tells {@linkplain PaymentRecord#about more about}, as far as that was recorded at
     *     first; the record itself when it is a payment
     */
    public static PaymentEvent event(PaymentRecord record, PaymentRecord payment) {
        PaymentRequest recorded = record.request();
        Instant time = Instant.ofEpochMilli(record.timeMillis());
        Receipt receipt = receipt(payment);
        if (record.isStep()) {
            Reason reason = record.reason();
            receipt = new Receipt(
                    payment.request().id(),
                    reason,
                    record.money(),
                    false,
                    payment.sequence(),
                    recorded.amount(),
                    time,
                    reason == Reason.APPROVED ? null : reason.sentence(),
                    null,
                    0,
                    null);
        }
        return new PaymentEvent(
                record.sequence(),
                time,
                recorded.type(),
                payment.principal(),
                payment.request(),
                receipt,
                record.isStep() ? recorded.metadata() : Map.of());
    }
}
