package bayar.auth;

import bayar.AccountId;
import bayar.PaymentRequest;
import bayar.Verdict;
import bayar.VerificationContext;
import bayar.Verifier;

/**
 * Accepts a request only when its principal may debit the payer: deny by default. Requests without a payer pass; they act
 * on an earlier payment, which the ledger shows to its own principal alone. Accounts that the engine keeps for itself are
 * refused on either side.
 */
public final class GrantVerifier implements Verifier {
    /** A verifier that goes by the grants of the principal in the context. */
    public GrantVerifier() {}

    @Override
    public Verdict verify(PaymentRequest request, VerificationContext context) {
        AccountId payer = request.payer();
        if (payer != null && !context.principal().permitsDebit(payer)) {
            String cure =
                    payer.isReserved() ? "that account is the engine's own" : "its key needs a debit grant for it";
            return Verdict.refuse(
                    "payer",
                    "principal " + context.principal().name() + " may not debit account " + payer + "; " + cure);
        }
        AccountId payee = request.payee();
        if (payee != null && payee.isReserved()) {
            return Verdict.refuse("payee", "account " + payee + " is the engine's own; name another");
        }
        return Verdict.accept();
    }
}
