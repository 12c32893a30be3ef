package bayar.ledger;

import bayar.AccountId;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the ledger looks at: accounts and records as they were committed last. */
public interface LedgerState {
    /** The account of this name, or null when there is none. */
    @Nullable
    Account account(AccountId id);

    /** What was recorded for this id of this principal, as it stands now, or null when nothing was. */
    @Nullable
    PaymentRecord payment(String principal, String id);

    /** The record with this sequence as it stands now, or null when there is none. */
    @Nullable
    PaymentRecord payment(long sequence);

    /**
     * Shows {@code visitor} the authorizations that are {@linkplain PaymentRecord#isOpen open}, those that expire first
     * first and of these the older first, until it returns false. The visitor changes nothing.
     */
    void openAuthorizations(Predicate<PaymentRecord> visitor);

    /**
     * Shows {@code visitor} the payments that are {@linkplain PaymentRecord#isUnresolved unresolved}, the older first,
     * until it returns false. The visitor changes nothing.
     */
    void unresolved(Predicate<PaymentRecord> visitor);

    /** How far the reader of this name has come: a sequence; 0 when it has not begun. */
    long cursor(String name);
}
