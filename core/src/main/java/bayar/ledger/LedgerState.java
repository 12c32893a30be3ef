package bayar.ledger;

import bayar.AccountId;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the ledger looks at: accounts and records as they were committed last. */
public interface LedgerState {
    /** The account of this name, or null when there is none. */
    @Nullable
    Account account(AccountId id);

    /** What was recorded for this id of this principal, with its sums as they are now, or null when nothing was. */
    @Nullable
    PaymentRecord payment(String principal, String id);

    /**
     * Shows {@code visitor} the authorizations that are {@linkplain PaymentRecord#isOpen open}, those that expire first
     * first and of these the older first, until it returns false. The visitor changes nothing.
     */
    void openAuthorizations(Predicate<PaymentRecord> visitor);
}
