package bayar.examples.extension;

import bayar.AccountId;
import bayar.Money;
import bayar.PaymentRequest;
import bayar.Verdict;
import bayar.VerificationContext;
import bayar.Verifier;
import java.util.Set;

/**
 * Refuses payments above an amount, and payments to certain accounts. It only looks at the request and at values that
 * never change, so the engine may ask it from any thread, as often as it likes.
 */
final class HouseRulesVerifier implements Verifier {
    private final long maxAmountMinor;
    private final Set<AccountId> blockedPayees;

    /**
     * @param maxAmountMinor the largest amount that passes, in minor units of any currency
     * @param blockedPayees accounts that may not be paid
     */
    HouseRulesVerifier(long maxAmountMinor, Set<AccountId> blockedPayees) {
        this.maxAmountMinor = maxAmountMinor;
        this.blockedPayees = Set.copyOf(blockedPayees);
    }

    @Override
    public Verdict verify(PaymentRequest request, VerificationContext context) {
        Money amount = request.amount();
        if (amount != null && amount.minor() > maxAmountMinor) {
            return Verdict.refuse("amount", "the house pays at most " + maxAmountMinor + " minor units at a time");
        }
        AccountId payee = request.payee();
        if (payee != null && blockedPayees.contains(payee)) {
            return Verdict.refuse("payee", "the house does not pay this account");
        }
        return Verdict.accept();
    }
}
