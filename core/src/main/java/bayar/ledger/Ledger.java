package bayar.ledger;

import bayar.AccountId;
import bayar.BayarException;
import bayar.Money;
import bayar.MoneyEffect;
import bayar.Operation;
import bayar.PaymentRequest;
import bayar.PaymentSummary;
import bayar.PaymentSums;
import bayar.Principal;
import bayar.Reason;
import bayar.Receipt;
import bayar.Refusal;
import bayar.Status;
import java.time.Instant;
import java.util.Currency;
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
    /** Who opening balances belong to: their records are transfers of this principal with the account's name as id. */
    public static final String OPENING_PRINCIPAL = "bayar:ledger";

    private final Books books;
    private long lastSequence;
    private long lastTimeMillis;
    private long committedSequence;
    private long committedTimeMillis;

    /**
     * A ledger that goes on where {@code committed} is.
     *
     * @param committed what was committed; it must tell of this ledger's changes once {@link #committed} is called
     * @param lastSequence the sequence of its last record, 0 for none
     * @param lastTimeMillis the time of its last record in milliseconds since 1970 UTC, 0 for none
     */
    public Ledger(LedgerState committed, long lastSequence, long lastTimeMillis) {
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
        return receipt(request.id(), found, new PaymentSummary(told.id(), told.type(), found.sums()));
    }

    private static Receipt repeat(PaymentRecord earlier, PaymentRequest request) {
        String difference = earlier.request().firstDifference(request);
        if (difference == null) {
            return receipt(request.id(), earlier, null).asReplayed();
        }
        String message = "id " + request.id() + " was used before for a request with another " + difference
                + "; nothing was changed, use a new id for a new payment";
        return Receipt.refused(request.id(), new Refusal(Reason.ID_REUSED, difference, message), 0);
    }

    private Receipt claim(Principal principal, PaymentRequest request, long nowMillis) {
        TransitionTable.Row row = TransitionTable.row(request.type());
        Money amount = request.amount();
        if (row == null || amount == null) {
            throw new BayarException(
                    "the ledger does not offer " + request.type().code());
        }
        PaymentRecord original = request.payment() == null ? null : books.payment(principal.name(), request.payment());
        boolean back = row.flow() == TransitionTable.Flow.BACK;
        AccountId debited = back ? (original == null ? null : original.credited()) : request.payer();
        AccountId credited = back ? (original == null ? null : original.debited()) : request.payee();
        if (debited != null && !principal.permitsDebit(debited)) {
            String message = "principal " + principal.name() + " may not debit the account that this takes the money"
                    + " from; grant it to the key";
            return Receipt.refused(request.id(), new Refusal(Reason.NOT_PERMITTED, null, message), 0);
        }
        Reason reason = row.answers().get(PaymentState.of(request, original));
        if (reason == null) {
            throw new BayarException("the transition table has no answer for " + request);
        }
        if (reason == Reason.APPROVED) {
            reason = judge(amount, original, debited, credited);
        }
        boolean approved = reason.status() == Status.APPROVED;
        if (approved && debited != null && credited != null) {
            post(amount.minor(), debited, credited);
            if (original != null) {
                books.changeSums(original, original.sums().plusRefunded(amount.minor()));
            }
        }
        PaymentRecord record = append(
                principal.name(),
                request,
                reason,
                debited,
                credited,
                approved ? row.sumsBegun().apply(amount.minor()) : PaymentSums.NONE,
                nowMillis);
        return receipt(request.id(), record, null);
    }

    /** What accounts and sums say to an amount that the earlier payment's state allows. */
    private Reason judge(
            Money amount, @Nullable PaymentRecord original, @Nullable AccountId debited, @Nullable AccountId credited) {
        Account from = usable(debited);
        Account to = usable(credited);
        if (from == null || to == null) {
            return Reason.ACCOUNT_UNKNOWN;
        }
        Currency currency = amount.currency();
        if (!from.currency().equals(currency) || !to.currency().equals(currency)) {
            return Reason.CURRENCY_MISMATCH;
        }
        if (original != null && amount.minor() > original.sums().refundable()) {
            return Reason.EXCEEDS_CAPTURED;
        }
        if (amount.minor() > from.debitable()) {
            return Reason.INSUFFICIENT_FUNDS;
        }
        return amount.minor() > to.creditable() ? Reason.BALANCE_OVERFLOW : Reason.APPROVED;
    }

    private @Nullable Account usable(@Nullable AccountId id) {
        return id == null || id.isReserved() ? null : books.account(id);
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
        append(OPENING_PRINCIPAL, request, Reason.APPROVED, counterpart, wanted.id(), PaymentSums.NONE, nowMillis);
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
        books.clear();
    }

    private PaymentRecord append(
            String principal,
            PaymentRequest request,
            Reason reason,
            @Nullable AccountId debited,
            @Nullable AccountId credited,
            PaymentSums sums,
            long nowMillis) {
        lastSequence++;
        lastTimeMillis = Math.max(lastTimeMillis, nowMillis);
        MoneyEffect money = reason.status() == Status.APPROVED ? MoneyEffect.MOVED : MoneyEffect.NOT_MOVED;
        PaymentRecord record = new PaymentRecord(
                lastSequence, lastTimeMillis, principal, request, reason, money, debited, credited, sums);
        books.append(record);
        return record;
    }

    private static Receipt receipt(String id, PaymentRecord record, @Nullable PaymentSummary original) {
        Reason reason = record.reason();
        return new Receipt(
                id,
                reason,
                record.money(),
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
