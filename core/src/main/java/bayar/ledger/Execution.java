package bayar.ledger;

import bayar.AccountId;
import bayar.BayarException;
import bayar.MoneyEffect;
import bayar.PaymentSums;
import bayar.ledger.TransitionTable.Accounts;
import bayar.ledger.TransitionTable.Part;
import bayar.ledger.TransitionTable.Row;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Does in the books what a row of the transition table says of one payment.
 *
 * @param original the payment that it acts on, as it stands now; null when it acts on none
 */
record Execution(
        Books books,
        Row row,
        AccountId debited,
        AccountId credited,
        @Nullable PaymentRecord original) {

    /** @throws BayarException if one of the accounts was not established */
    static Execution of(
            Books books,
            Row row,
            @Nullable AccountId debited,
            @Nullable AccountId credited,
            @Nullable PaymentRecord original) {
        if (debited == null || credited == null) {
            throw new BayarException("a payment is to be executed, but between no accounts");
        }
        return new Execution(books, row, debited, credited, original);
    }

    /**
     * Does it.
     *
     * @return the sums of the payment that this begins
     */
    PaymentSums execute(long minor) {
        PaymentSums begun = row.begins().apply(minor);
        long newlyHeld = begun.open();
        if (original != null && row.part() != null) {
            PaymentSums before = original.sums();
            PaymentSums after = row.part().after().of(before, minor);
            newlyHeld = after.open() - before.open();
            books.change(original.withSums(after));
            uncount(original, after.released() - before.released());
        }
        books.hold(newlyHeld, debited);
        if (row.money() == MoneyEffect.MOVED) {
            books.post(minor, debited, credited);
        }
        return begun;
    }

    /** What is released does not count against the payer's limits any more. */
    private void uncount(PaymentRecord authorization, long released) {
        if (released > 0) {
            Account payer = books.require(debited);
            books.change(payer.withSpending(payer.spending().minus(released, authorization.takenMillis())));
        }
    }

    /** Reserves what it needs while a processor is at work. */
    void reserve(long minor) {
        change(Part::reserved, minor);
        if (row.holdsWhilePending()) {
            books.hold(minor, debited);
        }
    }

    /**
     * Gives back what was {@linkplain #reserve reserved}.
     *
     * @return this execution, on the original as it stands then
     */
    Execution giveBack(long minor) {
        PaymentRecord now = change(Part::unreserved, minor);
        if (row.holdsWhilePending()) {
            books.hold(-minor, debited);
        }
        return new Execution(books, row, debited, credited, now);
    }

    private @Nullable PaymentRecord change(Function<Part, TransitionTable.SumsAfter> how, long minor) {
        if (original == null || row.part() == null) {
            return original;
        }
        PaymentRecord now = original.withSums(how.apply(row.part()).of(original.sums(), minor));
        books.change(now);
        return now;
    }

    /** Whether the account debited is one whose limits count this. */
    static boolean counts(Row row) {
        return row.accounts() == Accounts.OF_REQUEST;
    }
}
