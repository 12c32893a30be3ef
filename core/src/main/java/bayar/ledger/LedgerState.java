package bayar.ledger;

import bayar.AccountId;
import bayar.PaymentRequest;
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

    /**
     * Says that this request is decided next, or soon after others that were said before it. What it needs may then be
     * looked for together with what they need, which takes less time than one by one. Nobody has to say it.
     */
    default void expect(String principal, PaymentRequest request) {}

    /** How far the reader of this name has come: a sequence; 0 when it has not begun. */
    long cursor(String name);
}
