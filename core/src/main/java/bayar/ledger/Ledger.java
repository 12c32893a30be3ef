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
import bayar.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
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
    private final long authorizationLifetimeMillis;
    private long lastSequence;
    private long lastTimeMillis;
    private long committedSequence;
    private long committedTimeMillis;
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
        this.books = new Books(committed);
        this.lastSequence = lastSequence;
        this.lastTimeMillis = lastTimeMillis;
        this.committedSequence = lastSequence;
        this.committedTimeMillis = lastTimeMillis;
    }

    /** Whether requests of this type can be decided here. */
    public static boolean offers(Operation operation) {
        return operation == Operation.INQUIRY || TransitionTable.row(operation) != null;
    }

    /**
     * Decides one request.
     *
     * @param deadlineMillis a request that is still new at this time is not executed, in milliseconds since 1970 UTC
     * @param nowMillis the time of the decision, in milliseconds since 1970 UTC
     * @return the outcome, which holds once the batch is committed
     * @throws BayarException if the ledger does not {@linkplain #offers offer} the operation
     */
    public Receipt decide(Principal principal, PaymentRequest request, long deadlineMillis, long nowMillis) {
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
        return claim(principal, request, nowMillis);
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

    private Receipt claim(Principal principal, PaymentRequest request, long nowMillis) {
        TransitionTable.Row row = TransitionTable.row(request.type());
        if (row == null) {
            throw new BayarException(
                    "the ledger does not offer " + request.type().code());
        }
        PaymentRecord original = request.payment() == null ? null : books.payment(principal.name(), request.payment());
        AccountId debited = accountOf(row.accounts(), request.payer(), original, true);
        AccountId credited = accountOf(row.accounts(), request.payee(), original, false);
        if (row.money() != MoneyEffect.NOT_MOVED && debited != null && !principal.permitsDebit(debited)) {
            String message = "principal " + principal.name() + " may not debit the account that this takes the money"
                    + " from; grant it to the key";
            return Receipt.refused(request.id(), new Refusal(Reason.NOT_PERMITTED, null, message), 0);
        }
        long timeMillis = Math.max(lastTimeMillis, nowMillis);
        PaymentState state = PaymentState.of(request, original, original != null && hasExpired(original, timeMillis));
        Reason answer = row.answers().get(state);
        if (answer == null) {
            throw new BayarException("the transition table has no answer for " + request);
        }
        Reason reason = first(answer, judge(row, request.amount(), original, debited, credited));
        PaymentRecord record = execute(row, principal.name(), request, original, reason, debited, credited, timeMillis);
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

    /** Whether time has ended what was still held of it; the committer may not have released that yet. */
    private boolean hasExpired(PaymentRecord authorization, long timeMillis) {
        if (authorization.expiresMillis() == 0 || timeMillis < authorization.expiresMillis()) {
            return false;
        }
        return authorization.isOpen() || books.payment(PRINCIPAL, expiryId(authorization)) != null;
    }

    /** Of several reasons that apply, the one that takes precedence. */
    private static Reason first(Reason one, Reason other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** What accounts and sums say to an amount. */
    private Reason judge(
            TransitionTable.Row row,
            @Nullable Money amount,
            @Nullable PaymentRecord original,
            @Nullable AccountId debited,
            @Nullable AccountId credited) {
        if (amount == null) {
            return Reason.APPROVED;
        }
        Account from = usable(debited);
        Account to = usable(credited);
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
        // A capture takes what was held for it, so it is there.
        boolean isHeld = row.accounts() == TransitionTable.Accounts.OF_ORIGINAL;
        if (!isHeld && amount.minor() > from.debitable()) {
            return Reason.INSUFFICIENT_FUNDS;
        }
        long room = row.money() == MoneyEffect.HELD ? from.holdable() : to.creditable();
        return amount.minor() > room ? Reason.BALANCE_OVERFLOW : Reason.APPROVED;
    }

    private @Nullable Account usable(@Nullable AccountId id) {
        return id == null || id.isReserved() ? null : books.account(id);
    }

    /** Records the decision and, when it is approved, does what the row says. */
    private PaymentRecord execute(
            TransitionTable.Row row,
            String principal,
            PaymentRequest request,
            @Nullable PaymentRecord original,
            Reason reason,
            @Nullable AccountId debited,
            @Nullable AccountId credited,
            long timeMillis) {
        if (reason.status() != Status.APPROVED) {
            MoneyEffect none = MoneyEffect.NOT_MOVED;
            return append(timeMillis, principal, request, reason, none, debited, credited, PaymentSums.NONE, 0);
        }
        if (debited == null || credited == null) {
            throw new BayarException("request " + request.id() + " is approved, but for no account");
        }
        long minor = request.amount() == null ? 0 : request.amount().minor();
        PaymentSums begun = row.begins().apply(minor);
        long newlyHeld = begun.open();
        if (original != null && row.part() != null) {
            PaymentSums after = row.part().after().of(original.sums(), minor, request.isFinal());
            newlyHeld = after.open() - original.sums().open();
            books.changeSums(original, after);
        }
        long expiresMillis = 0;
        if (begun.open() > 0) {
            expiresMillis = timeMillis + authorizationLifetimeMillis;
            nextExpiryMillis = Math.min(nextExpiryMillis, expiresMillis);
        }
        books.change(require(debited).plusHeld(newlyHeld));
        if (row.money() == MoneyEffect.MOVED) {
            post(minor, debited, credited);
        }
        return append(timeMillis, principal, request, reason, row.money(), debited, credited, begun, expiresMillis);
    }

    /**
     * Releases what is held for authorizations that have expired: at most {@value #MAX_RELEASED_TOGETHER}, those that
     * expired first first, each by a record of its own, a void of the {@linkplain #PRINCIPAL ledger's} with the id {@code
     * bayar:expire:} and the authorization's sequence. To be called before anything else of a batch.
     *
     * @param nowMillis the time of the batch, in milliseconds since 1970 UTC
     * @return the records as events, which hold once the batch is committed
     */
    public List<PaymentEvent> releaseExpired(long nowMillis) {
        if (!books.changes().isEmpty()) {
            throw new IllegalStateException("expired authorizations are released first in a batch");
        }
        long timeMillis = Math.max(lastTimeMillis, nowMillis);
        if (timeMillis < nextExpiryMillis) {
            return List.of();
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
        return expired.stream()
                .map(authorization -> release(authorization, timeMillis))
                .toList();
    }

    private PaymentEvent release(PaymentRecord authorization, long timeMillis) {
        TransitionTable.Row row = TransitionTable.row(Operation.VOID);
        if (row == null) {
            throw new BayarException("the transition table has no row for void");
        }
        PaymentRequest request = PaymentRequest.voidOf(
                expiryId(authorization), authorization.request().id());
        PaymentRecord record = execute(
                row,
                PRINCIPAL,
                request,
                authorization,
                Reason.APPROVED,
                authorization.debited(),
                authorization.credited(),
                timeMillis);
        return new PaymentEvent(PRINCIPAL, request, receipt(request.id(), record, record.money(), null));
    }

    private static String expiryId(PaymentRecord authorization) {
        return EXPIRY_PREFIX + authorization.sequence();
    }

    /** The sequence of the authorization that the ledger's own void with this id has released; 0 for any other id. */
    public static long sequenceOfExpired(String id) {
        if (!id.startsWith(EXPIRY_PREFIX)) {
            return 0;
        }
        try {
            return Long.parseLong(id.substring(EXPIRY_PREFIX.length()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Whether {@link #releaseExpired} may have something to do, now or when time has passed. */
    public boolean awaitsExpiry() {
        return nextExpiryMillis != Long.MAX_VALUE;
    }

    private void post(long minor, AccountId debited, AccountId credited) {
        books.change(require(debited).plusPosted(-minor));
        books.change(require(credited).plusPosted(minor));
    }

    private Account require(AccountId id) {
        Account account = books.account(id);
        if (account == null) {
            throw new BayarException("account " + id + " is gone from the books");
        }
        return account;
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
        if (require(counterpart).debitable() < minor) {
            throw new BayarException("account " + wanted.id() + ": no room for another opening of " + minor);
        }
        if (minor == 0) {
            books.open(new Account(wanted.id(), currency, 0, 0, wanted.floor()));
            return require(wanted.id());
        }
        books.open(new Account(wanted.id(), currency, minor, 0, wanted.floor()));
        books.change(require(counterpart).plusPosted(-minor));
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
        append(
                Math.max(lastTimeMillis, nowMillis),
                PRINCIPAL,
                request,
                Reason.APPROVED,
                MoneyEffect.MOVED,
                counterpart,
                wanted.id(),
                PaymentSums.NONE,
                0);
        return require(wanted.id());
    }

    /** The account of this name as the batch has it, or null when there is none. */
    public @Nullable Account account(AccountId id) {
        return books.account(id);
    }

    /** What the batch changes so far; valid until {@link #committed} or {@link #abandon}. */
    public Changes changes() {
        return books.changes();
    }

    /** The batch is in the store; the next one begins. */
    public void committed() {
        committedSequence = lastSequence;
        committedTimeMillis = lastTimeMillis;
        books.clear();
    }

    /** The batch will not be written: forgets all that was decided since {@link #committed}. */
    public void abandon() {
        lastSequence = committedSequence;
        lastTimeMillis = committedTimeMillis;
        nextExpiryMillis = 0;
        books.clear();
    }

    private PaymentRecord append(
            long timeMillis,
            String principal,
            PaymentRequest request,
            Reason reason,
            MoneyEffect money,
            @Nullable AccountId debited,
            @Nullable AccountId credited,
            PaymentSums sums,
            long expiresMillis) {
        lastSequence++;
        lastTimeMillis = timeMillis;
        PaymentRecord record = new PaymentRecord(
                lastSequence, timeMillis, principal, request, reason, money, debited, credited, sums, expiresMillis);
        books.append(record);
        return record;
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
                record.request().amount(),
                Instant.ofEpochMilli(record.timeMillis()),
                reason.status() == Status.APPROVED ? null : reason.sentence(),
                null,
                0,
                original);
    }
}
